"""A private Postfix: unpacked under build/counterparts, never installed. It runs from a directory of
its own, on loopback ports of its own, and is gone at the end."""

import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

from harness import AUTHSERV_ID, COUNTERPARTS, LIST, Daemon, free_port, is_listening, wait_until
from verifier import Verifier

ROOT = COUNTERPARTS / "postfix"
LIBRARIES = ROOT / "usr" / "lib" / "postfix"
POSTCONF = ROOT / "usr" / "sbin" / "postconf"
SMTP_SOURCE = ROOT / "usr" / "sbin" / "smtp-source"
ENVIRONMENT = {"LD_LIBRARY_PATH": str(LIBRARIES)}  # for its programs too, such as smtp-source

REFUSED = "refused@members.example"  # a recipient that Postfix itself refuses

QUEUE_OWNED = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
               "private", "saved", "trace"]
QUEUE_DROPPED = ["maildrop", "public"]  # belong to the group that may submit
OWNER, GROUP = "mail", "uucp"  # any two that nothing else of ours uses

MAIN_CF = """\
compatibility_level = 3.6
maillog_file = {directory}/log
maillog_file_prefixes = {directory}
queue_directory = {directory}/queue
data_directory = {directory}/data
command_directory = {root}/usr/sbin
daemon_directory = {libraries}/sbin
shlib_directory = {libraries}
meta_directory = {directory}/etc
import_environment = MAIL_CONFIG MAIL_LOGTAG POSTLOG_SERVICE POSTLOG_HOSTNAME LANG=C LD_LIBRARY_PATH
mail_owner = {owner}
setgid_group = {group}

myhostname = {hostname}
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_host_lookup = native
smtputf8_enable = yes
recipient_delimiter = +

# Mail for the list goes to Muster, with each address as it came; all other mail to the sink.
relay_domains = {domain}
transport_maps = inline:{{ {{ {domain} = lmtp:inet:127.0.0.1:{lmtp_port} }} }}
relayhost = [127.0.0.1]:{relay_port}

# Nobody but our own verifier may say what was verified.
header_checks = regexp:{directory}/etc/header_checks
smtpd_milters = inet:127.0.0.1:{verifier_port}
milter_default_action = tempfail

smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ {refused} = 550 5.1.1 No such user }} }},
  permit_mynetworks, reject
message_size_limit = 62914560
mailbox_size_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
in_flow_delay = 0
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
lmtp      unix - - n - - lmtp
error     unix - - n - - error
retry     unix - - n - - error
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
tlsmgr    unix - - n 1000? 1 tlsmgr
showq     unix n - n - - showq
postlog   unix-dgram n - n - 1 postlogd
"""

HEADER_CHECKS = """\
/^Authentication-Results:[[:space:]]*{authserv_id}[[:space:];]/ IGNORE
"""


@functools.cache
def why_no_programs():
    """Why its programs cannot be used here, as a reason to skip; None if they can."""
    if not POSTCONF.exists():
        return "Postfix is not unpacked (tools/install counterpart)"
    tried = subprocess.run([POSTCONF, "-d", "mail_version"], env=ENVIRONMENT, text=True,
                           capture_output=True, check=False)
    return None if tried.returncode == 0 else tried.stderr.strip()


def why_not():
    """Why no Postfix can run here, as a reason to skip; None if it can."""
    return why_no_programs() or (None if os.geteuid() == 0 else "Postfix's master needs root")


class Postfix:
    """Runs until stopped. `verifier.authentic` holds the From domains that pass DMARC."""

    def __init__(self, lmtp_port, relay_port, settings=None, domain=LIST.partition("@")[2]):
        # Its daemons run as another user, so the directory is no child of a private one.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="muster-postfix-"))
        self.directory.chmod(0o755)
        self.port = free_port()
        self.verifier = Verifier(AUTHSERV_ID)
        self.daemon = None
        self.write(settings or {}, dict(
            directory=self.directory, root=ROOT, libraries=LIBRARIES, owner=OWNER, group=GROUP,
            hostname=AUTHSERV_ID, authserv_id=AUTHSERV_ID.replace(".", "[.]"), domain=domain,
            port=self.port, lmtp_port=lmtp_port, relay_port=relay_port, refused=REFUSED,
            verifier_port=self.verifier.port))
        self.start()

    def write(self, settings, values):
        etc = self.directory / "etc"
        etc.mkdir()
        more = "".join(f"{key} = {value}\n" for key, value in settings.items())
        (etc / "main.cf").write_text(MAIN_CF.format(**values) + more)
        (etc / "master.cf").write_text(MASTER_CF.format(**values))
        (etc / "header_checks").write_text(HEADER_CHECKS.format(**values))
        os.utime(etc / "main.cf", (0, 0))  # Postfix would wait for a young file to be finished
        for name in QUEUE_OWNED + QUEUE_DROPPED + ["pid"]:
            (self.directory / "queue" / name).mkdir(parents=True)
        for name in [*(f"queue/{name}" for name in QUEUE_OWNED), "data"]:
            (self.directory / name).mkdir(exist_ok=True)
            shutil.chown(self.directory / name, OWNER)
            (self.directory / name).chmod(0o700)
        for name, mode in zip(QUEUE_DROPPED, (0o1730, 0o2710)):
            shutil.chown(self.directory / "queue" / name, OWNER, GROUP)
            (self.directory / "queue" / name).chmod(mode)

    def start(self):
        self.daemon = Daemon([LIBRARIES / "sbin" / "master", "-c", self.directory / "etc", "-d"],
                             self.directory / "output", env=ENVIRONMENT)
        wait_until(lambda: is_listening(self.port) or not self.daemon.is_running(), self.log)
        assert self.daemon.is_running(), self.log()

    def log(self):
        log = self.directory / "log"
        return self.daemon.output() + (log.read_text(errors="replace") if log.exists() else "")

    def wait_for_log(self, text):
        wait_until(lambda: text in self.log(), lambda: f"{text!r} in:\n{self.log()}")

    def stop(self):
        self.daemon.stop()
        self.verifier.close()
        log = self.log()
        shutil.rmtree(self.directory)
        print(log)  # pytest shows it when the test failed

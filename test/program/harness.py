"""What the tests of the whole program share: processes that end for sure, the mail sink, and a
community in a directory of its own. Nothing here shares code with Muster."""

import configparser
import contextlib
import copy
import dataclasses
import email
import email.policy
import email.utils
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import smtplib
import socket
import subprocess
import time

from paths import BINARY, BUILD, COUNTERPARTS, MAIL_SINK, TOP  # some are here for others
from store import new_store

LIST = "tld-ops@lists.example.org"
AUTHSERV_ID = "mx.example.org"
PATIENCE = 30  # seconds that anything may take, with sanitizers on a busy machine


class Impatient(AssertionError):
    """Something that was waited for did not happen."""


def wait_until(condition, what, seconds=PATIENCE):
    """Polls until the condition is true, and returns what it returned."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise Impatient(f"waited {seconds} s for {what() if callable(what) else what}")
        time.sleep(0.003)
    return value


def port_numbers():
    """Ports for servers, in turn: below those that the kernel gives to clients, which would take
    one before its server does; each worker of a run of several tests at a time has its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = list(range(10000 + 2500 * worker, 12500 + 2500 * worker))
    start = random.randrange(len(ports))
    return itertools.cycle(ports[start:] + ports[:start])


PORTS = port_numbers()


def free_port():
    """A port of the loopback that nobody listens on right now."""
    for port in PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# Kills a process group once the tests, which hold the other end of its input, are gone; its number
# is the last argument. (The kernel's parent-death signal is lost when a daemon changes its user.)
GUARD = ["sh", "-c", 'read -r _; kill -s KILL -- "-$0"']


class Daemon:
    """A process in a session of its own, which dies with the tests however these end."""

    def __init__(self, command, log, env=None, cwd=None, guard=GUARD, **user):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdout=output, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, cwd=cwd, env=os.environ | (env or {}),
                start_new_session=True, **user)
        self.guard = subprocess.Popen([*guard, str(self.pid)], stdin=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        return self.log.read_text(errors="replace")

    def is_running(self):
        return self.process.poll() is None

    def wait_for_output(self, text, seconds=PATIENCE):
        """Waits until the text stands in the log; fails at once if the process ends before."""
        def is_there():
            ended = not self.is_running()
            if text in self.output():
                return True
            assert not ended, f"{self.process.args} ended:\n{self.output()}"
            return False
        wait_until(is_there, lambda: f"{text!r} in:\n{self.output()}", seconds)

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """The exit status."""
        return self.process.wait(seconds)

    def stop(self, number=signal.SIGTERM, seconds=PATIENCE):
        """Ends it and all of its session; returns the exit status. Twice is fine."""
        if self.is_running():
            self.send_signal(number)
        try:
            return self.process.wait(seconds)
        finally:
            self.kill_session()

    def kill_session(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # nothing is left of it
        self.process.wait()
        self.guard.kill()
        self.guard.communicate()


@dataclasses.dataclass
class Copy:
    """One line of the sink's log."""

    at: float  # seconds of the monotonic clock
    sender: str
    recipient: str
    size: int
    message_id: str


class Sink:
    """A running mail-sink; its options are in `mail-sink --help`."""

    def __init__(self, directory, *options, port=0):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = self.directory / "copies"
        self.log.touch()
        self.faults = self.directory / "faults"
        self.faults.touch()
        self.daemon = Daemon([MAIL_SINK, "--listen", f"127.0.0.1:{port}", "--log", self.log,
                              "--fault-file", self.faults, "--keep", self.directory, *options],
                             self.directory / "output")
        self.daemon.wait_for_output("\n")
        self.port = int(self.daemon.output().rpartition(":")[2])
        self.address = f"127.0.0.1:{self.port}"

    def set_faults(self, *faults):
        """From now on these, beside those of the options; none ends them."""
        def changes():
            return self.daemon.output().count("other faults")
        before = changes()
        self.faults.write_text("\n".join(faults))
        self.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: changes() > before, "the sink to change its faults")

    def copies(self):
        complete = self.log.read_text().rpartition("\n")[0]
        rows = [line.split("\t") for line in complete.splitlines()]
        return [Copy(int(at) / 1e6, sender, recipient, int(size), message_id)
                for at, sender, recipient, size, message_id in rows]

    def raw_messages(self):
        """The bytes of the messages in the order of their arrival."""
        return [path.read_bytes() for path in sorted(self.directory.glob("*.eml"))]

    def messages(self):
        return [email.message_from_bytes(raw, policy=email.policy.default)
                for raw in self.raw_messages()]

    def wait_for(self, count, seconds=PATIENCE):
        """Waits for that many copies, and returns all that are there."""
        wait_until(lambda: len(self.copies()) >= count,
                   lambda: f"{count} copies, there are {len(self.copies())}", seconds)
        return self.copies()

    def stop(self):
        status = self.daemon.stop()
        assert status == 0, self.daemon.output()


class Lmtp(smtplib.LMTP):
    """Python's client reads one reply after the message; LMTP has one for each recipient."""

    def deliver(self, sender, recipients, message, mail_options=(), rcpt_options=()):
        """Returns {recipient: (code, text)}. The bytes are sent as they are, but for the dots."""
        reply = self.mail(sender, mail_options)
        if reply[0] != 250:
            self.rset()
            return dict.fromkeys(recipients, reply)
        replies = {recipient: self.rcpt(recipient, rcpt_options) for recipient in recipients}
        accepted = [recipient for recipient in recipients if replies[recipient][0] == 250]
        reply = self.docmd("DATA")
        if reply[0] != 354:
            return replies | dict.fromkeys(accepted, reply)
        body = message.replace(b"\r\n.", b"\r\n..")
        body = b"." + body if body.startswith(b".") else body
        self.send(body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"))
        return replies | {recipient: self.getreply() for recipient in accepted}


@dataclasses.dataclass
class Result:
    """The end of one command."""

    status: int
    output: str
    errors: str


class Muster:
    """A community in a directory: its commands and its daemon. Its rows are in `store`, by default
    a new one of the kind that this test run is about."""

    def __init__(self, directory, relay_port, list_address=LIST, store=None):
        self.directory = pathlib.Path(directory)
        self.list = list_address
        self.config = self.directory / "muster.conf"
        self.clock = self.directory / "clock"
        self.lmtp_port = free_port()
        self.daemon = None
        self.store = store or new_store(self.directory)
        result = self.command("init", self.directory, "--list", list_address, *self.store.options,
                              configured=False)
        assert result.status == 0, result
        self.configure("community", "authserv-id", AUTHSERV_ID)
        self.configure("lmtp", "listen", f"127.0.0.1:{self.lmtp_port}")
        self.configure("smtp", "relay", f"127.0.0.1:{relay_port}")
        self.configure("test", "clock", "yes")
        self.configure("iana", "sync-days", "0")  # no test asks the real IANA
        self.configure("iana", "whois", "127.0.0.1:1")
        self.configure("iana", "rdap", "http://127.0.0.1:1/")

    def other_host(self, directory):
        """The same community as another host has it: a folder and a port of its own before the
        same store."""
        other = copy.copy(self)
        other.directory = pathlib.Path(directory)
        other.directory.mkdir(mode=0o700)
        for name in ("muster.conf", "secret"):
            shutil.copy(self.directory / name, other.directory)
        (other.directory / "run").mkdir(mode=0o700)
        other.config = other.directory / "muster.conf"
        other.lmtp_port = free_port()
        other.daemon = None
        other.configure("store", "url", self.store.url)
        other.configure("lmtp", "listen", f"127.0.0.1:{other.lmtp_port}")
        return other

    def address(self, suffix):
        """One of the addresses that derive from the list's: "-request", "+ca"."""
        local, domain = self.list.split("@")
        return f"{local}{suffix}@{domain}"

    def configure(self, section, key, value):
        """Sets one key; the running daemon notices after SIGHUP."""
        settings = configparser.ConfigParser(interpolation=None, delimiters="=",
                                             comment_prefixes=("#", ";"), strict=False)
        settings.optionxform = str
        settings.read(self.config)
        if not settings.has_section(section):
            settings.add_section(section)
        settings.set(section, key, str(value))
        with open(self.config, "w", encoding="utf-8") as file:
            settings.write(file)

    def environment(self):
        return {"MUSTER_CLOCK": str(self.clock)} if self.clock.exists() else {}

    def command(self, *args, stdin=b"", configured=True):
        """Runs one command to its end, whatever that is."""
        which = ["-c", str(self.config)] if configured else []
        done = subprocess.run([BINARY, *which, *map(str, args)], input=stdin, check=False,
                              capture_output=True, env=os.environ | self.environment(),
                              cwd=self.directory.parent, timeout=PATIENCE * 4)
        return Result(done.returncode, done.stdout.decode(errors="replace"),
                      done.stderr.decode(errors="replace"))

    def cli(self, *args, stdin=b""):
        """What a command prints; it must succeed."""
        result = self.command(*args, stdin=stdin)
        assert result.status == 0, f"muster {' '.join(map(str, args))}: {result}"
        return result.output

    def json(self, *args, stdin=b""):
        """What a command prints with --json, as values."""
        return json.loads(self.cli(*args, "--json", stdin=stdin))

    def set_clock(self, at):
        """Sets the time for the daemon and the commands: seconds since 1970 UTC. It stands still
        then. The daemon follows if the time was set once before it was started."""
        part = self.clock.with_suffix(".part")
        part.write_text(f"{at}\n")
        part.rename(self.clock)

    def serve(self, *roles):
        """Starts the daemon and waits until LMTP is answered, if that is one of the roles."""
        self.daemon = Daemon([BINARY, "-c", self.config, "serve", *roles],
                             self.directory / "serve.log", env=self.environment())
        if not roles or "lmtp" in roles:
            wait_until(lambda: is_listening(self.lmtp_port) or not self.daemon.is_running(),
                       lambda: f"LMTP:\n{self.daemon.output()}")
            assert self.daemon.is_running(), self.daemon.output()
        return self.daemon

    def roles(self):
        """The processes of the roles: {name: number}."""
        found = {}
        children = pathlib.Path(f"/proc/{self.daemon.pid}/task/{self.daemon.pid}/children")
        for pid in children.read_text().split():
            try:
                found[pathlib.Path(f"/proc/{pid}/comm").read_text().strip()] = int(pid)
            except OSError:
                pass  # it has just ended
        return found

    def lmtp(self):
        """A client that has not said a word yet but LHLO."""
        client = Lmtp("127.0.0.1", self.lmtp_port, timeout=PATIENCE)
        client.ehlo()
        return client

    def deliver(self, sender, recipients, message):
        """Hands over one mail; returns {recipient: (code, text)}."""
        with self.lmtp() as client:
            return client.deliver(sender, recipients, message)

    def stop(self):
        """Ends the daemon as systemd would: it must end by itself, and well."""
        if self.daemon is None:
            return
        status = self.daemon.stop()
        output = self.daemon.output()
        self.daemon = None
        assert status == 0, f"muster serve ended with {status}:\n{output}"
        assert "Sanitizer" not in output and "runtime error:" not in output, output


def mail(sender, to, subject="Alert", body="Something happens.\r\n", **headers):
    """The bytes of a small mail; a header's name is written with "_" for "-"."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}",
             f"Message-ID: {headers.pop('Message_ID', email.utils.make_msgid(domain='example.org'))}",
             f"Date: {headers.pop('Date', email.utils.formatdate())}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


def evidence(sender_domain, verdict="pass"):
    """The header that our mail server adds to what it verified."""
    return f"{AUTHSERV_ID}; dmarc={verdict} header.from={sender_domain}"

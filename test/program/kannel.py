"""A private Kannel, the SMS gateway: unpacked under build/counterparts, never installed. Behind it is
its fake SMS centre, which shows what a mobile phone would."""

import functools
import os
import pathlib
import re
import subprocess
import tempfile

from harness import COUNTERPARTS, Daemon, free_port, is_listening, wait_until

BEARERBOX = COUNTERPARTS / "kannel" / "usr" / "sbin" / "bearerbox"
SMSBOX = COUNTERPARTS / "kannel" / "usr" / "sbin" / "smsbox"
FAKESMSC = COUNTERPARTS / "kannel-extras" / "usr" / "lib" / "kannel" / "test" / "fakesmsc"
LIBRARIES = ["libct4", "libhiredis0.14", "libmariadb3", "libpcre3"]

CONFIG = """\
group = core
admin-port = {admin_port}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {smsbox_port}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1

group = smsc
smsc = fake
smsc-id = fake
port = {smsc_port}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {port}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = muster
password = "{password}"
default-sender = 12345
concatenation = true
max-messages = 10
"""


def environment():
    folders = [folder for name in LIBRARIES
               for folder in (COUNTERPARTS / name).glob("usr/lib/*-linux-gnu*")]
    return {"LD_LIBRARY_PATH": ":".join(map(str, folders))}


@functools.cache
def why_not():
    """Why no Kannel can run here, as a reason to skip; None if it can."""
    if not BEARERBOX.exists() or not FAKESMSC.exists():
        return "Kannel is not unpacked (tools/install sms-counterpart)"
    tried = subprocess.run([BEARERBOX, "--version"], env=os.environ | environment(), text=True,
                           capture_output=True, check=False)
    return None if tried.returncode == 0 else tried.stderr.strip()


class Kannel:
    """Runs until it is closed."""

    def __init__(self, password="secret"):
        self.home = tempfile.TemporaryDirectory(prefix="muster-kannel-")
        self.directory = pathlib.Path(self.home.name)
        self.port, smsc_port, smsbox_port, admin_port = (free_port() for _ in range(4))
        config = self.directory / "kannel.conf"
        config.write_text(CONFIG.format(port=self.port, smsc_port=smsc_port, admin_port=admin_port,
                                        smsbox_port=smsbox_port, password=password))
        self.processes = []
        self.start("bearerbox", BEARERBOX, config)
        wait_until(lambda: is_listening(smsbox_port), self.log)
        self.start("smsbox", SMSBOX, config)
        self.center = self.start("fakesmsc", FAKESMSC, "-H", "127.0.0.1", "-r", smsc_port, "-m", "0",
                                 "1 2 text nothing")
        self.center.wait_for_output("Connecting to")
        wait_until(lambda: is_listening(self.port), self.log)

    def start(self, name, program, *arguments):
        daemon = Daemon([program, *arguments], self.directory / f"{name}.log", env=environment(),
                        cwd=self.directory)
        self.processes.append(daemon)
        return daemon

    def log(self):
        return "\n".join(daemon.output() for daemon in self.processes)

    @property
    def url(self):
        return (f"http://127.0.0.1:{self.port}/cgi-bin/sendsms?username=muster"
                "&password={password}&to={to}&charset=UTF-8&coding=2&text={text}")

    def received(self):
        """What phones got: (number, text)."""
        found = re.findall(r"Got message \d+: <\S+ (\S+) (\S+) (.*)>$", self.center.output(),
                           re.MULTILINE)
        return [(number, decode(kind, text)) for number, kind, text in found]

    def wait_for(self, count):
        wait_until(lambda: len(self.received()) >= count, self.log)
        return self.received()

    def close(self):
        for daemon in reversed(self.processes):
            daemon.kill_session()
        self.home.cleanup()


def decode(kind, text):
    """The fake centre shows UCS-2 with % before each byte that is no letter, or %XX."""
    if kind != "ucs-2":
        return text
    raw = re.sub(rb"%([0-9A-Fa-f]{2})|\+", lambda m: bytes([int(m[1], 16)]) if m[1] else b" ",
                 text.encode())
    return raw.decode("utf-16-be")

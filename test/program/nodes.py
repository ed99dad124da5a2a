"""More hosts of a community, as far as one machine goes: each `muster serve` has a [run] directory,
a port and, if it likes, a relay of its own, and all have the same store and secret."""

import configparser
import shutil

from harness import BINARY, Daemon, free_port, wait_until

LEASE = 5  # seconds: the shortest there is


def settings_of(path):
    settings = configparser.ConfigParser(interpolation=None, delimiters="=",
                                         comment_prefixes=("#", ";"), strict=False)
    settings.optionxform = str
    settings.read(path)
    return settings


class Node:
    """One more `muster serve`, for as long as the block lasts."""

    def __init__(self, muster, name, *roles, relay=None):
        self.name = name
        self.roles = roles
        self.muster = muster
        self.config = muster.directory / f"{name}.conf"
        shutil.copy(muster.config, self.config)
        self.change("run", "directory", f"run-{name}")
        self.change("run", "lease-seconds", LEASE)
        if "lmtp" in roles:
            muster.lmtp_port = free_port()
            self.change("lmtp", "listen", f"127.0.0.1:{muster.lmtp_port}")
        if relay is not None:
            self.change("smtp", "relay", relay.address)

    def change(self, section, key, value):
        settings = settings_of(self.config)
        if not settings.has_section(section):
            settings.add_section(section)
        settings.set(section, key, str(value))
        with open(self.config, "w", encoding="utf-8") as file:
            settings.write(file)

    def start(self):
        self.daemon = Daemon([BINARY, "-c", self.config, "serve", *self.roles],
                             self.muster.directory / f"{self.name}.log",
                             env=self.muster.environment())
        wait_until(lambda: self.count_signs() == len(self.roles) or not self.daemon.is_running(),
                   lambda: f"signs of life of {self.roles}:\n{self.output()}")
        assert self.daemon.is_running(), self.output()
        return self

    def count_signs(self):
        """How many of its roles have shown themselves and not stopped since."""
        return len(self.muster.store.rows("SELECT owner FROM node WHERE stopped_at IS NULL AND"
                                          f" owner LIKE '%/run-{self.name}/%'"))

    def output(self):
        return self.daemon.output()

    def vanish(self):
        """As if the power of the host failed."""
        self.daemon.kill_session()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.daemon.is_running():
            assert self.daemon.stop() == 0, self.daemon.output()
        assert "Sanitizer" not in self.output() and "runtime error:" not in self.output()

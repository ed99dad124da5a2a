"""What is between one host and the others, and can be pulled: a cable between network namespaces,
or, where nobody may make these, connections that are passed on or not."""

import os
import subprocess

from link import Link
from small_disk import Skip


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f"no network namespaces here: {done.stderr.strip()}")


class Cable:
    """A network namespace for a host, with a cable to everybody else. Needs root."""

    def __init__(self):
        number = os.getpid()
        self.name = f"muster-faults-{number}"
        place = f"198.18.{number >> 6 & 255}"  # addresses that are kept for tests
        last = number % 64 * 4
        self.near, self.far = f"{place}.{last + 1}", f"{place}.{last + 2}"
        self.command = ["ip", "netns", "exec", self.name]
        here, there = f"mf{number % 100000}a", f"mf{number % 100000}b"
        self.end = there
        ip("netns", "add", self.name)
        try:
            ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", self.name)
            ip("addr", "add", f"{self.near}/30", "dev", here)
            ip("-n", self.name, "addr", "add", f"{self.far}/30", "dev", there)
            ip("-n", self.name, "link", "set", "lo", "up")
            ip("link", "set", here, "up")
            self.mend()
        except Skip:
            self.close()
            raise

    def way_to(self, port, keepalive=None):
        """How the host reaches that port of ours."""
        return f"{self.near}:{port}"

    def server_settings(self, folder):
        """Of a PostgreSQL that both of us reach."""
        rules = folder / "pg_hba.conf"
        rules.write_text("host all all 127.0.0.1/32 scram-sha-256\n"
                         f"host all all {self.far}/32 scram-sha-256\n")
        return {"listen_addresses": f"127.0.0.1,{self.near}", "hba_file": str(rules)}

    def pull(self):
        ip("-n", self.name, "link", "set", self.end, "down")

    def mend(self):
        ip("-n", self.name, "link", "set", self.end, "up")

    def close(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)


class Proxies:
    """The same for those who are not root: the test itself passes on what the host says, and holds
    it back while the cable is pulled. The servers see connections that stay; one that sends
    keepalives, every so many seconds, would notice, and so its connections end then."""

    near = far = "127.0.0.1"
    command = []

    def __init__(self):
        self.links = {}  # port: Link

    def way_to(self, port, keepalive=None):
        if port not in self.links:
            self.links[port] = Link(port, keepalive)
        return f"127.0.0.1:{self.links[port].port}"

    def server_settings(self, folder):
        return {}

    def pull(self):
        for link in self.links.values():
            link.silence()

    def mend(self):
        for link in self.links.values():
            link.mend()

    def close(self):
        for link in self.links.values():
            link.cut()


def new_cable(real):
    """A real one, if wanted and possible."""
    if real:
        try:
            return Cable()
        except Skip:
            pass
    return Proxies()

"""A community on a store, with the hosts that serve it and the sink that its mail goes to."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

import harness
from cables import Proxies
from harness import Daemon, Muster, Sink, wait_until
from posts import add_members
from roles import ROLES, children_of, is_alive, roles_of, wait_for_roles

SINK_OPTIONS = ("--keep-first", "300")
MEMORY_MAX = 160 << 20  # bytes that a role may have resident, whatever happens


class First(Muster):
    """The host on which the community was set up."""

    def lmtp_server(self):
        """Where the sending side finds it."""
        return "127.0.0.1", self.lmtp_port


class Other(Muster):
    """One more host, behind a cable: its own folder and sockets, the same store and secret."""

    def __init__(self, directory, first, ground, relay_port, cable):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.list, self.clock, self.store = first.list, first.clock, first.store
        self.config = self.directory / "muster.conf"
        self.config.write_bytes(first.config.read_bytes())
        self.lmtp_port = harness.free_port()
        self.cable = cable
        self.daemon = None
        self.configure("run", "directory", self.directory / "run")
        self.configure("run", "secret-file", first.directory / "secret")
        self.configure("lmtp", "listen", ":".join(map(str, self.lmtp_server())))
        self.configure("smtp", "relay", cable.way_to(relay_port))
        self.configure("store", "url", ground.url(cable))

    def lmtp_server(self):
        return self.cable.far, self.lmtp_port

    def serve(self, *roles):
        command = [*self.cable.command, harness.BINARY, "-c", self.config, "serve", *roles]
        self.daemon = Daemon(command, self.directory / "serve.log", env=self.environment())
        return self.daemon


class Stage:
    """What a trial is made on. Every host runs all roles; a second one may be behind a cable."""

    def __init__(self, folder, ground, members, hosts=1, cable=None, settings=None,
                 sink_options=(), clock=None, home=None, log=None, user=None):
        self.folder = pathlib.Path(folder)
        cable = cable or Proxies()
        self.sink = Sink(self.folder / "sink", *SINK_OPTIONS, "--listen", f"{cable.near}:0",
                         *sink_options)
        home = home or self.folder / "a"
        self.a = First(home, self.sink.port, store=ground.new_store(home))
        self.a.configure("smtp", "relay", f"{cable.near}:{self.sink.port}")
        self.a.clock = clock or self.a.clock
        for (section, key), value in (settings or {}).items():
            self.a.configure(section, key, value)
        add_members(self.a, members)
        if log:
            (self.a.directory / "serve.log").symlink_to(log)
        if user:
            self.give_to(user)
        self.hosts = [self.a]
        self.hosts += [Other(self.folder / name, self.a, ground, self.sink.port, cable)
                       for name in "bcd"[:hosts - 1]]
        self.peak_memory = 0

    def give_to(self, user):
        """The first host serves as that user from now on."""
        self.a.configure("run", "user", user)
        self.folder.chmod(0o755)
        for file in [self.a.directory, *self.a.directory.iterdir()]:
            shutil.chown(file, user)

    def start(self):
        for host in self.hosts:
            wait_for_roles(host.serve(), ROLES)

    def keep_alive(self, host):
        """Starts a host's daemon anew as often as needed, as systemd does."""
        dead = host.daemon

        def runs():
            host.daemon = Daemon([harness.BINARY, "-c", host.config, "serve"],
                                 host.directory / "serve.log", env=host.environment())
            wait_until(lambda: harness.is_listening(host.lmtp_port)
                       or not host.daemon.is_running(), "LMTP")
            return host.daemon.is_running()
        wait_until(runs, host.daemon.output)
        dead.kill_session()

    def processes(self, host):
        """All of a host's processes: the supervisor, the roles and their children."""
        found = [host.daemon.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                found += children_of(pid)
        return found

    def kill(self, host, victim):
        """kill -9 of a role, of the supervisor ("muster") or of all at once ("everything").
        Returns once it is dead; the supervisor brings a role back, systemd the supervisor."""
        if victim == "everything":
            os.killpg(host.daemon.pid, signal.SIGKILL)
        elif victim == "muster":
            os.kill(host.daemon.pid, signal.SIGKILL)
        elif (pid := roles_of(host.daemon).get(victim)) is not None:
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not is_alive(pid), f"the end of {victim}")
        if victim in ("muster", "everything"):
            host.daemon.wait()

    def signal_all(self, host, number):
        """To every process of a host."""
        os.killpg(host.daemon.pid, number)

    def uncertain(self):
        """{(Message-ID, address): attempts whose last dot was never answered}."""
        rows = self.a.store.rows("SELECT i.header_id, d.address, d.uncertain FROM delivery d"
                                 " JOIN post p ON p.message_id = d.message_id"
                                 " JOIN inbox i ON i.id = p.inbox_id WHERE d.uncertain > 0")
        return {(f"<{header_id}>", address): int(count) for header_id, address, count in rows}

    def states(self):
        """How many deliveries are in which state."""
        rows = self.a.store.rows("SELECT state, count(*) FROM delivery GROUP BY state")
        return {state: int(count) for state, count in rows}

    def inbox_states(self):
        rows = self.a.store.rows("SELECT state, count(*) FROM inbox GROUP BY state")
        return {state: int(count) for state, count in rows}

    def look_at_memory(self):
        for host in self.hosts:
            if host.daemon is None or not host.daemon.is_running():
                continue
            for pid in self.processes(host):
                with contextlib.suppress(OSError, IndexError, ValueError):
                    status = pathlib.Path(f"/proc/{pid}/status").read_text()
                    high = int(status.split("VmHWM:")[1].split()[0]) * 1024
                    self.peak_memory = max(self.peak_memory, high)

    def stop(self):
        """Ends all; returns what did not end well."""
        problems = []
        for one in [*self.hosts, self.sink]:
            try:
                one.stop()
            except (AssertionError, subprocess.SubprocessError) as problem:
                problems.append(str(problem))
        return problems

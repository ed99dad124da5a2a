#!/usr/bin/python3
"""A private PostgreSQL: unpacked under build/counterparts, never installed. It runs from a directory
of its own, on a loopback port of its own, and is gone at the end. PostgreSQL refuses to run as root;
as root, its server runs as nobody.

    postgres.py COMMAND ...   runs a command with MUSTER_TEST_STORE naming a database of its own
"""

import functools
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile

from harness import Daemon, free_port, wait_until
from psql import client_programs, folder_of, query, with_schema

USER = "nobody"
OWNER = "muster"  # of the databases; may do nothing else
ADMIN = "postgres"
START_SECONDS = 60  # recovery included

# Text sorts here as people sort it, unlike in SQLite: what depends on the order must say so.
INITDB = ["--no-sync", "--encoding=UTF8", "--locale=C", "--locale-provider=icu",
          "--icu-locale=en", f"--username={ADMIN}", "--auth=scram-sha-256"]

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",  # so that nothing outlives the directory
    "jit": "off",  # spares its libraries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
}
NO_FSYNC = {"fsync": "off", "full_page_writes": "off"}

# Ends the server and what it left once the tests are gone: its processes are sessions of their own,
# so it has to end them itself.
GUARD = ["sh", "-c", 'read -r _; kill -QUIT "$1"; for _ in $(seq 100); do'
                     ' grep -qs "^State:.[^Z]" "/proc/$1/status" || break; sleep 0.1; done;'
                     ' rm -rf "$0"']


@functools.cache
def server_programs():
    return folder_of("postgresql", "postgres")


def other_user():
    """Who runs the server, as arguments of a subprocess: we ourselves if not root."""
    if os.geteuid() != 0:
        return {}
    group = pwd.getpwnam(USER).pw_gid
    return {"user": USER, "group": group, "extra_groups": []}


@functools.cache
def why_not():
    """Why no PostgreSQL can run here, as a reason to skip; None if it can."""
    if server_programs() is None or client_programs() is None:
        return "PostgreSQL is not unpacked (tools/install counterpart)"
    for program in (server_programs() / "postgres", client_programs() / "psql"):
        tried = subprocess.run([program, "--version"], text=True, capture_output=True, check=False)
        if tried.returncode != 0:
            return tried.stderr.strip()
    try:
        subprocess.run(["true"], check=True, cwd="/", **other_user())
    except (KeyError, OSError, subprocess.SubprocessError) as problem:
        return f"PostgreSQL does not run as root, and we cannot become {USER}: {problem}"
    return None


def are_alive(pids):
    return [pid for pid in pids if state_of(pid) not in "XZ"]


def state_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return "X"


class Server:
    """A cluster and its server, however made. What survives a kill is in the cluster."""

    def __init__(self, settings, fsync, password=None):
        # The server runs as another user, so its directory is no child of a private one.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="muster-postgres-"))
        self.directory.chmod(0o755)
        self.work = self.directory / "work"
        self.work.mkdir(0o700)
        self.data = self.work / "data"
        if os.geteuid() == 0:
            shutil.chown(self.work, USER, other_user()["group"])
        self.settings = SETTINGS | ({} if fsync else NO_FSYNC) | settings
        self.port = free_port()
        # Whoever is the superuser of a server may run programs as its user: no other user of this
        # machine shall be.
        self.password = password or secrets.token_hex(8)
        self.daemon = None
        self.standbys = []

    @functools.cached_property
    def programs(self):
        return self.reachable(server_programs(), "postgres")

    def reachable(self, programs, one):
        """The folder of programs, or a copy if the server's user may not read them where they are."""
        try:
            subprocess.run([programs / one, "--version"], cwd="/", check=True,
                           stdout=subprocess.DEVNULL, **other_user())
            return programs
        except PermissionError:
            root = programs.parents[4]  # of usr/lib/postgresql/VERSION/bin
            for part in (programs.parent, root / "usr/share/postgresql" / programs.parts[-2]):
                shutil.copytree(part, self.directory / part.relative_to(root), symlinks=True,
                                dirs_exist_ok=True, ignore=shutil.ignore_patterns("bitcode"))
            return self.directory / programs.relative_to(root)

    def run(self, program, *args):
        """Runs one of PostgreSQL's programs as the server's user."""
        done = subprocess.run([program, *map(str, args)], cwd=self.work, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **other_user())
        assert done.returncode == 0, done.stdout

    def url(self, database=OWNER, schema=None, user=OWNER, others=()):
        """What names a database of it to libpq. With others, which are servers too, libpq takes the
        one that can write."""
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in (self, *others))
        url = f"postgresql://{user}:{self.password}@{hosts}/{database}"
        url += "?target_session_attrs=read-write" if others else ""
        return with_schema(url, schema) if schema else url

    def sql(self, statement, database="postgres"):
        """Runs SQL as the superuser; returns the rows."""
        return query(self.url(database, user=ADMIN), statement)

    def start(self):
        """Starts it and waits until it can be used, recovered if need be."""
        settings = {"port": self.port} | self.settings
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        self.daemon = Daemon(
            [self.programs / "postgres", "-D", self.data, *options], self.directory / "log",
            cwd=self.work, guard=[*GUARD, self.directory], **other_user())
        wait_until(lambda: self.is_up() or not self.daemon.is_running(), self.log, START_SECONDS)
        assert self.daemon.is_running(), self.log()

    def state(self):
        """What its process says of itself (postmaster.pid): "ready", "standby" ..., "" if gone."""
        if self.daemon is None or not self.daemon.is_running():
            return ""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return ""
        return lines[7].strip() if len(lines) > 7 and lines[0] == str(self.daemon.pid) else ""

    def is_up(self):
        return self.state() in ("ready", "standby")

    def log(self):
        return self.daemon.output() if self.daemon else ""

    def processes(self):
        children = pathlib.Path(f"/proc/{self.daemon.pid}/task/{self.daemon.pid}/children")
        return [self.daemon.pid, *map(int, children.read_text().split())]

    def stop(self):
        """Ends it in good order, with its clients' connections; start() goes on."""
        processes = self.processes()
        self.daemon.stop(signal.SIGINT)
        wait_until(lambda: not are_alive(processes), "the end of PostgreSQL")

    def restart(self):
        self.stop()
        self.start()

    def kill(self):
        """kill -9 of all of its processes at one moment; start() recovers."""
        self.daemon.send_signal(signal.SIGSTOP)  # so that there is none that is not listed
        wait_until(lambda: state_of(self.daemon.pid) in "TZX", "PostgreSQL to stand still")
        processes = self.processes()
        for pid in processes:
            os.kill(pid, signal.SIGKILL)
        self.daemon.kill_session()
        wait_until(lambda: not are_alive(processes), "the end of PostgreSQL")

    def close(self):
        """Ends it and its standbys, and removes all that they left; twice is fine."""
        for standby in self.standbys:
            standby.close()
        if self.daemon and self.daemon.is_running():
            self.stop()
        self.remove_shared_memory()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.daemon = None

    def remove_shared_memory(self):
        """A server that was killed leaves the segment by which it is known not to run twice."""
        try:
            segment = (self.data / "postmaster.pid").read_text().splitlines()[6].split()[1]
        except (FileNotFoundError, IndexError):
            return  # it ended in good order
        subprocess.run(["ipcrm", "-m", segment], check=False, capture_output=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Postgres(Server):
    """A new cluster that runs. Without fsync it is quick, and good for all but a dead machine; the
    processes may die either way."""

    def __init__(self, fsync=True, **settings):
        super().__init__(settings, fsync)
        try:
            self.initialise()
            self.start()
            self.sql(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{self.password}'")
            self.create_database(OWNER)
        except BaseException:
            self.close()
            raise

    def initialise(self):
        secret = self.work / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)  # the folder is private
        self.run(self.programs / "initdb", "-D", self.data, f"--pwfile={secret}", *INITDB)

    def create_database(self, name):
        """A database that belongs to the user of url(); its URL."""
        self.sql(f"CREATE DATABASE {name} OWNER {OWNER}")
        return self.url(name)

    def configure(self, **settings):
        """Changes settings that take effect without a restart."""
        for key, value in settings.items():
            self.sql(f"ALTER SYSTEM SET {key} = '{value}'")
        self.sql("SELECT pg_reload_conf()")

    def standby(self, synchronous=False):
        """A second server that follows this one and can be read. Synchronous: from now on a commit
        here returns only when the standby has it on disk; while there is none, commits wait."""
        standby = Standby(self)
        self.standbys.append(standby)
        if synchronous:
            self.configure(synchronous_standby_names=standby.name)
        wanted = "sync" if synchronous else "async"
        wait_until(lambda: self.replication() == {standby.name: wanted}, standby.log)
        return standby

    def replication(self):
        """The standbys that stream at this moment: {name: "sync" or "async"}."""
        return dict(self.sql("SELECT application_name, sync_state FROM pg_stat_replication"
                             " WHERE state = 'streaming'"))


class Standby(Server):
    """A streaming copy of another server, which keeps what it has not sent yet."""

    name = "standby"

    def __init__(self, primary):
        super().__init__(primary.settings, True, primary.password)
        source = (f"host=127.0.0.1 port={primary.port} user={ADMIN} password={self.password}"
                  f" application_name={self.name}")
        try:
            clients = self.reachable(client_programs(), "pg_basebackup")
            self.run(clients / "pg_basebackup", "-d", source, "-D", self.data, "-R",
                     "--wal-method=stream", "--checkpoint=fast", "--no-sync", "--create-slot",
                     f"--slot={self.name}")
            self.start()
        except BaseException:
            self.close()
            raise

    def promote(self):
        """Makes it a server that can be written to; returns when it is."""
        assert self.sql("SELECT pg_promote()") == [("t",)], self.log()
        self.sql("ALTER SYSTEM RESET synchronous_standby_names")  # it has none itself
        self.sql("SELECT pg_reload_conf()")


def main():
    reason = why_not()
    if reason is not None:
        sys.exit(f"postgres.py: {reason}")
    with Postgres(fsync=False) as server:
        environment = os.environ | {"MUSTER_TEST_STORE": server.url()}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

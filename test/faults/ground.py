"""What a trial's store stands on, a file or a PostgreSQL server; and what can be done to it."""

import contextlib
import os
import socket
import tempfile

import postgres
import psql
from harness import wait_until
from small_disk import Skip
from store import PostgresStore, SqliteStore, new_store

SQLITE_DISK_MB = 64
POSTGRES_DISK_MB = 160  # of which a new cluster takes a third
KEEPALIVE_SECONDS = 25  # until PostgreSQL gives a silent session up, as Muster has it set


class Sqlite:
    kind = "sqlite"

    def __init__(self, full):
        self.home = None

    def start(self, **settings):
        """Makes sure of a server of the trial's own, where there is one."""

    def new_store(self, home):
        self.home = home
        return SqliteStore(home / "muster.db")

    def url(self, cable):
        """For the configuration of a host behind that cable."""
        return f"sqlite:{self.home / 'muster.db'}"

    def wake(self):
        """Has the roles look, as a commit does."""
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sender:
            for listener in (self.home / "muster.db-wake").iterdir():
                with contextlib.suppress(OSError):
                    sender.sendto(b"", str(listener))

    def small_disk(self, make):
        """A small file system that the store will be on; and where the first host goes."""
        disk = make(SQLITE_DISK_MB)
        return disk, disk.folder / "a"

    def revive(self):
        """Has it run again if it ended, as an operator would."""

    @contextlib.contextmanager
    def read_only(self):
        """Nobody may write it. Who has opened it before still can."""
        files = [self.home, *self.home.glob("muster.db*")]
        modes = [file.stat().st_mode for file in files]
        for file, mode in zip(files, modes):
            file.chmod(mode & ~0o222)
        try:
            yield
        finally:
            for file, mode in zip(files, modes):
                file.chmod(mode)

    def close(self):
        pass


class Postgres:
    kind = "postgresql"

    def __init__(self, full):
        reason = postgres.why_not()
        if reason is not None:
            raise Skip(reason)
        self.fsync = full
        self.server = None
        self.standby = None
        self.store = None

    def start(self, **settings):
        """Makes a server of the trial's own."""
        self.server = postgres.Postgres(fsync=self.fsync, **settings)
        return self.server

    def new_store(self, home):
        """On the trial's server, or else on that of the test run, if there is one."""
        if self.server is None and "MUSTER_TEST_STORE" in os.environ:
            self.store = new_store(home)
            return self.store
        if self.server is None:
            self.start()
        self.store = PostgresStore(
            self.server.url(others=[self.standby] if self.standby else []))
        return self.store

    def url(self, cable):
        here = f"127.0.0.1:{self.server.port}"
        return self.store.url.replace(here, cable.way_to(self.server.port, KEEPALIVE_SECONDS))

    def wake(self):
        psql.query(self.store.url, "SELECT pg_notify(format('muster_%s_%s', oid, channel), '')"
                   " FROM pg_namespace, unnest(ARRAY['inbox', 'outbox']) channel"
                   " WHERE nspname = current_schema()")

    def small_disk(self, make):
        disk = make(POSTGRES_DISK_MB)
        disk.folder.chmod(0o1777)
        previous = tempfile.tempdir
        tempfile.tempdir = str(disk.folder)  # where the server makes its directory
        try:
            self.start(max_wal_size="64MB", min_wal_size="32MB")
        finally:
            tempfile.tempdir = previous
        return disk, None

    def revive(self):
        """A server that a full disk has crashed may have found it full again when it recovered:
        then it ends for good."""
        wait_until(lambda: self.server.is_up() or not self.server.daemon.is_running(),
                   self.server.log)
        if not self.server.daemon.is_running():
            self.server.start()

    @contextlib.contextmanager
    def read_only(self):
        """Whatever begins a transaction from now on may only read."""
        self.server.configure(default_transaction_read_only="on")
        try:
            yield
        finally:
            self.server.configure(default_transaction_read_only="off")

    def close(self):
        for server in (self.standby, self.server):
            if server is not None:
                server.close()


GROUNDS = {"sqlite": Sqlite, "postgresql": Postgres}

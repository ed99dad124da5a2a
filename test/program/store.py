"""A community's store seen past Muster, on either database: for what a test cannot ask Muster."""

import contextlib
import itertools
import os
import sqlite3
import subprocess

import psql

NUMBERS = itertools.count(1)


def new_store(directory):
    """The store of a new community, which is to be in that directory if it is a file.
    MUSTER_TEST_STORE is the URL of a PostgreSQL database that tests may use; there each
    community has a schema of its own."""
    database = os.environ.get("MUSTER_TEST_STORE")
    if database is None:
        return SqliteStore(directory / "muster.db")
    schema = f"community_{os.getpid()}_{next(NUMBERS)}"
    psql.query(database, f"CREATE SCHEMA {schema}")
    return PostgresStore(psql.with_schema(database, schema))


class SqliteStore:
    def __init__(self, path):
        self.path = path
        self.url = f"sqlite:{path}"
        self.options = []  # of `muster init`

    def connect(self):
        return contextlib.closing(sqlite3.connect(self.path, timeout=30))

    def rows(self, select):
        """The rows that a SELECT finds, as tuples."""
        with self.connect() as connection:
            return connection.execute(select).fetchall()

    def run(self, statement):
        """Changes rows behind Muster's back."""
        with self.connect() as connection, connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def locked(self, table):
        """Nobody else can write while this lasts."""
        with self.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.rollback()


class PostgresStore:
    def __init__(self, url):
        self.url = url
        self.options = ["--store", url]

    def rows(self, select):
        return psql.select(self.url, select)

    def run(self, statement):
        psql.query(self.url, statement)

    @contextlib.contextmanager
    def locked(self, table):
        """Nobody else can write into that table while this lasts."""
        client = subprocess.Popen(psql.command(self.url), stdin=subprocess.PIPE, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        client.stdin.write(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE;\n\\echo locked\n")
        client.stdin.flush()
        assert client.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            client.communicate("ROLLBACK;\n")

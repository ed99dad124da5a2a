"""The private PostgreSQL itself, before anything of Muster is on it."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

import pytest

import postgres as postgres_module
import psql as psql_module
from harness import TOP, wait_until
from link import Link
from postgres import ADMIN
from psql import client_programs, command, query, with_schema

INSERT = "INSERT INTO note VALUES ('kept')"


@pytest.fixture(scope="module")
def shared_server():
    reason = postgres_module.why_not()
    if reason is not None:
        pytest.skip(reason)
    with postgres_module.Postgres(fsync=False) as server:
        yield server
        print(server.log())


@pytest.fixture
def server(shared_server):
    query(shared_server.url(), "DROP TABLE IF EXISTS note; CREATE TABLE note (text text)")
    return shared_server


@pytest.fixture
def primary(start_postgres):
    """One that may be left behind."""
    server = start_postgres(fsync=False)
    query(server.url(), "CREATE TABLE note (text text)")
    return server


def psql(url, statement):
    """Goes on while we look at it."""
    return subprocess.Popen(command(url, "-c", statement), stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def notes(server):
    return query(server.url(), "SELECT text FROM note")


def test_its_user_owns_a_database_and_nothing_else(server):
    assert query(server.url(), "SELECT rolsuper OR rolcreatedb OR rolreplication FROM pg_roles"
                               " WHERE rolname = current_user") == [("f",)]
    url = server.create_database("other")
    assert query(url, "CREATE TABLE a (b bigint); SELECT count(*), NULL FROM a") == [("0", None)]


def test_it_listens_to_those_who_have_the_password_only(server):
    stranger = server.url(user=ADMIN).replace(server.password, "guess")
    assert "password authentication failed" in psql(stranger, "SELECT 1").communicate()[0]


def test_text_sorts_as_people_sort_it(server):
    rows = query(server.url(), "SELECT x FROM (VALUES ('b'), ('A'), ('B'), ('a')) AS v (x) ORDER BY x")
    assert [row[0] for row in rows] == ["a", "A", "b", "B"]


def test_schemas_are_kept_apart(server):
    for name in ("one", "two"):
        query(server.url(), f"CREATE SCHEMA {name}")
        query(server.url(schema=name), f"CREATE TABLE who AS SELECT '{name}' AS name")
    assert query(with_schema(server.url(), "two"), "SELECT name FROM who") == [("two",)]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_committed_is_there_afterwards(server, end):
    query(server.url(), INSERT)
    getattr(server, end)()
    assert not server.is_up()
    server.start()
    assert notes(server) == [("kept",)]


def test_a_standby_follows_and_takes_over(primary):
    standby = primary.standby()
    query(primary.url(), INSERT)
    wait_until(lambda: notes(standby) == [("kept",)], "the note at the standby")
    assert "read-only" in psql(standby.url(), INSERT).communicate()[0]

    primary.kill()
    standby.promote()
    query(primary.url(others=[standby]), INSERT)
    assert notes(standby) == [("kept",), ("kept",)]


def test_a_commit_waits_for_a_synchronous_standby(primary):
    standby = primary.standby(synchronous=True)
    standby.stop()
    client = psql(primary.url(), INSERT)
    wait_until(lambda: primary.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"),
               "the client to wait")
    standby.start()
    assert client.communicate()[0] == "" and client.returncode == 0
    assert notes(standby) == [("kept",)]


def test_a_link_can_be_cut_and_mended(server):
    link = Link(server.port)
    url = server.url().replace(str(server.port), str(link.port))
    client = psql(url, "SELECT pg_sleep(60)")
    wait_until(lambda: server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%sleep(60)'"
                                  " AND pid <> pg_backend_pid()"), "the client")
    link.cut()
    assert "server closed the connection" in client.communicate()[0]
    assert "Connection refused" in psql(url, "SELECT 1").communicate()[0]
    link.mend()
    assert query(url, "SELECT 1") == [("1",)]
    link.cut()


def test_a_silent_link_keeps_what_was_said(server):
    link = Link(server.port)
    url = server.url().replace(str(server.port), str(link.port))
    link.silence()
    client = psql(url, INSERT)
    with pytest.raises(subprocess.TimeoutExpired):
        client.wait(0.3)
    assert notes(server) == []
    link.mend()
    assert client.wait() == 0
    assert notes(server) == [("kept",)]
    link.cut()


def test_a_server_gives_a_silent_link_up_and_the_client_hears_of_it_later():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = Link(listener.getsockname()[1], keepalive=0.1)
        with socket.create_connection(("127.0.0.1", link.port)) as client:
            with listener.accept()[0] as server:
                link.silence()
                server.settimeout(10)
                assert server.recv(1) == b""
            client.settimeout(0.1)
            with pytest.raises(TimeoutError):
                client.recv(1)
            link.mend()
            client.settimeout(10)
            assert client.recv(1) == b""
        link.cut()


def test_nothing_is_left_when_the_tests_are_killed(server):
    code = ("import postgres, sys\nserver = postgres.Postgres(fsync=False)\n"
            "print(server.directory, *server.processes(), flush=True)\nsys.stdin.read()")
    tests = subprocess.Popen([sys.executable, "-c", code], cwd=TOP / "test" / "program", text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    folder, *processes = tests.stdout.readline().split()
    assert postgres_module.are_alive(processes)
    tests.send_signal(signal.SIGKILL)
    tests.communicate()
    wait_until(lambda: not postgres_module.are_alive(processes), "the end of PostgreSQL")
    wait_until(lambda: not pathlib.Path(folder).exists(), "its folder to go")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_programs_in_a_private_folder_are_copied(tmp_path, monkeypatch, start_postgres):
    reason = postgres_module.why_not()
    if reason is not None:
        pytest.skip(reason)
    tmp_path.chmod(0o700)
    for package in ("postgresql", "postgresql-client"):
        shutil.copytree(psql_module.COUNTERPARTS / package, tmp_path / package, symlinks=True,
                        ignore=shutil.ignore_patterns("bitcode", "locale"))
    monkeypatch.setattr(psql_module, "COUNTERPARTS", tmp_path)
    for programs in (postgres_module.server_programs, client_programs):
        programs.cache_clear()
    server = start_postgres(fsync=False)
    standby = server.standby()
    assert standby.directory in standby.programs.parents
    assert standby.sql("SELECT count(*) FROM pg_timezone_names") != [("0",)]

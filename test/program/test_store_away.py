"""A PostgreSQL that goes away and comes back: the roles wait, mail is put off, nothing is lost."""

import collections
import os
import signal
import time

import pytest

from harness import Muster, wait_until
from link import Link
from nodes import Node
from posts import add_members, post
from roles import roles_of, wait_for_roles
from store import PostgresStore

ALL = {"lmtp", "worker", "courier"}
IN_FLIGHT = 8  # copies: two of each connection, as the next rides with the last dot


@pytest.fixture
def server(start_postgres):
    return start_postgres(fsync=False)


@pytest.fixture
def community(tmp_path, sink, server):
    """A community in the test's own PostgreSQL."""
    one = Muster(tmp_path / "community", sink.port, store=PostgresStore(server.url()))
    yield one
    one.stop()


def test_roles_outlast_the_end_of_their_server(community, server, sink):
    add_members(community, 5)
    with Node(community, "a", *ALL) as node:
        roles = wait_for_roles(node.daemon, ALL)
        assert post(community)[0] == 250
        sink.wait_for(5)
        server.stop()
        assert post(community)[0] == 451
        assert community.command("status").status == 69
        assert "out of reach" in community.command("status").output
        server.start()
        wait_until(lambda: post(community)[0] == 250, "mail to be taken again")
        sink.wait_for(10)
        wait_until(lambda: community.command("status").status == 0,
                   lambda: community.command("status").output)
        assert roles_of(node.daemon) == roles
        assert "ended by itself" not in node.output()


def test_roles_rest_while_their_server_is_away(community, server, sink):
    community.configure("run", "lease-seconds", "5")
    community.configure("run", "log-level", "debug")
    add_members(community, 1)
    daemon = community.serve()
    assert post(community)[0] == 250
    sink.wait_for(1)
    server.stop()
    wait_until(lambda: daemon.output().count("still waits for the store") >= 6, daemon.output)
    assert len(daemon.output().splitlines()) < 60
    # Aloud only what is new: for each role that the connection is lost, and that there is no other.
    assert daemon.output().count(": waits for the store") <= 6


def test_roles_wait_for_a_server_that_is_not_there_yet(community, server, sink):
    add_members(community, 5)
    server.stop()
    daemon = community.serve()
    daemon.wait_for_output("waits for the store")
    roles = wait_for_roles(daemon, ALL)
    assert post(community)[0] == 451
    server.start()
    wait_until(lambda: post(community)[0] == 250, "mail to be taken")
    sink.wait_for(5)
    assert roles_of(daemon) == roles


def test_mail_is_put_off_soon_while_the_server_hangs(community, server, sink):
    add_members(community, 5)
    community.configure("lmtp", "store-timeout-seconds", 1)
    community.serve()
    assert post(community)[0] == 250
    processes = server.processes()
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert post(community)[0] == 451
        assert time.monotonic() - began < 10  # and not the minute that a statement may take
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: post(community)[0] == 250, "mail to be taken")
    sink.wait_for(10)


def test_a_password_of_the_store_is_in_no_log(community, server):
    server.stop()
    daemon = community.serve()
    daemon.wait_for_output("waits for the store")
    shown = community.command("status", "--json")
    assert server.password not in daemon.output() + shown.output + shown.errors


@pytest.mark.parametrize("how", ["cut", "silence"])
def test_a_host_that_is_cut_off_does_no_harm(community, server, sink, start_sink, how):
    members = add_members(community, 200)
    slow = start_sink("--delay", "300")  # so that some wait when it is taken for dead
    link = Link(server.port)
    far = Node(community, "b", "courier", relay=slow)
    far.change("store", "url", server.url().replace(str(server.port), str(link.port)))
    with Node(community, "a", "lmtp", "worker") as near, far:
        assert post(community)[0] == 250
        slow.wait_for(5)
        getattr(link, how)()
        near.daemon.wait_for_output("it is taken for dead")
        begun = len(slow.copies()) + IN_FLIGHT
        with Node(community, "c", "courier"):
            sink.wait_for(1)
            link.mend()
            far.daemon.wait_for_output("others took this role for dead")
            sent = "SELECT address, uncertain FROM delivery WHERE state = 'sent'"
            wait_until(lambda: len(community.store.rows(sent)) == len(members), "all to be sent")
    assert len(slow.copies()) <= begun < len(members)
    found = collections.Counter(copy.recipient for copy in sink.copies() + slow.copies())
    uncertain = {address for address, count in community.store.rows(sent) if count != "0"}
    assert set(found) == set(members)
    assert {address for address in found if found[address] > 1} <= uncertain

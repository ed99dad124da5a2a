"""Several hosts on one store: work is shared, what a lost one held is done by the others, and one
that comes back does no harm."""

import collections
import os
import signal

import pytest

from harness import mail, wait_until
from nodes import Node
from posts import AUTHOR, add_members, post
from roles import children_of, wait_for_roles

pytestmark = pytest.mark.sanitized

IN_FLIGHT = 16  # copies: on four connections one, the next with its last dot, and what is not marked
BIG = ("x" * 70 + "\r\n") * 300000  # a mail that takes a while to read


def arrivals(*sinks):
    """{address: copies} over all relays."""
    return collections.Counter(copy.recipient for sink in sinks for copy in sink.copies())


def deliveries(muster, state):
    return muster.store.rows(f"SELECT address, uncertain FROM delivery WHERE state = '{state}'")


def wait_for_state(muster, state, count):
    wait_until(lambda: len(deliveries(muster, state)) == count,
               lambda: f"{count} copies {state}, there are {len(deliveries(muster, state))}")


def taken_of(node):
    return [line for line in node.output().splitlines() if "taken for dead" in line]


def test_two_nodes_share_the_work_and_nothing_comes_twice(muster, sink):
    members = add_members(muster, 50)
    with Node(muster, "a", "lmtp", "worker", "courier"), Node(muster, "b", "worker", "courier"):
        for number in range(20):
            assert post(muster, mail(AUTHOR, muster.list, f"Alert {number}"))[0] == 250
        sink.wait_for(20 * len(members))
        wait_for_state(muster, "sent", 20 * len(members))
    assert arrivals(sink) == {address: 20 for address in members}
    assert not [row for row in deliveries(muster, "sent") if row[1]]


def test_two_workers_know_a_duplicate(muster, sink):
    add_members(muster, 2)
    copies = 12
    with Node(muster, "a", "lmtp"):
        message = mail(AUTHOR, muster.list, Message_ID="<one@nic-ca.example>")
        for _ in range(copies):
            assert post(muster, message)[0] == 250
    with Node(muster, "a", "worker"), Node(muster, "b", "worker"):
        states = "SELECT state FROM inbox ORDER BY state"
        wait_until(lambda: ("waiting",) not in muster.store.rows(states) and
                   ("claimed",) not in muster.store.rows(states), "all to be decided")
    assert muster.store.rows(states) == [("accepted",)] + [("dropped",)] * (copies - 1)


def test_two_workers_send_one_roster(muster, sink):
    add_members(muster, 3)
    muster.set_clock(1790000000)  # 2026-09-21: the workers see their first day
    looked = "SELECT count(*) FROM roster_since"
    with Node(muster, "a", "worker"):
        wait_until(lambda: muster.store.rows(looked) == [(1,)], "the first look")
    muster.set_clock(1790000000 + 20 * 86400)  # past the roster of October 1
    with Node(muster, "a", "worker", "courier"), Node(muster, "b", "worker"):
        sink.wait_for(3)
        wait_for_state(muster, "sent", 3)
    assert muster.store.rows("SELECT count(*) FROM roster") == [(1,)]


def test_the_copies_of_a_lost_courier_are_sent_by_another(muster, sink, start_sink):
    members = add_members(muster, 40)
    silent = start_sink("--fault", "DOT=silent")
    with Node(muster, "a", "lmtp", "worker") as here:
        assert post(muster)[0] == 250
        there = Node(muster, "b", "courier", relay=silent).start()
        wait_for_state(muster, "claimed", len(members))
        there.vanish()
        wait_for_state(muster, "waiting", len(members))
        assert len(taken_of(here)) == 1 and "run-b/courier" in taken_of(here)[0]
        with Node(muster, "c", "courier"):
            sink.wait_for(len(members))
            wait_for_state(muster, "sent", len(members))
    assert arrivals(sink) == {address: 1 for address in members}
    assert all(uncertain == 1 for _, uncertain in deliveries(muster, "sent"))


def test_a_courier_that_was_stopped_too_long_does_no_harm(muster, sink, start_sink):
    members = add_members(muster, 60)
    slow = start_sink("--delay", "30")
    with Node(muster, "a", "lmtp", "worker") as here, \
            Node(muster, "b", "courier", relay=slow) as there:
        courier = wait_for_roles(there.daemon, {"courier"})["courier"]
        assert post(muster)[0] == 250
        slow.wait_for(5)
        os.kill(courier, signal.SIGSTOP)
        wait_until(lambda: taken_of(here), "the courier to be taken for dead")
        with Node(muster, "c", "courier"):
            sink.wait_for(1)
            os.kill(courier, signal.SIGCONT)
            there.daemon.wait_for_output("others took this role for dead")
            wait_for_state(muster, "sent", len(members))
            assert post(muster)[0] == 250  # both go on
            wait_for_state(muster, "sent", 2 * len(members))
    found = arrivals(sink, slow)
    assert set(found) == set(members) and min(found.values()) == 2
    twice = {address for address in found if found[address] > 2}
    assert len(twice) <= IN_FLIGHT
    assert twice <= {address for address, uncertain in deliveries(muster, "sent") if uncertain}


def test_a_worker_that_was_stopped_too_long_decides_nothing_again(muster, sink):
    add_members(muster, 3)
    with Node(muster, "a", "lmtp", "courier"), Node(muster, "b", "worker") as there:
        worker = wait_for_roles(there.daemon, {"worker"})["worker"]
        assert post(muster, mail(AUTHOR, muster.list, "Big", BIG))[0] == 250
        wait_until(lambda: children_of(worker), "a parser")
        os.kill(worker, signal.SIGSTOP)
        with Node(muster, "c", "worker"):
            sink.wait_for(3)
            os.kill(worker, signal.SIGCONT)
            there.daemon.wait_for_output("was given to another worker meanwhile")
    assert muster.store.rows("SELECT state, attempts FROM inbox") == [("accepted", 2)]
    assert len(muster.store.rows("SELECT id FROM delivery")) == 3


def test_mail_of_a_lost_worker_is_read_by_another(muster, sink):
    add_members(muster, 3)
    with Node(muster, "a", "lmtp", "courier"):
        there = Node(muster, "b", "worker").start()
        worker = wait_for_roles(there.daemon, {"worker"})["worker"]
        assert post(muster, mail(AUTHOR, muster.list, "Big", BIG))[0] == 250
        wait_until(lambda: children_of(worker), "a parser")
        there.vanish()
        with Node(muster, "c", "worker"):
            sink.wait_for(3)
    assert muster.store.rows("SELECT state, attempts FROM inbox") == [("accepted", 2)]

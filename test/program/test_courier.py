"""The courier against a relay that goes wrong in every way: no copy is lost, none is doubled
without need, and what happened to each stands in the queue."""

import collections
import signal

import pytest

from harness import mail, wait_until
from posts import AUTHOR, add_members, address, post

pytestmark = pytest.mark.sanitized

COUNT = 12


@pytest.fixture
def community(muster):
    """A community of a dozen."""
    add_members(muster, COUNT)
    return muster


def start(muster, sink, **smtp):
    """Sends the copies to that sink from now on."""
    muster.configure("smtp", "relay", sink.address)
    for key, value in smtp.items():
        muster.configure("smtp", key, value)
    return muster.serve()


def rows(muster, state=None):
    """The deliveries in that state, or those that are not at their end, by their address."""
    options = ["--state", state] if state else []
    return {row["address"]: row for row in muster.json("queue", "list", *options)}


def wait_for_rows(muster, count, state=None, when=lambda row: True):
    return wait_until(lambda: len(found := rows(muster, state)) == count
                      and all(map(when, found.values())) and found,
                      lambda: f"{count} {state}: {rows(muster, state)}\n{muster.daemon.output()}")


def was_tried(row):
    return row["state"] == "waiting" and row["attempts"] == 1


def times(sink):
    """How many copies each address has."""
    return collections.Counter(copy.recipient for copy in sink.copies())


def everybody(times_each=1):
    return {address(i): times_each for i in range(COUNT)}


def test_every_member_has_one_copy_of_his_own(community, sink):
    start(community, sink)
    assert post(community)[0] == 250
    copies = sink.wait_for(COUNT)
    assert times(sink) == everybody()
    assert len({copy.sender for copy in copies}) == COUNT
    sent = wait_for_rows(community, COUNT, "sent")
    assert all(row["attempts"] == 1 and row["uncertain"] == 0 and row["reply"].startswith("250 ")
               for row in sent.values())


def test_a_refused_copy_touches_no_other(community, start_sink):
    sink = start_sink("--fault", "RCPT/member3@=550 5.1.1 No such user")
    start(community, sink)
    post(community)
    refused = wait_for_rows(community, 1, "refused")
    assert refused[address(3)]["reply"] == "550 5.1.1 No such user"
    wait_for_rows(community, COUNT - 1, "sent")
    assert COUNT - 1 == len(sink.copies())


def test_old_copies_are_not_sent_again_by_a_slip(community, start_sink):
    start(community, start_sink("--fault", "RCPT/member3@#1=550 5.1.1 No such user"))
    post(community)
    refused, = wait_for_rows(community, 1, "refused").values()
    slip = community.command("queue", "retry", "--state", "refused")
    assert slip.status != 0 and "say which" in slip.errors
    missed = community.command("queue", "retry", refused["id"])
    assert missed.status != 0 and "that is waiting" in missed.errors
    assert rows(community, "refused")
    community.cli("queue", "retry", refused["id"], "--state", "refused")
    wait_for_rows(community, COUNT, "sent")


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_deferred_copy_waits_and_is_tried_again(community, start_sink, moment):
    sink = start_sink("--fault", f"{moment}#1=451 4.7.1 Later")
    start(community, sink)
    post(community)
    wait_for_rows(community, COUNT - 1, "sent")
    waiting, = wait_for_rows(community, 1, when=was_tried).values()
    assert waiting["reply"] == "451 4.7.1 Later" and waiting["uncertain"] == 0
    assert "Due now: 1 delivery." in community.cli("queue", "retry", waiting["id"])
    sink.wait_for(COUNT)
    assert times(sink) == everybody()
    assert wait_for_rows(community, COUNT, "sent")[waiting["address"]]["attempts"] == 2


def test_broken_connections_lose_nothing(community, start_sink):
    moments = ["MAIL#2", "RCPT#3", "DATA#4", "BODY#5", "DOT#6"]
    sink = start_sink(*(f"--fault={moment}=close" for moment in moments))
    start(community, sink, connections=1)
    post(community)
    sink.wait_for(COUNT)  # a copy that a broken connection took with it is tried soon
    assert times(sink) == everybody()
    sent = wait_for_rows(community, COUNT, "sent")
    assert {row["attempts"] for row in sent.values()} == {1, 2}


def test_an_unanswered_last_dot_is_counted_as_uncertain(community, start_sink):
    sink = start_sink("--fault", "ACCEPT#3=close")
    start(community, sink, connections=1)
    post(community)
    sink.wait_for(COUNT + 1)
    twice = [row for row in wait_for_rows(community, COUNT, "sent").values() if row["uncertain"]]
    assert len(twice) == 1
    assert times(sink) == everybody() | {twice[0]["address"]: 2}


def test_a_relay_that_greets_with_421_costs_no_attempt(community, start_sink):
    sink = start_sink("--fault", "CONNECT#1=421 4.3.2 Come back later")
    start(community, sink)
    post(community)
    sink.wait_for(COUNT)
    assert times(sink) == everybody()
    assert all(row["attempts"] == 1 for row in wait_for_rows(community, COUNT, "sent").values())
    assert "Come back later; tried again in 1 s" in community.daemon.output()


def test_421_in_the_middle_ends_only_the_connection(community, start_sink):
    sink = start_sink("--fault", "MAIL#5=421 4.3.2 Going down")
    start(community, sink, connections=1)
    post(community)
    wait_for_rows(community, COUNT - 1, "sent")
    wait_for_rows(community, 1, when=was_tried)
    community.cli("queue", "retry")
    sink.wait_for(COUNT)
    assert times(sink) == everybody()


def test_a_relay_that_ends_every_session_gets_a_rest(community, start_sink):
    sink = start_sink("--fault", f"MAIL=421 4.7.0 <{address(1)}> is too much")
    daemon = start(community, sink, connections=1)
    post(community)
    daemon.wait_for_output("tried again in 1 s")
    waiting = wait_for_rows(community, COUNT, when=lambda row: row["state"] == "waiting")
    assert collections.Counter(row["attempts"] for row in waiting.values()) == {0: COUNT - 5, 1: 5}
    assert address(1) not in daemon.output()


def test_a_relay_that_is_away_costs_no_attempt(community, start_sink):
    sink = start_sink()
    sink.stop()
    daemon = start(community, sink)
    post(community)
    daemon.wait_for_output("tried again in")
    waiting = wait_for_rows(community, COUNT, when=lambda row: row["state"] == "waiting")
    assert all(row["attempts"] == 0 and "refused" in row["reply"] for row in waiting.values())
    back = start_sink(port=sink.port)
    back.wait_for(COUNT)
    assert times(back) == everybody()


def test_a_relay_that_cannot_even_be_tried_is_away(community, tmp_path):
    community.configure("smtp", "relay", f"unix:{tmp_path}/relay.sock")
    daemon = community.serve()
    post(community)
    daemon.wait_for_output("tried again in 1 s", seconds=10)
    waiting = wait_for_rows(community, COUNT, when=lambda row: row["state"] == "waiting")
    assert all(row["attempts"] == 0 for row in waiting.values())


def test_a_silent_relay_holds_up_nobody_but_itself(community, start_sink):
    sink = start_sink("--fault", "CONNECT#1=silent")
    start(community, sink, connections=2)
    post(community)
    post(community, mail(AUTHOR, community.list, "Second"))
    wait_until(lambda: len(sink.copies()) > 0 or len(rows(community)) == 2 * COUNT, "the posts")
    assert community.daemon.stop() == 0, "a connection that waits does not hold up the end"
    assert all(row["attempts"] == 0 and row["state"] == "waiting" for row in rows(community).values())


def test_a_silent_relay_is_given_up_in_the_time_that_is_set(community, start_sink):
    sink = start_sink("--fault", "RCPT#3=silent", "--fault", "ACCEPT#5=silent")
    community.configure("smtp", "timeout-seconds", 1)
    daemon = start(community, sink, connections=1)
    post(community)
    daemon.wait_for_output("silent for too long")
    sink.wait_for(COUNT + 1)
    sent = wait_for_rows(community, COUNT, "sent").values()
    assert {row["attempts"] for row in sent} == {1, 2}
    twice = [row["address"] for row in sent if row["uncertain"]]
    assert len(twice) == 1 and times(sink) == everybody() | {twice[0]: 2}


def test_a_relay_without_extensions_is_served_too(community, start_sink):
    sink = start_sink("--no-pipelining", "--no-8bitmime", "--no-smtputf8")
    start(community, sink)
    post(community)
    sink.wait_for(COUNT)
    assert times(sink) == everybody()


def test_the_end_marks_what_is_on_its_way(community, start_sink):
    sink = start_sink("--delay", "20")
    daemon = start(community, sink, connections=1)
    post(community)
    sink.wait_for(2)
    assert daemon.stop() == 0
    arrived = times(sink)
    assert set(rows(community, "sent")) == set(arrived)
    assert all(row["uncertain"] == 0 and row["attempts"] == 0 for row in rows(community).values())
    community.serve()
    sink.wait_for(COUNT)
    assert times(sink) == everybody()


def test_a_cancelled_copy_does_not_go_out(community, start_sink):
    sink = start_sink("--fault", "RCPT/member3@=451 4.7.1 Later")
    start(community, sink)
    post(community)
    wait_for_rows(community, 1, when=was_tried)
    assert "Cancelled 1 delivery." in community.cli("queue", "cancel", "--address", address(3))
    assert list(rows(community, "cancelled")) == [address(3)]
    assert rows(community) == {}
    entry, = [row for row in community.json("journal", "show") if row["action"] == "queue.cancel"]
    assert entry["details"] == "deliveries: 1"


def test_copies_are_given_up_after_five_days(community, start_sink):
    sink = start_sink("--fault", "RCPT/member3@=451 4.7.1 Never")
    community.set_clock(1790000000)
    daemon = start(community, sink)
    post(community)
    wait_for_rows(community, 1, when=was_tried)
    community.set_clock(1790000000 + 5 * 86400)
    daemon.send_signal(signal.SIGHUP)  # the roles look at the clock anew
    expired = wait_for_rows(community, 1, "expired")
    assert expired[address(3)]["attempts"] == 2
    assert expired[address(3)]["reply"] == "451 4.7.1 Never"

"""The role worker: a mail that kills its reader is put aside and holds up nobody, and what is due
by time happens."""

import contextlib
import os
import pathlib
import signal

import pytest

from harness import mail, wait_until
from posts import AUTHOR, add_members, post
from roles import ROLES, children_of, wait_for_roles

pytestmark = pytest.mark.sanitized

BIG = ("x" * 70 + "\r\n") * 300000  # a mail that takes a while to read


def states(muster):
    """The states of all mail, oldest first."""
    return [row["state"] for row in sorted(muster.json("message", "list"), key=lambda r: r["id"])]


def kill_parser(worker):
    """Kills the child that reads a mail, as soon as there is one."""
    child, = wait_until(lambda: children_of(worker), "a parser")
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    wait_until(lambda: not pathlib.Path(f"/proc/{child}").exists(), "its end")


def test_a_mail_that_kills_its_reader_twice_is_put_aside(muster, sink):
    add_members(muster, 3)
    daemon = muster.serve()
    worker = wait_for_roles(daemon, ROLES)["worker"]
    assert post(muster, mail(AUTHOR, muster.list, "Deadly", BIG))[0] == 250
    kill_parser(worker)
    daemon.wait_for_output("mail 1: the parser died of signal 9")

    assert post(muster, mail(AUTHOR, muster.list, "Harmless"))[0] == 250
    sink.wait_for(3)  # long before the first one is tried again
    assert states(muster) == ["waiting", "accepted"]

    kill_parser(worker)
    wait_until(lambda: states(muster) == ["quarantined", "accepted"], lambda: states(muster))
    shown, = [row for row in muster.json("message", "list") if row["state"] == "quarantined"]
    assert "signal 9" in shown["reason"]


def test_a_mail_over_which_the_worker_died_again_and_again_is_put_aside(muster, sink):
    add_members(muster, 3)
    daemon = muster.serve("lmtp")
    assert post(muster)[0] == 250
    assert post(muster, mail(AUTHOR, muster.list, "Behind"))[0] == 250
    assert daemon.stop() == 0
    muster.store.run("UPDATE inbox SET attempts = 5 WHERE id = 1")
    muster.serve()
    sink.wait_for(3)
    assert states(muster) == ["quarantined", "accepted"]


def test_a_locked_store_delays_and_loses_nothing(muster, sink):
    add_members(muster, 3)
    daemon = muster.serve()
    wait_for_roles(daemon, ROLES)
    assert post(muster, mail(AUTHOR, muster.list, "Slow", BIG))[0] == 250
    with muster.store.locked("inbox"):
        daemon.wait_for_output("waits")
    sink.wait_for(3)
    assert states(muster) == ["accepted"]


def test_a_post_that_nobody_confirms_is_dropped_in_time(muster, sink):
    add_members(muster, 3)
    muster.set_clock(1790000000)
    daemon = muster.serve()
    reply = muster.deliver(AUTHOR, [muster.list], mail(AUTHOR, muster.list))
    assert reply[muster.list][0] == 250
    sink.wait_for(1)  # the question whether it is true
    wait_until(lambda: states(muster) == ["held"], lambda: states(muster))
    muster.set_clock(1790000000 + 80 * 3600)
    daemon.send_signal(signal.SIGHUP)  # the roles look at the clock anew
    wait_until(lambda: states(muster) == ["dropped"], lambda: states(muster))


def test_what_is_due_by_time_does_not_wait_for_a_full_inbox(muster, sink):
    posts = 120  # more than the worker takes in one round
    add_members(muster, 1)
    muster.set_clock(1790000000)  # 2026-09-21: the worker sees its first day
    muster.serve("worker")
    first_look = "SELECT count(*) FROM roster_since"
    wait_until(lambda: muster.store.rows(first_look) == [(1,)], "its first look")
    muster.stop()

    muster.set_clock(1790000000 + 20 * 86400)  # past the roster of October 1
    muster.serve("lmtp")
    for i in range(posts):
        assert post(muster, mail(AUTHOR, muster.list, f"Alert {i}"))[0] == 250
    muster.stop()
    muster.serve()
    sink.wait_for(posts + 1)
    actions = [row["action"] for row in muster.json("journal", "show")]
    assert actions.count("post.accept") == posts
    assert actions.index("roster.send") < len(actions) - 1

"""muster status: how an installation is, on all its hosts, and what of it no restart mends."""

import json
import socket

import pytest

from harness import mail, wait_until
from nodes import Node
from posts import AUTHOR, add_members, post
from roles import wait_for_roles

GOOD, DEGRADED, BROKEN, UNFIT = 0, 75, 69, 78
ALL = ("lmtp", "worker", "courier")


def status(muster):
    """The exit status and the document."""
    result = muster.command("status", "--json")
    assert result.errors == ""
    return result.status, json.loads(result.output)


def texts(document):
    return " ".join(finding["text"] for finding in document["findings"])


def test_an_installation_of_which_nothing_runs_is_broken(muster):
    code, document = status(muster)
    assert (code, document["health"]) == (BROKEN, "broken")
    assert all(f"No {role} runs" in texts(document) for role in ALL)
    assert "does not work" in muster.command("status").output


def test_a_healthy_installation_says_so(muster, sink):
    members = add_members(muster, 3)
    with Node(muster, "a", *ALL) as node:
        assert post(muster)[0] == 250
        sink.wait_for(3)
        code, document = status(muster)
        shown = muster.command("status")
    assert (code, document["health"], document["findings"]) == (GOOD, "good", [])
    assert shown.status == GOOD and "TLD-OPS is well." in shown.output
    assert {(n["host"], n["role"], n["state"]) for n in document["nodes"]} == \
        {(socket.gethostname(), role, "running") for role in ALL}
    assert all(n["lease_s"] == 5 and n["silent_s"] < 5 for n in document["nodes"])
    assert document["store"]["reachable"] and document["store"]["journal_rows"] == 4
    assert {(q["queue"], q["count"]) for q in document["queues"]} == {("inbox", 0), ("outbox", 0)}
    for private in [*members, "Member0", "secretariat"]:
        assert private not in shown.output + json.dumps(document)
    assert f"on {socket.gethostname()}, store version 3, lease 5 s" in node.output()


def test_roles_that_ended_as_told_are_not_missed(muster):
    with Node(muster, "a", *ALL):
        with Node(muster, "b", "worker", "courier"):
            assert status(muster)[0] == GOOD
        code, document = status(muster)
    assert code == GOOD
    assert {n["state"] for n in document["nodes"] if "run-b" in n["name"]} == {"stopped"}


def test_a_lost_host_is_missed_until_it_is_forgotten(muster):
    host = socket.gethostname()
    with Node(muster, "a", *ALL):
        lost = Node(muster, "b", "courier").start()
        wait_for_roles(lost.daemon, {"courier"})
        wait_until(lambda: len(status(muster)[1]["nodes"]) == 4, "its first sign of life")
        lost.vanish()
        wait_until(lambda: status(muster)[0] == DEGRADED, lambda: status(muster))
        assert f"The courier on {host} has given no sign of life" in texts(status(muster)[1])
        assert "lost" in {n["state"] for n in status(muster)[1]["nodes"]}
        assert muster.json("node", "forget", host) == {"host": host, "roles": 1}
        assert status(muster)[0] == GOOD
        assert muster.command("node", "forget", host).status == 67


def test_what_waits_for_too_long_is_pointed_out(muster):
    add_members(muster, 3)
    muster.set_clock(1790000000)
    with Node(muster, "a", "lmtp"):
        assert post(muster)[0] == 250
    code, document = status(muster)
    assert code == BROKEN and "waits to be read" not in texts(document)
    muster.set_clock(1790000000 + 3600)
    waiting = next(q for q in status(muster)[1]["queues"] if q["state"] == "waiting")
    assert (waiting["count"], waiting["age_s"], waiting["age"]) == (1, 3600, "60 minutes")
    assert "1 mail waits to be read; the oldest came 60 minutes ago" in texts(status(muster)[1])


def test_mail_that_was_put_aside_is_pointed_out(muster):
    with Node(muster, "a", *ALL):
        assert muster.deliver(AUTHOR, [muster.list], mail(AUTHOR, muster.list))[muster.list][0] == 250
        wait_until(lambda: muster.store.rows("SELECT state FROM inbox") == [("held",)], "its end")
        assert status(muster)[0] == GOOD
        muster.store.run("UPDATE inbox SET state = 'quarantined'")
        code, document = status(muster)
    assert code == DEGRADED and "could not be read" in texts(document)


@pytest.mark.sqlite("the file of the store is gone")
def test_a_store_out_of_reach_is_what_is_wrong(muster):
    (muster.directory / "muster.db").rename(muster.directory / "elsewhere.db")
    code, document = status(muster)
    assert (code, document["health"]) == (BROKEN, "broken")
    assert document["store"]["reachable"] is False and document["nodes"] is None
    assert "The store cannot be used" in texts(document)
    assert "out of reach" in muster.command("status").output


def test_roles_end_when_the_store_is_upgraded_under_them(muster):
    with Node(muster, "a", *ALL) as node:
        wait_for_roles(node.daemon, set(ALL))
        muster.store.run("INSERT INTO schema_version (version, applied_at) VALUES (99, 0)")
        assert node.daemon.wait() == UNFIT
        assert "use a newer muster" in node.output()
        assert "cannot go on, so all end" in node.output()
    assert muster.command("serve").status == UNFIT
    assert muster.command("tld", "list").status == UNFIT
    code, document = status(muster)
    assert code == BROKEN and "version 99" in texts(document)
    assert document["store"]["version"] == 99 and document["store"]["program_version"] == 3


def test_a_store_is_not_upgraded_under_older_roles(muster):
    with Node(muster, "a", "lmtp", "worker") as node:
        wait_for_roles(node.daemon, {"lmtp", "worker"})
        wait_until(lambda: len(muster.store.rows("SELECT owner FROM node")) == 2, "both")
        muster.store.run("UPDATE node SET store_version = 0 WHERE role = 'worker'")
        result = muster.command("store", "upgrade")
        assert result.status == UNFIT
        assert f"the worker on {socket.gethostname()}" in result.errors
        assert "--force" in result.errors
        assert muster.command("store", "upgrade", "--force").status == 0
    assert muster.command("store", "upgrade").status == 0  # they have stopped

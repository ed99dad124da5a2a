"""What several processes do to one store at the same moment: commands, and the roles of two hosts."""

import concurrent.futures
import datetime
import threading

import pytest

from harness import evidence, mail, wait_until
from posts import AUTHOR, DOMAIN, add_members
from roles import wait_for_roles

AT_ONCE = 6
ROUNDS = 4
FIRST_DAY = int(datetime.datetime.fromisoformat("2026-11-20T10:00:00+00:00").timestamp())
ROSTER_DAY = int(datetime.datetime.fromisoformat("2026-12-01T10:00:00+00:00").timestamp())
TOLD_TO_RETRY = 75  # EX_TEMPFAIL


def at_once(*functions):
    """Calls them all at one moment; their results in order."""
    barrier = threading.Barrier(len(functions))

    def call(function):
        barrier.wait()
        return function()

    with concurrent.futures.ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(call, functions))


def person(given, address):
    return ["--given", given, "--family", "Roe", "--mobile", "+1 613 555 0101", "--primary", address]


def adding(muster, tld, given, address):
    return lambda: muster.command("contact", "add", tld, *person(given, address))


def statuses(results):
    assert TOLD_TO_RETRY not in {result.status for result in results}, results
    return sorted(result.status for result in results)


def assert_journal_is_whole(muster, actions):
    """So many rows, none of them twice and none lost, each on the one before."""
    muster.cli("journal", "verify")
    rows = muster.json("journal", "show")
    assert len([row for row in rows if row["action"].startswith("contact.add")]) == actions


@pytest.fixture
def other(muster, tmp_path):
    """Another host of the same community."""
    host = muster.other_host(tmp_path / "other")
    yield host
    host.stop()


def test_the_last_free_seat_goes_to_one(muster):
    muster.configure("policy", "contacts-per-tld", 2)
    for tld in ["ca", "de", "fr", "jp"][:ROUNDS]:
        assert adding(muster, tld, "First", f"first@nic-{tld}.example")().status == 0
        results = at_once(*(adding(muster, tld, f"Next{i}", f"next{i}@nic-{tld}.example")
                            for i in range(AT_ONCE)))
        assert statuses(results) == [0] + [69] * (AT_ONCE - 1)
        assert [row["seats"][0]["rank"] for row in muster.json("contact", "list", "--tld", tld)] \
            == [1, 2]
    assert_journal_is_whole(muster, 2 * ROUNDS)


def test_an_address_that_is_added_twice_at_once_is_added_once(muster):
    muster.configure("policy", "contacts-per-tld", 9)
    for i in range(ROUNDS):
        results = at_once(*(adding(muster, "ca", f"Ann {letter}", f"ann{i}@mail.example")
                            for letter in "ABCDEF"))
        assert statuses(results) == [0] + [73] * 5
    assert len(muster.json("contact", "list")) == ROUNDS
    assert_journal_is_whole(muster, ROUNDS)


def test_a_seat_that_is_given_up_twice_at_once_is_given_up_once(muster):
    for i in range(ROUNDS):
        assert adding(muster, "ca", "Ann", f"ann{i}@mail.example")().status == 0
        results = at_once(*[lambda: muster.command("contact", "remove", "ca/1")] * AT_ONCE)
        assert statuses(results)[0] == 0
        assert set(statuses(results)[1:]) <= {65, 67}  # it is gone, or it was found and then gone
    assert muster.json("contact", "list") == []
    muster.cli("journal", "verify")


def test_a_journal_of_many_writers_verifies(muster):
    tlds = ["ca", "de", "fr", "jp", "nl", "br", "za", "nz"]

    def write(tld):
        for rank in (1, 2, 3):
            address = f"member{rank}@nic-{tld}.example"
            muster.cli("contact", "add", tld, *person(f"Member{rank}", address))
            muster.cli("contact", "change", address, "--mobile", f"+1 613 555 010{rank}")

    at_once(*(lambda tld=tld: write(tld) for tld in tlds))
    assert_journal_is_whole(muster, 3 * len(tlds))
    assert len(muster.json("contact", "list")) == 3 * len(tlds)


def serve_both(muster, other):
    """All roles on the one host, all on the other; both have looked at the store once."""
    for host in (muster, other):
        wait_for_roles(host.serve(), {"lmtp", "worker", "courier"})


def proven(muster, subject):
    return mail(AUTHOR, muster.list, subject, Authentication_Results=evidence(DOMAIN))


def test_a_roster_of_two_workers_goes_out_once(muster, other, sink):
    members = add_members(muster, 4)
    muster.set_clock(FIRST_DAY)
    serve_both(muster, other)
    first_look = "SELECT count(*) FROM roster_since"
    wait_until(lambda: muster.store.rows(first_look) == [(1,)], "the first look")
    muster.set_clock(ROSTER_DAY)
    for host in (muster, other):
        host.daemon.send_signal(1)  # SIGHUP: the roles look at the clock anew
    sink.wait_for(len(members))
    muster.stop()
    other.stop()
    assert len(muster.json("roster", "history")) == 1
    assert sorted(copy.recipient for copy in sink.copies()) == sorted(members)


def test_posts_that_come_to_two_hosts_go_out_once_each(muster, other, sink):
    members = add_members(muster, 10)
    serve_both(muster, other)
    hosts = [muster, other] * 10
    replies = at_once(*(lambda i=i, host=host: host.deliver(
        AUTHOR, [host.list], proven(host, f"Alert {i}"))[host.list] for i, host in enumerate(hosts)))
    assert {code for code, _ in replies} == {250}
    sink.wait_for(len(hosts) * len(members))
    wait_until(lambda: not muster.json("queue", "list"), "the queue to be empty")
    got = sorted((copy.recipient, copy.message_id) for copy in sink.copies())
    assert len(got) == len(set(got)) == len(hosts) * len(members)
    muster.cli("journal", "verify")


def question_about(sink, subject):
    """The mail that asks the author whether this post is hers."""
    def find():
        return next((message for message in sink.messages() if message["To"] == AUTHOR
                     and subject in message.get_content()), None)
    return wait_until(find, f"the question about {subject}")


def test_a_confirmation_that_is_answered_twice_at_once_counts_once(muster, other, sink):
    members = add_members(muster, 3)
    serve_both(muster, other)
    for number in range(1, ROUNDS + 1):
        subject = f"Alert {number}"
        muster.deliver(AUTHOR, [muster.list], mail(AUTHOR, muster.list, subject))
        question = question_about(sink, subject)
        token = question["Reply-To"].addresses[0].addr_spec
        answer = mail(AUTHOR, token, f"Re: {question['Subject']}", "Yes\r\n")
        at_once(*(lambda host=host: host.deliver(AUTHOR, [token], answer)
                  for host in [muster, other] * 3))
    wait_until(lambda: not muster.store.rows("SELECT id FROM inbox WHERE state IN ('waiting',"
                                             " 'claimed', 'held')"), "the workers")
    wait_until(lambda: not muster.json("queue", "list"), "the couriers")
    posts = [row for row in muster.json("queue", "list", "--state", "sent")
             if row["subject"].startswith("Alert")]
    assert sorted((row["subject"], row["address"]) for row in posts) == sorted(
        (f"Alert {number}", address) for number in range(1, ROUNDS + 1) for address in members)
    actions = [row["action"] for row in muster.json("journal", "show")]
    assert actions.count("post.confirm") == ROUNDS

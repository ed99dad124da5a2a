"""The roster through the whole program: by hand and on its days, read by Python's parser."""

import datetime
import unicodedata

import pytest

from harness import wait_until

PEOPLE = [
    ("ca", "Jane", "Doe", "+1 613 555 0100 ext 7", "jane@nic-ca.example"),
    ("cn", "王", "小明", "+44 1632 960002", "wang@nic-cn.example"),
    ("рф", "Иван", "Петров", "+44 1632 960003", "ivan@nic-ru.example"),
    ("مصر", "فاطمة", "الحسيني", "+44 1632 960004", "fatima@nic-eg.example"),
]
ADDRESSES = sorted(person[4] for person in PEOPLE)


def seconds(text):
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp())


@pytest.fixture
def community(muster):
    muster.set_clock(seconds("2026-11-20T10:00:00"))
    for tld, given, family, mobile, primary in PEOPLE:
        muster.cli("contact", "add", tld, "--given", given, "--family", family,
                   "--mobile", mobile, "--primary", primary)
    return muster


def wait_for_roster(sink, number=1):
    """The text of the newest message, once everybody has so many."""
    sink.wait_for(number * len(PEOPLE))
    wait_until(lambda: len(sink.messages()) == number * len(PEOPLE), "messages")
    copies = sink.copies()
    assert sorted(copy.recipient for copy in copies[-len(PEOPLE):]) == ADDRESSES
    return sink.messages()[-1]


def test_roster_reaches_everybody_with_every_script(community, sink):
    community.serve()
    community.cli("roster", "send")
    message = wait_for_roster(sink)
    text = message.get_content()
    for tld, given, family, mobile, primary in PEOPLE:
        line, = [line for line in text.splitlines() if primary in line]
        assert f".{tld}" in line and mobile in line
        assert unicodedata.normalize("NFC", f"{given} {family}") in line
    assert "(Ivan Petrov)" in text
    assert message["List-Id"] == "TLD-OPS <tld-ops.lists.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "secretariat@" in message["Reply-To"]
    assert "4 contacts of 4 TLDs" in message["Subject"]
    assert all(copy.sender.startswith("tld-ops-bounces+") for copy in sink.copies())


def test_roster_goes_out_on_its_day_with_what_changed(community, sink):
    community.serve()
    wait_until(lambda: community.store.rows("SELECT at FROM roster_since"), "the first look")
    community.set_clock(seconds("2026-11-30T23:00:00"))
    community.cli("contact", "list")  # a command is a moment for the daemon to look as well
    assert community.json("roster", "history") == []

    community.stop()
    community.set_clock(seconds("2026-12-01T06:00:00"))
    community.serve()
    assert "This is the first roster." in wait_for_roster(sink).get_content()

    community.cli("contact", "change", "ca/1", "--mobile", "+1 613 555 0199")
    community.stop()
    community.set_clock(seconds("2027-01-20T12:00:00"))  # two days are missed, one is caught up
    community.serve()
    text = wait_for_roster(sink, number=2).get_content()
    assert "WHAT CHANGED SINCE THE ROSTER OF 1 December 2026" in text
    assert "~ .ca  Jane Doe: mobile number" in text
    due = [row["due_on"] for row in community.json("roster", "history")]
    assert due == ["2027-01-15", "2026-12-01"]


def test_roster_show_is_what_would_go_out(community):
    record = community.json("roster", "show")
    assert (record["contacts"], record["tlds"], record["changes"]) == (4, 4, 0)
    assert [line["tld"] for line in record["lines"]] == ["ca", "cn", "xn--p1ai", "xn--wgbh1c"]
    shown = community.cli("roster", "show")
    assert record["text"] in shown
    assert "U+200E" not in shown


def test_roster_without_members_is_refused(muster):
    result = muster.command("roster", "send")
    assert result.status == 67
    assert "nobody" in result.errors

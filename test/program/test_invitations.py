"""Inviting through the whole program: against an IANA on the loopback, with the reminders of two
months, on a clock that the tests set; mails are read by Python's parser."""

import email.utils
import json
import re
import unicodedata

import pytest

from harness import mail, wait_until
from iana import Iana
from test_roster import seconds

DAY = 86400
BEGIN = seconds("2026-12-31T23:59:59")
FORM = """
TLD: .{tld}
Request: join
Contact 1
Name:
Mobile phone:
E-mail:
Secondary e-mail:
Contact 2
Name:
Mobile phone:
E-mail:
Secondary e-mail:
Contact 3
Name:
Mobile phone:
E-mail:
Secondary e-mail:
"""


@pytest.fixture
def iana(muster):
    servers = Iana()
    muster.configure("iana", "whois", servers.whois_address)
    muster.configure("iana", "rdap", servers.rdap_url)
    muster.configure("iana", "per-minute", "60000")
    muster.set_clock(BEGIN)
    yield servers
    servers.close()


def know(muster, iana, *tlds):
    """IANA has these, and we have read them."""
    iana.add(*tlds)
    muster.cli("authority", "sync", *tlds)


def invite(muster, *args):
    return {row["tld"]: row for row in muster.json("invite", *args)}


def state(muster, tld):
    return {row["tld"]: row["state"] for row in muster.json("invite", "list")}.get(tld)


def move(muster, at):
    """Sets the clock, and wakes the worker with a mail to nobody."""
    muster.set_clock(at)
    muster.deliver("x@mail.example", [muster.address("-bounces+x")], b"Subject: wake up\r\n\r\n")


def invitations(sink):
    """What has arrived, reminders too, but for rosters and notices."""
    return [message for message in sink.messages() if "-request@" in message["From"]]


def mails(sink, count):
    """So many invitations and reminders have arrived, and no more."""
    wait_until(lambda: len(invitations(sink)) >= count, lambda: f"{count} invitations")
    assert len(invitations(sink)) == count
    return invitations(sink)


def text_of(message):
    return message.get_content().replace("\r\n", "\n")


def is_still(muster, sink, count):
    """The worker has looked at the clock as it is now and sent nothing."""
    waiting = len(muster.json("message", "list"))
    move(muster, int(muster.clock.read_text()))
    wait_until(lambda: len(muster.json("message", "list")) > waiting and all(
        row["state"] not in ("waiting", "claimed") for row in muster.json("message", "list")),
        "the worker")
    sent, = muster.store.rows("SELECT count(*) FROM invitation_mail")
    assert sent[0] == count == len(invitations(sink))


@pytest.mark.sanitized
def test_missing_of_a_region_are_invited_reminded_and_rest(muster, sink, iana):
    tlds = [row["tld"] for row in muster.json("tld", "list", "--region", "NA")]
    know(muster, iana, *tlds)
    muster.cli("contact", "add", "us", "--given", "Ann", "--primary", "ann@nic-us.example",
               "--mobile", "+1 613 555 0100")
    dry = invite(muster, "--missing", "--region", "NA", "--dry-run")
    assert sorted(dry) == sorted(set(tlds) - {"us"})
    assert muster.json("invite", "list") == []

    rows = invite(muster, "--missing", "--region", "NA")
    assert {row["outcome"] for row in rows.values()} == {"invited"}
    muster.serve()
    count = len(rows)
    first = mails(sink, count)
    assert sorted(message["To"] for message in first) == [f"admin@nic-{tld}.example"
                                                          for tld in sorted(rows)]
    for days in (14, 30, 60):
        move(muster, BEGIN + days * DAY - 1)
        is_still(muster, sink, count)
        move(muster, BEGIN + days * DAY)
        count += len(rows)
        last = mails(sink, count)[-1]
        assert last["Subject"].startswith("Reminder: invitation for .")
        assert "On 2026-12-31 we invited ." in text_of(last)
    assert "This is the last reminder." in text_of(last)
    wait_until(lambda: state(muster, "ca") == "rested", "rest")
    move(muster, BEGIN + 365 * DAY)
    is_still(muster, sink, count)
    assert invite(muster, "--missing", "--region", "NA")["ca"]["outcome"] == "skipped"
    assert invite(muster, "ca")["ca"]["outcome"] == "invited"
    mails(sink, count + 1)
    assert "intact" in muster.cli("journal", "verify")


def test_invitation_as_its_reader_gets_it(muster, sink, iana):
    know(muster, iana, "ca")
    muster.configure("web", "url", "https://tld-ops.example.org/")
    muster.serve()
    muster.cli("invite", "ca")
    message, = mails(sink, 1)
    assert email.utils.parseaddr(message["From"]) == ("TLD-OPS", muster.address("-request"))
    assert email.utils.parseaddr(message["Reply-To"])[1] == muster.address("-request")
    assert message["Auto-Submitted"] == "auto-generated"
    assert sink.copies()[0].sender in ("", "<>")
    text = text_of(message)
    assert FORM.format(tld="ca") in text
    for part in ("IMPORTANT NOTICES", "RULES OF ENGAGEMENT", "CONFIDENTIALITY",
                 "up to 3 people", "https://tld-ops.example.org/", "address that IANA publishes",
                 "in CC", "security@, noc@ or info@", "nothing changes",
                 "never takes their place", "should not end in the TLD"):
        assert part in text, part
    assert max(map(len, text.splitlines())) <= 84
    kept = muster.store.rows("SELECT header_id FROM invitation_mail WHERE tld = 'ca'")
    assert message["Message-ID"] == f"<{kept[0][0]}>"


def isolates_are_closed(line):
    depth = 0
    for char in line:
        depth += (char in "\u2066\u2067\u2068") - (char == "\u2069")
        assert depth in (0, 1), line
    return depth == 0


def outside_isolates(line):
    return re.sub("\u2066[^\u2069]*\u2069", "", line)


@pytest.mark.sanitized
def test_arabic_is_read_from_right_to_left(muster, sink, iana):
    """A line of Arabic holds what is written from left to right in isolates only, or it would be
    shown in wrong order; all else stands on lines of its own (UAX 9)."""
    know(muster, iana, "xn--wgbh1c")
    muster.configure("web", "url", "https://tld-ops.example.org/")
    muster.serve()
    muster.cli("invite", "مصر", "--language", "ar")
    mails(sink, 1)
    move(muster, BEGIN + 14 * DAY)
    for message in mails(sink, 2):
        assert message.get_content_charset() == "utf-8"
        text = text_of(message)
        assert FORM.format(tld="مصر") in text
        assert muster.address("-request") in text.splitlines()
        assert "https://tld-ops.example.org/" in text.splitlines()
        arabic = 0
        for line in [message["Subject"], *text.splitlines()]:
            assert isolates_are_closed(line)
            classes = [unicodedata.bidirectional(char) for char in outside_isolates(line)]
            if "AL" in classes and not line.startswith("TLD: "):
                assert "L" not in classes and "EN" not in classes, line
                arabic += 1
        assert arabic > 40
        for part in ("ملاحظات مهمة", "قواعد المشاركة", "السرية"):
            assert part in text
    assert "تذكير" in message["Subject"] and ".مصر (xn--wgbh1c)" in message["Subject"]


def test_language_without_an_invitation_is_refused(muster, iana):
    know(muster, iana, "ca")
    result = muster.command("invite", "ca", "--language", "fr")
    assert result.status == 65 and 'no invitation in the language "fr"' in result.errors
    assert muster.json("invite", "list") == []


def test_tld_without_an_address_is_listed_with_the_reason(muster, sink, iana):
    know(muster, iana, "ca")
    iana.add("fr", email="")
    muster.cli("authority", "sync", "fr")
    rows = invite(muster, "ca", "fr", "de")
    assert rows["ca"]["outcome"] == "invited"
    assert (rows["fr"]["outcome"], rows["fr"]["address"]) == ("skipped", None)
    assert "publishes no administrative address" in rows["fr"]["reason"]
    assert "nothing is known from IANA about .de" in rows["de"]["reason"]
    assert [row["tld"] for row in muster.json("invite", "list")] == ["ca"]


def test_who_stops_or_joins_gets_no_reminder(muster, sink, iana):
    know(muster, iana, "bo", "ca", "fr")
    muster.serve()
    muster.cli("invite", "bo", "ca", "fr")
    mails(sink, 3)
    muster.cli("invite", "stop", "bo", "--reason", "their answer: never")
    muster.cli("contact", "add", "ca", "--given", "Ann", "--primary", "ann@nic-ca.example",
               "--mobile", "+1 613 555 0100")
    move(muster, BEGIN + 14 * DAY)
    assert mails(sink, 4)[-1]["To"] == "admin@nic-fr.example"
    assert {row["tld"]: row["state"] for row in muster.json("invite", "list")} == {
        "bo": "stopped", "ca": "joined", "fr": "invited"}
    shown = muster.cli("invite", "list", "--state", "stopped")
    assert "their answer: never" in shown and "1 TLDs." in shown
    assert "joined" in invite(muster, "ca")["ca"]["reason"]
    assert "their answer: never" in invite(muster, "bo")["bo"]["reason"]
    assert muster.command("invite", "stop", "ca", "--reason", "x").status == 73
    muster.cli("invite", "resume", "bo")
    move(muster, BEGIN + 14 * DAY + 1)
    assert mails(sink, 5)[-1]["To"] == "admin@nic-bo.example"
    for secret in ("their answer", "admin@nic"):
        assert secret not in muster.daemon.output()


def test_change_at_iana_holds_the_reminder_until_it_is_seen(muster, sink, iana):
    know(muster, iana, "ca")
    muster.serve()
    muster.cli("invite", "ca")
    mails(sink, 1)
    know(muster, iana, "ca")
    iana.add("ca", email="bea@nic-ca.example")
    muster.cli("authority", "sync", "ca")
    move(muster, BEGIN + 14 * DAY)
    wait_until(lambda: muster.json("invite", "list")[0]["held"], "the hold")
    assert "the secretariat has not seen it yet" in muster.cli("invite", "list")
    is_still(muster, sink, 1)
    muster.cli("authority", "seen", "ca")
    move(muster, BEGIN + 14 * DAY + 3600)
    assert mails(sink, 2)[-1]["To"] == "bea@nic-ca.example"
    assert muster.json("invite", "list")[0]["held"] is None


def write_text(muster, language, name, text):
    folder = muster.directory / "texts" / language
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.mustache").write_text(text)
    muster.configure("mail", "templates", "texts")


def test_secretariats_own_words_go_before_ours(muster, sink, iana):
    know(muster, iana, "ca")
    write_text(muster, "en", "rules-of-engagement", "OUR RULE\nBe kind to {{list}}.\n")
    muster.serve()
    muster.cli("invite", "ca")
    text = text_of(mails(sink, 1)[0])
    assert f"\nOUR RULE\nBe kind to {muster.list}.\n" in text
    assert "RULES OF ENGAGEMENT" not in text and "IMPORTANT NOTICES" in text


@pytest.mark.parametrize("name, text", [
    ("invitation", "Subject: x\n\n{{#form}}\n"), ("invitation", "no subject\n"),
    ("invitation", "Subject: x\n\n{{telephone}}\n"), ("about", "{{> other}}\n")])
def test_broken_words_are_an_error_and_nothing_is_sent(muster, sink, iana, name, text):
    know(muster, iana, "ca", "fr")
    write_text(muster, "en", name, text)
    for options in ([], ["--dry-run"]):
        result = muster.command("invite", "ca", "fr", *options)
        assert result.status == 65 and name in result.errors and ".ca: " in result.errors
    assert muster.json("invite", "list") == []
    assert muster.json("queue", "list") == []


def test_broken_reminder_waits_until_it_is_mended(muster, sink, iana):
    know(muster, iana, "ca")
    muster.cli("invite", "ca")
    write_text(muster, "en", "invitation-reminder", "Subject: {{nothing}}\n\n")
    daemon = muster.serve()
    mails(sink, 1)
    move(muster, BEGIN + 14 * DAY)
    daemon.wait_for_output("invitation-reminder.mustache:1:")
    is_still(muster, sink, 1)
    write_text(muster, "en", "invitation-reminder", "Subject: mended\n\n{{form}}\n")
    move(muster, BEGIN + 14 * DAY + 60)
    assert mails(sink, 2)[-1]["Subject"] == "mended"


def test_the_world_is_invited_hour_by_hour(muster, sink, iana):
    """More than may go out in an hour; and alphabetically."""
    tlds = [row["tld"] for row in muster.json("tld", "list")][:120]
    know(muster, iana, *tlds)
    dry = invite(muster, *tlds, "--dry-run")
    assert [dry[tld]["outcome"] for tld in tlds] == ["would be invited"] * 50 + ["would wait"] * 70
    rows = invite(muster, *tlds)
    outcomes = [rows[tld]["outcome"] for tld in tlds]
    assert outcomes == ["invited"] * 50 + ["waits"] * 70
    assert "waiting  " in muster.cli("invite", "list", "--state", "waiting")
    muster.serve()
    mails(sink, 50)
    move(muster, BEGIN + 3599)
    is_still(muster, sink, 50)
    move(muster, BEGIN + 3600)
    mails(sink, 100)
    move(muster, BEGIN + 7200)
    assert {message["To"] for message in mails(sink, 120)} == {f"admin@nic-{tld}.example"
                                                               for tld in tlds}
    put_out = muster.store.rows("SELECT tld FROM invitation_mail ORDER BY message_id")
    assert [tld for tld, in put_out] == tlds


def test_inviting_keeps_no_member_from_being_asked(muster, sink, iana):
    """Posts are confirmed by their authors however many invitations go out in that hour."""
    tlds = [row["tld"] for row in muster.json("tld", "list", "--missing")][:150]
    know(muster, iana, *tlds)
    muster.cli("contact", "add", "za", "--given", "Ann", "--primary", "ann@nic-za.example",
               "--mobile", "+1 613 555 0100")
    invite(muster, *tlds)
    muster.set_clock(BEGIN + 3600)
    muster.serve()
    mails(sink, 100)
    muster.deliver("ann@nic-za.example", [muster.list], mail("ann@nic-za.example", muster.list))
    wait_until(lambda: any(message["Subject"] == "Did you send this to TLD-OPS?"
                           for message in sink.messages()), "the question")


def test_command_says_which_tlds_it_wants(muster):
    assert muster.command("invite").status == 65
    assert muster.command("invite", "--missing", "ca").status == 65
    assert muster.command("invite", "ca", "--region", "AF").status == 65
    assert muster.command("invite", "com").status == 65
    assert muster.command("invite", "list", "--state", "gone").status == 65
    assert muster.command("invite", "stop", "ca", "--reason", " ").status == 65
    assert muster.command("invite", "resume", "ca").status == 67


# The notebook

def test_notebook_of_a_tld(muster):
    muster.set_clock(BEGIN)
    muster.cli("tld", "note", "mc", "--kind=lead", "--from", "Jean Doe", "Marie", "knows", "them")
    muster.cli("tld", "note", "bo", "--kind=prospect", "asked at the meeting")
    muster.set_clock(BEGIN + DAY)
    shown = muster.cli("tld", "note", "bo", "mail received")
    assert shown.index("mail received") < shown.index("asked at the meeting")
    prospects = muster.json("tld", "notes", "--kind", "prospect")
    assert [(row["tld"], row["text"], row["at"]) for row in prospects] == [
        ("bo", "mail received", "2027-01-01T23:59:59Z")]
    assert [row["text"] for row in muster.json("tld", "notes", "bo")] == [
        "mail received", "asked at the meeting"]
    assert [row["from"] for row in muster.json("tld", "show", "mc")["recent_notes"]] == ["Jean Doe"]
    assert [row["tld"] for row in muster.json("tld", "notes")] == ["bo", "mc"]
    for number in range(6):
        muster.cli("tld", "note", "mc", f"note {number}")
    shown = muster.cli("tld", "show", "mc")
    assert "note 1" in shown and "note 0" not in shown and "muster tld notes mc" in shown
    assert "Marie knows them" in muster.cli("journal", "show", "--tld", "mc")
    assert muster.command("tld", "note", "mc", "--kind=rumour", "x").status == 65
    assert "No notes." in muster.cli("tld", "notes", "fr")


def test_notes_show_no_control_characters(muster):
    muster.cli("tld", "note", "mc", "a\x1b[31mb\u202ec")
    shown = muster.cli("tld", "show", "mc") + json.dumps(muster.json("tld", "notes", "mc"),
                                                         ensure_ascii=False)
    assert "\x1b" not in shown and "\u202e" not in shown

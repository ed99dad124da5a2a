"""Posts through the whole program: LMTP in, copies out, and what happens to mail that nobody may
simply send on. Python's parser reads what members get."""

import base64
import hashlib
import re

import pytest

from harness import evidence, mail, wait_until

JANE = "jane@nic-ca.example"
JANE_ELSEWHERE = "jane@mail.example"
JOE = "joe@nic-ca.example"
LI = "li@nic-cn.example"
KIM = "kim@chair.example"
STRANGER = "eve@elsewhere.example"
EVERYONE = sorted([JANE, JOE, LI, KIM])
PROVEN = {"Authentication_Results": evidence("nic-ca.example")}


@pytest.fixture
def community(muster):
    muster.cli("contact", "add", "ca", "--given", "Jane", "--family", "Doe", "--primary", JANE,
               "--secondary", JANE_ELSEWHERE, "--mobile", "+1 613 555 0100")
    muster.cli("contact", "add", "ca", "--given", "Joe", "--family", "Roe", "--primary", JOE,
               "--mobile", "+1 613 555 0101")
    muster.cli("contact", "add", "cn", "--given", "Li", "--family", "Wei", "--primary", LI,
               "--mobile", "+1 613 555 0102")
    muster.cli("office", "grant", KIM, "chair", "--given", "Kim", "--family", "Lee")
    muster.serve()
    return muster


def deliver(community, sender, recipient, message):
    replies = community.deliver(sender, [recipient], message)
    assert replies[recipient][0] == 250, replies


def row_of(community, state):
    """Waits until the newest mail has come into the state, and shows it."""
    def newest():
        rows = community.json("message", "list", "--state", state)
        return rows[0] if rows else None
    row = wait_until(newest, lambda: f"{state}: {community.json('message', 'list')}")
    return community.json("message", "show", row["id"])


def sent_to(sink, recipients):
    """Waits until these have a copy of something; the messages in the order of the recipients."""
    def complete():
        got = {copy.recipient for copy in sink.copies()}
        return set(recipients) <= got and len(sink.messages()) == len(sink.copies())
    wait_until(complete, lambda: f"copies to {recipients}, there are {sink.copies()}")
    first = {}
    for copy, message in zip(sink.copies(), sink.messages()):
        first.setdefault(copy.recipient, message)
    return [first[recipient] for recipient in recipients]


def body_hash(raw):
    """The bh= of DKIM (RFC 6376 section 3.4.3, simple), by other code than Muster's."""
    body = re.sub(rb"(\r\n)*\Z", b"", raw.partition(b"\r\n\r\n")[2]) + b"\r\n"
    return base64.b64encode(hashlib.sha256(body).digest())


def test_a_proven_post_reaches_everyone_in_full(community, sink):
    body = "Line one\r\n.dot\r\n\ttab and blanks  \r\n\r\nlast\r\n\r\n\r\n"
    message = mail(f"Jane Doe <{JANE}>", community.list, "TLP:AMBER attack", body,
                   Message_ID="<1@nic-ca.example>", X_Client="mine", **PROVEN)
    deliver(community, JANE, community.list, message)

    copies = sent_to(sink, EVERYONE)
    for copy, raw in zip(copies, sink.raw_messages()):
        assert copy.defects == []
        assert copy["From"].addresses[0].addr_spec == community.list
        assert copy["From"].addresses[0].display_name == f"Jane Doe ({JANE}) via TLD-OPS"
        assert [a.addr_spec for a in copy["Reply-To"].addresses] == [JANE, community.list]
        assert copy["Sender"] == "tld-ops-owner@lists.example.org"
        assert copy["Subject"] == "[TLD-OPS] TLP:AMBER attack"
        assert copy["Message-ID"] == "<1@nic-ca.example>"
        assert copy["X-Client"] == "mine"
        assert copy["List-Id"] == "TLD-OPS <tld-ops.lists.example.org>"
        assert copy["List-Post"] == f"<mailto:{community.list}>"
        assert copy["Authentication-Results"] is None
        assert body_hash(raw) == body_hash(message)
    shown = row_of(community, "accepted")
    assert shown["recognised"] == "primary address of Jane Doe, .ca"
    assert shown["evidence"].startswith("dmarc=pass")
    assert shown["tlp"] == "TLP:AMBER"
    wait_until(lambda: row_of(community, "accepted")["copies_sent"] == 4, "4 copies marked")
    assert shown["copies_due"] == 4


def test_a_post_to_a_tld_reaches_its_contacts_only(community, sink):
    deliver(community, LI, community.address("+ca"),
            mail(LI, community.address("+ca"), Authentication_Results=evidence("nic-cn.example")))
    copies = sent_to(sink, [JANE, JOE])
    assert copies[0]["Subject"] == "[TLD-OPS .ca] Alert"
    assert len(sink.copies()) == 2


def test_a_post_from_the_secondary_address_says_so(community, sink):
    deliver(community, JANE_ELSEWHERE, community.list,
            mail(f"J. <{JANE_ELSEWHERE}>", community.list,
                 Authentication_Results=evidence("mail.example")))
    copy = sent_to(sink, EVERYONE)[0]
    assert copy["X-Muster-Sender"] == "recognised: secondary address of Jane Doe, .ca"
    assert copy["From"].addresses[0].display_name == \
        f"Jane Doe ({JANE_ELSEWHERE}, secondary address, .ca) via TLD-OPS"


def test_an_unproven_post_goes_out_once_its_author_confirms(community, sink):
    deliver(community, JANE, community.list, mail(JANE, community.list, "help"))
    question = sent_to(sink, [JANE])[0]
    assert question["Auto-Submitted"] == "auto-generated"
    address = question["Reply-To"].addresses[0].addr_spec
    assert re.fullmatch(r"tld-ops-confirm\+[a-z2-7]{26}@lists\.example\.org", address)
    assert "help" in question.get_content()
    assert row_of(community, "held")["waits_for"] == "confirmation"

    deliver(community, JANE, address,
            mail(JANE, address, f"Re: {question['Subject']}",
                 "Yes\r\n\r\nOn Monday, TLD-OPS wrote:\r\n> a message\r\n"))
    sent_to(sink, [JOE, LI, KIM])
    shown = row_of(community, "accepted")
    assert shown["evidence"] == "confirmed by answer"
    assert "post.confirm" in community.cli("journal", "show")


def test_an_absence_notice_confirms_nothing(community, sink):
    deliver(community, JANE, community.list, mail(JANE, community.list))
    address = sent_to(sink, [JANE])[0]["Reply-To"].addresses[0].addr_spec
    deliver(community, "", address, mail(JANE, address, body="Yes, I am away.\r\n",
                                         Auto_Submitted="auto-replied"))
    assert "confirms nothing" in row_of(community, "kept")["reason"]
    assert row_of(community, "held")["waits_for"] == "confirmation"


def test_a_stranger_is_answered_once_and_waits(community, sink):
    for _ in range(3):
        deliver(community, STRANGER, community.list, mail(STRANGER, community.list, "casino"))
    wait_until(lambda: len(community.json("message", "list", "--state", "held")) == 3, "3 held")
    notice = sent_to(sink, [STRANGER])[0]
    assert notice["Auto-Submitted"] == "auto-replied"
    secretariat = sent_to(sink, ["secretariat@example.org"])[0]
    assert STRANGER in secretariat.get_content()

    number = row_of(community, "held")["id"]
    community.cli("message", "release", number)
    copy = sent_to(sink, EVERYONE)[0]
    assert "not a member" in copy["From"]
    assert row_of(community, "accepted")["decided_by"].startswith("cli:")
    other = row_of(community, "held")["id"]
    community.cli("message", "drop", other, "--reason", "advertising")
    assert row_of(community, "dropped")["reason"] == "advertising"
    assert [copy.recipient for copy in sink.copies()].count(STRANGER) == 1


def test_mail_to_the_owner_reaches_the_secretariat(community, sink):
    deliver(community, STRANGER, community.address("-owner"),
            mail(STRANGER, community.address("-owner"), "who are you?"))
    forward = sent_to(sink, ["secretariat@example.org"])[0]
    assert forward["Reply-To"] == STRANGER
    assert forward["Subject"] == "who are you?"


def test_mail_to_the_request_address_is_listed(community):
    deliver(community, STRANGER, community.address("-request"),
            mail(STRANGER, community.address("-request"), "join"))
    row_of(community, "forwarded")
    rows = community.json("message", "list", "--route", "request")
    assert [row["subject"] for row in rows] == ["join"]
    assert community.json("message", "list", "--route", "bounce") == []


def test_explain_says_what_the_worker_does_and_changes_nothing(community, tmp_path):
    file = tmp_path / "post.eml"
    file.write_bytes(mail(f"Jane <{JANE}>", community.list, "TLP:GREEN x", **PROVEN))
    told = community.json("mail", "explain", file)
    assert (told["verdict"], told["rule"], told["route"]) == ("accepted", "member", "everyone")
    assert told["sender"]["name"] == "Jane Doe"
    assert told["sender"]["kind"] == "primary"
    assert told["evidence"] == "dmarc"
    assert told["tlp"] == "TLP:GREEN"
    assert told["readers"] == 4

    file.write_bytes(mail(STRANGER, "x", "y").replace(b"\r\n", b"\n"))
    told = community.json("mail", "explain", file, "--to", community.address("+ca"))
    assert (told["verdict"], told["waits_for"], told["tld"]) == ("held", "secretariat", "ca")
    assert community.json("message", "list") == []


def test_explain_reads_a_bounce_from_standard_input(community):
    bounce = b"""From: MAILER-DAEMON@nic-ca.example
To: tld-ops-bounces+x@lists.example.org
Subject: failure
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.nic-ca.example

Final-Recipient: rfc822; jane@nic-ca.example
Action: failed
Status: 5.1.1

--b--
"""
    told = community.json("mail", "explain", "-", "--from", "", stdin=bounce)
    assert told["route"] == "bounce"
    assert told["verdict"] == "kept"
    assert [(b["recipient"], b["class"]) for b in told["bounce"]] == [(JANE, "permanent")]

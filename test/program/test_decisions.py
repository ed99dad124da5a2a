"""Decisions through the whole program: ballots by mail, votes by real answers, and whoever would
like to vote in somebody else's name."""

import re

import pytest

from harness import evidence, mail, wait_until

CHRIS = "chris@chair.example"
ANN = "ann@ann.example"
ANN_ELSEWHERE = "ann@mail.example"
BEN = "ben@ben.example"
SAM = "sam@desk.example"
EVE = "eve@evil.example"
VOTERS = sorted([CHRIS, ANN, BEN])
SECRETARIAT = "secretariat@example.org"
START = 1790000000  # 2026-09-21
DAY = 86400


@pytest.fixture
def committee(muster):
    """A chair, two members of the committee and a secretary; the time stands still."""
    muster.set_clock(START)
    for address, office in ((CHRIS, "chair"), (ANN, "committee"), (BEN, "committee"),
                            (SAM, "secretary")):
        name = address.partition("@")[0].title()
        muster.cli("office", "grant", address, office, "--given", name, "--family", "Roe")
    muster.cli("contact", "change", ANN, "--secondary", ANN_ELSEWHERE)
    muster.serve()
    return muster


def ask(committee, *words):
    return committee.json("decision", "open", *(words or ["Remove", "Jane?"]))["number"]


def mails_to(sink, recipient, subject):
    """The messages that somebody has got with this in the subject."""
    return [message for copy, message in zip(sink.copies(), sink.messages())
            if copy.recipient == recipient and subject in message["Subject"]]


def mail_to(sink, recipient, subject, count=1):
    """Waits until somebody has so many of them; the last."""
    def there():
        whole = len(sink.messages()) == len(sink.copies())
        found = mails_to(sink, recipient, subject) if whole else []
        return found if len(found) >= count else None
    return wait_until(there, lambda: f"{subject} to {recipient}: {sink.copies()}")[-1]


def address_of(message):
    """Where an answer to a ballot goes."""
    address = message["Reply-To"].addresses[0].addr_spec
    assert address == message["From"].addresses[0].addr_spec
    assert re.fullmatch(r"tld-ops-confirm\+[a-z2-7]{26}@lists\.example\.org", address)
    return address


def ballot(sink, voter, number=1):
    return address_of(mail_to(sink, voter, f"[DEC-{number}] Please vote"))


def answer(committee, to, body, sender=ANN, envelope=None, **headers):
    """Delivers an answer and waits until the worker is done with it: (state, reason)."""
    before = len(committee.json("message", "list"))
    if not isinstance(body, bytes):
        body = mail(sender, to, "Re: vote", body, **headers)
    replies = committee.deliver(sender if envelope is None else envelope, [to], body)
    assert replies[to][0] == 250, replies

    def done():
        rows = committee.json("message", "list")
        row = rows[0] if len(rows) > before else None
        return row if row and row["state"] not in ("waiting", "claimed") else None
    row = wait_until(done, "the answer to be read")
    return row["state"], row["reason"]


def votes(committee, number=1):
    """Who voted what, by first names."""
    shown = committee.json("decision", "show", number)
    return {vote["name"].split()[0]: vote["vote"] for vote in shown["votes"]}


def state(committee, number=1):
    shown = committee.json("decision", "show", number)
    return shown["state"], shown["outcome"]


COUNTED = ("confirmed", "DEC-1: counts as a vote")
STRANGE = ("kept", "DEC-1: the answer came from somebody else")
MACHINE = ("kept", "DEC-1: what a machine sends is no vote")
UNCLEAR = ("kept", "DEC-1: the answer begins with none of the options")


def test_a_question_goes_from_ballots_to_an_outcome(committee, sink):
    assert ask(committee, "Remove", "Jane?", "--about", "request:142") == 1
    ballots = {voter: ballot(sink, voter) for voter in VOTERS}
    assert len(set(ballots.values())) == 3
    text = mail_to(sink, ANN, "Please vote").get_content()
    assert "Hello Ann Roe" in text and "It is about request 142." in text
    assert "1  yes" in text and "2  no" in text

    assert answer(committee, ballots[ANN], "2\r\n") == COUNTED
    assert "Vote:     no" in mail_to(sink, ANN, "[DEC-1] Your vote: no").get_content()
    assert answer(committee, ballots[ANN], "Yes, after all\r\n", ANN_ELSEWHERE) == COUNTED
    assert answer(committee, ballots[BEN], "no.\r\n\r\nOn Monday, TLD-OPS wrote:\r\n> yes\r\n",
                  BEN) == COUNTED
    assert state(committee) == ("open", None)
    assert answer(committee, ballots[CHRIS], "> 2  no\r\n\r\nyes\r\n", CHRIS) == COUNTED
    assert state(committee) == ("chosen", "yes")
    assert votes(committee) == {"Ann": "yes", "Ben": "no", "Chris": "yes"}

    for reader in (*VOTERS, SECRETARIAT):
        told = mail_to(sink, reader, "[DEC-1] Decided: yes").get_content()
        assert "Ann Roe: yes" in told and "Ben Roe: no" in told and "3 of 3; 2 were needed" in told
    assert not [copy for copy in sink.copies() if copy.recipient == SAM]
    assert all(copy.sender == "" for copy in sink.copies())
    journal = committee.cli("journal", "show")
    for action in ("decision.open", "decision.vote", "decision.close", "decision.ballot"):
        assert action in journal
    assert committee.command("journal", "verify").status == 0


def test_answers_are_read_as_people_write_them(committee, sink):
    ask(committee)
    to = ballot(sink, ANN)
    html = ("From: {0}\r\nTo: {1}\r\nSubject: Re\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/html; charset=utf-8\r\n\r\n"
            "<html><body><style>p {{}}</style><p><b>No</b></p><blockquote>1 yes</blockquote>"
            "</body></html>\r\n").format(ANN, to).encode()
    assert answer(committee, to, html) == COUNTED
    assert votes(committee)["Ann"] == "no"
    base64 = (f"From: {ANN}\r\nTo: {to}\r\nMIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
              "\r\nWWVzLgo=\r\n").encode()
    assert answer(committee, to, base64) == COUNTED
    assert votes(committee)["Ann"] == "yes"
    for text in ("> no\r\n", "no objection\r\n", "yes?\r\n", "Dear all,\r\nno\r\n", "3\r\n", ""):
        assert answer(committee, to, text) == UNCLEAR, text
    assert votes(committee)["Ann"] == "yes"
    told = mail_to(sink, ANN, "An answer was not counted").get_content()
    assert "begins with none of the options" in told and "Your vote stays as it was: yes" in told
    assert len(mails_to(sink, ANN, "An answer was not counted")) == 1


def test_nobody_votes_with_the_ballot_of_another(committee, sink):
    ask(committee)
    to = ballot(sink, ANN)
    forged = {"Authentication_Results": evidence("ann.example", "fail") + " policy.dmarc=reject"}
    assert answer(committee, to, "yes\r\n", BEN) == STRANGE  # a ballot that Ann passed on
    assert answer(committee, to, "yes\r\n", EVE) == STRANGE
    assert answer(committee, to, "yes\r\n", f"Ann Roe <{EVE}>", EVE) == STRANGE
    assert answer(committee, to, "yes\r\n", f"{ANN}, {EVE}", ANN) == STRANGE
    kept, reason = answer(committee, to, "yes\r\n", **forged)
    assert kept == "kept" and "may be forged" in reason
    assert votes(committee) == {"Ann": None, "Ben": None, "Chris": None}
    assert "from somebody else" in mail_to(sink, ANN, "An answer was not counted").get_content()
    assert not [copy for copy in sink.copies() if copy.recipient == EVE]

    # What Ann's own domain says nothing about is told to her.
    assert answer(committee, to, "yes\r\n") == COUNTED
    assert "somebody else did it in your name" in mail_to(sink, ANN, "Your vote").get_content()


def test_machines_do_not_vote(committee, sink):
    ask(committee)
    to = ballot(sink, ANN)
    assert answer(committee, to, "Yes, I am away\r\n", Auto_Submitted="auto-replied") == MACHINE
    assert answer(committee, to, "yes\r\n", Precedence="bulk") == MACHINE
    assert answer(committee, to, "yes\r\n", envelope="") == MACHINE
    report = (f"From: {ANN}\r\nTo: {to}\r\nMIME-Version: 1.0\r\n"
              'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
              "--b\r\n\r\nyes\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
              f"Reporting-MTA: dns; x.example\r\n\r\nFinal-Recipient: rfc822; {ANN}\r\n"
              "Action: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n").encode()
    assert answer(committee, to, report) == MACHINE
    assert votes(committee)["Ann"] is None
    assert not mails_to(sink, ANN, "An answer")


def test_a_token_is_good_for_one_ballot_while_it_is_open(committee, sink):
    ask(committee, "First?")
    ask(committee, "Second?")
    first = ballot(sink, ANN, 1)
    ballot(sink, ANN, 2)
    assert answer(committee, first, "no\r\n") == COUNTED
    assert votes(committee, 1)["Ann"] == "no" and votes(committee, 2)["Ann"] is None

    committee.cli("decision", "close", 1)
    assert state(committee) == ("no-quorum", None)
    kept, reason = answer(committee, first, "yes\r\n")
    assert kept == "kept" and reason.startswith("DEC-1 was closed")
    assert votes(committee, 1)["Ann"] == "no" and votes(committee, 2)["Ann"] is None
    told = mail_to(sink, ANN, "[DEC-1] An answer was not counted").get_content()
    assert "To vote, answer this mail" not in told
    unknown = committee.address("-confirm+" + "a" * 26)
    assert answer(committee, unknown, "yes\r\n") == ("kept",
                                                     "nothing waits for this confirmation")


def test_a_question_injects_nothing(committee, sink):
    ask(committee, "Keep {{name}} {{{owner}}} {{#options}}\r\nBcc: eve@evil.example\r\n\r\nHello",
        "--option", "keep {{number}}", "--option", "drop\r\nX-Evil: 1")
    ballot(sink, ANN)
    message = mail_to(sink, ANN, "Please vote")
    assert message["Bcc"] is None and message["X-Evil"] is None and message.defects == []
    assert message["Subject"] == ("[DEC-1] Please vote: Keep {{name}} {{{owner}}} {{#options}} "
                                  "Bcc: eve@evil.example Hello")
    assert "1  keep {{number}}" in message.get_content()
    assert "2  drop X-Evil: 1" in message.get_content()
    assert not [copy for copy in sink.copies() if copy.recipient == EVE]


def test_time_reminds_and_closes(committee, sink):
    ask(committee)
    answer(committee, ballot(sink, ANN), "yes\r\n")
    mail_to(sink, ANN, "Your vote: yes")
    committee.set_clock(START + 4 * DAY)
    answer(committee, ballot(sink, ANN), "yes\r\n")  # mail wakes the worker
    reminder = mail_to(sink, BEN, "[DEC-1] Your vote is missing")
    mail_to(sink, CHRIS, "Your vote is missing")
    assert not mails_to(sink, ANN, "Your vote is missing")
    assert answer(committee, address_of(reminder), "no\r\n", BEN) == COUNTED
    assert state(committee) == ("open", None)

    committee.set_clock(START + 7 * DAY)
    kept, reason = answer(committee, ballot(sink, CHRIS), "yes\r\n", CHRIS)
    assert kept == "kept" and "the time to vote on DEC-1 ended" in reason
    told = mail_to(sink, SECRETARIAT, "[DEC-1] Not decided").get_content()
    assert "This is no yes" in told and "Chris Roe: no vote" in told
    assert state(committee) == ("tie", None)


def test_the_secretariat_records_and_closes(committee, sink):
    assert committee.json("decision", "list") == []
    ask(committee, "Who?", "--option", "keep, for now", "--option", "remove", "--days", 3)
    committee.cli("decision", "vote", "DEC-1", "keep, for now", "--as", ANN)
    committee.cli("decision", "vote", 1, 2, "--as", "Ben Roe")
    committee.cli("decision", "vote", 1, "Remove", f"--as={CHRIS}")
    shown = committee.json("decision", "show", "dec-1")
    assert (shown["state"], shown["outcome"]) == ("chosen", "remove")
    assert shown["deadline"] == "2026-09-24T14:13:20Z"
    assert [(o["text"], o["votes"]) for o in shown["options"]] == [("keep, for now", 1),
                                                                  ("remove", 2)]
    assert all(vote["recorded_by"].startswith("cli:") for vote in shown["votes"])
    assert "The secretariat recorded it" in mail_to(sink, ANN, "Your vote").get_content()
    assert committee.json("decision", "list") == []
    assert [row["label"] for row in committee.json("decision", "list", "--all")] == ["DEC-1"]

    ask(committee, "Again?")
    assert "go together" in committee.command("decision", "close", 2, "--withdraw").errors
    committee.cli("decision", "close", 2, "--withdraw", "--reason", "nobody asks any more")
    assert state(committee, 2) == ("withdrawn", None)
    assert "nobody asks any more" in mail_to(sink, BEN, "[DEC-2] Withdrawn").get_content()
    assert committee.command("decision", "vote", 2, "yes", "--as", ANN).status != 0
    assert committee.command("decision", "show", 9).status != 0
    assert "DEC-2" in committee.cli("decision", "list", "--all")
    assert "Ann Roe" in committee.cli("decision", "show", 1)

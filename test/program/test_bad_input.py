"""Bad input through the whole program: whatever comes in ends in a clear refusal or in a clean
copy, and does not stop the mail behind it. What is clean is what Python's parser says."""

import email
import email.policy
import random

import pytest

from harness import LIST, evidence, mail, wait_until

pytestmark = pytest.mark.sanitized

JANE = "jane@nic-ca.example"
JOE = "joe@nic-ca.example"
PROOF = b"Authentication-Results: " + evidence("nic-ca.example").encode() + b"\r\n"
FROM = b"From: Jane Doe <jane@nic-ca.example>\r\n"
TO = b"To: tld-ops@lists.example.org\r\n"
ID = b"Message-ID: <bad@nic-ca.example>\r\n"
BODY = b"\r\nWe are under attack.\r\n"
PLAIN = PROOF + FROM + TO + ID


def nested(depth):
    head = b'Content-Type: multipart/mixed; boundary="b0"\r\n'
    opening = b"".join(b'\r\n--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n'
                       % (level, level + 1) for level in range(depth))
    return PLAIN + b"Subject: nested\r\nMIME-Version: 1.0\r\n" + head + opening + b"\r\nend\r\n"


def many_parts(count):
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return (PLAIN + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
            + part * count + b"--b--\r\n")


TRUNCATED = (PLAIN + b'Subject: cut\r\nMIME-Version: 1.0\r\n'
             b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
             b"Content-Type: text/plain\r\n\r\nWe are under attack.\r\n--b\r\n"
             b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
             b"AAAA")
GARBLED = (PROOF + b"From: J\xff\xfe <jane@nic-ca.example>\r\nTo: \xff <tld-ops@lists.example.org>\r\n"
           + ID + b"Subject: caf\xe9 \xc3\x28\r\nCc: \xfe <x@example.org>\r\nX-Mailer: \xff\r\n"
           b"References: <\xff@x>\r\nDate: \xff\r\nReply-To: \xff <jane@nic-ca.example>\r\n"
           b"Comments: \xed\xa0\x80\r\n" + BODY)
INJECTED = b"=?utf-8?q?attack=0D=0ABcc=3A_eve=40example=2Eorg=0D=0A=0D=0Abody?="

# What comes in, and how it ends: "copy", a state with the rule's words, or an LMTP reply.
TABLE = {
    "truncated MIME": (TRUNCATED, "copy"),
    "base64 cut off": (PLAIN + b"Content-Transfer-Encoding: base64\r\n\r\nV2UgYXJ\r\n", "copy"),
    "10,000 nested parts": (nested(10000), "refused: it cannot be read"),
    "10,000 parts": (many_parts(10000), "refused: it cannot be read"),
    "1 MB header line": (PLAIN + b"Subject: " + b"x" * 1000000 + b"\r\n" + BODY, "LMTP 5"),
    "1 MB folded header": (PLAIN + b"Subject: " + b"x\r\n " * 250000 + b"x\r\n" + BODY,
                           "refused: it cannot be read"),
    "long word in the subject": (PLAIN + b"Subject: " + b"x" * 5000 + b"\r\n" + BODY, "copy"),
    "invalid UTF-8 in every field": (GARBLED, "copy"),
    "8-bit in the author's address": (
        PROOF + b"From: j\xe4ne@nic-ca.example\r\n" + TO + ID + BODY, "held"),
    "UTF-8 in the author's address": (
        PROOF + "From: jäne@nic-ca.example\r\n".encode() + TO + ID + BODY, "held"),
    "8-bit in a recipient's address": (
        PROOF + FROM + b"To: tld-\xf6ps@lists.example.org\r\n" + ID + BODY, "copy"),
    "group of authors": (
        PROOF + b"From: Team: jane@nic-ca.example, joe@nic-ca.example;\r\n" + TO + ID + BODY,
        "refused: it names more than one author"),
    "empty group as author": (
        PROOF + b"From: undisclosed:;\r\n" + TO + ID + BODY, "refused: it has no author"),
    "nested groups": (PROOF + b"From: " + b"g:" * 20000 + b";\r\n" + TO + ID + BODY, "refused"),
    "group of recipients": (
        PROOF + FROM + b"To: all: tld-ops@lists.example.org, x@example.org;\r\n" + ID + BODY,
        "copy"),
    "two From fields": (PLAIN + b"From: joe@nic-ca.example\r\n" + BODY,
                        "refused: it names more than one author"),
    "two authors": (PROOF + b"From: jane@nic-ca.example, joe@nic-ca.example\r\n" + TO + ID + BODY,
                    "refused: it names more than one author"),
    "no From": (PROOF + TO + ID + BODY, "refused: it has no author"),
    "empty From": (PROOF + b"From:\r\n" + TO + ID + BODY, "refused: it has no author"),
    "From without an address": (PROOF + b"From: Jane Doe\r\n" + TO + ID + BODY, "refused"),
    "no header": (b"\r\nWe are under attack.\r\n", "refused: it has no author"),
    "nothing at all": (b"\r\n", "refused"),
    "no text": (PLAIN + b"\r\n", "refused: it has no text"),
    "NUL in the header": (PLAIN + b"Subject: a\0b\r\n" + BODY, "LMTP 5"),
    "NUL in the text": (PLAIN + b"\r\na\0b\r\n", "LMTP 5"),
    "bare LF": (PLAIN + b"Subject: a\nBcc: eve@example.org\r\n" + BODY, "LMTP 5"),
    "bare CR": (PLAIN + b"Subject: a\rBcc: eve@example.org\r\n" + BODY, "LMTP 5"),
    "fold of nothing but blanks": (
        PLAIN + b"Subject: a\r\n \r\n Bcc: eve@example.org\r\n" + BODY, "copy"),
    "blank before the colon": (PLAIN + b"Bcc : eve@example.org\r\nSubject : a\r\n" + BODY, "copy"),
    "line that is no field": (PLAIN + b"Bcc eve@example.org\r\nSubject: a\r\n" + BODY, "copy"),
    "fold before the first field": (
        b" Bcc: eve@example.org\r\n" + PLAIN + BODY, "refused: it has no author"),
    "mbox line": (b"From eve@example.org Mon Sep 21 00:00:00 2026\r\n" + PLAIN + BODY, "copy"),
    "line break in an encoded subject": (PLAIN + b"Subject: " + INJECTED + b"\r\n" + BODY, "copy"),
    "line break in an encoded name": (
        PROOF + b"From: " + INJECTED + b" <jane@nic-ca.example>\r\n" + TO + ID
        + b"Cc: " + INJECTED + b" <x@example.org>\r\n" + BODY, "copy"),
    "line break in a quoted name": (
        PROOF + b'From: "Jane\r\n Bcc: eve@example.org" <jane@nic-ca.example>\r\n' + TO + ID
        + BODY, "copy"),
    "two Content-Type fields": (
        PLAIN + b"Content-Type: text/plain\r\nContent-Type: text/html\r\n" + BODY,
        "refused: no clean copy"),
    "two subjects and dates": (
        PLAIN + b"Subject: a\r\nSubject: b\r\nDate: Mon, 21 Sep 2026 00:00:00 +0000\r\n"
        b"Date: Tue, 22 Sep 2026 00:00:00 +0000\r\n" + BODY, "copy"),
    "long Message-ID": (PROOF + FROM + TO + b"Message-ID: <" + random.Random(1).randbytes(2000).hex().encode()
                        + b"@x>\r\n" + BODY, "copy"),
    "two Message-IDs": (PLAIN + b"Message-ID: <b@x>\r\n" + BODY, "copy"),
    "fields of ours": (
        PLAIN + b"X-Muster-Sender: recognised: the chair\r\nList-Post: <mailto:eve@example.org>\r\n"
        b"Reply-To: tld-ops-request@lists.example.org\r\n" + BODY, "copy"),
    "parameter that GMime hangs on": (
        PLAIN + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; " + b"a" * 70
        + b"*0*=utf-8''%41\r\n" + BODY, "copy"),
    "40 MB": (PLAIN + b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 540000, "LMTP 5"),
}


@pytest.fixture
def community(muster):
    for name, address in (("Jane", JANE), ("Joe", JOE)):
        muster.cli("contact", "add", "ca", "--given", name, "--family", "Doe", "--primary", address,
                   "--mobile", "+1 613 555 0100")
    muster.serve()
    return muster


def is_control(character):
    return character < " " or "\x7f" <= character <= "\x9f"


def assert_clean(raw):
    head, separator, _ = raw.partition(b"\r\n\r\n")
    assert separator
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert b"\r" not in head.replace(b"\r\n", b"") and b"\n" not in head.replace(b"\r\n", b"")
    assert all(31 < byte < 127 or byte == 9 for byte in head.replace(b"\r\n", b""))

    copy = email.message_from_bytes(raw, policy=email.policy.default)
    for name in ("From", "Subject", "Message-ID", "Date", "Sender", "Reply-To", "List-Id",
                 "List-Post", "X-Muster-Sender"):
        assert len(copy.get_all(name, [])) == 1, name
    assert copy["Bcc"] is None
    assert copy["List-Post"] == f"<mailto:{LIST}>"
    assert copy["X-Muster-Sender"] == "recognised: primary address of Jane Doe, .ca"
    assert [a.addr_spec for a in copy["From"].addresses] == [LIST]
    assert [a.addr_spec for a in copy["Reply-To"].addresses] == [JANE, LIST]
    assert copy["Subject"].startswith("[TLD-OPS] ")
    for name, value in copy.items():
        assert not any(map(is_control, str(value))), (name, value)


def outcome(community, subject):
    """The newest mail, once it has been worked on."""
    def decided():
        row = community.json("message", "list")[0]
        return row if row["state"] not in ("waiting", "claimed") else None
    return wait_until(decided, lambda: f"{subject}: {community.json('message', 'list')}")


def deliver(community, message):
    """The reply; what ends the session may well end it before QUIT."""
    client = community.lmtp()
    try:
        return client.deliver(JANE, [LIST], message)[LIST]
    finally:
        client.close()


@pytest.mark.parametrize("name", TABLE)
def test_bad_input(community, sink, name):
    message, end = TABLE[name]
    code, text = deliver(community, message)
    if end.startswith("LMTP"):
        assert code // 100 == int(end[-1]), (code, text)
        assert community.json("message", "list") == []
        assert len(text) > 10
    else:
        assert code == 250, (code, text)
        row = outcome(community, name)
        if end == "copy":
            assert row["state"] == "accepted", row
            wait_until(lambda: len(sink.raw_messages()) == 2, "two copies")
            for raw in sink.raw_messages():
                assert_clean(raw)
        else:
            state, _, reason = end.partition(": ")
            assert row["state"] == state, row
            assert row["reason"].startswith(reason), row
            assert not any(copy["List-Id"] for copy in sink.messages())

    before = len(sink.copies())
    behind = mail(JANE, LIST, "behind it", Message_ID="<behind@nic-ca.example>",
                  Authentication_Results=evidence("nic-ca.example"))
    assert deliver(community, behind)[0] == 250
    assert outcome(community, "the mail behind it")["state"] == "accepted"
    wait_until(lambda: len(sink.copies()) >= before + 2, "the copies behind it")

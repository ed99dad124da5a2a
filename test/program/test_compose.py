"""What Muster composes, read by Python's own mail parser: an independent reader of RFC 5322,
2045 and 2047 must find the very names, subject and text that went in, and no field more."""

import email
import email.header
import email.policy
import email.utils
import json
import os
import pathlib
import random
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("MUSTER_BUILD", pathlib.Path(__file__).parents[2] / "build"))
PROBE = BUILD / "test" / "compose_probe"

NAMES = ["Jane Doe", "Doe, Jane", 'Jane "JD" Doe', "Jane D. Doe", "Jürgen Müller", "王小明", "محمد علي",
         "Jane Doe (jane@nic.example) via TLD-OPS", "J. Müller, \"JM\" <x@y>", "Ω" * 90, "back\\slash",
         "=?utf-8?q?Eve?=", "🔥 fire", "a@b", "Zoë " * 19 + "Zoë", "x" * 300]
SUBJECTS = ["", "The roster", "Störung bei .ไทย und .рф", "[TLD-OPS] " + "long words here " * 20 + ".",
            "測試" * 60, "=?utf-8?q?=0D=0ABcc:_x?=", "y" * 990, "é" * 400, "TLP:AMBER é = _ ?"]
TEXTS = ["", "plain\n", "no end", "é\n", "a \nb\t\nc", "From here\n.\n..\n", "=3D = =\n", "x" * 2000,
         "王" * 500 + "\n" + "y" * 77, "\n\n\n", "-- \nJane\n", "naïve \n"]


def compose(cases):
    """The mails for some cases, each a dict of from_name, subject and text."""
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    output = subprocess.run([PROBE], input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout
    mails = []
    while output:
        size, _, output = output.partition(b"\n")
        mails.append(output[:int(size)])
        output = output[int(size):]
    assert len(mails) == len(cases)
    return mails


def all_cases():
    rng = random.Random(2)
    cases = [{"from_name": n, "subject": s, "text": rng.choice(TEXTS)} for n in NAMES for s in SUBJECTS]
    cases += [{"from_name": "Jane", "subject": "x", "text": t} for t in TEXTS]
    alphabet = "aZ09 \"\\(),.:;<>@[]=?_-é測🔥ו"
    for _ in range(500):
        word = "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 120))).strip() or "x"
        cases.append({"from_name": word, "subject": word, "text": word})
    return cases


@pytest.fixture(scope="module")
def composed():
    cases = all_cases()
    return list(zip(cases, compose(cases)))


def display_name(mail):
    """Of From. Python's newer parser puts a space between encoded words in a phrase when they
    stand on different lines, against RFC 2047 section 6.2; the older one reads them right."""
    value = email.message_from_bytes(mail)["From"].replace("\r\n", "")
    name, address = email.utils.parseaddr(value)
    assert address == "tld-ops@lists.example.org", value
    return str(email.header.make_header(email.header.decode_header(name)))


def lines_of(text):
    return "".join(line + "\r\n" for line in text.splitlines())


def test_every_line_is_seven_bit_and_short(composed):
    for case, mail in composed:
        assert mail.isascii(), case
        assert b"\n" not in mail.replace(b"\r\n", b""), case
        assert max(map(len, mail.split(b"\r\n"))) <= 998, case
        header = mail.partition(b"\r\n\r\n")[0]
        encoded = [line for line in header.split(b"\r\n") if b"=?UTF-8?" in line]
        assert all(len(line) <= 76 for line in encoded), case


def test_an_independent_reader_finds_what_was_written(composed):
    for case, mail in composed:
        message = email.message_from_bytes(mail, policy=email.policy.default)
        assert message["Subject"] == case["subject"], case
        assert display_name(mail) == case["from_name"], case
        assert [a.addr_spec for a in message["Reply-To"].addresses] \
            == ["jane@nic.example", "tld-ops@lists.example.org"], case
        assert message.get_payload(decode=True).decode() == lines_of(case["text"]), case


def test_no_field_is_missing_or_added(composed):
    wanted = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
              "Content-Transfer-Encoding"]
    for case, mail in composed:
        message = email.message_from_bytes(mail, policy=email.policy.default)
        assert message.keys() == wanted, case
        assert not message.defects, case
        assert message["Date"].datetime.timestamp() == 1704099900

"""The main job through a real Postfix: a member mails an alert, every member has it."""

import csv
import shutil
import smtplib
import subprocess

import pytest

from harness import PATIENCE, mail, wait_until
from postfix import REFUSED

MEMBERS = ["anna@nic-ca.example", "bora@nic-nl.example", "chen@nic-cn.example"]
ANNA = MEMBERS[0]


@pytest.fixture
def community(muster, tmp_path):
    """Three members whose mail goes through, and one whose address Postfix refuses."""
    table = tmp_path / "contacts.csv"
    with open(table, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("tld,rank,given_name,family_name,mobile,primary,secondary".split(","))
        for address in [*MEMBERS, REFUSED]:
            name = address.partition("@")[0]
            tld = address.partition("nic-")[2][:2] or "dk"
            writer.writerow([tld, 1, name.title(), "Doe", "+1 613 555 0100", address, ""])
    muster.cli("import", "csv", table)
    return muster


def post(postfix, sender, message):
    with smtplib.SMTP("127.0.0.1", postfix.port, "client.example", PATIENCE) as client:
        client.sendmail(sender, ["tld-ops@lists.example.org"], message)


def test_an_alert_reaches_every_member(community, postfix, sink):
    postfix.verifier.authentic.add("nic-ca.example")
    community.serve()
    body = "Since 08:40 UTC our name servers are under attack.\r\n..dots and trailing blanks  \r\n"
    post(postfix, ANNA, mail(f"Anna Doe <{ANNA}>", community.list, "TLP:AMBER attack", body))

    copies = sink.wait_for(len(MEMBERS))
    assert sorted(copy.recipient for copy in copies) == MEMBERS
    senders = {copy.sender for copy in copies}
    assert len(senders) == len(MEMBERS)
    assert all(sender.startswith("tld-ops-bounces+") for sender in senders)
    for raw, message in zip(sink.raw_messages(), sink.messages()):
        assert raw.endswith(b"\r\n\r\n" + body.encode())
        assert message["Subject"] == "[TLD-OPS] TLP:AMBER attack"
        assert ANNA in message["Reply-To"]
        assert message["List-Id"].endswith("<tld-ops.lists.example.org>")


def test_a_recipient_that_the_relay_refuses_is_recorded(community, postfix, sink):
    postfix.verifier.authentic.add("nic-ca.example")
    community.serve()
    post(postfix, ANNA, mail(ANNA, community.list))

    def refused():
        return community.json("queue", "list", "--state", "refused")

    rows = wait_until(refused, "the refusal")
    assert [row["address"] for row in rows] == [REFUSED]
    assert rows[0]["reply"].startswith("550 5.1.1")
    assert len(sink.wait_for(len(MEMBERS))) == len(MEMBERS)


def test_a_forged_author_reaches_nobody_but_the_true_one(community, postfix, sink):
    community.serve()  # the verifier says dmarc=fail
    forged = mail(ANNA, community.list,
                  Authentication_Results="mx.example.org; dmarc=pass header.from=nic-ca.example")
    post(postfix, "eve@elsewhere.example", forged)

    copies = sink.wait_for(2)  # the question to Anna and the notice to the secretariat
    assert sorted(copy.recipient for copy in copies) == [ANNA, "secretariat@example.org"]
    held = community.json("message", "list")
    assert [(row["state"], row["waits_for"]) for row in held] == [("held", "confirmation")]
    question = next(message for message in sink.messages() if message["To"] == ANNA)
    assert "tld-ops-confirm+" in question["Reply-To"]


def test_an_unknown_recipient_bounces_at_postfix(community, postfix, sink):
    community.serve()
    with smtplib.SMTP("127.0.0.1", postfix.port, "client.example", PATIENCE) as client:
        client.sendmail("out@elsewhere.example", ["tld-ops+zz@lists.example.org"],
                        mail("out@elsewhere.example", "tld-ops+zz@lists.example.org"))
    copies = sink.wait_for(1)
    assert [copy.recipient for copy in copies] == ["out@elsewhere.example"]
    assert b"550 5.1.1" in sink.raw_messages()[0]


def test_swaks_posts_too(community, postfix, sink):
    if shutil.which("swaks") is None:
        pytest.skip("swaks is not installed")
    postfix.verifier.authentic.add("nic-nl.example")
    community.serve()
    sent = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{postfix.port}", "--from", MEMBERS[1], "--to",
         community.list, "--header", "Subject: TLP:GREEN by swaks", "--body", "Hello."],
        check=False, capture_output=True, text=True)
    assert sent.returncode == 0, sent.stdout
    assert len(sink.wait_for(len(MEMBERS))) == len(MEMBERS)

"""Postfix hands mail to Muster by LMTP, and takes its answers for what they are."""

import smtplib

import pytest

from harness import PATIENCE, mail

pytestmark = pytest.mark.sanitized

SENDER = "jane@nic.example"


def send(postfix, recipients, message, options=()):
    with smtplib.SMTP("127.0.0.1", postfix.port, "client.example", PATIENCE) as client:
        client.ehlo()
        return client.sendmail(SENDER, recipients, message, mail_options=options)


def test_mail_is_stored_for_each_address_of_the_list(postfix, muster):
    muster.serve()
    send(postfix, [muster.list, muster.address("+ca"), muster.address("-request")],
         mail(SENDER, muster.list))
    for suffix in ("", "+ca", "-request"):
        postfix.wait_for_log(f"to=<{muster.address(suffix)}>, relay=127.0.0.1")
    assert postfix.log().count("status=sent (250 2.0.0") == 3


def test_an_address_that_is_none_comes_back_to_its_sender(postfix, muster, sink):
    muster.serve()
    send(postfix, ["tld-opps@lists.example.org"], mail(SENDER, "tld-opps@lists.example.org"))
    copy = sink.wait_for(1)[0]
    assert (copy.sender, copy.recipient) == ("", SENDER)
    assert b"Status: 5.1.1" in sink.raw_messages()[0]


def test_mail_waits_while_muster_is_down(postfix, muster):
    send(postfix, [muster.list], mail(SENDER, muster.list))
    postfix.wait_for_log("status=deferred")
    muster.serve()
    postfix.wait_for_log("status=sent (250 2.0.0")


def test_mail_in_every_script_is_taken(postfix, muster):
    muster.serve()
    send(postfix, [muster.list], mail(SENDER, muster.list, subject="Störung", body="Ärger.\r\n"),
         ["BODY=8BITMIME", "SMTPUTF8"])
    postfix.wait_for_log("status=sent (250 2.0.0")

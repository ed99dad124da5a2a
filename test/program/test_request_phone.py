"""Requests that take a code over the mobile phone."""

import re

import pytest

from desk import ADMIN, DAY, JANE, NOW, add_jane, contact, form, poke
from harness import wait_until


@pytest.fixture
def texting(muster, gateway):
    """A gateway that the community has its text messages sent by."""
    muster.configure("sms", "url", gateway.url())
    return gateway


def test_a_code_that_went_by_mail_does_not_come_back_by_mail(desk):
    add_jane(desk)
    desk.write("jane@private.example", "TLD: ca\nRequest: change\n"
               f"Current e-mail: {JANE}\nE-mail: jane.doe2@nic-ca.example\n")
    desk.answer(desk.wait_for(ADMIN, "do you allow this"), "yes")
    asked = desk.wait_for("jane.doe2@nic-ca.example", "a code over your mobile phone")
    code = asked.get_content().split("Your code is ")[1][:6]
    desk.answer(asked, code)  # who reads the new address need not have the phone
    wait_until(lambda: "kept" in [row["state"] for row in desk.muster.json(
        "message", "list", "--route", "confirm")], "the code to be looked at")
    assert "phone" in desk.request()["waits_for"]
    desk.muster.cli("request", "code", 1, code)
    desk.answer(desk.wait_for("jane.doe2@nic-ca.example", "is this your address"), "yes")
    desk.wait_for_state("done")


def test_a_secondary_address_proves_itself_and_the_phone(desk):
    desk.write(ADMIN, form(secondary="jane@mail.example"))
    for address in (JANE, "jane@mail.example"):
        desk.answer(desk.wait_for(address, "is this your address"), "yes")
    with_code = desk.wait_for("jane@mail.example", "a code over your mobile phone")
    code = with_code.get_content().split("Your code is ")[1][:6]
    desk.wait_for_state("phone")
    desk.muster.cli("request", "code", 1, code)
    assert desk.request()["state"] == "done"
    assert contact(desk)["secondary"] == "jane@mail.example"


def test_a_code_comes_by_text_message_and_back_by_mail(texting, desk):
    desk.write(ADMIN, form(secondary="jane@mail.example"))
    for address in (JANE, "jane@mail.example"):
        desk.answer(desk.wait_for(address, "is this your address"), "yes")
    question = desk.wait_for("jane@mail.example", "a code over your mobile phone")
    wait_until(lambda: texting.sent, "the text message")
    assert texting.sent[0]["to"] == ["+16135550100"]
    code = re.search(r"code (\d{6})", texting.sent[0]["text"][0]).group(1)
    assert code not in question.get_content()
    desk.answer(question, code)
    desk.wait_for_state("done")


def test_a_code_that_is_too_old_is_followed_by_another(texting, desk):
    desk.write(ADMIN, form(secondary="jane@mail.example"))
    for address in (JANE, "jane@mail.example"):
        desk.answer(desk.wait_for(address, "is this your address"), "yes")
    question = desk.wait_for("jane@mail.example", "a code over your mobile phone")
    wait_until(lambda: len(texting.sent) == 1, "the text message")
    old = re.search(r"code (\d{6})", texting.sent[0]["text"][0]).group(1)
    desk.muster.set_clock(NOW + 2 * DAY)
    desk.answer(question, old)
    wait_until(lambda: len(texting.sent) == 2, "the second text message")
    new = re.search(r"code (\d{6})", texting.sent[1]["text"][0]).group(1)
    assert desk.request()["state"] == "phone"
    desk.answer(desk.wait_for("jane@mail.example", "a code over your mobile phone", 2), new)
    desk.wait_for_state("done")


def test_a_code_that_no_message_is_left_for_waits_an_hour(texting, desk):
    desk.muster.stop()
    desk.muster.configure("sms", "per-hour", 1)
    desk.muster.serve()
    desk.write(ADMIN, form(secondary="jane@mail.example"))
    desk.write("admin@nic-de.example", form(tld="de", name="Joe Roe", email="joe.roe@nic-de.example",
                                            mobile="+1 613 555 0102", secondary="joe@mail.example"))
    for address in (JANE, "jane@mail.example", "joe.roe@nic-de.example", "joe@mail.example"):
        desk.answer(desk.wait_for(address, "is this your address"), "yes")
    wait_until(lambda: len(texting.sent) == 1, "the first text message")
    wait_until(lambda: "last hour" in str(desk.request(1)["needs"]) + str(desk.request(2)["needs"]),
               lambda: str(desk.request(2)))
    assert not desk.request(1)["parked"] and not desk.request(2)["parked"]
    desk.muster.set_clock(NOW + 3600)
    poke(desk)
    wait_until(lambda: len(texting.sent) == 2, "the second text message")

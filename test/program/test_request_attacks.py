"""Requests of those who would like to have a part in a TLD that is not theirs."""

import re
import threading

import pytest

from desk import ADMIN, DAY, JANE, NOW, add_jane, contact, form, poke
from harness import wait_until


def test_a_forged_from_changes_nothing(desk):
    add_jane(desk)
    desk.write(JANE, "TLD: ca\nRequest: change\nMobile phone: +1 613 555 0666\n", proof=None)
    asked = desk.wait_for(JANE, "did you ask for this")
    assert contact(desk)["mobile"] == "+1 613 555 0100"
    desk.answer(asked, "No, that was not me", proof=None)
    assert desk.wait_for_state("refused")["reason"]
    assert contact(desk)["mobile"] == "+1 613 555 0100"


def test_an_answer_to_a_stranger_does_not_ask_for_what_it_quotes(desk):
    """Eve writes to Jane with our address in Reply-To, and Jane answers her."""
    add_jane(desk)
    desk.write(JANE, "What is this?\n\nEve wrote:\n> TLD: ca\n> Request: change\n"
               "> E-mail: jane.doe@evil.example\n", In_Reply_To="<1@evil.example>")
    desk.wait_for(JANE, "did you ask for this")
    assert not desk.mails("jane.doe@evil.example")
    assert desk.request()["evidence"] is None
    assert desk.request()["state"] == "authority"


def test_forged_results_of_another_server_are_no_evidence(desk):
    add_jane(desk)
    desk.write(JANE, "TLD: ca\nRequest: change\nMobile phone: +1 613 555 0666\n", proof=None,
               Authentication_Results="mx.evil.example; dmarc=pass header.from=nic-ca.example")
    desk.wait_for(JANE, "did you ask for this")
    assert desk.request()["evidence"] is None


@pytest.mark.parametrize("text", [
    "TLD: {tld}\nRequest: leave\n",
    "TLD: {tld}\nRequest: remove\n",
    "TLD: {tld}\nRequest: remove\nName: ? ?\n",
    "TLD: {tld}\nRequest: remove\nName: Jane Doe\n",
    "TLD: {tld}\nRequest: remove\nCurrent e-mail: " + JANE + "\n",
    "TLD: {tld}\nRequest: remove\nName: Jane Doe\nContact 2\nName: X Y\n",
    "TLD: {tld}\nRequest: change\nName: Jane Doe\n",
    "TLD: {tld}\nRequest: change\nName: Jane Doe\nMobile phone: +1 613 555 0199\n",
    "TLD: {tld}\nRequest: change\nCurrent e-mail: " + JANE + "\nE-mail: " + JANE + "\n",
    "TLD: {tld}\nRequest: change\nCurrent e-mail: " + JANE + "\nMobile phone: 1\n",
])
def test_a_stranger_learns_nothing_of_who_is_on_file(desk, text):
    """The answer is the same where the contact is on file and where nobody is."""
    add_jane(desk)
    told = []
    for number, tld in enumerate(("ca", "de"), 1):
        desk.write("eve@evil.example", text.format(tld=tld))
        letter = desk.wait_for("eve@evil.example", f"[REQ-{number}]")
        text_of = f"{letter['Subject']}\n{letter.get_content()}"
        told.append(re.sub(rf"\.{tld}\b|REQ-\d", "", text_of))
    assert told[0] == told[1]
    for secret in ("Doe", JANE):
        assert secret not in told[0]


@pytest.mark.parametrize("address", [JANE, "joe.roe@nic-ca.example"])
def test_a_stranger_learns_no_address_by_asking_to_join(desk, address):
    add_jane(desk, **{"--secondary": "jane@mail.example"})
    desk.write("eve@evil.example", form(name="Joe Roe", email=address, secondary="x@mail.example"))
    desk.write("eve@evil.example", form(name="Joe Roe", email="joe.roe@nic-ca.example",
                                        secondary="jane@mail.example"))
    for number in (1, 2):
        told = desk.wait_for("eve@evil.example", f"[REQ-{number}]")
        assert "has arrived" in told["Subject"] and "goes to those who may" in told.get_content()
    assert "on file for somebody else" in desk.wait_for_state("secretariat", 2)["parked"]


@pytest.mark.parametrize("mark", [
    {"Auto_Submitted": "auto-replied"},
    {"X": "1\r\n" + "\r\n".join(["Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0000"] * 51)},
], ids=["automatic", "in circles"])
def test_a_machine_confirms_nothing(desk, mark):
    desk.write("jane@private.example", form())
    question = desk.wait_for(ADMIN, "do you allow this")
    desk.answer(question, "yes", **mark)
    wait_until(lambda: desk.muster.json("message", "list", "--route", "confirm"), "the answer")
    wait_until(lambda: desk.muster.json("message", "list", "--route", "confirm")[0]["state"]
               == "kept", "it to be kept")
    assert desk.request()["state"] == "authority"


def test_an_answer_counts_once_and_for_its_request_only(desk):
    desk.write("jane@private.example", form())
    first = desk.wait_for(ADMIN, "[REQ-1]")
    desk.write("joe@private.example", form(name="Joe Roe", email="joe.roe@nic-ca.example"))
    desk.wait_for(ADMIN, "[REQ-2]")
    desk.answer(first, "yes")
    desk.wait_for(JANE, "is this your address")
    assert desk.request(2)["state"] == "authority"
    desk.answer(first, "no")  # once more, by somebody who has kept it
    wait_until(lambda: [row["state"] for row in desk.muster.json(
        "message", "list", "--route", "confirm")].count("kept") == 1, "the second answer")
    assert desk.request(1)["state"] == "address"


def test_a_reminder_tells_a_stranger_no_more_than_the_letter_before(desk):
    add_jane(desk, **{"--secondary": "jane@mail.example"})
    desk.write("eve@evil.example", form(name="Joe Roe", email="joe.roe@nic-ca.example", mobile="",
                                        secondary="jane@mail.example"))
    first = desk.wait_for("eve@evil.example", "something is missing").get_content()
    desk.muster.set_clock(NOW + 8 * DAY)
    poke(desk)
    again = desk.wait_for("eve@evil.example", "something is missing", 2).get_content()
    assert "reminder" in again
    for told in (first, again):
        assert "on file" not in told


def test_a_look_alike_is_shown_side_by_side(desk):
    add_jane(desk)
    desk.write(ADMIN, form(kind="add", name="Jane Doe", email="jаne.doe@nic-ca.example",
                           mobile="+1 613 555 0102"))
    waiting = desk.wait_for_state("secretariat")
    why = [row["about"] for row in waiting["needs"] if row["need"] == "secretariat"][0]
    assert f"looks like {JANE}: U+0430" in why


def test_a_name_injects_nothing(desk):
    desk.write("jane@private.example", form(name="Jane {{owner}} {{#contacts}} Doe"))
    question = desk.wait_for(ADMIN, "do you allow this")
    assert "Jane {{owner}} {{#contacts}} Doe" in question.get_content()


def test_a_look_alike_of_the_authority_in_copy_counts_for_nothing(desk):
    desk.muster.stop()
    desk.muster.configure("policy", "objection-days", 10)
    desk.muster.serve()
    desk.write("jane@private.example", form(), cc=["admin@nic-cа.example"])  # a Cyrillic a
    desk.wait_for(ADMIN, "do you allow this")
    assert desk.request()["rule"] == "authority-confirms"


def test_a_letter_that_went_to_somebody_else_makes_no_word_ones_own(desk):
    """Whose mail bears the Message-ID of a letter he got, has it answered by the one he wants."""
    desk.write("mallory@private.example", "How do we join?\n")
    letter = desk.wait_for("mallory@private.example", "has gone to the secretariat")
    desk.write(ADMIN, form(), In_Reply_To=letter["Message-ID"])
    desk.wait_for(ADMIN, "do you allow this")
    assert desk.request()["rule"] == "administrative-unproven"


def test_two_answers_that_race_are_one(desk):
    desk.write("jane@private.example", form())
    question = desk.wait_for(ADMIN, "do you allow this")
    threads = [threading.Thread(target=desk.answer, args=(question, word))
               for word in ("yes", "no", "yes", "no")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: len([row for row in desk.muster.json("message", "list", "--route", "confirm")
                            if row["state"] in ("kept", "confirmed")]) == 4, "all to be looked at")
    rows = desk.muster.json("message", "list", "--route", "confirm")
    assert [row["state"] for row in rows].count("confirmed") == 1
    settled = [need for need in desk.request()["needs"] if need["need"] == "authority"]
    assert [need["state"] for need in settled] in (["met"], ["refused"])


def test_what_is_incomplete_is_not_done_by_an_unparking(desk, tmp_path):
    """The reminder's own wording is broken, so people have to look; the request is a stranger's."""
    desk.write("eve@evil.example", form(email="jane.doe@evil.example", mobile=""))
    desk.wait_for("eve@evil.example", "something is missing")
    desk.muster.stop()
    wording = tmp_path / "texts" / "en" / "request-incomplete.mustache"
    wording.parent.mkdir(parents=True)
    wording.write_text("no subject\n")
    desk.muster.configure("mail", "templates", wording.parent.parent)
    desk.muster.set_clock(NOW + 8 * DAY)
    desk.muster.cli("request", "extend", 1, 5)
    assert "no \"Subject" in desk.request()["parked"]
    wording.unlink()
    desk.muster.cli("request", "approve", 1)
    assert desk.request()["state"] == "incomplete"
    assert desk.muster.json("contact", "list", "--tld", "ca") == []
    assert desk.muster.command("request", "approve", 1).status == 65

"""Requests that would go wrong if nobody took care: badly written, half understood, in the wrong
hands."""

import pytest

from desk import ADMIN, DAY, JANE, NOW, add_jane, contact, form, poke

EVE = "eve@evil.example"


def add_committee(desk):
    for given in ("Ann", "Ben"):
        desk.muster.cli("office", "grant", f"{given.lower()}@example.org", "committee", "--given",
                        given, "--family", "Member")


@pytest.mark.parametrize("email", ["jane at nic-ca", "will follow", "@", "jane.doe@"])
def test_what_is_no_address_is_asked_for_again(desk, email):
    desk.write(ADMIN, form(email=email))
    asked = desk.wait_for(ADMIN, "[REQ-1]").get_content()
    assert email.strip("@") in asked
    assert desk.wait_for_state("incomplete")["contacts"][0]["problem"]


def test_a_full_width_at_sign_is_one(desk):
    desk.write(ADMIN, form(email="jane.doe＠nic-ca.example"))
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")


def test_what_was_said_in_two_ways_is_said_again(desk):
    """The addresses of a signature above the form are no answers."""
    desk.write(ADMIN, form() + "Mobile phone: +1 613 555 0177\nE-mail: ann@nic-ca.example\n")
    asked = desk.wait_for(ADMIN, "[REQ-1]").get_content()
    assert "0177" in asked and "ann@nic-ca.example" in asked
    waiting = desk.wait_for_state("incomplete")["contacts"][0]
    assert waiting["primary"] is None and waiting["mobile"] is None


def test_one_person_is_not_two_contacts(desk):
    desk.write(ADMIN, form() + "Contact 2\nName: Jane Roe\nMobile phone: +1 613 555 0103\n"
               f"E-mail: {JANE.title()}\n")
    waiting = desk.wait_for_state("incomplete")
    assert "the e-mail of contact 1" in waiting["contacts"][1]["problem"]


def test_a_function_is_no_second_address_either(desk):
    desk.write(ADMIN, form(secondary="noc@mail.example"))
    assert "noc@mail.example" in desk.wait_for_state("incomplete")["contacts"][0]["problem"]


def test_an_entry_does_not_become_somebody_else_unseen(desk):
    add_jane(desk)
    desk.write(JANE, "TLD: ca\nRequest: change\nName: Eve Evil\nMobile phone: +1 613 555 0188\n"
               f"Current e-mail: {JANE}\n")
    waiting = desk.wait_for_state("secretariat")
    assert "Jane Doe is to become Eve Evil" in waiting["waits_for"]
    assert contact(desk)["mobile"] == "+1 613 555 0100"


def test_who_marries_stays_the_same_person(desk):
    add_jane(desk)
    desk.write(JANE, f"TLD: ca\nRequest: change\nName: Jane Roe\nCurrent e-mail: {JANE}\n")
    desk.wait_for_state("done")


def test_the_second_address_does_not_move_the_first(desk):
    add_jane(desk)
    desk.muster.cli("contact", "change", JANE, "--secondary", "jane@mail.example")
    desk.write("jane@mail.example", f"TLD: ca\nRequest: change\nCurrent e-mail: {JANE}\n"
               f"E-mail: {EVE}\n")
    desk.wait_for(JANE, "[REQ-1]")
    waiting = desk.wait_for_state("authority")
    assert JANE in waiting["waits_for"] and waiting["rule"] == "moves-address"
    assert contact(desk)["primary"] == JANE


def test_a_yes_from_somebody_who_was_not_asked_is_none(desk):
    desk.write("joe@private.example", form())
    question = desk.wait_for(ADMIN, "do you allow this")
    desk.answer(question, "yes", sender=EVE)
    waiting = desk.wait_for_state("secretariat")
    assert EVE in waiting["parked"] and ADMIN in waiting["parked"]
    desk.muster.cli("request", "approve", 1)  # it was looked at, and goes on waiting
    desk.wait_for_state("authority")
    desk.answer(question, "yes")
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")


def test_what_the_committee_decides_nobody_goes_over(desk):
    add_committee(desk)
    desk.write(ADMIN, form(email="bluebird@nic-ca.example"))
    desk.wait_for("ann@example.org", "[DEC-1]")
    desk.muster.cli("request", "approve", 1, "--override", "the address is known to be hers")
    assert desk.request()["state"] == "decision"
    refused = desk.muster.command("request", "approve", 1, "--override", "I know better")
    assert refused.status != 0 and "committee's to decide" in refused.errors
    assert desk.request()["state"] == "decision"


def test_a_decision_ends_with_its_request(desk):
    add_committee(desk)
    desk.write(ADMIN, form(email="bluebird@nic-ca.example"))
    desk.wait_for("ann@example.org", "[DEC-1]")
    assert "DEC-1" in [row["details"] for row in desk.request()["events"]]
    desk.muster.cli("request", "refuse", 1, "--reason", "asked twice")
    assert desk.muster.json("decision", "show", 1)["state"] == "withdrawn"


def test_the_question_names_what_is_in_doubt_however_late_it_is_put(desk):
    desk.write(ADMIN, form(email="bluebird@nic-ca.example"))
    waiting = desk.wait_for_state("secretariat")  # nobody can vote yet
    assert "bluebird@nic-ca.example" in waiting["waits_for"]
    add_committee(desk)
    desk.muster.set_clock(NOW + DAY)
    poke(desk)
    ballot = desk.wait_for("ann@example.org", "[DEC-1]").get_content()
    assert "bluebird@nic-ca.example" in ballot and "nothing can be decided" not in ballot


def test_a_new_code_takes_the_place_of_the_old(desk):
    desk.write(ADMIN, form(secondary="jane@mail.example"))
    for address in (JANE, "jane@mail.example"):
        desk.answer(desk.wait_for(address, "is this your address"), "yes")
    desk.wait_for_state("phone")
    for _ in range(5):
        assert desk.muster.command("request", "code", 1, "0").status != 0
    stuck = desk.muster.command("request", "code", 1, "0")
    assert "--new" in stuck.errors
    desk.muster.cli("request", "code", 1, "--new")
    codes = desk.wait_for("jane@mail.example", "a code over your mobile phone", number=2)
    code = codes.get_content().split("Your code is ")[1][:6]
    desk.muster.cli("request", "code", 1, code)
    desk.wait_for_state("done")


def test_an_answer_without_the_word_is_answered(desk):
    desk.write("joe@private.example", form())
    desk.answer(desk.wait_for(ADMIN, "do you allow this"), "Dear secretariat,\n\nyes, we do.")
    told = desk.wait_for(ADMIN, "was not understood")
    assert desk.request()["state"] == "authority"
    desk.answer(told, "yes")
    desk.wait_for(JANE, "is this your address")


def test_what_answers_everything_alike_is_answered_some_times(desk):
    desk.write("joe@private.example", form())
    question = desk.wait_for(ADMIN, "do you allow this")
    for _ in range(8):
        desk.answer(question, "Thank you for your mail.")
    desk.settled_mail(9)
    assert len(desk.mails(ADMIN, "was not understood")) <= 5


def test_nobody_runs_out_of_time_while_a_request_rests(desk):
    desk.write("joe@private.example", form())
    desk.wait_for(ADMIN, "do you allow this")
    until = desk.request()["needs"][0]["expires"]
    desk.muster.cli("request", "park", 1, "--reason", "they are on holiday")
    desk.muster.set_clock(NOW + 40 * DAY)
    desk.muster.cli("request", "approve", 1)
    waiting = desk.request()
    assert waiting["state"] == "authority" and waiting["needs"][0]["expires"] > until


def test_nor_while_nobody_has_looked_at_what_iana_changed(desk):
    add_jane(desk)
    desk.write("joe@private.example", f"TLD: ca\nRequest: change\nCurrent e-mail: {JANE}\n"
               "E-mail: jane.roe@nic-ca.example\n")
    question = desk.wait_for(JANE, "did you ask for this")
    desk.iana.add("ca", email="new.admin@nic-ca.example")
    desk.muster.cli("authority", "sync", "ca")
    poke(desk)
    desk.wait_for_state("secretariat")
    desk.muster.set_clock(NOW + 40 * DAY)
    desk.muster.cli("authority", "seen", "ca")
    poke(desk)
    desk.wait_for_state("authority")
    desk.answer(question, "yes")
    desk.wait_for("jane.roe@nic-ca.example", "is this your address")


def test_the_desk_of_the_secretariat_has_what_is_its_own(desk):
    add_committee(desk)
    desk.write(ADMIN, form(email="bluebird@nic-ca.example"))
    desk.wait_for("ann@example.org", "[DEC-1]")
    assert desk.muster.json("desk", "--ours") == []
    desk.write("admin@nic-de.example", form(tld="de", secondary="jane@mail.example"))
    for address in (JANE, "jane@mail.example"):
        desk.answer(desk.wait_for(address, "is this your address"), "yes")
    desk.wait_for_state("phone", 2)
    assert [row["next"] for row in desk.muster.json("desk", "--ours")] == [
        "muster request code 2 CODE"]
    assert {row["kind"] for row in desk.muster.json("desk")} == {"request", "decision"}


def test_an_override_is_told_to_the_committee_that_comes_later(desk):
    poke(desk)
    desk.write("joe@private.example", form())
    desk.wait_for(ADMIN, "do you allow this")
    desk.muster.cli("request", "approve", 1, "--override", "spoke to them")
    desk.muster.set_clock(NOW + DAY)
    poke(desk)
    desk.settled_mail(3)
    desk.muster.cli("office", "grant", "chair@example.org", "chair", "--given", "Ann", "--family",
                    "Chair")
    desk.muster.set_clock(NOW + 2 * DAY)
    poke(desk)
    assert "spoke to them" in desk.wait_for("chair@example.org",
                                            "missing confirmation").get_content()


def test_a_word_of_two_scripts_is_looked_at(desk):
    desk.write(ADMIN, form(email="jane.doe@p\u0430ypal.example"))  # a Cyrillic a
    assert "letters of two scripts" in desk.wait_for_state("secretariat")["waits_for"]


def test_a_request_is_named_as_its_mails_name_it(desk):
    desk.write("joe@private.example", form())
    desk.wait_for(ADMIN, "do you allow this")
    assert desk.muster.json("request", "show", "req-1")["number"] == 1
    assert "REQ-142" in desk.muster.command("request", "show", "REQ-x").errors


def test_what_is_missing_is_completed_by_command(desk):
    desk.write(ADMIN, form(mobile=""))
    desk.wait_for_state("incomplete")
    desk.muster.cli("request", "complete", 1, stdin=b"TLD: ca\nContact 1\n"
                    b"Mobile phone: +1 613 555 0100\n")
    waiting = desk.wait_for_state("authority")  # told by telephone, so nothing shows who it was
    assert waiting["contacts"][0]["mobile"] == "+1 613 555 0100"
    again = desk.muster.command("request", "complete", 1, stdin=b"TLD: ca\nName: Eve Evil\n")
    assert again.status == 65 and "nothing is missing" in again.errors


def test_who_told_the_secretariat_is_recognised(desk):
    add_jane(desk)
    desk.muster.cli("request", "open", "-", "--from", JANE, stdin=b"TLD: ca\nRequest: change\n"
                    b"Mobile phone: +1 613 555 0199\n")
    assert desk.wait_for_state("authority")["rule"] == "own-entry-unproven"
    desk.answer(desk.wait_for(JANE, "[REQ-1] TLD-OPS: did you ask"), "yes")
    desk.wait_for_state("done")

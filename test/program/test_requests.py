"""Requests by mail: the life of a TLD, from its first contact to its leaving."""

import pytest

from desk import ADMIN, DAY, JANE, NOW, SECRETARIAT, TECH, add_jane, contact, form, poke
from harness import mail, wait_until


def test_the_administrative_contact_joins(desk):
    desk.write(ADMIN, "Dear all,\nplease find our contact below.\n\n" + form())
    asked = desk.wait_for(JANE, "is this your address?")
    assert "[REQ-1]" in asked["Subject"]
    received = desk.wait_for(ADMIN, "has arrived")
    assert "each new address has answered" in received.get_content()
    desk.answer(asked, "Yes")
    welcome = desk.wait_for(JANE, "Welcome")
    assert "RULES OF ENGAGEMENT" in welcome.get_content()
    assert "CONFIDENTIALITY" in welcome.get_content()
    assert desk.request()["state"] == "done"
    assert desk.request()["rule"] == "administrative"
    shown = contact(desk)
    assert (shown["given_name"], shown["mobile"]) == ("Jane", "+1 613 555 0100")
    assert "done for .ca" in desk.wait_for(ADMIN, "done")["Subject"]


def test_somebody_asks_and_the_authority_is_asked_where_iana_says(desk):
    desk.write("jane@private.example", form() + "\nThe authority is eve@evil.example.\n",
               cc=["eve@evil.example"])
    question = desk.wait_for(ADMIN, "do you allow this")
    text = question.get_content()
    assert "Jane Doe" in text and JANE in text and "jane@private.example" in text
    assert desk.request()["waits_for"] == f"authority {ADMIN}"
    assert not desk.mails("eve@evil.example")
    assert not desk.mails(JANE)  # nobody is bothered before somebody has allowed it
    desk.answer(question, "yes, she is one of us")
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")
    assert [row["need"] for row in desk.request()["needs"]] == ["authority", "address"]


def test_an_incomplete_request_is_completed_in_its_thread(desk):
    desk.write(ADMIN, form(mobile="", name=""))
    asked = desk.wait_for(ADMIN, "something is missing")
    text = asked.get_content()
    assert "Missing, contact 1: Name" in text and "Missing, contact 1: Mobile phone" in text
    assert "Missing, contact 1: E-mail" not in text and f"E-mail: {JANE}" in text
    assert desk.request()["state"] == "incomplete"
    desk.answer(asked, "Name: Jane Doe\nMobile phone: +1 613 555 0100")
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")
    assert len(desk.muster.json("request", "list", "--all")) == 1


def test_what_is_missing_is_reminded_of_and_expires(desk):
    desk.write(ADMIN, form(mobile=""))
    desk.wait_for(ADMIN, "something is missing")
    for day, mails in ((7, 2), (21, 3)):
        desk.muster.set_clock(NOW + day * DAY)
        poke(desk)
        reminder = desk.wait_for(ADMIN, "something is missing", mails)
        assert "this is a reminder" in reminder.get_content()
    desk.muster.set_clock(NOW + 30 * DAY)
    poke(desk)
    assert "it ran out of time" in desk.wait_for(ADMIN, "not done").get_content()
    assert desk.request()["state"] == "expired"


def test_a_contact_changes_its_phone(desk):
    add_jane(desk)
    desk.write(JANE, "TLD: ca\nRequest: change\nMobile phone: +1 613 555 0199\n")
    told = desk.wait_for(JANE, "done for .ca")
    assert "+1 613 555 0199" in told.get_content()
    assert contact(desk)["mobile"] == "+1 613 555 0199"
    assert desk.request()["rule"] == "own-entry"
    desk.wait_for(ADMIN, "done for .ca")  # the authority is told (R50)
    journal = desk.muster.json("journal", "show", "--contact", JANE)
    assert "request 1" in [row["details"] for row in journal]


def test_an_address_moves_by_the_old_one(desk):
    add_jane(desk)
    desk.write("jane@private.example", "TLD: ca\nRequest: change\n"
               f"Current e-mail: {JANE}\nE-mail: jane.doe2@nic-ca.example\n")
    asked = desk.wait_for(JANE, "did you ask for this")
    desk.wait_for(ADMIN, "do you allow this")  # the other way, side by side (R52)
    desk.answer(asked, "yes")
    desk.answer(desk.wait_for("jane.doe2@nic-ca.example", "is this your address"), "yes")
    desk.wait_for_state("done")
    assert contact(desk, "jane.doe2@nic-ca.example")["mobile"] == "+1 613 555 0100"
    assert "done" in desk.wait_for(JANE, "done")["Subject"]  # the old address hears of it


def test_an_address_moves_while_the_old_one_is_dead(desk):
    add_jane(desk)
    desk.write("jane@private.example", "TLD: ca\nRequest: change\n"
               f"Current e-mail: {JANE}\nE-mail: jane.doe2@nic-ca.example\n")
    desk.answer(desk.wait_for(ADMIN, "do you allow this"), "yes")
    mail_with_code = desk.wait_for("jane.doe2@nic-ca.example", "a code over your mobile phone")
    code = mail_with_code.get_content().split("Your code is ")[1][:6]
    assert "phone +1 613 555 0100" in desk.request()["waits_for"]  # that on file, not another one
    wrong = desk.muster.command("request", "code", 1, "000000" if code != "000000" else "000001")
    assert wrong.status == 65 and "the code is wrong" in wrong.errors
    desk.muster.cli("request", "code", 1, code)
    desk.answer(desk.wait_for("jane.doe2@nic-ca.example", "is this your address"), "yes")
    desk.wait_for_state("done")


def test_a_contact_leaves_and_gets_nothing_more(desk):
    add_jane(desk)
    desk.muster.cli("contact", "add", "ca", "--given", "John", "--family", "Roe", "--mobile",
                    "+1 613 555 0101", "--primary", "john.roe@nic-ca.example")
    desk.write(JANE, "TLD: ca\nRequest: remove\n")
    assert "no longer a contact of .ca" in desk.wait_for(JANE, "no longer")["Subject"]
    desk.wait_for_state("done")
    assert [row["primary"] for row in desk.muster.json("contact", "list", "--tld", "ca")] \
        == ["john.roe@nic-ca.example"]


def test_a_last_contact_that_leaves_is_shown_before(desk):
    add_jane(desk)
    desk.write(JANE, "TLD: ca\nRequest: remove\n")
    waiting = desk.wait_for_state("secretariat")
    assert "afterwards the TLD has no contact" in [row["about"] for row in waiting["needs"]]
    assert contact(desk)["primary"] == JANE
    desk.muster.cli("request", "approve", 1)
    assert desk.request()["state"] == "done"


def test_iana_changes_in_the_middle(desk):
    desk.write("jane@private.example", form())
    old = desk.wait_for(ADMIN, "do you allow this")
    desk.iana.add("ca", email="new.admin@nic-ca.example")
    desk.muster.cli("authority", "sync", "ca")
    poke(desk)
    parked = desk.wait_for_state("secretariat")
    assert "IANA changed" in parked["parked"]
    desk.answer(old, "yes")  # whoever it was before says nothing any more
    wait_until(lambda: "kept" in [row["state"] for row in desk.muster.json(
        "message", "list", "--route", "confirm")], "the answer to be looked at")
    assert desk.request()["state"] == "secretariat"
    desk.muster.cli("authority", "seen", "ca")
    poke(desk)
    desk.answer(desk.wait_for("new.admin@nic-ca.example", "do you allow this"), "yes")
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")


@pytest.mark.parametrize("address, word", [
    ("noc@nic-ca.example", "the address of a function"),
    ("jane.doe@@nic-ca.example", "e-mail"),
])
def test_an_address_that_cannot_be_is_refused_with_the_reason(desk, address, word):
    desk.write(ADMIN, form(email=address))
    assert word in desk.wait_for(ADMIN, "something is missing").get_content()


def test_an_override_needs_a_reason_and_stands_in_the_journal(desk):
    desk.write("jane@private.example", form())
    desk.wait_for(ADMIN, "do you allow this")
    assert desk.muster.command("request", "approve", 1).status == 65
    desk.muster.cli("request", "approve", 1, "--override", "spoke to the registry's director")
    assert desk.request()["state"] == "done"
    rows = desk.muster.json("journal", "show", "--tld", "ca")
    override, = [row for row in rows if row["action"] == "request.override"]
    assert override["actor"].startswith("cli:")


def test_what_would_become_of_a_request_is_explained_and_nothing_done(desk, tmp_path):
    file = tmp_path / "request.eml"
    file.write_bytes(mail(ADMIN, desk.muster.address("-request"), "join",
                          form().replace("\n", "\r\n")))
    shown = desk.muster.json("mail", "explain", file, "--to", desk.muster.address("-request"))
    assert (shown["verdict"], shown["rule"], shown["reason"]) == \
        ("accepted", "request", "opens a request")
    assert desk.muster.json("request", "list", "--all") == []
    assert desk.sink.copies() == []


def test_the_desk_and_the_daily_summary_show_what_waits(desk):
    add_jane(desk)
    poke(desk)  # the first look begins to count
    desk.write(JANE, "TLD: ca\nRequest: remove\n")
    desk.wait_for_state("secretariat")
    row, = [row for row in desk.muster.json("desk") if row["kind"] == "request"]
    assert row["number"] == "REQ-1" and row["next"] == "muster request approve 1"
    assert "afterwards the TLD has no contact" in row["what"]
    desk.muster.set_clock(NOW + DAY)
    poke(desk)
    secretariat = desk.wait_for(SECRETARIAT, "things wait")
    assert "muster request approve 1" in secretariat.get_content()
    desk.muster.cli("request", "refuse", 1, "--reason", "she stays")
    desk.muster.set_clock(NOW + 2 * DAY)
    poke(desk)
    desk.wait_for(JANE, "not done")
    assert len(desk.mails(SECRETARIAT, "things wait")) == 1  # only when something waits


def test_the_committee_hears_of_an_override(desk):
    desk.muster.cli("office", "grant", "chair@example.org", "chair", "--given", "Ann", "--family",
                    "Chair")
    poke(desk)
    desk.write("jane@private.example", form())
    desk.wait_for(ADMIN, "do you allow this")
    desk.muster.cli("request", "approve", 1, "--override", "spoke to the registry's director")
    desk.muster.set_clock(NOW + DAY)
    poke(desk)
    told = desk.wait_for("chair@example.org", "missing confirmation").get_content()
    assert "REQ-1, .ca" in told and "spoke to the registry's director" in told


def test_a_grey_address_is_put_to_the_committee(desk):
    for given in ("Ann", "Ben"):
        desk.muster.cli("office", "grant", f"{given.lower()}@example.org", "committee", "--given",
                        given, "--family", "Member")
    desk.write(ADMIN, form(email="bluebird@nic-ca.example"))
    ballot = desk.wait_for("ann@example.org", "[DEC-1]")
    assert "bluebird@nic-ca.example" in ballot.get_content()
    assert desk.request()["waits_for"].startswith("decision DEC-1 (Jane Doe, bluebird@")
    for given in ("ann", "ben"):
        desk.muster.cli("decision", "vote", 1, "yes", "--as", f"{given}@example.org")
    assert [(vote["name"], vote["vote"]) for vote in desk.request()["votes"]] == [
        ("Ann Member", "yes"), ("Ben Member", "yes")]
    poke(desk)
    desk.answer(desk.wait_for("bluebird@nic-ca.example", "is this your address"), "yes")
    desk.wait_for_state("done")


def test_a_request_by_command_needs_the_same_yes(desk, tmp_path):
    file = tmp_path / "form"
    file.write_text(form(), encoding="utf-8")
    desk.muster.cli("request", "open", file)
    desk.answer(desk.wait_for(ADMIN, "do you allow this"), "yes")
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")


def test_silence_is_consent_only_where_it_is_set_so(desk):
    desk.muster.stop()
    desk.muster.configure("policy", "objection-days", 10)
    desk.muster.serve()
    desk.write("jane@private.example", form(), cc=[ADMIN])
    question = desk.wait_for(ADMIN, "unless you object")
    assert "taken for your consent" in question.get_content()
    desk.muster.set_clock(NOW + 10 * DAY - 1)
    poke(desk)
    assert not desk.mails(JANE)
    desk.muster.set_clock(NOW + 10 * DAY)
    poke(desk)
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")


def test_an_objection_ends_it(desk):
    desk.muster.stop()
    desk.muster.configure("policy", "objection-days", 10)
    desk.muster.serve()
    desk.write("jane@private.example", form(), cc=[ADMIN])
    desk.answer(desk.wait_for(ADMIN, "unless you object"), "No")
    assert "the administrative contact of the TLD said no" in \
        desk.wait_for("jane@private.example", "not done").get_content()
    assert desk.request()["state"] == "refused"


def test_the_same_person_for_another_tld_gets_another_seat(desk):
    add_jane(desk)
    desk.write("admin@nic-de.example", form(tld="de"))
    asked = desk.wait_for(JANE, "did you ask for this")
    assert "to list you for .de as well" in asked.get_content()
    assert not desk.mails(JANE, "Welcome")
    desk.answer(asked, "yes")
    desk.wait_for(JANE, "Welcome")
    desk.wait_for_state("done")
    assert [seat["tld"] for seat in contact(desk)["seats"]] == ["ca", "de"]


def test_the_technical_contact_may_ask_only_where_that_was_approved(desk):
    desk.write(TECH, form())
    desk.wait_for(ADMIN, "do you allow this")
    assert desk.request()["asker"] == "technical"
    desk.muster.stop()
    desk.muster.configure("policy", "technical-contact-may-request", "yes")
    refused = desk.muster.command("config", "check")
    assert refused.status == 65 and "technical-contact-approval" in refused.errors
    desk.muster.configure("policy", "technical-contact-approval", "ccNSO Council, 2026-11-02")
    desk.muster.serve()
    desk.write(TECH, form(name="Joe Roe", email="joe.roe@nic-ca.example"))
    desk.answer(desk.wait_for("joe.roe@nic-ca.example", "is this your address"), "yes")
    desk.wait_for_state("done", 2)
    desk.wait_for(ADMIN, "[REQ-2]")  # the administrative contact gets its copy (R59)
    desk.write(ADMIN, form(name="Ann Poe", email="ann.poe@nic-ca.example"))
    desk.answer(desk.wait_for("ann.poe@nic-ca.example", "is this your address"), "yes")
    desk.wait_for(TECH, "[REQ-3]")  # and the technical one the other way round (R58)


def test_who_is_a_contact_already_and_who_is_one_too_many(desk):
    add_jane(desk)
    desk.write(ADMIN, form(kind="add"))
    assert "is a contact of .ca already" in desk.wait_for(ADMIN, "[REQ-1]").get_content()
    for number in (2, 3):
        desk.muster.cli("contact", "add", "ca", "--given", "Ann", "--family", f"Roe{number}",
                        "--mobile", f"+1 613 555 010{number}", "--primary",
                        f"ann.roe{number}@nic-ca.example")
    desk.write(ADMIN, form(kind="add", name="Joe Poe", email="joe.poe@nic-ca.example"))
    assert ".ca may have 3 contacts and has 3" in desk.wait_for(ADMIN, "[REQ-2]").get_content()


def test_a_new_contact_is_in_the_rosters_changes_and_one_who_left_gets_no_post(desk):
    add_jane(desk)
    desk.muster.cli("contact", "add", "ca", "--given", "Ann", "--family", "Roe", "--mobile",
                    "+1 613 555 0102", "--primary", "ann.roe@nic-ca.example")
    desk.muster.cli("roster", "send")
    desk.wait_for(JANE, "Roster")
    desk.write(JANE, "TLD: ca\nRequest: remove\n")
    desk.wait_for(JANE, "no longer")
    desk.write(ADMIN, form(kind="add", name="Joe Poe", email="joe.poe@nic-ca.example"))
    desk.answer(desk.wait_for("joe.poe@nic-ca.example", "is this your address"), "yes")
    desk.wait_for_state("done", 2)
    shown = desk.muster.cli("roster", "show")
    assert "+ .ca  Joe Poe" in shown and "- .ca  Jane Doe" in shown
    desk.write("ann.roe@nic-ca.example", "Look here", to=desk.list, subject="an alert")
    desk.wait_for("joe.poe@nic-ca.example", "an alert")
    assert not desk.mails(JANE, "an alert")


def test_a_tld_leaves_with_all_its_contacts(desk):
    add_jane(desk)
    desk.write(JANE, "TLD: ca\nRequest: leave\n")
    question = desk.wait_for(ADMIN, "do you allow this")
    assert "Jane Doe" in question.get_content()
    desk.answer(question, "yes")
    waiting = desk.wait_for_state("secretariat")
    assert "afterwards the TLD has no contact" in waiting["waits_for"]
    desk.muster.cli("request", "approve", 1)
    desk.wait_for(JANE, "no longer")
    desk.wait_for_state("done")
    assert desk.muster.json("contact", "list", "--tld", "ca") == []


def test_the_secretariat_removes_nobody_without_the_committee(desk):
    add_jane(desk)
    desk.muster.cli("contact", "add", "ca", "--given", "Ann", "--family", "Roe", "--mobile",
                    "+1 613 555 0102", "--primary", "ann.roe@nic-ca.example")
    for given in ("Ann", "Ben"):
        desk.muster.cli("office", "grant", f"{given.lower()}@example.org", "committee", "--given",
                        given, "--family", "Member")
    desk.muster.cli("request", "open", "-", stdin=b"TLD: ca\nRequest: remove\nName: Jane Doe\n")
    desk.wait_for("ben@example.org", "[DEC-1]")
    for given in ("ann", "ben"):
        desk.muster.cli("decision", "vote", 1, "no", "--as", f"{given}@example.org")
    poke(desk)
    assert desk.wait_for_state("refused")["reason"] == "the committee said no"
    assert contact(desk)["primary"] == JANE

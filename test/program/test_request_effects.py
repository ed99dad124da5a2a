"""Requests and a directory that goes on meanwhile: what was right when one came may not be when it
takes effect."""

from desk import ADMIN, DAY, JANE, NOW, Desk, add_jane, contact, form, poke

ANN = "ann.roe@nic-ca.example"
CHANGE = "TLD: .{tld}\nRequest: change\nCurrent e-mail: {who}\nMobile phone: {mobile}\n"
REMOVE = "TLD: .ca\nRequest: remove\nCurrent e-mail: {who}\n"


def add_ann(desk):
    desk.muster.cli("contact", "add", "ca", "--given", "Ann", "--family", "Roe", "--mobile",
                    "+1 613 555 0102", "--primary", ANN)


def test_the_last_contact_is_not_removed_by_two_requests_at_once(desk):
    add_jane(desk)
    add_ann(desk)
    for number, who in enumerate((JANE, ANN), 1):
        desk.write("joe@private.example", REMOVE.format(who=who))
        desk.wait_for(ADMIN, f"[REQ-{number}]")
    desk.answer(desk.wait_for(ADMIN, "[REQ-1]"), "yes")
    desk.wait_for_state("done")
    desk.answer(desk.wait_for(ADMIN, "[REQ-2] TLD-OPS: do you allow this"), "yes")
    waiting = desk.wait_for_state("secretariat", 2)
    assert "afterwards the TLD has no contact" in str(waiting["needs"])
    assert contact(desk, ANN)["seats"]
    desk.muster.cli("request", "approve", 2)
    desk.wait_for_state("done", 2)


def test_an_address_that_is_on_file_no_more_proves_itself_again(desk):
    add_jane(desk)
    desk.write("joe@private.example", form(tld="de"))
    asked = desk.wait_for("admin@nic-de.example", "do you allow this")
    desk.muster.cli("contact", "remove", JANE)
    desk.answer(asked, "yes")
    assert "no longer on file" in str(desk.wait_for_state("secretariat")["needs"])
    desk.muster.cli("request", "approve", 1, "--override", "she is to be asked anew")
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")


def test_a_contact_that_has_moved_on_is_not_changed_by_the_tld_before(desk):
    add_jane(desk)
    add_ann(desk)
    desk.write("joe@private.example", CHANGE.format(tld="ca", who=JANE, mobile="+1 613 555 0199"))
    asked = desk.wait_for(ADMIN, "do you allow this")
    desk.muster.cli("contact", "add", "de", "--primary", JANE)
    desk.muster.cli("contact", "remove", JANE, "--tld", "ca")
    desk.answer(asked, "yes")
    assert "is no longer one of .ca" in desk.wait_for_state("secretariat")["parked"]
    assert contact(desk)["mobile"] == "+1 613 555 0100"


def test_what_people_have_made_room_for_goes_on(desk):
    """A stranger is not told that the TLD is full: people see it, and look what to do."""
    add_jane(desk)
    for number in (2, 3):
        desk.muster.cli("contact", "add", "ca", "--given", "Ann", "--family", f"Roe{number}",
                        "--mobile", f"+1 613 555 010{number}", "--primary",
                        f"ann.roe{number}@nic-ca.example")
    desk.write("joe@private.example", form(name="Joe Poe", email="joe.poe@nic-ca.example"))
    assert "may have 3 contacts and has 3" in desk.wait_for_state("secretariat")["parked"]
    desk.muster.cli("request", "approve", 1)
    assert "may have 3 contacts and has 3" in desk.request()["parked"]
    desk.muster.cli("contact", "remove", "ann.roe3@nic-ca.example")
    desk.muster.cli("request", "approve", 1)
    desk.answer(desk.wait_for(ADMIN, "do you allow this"), "yes")
    desk.answer(desk.wait_for("joe.poe@nic-ca.example", "is this your address"), "yes")
    desk.wait_for_state("done")
    assert len(desk.mails("joe@private.example", "has arrived")) == 1


def test_one_authority_alone_changes_nobody_who_speaks_for_others(desk):
    add_jane(desk)
    desk.muster.cli("contact", "add", "de", "--primary", JANE)
    desk.write(ADMIN, CHANGE.format(tld="ca", who=JANE, mobile="+1 613 555 0199"))
    asked = desk.wait_for(JANE, "did you ask for this")
    assert "unless" not in asked.get_content()
    assert desk.request()["rule"] == "administrative"
    desk.answer(asked, "no")
    desk.wait_for_state("refused")
    assert contact(desk)["mobile"] == "+1 613 555 0100"
    desk.write(JANE, CHANGE.format(tld="ca", who=JANE, mobile="+1 613 555 0188"))
    desk.wait_for_state("done", 2)  # who asks about the own entry has said yes


def test_who_has_said_yes_is_not_asked_again(desk):
    add_jane(desk)
    desk.muster.cli("contact", "add", "de", "--primary", JANE)
    desk.write("joe@private.example", CHANGE.format(tld="ca", who=JANE, mobile="+1 613 555 0199"))
    desk.answer(desk.wait_for(JANE, "did you ask for this"), "yes")
    desk.wait_for_state("done")
    assert len(desk.mails(JANE, "did you ask for this")) == 1


def test_no_silence_consents_to_what_was_never_delivered(muster, start_sink, iana):
    sink = start_sink("--fault", f"RCPT/{ADMIN}=550 5.1.1 No such user")
    muster.configure("smtp", "relay", f"127.0.0.1:{sink.port}")
    muster.set_clock(NOW)
    muster.configure("policy", "objection-days", 10)
    iana.add("ca", "de")
    muster.cli("authority", "sync", "ca", "de")
    muster.serve()
    desk = Desk(muster, sink, iana)
    desk.write("jane@private.example", form(), cc=[ADMIN])
    desk.wait_for_state("authority")
    muster.set_clock(NOW + 10 * DAY)
    poke(desk)
    assert "could not be delivered" in desk.wait_for_state("secretariat")["parked"]
    assert not desk.mails(JANE)

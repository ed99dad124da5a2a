"""Requests that strangers send in numbers: what they cannot make us do."""

from desk import ADMIN, JANE, add_jane, form
from harness import wait_until

STRANGER = "mallory@private.example"


def idle(desk):
    """Waits until every mail was worked on."""
    wait_until(lambda: desk.muster.store.rows("SELECT count(*) FROM inbox WHERE state IN"
                                              " ('waiting', 'claimed')")[0][0] in (0, "0"),
               desk.seen)


def requests(desk):
    return desk.muster.json("request", "list", "--all")


def test_a_mail_that_nothing_proves_opens_few_requests(desk):
    desk.iana.add("fr", "nl", "se")
    desk.write(STRANGER, form(tld="ca, .de, .fr, .nl, .se"), proof=None)
    desk.wait_for(STRANGER, "could not be opened")
    assert len(requests(desk)) == 3
    assert len(desk.mails(STRANGER)) == 4  # one for each, and one for the rest
    desk.write("Mallory@Private.example", form(tld="nl"), proof=None)  # one address, not another
    idle(desk)
    assert len(requests(desk)) == 3


def test_what_is_proven_opens_as_many_as_an_operator_needs(desk):
    desk.write(STRANGER, form(tld="ca, .de, .fr, .nl, .se"))
    wait_until(lambda: len(requests(desk)) == 5, desk.seen)


def test_strangers_keep_nobody_out_who_speaks_for_the_tld(desk):
    add_jane(desk)
    for n in range(6):
        desk.write(f"m{n}@private.example", form(email=f"m{n}@private.example", name=f"M{n} Roe"),
                   proof=None)
    desk.wait_for("m5@private.example", "could not be opened")
    assert len(requests(desk)) == 5
    desk.write(JANE, "TLD: .ca\nRequest: change\nMobile phone: +1 613 555 0199\n", proof=None)
    desk.wait_for(JANE, "could not be opened")
    desk.write(JANE, "TLD: .ca\nRequest: change\nMobile phone: +1 613 555 0199\n")
    desk.wait_for_state("done", 6)
    desk.write(ADMIN, "TLD: .ca\nRequest: remove\nCurrent e-mail: " + JANE + "\n")
    wait_until(lambda: len(requests(desk)) == 7, desk.seen)


def test_mails_about_one_request_have_a_bound(desk):
    desk.write(STRANGER, form(name=""), proof=None)
    asked = desk.wait_for(STRANGER, "something is missing")
    for n in range(12):
        desk.answer(asked, form(name="", mobile=f"+1 613 555 01{n:02}"), proof=None)
    idle(desk)
    assert len(desk.mails(STRANGER, "something is missing")) == 11  # the first, and ten more


def test_letters_to_senders_of_whom_nothing_is_known_have_a_bound(desk):
    """Each of them is somebody else, whose address was forged."""
    tlds = [row["tld"] for row in desk.muster.json("tld", "list")]
    for n in range(50):
        desk.write(f"victim{n}@private.example",
                   form(tld=", ".join(tlds[3 * n:3 * n + 3]), name=""), proof=None)
    idle(desk)
    wait_until(lambda: desk.muster.store.rows("SELECT count(*) FROM delivery WHERE state <> 'sent'")
               [0][0] in (0, "0"), desk.seen)
    assert len(requests(desk)) == 150
    letters = [copy for copy in desk.sink.copies() if "@private.example" in copy.recipient]
    assert len(letters) == 100
    desk.write(ADMIN, form(email="ada.roe@nic-ca.example", name="Ada Roe"))
    desk.wait_for(ADMIN, "your request")  # whose mail is proven waits for nobody


def test_a_flood_of_requests_has_its_bound(desk):
    for number in range(25):
        desk.write("eve@evil.example", form(tld=("ca", "de", "fr", "uk", "nl", "br")[number % 6],
                                            email=f"jane.doe{number}@nic-ca.example"))
    wait_until(lambda: not [row for row in desk.muster.json("message", "list", "--limit", "100")
                            if row["state"] in ("waiting", "claimed")], "all to be read")
    assert len(desk.muster.json("request", "list")) == 20
    assert len(desk.mails("eve@evil.example", "could not be opened")) == 1

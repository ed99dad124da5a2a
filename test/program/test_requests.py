"""Requests by mail: the life of a TLD, and those who would like to have a part in it that is not
theirs."""

import base64
import datetime
import http.server
import re
import threading
import unicodedata
import urllib.parse

import pytest

from desk import Desk, form
from harness import TOP, mail, wait_until
from iana import Iana
from test_authority import point_to

ADMIN = "admin@nic-ca.example"
TECH = "tech@nic-ca.example"
JANE = "jane.doe@nic-ca.example"
FATIMA = "fatima.alhusseini@nic-ca.example"
SECRETARIAT = "secretariat@example.org"
DAY = 86400
ARABIC_FORM = f"""النطاق: .ca
الطلب: انضمام
جهة الاتصال ١
الاسم: Fatima Alhusseini
الهاتف المحمول: +٢٠ ١٠ ٠١٢٣ ٤٥٦٧
البريد الإلكتروني: {FATIMA}
"""
KINDS = {"join", "add", "change", "remove", "leave"}
MAIL = TOP / "share" / "mail"
REQUEST_MAILS = sorted(path.name for path in (MAIL / "ar").glob("*.mustache")
                       if path.name.startswith(("request-", "welcome", "farewell")))
NOW = int(datetime.datetime(2026, 11, 20, 10, tzinfo=datetime.timezone.utc).timestamp())


@pytest.fixture
def iana(muster):
    servers = Iana()
    point_to(muster, servers)
    yield servers
    servers.close()


@pytest.fixture
def desk(muster, sink, iana):
    muster.set_clock(NOW)
    iana.add("ca", "de")
    muster.cli("authority", "sync", "ca", "de")
    muster.serve()
    return Desk(muster, sink, iana)


def add_jane(desk, **options):
    fields = {"--given": "Jane", "--family": "Doe", "--mobile": "+1 613 555 0100",
              "--primary": JANE} | options
    desk.muster.cli("contact", "add", "ca", *[word for pair in fields.items() for word in pair])


def contact(desk, who=JANE):
    return desk.muster.json("contact", "show", who)


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


def poke(desk):
    """A mail that nobody minds, so that the worker looks at its clock."""
    to = desk.muster.address("-bounces")
    desk.muster.deliver("x@mail.example", [to], mail("x@mail.example", to))


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


def test_a_contact_leaves_and_gets_nothing_more(desk):
    add_jane(desk)
    desk.muster.cli("contact", "add", "ca", "--given", "John", "--family", "Roe", "--mobile",
                    "+1 613 555 0101", "--primary", "john.roe@nic-ca.example")
    desk.write(JANE, "TLD: ca\nRequest: remove\n")
    assert "no longer a contact of .ca" in desk.wait_for(JANE, "no longer")["Subject"]
    desk.wait_for_state("done")
    assert [row["primary"] for row in desk.muster.json("contact", "list", "--tld", "ca")] \
        == ["john.roe@nic-ca.example"]


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


def test_a_last_contact_that_leaves_is_shown_before(desk):
    add_jane(desk)
    desk.write(JANE, "TLD: ca\nRequest: remove\n")
    waiting = desk.wait_for_state("secretariat")
    assert "afterwards the TLD has no contact" in [row["why"] for row in waiting["needs"]]
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


@pytest.mark.parametrize("address, word", [
    ("noc@nic-ca.example", "the address of a function"),
    ("jane.doe@@nic-ca.example", "e-mail"),
])
def test_an_address_that_cannot_be_is_refused_with_the_reason(desk, address, word):
    desk.write(ADMIN, form(email=address))
    assert word in desk.wait_for(ADMIN, "something is missing").get_content()


def test_a_look_alike_is_shown_side_by_side(desk):
    add_jane(desk)
    desk.write(ADMIN, form(kind="add", name="Jane Doe", email="jаne.doe@nic-ca.example",
                           mobile="+1 613 555 0102"))
    waiting = desk.wait_for_state("secretariat")
    why = [row["why"] for row in waiting["needs"] if row["need"] == "secretariat"][0]
    assert f"looks like {JANE}: U+0430" in why


def test_a_name_in_another_script_is_looked_at_by_people(desk):
    desk.write(ADMIN, form(name="فاطمة الحسيني", email=FATIMA))
    waiting = desk.wait_for_state("secretariat")
    assert "a script that cannot be compared" in str(waiting["needs"])
    desk.muster.cli("request", "approve", 1)
    desk.answer(desk.wait_for(FATIMA, "is this your address"), "yes")
    desk.wait_for_state("done")
    assert contact(desk, FATIMA)["given_name"] == "فاطمة"


def test_a_mail_that_is_no_request_goes_to_people(desk):
    desk.write("jane@private.example", "How do we join?\n")
    told = desk.wait_for("jane@private.example", "has gone to the secretariat")
    assert "TLD:\nRequest:" in told.get_content().replace("\r\n", "\n")
    copies = []

    def handed_on():
        copies[:] = [m for m in desk.sink.messages() if m["Subject"] == "a request"]
        return copies

    wait_until(handed_on, "the mail to be handed on")
    assert "How do we join?" in copies[0].get_content()
    desk.write("jane@private.example", "And when?\n")
    wait_until(lambda: len([m for m in desk.sink.messages() if m["Subject"] == "a request"]) == 2,
               "the second to be handed on")
    assert len(desk.mails("jane@private.example")) == 1  # one short answer a day


def test_a_flood_of_requests_has_its_bound(desk):
    for number in range(25):
        desk.write("eve@evil.example", form(tld=("ca", "de", "fr", "uk", "nl", "br")[number % 6],
                                            email=f"jane.doe{number}@nic-ca.example"))
    wait_until(lambda: not [row for row in desk.muster.json("message", "list", "--limit", "100")
                            if row["state"] in ("waiting", "claimed")], "all to be read")
    assert len(desk.muster.json("request", "list")) == 20
    assert len(desk.mails("eve@evil.example", "could not be opened")) == 1


def test_a_name_injects_nothing(desk):
    desk.write("jane@private.example", form(name="Jane {{owner}} {{#contacts}} Doe"))
    question = desk.wait_for(ADMIN, "do you allow this")
    assert "Jane {{owner}} {{#contacts}} Doe" in question.get_content()


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
    assert desk.request()["waits_for"] == "decision DEC-1"
    for given in ("ann", "ben"):
        desk.muster.cli("decision", "vote", 1, "yes", "--as", f"{given}@example.org")
    poke(desk)
    desk.answer(desk.wait_for("bluebird@nic-ca.example", "is this your address"), "yes")
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


@pytest.fixture
def gateway(muster):
    """An SMS gateway of the test's own; what it was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    muster.configure("sms", "url",
                     f"http://127.0.0.1:{server.server_address[1]}/?to={{to}}&text={{text}}")
    yield asked
    server.shutdown()
    server.server_close()


def test_a_code_comes_by_text_message_and_back_by_mail(gateway, desk):
    desk.write(ADMIN, form(secondary="jane@mail.example"))
    for address in (JANE, "jane@mail.example"):
        desk.answer(desk.wait_for(address, "is this your address"), "yes")
    question = desk.wait_for("jane@mail.example", "a code over your mobile phone")
    wait_until(lambda: gateway, "the text message")
    assert gateway[0]["to"] == ["+16135550100"]
    code = re.search(r"code (\d{6})", gateway[0]["text"][0]).group(1)
    assert code not in question.get_content()
    desk.answer(question, code)
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


def test_a_look_alike_of_the_authority_in_copy_counts_for_nothing(desk):
    desk.muster.stop()
    desk.muster.configure("policy", "objection-days", 10)
    desk.muster.serve()
    desk.write("jane@private.example", form(), cc=["admin@nic-cа.example"])  # a Cyrillic a
    desk.wait_for(ADMIN, "do you allow this")
    assert desk.request()["rule"] == "authority-confirms"


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


def wrapped(kind, text):
    """The same text as mail programs send it: the head's fields and the body."""
    if kind == "html":
        rows = "".join(f"<tr><td>{line}</td></tr>" for line in text.splitlines())
        return {"MIME_Version": "1.0", "Content_Type": "text/html; charset=utf-8"}, \
            f"<html><body><p>Hello,</p><table>{rows}</table></body></html>"
    if kind == "base64":
        coded = base64.b64encode(text.encode()).decode()
        return {"MIME_Version": "1.0", "Content_Type": "text/plain; charset=utf-8",
                "Content_Transfer_Encoding": "base64"}, coded
    if kind == "forwarded":
        return {"MIME_Version": "1.0", "Content_Type": "multipart/mixed; boundary=b"}, \
            "--b\nContent-Type: text/plain\n\nsee below\n--b\nContent-Type: message/rfc822\n\n" \
            f"From: x@mail.example\nSubject: join\n\n{text}\n--b--\n"
    if kind == "quoted":
        return {}, "".join(f"> {line}\n" for line in text.splitlines())
    return {}, f"Regards\n-- \nJane\n\n{text}"


@pytest.mark.parametrize("kind", ["html", "base64", "forwarded", "quoted", "below a signature"])
def test_a_form_is_read_from_any_reasonable_mail(desk, kind):
    headers, body = wrapped(kind, form())
    desk.write(ADMIN, body, **headers)
    if kind == "forwarded":  # somebody else's words: who passes them on has not yet said yes
        desk.answer(desk.wait_for(ADMIN, "do you allow this"), "yes")
    desk.answer(desk.wait_for(JANE, "is this your address"), "yes")
    desk.wait_for_state("done")
    assert contact(desk)["mobile"] == "+1 613 555 0100"


def test_the_answer_to_our_own_letter_is_its_readers_word(desk):
    desk.write(ADMIN, "How do we join?\n")
    desk.answer(desk.wait_for(ADMIN, "has gone to the secretariat"), form())
    desk.wait_for(JANE, "is this your address")
    assert desk.request()["rule"] == "administrative"


def test_a_letter_that_went_to_somebody_else_makes_no_word_ones_own(desk):
    """Whose mail bears the Message-ID of a letter he got, has it answered by the one he wants."""
    desk.write("mallory@private.example", "How do we join?\n")
    letter = desk.wait_for("mallory@private.example", "has gone to the secretariat")
    desk.write(ADMIN, form(), In_Reply_To=letter["Message-ID"])
    desk.wait_for(ADMIN, "do you allow this")
    assert desk.request()["rule"] == "administrative-unproven"


def test_one_mail_asks_for_several_tlds(desk):
    desk.write("jane@private.example", form(tld="ca, .de") + "\nTLD: .com\nRequest: join\n"
               "Name: Jane Doe\n")
    desk.wait_for(ADMIN, "[REQ-1]")
    desk.wait_for("admin@nic-de.example", "[REQ-2]")
    unclear = desk.wait_for("jane@private.example", "could not be opened").get_content()
    assert "com" in unclear


def test_the_technical_contact_may_ask_only_where_that_was_approved(desk):
    desk.write(TECH, form())
    desk.wait_for(ADMIN, "do you allow this")
    assert desk.request()["asker"] == "technical"
    desk.muster.stop()
    desk.muster.configure("policy", "technical-contact-may-request", "yes")
    refused = desk.muster.command("config", "check")
    assert refused.status == 78 or "technical-contact-approval" in refused.errors
    desk.muster.configure("policy", "technical-contact-approval", "ccNSO Council, 2026-11-02")
    desk.muster.serve()
    desk.write(TECH, form(name="Joe Roe", email="joe.roe@nic-ca.example"))
    desk.answer(desk.wait_for("joe.roe@nic-ca.example", "is this your address"), "yes")
    desk.wait_for_state("done", 2)
    desk.wait_for(ADMIN, "[REQ-2]")  # the administrative contact gets its copy (R59)


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


def test_a_broken_template_parks_what_needs_it_and_names_the_line(desk):
    texts = desk.muster.directory / "texts" / "en"
    texts.mkdir(parents=True)
    (texts / "request-authority.mustache").write_text("Subject: x\n\n{{#open}}\n{{secret}}\n")
    desk.muster.stop()
    desk.muster.configure("mail", "templates", desk.muster.directory / "texts")
    desk.muster.serve()
    desk.write("jane@private.example", form())
    parked = desk.wait_for_state("secretariat")
    assert "request-authority.mustache:" in parked["parked"]
    assert not desk.mails(ADMIN)
    (texts / "request-authority.mustache").write_text("Subject: [REQ-{{number}}] our words\n\nok\n")
    desk.muster.cli("request", "approve", 1)
    desk.wait_for(ADMIN, "our words")
def check_direction(message):
    """A line of Arabic holds what is written from left to right in isolates only (UAX 9)."""
    lines = [message["Subject"], *message.get_content().splitlines()]
    arabic = 0
    for line in lines:
        assert len(re.findall("[\u2066\u2068]", line)) == line.count("\u2069"), line
        outside = re.sub("[\u2066\u2068][^\u2069]*\u2069", "", line)
        classes = {unicodedata.bidirectional(char) for char in outside}
        assert not ("AL" in classes and classes & {"L", "EN"}), line
        arabic += "AL" in classes
    assert arabic > 5


def test_a_form_in_arabic_is_answered_in_arabic(desk):
    desk.write("fatima@private.example", ARABIC_FORM)
    question = desk.wait_for(ADMIN, "هل تسمحون بهذا")
    assert "[REQ-1]" in question["Subject"] and question.get_content_charset() == "utf-8"
    text = question.get_content()
    assert "الطلب: انضمام\n" in text.replace("\r\n", "\n") and "«نعم»" in text
    assert "Fatima Alhusseini" in text and FATIMA in text
    assert "+٢٠ ١٠ ٠١٢٣ ٤٥٦٧" in text
    desk.answer(question, "نعم")
    asked = desk.wait_for(FATIMA, "هل هذا عنوانكم")
    desk.answer(asked, "نعم")
    welcome = desk.wait_for(FATIMA, "أهلًا بكم")
    assert "قواعد المشاركة" in welcome.get_content() and "السرية" in welcome.get_content()
    received = desk.wait_for("fatima@private.example", "وصل طلبكم")
    for message in (question, asked, welcome, received, desk.wait_for(ADMIN, "نُفّذ الطلب")):
        check_direction(message)
    assert desk.wait_for_state("done")["rule"] == "authority-confirms"
    shown = contact(desk, FATIMA)
    assert (shown["family_name"], shown["mobile"]) == ("Alhusseini", "+201001234567")


def tags(language, name):
    """The names in a template, but for the request's kind: a word, or a section for each."""
    text = (MAIL / language / name).read_text()
    names = set(re.findall(r"{{[#^/]?([\w.]+)}}", text))
    return names - {f"is_{kind}" for kind in KINDS} - {"kind"}


@pytest.mark.parametrize("name", REQUEST_MAILS)
def test_arabic_says_what_english_says(name):
    assert tags("ar", name) == tags("en", name)
    lines = (MAIL / "ar" / name).read_text().splitlines()
    assert [line for line in lines if line.startswith("Subject: ")] == lines[:1]
    assert "[REQ-{{number}}]" in lines[0]


def test_every_mail_of_a_request_is_there_in_arabic():
    english = {path.name for path in (MAIL / "en").glob("request-*.mustache")}
    of_no_request = {"request-not-understood.mustache", "request-unclear.mustache"}
    assert set(REQUEST_MAILS) == english - of_no_request | {"welcome.mustache",
                                                           "farewell.mustache"}


def test_a_code_that_no_message_is_left_for_waits_an_hour(gateway, desk):
    desk.muster.stop()
    desk.muster.configure("sms", "per-hour", 1)
    desk.muster.serve()
    desk.write(ADMIN, form(secondary="jane@mail.example"))
    desk.write("admin@nic-de.example", form(tld="de", name="Joe Roe", email="joe.roe@nic-de.example",
                                            mobile="+1 613 555 0102", secondary="joe@mail.example"))
    for address in (JANE, "jane@mail.example", "joe.roe@nic-de.example", "joe@mail.example"):
        desk.answer(desk.wait_for(address, "is this your address"), "yes")
    wait_until(lambda: len(gateway) == 1, "the first text message")
    wait_until(lambda: "last hour" in str(desk.request(1)["needs"]) + str(desk.request(2)["needs"]),
               lambda: str(desk.request(2)))
    assert not desk.request(1)["parked"] and not desk.request(2)["parked"]
    desk.muster.set_clock(NOW + 3600)
    poke(desk)
    wait_until(lambda: len(gateway) == 2, "the second text message")

"""The mails of requests: what is read of people's, in whatever form, and what is written to them."""

import base64
import re
import unicodedata

import pytest

from desk import ADMIN, JANE, contact, form
from harness import TOP, wait_until

FATIMA = "fatima.alhusseini@nic-ca.example"
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


def wrapped(kind, text):
    """The same text as mail programs send it: the head's fields and the body."""
    if kind == "html":
        rows = "".join(f"<tr><td>{line}</td></tr>" for line in text.splitlines())
        return {"MIME_Version": "1.0", "Content_Type": "text/html; charset=utf-8"}, \
            f"<html><body><p>Hello,</p><table>{rows}</table></body></html>"
    if kind == "two columns":
        rows = "".join("<tr><td>{}:</td>\n<td>{}</td></tr>".format(*line.split(":", 1))
                       if ":" in line else f"<tr><td colspan=2>{line}</td></tr>"
                       for line in text.splitlines())
        return {"MIME_Version": "1.0", "Content_Type": "text/html; charset=utf-8"}, \
            f"<html><body><table>{rows}</table></body></html>"
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


@pytest.mark.parametrize("kind", ["html", "two columns", "base64", "forwarded", "quoted",
                                  "below a signature"])
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


def test_one_mail_asks_for_several_tlds(desk):
    desk.write("jane@private.example", form(tld="ca, .de") + "\nTLD: .com\nRequest: join\n"
               "Name: Jane Doe\n")
    desk.wait_for(ADMIN, "[REQ-1]")
    desk.wait_for("admin@nic-de.example", "[REQ-2]")
    unclear = desk.wait_for("jane@private.example", "could not be opened").get_content()
    assert "com" in unclear


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


def test_a_name_in_another_script_is_looked_at_by_people(desk):
    desk.write(ADMIN, form(name="فاطمة الحسيني", email=FATIMA))
    waiting = desk.wait_for_state("secretariat")
    assert "a script that cannot be compared" in str(waiting["needs"])
    desk.muster.cli("request", "approve", 1)
    desk.answer(desk.wait_for(FATIMA, "is this your address"), "yes")
    desk.wait_for_state("done")
    assert contact(desk, FATIMA)["given_name"] == "فاطمة"


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

"""The directory from the command line: TLDs, contacts and offices."""

import json
import subprocess

import pytest

from harness import BINARY

JANE = ["--given", "Jane", "--family", "Doe", "--mobile", "+1 613 555 0100 ext 7",
        "--primary", "jane@nic-ca.example", "--secondary", "jane@mail.example"]


def add(muster, tld, given, *options):
    return muster.json("contact", "add", tld, "--given", given, "--family", "Roe", "--mobile",
                       "+1 613 555 0101", "--primary", f"{given.lower()}@nic-{tld}.example",
                       *options)


def test_contact_is_shown_as_it_was_typed(muster):
    muster.cli("contact", "add", ".CA", *JANE)
    jane = muster.json("contact", "show", "jane@mail.example")
    assert jane["name"] == "Jane Doe"
    assert jane["mobile"] == "+1 613 555 0100 ext 7"
    assert jane["mobile_e164"] == "+16135550100"
    assert jane["secondary_gets_mail"] is False
    assert [(seat["tld"], seat["rank"]) for seat in jane["seats"]] == [("ca", 1)]


@pytest.mark.parametrize("words", [["doe"], ["jane", "ca"], ["+1", "613", "555", "0100"],
                                   ["0100"], ["JANE@nic-ca.example"], [".ca"]])
def test_contact_is_found_by_whatever_is_known(muster, words):
    muster.cli("contact", "add", "ca", *JANE)
    add(muster, "fr", "Ann")
    assert [row["name"] for row in muster.json("contact", "find", *words)] == ["Jane Doe"]


@pytest.mark.parametrize("tld, reason", [
    ("com", "generic TLDs are not eligible"), (".an", "retired"), ("москва", "geographic"),
    ("xx", "not delegated"), ("nic.ca", "one label")])
def test_what_is_no_cctld_is_refused_with_the_reason(muster, tld, reason):
    result = muster.command("contact", "add", tld, *JANE)
    assert result.status == 65
    assert reason in result.errors


def test_limit_is_three_unless_more_were_approved(muster):
    for given in ["Ann", "Bob", "Cid"]:
        add(muster, "ca", given)
    full = muster.command("contact", "add", "ca", *JANE)
    assert full.status == 69 and "may have 3" in full.errors
    assert muster.command("tld", "set", "ca", "--contacts", "4").status == 65

    record = muster.json("tld", "set", "ca", "--contacts", "4", "--approved-by", "the council")
    assert (record["contact_limit"], record["contact_limit_by"]) == (4, "the council")
    muster.cli("contact", "add", "ca", *JANE, "--rank", "1")
    ranks = muster.json("contact", "list", "--tld", "ca")
    assert [row["given_name"] for row in ranks] == ["Jane", "Ann", "Bob", "Cid"]


def test_secondary_address_must_be_outside_of_the_tld(muster):
    result = muster.command("contact", "add", "ca", *JANE[:-1], "jane@mail.ca")
    assert result.status == 65
    assert "inside .ca" in result.errors


def test_one_person_speaks_for_several_tlds(muster):
    jane = muster.json("contact", "add", "eg", *JANE)
    again = muster.json("contact", "add", "مصر", "--primary", "jane@nic-ca.example")
    assert again["id"] == jane["id"]
    assert again["speaks_for"] == ["eg/1", "مصر/1"]
    assert muster.command("contact", "remove", "jane@nic-ca.example").status == 65
    removed = muster.json("contact", "remove", "jane@nic-ca.example", "--tld", "eg")
    assert removed["notices"] == [".eg has no contact left"]
    gone = muster.json("contact", "remove", "jane@nic-ca.example")
    assert any("no longer on file" in notice for notice in gone["notices"])
    assert muster.command("contact", "show", "jane@nic-ca.example").status == 67
    rows = muster.json("journal", "show")
    assert [row["action"] for row in rows] == [
        "contact.add", "contact.add", "contact.remove", "contact.remove", "person.delete"]
    assert "intact: 5 rows" in muster.cli("journal", "verify")


def test_stats_state_what_each_share_is_of(muster):
    add(muster, "ca", "Ann")
    add(muster, "рф", "Bob")
    stats = muster.json("tld", "stats")
    assert stats["tlds"]["all"]["all"] | {"percent": 0} == {"members": 2, "of": 309, "percent": 0}
    assert stats["tlds"]["all"]["ascii"]["of"] == 248
    assert stats["tlds"]["EU"]["idn"]["members"] == 1
    assert len(stats["missing"]) == 307 and "ca" not in stats["missing"]
    assert stats["one_contact"] == ["ca", "xn--p1ai"]
    assert "1 of 248 (0.4 %)" in muster.cli("tld", "stats")
    missing = muster.json("tld", "list", "--missing", "--region", "na")
    assert [row["tld"] for row in missing] == ["as", "gu", "mp", "pr", "us", "vi"]


def test_office_holder_needs_no_seat(muster):
    kim = muster.json("office", "grant", "kim@office.example", "secretary", "--given", "Kim")
    assert kim["offices"] == ["secretary"]
    assert muster.command("office", "grant", "kim@office.example", "secretary").status == 73
    assert muster.json("office", "list")[0]["name"] == "Kim"
    muster.cli("office", "end", "kim@office.example", "secretary")
    assert muster.json("office", "list") == []


def test_terminal_gets_no_control_characters(muster):
    muster.cli("contact", "add", "ca", "--given", "Ja\x1b[31mne", "--family", "\u202eDoe",
               "--mobile", "+1 613 555 0100", "--primary", "jane@nic-ca.example")
    shown = muster.cli("contact", "list") + json.dumps(muster.json("contact", "list"))
    assert "\x1b" not in shown and "\u202e" not in shown
    assert "Ja[31mne Doe" in shown


def test_options_that_mean_nothing_there_are_refused(muster):
    muster.cli("contact", "add", "ca", *JANE[:-2])
    for words in [["office", "grant", "ca/1", "chair", "--mobile", "+1 613 555 0102"],
                  ["office", "grant", "ca/1", "chair", "--family", "Roe"],
                  ["contact", "change", "ca/1", "--secondary-gets-mail"],
                  ["contact", "change", "ca/1", "--secondary", "jane@mail.example",
                   "--secondary-gets-mail", "--secondary-gets-no-mail"],
                  ["tld", "set", "ca", "--approved-by", "the council"]]:
        assert muster.command(*words).status == 65, words
    assert len(muster.json("journal", "show")) == 1


def test_journal_is_shown_by_whatever_names_a_contact(muster):
    muster.cli("contact", "add", "ca", *JANE)
    add(muster, "fr", "Ann")
    for who in ["jane@nic-ca.example", "ca/1", "doe", "1"]:
        assert [row["tld"] for row in muster.json("journal", "show", "--contact", who)] == ["ca"]
    muster.cli("contact", "remove", "ca/1")
    assert len(muster.json("journal", "show", "--contact", "1")) == 3
    assert muster.command("journal", "show", "--contact", "jane@nic-ca.example").status == 67


def test_full_disk_under_the_output_is_told_apart(muster):
    """Who runs the command again must know that it took effect."""
    with open("/dev/full", "wb") as full:
        for words in [["contact", "add", "ca", *JANE], ["help"], ["--version"]]:
            done = subprocess.run([BINARY, "-c", muster.config, *words], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
            assert done.returncode == 74
            assert b"took effect, but its output could not be written" in done.stderr
    assert muster.json("contact", "show", "ca/1")["name"] == "Jane Doe"


def test_upgrade_brings_the_tlds_of_the_program(muster):
    muster.cli("tld", "set", "fr", "--region", "AF")
    muster.store.run("DELETE FROM tld WHERE a_label = 'ca'")
    muster.store.run("UPDATE tld SET name = 'Gaul' WHERE a_label = 'fr'")
    assert muster.command("tld", "show", "ca").status == 65
    muster.cli("store", "upgrade")
    assert muster.json("tld", "show", "ca")["name"] == "Canada"
    france = muster.json("tld", "show", "fr")
    assert (france["name"], france["region"]) == ("France", "AF")


def test_damaged_address_can_be_seen_and_mended(muster):
    muster.cli("contact", "add", "ca", *JANE)
    add(muster, "fr", "Ann")
    muster.store.run("UPDATE address SET address = 'no address' WHERE kind = 'secondary'")
    assert [row["secondary"] for row in muster.json("contact", "list")] == [None, "no address"]
    assert "no address" in muster.cli("tld", "show", "ca")
    muster.cli("contact", "change", "ca/1", "--secondary", "jane@mail.example")
    assert muster.json("contact", "show", "ca/1")["secondary"] == "jane@mail.example"

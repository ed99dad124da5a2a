"""A community of 380 comes in from what Mailman 2 and 3 print, and from a spreadsheet."""

import io
import re
import sys

import pytest

from harness import TOP, Muster

sys.path.append(str(TOP / "tools"))

import community

pytestmark = pytest.mark.community

CONTACTS = 380


@pytest.fixture
def rows():
    return community.community(contacts=CONTACTS)


@pytest.fixture
def import_as(tmp_path, rows):
    """A function that makes a new community from one of the formats."""
    def make(kind):
        muster = Muster(tmp_path / kind, relay_port=1)
        text = io.StringIO()
        community.WRITERS[kind](rows, text)
        table = tmp_path / f"{kind}.txt"
        table.write_text(text.getvalue(), encoding="utf-8")
        muster.cli("import", kind, table)
        return muster
    return make


def contacts(muster):
    """{(TLD, rank): (address, mobile, name)} of all."""
    found = {}
    for row in muster.json("contact", "list"):
        for seat in row["seats"]:
            found[seat["tld"], seat["rank"]] = (row["primary"], row["mobile"], row["name"])
    return found


def test_both_mailmans_give_the_same_community(import_as):
    old, new = contacts(import_as("mailman2")), contacts(import_as("mailman3"))
    assert len(new) == CONTACTS
    assert old.keys() == new.keys()
    for key, (address, mobile, name) in new.items():
        assert old[key][:2] == (address, mobile)
        lost = "".join(letter if letter.isascii() else "?" for letter in name)
        assert old[key][2] == lost  # Mailman 2 lost these letters before we saw them


def test_spreadsheet_says_the_same_and_knows_secondary_addresses(import_as, rows):
    muster = import_as("csv")
    assert contacts(muster).keys() == contacts(import_as("mailman3")).keys()
    secondary = {row["secondary"] for row in muster.json("contact", "list")}
    assert secondary - {None} == {row["secondary"] for row in rows} - {""}


def test_a_dry_run_changes_nothing(tmp_path, muster):
    table = tmp_path / "one.csv"
    table.write_text("tld,rank,given_name,family_name,mobile,primary,secondary\n"
                     "ca,1,Jane,Doe,+1 613 555 0100,jane@nic-ca.example,\n")
    assert "jane@nic-ca.example" in muster.cli("import", "csv", table, "--dry-run")
    assert muster.json("contact", "list") == []
    assert muster.json("journal", "show") == []


def test_a_bad_line_is_named_and_nothing_is_half_imported(tmp_path, muster):
    table = tmp_path / "bad.csv"
    table.write_text("tld,rank,given_name,family_name,mobile,primary,secondary\n"
                     "ca,1,Jane,Doe,+1 613 555 0100,jane@nic-ca.example,\n"
                     "com,1,John,Doe,+1 613 555 0101,john@nic-com.example,\n")
    result = muster.command("import", "csv", table)
    assert result.status == 65
    assert re.search(r"^ *3 +refused .*generic TLDs are not eligible", result.output, re.M)
    assert muster.json("contact", "list") == []

#!/usr/bin/python3
"""An invented community, the same each time: people of many scripts under reserved example
domains, with telephone numbers that are kept for fiction. For the demo, tests and benchmarks.

    community.py [--tlds 201] [--contacts 380] [--format csv|mailman2|mailman3]
"""

import argparse
import csv
import email.utils
import pathlib
import sys
import unicodedata

TLDS = pathlib.Path(__file__).resolve().parent.parent / "share" / "data" / "tlds.tsv"
FIELDS = ["tld", "rank", "given_name", "family_name", "mobile", "primary", "secondary"]

# Given and family names that go together; mixed on purpose by the arithmetic below.
PEOPLE = [
    (["Anna", "Jane", "Maria", "Zoë", "Inês", "Renée", "Siobhán", "Ngozi"],
     ["Doe", "Müller", "Sørensen", "Núñez", "Okafor", "O'Neil", "Le Goff", "da Conceição"]),
    (["John", "Łukasz", "Søren", "Jürgen", "Tomáš", "Çağlar", "Kwame", "Mateo"],
     ["Smith", "Wiśniewski", "Þórsson", "Dvořák", "Yıldız", "Mensah", "García", "Tan"]),
    (["Иван", "Олена", "Борис", "Љубица"], ["Петров", "Шевченко", "Иванов", "Петровић"]),
    (["Ελένη", "Νίκος"], ["Παπαδοπούλου", "Γεωργίου"]),
    (["فاطمة", "يوسف", "مريم"], ["الحسيني", "القاضي", "منصور"]),
    (["דנה", "אורי"], ["לוי", "כהן"]),
    (["明", "芳", "健太"], ["王", "李", "佐藤"]),
    (["지민", "서연"], ["김", "박"]),
    (["अनिता", "राजेश"], ["शर्मा", "वर्मा"]),
    (["สมชาย", "มาลี"], ["ใจดี", "สุขสันต์"]),
    (["Նարե", "Անի"], ["Սարգսյան", "Գրիգորյան"]),
    (["ნინო", "გიორგი"], ["ბერიძე", "კაპანაძე"]),
]
# Most people write their names in Latin letters.
SCRIPTS = [0, 1, 0, 1, 2, 0, 1, 4, 0, 1, 6, 0, 1, 3, 0, 1, 5, 0, 1, 7, 0, 1, 8, 0, 1, 9, 0, 1, 10,
           0, 1, 11]


def read_tlds():
    with open(TLDS, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def choose_tlds(count):
    """Of each kind its share, spread over the alphabet, so that every region has some."""
    tlds = read_tlds()
    if count > len(tlds):
        raise SystemExit(f"there are only {len(tlds)} country-code TLDs")
    return [tlds[i * len(tlds) // count] for i in range(count)]


def mobile(i):
    """Numbers that regulators keep for fiction, in some of the ways people type them."""
    if i % 3 == 0:
        return f"+1 613 555 01{i // 3 % 100:02} ext {i // 300 + 1}"
    if i % 3 == 1:
        return f"+44 1632 {960000 + i // 3 % 1000}"
    return f"+44 (0)7700 900{i // 3 % 1000:03}"


def local_part(given, family, rank):
    """From the name where ASCII letters are left of it."""
    name = unicodedata.normalize("NFKD", f"{given}.{family}").encode("ascii", "ignore").decode()
    name = "".join(letter for letter in name.lower() if letter.isalpha() or letter == ".")
    return f"{name.strip('.') or 'contact'}{rank if rank > 1 else ''}"


def person(i, tld, rank):
    given_names, family_names = PEOPLE[SCRIPTS[i % len(SCRIPTS)]]
    given = given_names[i * 5 // 3 % len(given_names)]
    family = family_names[i * 7 // 5 % len(family_names)]
    local = local_part(given, family, rank)
    return {
        "tld": tld["a_label"],
        "rank": rank,
        "given_name": given,
        "family_name": family,
        "mobile": mobile(i),
        "primary": f"{local}@nic-{tld['a_label']}.example",
        "secondary": f"{local}.{tld['a_label']}@mail.example" if i % 4 == 0 else "",
    }


def community(tlds=201, contacts=380):
    """The rows, by TLD and rank. More contacts than three for each TLD need a higher limit."""
    chosen = choose_tlds(min(tlds, contacts))
    return [person(i, chosen[i % len(chosen)], i // len(chosen) + 1) for i in range(contacts)]


def real_name(row):
    """How the list's members were called in Mailman: TLD, rank, name and phone in one."""
    return f".{row['tld']} {row['rank']} {row['given_name']} {row['family_name']} {row['mobile']}"


def write_csv(rows, file):
    writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def write_mailman2(rows, file):
    """As `list_members -f` prints it: quoted like a mail header, other letters lost."""
    for row in sorted(rows, key=lambda row: row["primary"]):
        name = real_name(row).encode("ascii", "replace").decode()
        print(email.utils.formataddr((name, row["primary"])), file=file)


def write_mailman3(rows, file):
    """As `mailman members LIST` prints it: nothing quoted, UTF-8."""
    for row in sorted(rows, key=lambda row: row["primary"]):
        print(f"{real_name(row)} <{row['primary']}>", file=file)


WRITERS = {"csv": write_csv, "mailman2": write_mailman2, "mailman3": write_mailman3}


def main():
    parser = argparse.ArgumentParser(description="Prints an invented community.")
    parser.add_argument("--tlds", type=int, default=201)
    parser.add_argument("--contacts", type=int, default=380)
    parser.add_argument("--format", choices=WRITERS, default="csv")
    args = parser.parse_args()
    WRITERS[args.format](community(args.tlds, args.contacts), sys.stdout)


if __name__ == "__main__":
    main()

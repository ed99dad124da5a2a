"""Members and their posts, for tests that need some to see what becomes of them."""

import csv

from harness import evidence, mail

DOMAIN = "nic-ca.example"
AUTHOR = f"member0@{DOMAIN}"
TLDS = ["ca", "de", "fr", "jp", "nl", "br", "za", "nz", "se", "mx"]


def address(number):
    return f"member{number}@{DOMAIN}"


def add_members(muster, count):
    """Invented people, as many as wanted; number 0 is the author of the posts. Their addresses."""
    muster.configure("policy", "contacts-per-tld", 99)
    table = muster.directory / "members.csv"
    with open(table, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("tld,rank,given_name,family_name,mobile,primary,secondary".split(","))
        for i in range(count):
            tld, rank = TLDS[i % len(TLDS)], i // len(TLDS) + 1
            writer.writerow([tld, rank, f"Member{i}", "Doe", "+1 613 555 0100", address(i), ""])
    muster.cli("import", "csv", table)
    return [address(i) for i in range(count)]


def with_evidence(message):
    """The mail as our mail server hands it over, which found out that the author wrote it."""
    trace = b"Received: from client.example by mx.example.org; Fri, 20 Nov 2026 10:00:00 +0000\r\n"
    results = f"Authentication-Results: {evidence(DOMAIN)}\r\n".encode()
    return trace + results + message


def post(muster, message=None, to=None):
    """Hands over a post of the first member, with our mail server's evidence; the reply."""
    to = to or muster.list
    return muster.deliver(AUTHOR, [to], with_evidence(message or mail(AUTHOR, to)))[to]

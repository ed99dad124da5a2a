#!/usr/bin/python3
"""make demo: a community in a temporary directory, one alert to everybody, the roster, and a TLD
that joins.

    demo.py [STORE]   "postgresql": on a private server; or the URL of an empty database

On a terminal the community then stays up to be played with; without one the demo ends by itself,
with status 0 only if every copy arrived."""

import contextlib
import pathlib
import shlex
import shutil
import signal
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "test" / "program"), str(TOP / "tools")]

import community
import desk
import harness
import iana
import postgres
import store as stores

BODY = """\
Since 08:40 UTC our name servers receive about 40 million queries a second for random names
below .{tld}. Our anycast operator filters what it can.

Does anybody else see this? We are thankful for any hint.

{name}
"""


def say(text=""):
    print(text, flush=True)


def step(number, title):
    say(f"\n{number}. {title}")


def count(path):
    return path.read_bytes().count(b"\n")


class Progress:
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, due):
        self.due = due
        self.is_shown = sys.stdout.isatty()

    def show(self, done):
        if self.is_shown:
            filled = 40 * done // self.due
            print(f"\r   [{'#' * filled}{'.' * (40 - filled)}] {done} of {self.due}", end="",
                  flush=True)

    def end(self):
        if self.is_shown:
            print()


def wait_for_copies(sink, before, due, seconds=60):
    """Waits until the members' servers have so many copies more; returns these copies."""
    progress = Progress(due)
    end = time.monotonic() + seconds
    while (done := count(sink.log) - before) < due and time.monotonic() < end:
        progress.show(done)
        time.sleep(0.005)
    progress.show(done)
    progress.end()
    return sink.copies()[before:]


@contextlib.contextmanager
def chosen_store(name):
    """Where the community's rows go; None is a file beside its configuration."""
    if name is None:
        yield None
    elif name.startswith("postgresql://"):
        yield stores.PostgresStore(name)
    elif name != "postgresql" or postgres.why_not() is not None:
        raise SystemExit(f"demo.py: {postgres.why_not() or f'what store is {name}?'}")
    else:
        with postgres.Postgres() as server:
            say(f"A PostgreSQL of its own listens on 127.0.0.1:{server.port}.")
            yield stores.PostgresStore(server.url())


def make_community(folder, store):
    step(1, "A community: 201 TLDs, 380 contacts, all invented")
    rows = community.community()
    contacts = folder / "contacts.csv"
    with open(contacts, "w", encoding="utf-8") as file:
        community.write_csv(rows, file)

    sink = harness.Sink(folder / "members")
    muster = harness.Muster(folder / "community", sink.port, store=store)
    began = time.monotonic()
    muster.cli("import", "csv", contacts)
    say(f"   muster import csv contacts.csv took {time.monotonic() - began:.2f} s")
    for line in muster.cli("tld", "stats").splitlines():
        if not line.startswith("TLDs "):  # which name a hundred and more
            say(f"   {line}")
    return rows, muster, sink


def start(muster):
    step(2, "muster serve: LMTP in, worker, courier; the members' mail servers are a sink")
    began = time.monotonic()
    muster.serve()
    say(f"   serving after {(time.monotonic() - began) * 1000:.0f} ms")


def send_alert(rows, muster, sink):
    author = next(row for row in rows if row["given_name"] == "Jane")
    name = f"{author['given_name']} {author['family_name']}"
    step(3, f"{name} of .{author['tld']} mails an alert")
    message = harness.mail(
        f"{name} <{author['primary']}>", muster.list,
        subject="TLP:AMBER+STRICT random-name attack on our name servers",
        body=BODY.format(tld=author["tld"], name=name).replace("\n", "\r\n"),
        Authentication_Results=harness.evidence(author["primary"].partition("@")[2]))

    with muster.lmtp() as client:
        reply = client.deliver(author["primary"], [muster.list], message)[muster.list]
        accepted_at = time.monotonic()
    say(f"   LMTP answered {reply[0]} {reply[1].decode()}")
    copies = wait_for_copies(sink, 0, len(rows))
    report_alert(muster, copies, len(rows), accepted_at)
    return reply[0] == 250 and {copy.recipient for copy in copies} == {
        row["primary"] for row in rows}


def report_alert(muster, copies, due, accepted_at):
    post = muster.json("message", "show", muster.json("message", "list")[0]["id"])
    say(f"   recognised: {post['recognised']}")
    say(f"   evidence:   {post['evidence']}")
    say(f"   TLP:        {post['tlp']}")
    say(f"   delivered:  {len(copies)} of {due} copies")
    if copies:
        say(f"   first copy after {(copies[0].at - accepted_at) * 1000:.1f} ms, last after"
            f" {(copies[-1].at - accepted_at) * 1000:.1f} ms")


def send_roster(rows, muster, sink):
    step(4, "The roster, as it goes to everybody twice a month")
    before = count(sink.log)
    muster.cli("roster", "send")
    copies = wait_for_copies(sink, before, len(rows))
    text = sink.messages()[before].get_content()
    lines = text.splitlines()
    for line in [*lines[:32], f"... {len(lines) - 38} lines ...", *lines[-6:]]:
        say(f"   | {line}".rstrip())
    say(f"   delivered:  {len(copies)} of {len(rows)} copies")
    return {copy.recipient for copy in copies} == {row["primary"] for row in rows}


def show_mail(title, message, first=6, last=0):
    """The first and last lines of a mail."""
    lines = message.get_content().splitlines()
    say(f"   {title}: {message['Subject']}")
    shown = lines[:first] + ([f"... {len(lines) - first - last} lines ...", *lines[-last:]]
                             if last else ["..."])
    for line in shown:
        say(f"   | {line}".rstrip())


def join(rows, muster, sink):
    """A TLD that is missing joins: from the invitation to the welcome."""
    tld = min({"br", "ca", "dk", "nl", "tz", "uk", "za", "fr", "de"} - {row["tld"] for row in rows})
    admin, jane = f"admin@nic-{tld}.example", f"noor.doe@nic-{tld}.example"
    step(5, f"A TLD that is missing, .{tld}, is invited and joins, by mail alone")
    servers = iana.Iana()  # stands for IANA's WHOIS and RDAP
    try:
        servers.add(tld)
        for key, value in (("whois", servers.whois_address), ("rdap", servers.rdap_url)):
            muster.configure("iana", key, value)
        muster.cli("authority", "sync", tld)
    finally:
        servers.close()
    people = desk.Desk(muster, sink)
    muster.cli("invite", tld)
    show_mail(f"to {admin}", people.wait_for(admin, ""), first=5)
    say(f"   {admin} fills the form in and answers")
    people.write(admin, desk.form(tld=tld, name="Noor Doe", email=jane, mobile="+44 1632 960099"))
    asked = people.wait_for(jane, "is this your address")
    show_mail(f"to {jane}", asked, first=6)
    say(f"   {jane} answers \"yes\"")
    people.answer(asked, "yes")
    show_mail(f"to {jane}", people.wait_for(jane, "Welcome"), first=4)
    for line in muster.cli("request", "list", "--all").splitlines():
        say(f"   {line}")
    return [row["primary"] for row in muster.json("contact", "list", "--tld", tld)] == [jane]


def verify(muster):
    step(6, "The journal: every change and who made it, hash-chained")
    for line in muster.cli("journal", "verify").splitlines():
        say(f"   {line}")


def stay(muster, folder, tld):
    """Goes on until the person has seen enough."""
    program = shlex.quote(str(harness.BINARY))
    command = f"{program} -c {shlex.quote(str(muster.config))}"
    say(f"\nMuster keeps serving (LMTP on 127.0.0.1:{muster.lmtp_port}). In another terminal:")
    say(f"   alias muster={shlex.quote(command)}")
    say("   muster contact find jane            who is that?")
    say(f"   muster tld show {tld:2}                  who speaks for .{tld}?")
    say("   muster tld list --missing           which TLDs are not here yet")
    say("   muster message list                 what came in, and what became of it")
    say("   muster request show 1               how the TLD joined: its whole story")
    say("   muster desk                         all that waits, with the next step")
    say("   muster queue list --state=sent      every copy, with its receiver's answer")
    say(f"   muster journal show --tld={tld:2}        who changed what")
    say(f"The mail that members received lies in {folder / 'members'}.")
    say("Ctrl-C ends the demo and removes everything.")
    wants_end = threading.Event()  # however often somebody presses it
    signal.signal(signal.SIGINT, lambda *_: wants_end.set())
    while muster.daemon.is_running() and not wants_end.wait(1):
        pass
    say()


def demo(folder, store):
    rows, muster, sink = make_community(folder, store)
    try:
        start(muster)
        everybody_has_it = send_alert(rows, muster, sink)
        everybody_has_it = send_roster(rows, muster, sink) and everybody_has_it
        has_joined = join(rows, muster, sink)
        verify(muster)
        if sys.stdout.isatty():
            stay(muster, folder, rows[0]["tld"])
    finally:
        muster.stop()
        sink.stop()
    say("\nEvery copy arrived." if everybody_has_it else "\nCopies are missing.")
    if not has_joined:
        say("The TLD has not joined.")
    return 0 if everybody_has_it and has_joined else 1


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-demo-"))
    name = sys.argv[1] if len(sys.argv) > 1 else None
    try:
        with chosen_store(name) as store:
            return demo(folder, store)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())

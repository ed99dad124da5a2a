"""The secretariat's desk as people meet it: they write mails, read what comes, and answer."""

import datetime
import email
import email.policy
import email.utils
import re

from harness import evidence, mail, wait_until

ADMIN = "admin@nic-ca.example"
TECH = "tech@nic-ca.example"
JANE = "jane.doe@nic-ca.example"
SECRETARIAT = "secretariat@example.org"
DAY = 86400
NOW = int(datetime.datetime(2026, 11, 20, 10, tzinfo=datetime.timezone.utc).timestamp())

FORM = """TLD: .{tld}
Request: {kind}
Contact 1
Name: {name}
Mobile phone: {mobile}
E-mail: {email}
Secondary e-mail: {secondary}
"""


def form(tld="ca", kind="join", name="Jane Doe", mobile="+1 613 555 0100",
         email="jane.doe@nic-ca.example", secondary=""):
    return FORM.format(**locals())


class Desk:
    """A community whose worker runs, its sink, and what was read of the sink so far."""

    def __init__(self, muster, sink, iana=None):
        self.muster, self.sink, self.iana = muster, sink, iana
        self.list = muster.list

    def write(self, sender, text, to=None, cc=(), proof="pass", subject="a request", **headers):
        """A mail from somebody; proof is what our mail server says of it, None: nothing."""
        to = to or self.muster.address("-request")
        if proof:
            headers["Authentication_Results"] = evidence(sender.rpartition("@")[2], proof)
        if cc:
            headers["Cc"] = ", ".join(cc)
        message = mail(sender, to, subject, text.replace("\n", "\r\n") + "\r\n", **headers)
        reply = self.muster.deliver(sender, [to], message)[to]
        assert reply[0] == 250, reply
        return message

    def mails(self, to=None, about=None):
        """What came out, oldest first: to an address, with that in its subject."""
        raw = self.sink.raw_messages() if to is None else None
        found = []
        for place, copy in enumerate(self.sink.copies()):
            if to is not None and copy.recipient != to:
                continue
            if raw is None:  # read only what is looked at: there may be many others
                raw = self.sink.raw_messages()
            if place >= len(raw):
                break
            message = email.message_from_bytes(raw[place], policy=email.policy.default)
            if about is None or about in message["Subject"]:
                found.append(message)
        return found

    def wait_for(self, to, about, number=1):
        """The newest of so many mails."""
        wait_until(lambda: len(self.mails(to, about)) >= number,
                   lambda: f"{number} mails to {to} about {about!r}; there are:\n" + self.seen())
        return self.mails(to, about)[-1]

    def seen(self):
        return "\n".join(f"  {copy.recipient}: {message['Subject']}" for copy, message in
                         zip(self.sink.copies(), self.sink.messages())) + "\n" + \
            self.muster.daemon.output()[-2000:]

    def answer(self, message, text, sender=None, proof="pass", **headers):
        """An answer to a mail of ours, from whom it went to unless somebody else is named."""
        to = email.utils.parseaddr(message["Reply-To"] or message["From"])[1]
        sender = sender or email.utils.parseaddr(message["To"])[1]
        quoted = "".join(f"> {line}\n" for line in message.get_content().splitlines())
        self.write(sender, f"{text}\n\nOn that day, {self.list} wrote:\n{quoted}", to=to,
                   proof=proof, subject=f"Re: {message['Subject']}",
                   In_Reply_To=message["Message-ID"], **headers)

    def request(self, number=1):
        return self.muster.json("request", "show", number)

    def wait_for_state(self, state, number=1):
        def states():
            return {row["number"]: row["state"]
                    for row in self.muster.json("request", "list", "--all")}
        wait_until(lambda: states().get(number) == state, lambda: f"{state}: {self.seen()}")
        return self.request(number)

    def settled_mail(self, count):
        """Waits until so many mails have been worked on."""
        wait_until(lambda: self.muster.store.rows(
            "SELECT count(*) FROM inbox WHERE state IN ('waiting', 'claimed')")[0][0] in (0, "0")
            and len(self.muster.json("message", "list", "--limit", "100")) >= count,
            lambda: self.seen())

    def token_address(self, message):
        return re.search(r"tld-ops-confirm\+\w+@[\w.]+", message["From"]).group()


def add_jane(desk, **options):
    fields = {"--given": "Jane", "--family": "Doe", "--mobile": "+1 613 555 0100",
              "--primary": JANE} | options
    desk.muster.cli("contact", "add", "ca", *[word for pair in fields.items() for word in pair])


def contact(desk, who=JANE):
    return desk.muster.json("contact", "show", who)


def poke(desk):
    """A mail that nobody minds, so that the worker looks at its clock."""
    to = desk.muster.address("-bounces")
    desk.muster.deliver("x@mail.example", [to], mail("x@mail.example", to))

"""Who should have which post, and who got it. What is due follows from the invented directory and
from the 250s that the sending side was given; what came is read from the sink's log. Nothing here
asks Muster, but for which copies it holds to be uncertain."""

import collections
import dataclasses
import email
import email.policy

from harness import LIST, mail
from posts import AUTHOR, TLDS, address, with_evidence

SHARE_OF_ONE_TLD = 5  # every fifth post goes to the contacts of one TLD only
MARK = "This is the text of post"


@dataclasses.dataclass
class Post:
    """A post of the test, and what became of it."""

    number: int
    recipient: str
    due: frozenset  # numbers of the members who are to get it
    message_id: str
    bytes: bytes
    refused: int  # copies that the relay will not take
    accepted: int = 0  # how often a 250 was given for it
    unanswered: int = 0  # how often it went out as a whole and no answer came
    arrived: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    size: int = 0  # of its copies, which are alike to the byte

    def missing(self):
        return len(self.due) - len(self.arrived)


@dataclasses.dataclass
class Account:
    """The sum of a trial."""

    posts: int = 0  # that a 250 was given for
    due: int = 0  # copies
    received: int = 0  # copies at the sink, all of them
    lost: int = 0
    duplicated: int = 0
    unexplained: int = 0  # of the duplicated: the store does not hold them to be uncertain
    wrong: int = 0  # copies for nobody who was to get them, or with another's envelope or content
    resent: int = 0  # posts that went out again as their 250 was lost

    def is_good(self):
        return self.lost == self.unexplained == self.wrong == 0 and self.posts > 0


class Ledger:
    """The books of one trial."""

    def __init__(self, members, list_address=LIST):
        self.list = list_address
        self.number_of = {address(i): i for i in range(members)}
        self.unreachable = frozenset()  # members whose copies the relay refuses for good
        self.posts = {}  # Message-ID: Post
        self.open = []  # of these, those that were not complete when last looked at
        self.tag_of = {}  # (Message-ID, member): the copy's envelope sender
        self.owner_of = {}  # envelope sender: (Message-ID, member)
        self.received = 0
        self.wrong = []
        self.rest = ""
        self.log = None

    def new_post(self, to_tld=None, padding=0):
        """A mail to be handed over. Each is longer than the one before, so that a copy with the
        content of another is found by its size."""
        number = len(self.posts)
        if to_tld is None and number % SHARE_OF_ONE_TLD == SHARE_OF_ONE_TLD - 1:
            to_tld = TLDS[number // SHARE_OF_ONE_TLD % len(TLDS)]
        local, domain = self.list.split("@")
        recipient = f"{local}+{to_tld}@{domain}" if to_tld else self.list
        due = {i for i in self.number_of.values()
               if to_tld is None or TLDS[i % len(TLDS)] == to_tld}
        message_id = f"<post{number:05}@nic-ca.example>"
        body = f"{MARK} {number:05}.\r\n" + ("y" * 76 + "\r\n") * (padding // 78)
        body += "z" * (number % 70 + 1) + "\r\n" + "\r\n" * (number // 70)
        message = mail(AUTHOR, recipient, f"Post {number:05}", body, Message_ID=message_id,
                       Date="Fri, 20 Nov 2026 10:00:00 +0000")
        self.posts[message_id] = Post(number, recipient, frozenset(due - self.unreachable),
                                      message_id, with_evidence(message),
                                      refused=len(due & self.unreachable))
        self.open.append(self.posts[message_id])
        return self.posts[message_id]

    def read(self, log):
        """Enters what the sink has logged since the last time."""
        if self.log is None:
            self.log = open(log, encoding="utf-8")
        *lines, self.rest = (self.rest + self.log.read()).split("\n")
        for line in lines:
            _, sender, recipient, size, message_id = line.split("\t")
            self.received += 1
            reason = self.enter(sender, recipient, int(size), message_id)
            if reason:
                self.wrong.append(f"{reason}: {message_id} to {recipient}")

    def enter(self, sender, recipient, size, message_id):
        """Why a copy should not be, or None."""
        post = self.posts.get(message_id)
        member = self.number_of.get(recipient)
        if post is None:
            return "no post of ours"
        if member not in post.due:
            return "not due"
        copy = (post.number, member)
        if self.tag_of.setdefault(copy, sender) != sender or \
                self.owner_of.setdefault(sender, copy) != copy:
            return "the envelope sender of another copy"
        post.size = post.size or size
        if size != post.size:
            return "another content"
        post.arrived[member] += 1
        return None

    def check_content(self, messages):
        """Looks into copies that the sink has kept: raw bytes."""
        for raw in messages:
            message = email.message_from_bytes(raw, policy=email.policy.default)
            post = self.posts.get(str(message["Message-ID"]))
            if post is None or f"{MARK} {post.number:05}." not in message.get_content():
                self.wrong.append(f"the text of another post: {message['Message-ID']}")

    def open_posts(self):
        """Those that were not taken, or have copies missing."""
        self.open = [post for post in self.open if not post.accepted or post.missing()]
        return self.open

    def is_settled(self):
        return not self.open_posts()

    def close(self, uncertain):
        """The account, once nothing more will come. uncertain is what the store says:
        {(Message-ID, address): attempts that may have arrived without an answer}."""
        addresses = {number: name for name, number in self.number_of.items()}
        account = Account(received=self.received, wrong=len(self.wrong))
        for post in self.posts.values():
            if not post.accepted:
                continue
            account.posts += 1
            account.resent += post.unanswered > 0
            account.due += len(post.due)
            account.lost += post.missing()
            for member, copies in post.arrived.items():
                more = copies - 1
                doubt = uncertain.get((post.message_id, addresses[member]), 0) if more else 0
                account.duplicated += more
                account.unexplained += max(more - doubt, 0)
        return account

"""The sending side: a mail server that keeps each mail until it has a 250 for it."""

import collections
import queue
import smtplib
import threading
import time

from harness import Lmtp
from posts import AUTHOR

ANSWER_SECONDS = 4  # then it hangs up, and does not know
REST_SECONDS = 0.03  # before it tries again


class Unanswered(Exception):
    """The mail went out as a whole, and no answer came."""


class Mta:
    """Hands mails over to some LMTP servers (host, port), a few at a time, in turn. It hangs up
    without an answer now and then, by chance: a 250 that gets lost."""

    def __init__(self, servers, chance, impatience=0.0, threads=3):
        self.servers = servers
        self.chance = chance
        self.impatience = impatience
        self.codes = collections.Counter()  # of the answers that were no 250
        self.refused = []  # for good: what must not be
        self.is_over = False
        self.waiting = queue.Queue()
        self.threads = [threading.Thread(target=self.work, args=(i,), daemon=True)
                        for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def send(self, *posts):
        for post in posts:
            self.waiting.put(post)

    def close(self):
        """Ends, whatever has not been taken."""
        self.is_over = True
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join()

    def work(self, turn):
        while (post := self.waiting.get()) is not None:
            while not self.is_over and not self.offer(post, self.servers[turn % len(self.servers)]):
                turn += 1
                time.sleep(REST_SECONDS)

    def offer(self, post, server):
        """Tries once. True if it is done with."""
        try:
            code = self.hand_over(post, server)
        except Unanswered:
            post.unanswered += 1
            return False
        except (OSError, smtplib.SMTPException):
            return False
        if code == 250:
            post.accepted += 1
            return True
        self.codes[code] += 1
        if code >= 500:
            self.refused.append(f"{post.message_id}: {code}")
        return code >= 500

    def hand_over(self, post, server):
        """The code that decides, of a dialogue on a connection of its own."""
        client = Lmtp(*server, timeout=ANSWER_SECONDS)
        try:
            client.ehlo()
            for code, _ in (client.mail(AUTHOR), client.rcpt(post.recipient), client.docmd("DATA")):
                if code not in (250, 354):
                    return code
            return self.hand_over_text(client, post)
        finally:
            client.close()

    def hand_over_text(self, client, post):
        try:
            client.send(post.bytes + b".\r\n")
            if self.chance.random() >= self.impatience:
                return client.getreply()[0]
        except (OSError, smtplib.SMTPException):
            pass  # it may be stored or not
        raise Unanswered

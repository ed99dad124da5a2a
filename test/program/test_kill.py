"""kill -9 of each role, and of all of them, at random moments while a post goes out: no copy is
lost, and a copy comes twice only if the courier held it at that moment, which its row tells."""

import collections
import os
import random
import signal
import smtplib
import threading
import time

import pytest

from harness import mail, wait_until
from posts import AUTHOR, add_members, post
from roles import ROLES, is_alive, roles_of, wait_for_roles

MEMBERS = 400
VICTIMS = ["lmtp", "worker", "courier", "muster"]  # the last one is the supervisor
ROUNDS = 14 * len(VICTIMS)
FAN_OUT_S = 0.25  # from the first byte of the post to the last copy, and some more


class Arrivals:
    """The sink's log, each line read once: {Message-ID: {address: copies}}."""

    def __init__(self, sink):
        self.file = open(sink.log, encoding="utf-8")
        self.rest = ""
        self.posts = collections.defaultdict(collections.Counter)

    def of(self, message_id):
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        for line in lines:
            _, _, recipient, _, found = line.split("\t")
            self.posts[found][recipient] += 1
        return self.posts[message_id]


def is_taken(muster, message):
    """Whether Muster says so; without an answer a mail server tries again."""
    try:
        return post(muster, message)[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def kill(muster, victim, delay):
    time.sleep(delay)  # the moment is what is being tested
    pid = muster.daemon.pid if victim == "muster" else roles_of(muster.daemon).get(victim)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def one_round(muster, message, victim, delay):
    """Posts while the victim dies, and sees to it that the post is taken."""
    muster.serve()
    roles = wait_for_roles(muster.daemon, ROLES)
    killer = threading.Thread(target=kill, args=(muster, victim, delay))
    killer.start()
    taken = is_taken(muster, message)
    killer.join()
    if victim == "muster":
        muster.daemon.wait()
        wait_until(lambda: not any(map(is_alive, roles.values())), "the roles to die")
        muster.serve()
    if not taken:
        wait_until(lambda: is_taken(muster, message), "the post to be taken")


def uncertain_copies(muster):
    """Which copies may have gone out twice by what the queue says: {(subject, address)}."""
    rows = muster.json("queue", "list", "--state", "sent")
    assert len(rows) == ROUNDS * MEMBERS
    return {(row["subject"], row["address"]) for row in rows if row["uncertain"]}


@pytest.mark.seconds(240)
def test_no_copy_is_lost_by_a_kill(muster, start_sink, capsys):
    sink = start_sink("--delay", "1", "--keep-first", "0")
    muster.configure("smtp", "relay", sink.address)
    members = set(add_members(muster, MEMBERS))
    arrivals = Arrivals(sink)
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    twice = set()

    for number in range(ROUNDS):
        victim = VICTIMS[number % len(VICTIMS)]
        message_id = f"<round{number}@nic-ca.example>"
        message = mail(AUTHOR, muster.list, f"Round {number}", Message_ID=message_id)
        one_round(muster, message, victim, chance.uniform(0, FAN_OUT_S))
        wait_until(lambda: len(arrivals.of(message_id)) == MEMBERS,
                   lambda: f"round {number} (seed {seed}, {victim}): "
                           f"{len(arrivals.of(message_id))} copies\n{muster.daemon.output()}")
        muster.stop()
        found = arrivals.of(message_id)
        assert set(found) == members
        twice |= {(f"Round {number}", address) for address in found if found[address] > 1}

    uncertain = uncertain_copies(muster)
    with capsys.disabled():
        print(f"\n{ROUNDS} kills of {', '.join(VICTIMS)} during posts to {MEMBERS} members: no copy "
              f"lost, {len(twice)} came twice, of {len(uncertain)} in flight at a kill")
    assert twice <= uncertain, f"seed {seed}"

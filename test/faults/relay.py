"""A relay that goes wrong in every way, while posts go out. Each round is one way: the relay goes
wrong, posts are handed over, it comes to its senses, and all has to arrive.

Muster's clock is a file here, so that what is put off for ten minutes need not take as long."""

import contextlib
import time

from harness import PATIENCE, Impatient, wait_until

NOW = 1795168800  # 20 November 2026, 10:00 UTC: no roster is due for days
STEP = 120  # seconds of the test clock
STEP_SECONDS = 0.4  # that one of them takes
TIMEOUT = 1  # seconds that Muster waits for an answer here; RFC 5321 wants minutes
POSTS = 4  # in each round
MOMENTS = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"]
SOME = 2  # of the moments, in the short form


class Time:
    """The test clock, for Muster and the sink."""

    def __init__(self, trial):
        self.trial = trial
        self.now = NOW
        self.file = trial.folder / "clock"
        self.file.write_text(f"{NOW}\n")

    def move(self, seconds):
        """Sets it forward or back."""
        self.now += seconds
        for host in self.trial.stage.hosts:
            host.set_clock(self.now)

    def pass_until_settled(self, at_most=3600):
        """Lets minutes pass until all has arrived, but no more than these seconds."""
        end = time.monotonic() + 2 * PATIENCE
        last = self.now + at_most
        while time.monotonic() < end:
            with contextlib.suppress(Impatient):
                return wait_until(self.trial.is_settled, self.trial.describe, STEP_SECONDS)
            if self.now < last:
                self.move(STEP)
            self.trial.ground.wake()
        raise Impatient(self.trial.describe())


def begin(trial):
    clock = Time(trial)
    trial.begin(clock=clock.file, settings={("smtp", "timeout-seconds"): TIMEOUT},
                sink_options=["--clock", clock.file])
    trial.post()
    wait_until(trial.is_settled, trial.describe)
    return clock


def moments(trial, *more):
    """All of them, or a few by chance."""
    return trial.chance.sample(MOMENTS + list(more), trial.scale(len(MOMENTS) + len(more), SOME))


def one_round(trial, clock, *faults, padding=0, seconds=None):
    """The relay goes wrong for some seconds, and what was handed over by then arrives after."""
    sink = trial.stage.sink
    sink.set_faults(*faults)
    trial.post(POSTS, padding=padding)
    time.sleep(seconds or trial.scale(1.2, 0.4))
    sink.set_faults()
    healed = time.monotonic()
    trial.post()
    clock.pass_until_settled()
    trial.recover(healed, post=False)


def put_off(trial):
    """4xx at each command: for all copies, and for some."""
    clock = begin(trial)
    for moment in moments(trial):
        one_round(trial, clock, f"{moment}=451 4.3.0 Not now")
    for _ in range(trial.scale(4, 1)):
        some = [f"{moment}/member{trial.chance.randrange(10)}=450 4.2.0 Not now"
                for moment in ("RCPT", "DATA", "DOT")]
        one_round(trial, clock, *some)


def refuse_some(trial):
    """5xx for some recipients: they get none, and everybody else gets theirs."""
    digits = {"RCPT": "7", "DATA": "8", "DOT": "9"}  # whose numbers begin so
    gone = {i for i in range(trial.members) if str(i)[0] in digits.values()}
    begin(trial)
    trial.ledger.unreachable = frozenset(gone)
    trial.stage.sink.set_faults(*(f"{moment}/member{digit}=550 5.1.1 No such user"
                                  for moment, digit in digits.items()))
    for _ in range(trial.scale(3, 1)):
        trial.post(POSTS)
        trial.recover(time.monotonic())
    want = sum(post.refused for post in trial.ledger.posts.values())
    wait_until(lambda: trial.stage.states().get("refused", 0) == want,
               lambda: f"{want} refused copies: {trial.stage.states()}")


def fall_silent(trial):
    """Not a word more, at each place."""
    clock = begin(trial)
    for moment in moments(trial, "ACCEPT"):
        one_round(trial, clock, f"{moment}#1-9=silent", seconds=trial.scale(3, 1.5) * TIMEOUT)


def hang_up(trial):
    """The connection ends, at each place; in the middle of DATA with posts that take a while."""
    clock = begin(trial)
    for moment in moments(trial, "BODY"):
        one_round(trial, clock, f"{moment}#1-40=close")
    one_round(trial, clock, "BODY#1-40=close", padding=300_000)


def hang_up_after_the_dot(trial):
    """It has taken the copy and says nothing of it."""
    clock = begin(trial)
    for first in range(1, trial.scale(100, 20), 10):
        one_round(trial, clock, f"ACCEPT#{first}-{first + 4}=close", seconds=0.3)


def crawl(trial):
    """A byte in a second."""
    clock = begin(trial)
    for moment in moments(trial):
        one_round(trial, clock, f"{moment}=slow", seconds=trial.scale(6, 2))


def have_hands_full(trial):
    """421 on connect."""
    clock = begin(trial)
    for _ in range(trial.scale(4, 1)):
        one_round(trial, clock, "CONNECT=421 4.3.2 Too many connections",
                  seconds=trial.scale(2.5, 0.5))


def greylist(trial):
    """Each new pair of sender and recipient is put off for ten minutes."""
    clock = begin(trial)
    trial.stage.sink.set_faults("RCPT=greylist 600")
    for _ in range(trial.scale(3, 1)):
        began = clock.now
        trial.post(POSTS)
        clock.pass_until_settled()
        trial.expect(clock.now - began >= 600, "a copy passed before its ten minutes")
        trial.recover(time.monotonic(), post=False)

"""A trial: one scenario on one store, from the first post to the account."""

import contextlib
import dataclasses
import pathlib
import random
import shutil
import statistics
import tempfile
import time
import traceback

from ground import GROUNDS
from harness import Impatient, wait_until
from ledger import Account, Ledger
from mta import Mta
from small_disk import Skip, SmallDisk
from stage import MEMORY_MAX, Stage

RECOVERY_SECONDS = 120  # by itself, or it has not recovered


@dataclasses.dataclass
class Result:
    """A row of the closing table."""

    title: str
    store: str
    seed: int
    rounds: int = 0
    account: Account = dataclasses.field(default_factory=Account)
    recoveries: list = dataclasses.field(default_factory=list)  # seconds
    problems: list = dataclasses.field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0
    peak_memory: int = 0  # bytes, of the largest process

    def is_good(self):
        return bool(self.skipped) or (self.account.is_good() and not self.problems)

    def recovery(self):
        """The median and the longest, in seconds."""
        if not self.recoveries:
            return 0.0, 0.0
        return statistics.median(self.recoveries), max(self.recoveries)


class Trial:
    """What a scenario works with. `full` is for `make faults`, else it is kept short."""

    def __init__(self, title, ground, seed, full, members=400):
        self.ground = ground
        self.full = full
        self.members = members
        self.chance = random.Random(seed)  # the sending side has a sequence of its own
        self.result = Result(title, ground.kind, seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-faults-"))
        self.folder.chmod(0o755)  # servers run as other users; all that is in it is invented
        self.ledger = Ledger(members)
        self.stage = None
        self.mta = None
        self.endings = contextlib.ExitStack()
        self.endings.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.endings.callback(ground.close)

    def scale(self, full, short):
        return full if self.full else short

    def small_disk(self, megabytes):
        """A disk for this trial."""
        return self.endings.enter_context(
            contextlib.closing(SmallDisk(self.folder / "disk", megabytes)))

    def begin(self, impatience=0.0, **stage):
        """Sets the stage up and starts all of it."""
        self.endings.callback(self.ground.close)
        self.stage = Stage(self.folder, self.ground, self.members, **stage)
        self.endings.callback(self.end_stage)
        self.stage.start()
        self.mta = Mta([host.lmtp_server() for host in self.stage.hosts],
                       random.Random(self.result.seed + 1), impatience)
        self.endings.callback(self.mta.close)
        return self.stage

    def end_stage(self):
        for problem in self.stage.stop():
            self.problem(problem)

    def post(self, count=1, **kind):
        """Hands posts over to the sending side; returns them."""
        posts = [self.ledger.new_post(**kind) for _ in range(count)]
        self.mta.send(*posts)
        return posts

    def is_settled(self):
        self.ledger.read(self.stage.sink.log)
        return self.ledger.is_settled()

    def describe(self):
        """What is open, for whoever waits in vain."""
        posts = self.ledger.open_posts()
        lines = [f"{len(posts)} posts to be complete (seed {self.result.seed}):"]
        lines += [f"  post {post.number}: {post.accepted} times accepted, {post.unanswered} times"
                  f" unanswered, {post.missing()} copies missing" for post in posts[:5]]
        lines.append(f"  answers {dict(self.mta.codes)}")
        with contextlib.suppress(Exception):  # the store may be what is missing
            lines.append(f"  inbox {self.stage.inbox_states()}, deliveries {self.stage.states()}")
        for host in self.stage.hosts:
            log = host.daemon.output().splitlines() if host.daemon else []
            lines += [f"  | {line}" for line in log[-12:]]
        return "\n".join(lines)

    def recover(self, since, seconds=RECOVERY_SECONDS, post=True):
        """After the end of a fault at `since` (monotonic seconds): one post more, and then it waits
        until this and all before have reached everybody. That is the recovery time."""
        if post:
            self.post()
        wait_until(self.is_settled, self.describe, seconds)
        self.stage.look_at_memory()
        self.result.rounds += 1
        self.result.recoveries.append(time.monotonic() - since)

    def problem(self, text):
        self.result.problems.append(text)

    def expect(self, condition, text):
        if not condition:
            self.problem(text)

    def run(self, scenario):
        """The whole of it; the result tells of everything that went wrong."""
        began = time.monotonic()
        try:
            scenario(self)
            self.finish()
        except Skip as reason:
            self.result.skipped = str(reason)
        except Exception as failure:  # whatever it is: the other scenarios go on
            self.problem(str(failure) if isinstance(failure, Impatient) else traceback.format_exc())
            with contextlib.suppress(Exception):
                self.take_account()
        finally:
            self.endings.close()
        self.result.seconds = time.monotonic() - began
        return self.result

    def finish(self):
        """Nothing more is under way: the account is closed, the journal walked."""
        wait_until(lambda: not {"waiting", "claimed"} & set(self.stage.states()),
                   lambda: f"the queue to be empty: {self.describe()}")
        self.expect(not self.mta.refused, f"refused for good: {self.mta.refused[:3]}")
        verified = self.stage.a.command("journal", "verify")
        self.expect(verified.status == 0, f"journal: {verified.output}{verified.errors}")
        self.take_account()
        account = self.result.account
        self.expect(account.posts == len(self.ledger.posts), "posts that were never taken")
        self.expect(self.result.peak_memory < MEMORY_MAX,
                    f"a process with {self.result.peak_memory >> 20} MB")
        strange = set(self.stage.inbox_states()) - {"accepted", "dropped"}
        self.expect(not strange, f"the inbox has {strange}")

    def take_account(self):
        self.ledger.read(self.stage.sink.log)
        self.ledger.check_content(self.stage.sink.raw_messages())
        for wrong in self.ledger.wrong[:3]:
            self.problem(wrong)
        self.result.account = self.ledger.close(self.stage.uncertain())
        self.result.peak_memory = self.stage.peak_memory


def run_scenario(scenario, store, seed, full):
    """One trial, or why there is none; the result either way."""
    try:
        ground = GROUNDS[store](full)
    except Skip as reason:
        return Result(scenario.title, store, seed, skipped=str(reason))
    return Trial(scenario.title, ground, seed, full).run(scenario.run)

"""A disk that is full or cannot be written, and a clock that is set back, while posts go out."""

import os
import time

import relay
from harness import wait_until

USER = "nobody"
POSTS = 6
LARGE_POST = 100_000  # bytes: the store fills up soon
LARGE_POSTS_MAX = 100  # that find room in it


def wait_for_refusal(trial):
    """Until the sending side was told to come back."""
    before = sum(trial.mta.codes.values())
    wait_until(lambda: sum(trial.mta.codes.values()) > before, trial.describe)
    trial.expect(set(trial.mta.codes) == {451}, f"answers {dict(trial.mta.codes)}")


def post_until_refused(trial):
    """The store has room in its own files at first."""
    before = sum(trial.mta.codes.values())
    for _ in range(LARGE_POSTS_MAX):
        post, = trial.post(padding=LARGE_POST)
        wait_until(lambda: post.accepted or sum(trial.mta.codes.values()) > before, trial.describe)
        if not post.accepted:
            break
    trial.expect(set(trial.mta.codes) & {451, 452} and set(trial.mta.codes) <= {451, 452},
                 f"answers {dict(trial.mta.codes)}")


def fill_the_store(trial):
    """No room for the store, in the middle of posts; then there is some again."""
    disk, home = trial.ground.small_disk(trial.small_disk)
    trial.begin(home=home)
    for _ in range(trial.scale(5, 1)):
        trial.post(POSTS)
        disk.fill()
        post_until_refused(trial)
        time.sleep(trial.scale(2, 0.5))  # it lasts so long
        disk.free()
        trial.ground.revive()
        trial.recover(time.monotonic())


def fill_the_log(trial):
    """No room for the log: nobody may mind."""
    disk = trial.small_disk(1)
    stage = trial.begin(log=disk.folder / "serve.log")
    disk.fill()
    for victim in ("lmtp", "worker", "courier"):
        trial.post(POSTS)
        stage.kill(stage.a, victim)  # about which there would be something to say
        trial.recover(time.monotonic())
    disk.free()
    trial.recover(time.monotonic())


def forbid_writing(trial):
    """The store can only be read, as after an error of its disk; then written again."""
    trial.ground.start()
    stage = trial.begin(user=USER if os.geteuid() == 0 else None)
    for _ in range(trial.scale(5, 1)):
        trial.post(POSTS)
        with trial.ground.read_only():
            for role in ("lmtp", "worker", "courier"):
                stage.kill(stage.a, role)  # who has it open could write on
            posts = trial.post(POSTS)
            wait_for_refusal(trial)
            trial.expect(not any(post.accepted for post in posts), "something was written")
            time.sleep(trial.scale(2, 0.5))  # it lasts so long
        trial.recover(time.monotonic())


def set_the_clock_back(trial):
    """By an hour, in the middle of posts and of copies that wait for another try."""
    clock = relay.begin(trial)
    sink = trial.stage.sink
    for _ in range(trial.scale(4, 1)):
        sink.set_faults(f"RCPT/member{trial.chance.randrange(1, 10)}=451 4.3.0 Not now")
        trial.post(POSTS)
        time.sleep(trial.chance.uniform(0, 0.5))  # the moment is what is being tested
        sink.set_faults()
        clock.move(-3600)
        set_back = time.monotonic()
        trial.post(POSTS)
        clock.pass_until_settled(at_most=240)
        trial.recover(set_back)

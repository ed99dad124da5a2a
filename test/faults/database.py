"""PostgreSQL is restarted, killed and fails over to a streaming standby, while posts go out."""

import time

POSTS = 10


def interrupt(trial, end):
    """Rounds in which it is gone for a while; end() ends it."""
    server = trial.ground.start()
    trial.begin(impatience=0.02)
    for _ in range(trial.scale(5, 1)):
        trial.post(POSTS)
        time.sleep(trial.chance.uniform(0, 0.4))  # the moment is what is being tested
        end(server)
        trial.post(POSTS)
        time.sleep(trial.chance.uniform(0, 2))  # it is gone so long
        server.start()
        trial.recover(time.monotonic())


def restart(trial):
    interrupt(trial, lambda server: server.stop())


def kill(trial):
    interrupt(trial, lambda server: server.kill())


def fail_over(trial):
    """The primary dies for good. The standby has all that was committed, since a commit waits for
    it; Muster's URL names both."""
    primary = trial.ground.start()
    trial.ground.standby = standby = primary.standby(synchronous=True)
    trial.begin(impatience=0.02)
    trial.post(2 * POSTS)
    time.sleep(trial.chance.uniform(0.1, 0.6))  # the moment is what is being tested
    primary.kill()
    trial.post(POSTS)
    time.sleep(trial.chance.uniform(0, 2))  # until somebody notices
    standby.promote()
    trial.recover(time.monotonic())
    trial.post(POSTS)
    trial.recover(time.monotonic())

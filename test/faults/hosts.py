"""Two hosts, each with an LMTP server, a worker and a courier, and one of them is cut off in the
middle of posts for longer than its lease; then it comes back."""

import contextlib
import signal
import time

from cables import new_cable
from harness import wait_until

LEASE_SECONDS = 5
CUT_OFF_SECONDS = 60  # at most, until the other host has done all
POSTS = 10


class Standstill:
    """On SQLite the hosts are two sets of processes; one of them stands still. As it may hold the
    file's lock, it is only after its return that all must go on."""

    def __init__(self, trial):
        self.trial = trial
        self.stage = trial.begin(hosts=2, settings={("run", "lease-seconds"): LEASE_SECONDS})

    def last(self):
        self.stage.signal_all(self.stage.hosts[1], signal.SIGSTOP)
        time.sleep(LEASE_SECONDS + 2)
        self.stage.signal_all(self.stage.hosts[1], signal.SIGCONT)
        self.trial.recover(time.monotonic())


class PulledCable:
    """The second host's way to the store, the relay and the sending side. The other host does all
    of the work meanwhile, that of the lost one too: recovery begins with the fault."""

    def __init__(self, trial):
        self.trial = trial
        self.cable = trial.endings.enter_context(contextlib.closing(new_cable(real=trial.full)))
        trial.ground.start(**self.cable.server_settings(trial.folder))
        trial.begin(hosts=2, settings={("run", "lease-seconds"): LEASE_SECONDS}, cable=self.cable)

    def last(self):
        self.cable.pull()
        try:
            self.trial.recover(time.monotonic(), CUT_OFF_SECONDS)
        finally:
            self.cable.mend()


def cut_one_off(trial):
    fault = (Standstill if trial.ground.kind == "sqlite" else PulledCable)(trial)
    trial.post()
    wait_until(trial.is_settled, trial.describe)
    for _ in range(trial.scale(5, 1)):
        trial.post(POSTS)
        time.sleep(trial.chance.uniform(0, 0.2))  # the moment is what is being tested
        fault.last()
        trial.post(POSTS)  # for both
        wait_until(trial.is_settled, trial.describe)

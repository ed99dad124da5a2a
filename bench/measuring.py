"""What the measurements share: waiting without taking the processor from those that are measured,
reading what the kernel says of a process, and the sink."""

import os
import pathlib
import statistics
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "test" / "program")]

import harness

RUNS = 5
BODY_SIZE = 4096
TICKS = os.sysconf("SC_CLK_TCK")


def median(values):
    return statistics.median(values)


READ = {}  # of each log: [bytes, lines] that were counted


def count(path):
    """The lines of a log that grows. Only what is new is read: to read all of a long log again
    and again took more of the processor than a courier."""
    done = READ.setdefault(path, [0, 0])
    with open(path, "rb") as log:
        log.seek(done[0])
        new = log.read()
    done[0] += len(new)
    done[1] += new.count(b"\n")
    return done[1]


def wait_for_lines(path, lines, seconds=300):
    """Waits without taking much of the processor from those that are measured."""
    end = time.monotonic() + seconds
    while count(path) < lines:
        if time.monotonic() > end:
            raise SystemExit(f"only {count(path)} of {lines} copies after {seconds} s")
        time.sleep(0.05 if lines > 4000 else 0.005)


def processes(pid):
    """A process and its descendants."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [p for child in children for p in processes(int(child))]


def status_kb(pid, key):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1])
    return 0


def pss_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def cpu_seconds(pid):
    """Of the process and of children that it has waited for."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def total(function, pids, *args):
    return sum(function(pid, *args) for pid in pids)


class Sink:
    """A sink that keeps no message, so that it is the same light load for both."""

    def __init__(self, folder):
        self.log = folder / "copies"
        self.log.touch()
        self.daemon = harness.Daemon(
            [harness.MAIL_SINK, "--listen", "127.0.0.1:0", "--log", self.log], folder / "sink.log")
        self.daemon.wait_for_output("\n")
        self.port = int(self.daemon.output().rpartition(":")[2])

    def times(self, first_line):
        """When each copy came, in seconds of the monotonic clock."""
        with open(self.log, encoding="utf-8") as file:
            return [int(line.split("\t", 1)[0]) / 1e6 for line in file][first_line:]

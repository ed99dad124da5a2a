#!/usr/bin/python3
"""make bench: how fast Muster is, beside Postfix's smtp-source into the same sink.

Everything is measured in this one run on the loopback; each figure is the median of RUNS. The
machine is whatever it is, so compare within a table, not between tables."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "test" / "program"), str(TOP / "tools"), str(TOP / "bench")]

import authority
import community
import fanout
import harness
import postfix
import postgres
import secretariat
from measuring import (BODY_SIZE, RUNS, Sink, count, cpu_seconds, median, processes, pss_kb,
                       status_kb, total, wait_for_lines)

SIZES = [400, 4000, 40000]


def make_community(folder, sink, contacts):
    """A community with so many contacts, and the seconds that importing them took."""
    muster = harness.Muster(folder / f"community{contacts}", sink.port)
    muster.configure("policy", "contacts-per-tld", 1000)
    table = folder / f"contacts{contacts}.csv"
    with open(table, "w", encoding="utf-8") as file:
        community.write_csv(community.community(309, contacts), file)
    began = time.monotonic()
    result = muster.command("import", "csv", table)
    took = time.monotonic() - began
    assert result.status == 0, result.errors
    return muster, took


def alert(muster):
    author = community.community(309, 1)[0]["primary"]
    return author, harness.mail(
        f"Anna Doe <{author}>", muster.list, subject="TLP:GREEN measurement",
        body=("x" * 70 + "\r\n") * (BODY_SIZE // 72),
        Authentication_Results=harness.evidence(author.partition("@")[2]))


def fan_out(muster, sink, contacts):
    """One post to everybody: recipients per second, latency of the first and last copy in ms,
    and the processor's seconds of all roles."""
    before = count(sink.log)
    pids = processes(muster.daemon.pid)
    cpu = total(cpu_seconds, pids)
    author, message = alert(muster)
    with muster.lmtp() as client:
        reply = client.deliver(author, [muster.list], message)[muster.list]
        accepted_at = time.monotonic()
    assert reply[0] == 250, reply
    wait_for_lines(sink.log, before + contacts)
    times = sink.times(before)
    harness.wait_until(lambda: not muster.json("queue", "list"), "the queue to be marked", 60)
    return {
        "rate": contacts / (times[-1] - accepted_at),
        "first_ms": (times[0] - accepted_at) * 1000,
        "last_ms": (times[-1] - accepted_at) * 1000,
        "cpu_s": total(cpu_seconds, pids) - cpu,
    }


def smtp_source(sink, messages, sessions):
    """The floor: messages per second without a list, a queue or a store behind them."""
    before = count(sink.log)
    began = time.monotonic()
    subprocess.run([postfix.SMTP_SOURCE, "-d", "-s", str(sessions), "-m", str(messages), "-l",
                    str(BODY_SIZE), "-f", "tld-ops-bounces+abcdefghijklmnop@lists.example.org",
                    "-t", "person@nic.example", f"inet:127.0.0.1:{sink.port}"], check=True,
                   stderr=subprocess.DEVNULL, env=os.environ | postfix.ENVIRONMENT)
    wait_for_lines(sink.log, before + messages)
    return messages / (sink.times(before)[-1] - began)


def measure_size(folder, sink, has_source, contacts):
    muster, _ = make_community(folder, sink, contacts)
    runs = {"muster": [], 1: [], 4: []}
    muster.serve()
    fan_out(muster, sink, contacts)  # warms up
    for _ in range(RUNS):
        runs["muster"].append(fan_out(muster, sink, contacts))
        for sessions in (1, 4) if has_source else ():
            runs[sessions].append(smtp_source(sink, contacts, sessions))
    peak = total(status_kb, processes(muster.daemon.pid), "VmHWM")
    muster.stop()
    floor = {sessions: median(runs[sessions]) if runs[sessions] else None for sessions in (1, 4)}
    row = {key: median([run[key] for run in runs["muster"]]) for key in runs["muster"][0]}
    return row | {"contacts": contacts, "source1": floor[1], "source4": floor[4],
                  "peak_mb": peak / 1024}


def measure_start(folder, sink):
    """Start to serving in ms, and the memory of all roles when nothing happens, in MB."""
    muster, _ = make_community(folder, sink, 401)
    starts = []
    for _ in range(RUNS):
        began = time.monotonic()
        muster.serve()
        starts.append((time.monotonic() - began) * 1000)
        time.sleep(1)
        pids = processes(muster.daemon.pid)
        resident, shared_out = total(status_kb, pids, "VmRSS"), total(pss_kb, pids)
        muster.stop()
    return median(starts), resident / 1024, shared_out / 1024, len(pids)


def measure_directory(folder, sink):
    """Seconds to import and to list 10,000 contacts."""
    imports, rosters = [], []
    for run in range(RUNS):
        place = folder / f"directory{run}"
        place.mkdir()
        muster, took = make_community(place, sink, 10000)
        imports.append(took)
        began = time.monotonic()
        lines = muster.cli("roster", "show").count("\n")
        rosters.append(time.monotonic() - began)
        assert lines > 10000, lines
    return median(imports), median(rosters)


def print_fan_out(rows):
    print(f"\nOne {BODY_SIZE}-byte post to N recipients, a transaction each (VERP); medians of "
          f"{RUNS}\n")
    print("| N | Muster/s | smtp-source -s 1 /s | -s 4 /s | Muster / -s 4 | first copy ms "
          "| last copy ms | CPU s | peak RSS MB |")
    print("|" + " ---: |" * 9)
    for row in rows:
        source = [f"{row[key]:,.0f}" if row[key] else "-" for key in ("source1", "source4")]
        ratio = f"{row['rate'] / row['source4']:.2f}" if row["source4"] else "-"
        print(f"| {row['contacts']:,} | {row['rate']:,.0f} | {source[0]} | {source[1]} | {ratio} "
              f"| {row['first_ms']:.1f} | {row['last_ms']:,.0f} | {row['cpu_s']:.2f} "
              f"| {row['peak_mb']:.0f} |")


def print_rest(start, directory):
    print("\n| what | median |\n| --- | ---: |")
    print(f"| start to serving | {start[0]:.0f} ms |")
    print(f"| all {start[3]} processes idle, resident (RSS added up) | {start[1]:.1f} MB |")
    print(f"| all {start[3]} processes idle, their share of memory (PSS) | {start[2]:.1f} MB |")
    print(f"| import of 10,000 contacts (CSV) | {directory[0]:.2f} s |")
    print(f"| roster of 10,000 contacts | {directory[1]:.2f} s |")


def run_stores(folder, sink, sizes):
    """What has to do with the kind of store, in files of their own. Growth has a process of its
    own: the kernel counts what a command has in memory from what its parent had."""
    if postgres.why_not() is None:
        fanout.show(fanout.compare(folder, sink), fanout.CONTACTS)
    sys.stdout.flush()
    subprocess.run([sys.executable, TOP / "bench" / "scale.py", *map(str, sizes or [])], check=True)


def main():
    parser = argparse.ArgumentParser(description="Measures Muster on the loopback.")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--only-fan-out", action="store_true")
    parser.add_argument("--scale", type=lambda text: [int(size) for size in text.split(",")],
                        help="numbers of contacts for the part on growth, as 1000,10000")
    args = parser.parse_args()
    reason = postfix.why_no_programs()
    if reason is not None:
        print(f"smtp-source is not there to compare with: {reason}")

    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name:
        folder = pathlib.Path(name)
        sink = Sink(folder)
        print_fan_out([measure_size(folder, sink, reason is None, size) for size in args.sizes])
        if not args.only_fan_out:
            print_rest(measure_start(folder, sink), measure_directory(folder, sink))
            authority.print_rows(*authority.measure(folder))
            secretariat.print_rows(secretariat.measure(folder, sink))
            run_stores(folder, sink, args.scale)
        sink.daemon.stop()


if __name__ == "__main__":
    main()

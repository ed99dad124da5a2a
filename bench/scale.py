"""How Muster grows from a thousand contacts to a million, on both stores. Part of make bench; alone:
bench/scale.py [SIZE ...]

The plot (docs/performance-scale.svg) is gnuplot's; without gnuplot there is none."""

import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "test" / "program"), str(TOP / "tools"), str(TOP / "bench")]

import harness
import measuring
import people
import postgres
from store import PostgresStore, SqliteStore

SIZES = [1000, 10_000, 100_000, 1_000_000]
ROSTER_MAX = 50_000  # more lines than this make no mail that anybody takes
PROBE = harness.BUILD / "bench" / "search_probe"
PLOT = TOP / "docs" / "performance-scale.svg"
RUNS = 5
ROLES = ("lmtp", "worker", "courier")

# What is asked for: the kind, and the words of one query.
NAMES = ["maria", "ahmed", "m", "s", "ma", "silva", "maria silva", "maria s", "m s", "smith .de",
         "silva maria anna", "иван", "петров иван", "芳", "王芳", "محمد", "nobody", "maria xyz"]


def queries(rows):
    """{kind: queries}; addresses and numbers are of people from all over the table."""
    some = random.Random(2).sample(rows, min(len(rows), 100))
    rare = [f"{row['given_name']} {row['family_name']}" for row in some[:20]]
    return {
        "address": [row["primary"] for row in some],
        "phone": [row["mobile"] for row in some[:50]] + [row["mobile"][-7:] for row in some[50:]],
        "name": NAMES + rare,
    }


def probe(muster, asked):
    """Milliseconds of the search itself: the median over the queries, and the slowest."""
    done = subprocess.run(
        [PROBE, muster.store.url, muster.directory, str(RUNS)], input="\n".join(asked) + "\n",
        text=True, capture_output=True, check=True)
    times = [int(line.split("\t")[0]) / 1000 for line in done.stdout.splitlines()]
    assert len(times) == len(asked), done.stdout
    return statistics.median(times), max(times)


def run(muster, *args):
    """A command's seconds and the most memory it had, in MB."""
    began = time.monotonic()
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen([harness.BINARY, "-c", muster.config, *map(str, args)],
                                   stdout=nowhere, cwd=muster.directory.parent)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{args}: {process.returncode}"
    return time.monotonic() - began, usage.ru_maxrss / 1024


def median_run(muster, *args, runs=RUNS):
    return statistics.median(run(muster, *args)[0] for _ in range(runs))


def memory(muster, key="VmRSS"):
    """MB of the supervisor and each role."""
    pids = {"supervisor": muster.daemon.pid} | muster.roles()
    return {name: measuring.status_kb(pid, key) / 1024 for name, pid in pids.items()}


def post(muster, sink, rows, copies):
    """One post to everybody: copies per second."""
    before = measuring.count(sink.log)
    author = rows[0]["primary"]
    message = harness.mail(f"<{author}>", muster.list, subject="TLP:GREEN measurement",
                           body=("x" * 70 + "\r\n") * (measuring.BODY_SIZE // 72),
                           Authentication_Results=harness.evidence(author.partition("@")[2]))
    with muster.lmtp() as client:
        reply = client.deliver(author, [muster.list], message)[muster.list]
    accepted_at = time.monotonic()
    assert reply[0] == 250, reply
    measuring.wait_for_lines(sink.log, before + copies, seconds=3600)
    return copies / (sink.times(before)[-1] - accepted_at)


def measure_search(muster, rows, row):
    for kind, asked in queries(rows).items():
        row[f"{kind}_ms"], row[f"{kind}_worst_ms"] = probe(muster, asked)
    row["find_command_ms"] = 1000 * median_run(muster, "contact", "find", rows[0]["primary"])
    row["name_command_ms"] = 1000 * median_run(muster, "contact", "find", "maria", "silva")


def measure_roles(muster, sink, rows, row):
    muster.serve()
    time.sleep(1)
    row["idle"] = memory(muster)
    row["post_rate"] = post(muster, sink, rows, len(rows))
    harness.wait_until(lambda: not muster.json("queue", "list"), "the queue to be marked", 600)
    row["after"] = memory(muster)
    row["peak"] = memory(muster, "VmHWM")
    muster.stop()


def measure(folder, sink, store, rows, table):
    """All figures of one store at one size."""
    muster = harness.Muster(folder, sink.port, store=store)
    muster.configure("policy", "contacts-per-tld", 10000)
    row = {"contacts": len(rows)}
    row["import_s"], row["import_mb"] = run(muster, "import", "csv", table)
    measure_search(muster, rows, row)
    runs = RUNS if len(rows) <= 100_000 else 1
    row["stats_ms"] = 1000 * median_run(muster, "tld", "stats", runs=runs)
    row["list_ms"] = 1000 * median_run(muster, "tld", "list", runs=runs)
    if len(rows) <= ROSTER_MAX:
        row["roster_s"], row["roster_mb"] = run(muster, "roster", "show")
    measure_roles(muster, sink, rows, row)
    return row


def measure_all(folder, sink, sizes):
    """{store: rows}"""
    found = {"SQLite": [], "PostgreSQL": []}
    reason = postgres.why_not()
    if reason is not None:
        print(f"no PostgreSQL to measure: {reason}")
    for size in sizes:
        table = folder / "contacts.csv"
        rows = people.write(table, size)
        place = folder / f"scale{size}"
        found["SQLite"].append(
            measure(place, sink, SqliteStore(place / "muster.db"), rows, table))
        shutil.rmtree(place)
        if reason is None:
            with postgres.Postgres() as server:
                found["PostgreSQL"].append(measure(folder / f"scale-postgres{size}", sink,
                                                   PostgresStore(server.url()), rows, table))
    return {store: rows for store, rows in found.items() if rows}


COLUMNS = [  # key, heading, format
    ("contacts", "contacts", ",.0f"), ("import_s", "import s", ",.1f"),
    ("import_mb", "import MB", ",.0f"), ("address_ms", "address ms", ".2f"),
    ("address_worst_ms", "worst", ".2f"), ("phone_ms", "phone ms", ".2f"),
    ("phone_worst_ms", "worst", ".2f"), ("name_ms", "name ms", ".2f"),
    ("name_worst_ms", "worst", ".2f"), ("find_command_ms", "`find` address ms", ".1f"),
    ("name_command_ms", "`find` name ms", ".1f"), ("stats_ms", "`tld stats` ms", ",.0f"),
    ("list_ms", "`tld list` ms", ",.0f"), ("roster_s", "`roster show` s", ".2f"),
    ("roster_mb", "roster MB", ",.0f"), ("post_rate", "post copies/s", ",.0f"),
]


def cell(row, key, form):
    return format(row[key], form) if key in row else "-"


def show(found):
    for store, rows in found.items():
        print(f"\n{store}; searches: medians and the slowest of the search itself, then of the "
              "command with its start\n")
        print("| " + " | ".join(heading for _, heading, _ in COLUMNS) + " |")
        print("|" + " ---: |" * len(COLUMNS))
        for row in rows:
            print("| " + " | ".join(cell(row, key, form) for key, _, form in COLUMNS) + " |")
        print(f"\n{store}; memory of each role (RSS, MB): idle / after a post to everybody / most\n")
        names = list(rows[0]["idle"])
        print("| contacts | " + " | ".join(names) + " |\n|" + " ---: |" * (1 + len(names)))
        for row in rows:
            print(f"| {row['contacts']:,} | " + " | ".join(
                " / ".join(f"{row[when].get(name, 0):.0f}" for when in ("idle", "after", "peak"))
                for name in names) + " |")


CURVES = [("import_s", "import, s", 1), ("address_ms", "find by address, ms", 1),
          ("name_ms", "find by name, ms", 1), ("name_worst_ms", "slowest name, ms", 1),
          ("stats_ms", "tld stats, ms", 1)]


def plot(found):
    """One picture, log-log: each figure of each store over the number of contacts."""
    if shutil.which("gnuplot") is None:
        print("\nno gnuplot, so no plot (tools/install bench)")
        return
    script = ["set terminal svg size 900,560 font 'sans,13' background 'white'",
              f"set output '{PLOT}'", "set logscale xy", "set key outside right", "set grid",
              "set xlabel 'contacts'", "set format x '10^{%L}'",
              "set title 'How Muster grows (solid: SQLite, dashed: PostgreSQL)'"]
    lines, data = [], []
    for dash, (store, rows) in enumerate(found.items(), 1):
        for color, (key, title, _) in enumerate(CURVES, 1):
            lines.append(f"'-' using 1:2 with linespoints dt {dash} lc {color} lw 2 pt {color}"
                         f" title '{title}{'' if dash == 1 else ' (PostgreSQL)'}'")
            data += [f"{row['contacts']} {max(row[key], 0.001)}" for row in rows] + ["e"]
    text = "\n".join([*script, "plot " + ", ".join(lines), *data]) + "\n"
    subprocess.run(["gnuplot"], input=text, text=True, check=True)
    print(f"\nplot: {PLOT.relative_to(TOP)}")


def run_all(folder, sink, sizes):
    found = measure_all(folder, sink, sizes)
    show(found)
    plot(found)


def main():
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    with tempfile.TemporaryDirectory(prefix="muster-scale-") as name:
        folder = pathlib.Path(name)
        sink = measuring.Sink(folder)
        run_all(folder, sink, sizes)
        sink.daemon.stop()


if __name__ == "__main__":
    main()

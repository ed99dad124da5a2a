"""Fan-out of one post on both stores, with one courier and with more. Part of make bench; alone:
bench/fanout.py [CONTACTS]

The server has its default durable settings: each commit is on disk before it is answered."""

import pathlib
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "test" / "program"), str(TOP / "tools"), str(TOP / "bench")]

import harness
import measuring
import postgres
from store import PostgresStore, SqliteStore

CONTACTS = 100_000
COURIERS = (1, 2, 4)
RUNS = 3


def community(folder, sink, store, contacts):
    """Contacts are put into the table by SQL: importing them is measured elsewhere."""
    muster = harness.Muster(folder, sink.port, store=store)
    muster.configure("lmtp", "max-connections", 10)
    number = f"(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {contacts})" \
             " SELECT i FROM n) AS n"
    tld = "(SELECT min(a_label) FROM tld)"
    for statement in (
            "INSERT INTO person (given_name, family_name, search_name, language, created_at)"
            f" SELECT 'Anna', 'Doe', 'anna doe', 'en', 0 FROM {number}",
            "INSERT INTO address (person_id, address, key, kind, delivers, created_at)"
            " SELECT id, 'p' || id || '@nic.example', 'p' || id || '@nic.example', 'primary', 1, 0"
            " FROM person",
            f"INSERT INTO seat (tld, person_id, rank, since) SELECT {tld}, id, id, 0 FROM person"):
        store.run(statement)
    return muster


def alert(muster):
    author = "p1@nic.example"
    return author, harness.mail(
        f"Anna Doe <{author}>", muster.list, subject="TLP:GREEN measurement",
        body=("x" * 70 + "\r\n") * (measuring.BODY_SIZE // 72),
        Authentication_Results=harness.evidence("nic.example"))


def fan_out(muster, sink, contacts):
    """Copies per second, from the answer to the post to the last copy."""
    before = measuring.count(sink.log)
    author, message = alert(muster)
    with muster.lmtp() as client:
        reply = client.deliver(author, [muster.list], message)[muster.list]
        accepted_at = time.monotonic()
    assert reply[0] == 250, reply
    measuring.wait_for_lines(sink.log, before + contacts)
    times = sink.times(before)
    assert len(times) == contacts, f"{len(times)} copies"
    harness.wait_until(lambda: not muster.json("queue", "list"), "the queue to be marked", 60)
    return {"rate": contacts / (times[-1] - accepted_at), "first_ms": (times[0] - accepted_at) * 1000}


def serve(muster, folder, couriers):
    """One host with all roles, and others with a courier each; all of them."""
    muster.serve()
    others = [muster.other_host(folder / f"host{couriers}{n}") for n in range(1, couriers)]
    for other in others:
        other.serve("courier")
    return [muster, *others]


def measure(folder, sink, store, contacts, couriers, runs=RUNS):
    """The medians of some runs for each number of couriers: {couriers: row}."""
    folder.mkdir()
    muster = community(folder / "community", sink, store, contacts)
    rows = {}
    for number in couriers:
        nodes = serve(muster, folder, number)
        fan_out(muster, sink, contacts)  # warms up
        found = [fan_out(muster, sink, contacts) for _ in range(runs)]
        for node in nodes:
            node.stop()
        rows[number] = {key: measuring.median([run[key] for run in found]) for key in found[0]}
    return rows


def compare(folder, sink, contacts=CONTACTS, couriers=COURIERS, runs=RUNS):
    """Rows of (store, couriers, copies per second, ms to the first copy)."""
    sqlite = folder / "sqlite"
    found = [("SQLite", measure(sqlite, sink, SqliteStore(sqlite / "community" / "muster.db"), contacts,
                                couriers, runs))]
    with postgres.Postgres() as server:
        found.append(("PostgreSQL", measure(folder / "postgres", sink, PostgresStore(server.url()),
                                            contacts, couriers, runs)))
    return [(store, number, row["rate"], row["first_ms"])
            for store, rows in found for number, row in rows.items()]


def show(rows, contacts, runs=RUNS):
    print(f"\nOne post to {contacts:,} recipients, by store and couriers; medians of {runs}\n")
    print("| store | couriers | copies/s | of SQLite | first copy ms |\n| --- | ---: | ---: | ---: | ---: |")
    for store, number, rate, first_ms in rows:
        print(f"| {store} | {number} | {rate:,.0f} | {rate / rows[0][2]:.2f} | {first_ms:.1f} |")


def main():
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    reason = postgres.why_not()
    if reason is not None:
        sys.exit(f"fanout.py: {reason}")
    with tempfile.TemporaryDirectory(prefix="muster-fanout-") as name:
        folder = pathlib.Path(name)
        sink = measuring.Sink(folder)
        show(compare(folder, sink, contacts), contacts)
        sink.daemon.stop()


if __name__ == "__main__":
    main()

"""What the secretariat's desk can bear: ten thousand requests by mail, each to its end, and what the
desk shows of five thousand that wait; and ten thousand that one stranger sends."""

import pathlib
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "test" / "program"), str(TOP / "tools"), str(TOP / "bench")]

import community
import harness
import iana
from measuring import RUNS, Sink, median

PEOPLE = 618  # two of each TLD, so that one more may be asked for
LOTS = 5
REQUESTS = 10000
OPEN = 5000
FLOOD_OPENED = 20  # of an address in a day
NOW = 1795168800  # 2026-11-20 10:00 UTC
DAY = 86400
CHANGE = "TLD: .{tld}\r\nRequest: change\r\nMobile phone: +999 {number:09}\r\n"
ADD = ("TLD: .{tld}\r\nRequest: add\r\nContact 1\r\nName: Ann Newcomer\r\nMobile phone: +1 613 555 0100\r\n"
       "E-mail: ann.newcomer{number}@new.example\r\n")


def set_up(folder, sink):
    """A community that knows its authorities, and its people."""
    muster = harness.Muster(folder / "requests", sink.port)
    muster.set_clock(NOW)
    people = community.community(309, PEOPLE)
    table = folder / "people.csv"
    with open(table, "w", encoding="utf-8") as file:
        community.write_csv(people, file)
    muster.cli("import", "csv", table)
    servers = iana.Iana()
    servers.add(*{person["tld"] for person in people})
    iana.point_to(muster, servers)
    muster.cli("authority", "sync")
    servers.close()
    return muster, people


def hand_over(muster, people, text, numbers):
    """A request of the people in turn, for each number."""
    to = muster.address("-request")
    with muster.lmtp() as client:
        for number in numbers:
            person = people[number % len(people)]
            sender = person["primary"]
            proof = harness.evidence(sender.partition("@")[2])
            message = harness.mail(sender, to, "a request", text.format(number=number, **person),
                                   Authentication_Results=proof)
            reply = client.deliver(sender, [to], message)[to]
            assert reply[0] == 250, reply


def work_off(muster):
    """Seconds from a start until all mail that waits has been worked on."""
    def waiting():
        return int(muster.store.rows("SELECT count(*) FROM inbox WHERE state IN"
                                     " ('waiting', 'claimed')")[0][0])
    began = time.monotonic()
    muster.serve("worker")
    while waiting():
        time.sleep(0.05)
    took = time.monotonic() - began
    muster.stop()
    return took


def count(muster, state):
    return int(muster.store.rows(f"SELECT count(*) FROM request WHERE state = '{state}'")[0][0])


def flood(muster, people):
    """Seconds for as many from one stranger, who gets a day's requests and a few letters."""
    eve = "eve@evil.example"
    muster.serve("lmtp")
    hand_over(muster, [{"primary": eve, "tld": person["tld"]} for person in people], ADD,
              range(REQUESTS))
    muster.stop()
    took = work_off(muster)
    opened = muster.store.rows(f"SELECT count(*) FROM request WHERE requester = '{eve}'")[0][0]
    letters = muster.store.rows(f"SELECT count(*) FROM delivery WHERE address = '{eve}'")[0][0]
    assert int(opened) == FLOOD_OPENED and int(letters) == FLOOD_OPENED + 1, (opened, letters)
    return REQUESTS / took


def time_command(muster, *args):
    times = []
    for _ in range(RUNS):
        began = time.monotonic()
        muster.cli(*args)
        times.append((time.monotonic() - began) * 1000)
    return median(times)


def measure(folder, sink):
    muster, people = set_up(folder, sink)
    lots = []
    for lot in range(LOTS):
        size = REQUESTS // LOTS
        muster.serve("lmtp")
        hand_over(muster, people, CHANGE, range(lot * size, (lot + 1) * size))
        muster.stop()
        lots.append(work_off(muster))
    assert count(muster, "done") == REQUESTS
    muster.set_clock(NOW + 2 * DAY)
    muster.serve("lmtp")
    hand_over(muster, people, ADD, range(OPEN))
    muster.stop()
    asked = work_off(muster)
    assert count(muster, "authority") == OPEN
    times = {"desk": time_command(muster, "desk"),
             "list": time_command(muster, "request", "list"),
             "show": time_command(muster, "request", "show", REQUESTS + OPEN // 2)}
    return {"rate": REQUESTS / LOTS / median(lots), "asked": OPEN / asked,
            "flood": flood(muster, people), **times}


def print_rows(row):
    print(f"| requests by mail, read and done, {REQUESTS:,} in all | {row['rate']:,.0f} /s |")
    print(f"| requests by mail, read, and the authority asked | {row['asked']:,.0f} /s |")
    print(f"| {REQUESTS:,} from one stranger: {FLOOD_OPENED} opened, {FLOOD_OPENED + 1} letters |"
          f" {row['flood']:,.0f} /s |")
    print(f"| `muster desk` with {OPEN:,} open requests | {row['desk']:.0f} ms |")
    print(f"| `muster request list` of them | {row['list']:.0f} ms |")
    print(f"| `muster request show` of one | {row['show']:.0f} ms |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name:
        mail_sink = Sink(pathlib.Path(name))
        print_rows(measure(pathlib.Path(name), mail_sink))
        mail_sink.daemon.stop()

"""How long it takes to ask about all TLDs, with both of IANA's servers on the loopback: what is
measured is Muster's own part, as the real servers are asked ten times a minute."""

import pathlib
import statistics
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "test" / "program"))

import harness
import iana

RUNS = 5


def run_seconds(muster):
    began = time.monotonic()
    result = muster.command("authority", "sync")
    assert result.status == 0, result
    return time.monotonic() - began


def measure(folder):
    """Seconds of a first run over all TLDs, and of one that finds each changed; medians."""
    first, changed = [], []
    for run in range(RUNS):
        muster = harness.Muster(folder / f"authority{run}", harness.free_port())
        tlds = [row["tld"] for row in muster.json("tld", "list")]
        servers = iana.Iana()
        servers.add(*tlds)
        for key, value in [("whois", servers.whois_address), ("rdap", servers.rdap_url),
                           ("per-minute", "60000")]:
            muster.configure("iana", key, value)
        first.append(run_seconds(muster))
        for tld in tlds:
            servers.entries[tld].name = "Bea Example"
        changed.append(run_seconds(muster))
        servers.close()
    return statistics.median(first), statistics.median(changed)


def print_rows(first, changed):
    print(f"| IANA asked about 309 TLDs, WHOIS and RDAP, for the first time | {first:.2f} s |")
    print(f"| the same, and every TLD has changed | {changed:.2f} s |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name:
        print_rows(*measure(pathlib.Path(name)))

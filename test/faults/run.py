#!/usr/bin/python3
"""make faults: everything that can go wrong around Muster does, on both stores, while posts go out;
then the books are closed. The exit status is 0 if nothing was lost or went to the wrong place."""

import argparse
import pathlib
import random
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TOP / "test" / "program"))

from ground import GROUNDS
from scenarios import SCENARIOS
from table import describe, markdown
from trial import run_scenario

DOCUMENT = TOP / "docs" / "reliability.md"
MARKS = ["<!-- make faults: begin -->\n", "<!-- make faults: end -->\n"]


def parse_arguments():
    names = [scenario.name for scenario in SCENARIOS]
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[2],
                                     epilog=f"Scenarios: {', '.join(names)}.")
    parser.add_argument("scenario", nargs="*", help="which ones, by default all")
    parser.add_argument("--store", choices=GROUNDS, help="one of the stores")
    parser.add_argument("--short", action="store_true", help="as in make check")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32),
                        help="of a run that shall be repeated")
    parser.add_argument("--write-docs", action="store_true", help=f"the table into {DOCUMENT.name}")
    arguments = parser.parse_args()
    wrong = set(arguments.scenario) - set(names)
    if wrong:
        parser.error(f"no scenario {', '.join(wrong)}: there are {', '.join(names)}")
    return arguments


def write_docs(text):
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    DOCUMENT.write_text(before + MARKS[0] + text + MARKS[1] + after, encoding="utf-8")


def run(scenario, store, arguments):
    result = run_scenario(scenario, store, arguments.seed, not arguments.short)
    print(describe(result), flush=True)
    for problem in result.problems:
        print("\n".join(f"    {line}" for line in problem.splitlines()), flush=True)
    return result


def main():
    arguments = parse_arguments()
    began = time.monotonic()
    print(f"seed {arguments.seed}", flush=True)
    results = [run(scenario, store, arguments) for scenario in SCENARIOS for store in scenario.stores
               if scenario.name in (arguments.scenario or [scenario.name])
               and store == (arguments.store or store)]
    failed = [result for result in results if not result.is_good()]
    table = (f"{markdown(results)}\n\nOn {time.strftime('%d %B %Y')}, seed {arguments.seed}, in"
             f" {(time.monotonic() - began) / 60:.0f} minutes.\n")
    print(f"\n{table}")
    if arguments.write_docs:
        write_docs(table)
    print(f"{len(results) - len(failed)} of {len(results)} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Runs every fuzzer for some seconds, two at a time: tools/fuzz.py [SECONDS [NAME...]].

New inputs go to build-fuzz/found/NAME, never into the checkout. What breaks a law is left in
build-fuzz/broken/NAME-*: put it into fuzz/corpus/NAME under a name that says what it is.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = TOP / "build-fuzz"
OPTIONS = ["-Dfuzz=true", "-Db_lundef=false"]
AT_A_TIME = 2


def build():
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["meson", "setup", str(BUILD), *OPTIONS], cwd=TOP, check=True,
                       env=os.environ | {"CC": "clang"}, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet"], check=True)


def fuzzers():
    output = subprocess.run(["meson", "introspect", "--targets", str(BUILD)], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    return {target["name"].removeprefix("fuzz_"): target["filename"][0]
            for target in json.loads(output) if target["name"].startswith("fuzz_")}


def fuzz(name, program, seconds):
    """Returns (name, whether every law held, what it says)."""
    found = BUILD / "found" / name
    broken = BUILD / "broken"
    found.mkdir(parents=True, exist_ok=True)
    broken.mkdir(exist_ok=True)
    result = subprocess.run([program, f"-max_total_time={seconds}", "-timeout=10",
                             "-print_final_stats=1", f"-artifact_prefix={broken}/{name}-",
                             str(found), str(TOP / "fuzz" / "corpus" / name)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors="replace", env=os.environ | {"UBSAN_OPTIONS": "halt_on_error=1"})
    if result.returncode != 0:
        return name, False, "\n".join(result.stdout.splitlines()[-60:])
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", result.stdout)
    return name, True, f"{int(runs[1]) if runs else 0:,} inputs, every law held"


def main(seconds="60", *names):
    build()
    chosen = {name: program for name, program in fuzzers().items() if not names or name in names}
    print(f"{len(chosen)} fuzzers, {seconds} seconds each", flush=True)
    all_held = bool(chosen)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = [pool.submit(fuzz, name, program, seconds) for name, program in chosen.items()]
        for run in concurrent.futures.as_completed(runs):
            name, held, says = run.result()
            print(f"{name}: {says}", flush=True)
            all_held = all_held and held
    return 0 if all_held else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

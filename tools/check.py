#!/usr/bin/python3
"""Builds Muster and runs all of its tests; `make check` calls it.

Suites: every Meson test of a gcc build and of a clang build with ASan and UBSan, then the tests of
the whole program against both; and once more on PostgreSQL, a private server of this run, what uses
a store. The last line counts; the exit status is 0 if none failed. With CI=true warnings are errors.
"""

import dataclasses
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "test" / "program"))

import postgres

JOBS = "2"
PROGRAM_JOBS = "3"  # these tests wait more than they compute
BUILD_SECONDS = 900
MESON_SECONDS = 900
PROGRAM_SECONDS = 1500
OUTPUT_LINES = 60  # of a failure that are shown

WERROR = ["-Dwerror=true"] if os.environ.get("CI") == "true" else []
SANITIZE = ["-Db_sanitize=address,undefined", "-Db_lundef=false"]
SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


@dataclasses.dataclass
class Case:
    """The end of one test: "passed", "failed" or "skipped", and why."""

    name: str
    outcome: str
    detail: str = ""


def failed(name, detail):
    return [Case(name, "failed", detail)]


def run(command, seconds, env=None):
    """Runs a command in a session of its own. Returns (exit status, output); the status is None if
    it ran out of time, and then nothing that it started is left."""
    process = subprocess.Popen(command, cwd=TOP, env=os.environ | (env or {}), text=True,
                               errors="replace", stdin=subprocess.DEVNULL, start_new_session=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return None, f"{output}\nkilled after {seconds} seconds"


def build(folder, options, env):
    """Returns the failure as a list of cases: empty if all is built."""
    if not (TOP / folder / "build.ninja").exists():
        status, output = run(["meson", "setup", folder, *options, *WERROR], BUILD_SECONDS, env)
        if status != 0:
            return failed(f"{folder}: meson setup", output)
    status, output = run(["ninja", "-C", folder, "-j", JOBS], BUILD_SECONDS)
    return [] if status == 0 else failed(f"{folder}: build", output)


TAP_LINE = re.compile(r"(not )?ok\s+\d+\s*-?\s*(.*?)(?:\s*#\s*SKIP\b\s*(.*))?$", re.I)


def tap_cases(test):
    """The cases in one entry of Meson's log; a program that speaks no TAP is one case."""
    name = test["name"].rpartition(" / ")[2]
    output = test.get("stdout", "")
    everything = output + test.get("stderr", "")
    cases = []
    for match in filter(None, map(TAP_LINE.match, output.splitlines())):
        refused, title, reason = match.groups()
        outcome = "failed" if refused else "passed" if reason is None else "skipped"
        cases.append(Case(f"{name} {title}", outcome, everything if refused else reason or ""))
    if test["result"] not in ("OK", "SKIP") and not count(cases, "failed"):
        cases += failed(name, f"{test['result']}, exit status {test['returncode']}\n{everything}")
    if not cases:
        outcome = "skipped" if test["result"] == "SKIP" else "passed"
        cases.append(Case(name, outcome, everything.strip()))
    return cases


NOT_POSTGRESQL = ["--no-suite", "postgres"]
ON_POSTGRESQL = ["--suite", "postgres", "--suite", "store"]


def meson_suite(folder, options=(), compiler="gcc", env=None, chosen=NOT_POSTGRESQL):
    if shutil.which(compiler) is None:
        return [Case(f"{folder}: all of its tests", "skipped", f"{compiler} is not installed")]
    problem = build(folder, options, {"CC": compiler})
    if problem:
        return problem
    log = TOP / folder / "meson-logs" / "check.json"
    log.unlink(missing_ok=True)
    status, output = run(["meson", "test", "-C", folder, "--no-rebuild", "--logbase", "check",
                          "--num-processes", JOBS, "--timeout-multiplier", "4",
                          *chosen], MESON_SECONDS, env)
    if not log.exists():
        return failed(f"{folder}: meson test", output)
    cases = [case for line in log.read_text().splitlines() for case in tap_cases(json.loads(line))]
    if status is None:
        cases += failed(f"{folder}: meson test", output)
    return cases


def junit_case(element):
    name = "{}::{}".format(element.get("classname", ""), element.get("name", ""))
    for kind in ("failure", "error"):
        for found in element.iter(kind):
            output = "".join(part.text or "" for part in element.iter("system-out"))
            return Case(name, "failed", f"{found.text or found.get('message')}\n{output}")
    for found in element.iter("skipped"):
        return Case(name, "skipped", found.get("message", ""))
    return Case(name, "passed")


def is_module(name):
    return importlib.util.find_spec(name) is not None


def program_suite(folder, marked=(), env=None):
    """pytest over test/program with the binary of one build; several tests at a time where
    pytest-xdist is there."""
    if not is_module("pytest"):
        return [Case("test/program: all of its tests", "skipped", "python3-pytest is not installed")]
    for program in ("muster", "test/sink/mail-sink"):
        if not (TOP / folder / program).exists():
            return [Case(f"test/program with {folder}", "skipped", f"no {folder}/{program}")]
    report = TOP / folder / "meson-logs" / "program.xml"
    report.unlink(missing_ok=True)
    env = {"MUSTER_BUILD": str(TOP / folder)} | (env or {})
    at_once = ["-n", PROGRAM_JOBS] if is_module("xdist") else []
    status, output = run([sys.executable, "-m", "pytest", "-q", "--tb=short", *at_once, *marked,
                          "--junitxml", str(report), "test/program"], PROGRAM_SECONDS, env)
    if not report.exists():
        return failed(f"test/program with {folder}: pytest", output)
    cases = [junit_case(element) for element in ElementTree.parse(report).iter("testcase")]
    none_chosen = 5
    if status not in (0, 1, none_chosen):
        cases += failed(f"test/program with {folder}: pytest, exit status {status}", output)
    return cases


def on_postgresql(suite):
    """The cases of suite(env) on a server that runs so long; without fsync, as no test of these
    takes the machine's power away."""
    reason = postgres.why_not()
    if reason is not None:
        return [Case("PostgreSQL: all of its tests", "skipped", reason)]
    with postgres.Postgres(fsync=False) as server:
        return suite({"MUSTER_TEST_STORE": server.url()})


def meson_on_postgresql(folder, options=(), compiler="gcc", env=None):
    return on_postgresql(lambda store: meson_suite(folder, options, compiler,
                                                   (env or {}) | store, ON_POSTGRESQL))


def program_on_postgresql(folder, marked=(), env=None):
    return on_postgresql(lambda store: program_suite(folder, marked, (env or {}) | store))


UNIT_ASAN = ("build-asan", SANITIZE, "clang", SANITIZER_ENV)
PROGRAM_ASAN = ("build-asan", ["-m", "sanitized"], SANITIZER_ENV)
SUITES = [
    ("unit tests, gcc", lambda: meson_suite("build")),
    ("unit tests, gcc, PostgreSQL", lambda: meson_on_postgresql("build")),
    ("unit tests, clang with sanitizers", lambda: meson_suite(*UNIT_ASAN)),
    ("unit tests, clang with sanitizers, PostgreSQL", lambda: meson_on_postgresql(*UNIT_ASAN)),
    ("whole program", lambda: program_suite("build")),
    ("whole program, PostgreSQL", lambda: program_on_postgresql("build")),
    ("whole program, with sanitizers", lambda: program_suite(*PROGRAM_ASAN)),
    ("whole program, with sanitizers, PostgreSQL", lambda: program_on_postgresql(*PROGRAM_ASAN)),
]


def show(cases, outcome):
    for case in cases:
        if case.outcome == outcome == "failed":
            lines = case.detail.rstrip().splitlines()
            print(f"\nFAILED {case.name}")
            print("\n".join(f"    {line}" for line in lines[-OUTPUT_LINES:]))
        elif case.outcome == outcome:
            print(f"  skipped {case.name}: {case.detail}")


def count(cases, outcome):
    return sum(case.outcome == outcome for case in cases)


def summary(cases):
    skipped = count(cases, "skipped")
    return (f"{count(cases, 'passed')} passed, {count(cases, 'failed')} failed"
            + (f", {skipped} skipped" if skipped else ""))


def main():
    everything = []
    for title, suite in SUITES:
        print(f"{title} ...", flush=True)
        began = time.monotonic()
        cases = suite()
        everything += cases
        show(cases, "skipped")
        show(cases, "failed")
        print(f"  {summary(cases)} in {time.monotonic() - began:.0f} s", flush=True)
    print(summary(everything))
    return 0 if count(everything, "passed") and not count(everything, "failed") else 1


if __name__ == "__main__":
    sys.exit(main())

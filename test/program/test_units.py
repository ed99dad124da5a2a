"""The sample units of systemd: what they take away, Muster can do without."""

import ctypes
import functools
import os
import shutil
import subprocess

import pytest

from harness import BINARY, TOP, is_listening, wait_until
from posts import add_members, post

ALL = sorted((TOP / "docs" / "systemd").glob("*.service"))
UNITS = [unit for unit in ALL if "muster.conf serve" in unit.read_text()]
BACKUP = TOP / "docs" / "systemd" / "muster-backup.service"
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000  # seccomp.h
# systemd.exec(5): always allowed, as nothing could be started or end without them.
IMPLIED = {"execve", "exit", "exit_group", "rt_sigreturn", "sigreturn", "getrlimit",
           "clock_nanosleep", "nanosleep", "time", "clock_gettime", "gettimeofday"}
# SQLite keeps the owner of its files if it runs as root, as tests may; the units have a user.
AS_ROOT = {"fchown"} if os.geteuid() == 0 else set()


@functools.cache
def members(name):
    """The system calls of a set like "@system-service"."""
    if not name.startswith("@"):
        return frozenset([name])
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True,
                          capture_output=True, text=True).stdout
    words = [line.strip() for line in text.splitlines()[1:]]
    return frozenset().union(*(members(word) for word in words if word and word[0] != "#"))


def allowed_calls(unit):
    calls = set()
    for line in unit.read_text().splitlines():
        key, _, value = line.partition("=")
        if key != "SystemCallFilter":
            continue
        names = frozenset().union(*map(members, value.removeprefix("~").split()))
        calls = calls - names if value.startswith("~") else calls | names
    return calls | IMPLIED | AS_ROOT


def confine(calls):
    """A function that takes away all other calls, as systemd does between fork and exec."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(KILL_PROCESS)))
    for call in calls:
        number = library.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            library.seccomp_rule_add(context, ctypes.c_uint32(ALLOW), number, 0)
    return lambda: library.seccomp_load(context)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_leaves_the_system_calls_that_are_needed(muster, sink, unit):
    add_members(muster, 3)
    log = muster.directory / "confined.log"
    with open(log, "wb") as output:
        process = subprocess.Popen([BINARY, "-c", muster.config, "serve"], stderr=output,
                                   preexec_fn=confine(allowed_calls(unit)))
    try:
        wait_until(lambda: is_listening(muster.lmtp_port), log.read_text)
        wait_until(lambda: "ended by itself" in log.read_text() or post(muster)[0] == 250,
                   log.read_text)
        wait_until(lambda: "ended by itself" in log.read_text() or len(sink.copies()) >= 3,
                   log.read_text)
    finally:
        process.terminate()
        assert process.wait(30) == 0, log.read_text()
    assert "ended by itself" not in log.read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_a_backup_needs_no_more_than_its_unit_leaves(muster, tmp_path):
    command = [BINARY, "-c", muster.config, "store", "backup", tmp_path / "backup.db"]
    subprocess.run(command, check=True, preexec_fn=confine(allowed_calls(BACKUP)))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_units_of_the_backup_are_well_formed(tmp_path):
    for unit in BACKUP, BACKUP.with_suffix(".timer"):
        text = unit.read_text().replace("/usr/bin/muster", str(BINARY))
        (tmp_path / unit.name).write_text(text)
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()],
                             check=False, capture_output=True, text=True)
    assert "muster-backup" not in checked.stderr, checked.stderr

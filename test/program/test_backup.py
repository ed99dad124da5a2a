"""Backups of a store in use, restores and copies: nothing is lost, nothing that is damaged is taken,
and whoever dies on the way leaves what was there before."""

import os
import pathlib
import pty
import random
import sqlite3
import subprocess
import threading
import time

import pytest

from harness import BINARY, Muster, mail, wait_until
from nodes import Node
from posts import add_members, post

EX_DATAERR, EX_NOINPUT, EX_SOFTWARE, EX_CANTCREAT = 65, 67, 70, 73
ROWS = 150_000  # that make a backup last long enough for something to happen meanwhile
MANY_ROWS = ("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
             " INSERT INTO answered (key, kind, day)"
             " SELECT 'somebody' || i || '@example.org', 'notice', i FROM n")
SLOWEST_S = 5  # that a mail may take meanwhile on a busy machine; a lock would last for all of it


@pytest.fixture
def other(tmp_path, sink):
    """A second community, as after `muster init`."""
    return Muster(tmp_path / "other", sink.port)


def url_of(community):
    return getattr(community.store, "url", None) or f"sqlite:{community.store.path}"


def backup(community, file):
    return community.json("store", "backup", file)


def contents(community, directory):
    """{table: (rows, digest)}; equal for stores with equal contents, whatever their kind."""
    file = directory / "contents.db"
    tables = backup(community, file)["tables"]
    file.unlink()
    return {row["table"]: (row["rows"], row["digest"]) for row in tables}


def fill(community, rows=ROWS):
    add_members(community, 20)
    community.store.run(MANY_ROWS.format(rows))


def rows_of(file, select):
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return connection.execute(select).fetchall()
    finally:
        connection.close()


def test_restored_store_is_the_one_that_was_backed_up(muster, other, tmp_path):
    add_members(muster, 20)
    muster.serve()
    assert post(muster)[0] == 250
    wait_until(lambda: muster.json("message", "list")[0]["state"] == "accepted", "the post")
    muster.stop()
    record = backup(muster, tmp_path / "backup.db")
    assert record["journal"]["intact"] and record["journal"]["rows"] > 20
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600

    restored = other.json("store", "restore", tmp_path / "backup.db")
    assert restored["tables"] == record["tables"]
    assert restored["journal"]["head"] == record["journal"]["head"]
    assert contents(other, tmp_path) == contents(muster, tmp_path)
    assert other.json("journal", "verify")["head"] == record["journal"]["head"]
    other.cli("contact", "add", "ca", "--primary", "new@example.net", "--mobile",
              "+1 613 555 0199", "--given", "New")


@pytest.mark.sqlite("restores into a file that is not there")
def test_lost_file_is_made_anew(muster, tmp_path):
    add_members(muster, 3)
    record = backup(muster, tmp_path / "backup.db")
    for file in muster.directory.glob("muster.db*"):
        file.unlink()
    assert muster.json("store", "restore", tmp_path / "backup.db")["tables"] == record["tables"]
    assert muster.store.path.stat().st_mode & 0o777 == 0o600


def test_copy_to_another_kind_and_back(muster, other, tmp_path):
    add_members(muster, 5)
    file = f"sqlite:{tmp_path}/between.db"
    to_file = muster.json("store", "copy", url_of(muster), file)
    back = muster.json("store", "copy", file, url_of(other))
    assert to_file["tables"] == back["tables"] and not back["source_in_use"]
    assert contents(other, tmp_path) == contents(muster, tmp_path)


def test_a_store_is_not_copied_onto_itself(muster, tmp_path):
    same = muster.command("store", "copy", url_of(muster), url_of(muster))
    assert same.status == 65 and "both are the same store" in same.errors
    muster.cli("store", "copy", url_of(muster), f"sqlite:{tmp_path}/one.db")
    (tmp_path / "two.db").symlink_to(tmp_path / "one.db")
    same = muster.command("store", "copy", f"sqlite:{tmp_path}/one.db", f"sqlite:{tmp_path}/two.db")
    assert same.status == 65 and "both are the same store" in same.errors


@pytest.mark.parametrize("name, status", [("missing/x.db", 67), ("file/x.db", 67)])
def test_a_place_that_cannot_hold_a_store_is_no_passing_trouble(muster, tmp_path, name, status):
    (tmp_path / "file").touch()
    refused = muster.command("store", "copy", url_of(muster), f"sqlite:{tmp_path}/{name}")
    assert refused.status == status


def test_backup_is_a_store_that_sqlite3_reads(muster, tmp_path):
    add_members(muster, 3)
    backup(muster, tmp_path / "backup.db")
    assert rows_of(tmp_path / "backup.db", "SELECT count(*) FROM person") == [(3,)]
    assert rows_of(tmp_path / "backup.db", "SELECT rows FROM backup_content WHERE name = 'seat'") \
        == [(3,)]


def deliver_until(muster, event, taken):
    """One mail after the other: (number, when it began, how long it took)."""
    number = 0
    while not event.is_set():
        start = time.monotonic()
        message = mail("stranger@example.org", muster.list, f"Mail {number}")
        replies = muster.deliver("stranger@example.org", [muster.list], message)
        assert replies[muster.list][0] == 250
        taken.append((number, start, time.monotonic() - start))
        number += 1


def test_mail_is_taken_while_a_backup_is_made(muster, tmp_path):
    fill(muster)
    muster.serve()
    taken, enough = [], threading.Event()
    deliverer = threading.Thread(target=deliver_until, args=(muster, enough, taken))
    deliverer.start()
    try:
        wait_until(lambda: len(taken) >= 20, "mails before")
        before, start = len(taken), time.monotonic()
        backup(muster, tmp_path / "backup.db")
        end = time.monotonic()
        meanwhile = [seconds for _, at, seconds in taken if at > start and at + seconds < end]
    finally:
        enough.set()
        deliverer.join()
    kept = rows_of(tmp_path / "backup.db", "SELECT count(*) FROM mail")[0][0]
    assert before <= kept <= before + len(meanwhile) + 1
    assert len(meanwhile) > 5 and max(meanwhile) < SLOWEST_S
    print(f"{len(meanwhile)} mails in {end - start:.1f} s, the slowest took {max(meanwhile):.3f} s")


def test_damaged_backup_is_refused_before_anything_is_touched(muster, other, tmp_path):
    add_members(muster, 3)
    file = tmp_path / "backup.db"
    backup(muster, file)
    add_members(other, 1)
    before = contents(other, tmp_path)
    whole = file.read_bytes()
    places = [whole.index(word) for word in (b"member1@", b"Member2", b"contact.add")]
    for damaged in [b"", whole[:50], whole[:-1], whole[:len(whole) // 2], whole + b"\0",
                    *(whole[:at] + b"x" + whole[at + 1:] for at in places)]:
        file.write_bytes(damaged)
        result = other.command("store", "restore", "--replace", file)
        assert result.status == EX_DATAERR and "cannot be restored" in result.errors, result
    assert contents(other, tmp_path) == before


@pytest.mark.parametrize("name, status", [("none.db", EX_NOINPUT), (".", EX_DATAERR),
                                          ("muster.conf", EX_DATAERR)])
def test_what_is_no_backup_is_refused(muster, name, status):
    result = muster.command("store", "restore", muster.directory / name)
    assert result.status == status, result


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_backup_that_we_may_not_read_is_refused(muster, tmp_path):
    backup(muster, tmp_path / "backup.db")
    (tmp_path / "backup.db").chmod(0)
    assert muster.command("store", "restore", tmp_path / "backup.db").status == 77


def test_store_in_use_is_only_replaced_if_asked_for(muster, other, tmp_path):
    add_members(muster, 3)
    add_members(other, 5)
    backup(muster, tmp_path / "backup.db")
    refused = other.command("store", "restore", tmp_path / "backup.db")
    assert refused.status == EX_CANTCREAT and "--replace" in refused.errors, refused
    assert len(other.json("contact", "find", "member")) == 5
    other.cli("store", "restore", tmp_path / "backup.db", "--replace")
    assert contents(other, tmp_path) == contents(muster, tmp_path)
    assert muster.command("store", "copy", url_of(muster), url_of(other)).status == EX_CANTCREAT


def test_store_that_roles_run_on_is_left_alone(muster, other, tmp_path):
    add_members(muster, 3)
    backup(muster, tmp_path / "backup.db")
    with Node(other, "here", "worker"):
        for command in [("store", "restore", tmp_path / "backup.db", "--replace"),
                        ("store", "copy", url_of(muster), url_of(other))]:
            refused = other.command(*command)
            assert refused.status == EX_CANTCREAT and "worker on" in refused.errors, refused
    other.cli("store", "restore", tmp_path / "backup.db")


def test_copy_of_a_store_in_use_says_so(muster, tmp_path):
    with Node(muster, "here", "worker"):
        result = muster.cli("store", "copy", url_of(muster), f"sqlite:{tmp_path}/copy.db")
    assert "worker on" in result and "is not in the copy" in result


def test_broken_journal_is_backed_up_and_taken_if_asked_for(muster, other, tmp_path):
    add_members(muster, 3)
    muster.store.run("UPDATE journal SET actor = 'cli:somebody' WHERE seq = 2")
    made = muster.command("store", "backup", tmp_path / "backup.db")
    assert made.status == EX_SOFTWARE and "broken at row 2" in made.errors, made
    refused = other.command("store", "restore", tmp_path / "backup.db")
    assert refused.status == EX_DATAERR and "--broken-journal" in refused.errors, refused
    other.cli("store", "restore", tmp_path / "backup.db", "--broken-journal")
    assert len(other.json("contact", "find", "member")) == 3


def start_command(community, *args):
    return subprocess.Popen([BINARY, "-c", community.config, *map(str, args)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_within(process, seconds):
    """Kills it at a random moment; whether that was before its end."""
    time.sleep(random.uniform(0, seconds))  # the moment is what is being tested
    process.kill()
    return process.wait() < 0


def test_restore_that_is_killed_leaves_the_old_store(muster, other, tmp_path):
    fill(muster)
    add_members(other, 2)
    file = tmp_path / "backup.db"
    seconds = backup(muster, file)["seconds"]
    old, new = contents(other, tmp_path), contents(muster, tmp_path)
    for _ in range(6):
        killed = kill_within(start_command(other, "store", "restore", "--replace", file),
                             seconds * 1.5)
        found = contents(other, tmp_path)
        assert found == (old if killed else new) or found == new
        if found == new:
            break
        assert other.json("journal", "verify")["rows"] == 2
    other.cli("store", "restore", "--replace", file)
    assert contents(other, tmp_path) == new
    other.cli("contact", "add", "ca", "--primary", "new@example.net", "--mobile",
              "+1 613 555 0199", "--given", "New")


def test_backup_that_is_killed_leaves_no_file(muster, tmp_path):
    fill(muster)
    file = tmp_path / "backup.db"
    part = pathlib.Path(f"{file}.part")
    process = start_command(muster, "store", "backup", file)
    wait_until(lambda: part.exists() and part.stat().st_size > 1_000_000, "a part")
    process.kill()
    process.wait()
    assert part.exists() and not file.exists()
    backup(muster, file)
    assert file.exists() and not part.exists()


def test_two_backups_of_one_name_are_one(muster, tmp_path):
    fill(muster)
    file = tmp_path / "backup.db"
    process = start_command(muster, "store", "backup", file)
    wait_until(pathlib.Path(f"{file}.part").exists, "a part")
    assert muster.command("store", "backup", file).status == EX_CANTCREAT
    assert process.wait() == 0
    assert muster.command("store", "backup", file).status == EX_CANTCREAT  # never overwritten
    assert [path.name for path in tmp_path.glob("backup*")] == ["backup.db"]


@pytest.fixture
def small_disk(tmp_path):
    """A folder with room for a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_full_disk_is_named_and_nothing_is_left(muster, small_disk):
    fill(muster)
    result = muster.command("store", "backup", small_disk / "backup.db")
    assert result.status == 69 and "full" in result.errors, result
    assert list(small_disk.iterdir()) == []


@pytest.mark.sqlite("the store is a file on that disk")
def test_restore_onto_a_full_disk_leaves_the_old_store(muster, other, small_disk, tmp_path):
    fill(muster)
    backup(muster, tmp_path / "backup.db")
    other.configure("store", "url", f"sqlite:{small_disk}/muster.db")
    result = other.command("store", "restore", tmp_path / "backup.db")
    assert result.status == 69 and "full" in result.errors, result
    assert other.json("journal", "verify")["rows"] == 0


def test_no_password_is_shown(muster, tmp_path):
    url = "postgresql://muster:secretword@127.0.0.1:1/muster?connect_timeout=1"
    for command in [("store", "copy", url, f"sqlite:{tmp_path}/copy.db"),
                    ("store", "copy", url_of(muster), url)]:
        result = muster.command(*command)
        assert result.status != 0 and "secretword" not in result.output + result.errors, result


def on_terminal(*command):
    """What a person sees on the terminal, standard error included."""
    pid, screen = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    seen = b""
    try:
        while piece := os.read(screen, 4096):
            seen += piece
    except OSError:
        pass  # the other end was closed
    assert os.waitpid(pid, 0)[1] == 0
    return seen.decode()


def test_progress_is_shown_on_a_terminal_only(muster, tmp_path):
    add_members(muster, 3)
    command = [str(BINARY), "-c", str(muster.config), "store", "backup"]
    assert "copying" in on_terminal(*command, str(tmp_path / "one.db"))
    assert "copying" not in on_terminal(*command, str(tmp_path / "two.db"), "--json")
    result = muster.command("store", "backup", tmp_path / "three.db")
    assert result.errors == "" and "copying" not in result.output

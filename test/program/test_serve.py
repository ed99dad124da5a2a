"""muster serve: starting, ending, restarting, reading the configuration again."""

import os
import pathlib
import pwd
import signal
import socket
import tempfile

import pytest

from harness import BINARY, PATIENCE, Daemon, Muster, free_port, is_listening, mail, wait_until
from roles import ROLES, is_alive, roles_of, wait_for_roles

pytestmark = pytest.mark.sanitized

def test_all_roles_run_and_end_well(muster):
    daemon = muster.serve()
    roles = wait_for_roles(daemon, ROLES)
    assert (muster.directory / "run" / "lmtp.pid").read_text() == f"{daemon.pid}\n"
    assert daemon.stop() == 0
    assert not any(map(is_alive, roles.values()))
    assert (muster.directory / "run" / "lmtp.pid").read_text() == ""
    assert "error" not in daemon.output() and "warning" not in daemon.output()


def test_the_terminal_ends_it_too(muster):
    daemon = muster.serve()
    wait_for_roles(daemon, ROLES)
    os.killpg(daemon.pid, signal.SIGINT)
    assert daemon.wait() == 0
    assert "by itself" not in daemon.output()


def test_single_roles_run_beside_each_other(muster, tmp_path):
    first = muster.serve("lmtp")
    wait_for_roles(first, {"lmtp"})
    second = Daemon([BINARY, "-c", muster.config, "serve", "worker", "courier"], tmp_path / "log")
    wait_for_roles(second, {"worker", "courier"})
    assert second.stop() == 0


def test_a_role_runs_only_once(muster):
    daemon = muster.serve()
    result = muster.command("serve", "courier")
    assert result.status == 73
    assert "courier.pid" in result.errors and f"process {daemon.pid}" in result.errors
    assert set(wait_for_roles(daemon, ROLES)) == ROLES


def test_a_role_that_does_not_exist_is_named(muster):
    result = muster.command("serve", "lmtp", "poet")
    assert result.status == 65 and '"poet"' in result.errors


@pytest.mark.sqlite("its file")
def test_a_missing_store_is_said_at_once(muster):
    (muster.directory / "muster.db").unlink()
    result = muster.command("serve")
    assert result.status != 0 and "muster.db" in result.errors


def test_a_port_in_use_is_said_at_once(muster):
    with socket.socket() as other:
        other.bind(("127.0.0.1", muster.lmtp_port))
        other.listen()
        result = muster.command("serve")
    assert result.status == 75 and str(muster.lmtp_port) in result.errors


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_killed_role_comes_back(muster, role):
    daemon = muster.serve()
    before = wait_for_roles(daemon, ROLES)
    os.kill(before[role], signal.SIGKILL)
    wait_until(lambda: roles_of(daemon).get(role, before[role]) != before[role], "a new process")
    after = wait_for_roles(daemon, ROLES)
    assert {name for name in ROLES if after[name] != before[name]} == {role}
    assert f"the role {role} ended by itself (signal 9)" in daemon.output()


def test_roles_die_with_a_killed_supervisor_and_leave_the_way_free(muster):
    daemon = muster.serve()
    roles = wait_for_roles(daemon, ROLES)
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
    wait_until(lambda: not any(map(is_alive, roles.values())), "the roles to die")
    again = muster.serve()
    wait_for_roles(again, ROLES)


def test_the_configuration_is_read_again(muster):
    daemon = muster.serve()
    before = wait_for_roles(daemon, ROLES)
    old_port, muster.lmtp_port = muster.lmtp_port, free_port()
    muster.configure("lmtp", "listen", f"127.0.0.1:{muster.lmtp_port}")
    daemon.send_signal(signal.SIGHUP)
    wait_until(lambda: is_listening(muster.lmtp_port), "the new port")
    wait_until(lambda: not set(roles_of(daemon).values()) & set(before.values()), "new roles")
    wait_for_roles(daemon, ROLES)
    assert not is_listening(old_port)
    assert "by itself" not in daemon.output()
    with muster.lmtp() as client:
        assert client.noop()[0] == 250


def test_a_wrong_configuration_is_not_taken(muster):
    daemon = muster.serve()
    before = wait_for_roles(daemon, ROLES)
    muster.configure("lmtp", "max-size", "plenty")
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_for_output("the configuration stays what it was")
    assert "max-size" in daemon.output()
    assert wait_for_roles(daemon, ROLES) == before


def test_a_configuration_without_its_store_is_not_taken(muster, tmp_path):
    daemon = muster.serve()
    before = wait_for_roles(daemon, ROLES)
    muster.configure("store", "url", f"sqlite:{tmp_path}/missing.db")
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_for_output("the configuration stays what it was")
    assert wait_for_roles(daemon, ROLES) == before


def test_a_role_that_cannot_start_tries_again_when_the_configuration_changes(muster):
    muster.configure("smtp", "tls", "require")
    muster.configure("smtp", "ca-file", muster.directory / "missing.pem")
    daemon = muster.serve()
    daemon.wait_for_output("it starts again in 1600 ms")
    muster.configure("smtp", "tls", "none")
    daemon.send_signal(signal.SIGHUP)
    wait_for_roles(daemon, ROLES)
    assert "3200 ms" not in daemon.output()


def test_no_connection_is_refused_while_lmtp_starts_again(muster):
    daemon = muster.serve()
    roles = wait_for_roles(daemon, ROLES)
    os.kill(roles["lmtp"], signal.SIGKILL)
    assert greeting(muster).startswith(b"220 ")
    daemon.send_signal(signal.SIGHUP)
    for _ in range(20):  # one that is about to end may still answer, with "come back later"
        assert greeting(muster)[:4] in (b"220 ", b"421 ")
    assert set(wait_for_roles(daemon, ROLES)) == ROLES


def greeting(muster):
    with socket.create_connection(("127.0.0.1", muster.lmtp_port), PATIENCE) as connection:
        return connection.recv(1000)


def test_the_service_manager_is_told(muster, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(30)
        muster.environment = lambda: {"NOTIFY_SOCKET": str(path)}
        daemon = muster.serve()
        assert manager.recv(1000) == b"READY=1"
        daemon.send_signal(signal.SIGHUP)
        assert manager.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert manager.recv(1000) == b"READY=1"
        assert daemon.stop() == 0
        assert manager.recv(1000) == b"STOPPING=1"


def test_the_watchdog_hears_of_it_again_and_again(muster):
    with tempfile.TemporaryDirectory() as folder, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = pathlib.Path(folder) / "notify"
        manager.bind(str(path))
        manager.settimeout(PATIENCE)
        muster.environment = lambda: {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "60000"}
        daemon = muster.serve()
        assert manager.recv(1000) == b"READY=1"
        assert [manager.recv(1000) for _ in range(5)] == [b"WATCHDOG=1"] * 5
        assert daemon.stop() == 0


def test_a_mail_on_its_way_in_is_finished_before_the_end(muster):
    daemon = muster.serve()
    with muster.lmtp() as client, muster.lmtp() as idle:
        assert client.mail("a@example.org")[0] == 250
        assert client.rcpt(muster.address("-owner"))[0] == 250
        assert client.docmd("DATA")[0] == 354
        daemon.send_signal(signal.SIGTERM)
        assert idle.getreply()[0] == 421
        client.send(mail("a@example.org", muster.address("-owner")) + b"\r\n.\r\n")
        assert client.getreply()[0] == 250
        assert client.getreply()[0] == 421
    assert daemon.wait() == 0
    assert mails_in(muster) == 1


def mails_in(muster):
    return muster.store.rows("SELECT count(*) FROM mail")[0][0]


def test_what_came_in_before_the_worker_ran_is_done_later(muster):
    daemon = muster.serve("lmtp")
    to = muster.address("-request")
    assert muster.deliver("a@example.org", [to], mail("a@example.org", to))[to][0] == 250
    assert daemon.stop() == 0
    muster.serve("worker")
    wait_until(lambda: [row["state"] for row in muster.json("message", "list", "--route", "request")]
               == ["forwarded"], "the worker")


def test_roles_are_confined(muster):
    daemon = muster.serve()
    filters = 0 if b"__asan_init" in BINARY.read_bytes() else 2  # a leak checker traces itself
    for pid in wait_for_roles(daemon, ROLES).values():
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert "NoNewPrivs:\t1" in status
        assert "Umask:\t0077" in status
        assert f"Seccomp:\t{filters}" in status
        assert next(line for line in limits.splitlines()
                    if line.startswith("Max core file size")).split()[4] == "0"


@pytest.fixture
def open_folder():
    """A folder that every user can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="muster-") as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


def test_root_becomes_the_user_of_the_configuration(open_folder, sink):
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    nobody = pwd.getpwnam("nobody")
    muster = Muster(open_folder / "community", sink.port)
    muster.configure("run", "user", "nobody")
    result = muster.command("serve")
    assert result.status != 0, "nobody may read what belongs to root"

    for path in [muster.directory, *muster.directory.rglob("*")]:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    roles = wait_for_roles(muster.serve(), ROLES)
    for pid in roles.values():
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        assert f"Uid:\t{nobody.pw_uid}\t{nobody.pw_uid}\t{nobody.pw_uid}" in status
    muster.stop()

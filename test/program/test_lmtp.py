"""The role lmtp at its limits: what it answers when it cannot take a mail now, or ever."""

import contextlib
import os
import signal
import smtplib
import socket
import subprocess

import pytest

from harness import BINARY, PATIENCE, Daemon, Lmtp, Muster, mail, wait_until
from roles import roles_of

pytestmark = pytest.mark.sanitized

SENDER = "anna@nic-ca.example"


def deliver(muster, *recipients, size=0):
    """The replies, one per recipient."""
    message = mail(SENDER, muster.list, body=("z" * 70 + "\r\n") * (1 + size // 72))
    return list(muster.deliver(SENDER, list(recipients), message).values())


def stored(muster):
    return muster.store.rows("SELECT recipient, route, detail FROM inbox ORDER BY id")


def test_each_recipient_has_its_route_and_its_answer(muster):
    muster.serve("lmtp")
    wanted = [("", "everyone", None), ("-committee", "committee", None), ("+CA", "tld", "ca"),
              ("+XN--P1AI", "tld", "xn--p1ai"), ("-request", "request", None),
              ("-owner", "owner", None), ("-confirm+abc", "confirm", "abc"),
              ("-bounces+abc", "bounce", "abc"), ("-bounces", "bounce", None)]
    refused = ["+com", "+c", "+", "-bounces+", "-help", "x"]
    replies = deliver(muster, *(muster.address(suffix) for suffix, *_ in wanted),
                      *(muster.address(suffix) for suffix in refused), "tld-ops@elsewhere.example")
    assert [code for code, _ in replies] == [250] * len(wanted) + [550] * (len(refused) + 1)
    assert all(text.startswith(b"5.1.1 ") for code, text in replies if code == 550)
    assert [row[1:] for row in stored(muster)] == [(route, detail) for _, route, detail in wanted]


def test_a_locked_store_asks_to_try_again(muster):
    muster.serve("lmtp")
    wait_until(lambda: muster.store.rows("SELECT role FROM node"), "the role to be there")
    with muster.store.locked("inbox"):
        assert deliver(muster, muster.list)[0][0] == 451
    assert deliver(muster, muster.list)[0][0] == 250
    assert len(stored(muster)) == 1


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of one megabyte; where that cannot be had, the test is skipped."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.sqlite("its file is on the small disk")
def test_a_full_disk_asks_to_try_again(small_disk, sink):
    muster = Muster(small_disk / "community", sink.port)
    muster.serve("lmtp")
    code, text = deliver(muster, muster.list, size=2000000)[0]
    assert (code, text[:6]) == (452, b"4.3.1 ")
    assert deliver(muster, muster.list)[0][0] == 250
    assert len(stored(muster)) == 1
    muster.stop()


@pytest.mark.sqlite("the size of its file")
def test_a_file_that_may_not_grow_asks_to_try_again(muster):
    bound = f"--fsize={(muster.directory / 'muster.db').stat().st_size + 65536}"
    muster.daemon = Daemon(["prlimit", bound, BINARY, "-c", muster.config, "serve", "lmtp"],
                           muster.directory / "serve.log")
    muster.daemon.wait_for_output("serving")
    assert deliver(muster, muster.list, size=2000000)[0][0] in (451, 452)
    assert deliver(muster, muster.list)[0][0] == 250
    assert len(stored(muster)) == 1


def test_a_mail_over_the_bound_is_refused(muster):
    muster.configure("lmtp", "max-size", "64K")
    muster.serve("lmtp")
    assert deliver(muster, muster.list, size=100000)[0][0] == 552
    assert deliver(muster, muster.list, size=1000)[0][0] == 250


def test_a_connection_too_many_is_asked_to_come_back(muster):
    muster.configure("lmtp", "max-connections", 2)
    muster.serve("lmtp")
    with muster.lmtp() as first, muster.lmtp() as second:
        with pytest.raises(smtplib.SMTPConnectError) as refusal:
            muster.lmtp()
        assert refusal.value.smtp_code == 421 and refusal.value.smtp_error.startswith(b"4.3.2 ")
        assert first.noop()[0] == second.noop()[0] == 250
        first.quit()
        wait_until(lambda: try_to_connect(muster), "a free place")


def try_to_connect(muster):
    try:
        muster.lmtp().quit()
    except smtplib.SMTPConnectError:
        return False
    return True


def test_a_silent_connection_is_closed(muster):
    muster.configure("lmtp", "timeout-seconds", 1)
    muster.serve("lmtp")
    with socket.create_connection(("127.0.0.1", muster.lmtp_port), PATIENCE) as connection:
        said = b""
        while more := connection.recv(1000):
            said += more
    assert said.startswith(b"220 ") and b"\r\n421 4.4.2 " in said


def test_many_connections_take_turns(muster):
    muster.serve("lmtp")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(muster.lmtp()) for _ in range(20)]
        for client in clients:
            assert client.mail(SENDER)[0] == 250
        for client in clients:
            assert client.rcpt(muster.list)[0] == 250
            assert client.docmd("DATA")[0] == 354
        for client in reversed(clients):
            client.send(mail(SENDER, muster.list) + b"\r\n.\r\n")
            assert client.getreply()[0] == 250
    assert len(stored(muster)) == 20


def test_mail_on_its_way_in_has_a_bound_in_all(muster):
    """256 MB over all connections: whoever goes over it is asked to try again, the rest is fine."""
    muster.configure("lmtp", "max-size", "60M")
    muster.serve("lmtp")
    unfinished = mail(SENDER, muster.list, body=("z" * 70 + "\r\n") * 770000)
    clients = [muster.lmtp() for _ in range(5)]
    replies = []
    for client in clients:
        assert client.mail(SENDER)[0] == client.rcpt(muster.list)[0] == 250
        replies.append(client.docmd("DATA")[0])
        if replies[-1] == 354:
            client.send(unfinished)
    for number, client in enumerate(clients):
        if replies[number] == 354:
            client.send(b".\r\n")
            replies[number] = client.getreply()[0]
        client.quit()
    assert replies == [250, 250, 250, 250, 452]
    assert len(stored(muster)) == 4


def test_a_unix_socket_serves_as_well(muster, tmp_path):
    path = tmp_path / "lmtp.sock"
    muster.configure("lmtp", "listen", f"unix:{path}")
    daemon = Daemon([BINARY, "-c", muster.config, "serve", "lmtp"], tmp_path / "log")
    daemon.wait_for_output("serving")
    client = Lmtp(str(path))
    client.ehlo()
    assert client.deliver(SENDER, [muster.list], mail(SENDER, muster.list))[muster.list][0] == 250
    client.quit()
    assert daemon.stop() == 0
    assert not path.exists()


def test_a_killed_lmtp_role_keeps_what_it_said_it_took(muster):
    daemon = muster.serve("lmtp")
    with muster.lmtp() as client:
        taken = 0
        for _ in range(5):
            reply = client.deliver(SENDER, [muster.list], mail(SENDER, muster.list))
            taken += reply[muster.list][0] == 250
        os.kill(roles_of(daemon)["lmtp"], signal.SIGKILL)
        client.close()
    assert len(stored(muster)) == taken == 5

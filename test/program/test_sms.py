"""Text messages on their way out: the courier, its child, and gateways that go wrong. Mail goes on
meanwhile, no code is lost, and none stays where it can be read."""

import os
import pathlib
import signal

import pytest

from gateway import taken
from harness import wait_until
from nodes import Node
from posts import add_members, post

pytestmark = pytest.mark.sanitized

NOW = 1_790_000_000
NUMBER = "+441632960001"
CODE = "Code 482913"
PASSWORD = "hunter2&x"


def set_up(muster, gateway, **settings):
    settings = {"url": gateway.url("&p={password}"), "timeout-seconds": 1} | settings
    file = muster.directory / "sms-password"
    file.write_text(f"{PASSWORD}\n")
    for key, value in ({"password-file": file} | settings).items():
        muster.configure("sms", key.replace("_", "-"), value)
    muster.set_clock(NOW)


def add(muster, text=CODE, now=NOW, life=900):
    """What will be the desk's doing: a row, and a wake-up."""
    quoted = text.replace("'", "''")
    muster.store.run("INSERT INTO sms (person_id, number, shown, text, state, attempts, uncertain,"
                     f" due_at, expires_at, created_at) VALUES (0, '{NUMBER}', '+44...001',"
                     f" '{quoted}', 'waiting', 0, 0, {now}, {now + life}, {now})")
    wake(muster)


def wake(muster):
    muster.cli("queue", "retry")


def rows(muster, state):
    return muster.json("sms", "list", "--state", state)


def wait_for(muster, count, state, when=lambda row: True):
    return wait_until(lambda: len(found := rows(muster, state)) == count and all(map(when, found))
                      and found, lambda: f"{count} {state}:\n{muster.cli('sms', 'list')}\n"
                      + muster.daemon.output())


def secrets_kept(muster):
    """How many rows still hold a number or a text."""
    return len(muster.store.rows("SELECT id FROM sms WHERE number IS NOT NULL"
                                 " OR text IS NOT NULL"))


def child_of(pid):
    """The process that sends; None if none does."""
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == "sms":
                return int(child)
        except OSError:
            pass  # it has just ended
    return None


def is_dead(pid):
    """Gone, or a zombie that nobody has buried yet."""
    try:
        return "\nState:\tZ" in pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


@pytest.mark.parametrize("text", [CODE, "Код: 123 — ясно?", "1&to=+99999&p=%00", "رمز ١٢٣", "a'b\n"])
def test_a_message_goes_out_and_is_forgotten(muster, gateway, text):
    set_up(muster, gateway)
    muster.serve("courier")
    add(muster, text)
    sent, = wait_for(muster, 1, "sent")
    assert gateway.sent == [{"to": [NUMBER], "text": [text], "p": [PASSWORD]}]
    assert (sent["number"], sent["attempts"], sent["uncertain"]) == ("+44...001", 1, 0)
    assert sent["reply"] == "HTTP status 202"
    assert secrets_kept(muster) == 0
    shown = muster.daemon.output() + muster.cli("sms", "list", "--state", "sent")
    for secret in text, NUMBER, PASSWORD, "hunter2":
        assert secret not in shown


@pytest.mark.parametrize("answer, uncertain", [
    (lambda _: (500, b""), 0), ("hang", 1), (lambda _: None, 1), (lambda _: (200, b"ERR"), 0),
], ids=["500", "hang", "closed", "wrong-body"])
def test_what_passes_is_tried_again(muster, gateway, answer, uncertain):
    set_up(muster, gateway, success="^0:")
    gateway.answers = gateway.hang if answer == "hang" else answer
    muster.serve("courier")
    add(muster)
    row, = wait_for(muster, 1, "waiting", lambda row: row["attempts"] == 1)
    assert row["uncertain"] == uncertain and secrets_kept(muster) == 1
    gateway.answers = taken
    wake(muster)
    assert rows(muster, "sent") == []  # not before the gap is over
    muster.set_clock(NOW + 10)
    wake(muster)
    sent, = wait_for(muster, 1, "sent")
    assert sent["attempts"] == 2 and gateway.texts()[-1] == CODE


@pytest.mark.parametrize("answer", [(403, b"no"), (302, b"", ("Location", "/"))],
                         ids=["403", "redirect"])
def test_what_is_refused_is_over(muster, gateway, answer):
    set_up(muster, gateway)
    gateway.answers = lambda _: answer
    muster.serve("courier")
    add(muster)
    wait_for(muster, 1, "refused")
    assert secrets_kept(muster) == 0 and len(gateway.asked) == 1
    assert "sms.refused" in muster.cli("journal", "show")


def test_mail_goes_on_while_a_gateway_hangs(muster, sink, gateway):
    add_members(muster, 5)
    set_up(muster, gateway, timeout_seconds=60)
    gateway.answers = gateway.hang
    muster.serve()
    add(muster)
    wait_until(lambda: gateway.asked, "the gateway to be asked")
    assert post(muster)[0] == 250
    sink.wait_for(5)
    assert len(rows(muster, "claimed")) == 1
    gateway.answers = taken
    gateway.over.set()


def test_who_stops_ends_the_message_that_is_on_its_way(muster, gateway):
    set_up(muster, gateway, timeout_seconds=60)
    gateway.answers = lambda handler: gateway.hang(handler) or taken(handler)
    daemon = muster.serve("courier")
    add(muster)
    wait_until(lambda: gateway.asked, "the gateway to be asked")
    daemon.send_signal(signal.SIGTERM)
    daemon.wait_for_output("ending")
    gateway.over.set()
    assert daemon.wait() == 0
    assert [row["uncertain"] for row in rows(muster, "sent")] == [0]


@pytest.mark.parametrize("victim", ["child", "courier"])
def test_what_was_on_its_way_at_a_crash_goes_out_again(muster, gateway, victim):
    set_up(muster, gateway, timeout_seconds=60)
    gateway.answers = gateway.hang
    muster.serve("courier")
    add(muster)
    wait_until(lambda: gateway.asked, "the gateway to be asked")
    courier = muster.roles()["courier"]
    child = child_of(courier)
    gateway.answers = taken
    os.kill(child if victim == "child" else courier, signal.SIGKILL)
    sent, = wait_for(muster, 1, "sent")
    assert (sent["attempts"], sent["uncertain"]) == (2, 1)
    assert gateway.texts() == [CODE] and len(gateway.asked) == 2
    assert is_dead(child) and "maybe once more" in muster.daemon.output()


def test_two_couriers_send_no_message_twice(muster, gateway):
    set_up(muster, gateway)
    wanted = [f"Code {i}" for i in range(30)]
    with Node(muster, "a", "courier") as one, Node(muster, "b", "courier") as other:
        for text in wanted:
            add(muster, text)
        wait_until(lambda: len(rows(muster, "sent")) == len(wanted),
                   lambda: one.output() + other.output())
    assert sorted(gateway.texts()) == sorted(wanted)


def test_no_more_go_out_in_an_hour_than_may(muster, gateway):
    set_up(muster, gateway, per_hour=2)
    muster.serve("courier")
    for i in range(3):
        add(muster, f"Code {i}", life=7200)
    wait_for(muster, 2, "sent")
    waiting, = rows(muster, "waiting")
    assert waiting["attempts"] == 0 and len(gateway.sent) == 2
    muster.set_clock(NOW + 3600)
    wake(muster)
    wait_for(muster, 3, "sent")


def test_what_is_over_is_given_up_even_without_a_gateway(muster):
    muster.set_clock(NOW)
    muster.serve("courier")
    add(muster)
    muster.set_clock(NOW + 900)
    wake(muster)
    wait_for(muster, 1, "expired")
    assert secrets_kept(muster) == 0
    assert "sms.expired" in muster.cli("journal", "show")


def test_a_gateway_whose_password_is_gone_is_said_and_waited_for(muster, gateway):
    set_up(muster, gateway)
    (muster.directory / "sms-password").unlink()
    muster.serve("courier")
    add(muster)
    muster.daemon.wait_for_output("text messages wait")
    (muster.directory / "sms-password").write_text(PASSWORD)
    wait_for(muster, 1, "sent")


def test_kannel_brings_it_to_the_phone(muster, gateway, kannel):
    server = kannel(PASSWORD)
    set_up(muster, gateway, url=server.url, success="^[03]:")
    muster.serve("courier")
    add(muster, "Код 482913 & رمز")
    add(muster, "1&to=%2B99999")
    wait_for(muster, 2, "sent")
    assert server.wait_for(2) == [(NUMBER, "Код 482913 & رمز"), (NUMBER, "1&to=%2B99999")]
    assert not gateway.asked

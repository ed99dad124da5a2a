"""The mail sink itself: what it stands for must be true before it judges Muster."""

import os
import pathlib
import re
import smtplib
import socket
import subprocess
import sys
import time

import pytest

from harness import PATIENCE, mail, wait_until
from roles import is_alive

HERE = pathlib.Path(__file__).resolve().parent

pytestmark = pytest.mark.sanitized

ENVELOPE = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@members.example>\r\n"


def client(sink):
    return smtplib.SMTP("127.0.0.1", sink.port, "client.example", PATIENCE)


def answer_to_data(connection):
    """What was said up to the first 354 or refusal: a mail must not be sent before it."""
    said = b""
    while not re.search(rb"^(354|[45]\d\d) ", said, re.M) and (more := connection.recv(1000)):
        said += more
    return said


def talk(sink, *pieces, until=b"221 "):
    """Sends bytes one piece at a time; returns all that the sink said, up to its end."""
    with socket.create_connection(("127.0.0.1", sink.port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        said = connection.recv(1000)
        for piece in pieces:
            connection.sendall(piece)
            said += answer_to_data(connection) if piece.endswith(b"DATA\r\n") else b""
        while until not in said and (more := connection.recv(1000)):
            said += more
    return said


@pytest.mark.parametrize("chunk", [1, 2, 3, 4, 5, 7, 100000])
def test_message_is_kept_to_the_byte_wherever_its_pieces_end(start_sink, chunk):
    sink = start_sink("--chunk", str(chunk))
    bodies = ["", ".", "..", ".\r\n", "a\r\n.b\r\n", "\r\n.\r\n.\r\n", "x" * 200]
    with client(sink) as smtp:
        for body in bodies:
            smtp.sendmail("a@example.org", ["b@members.example"], f"Subject: x\r\n\r\n{body}\r\n")
    assert sink.raw_messages() == [f"Subject: x\r\n\r\n{body}\r\n".encode() for body in bodies]


def test_log_has_a_line_per_copy(sink):
    message = mail("a@example.org", "b@members.example", Message_ID="<1@example.org>")
    with client(sink) as smtp:
        smtp.sendmail("", ["b@members.example", "c@members.example"], message)
    assert [(copy.sender, copy.recipient, copy.size, copy.message_id) for copy in sink.wait_for(2)] \
        == [("", "b@members.example", len(message), "<1@example.org>"),
            ("", "c@members.example", len(message), "<1@example.org>")]


def test_a_pipelined_session_with_mail_riding_on_the_last_dot(sink):
    said = talk(sink, b"EHLO x\r\n", ENVELOPE + b"DATA\r\n",
                b"one\r\n.\r\n" + ENVELOPE + b"DATA\r\n", b"two\r\n.\r\nQUIT\r\n")
    assert said.count(b"354 ") == 2 and said.count(b"250 2.0.0 Ok") == 2
    assert sink.raw_messages() == [b"one\r\n", b"two\r\n"]


@pytest.mark.parametrize("options, input, reply", [
    ((), ENVELOPE + b"DATA\r\nearly\r\n.\r\n", b"503 5.5.0"),
    (("--no-pipelining",), ENVELOPE, b"503 5.5.0"),
    (("--no-8bitmime",), b"MAIL FROM:<a@example.org> BODY=8BITMIME\r\nQUIT\r\n", b"555 5.5.4"),
    (("--no-smtputf8",), b"MAIL FROM:<a@example.org> SMTPUTF8\r\nQUIT\r\n", b"555 5.5.4"),
    ((), "MAIL FROM:<\u00fc@example.org>\r\nQUIT\r\n".encode(), b"553 5.6.7"),
    (("--size", "100"), b"MAIL FROM:<a@example.org> SIZE=101\r\nQUIT\r\n", b"552 5.3.4"),
    ((), b"MAIL FROM:<a@example.org>\nQUIT\r\n", b"500 5.5.2"),
    ((), b"RCPT TO:<b@members.example>\r\nQUIT\r\n", b"503 5.5.1"),
    ((), b"MAIL FROM:<a@example.org>\r\nMAIL FROM:<a@example.org>\r\nQUIT\r\n", b"503 5.5.1"),
])
def test_a_client_that_does_what_it_may_not_is_refused(start_sink, options, input, reply):
    assert reply in talk(start_sink(*options), input)


def outcome(sink, recipient):
    """What the client learns about one mail, as a code; "lost" if the connection went."""
    try:
        with client(sink) as smtp:
            smtp.sendmail("a@example.org", [recipient], mail("a@example.org", recipient))
        return 250
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[recipient][0]
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        return "lost"


@pytest.mark.parametrize("fault, outcomes, copies", [
    ("CONNECT=554 5.3.2 Not today", [554, 554], 0),
    ("MAIL=451 4.3.0 Later", [451, 451], 0),
    ("RCPT/gone@=550 5.1.1 Nobody", [250, 550, 250], 2),
    ("RCPT#2=450 4.2.0 Later", [250, 450, 250], 2),
    ("RCPT#2-3=450 4.2.0 Later", [250, 450, 450, 250], 2),
    ("RCPT=greylist", [450, 450, 250], 1),
    ("DATA=554 5.7.1 No", [554], 0),
    ("BODY=close", ["lost"], 0),
    ("DOT#1=452 4.3.1 Full", [452, 250], 1),
    ("DOT#1=close", ["lost", 250], 1),
    ("ACCEPT#1=close", ["lost", 250], 2),
])
def test_a_fault_hits_where_it_should(start_sink, fault, outcomes, copies):
    sink = start_sink("--fault", fault)
    recipients = ["ann@members.example", "gone@members.example", "ann@members.example"] * 2
    assert [outcome(sink, recipient) for recipient, _ in zip(recipients, outcomes)] == outcomes
    sink.stop()
    assert len(sink.copies()) == copies


def test_a_silent_server_says_nothing_more(start_sink):
    sink = start_sink("--fault", "RCPT=silent")
    with client(sink) as smtp:
        smtp.mail("a@example.org")
        smtp.sock.settimeout(0.05)
        with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
            smtp.rcpt("b@members.example")


def test_faults_can_end_while_it_runs(sink):
    sink.set_faults("MAIL=451 4.3.0 Later", "EHLO#2=silent")
    assert outcome(sink, "ann@members.example") == 451
    with client(sink) as smtp:
        smtp.putcmd("ehlo", "client.example")
        smtp.sock.settimeout(0.05)
        with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
            smtp.getreply()
    with socket.create_connection(("127.0.0.1", sink.port), PATIENCE) as waiting:
        waiting.recv(1000)
        sink.set_faults("EHLO#1=silent")
        waiting.sendall(b"EHLO x\r\n")
        sink.set_faults()
        assert waiting.recv(1000) == b"", "a silent server that is started anew hangs up"
    assert outcome(sink, "ann@members.example") == 250


def read_line(connection):
    said = b""
    while not said.endswith(b"\r\n") and (more := connection.recv(1000)):
        said += more
    return said


def test_a_slow_server_says_a_byte_in_a_second_until_it_recovers(sink):
    sink.set_faults("CONNECT=slow")
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", sink.port), PATIENCE) as slow:
        said = slow.recv(1000)
        assert len(said) <= 1 + time.monotonic() - began
        sink.set_faults()
        recovered = time.monotonic()
        rest = read_line(slow)
        assert (said + rest).startswith(b"220 sink.example")
        assert time.monotonic() - recovered < len(rest) / 2


def test_greylisting_ends_for_each_pair_by_the_clock(start_sink, tmp_path):
    clock = tmp_path / "clock"
    clock.write_text("1790000000\n")
    sink = start_sink("--clock", str(clock), "--fault", "RCPT=greylist 600")
    assert outcome(sink, "ann@members.example") == 450
    clock.write_text("1790000599\n")
    assert outcome(sink, "ann@members.example") == 450
    assert outcome(sink, "ben@members.example") == 450
    clock.write_text("1790000600\n")
    assert outcome(sink, "ann@members.example") == 250
    assert outcome(sink, "ben@members.example") == 450


def test_a_copy_is_in_the_log_before_it_is_answered(sink):
    with client(sink) as smtp:
        for number in range(20):
            smtp.sendmail("a@example.org", ["b@members.example"], b"x\r\n")
            assert len(sink.copies()) == number + 1


def test_a_sink_does_not_outlive_the_tests(tmp_path):
    tests = ("import os, sys; from harness import Sink; sink = Sink(sys.argv[1]);"
             "print(sink.daemon.pid, flush=True); os.kill(os.getpid(), 9)")
    done = subprocess.run([sys.executable, "-c", tests, tmp_path / "sink"], text=True, check=False,
                          capture_output=True, env=os.environ | {"PYTHONPATH": str(HERE)})
    pid = int(done.stdout)
    wait_until(lambda: not is_alive(pid), "the end of the sink")


def test_replies_can_be_held_back(start_sink):
    sink = start_sink("--delay", "5")
    with client(sink) as smtp:
        smtp.sendmail("a@example.org", ["b@members.example"], b"x\r\n")
    assert len(sink.wait_for(1)) == 1

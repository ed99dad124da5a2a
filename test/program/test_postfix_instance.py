"""The private Postfix itself, before anything of Muster is behind it."""

import shutil
import smtplib
import socketserver
import subprocess
import threading

import pytest

from harness import PATIENCE, evidence, mail, wait_until
from postfix import ENVIRONMENT, REFUSED, SMTP_SOURCE, why_no_programs

LIST_ADDRESS = "tld-ops+ca@lists.example.org"


class LmtpSession(socketserver.StreamRequestHandler):
    """A server that takes everything; what came is in server.mails as (recipients, message)."""

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def message(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line[1:] if line.startswith(b".") else line for line in lines)

    def handle(self):
        recipients = []
        self.say("220 test LMTP")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipients.append(line.split(b"<")[1].split(b">")[0].decode())
            if verb == b"DATA":
                self.say("354 go on")
                self.server.mails.append((recipients, self.message()))
                for _ in recipients:
                    self.say("250 2.0.0 taken")
                recipients = []
            elif verb == b"LHLO":
                self.say("250-test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8")
            else:
                self.say("221 bye" if verb == b"QUIT" else "250 ok")


@pytest.fixture
def lmtp_server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), LmtpSession) as server:
        server.daemon_threads = True
        server.mails = []
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def server(start_postfix, lmtp_server, sink):
    return start_postfix(lmtp_server.server_address[1], sink.port)


def send(server, sender, recipients, message):
    with smtplib.SMTP("127.0.0.1", server.port, "client.example", PATIENCE) as client:
        return client.sendmail(sender, recipients, message, mail_options=["BODY=8BITMIME"])


def received(lmtp_server):
    wait_until(lambda: lmtp_server.mails, "mail over LMTP")
    return lmtp_server.mails[0]


def test_mail_for_the_list_comes_by_lmtp_with_the_verifiers_word(server, lmtp_server):
    server.verifier.authentic.add("nic.example")
    forged = evidence("nic.example")
    send(server, "jane@nic.example", [LIST_ADDRESS],
         mail("jane@nic.example", LIST_ADDRESS, Authentication_Results=forged,
              body="..dots, and \u00fc\r\n.\r\n"))
    recipients, message = received(lmtp_server)
    assert recipients == [LIST_ADDRESS]
    assert message.count(b"Authentication-Results:") == 1
    assert b"dmarc=pass header.from=nic.example" in message
    assert message.endswith("\r\n\r\n..dots, and \u00fc\r\n.\r\n".encode())


@pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")
def test_a_forged_sender_fails_dmarc(server, lmtp_server):
    subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(server.port), "--silent",
                    "--from", "eve@other.example", "--to", LIST_ADDRESS,
                    "--header", "From: Jane <jane@nic.example>"], check=True, timeout=PATIENCE)
    assert b"dmarc=fail header.from=nic.example" in received(lmtp_server)[1]


def test_other_mail_goes_to_the_sink(server, sink):
    send(server, "tld-ops-bounces+tag@lists.example.org", ["ann@members.example"],
         mail("tld-ops@lists.example.org", "ann@members.example", Message_ID="<1@example.org>"))
    copy = sink.wait_for(1)[0]
    assert (copy.sender, copy.recipient, copy.message_id) == (
        "tld-ops-bounces+tag@lists.example.org", "ann@members.example", "<1@example.org>")


def test_one_recipient_is_refused(server, sink):
    refused = send(server, "list@lists.example.org", [REFUSED, "ann@members.example"],
                   mail("list@lists.example.org", "ann@members.example"))
    assert refused == {REFUSED: (550, f"5.1.1 <{REFUSED}>: Recipient address rejected: "
                                      "No such user".encode())}
    assert [copy.recipient for copy in sink.wait_for(1)] == ["ann@members.example"]


def test_a_refusal_of_the_sink_comes_back_as_a_bounce(start_postfix, start_sink, lmtp_server):
    sink = start_sink("--fault", "RCPT/gone@=550 5.1.1 Nobody here")
    server = start_postfix(lmtp_server.server_address[1], sink.port)
    send(server, "tld-ops-bounces+tag@lists.example.org", ["gone@members.example"],
         mail("tld-ops@lists.example.org", "gone@members.example"))
    recipients, message = received(lmtp_server)
    assert recipients == ["tld-ops-bounces+tag@lists.example.org"]
    assert b"Status: 5.1.1" in message and b"gone@members.example" in message


@pytest.mark.skipif(why_no_programs() is not None, reason=str(why_no_programs()))
def test_smtp_source_of_the_bench_reaches_the_sink(sink):
    subprocess.run([SMTP_SOURCE, "-s", "2", "-m", "20", "-l", "4096", "-f", "a@example.org",
                    "-t", "b@members.example", f"127.0.0.1:{sink.port}"], env=ENVIRONMENT,
                   check=True, timeout=30)
    assert len(sink.wait_for(20)) == 20

"""The courier and a relay that wants encryption and a log-in."""

import base64
import socketserver
import ssl
import subprocess
import threading

import pytest

from harness import wait_until
from posts import add_members, post

pytestmark = pytest.mark.sanitized

COUNT = 12
USER, PASSWORD = "muster", "correct horse"
PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())


class Relay(socketserver.StreamRequestHandler):
    """An SMTP server that takes mail over TLS and after a log-in only."""

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.is_secure = self.has_user = False
        self.say("220 relay.example ESMTP")
        while line := self.rfile.readline():
            verb, _, argument = line.strip().partition(b" ")
            getattr(self, f"on_{verb.decode().lower()}")(argument)

    def on_ehlo(self, _):
        offers = ["relay.example", "PIPELINING"]
        offers.append("AUTH PLAIN LOGIN" if self.is_secure else "STARTTLS")
        self.say("\r\n".join(f"250-{offer}" for offer in offers) + "\r\n250 8BITMIME")

    def on_starttls(self, _):
        self.say("220 2.0.0 go on")
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.is_secure = True

    def on_auth(self, argument):
        self.has_user = argument == b"PLAIN " + PLAIN
        self.say("235 2.7.0 welcome" if self.has_user else "535 5.7.8 who are you")

    def on_mail(self, _):
        self.say("250 2.1.0 ok" if self.is_secure and self.has_user else "530 5.7.0 first log in")

    def on_rcpt(self, argument):
        self.recipient = argument.split(b"<")[1].split(b">")[0].decode()
        self.say("250 2.1.5 ok")

    def on_data(self, _):
        self.say("354 go on")
        size = sum(map(len, iter(self.rfile.readline, b".\r\n")))
        self.server.copies.append((self.recipient, size))
        self.say("250 2.0.0 taken")

    def on_quit(self, _):
        self.say("221 2.0.0 bye")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that does not like our certificate goes away: that is what is being tested."""


def make_certificate(folder, name):
    """A certificate that is its own authority."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=relay", "-addext", f"subjectAltName={name}",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)


@pytest.fixture
def start_relay(tmp_path):
    servers = []

    def start(name="IP:127.0.0.1"):
        make_certificate(tmp_path, name)
        server = Server(("127.0.0.1", 0), Relay)
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
        server.copies = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def community(muster, tmp_path):
    """A community that trusts the relay's certificate and knows its password."""
    add_members(muster, COUNT)
    make_certificate(tmp_path, "IP:127.0.0.1")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    muster.configure("smtp", "tls", "require")
    muster.configure("smtp", "ca-file", tmp_path / "cert.pem")
    muster.configure("smtp", "user", USER)
    muster.configure("smtp", "password-file", tmp_path / "password")
    return muster


def serve(muster, relay):
    muster.configure("smtp", "relay", f"127.0.0.1:{relay.server_address[1]}")
    return muster.serve()


def test_copies_go_out_encrypted_and_after_a_log_in(community, start_relay):
    relay = start_relay()
    serve(community, relay)
    assert post(community)[0] == 250
    wait_until(lambda: len(relay.copies) == COUNT, lambda: community.daemon.output())
    assert len({recipient for recipient, _ in relay.copies}) == COUNT
    assert len({size for _, size in relay.copies}) == 1


def test_a_large_mail_goes_through_tls(community, start_relay):
    relay = start_relay()
    serve(community, relay)
    post(community, b"From: member0@nic-ca.example\r\nSubject: big\r\nMessage-ID: <1@x.example>\r\n"
                    b"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\n" + (b"y" * 70 + b"\r\n") * 20000)
    wait_until(lambda: len(relay.copies) == COUNT, lambda: community.daemon.output())
    assert min(size for _, size in relay.copies) > 20000 * 72


@pytest.mark.parametrize("name, reason", [
    ("IP:127.0.0.2", "is not to be trusted"), ("DNS:relay.example", "is not to be trusted")])
def test_a_certificate_of_somebody_else_gets_nothing(community, start_relay, name, reason):
    relay = start_relay(name)
    daemon = serve(community, relay)
    post(community)
    daemon.wait_for_output(reason)
    assert relay.copies == []
    rows = wait_until(lambda: community.json("queue", "list"), "the copies")
    assert all(row["attempts"] == 0 for row in rows)


def test_a_wrong_password_keeps_the_copies(community, start_relay, tmp_path):
    (tmp_path / "password").write_text("wrong\n")
    relay = start_relay()
    daemon = serve(community, relay)
    post(community)
    daemon.wait_for_output("535")
    assert relay.copies == []
    assert "wrong" not in daemon.output()


def test_a_relay_without_tls_gets_nothing(community, sink):
    community.configure("smtp", "relay", sink.address)
    daemon = community.serve()
    post(community)
    daemon.wait_for_output("does not offer STARTTLS")
    assert sink.copies() == []

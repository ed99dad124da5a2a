"""IANA on the loopback: a WHOIS server and an RDAP server of the test's own, which say the same
of each TLD unless told to misbehave."""

import dataclasses
import http.server
import json
import select
import socket
import socketserver
import ssl
import threading


@dataclasses.dataclass
class Entry:
    """What IANA publishes of one TLD."""

    tld: str  # A-label
    manager: str = "Example Registry"
    name: str = "Ann Example"
    email: str | None = None  # administrative; None: admin@nic-TLD.example
    phone: str = "+1 613 555 0100"
    technical_name: str = "Ted Example"
    technical_email: str | None = None
    technical_phone: str = "+1 613 555 0101"
    ds: int = 1
    status: str | None = "ACTIVE"

    def __post_init__(self):
        self.email = f"admin@nic-{self.tld}.example" if self.email is None else self.email
        if self.technical_email is None:
            self.technical_email = f"tech@nic-{self.tld}.example"

    def whois(self):
        """The answer of WHOIS; an address that is "" is left out."""
        lines = ["% IANA WHOIS server", "% This query returned 1 object", ""]
        u_label = self.tld.encode().decode("idna")
        lines += [f"domain:       {u_label.upper() if u_label.isascii() else u_label}"]
        lines += [f"domain-ace:   {self.tld.upper()}"] if self.tld != u_label else []
        lines += ["", f"organisation: {self.manager}", "address:      1 Example Street", ""]
        for kind, name, phone, email in [
                ("administrative", self.name, self.phone, self.email),
                ("technical", self.technical_name, self.technical_phone, self.technical_email)]:
            lines += [f"contact:      {kind}", f"name:         {name}", f"phone:        {phone}"]
            lines += [f"e-mail:       {email}"] if email else []
            lines += [""]
        lines += [f"ds-rdata:     {12000 + n} 8 2 {'AB' * 32}" for n in range(self.ds)]
        lines += ["", "whois:", ""]
        lines += [f"status:       {self.status}"] if self.status else []
        lines += ["", "created:      1988-08-05", "changed:      2024-02-29", "source:       IANA",
                  ""]
        return "\n".join(lines).encode()

    def rdap(self):
        def card(role, **fields):
            properties = [["version", {}, "text", "4.0"]]
            properties += [[name, {}, "text", value] for name, value in fields.items() if value]
            return {"objectClassName": "entity", "roles": [role],
                    "vcardArray": ["vcard", properties]}
        return json.dumps({
            "objectClassName": "domain", "ldhName": self.tld,
            "status": [self.status.lower()] if self.status else [],
            "entities": [
                card("registrant", org=self.manager),
                card("administrative", fn=self.name, tel=self.phone, email=self.email),
                card("technical", fn=self.technical_name, tel=self.technical_phone,
                     email=self.technical_email)],
            "events": [{"eventAction": "registration",
                        "eventDate": "1988-08-05T00:00:00+00:00"}],
            "secureDNS": {"delegationSigned": self.ds > 0,
                          "dsData": [{"keyTag": 12000 + n} for n in range(self.ds)]},
        }).encode()


class Iana:
    """Both servers. `entries` says what they know; `whois` and `rdap` are functions that answer
    in the place of one of them: given the TLD and the open connection (a socket, or the request
    handler of http.server), they may do what they like."""

    def __init__(self, certificate=None):
        self.entries = {}
        self.whois = self.rdap = None
        self.asked = []  # ("whois" or "rdap", TLD)
        self.over = threading.Event()
        self.whois_server = self.serve(self.whois_handler())
        self.rdap_server = self.serve(self.rdap_handler())
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.rdap_server.socket = context.wrap_socket(self.rdap_server.socket,
                                                          server_side=True)
        self.scheme = "https" if certificate else "http"
        for server in (self.whois_server, self.rdap_server):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    @staticmethod
    def serve(handler):
        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 100

            def handle_error(self, request, client_address):
                pass  # a client that went away
        return Server(("127.0.0.1", 0), handler)

    @property
    def whois_address(self):
        return f"127.0.0.1:{self.whois_server.server_address[1]}"

    @property
    def rdap_url(self):
        host = "localhost" if self.scheme == "https" else "127.0.0.1"
        return f"{self.scheme}://{host}:{self.rdap_server.server_address[1]}/domain/"

    def add(self, *tlds, **fields):
        """Puts TLDs in, or changes what is said of them."""
        for tld in tlds:
            self.entries[tld] = Entry(tld, **fields)
        return self.entries[tlds[-1]]

    def tlds_asked(self, source):
        return [tld for name, tld in self.asked if name == source]

    def whois_handler(iana):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                line = b""
                while not line.endswith(b"\r\n") and (more := self.request.recv(100)):
                    line += more
                tld = line.decode().strip().lower()
                iana.asked.append(("whois", tld))
                if iana.whois and iana.whois(tld, self.request) is not NORMAL:
                    return
                entry = iana.entries.get(tld)
                self.request.sendall(entry.whois() if entry else
                                     b"% IANA WHOIS server\n% This query returned 0 objects.\n")
        return Handler

    def rdap_handler(iana):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet

            def do_GET(self):
                tld = self.path.rpartition("/")[2]
                iana.asked.append(("rdap", tld))
                if iana.rdap and iana.rdap(tld, self) is not NORMAL:
                    return
                entry = iana.entries.get(tld)
                if entry:
                    self.answer(200, entry.rdap())
                else:
                    self.answer(404, b'{"errorCode": 404, "title": "Not Found"}')

            def answer(self, status, body, content_type="application/rdap+json", **fields):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                for name, value in fields.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        return Handler

    def wait_until_hung_up(self, connection):
        """Keeps silent until the client goes or the test is over."""
        while not self.over.is_set():
            if select.select([connection], [], [], 0.02)[0] and not connection.recv(100):
                return

    def close(self):
        self.over.set()
        for server in (self.whois_server, self.rdap_server):
            server.shutdown()
            server.server_close()


NORMAL = object()  # what a misbehaving function returns for TLDs that it leaves alone


def unused_address():
    """Where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def point_to(muster, servers):
    muster.configure("iana", "whois", servers.whois_address)
    muster.configure("iana", "rdap", servers.rdap_url)
    muster.configure("iana", "per-minute", "60000")
    muster.configure("iana", "timeout-seconds", "1")

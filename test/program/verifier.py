"""A milter that stands for the verifier beside a mail server (rspamd, OpenDMARC): it adds an
Authentication-Results header with a DMARC verdict that the test chose for the From domain."""

import email.utils
import socketserver
import struct
import threading

ADD_HEADERS = 0x01  # the one action we ask for
# Steps we do not want to hear of (connect, HELO, MAIL, RCPT, body, end of header, unknown, DATA),
# and headers, which we want without answering each.
PROTOCOL = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x100 | 0x200 | 0x80


class Session(socketserver.StreamRequestHandler):
    def packets(self):
        while len(head := self.rfile.read(5)) == 5:
            size, command = struct.unpack("!Ic", head)
            yield command, self.rfile.read(size - 1)

    def answer(self, command, data=b""):
        self.wfile.write(struct.pack("!Ic", len(data) + 1, command) + data)

    def handle(self):
        domain = ""
        for command, data in self.packets():
            if command == b"O":
                self.answer(b"O", struct.pack("!III", 6, ADD_HEADERS, PROTOCOL))
            elif command == b"L":
                name, value = data.split(b"\0")[:2]
                if name.lower() == b"from":
                    address = email.utils.parseaddr(value.decode(errors="replace"))[1]
                    domain = address.rpartition("@")[2].lower()
            elif command == b"E":
                value = self.server.verdict_on(domain).encode()
                self.answer(b"i", struct.pack("!I", 0) + b"Authentication-Results\0" + value + b"\0")
                self.answer(b"c")
            elif command == b"Q":
                return


class Verifier(socketserver.ThreadingTCPServer):
    """Listens on self.port until closed. `authentic` holds the domains that pass."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, authserv_id):
        super().__init__(("127.0.0.1", 0), Session)
        self.authserv_id = authserv_id
        self.authentic = set()
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02},
                         daemon=True).start()

    def verdict_on(self, domain):
        verdict = "pass" if domain in self.authentic else "fail"
        return f"{self.authserv_id};\n\tdmarc={verdict} header.from={domain}"

    def close(self):
        self.shutdown()
        self.server_close()

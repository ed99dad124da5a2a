"""An SMS gateway of the test's own: HTTP on the loopback, which notes what it was asked and answers
as it is told to."""

import http.server
import threading
import urllib.parse


class Gateway:
    """`sent` holds what it took, as parsed parameters. `answers` is called with the handler for each
    request; what it returns is as of `taken`, and None means that it has dealt with it."""

    def __init__(self):
        self.sent = []
        self.asked = []  # (path, headers) of every request
        self.over = threading.Event()
        self.answers = taken

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(handler):
                self.asked.append((handler.path, dict(handler.headers)))
                answer = self.answers(handler)
                if answer is None:
                    handler.close_connection = True
                    return
                status, body, *fields = answer
                if status < 300:
                    self.sent.append(urllib.parse.parse_qs(handler.path.partition("?")[2],
                                                           keep_blank_values=True))
                handler.send_response(status)
                for name, value in fields:
                    handler.send_header(name, value)
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(self, *_):
                pass

            do_POST = do_PUT = do_GET

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that hangs up is no news

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, more=""):
        return f"http://127.0.0.1:{self.port}/send?to={{to}}&text={{text}}{more}"

    def texts(self):
        return [message["text"][0] for message in self.sent]

    def hang(self, _):
        """Keeps silent until the test is over."""
        self.over.wait(60)

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def taken(_):
    return 202, b"0: Accepted for delivery"


def endless(handler):
    """More than anybody wants to read."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(2000):
            handler.wfile.write(b"OK" * 1000)
    except OSError:
        pass


def cut_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"OK")

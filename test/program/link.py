"""A way through which a server is reached, and which can be cut: what a host sees of the network."""

import contextlib
import socket
import threading

from harness import free_port


class Link:
    """A port of the loopback behind which another port is. While it is cut, connections are refused
    and those that were there have ended; while it is silent, nothing passes and nobody is told, as
    when a cable is pulled. A server that sends keepalives notices such a silence after `keepalive`
    seconds: its ends are closed then, and the other side hears of that once the link is mended."""

    def __init__(self, target_port, keepalive=None):
        self.target_port = target_port
        self.keepalive = keepalive
        self.port = free_port()
        self.ends = set()
        self.servers = set()  # of these, those towards the target
        self.listener = None
        self.giving_up = None
        self.speaks = threading.Event()
        self.mend()

    def mend(self):
        """Lets everything pass; what was said in silence arrives now."""
        self.speak()
        if self.listener is None:
            self.listener = socket.create_server(("127.0.0.1", self.port))
            start_thread(self.accept, self.listener)

    def silence(self):
        self.speaks.clear()
        if self.keepalive is not None:
            self.giving_up = threading.Timer(self.keepalive, self.give_up)
            self.giving_up.daemon = True
            self.giving_up.start()

    def give_up(self):
        """The server's side believes that nobody is there any more."""
        for server in list(self.servers):
            end(server)

    def speak(self):
        if self.giving_up is not None:
            self.giving_up.cancel()
            self.giving_up = None
        self.speaks.set()

    def cut(self):
        if self.listener is not None:
            end(self.listener)
            self.listener.close()
            self.listener = None
        for one in list(self.ends):
            end(one)
        self.speak()

    def accept(self, listener):
        with contextlib.suppress(OSError):  # it was cut
            while True:
                client, _ = listener.accept()
                start_thread(self.connect, client)

    def connect(self, client):
        self.speaks.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port))
        except OSError:
            client.close()
            return
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ends |= {client, server}
        self.servers.add(server)
        back = start_thread(self.pump, server, client)
        self.pump(client, server)
        back.join()
        self.ends -= {client, server}
        self.servers.discard(server)
        client.close()
        server.close()

    def pump(self, source, target):
        """Passes on what one end says until either is gone."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.speaks.wait()
                target.sendall(data)
        self.speaks.wait()  # in silence nobody hears of an end either
        end(source)
        end(target)


def start_thread(function, *args):
    thread = threading.Thread(target=function, args=args, daemon=True)
    thread.start()
    return thread


def end(connection):
    """Wakes whoever waits for it, too, which closing it alone does not."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

"""A way through which a server is reached, and which can be cut: what a host sees of the network."""

import contextlib
import socket
import threading

from harness import free_port


class Link:
    """A port of the loopback behind which another port is. While it is cut, connections are refused
    and those that were there have ended; while it is silent, nothing passes and nobody is told, as
    when a cable is pulled."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.port = free_port()
        self.ends = set()
        self.listener = None
        self.speaks = threading.Event()
        self.mend()

    def mend(self):
        """Lets everything pass; what was said in silence arrives now."""
        self.speaks.set()
        if self.listener is None:
            self.listener = socket.create_server(("127.0.0.1", self.port))
            start_thread(self.accept, self.listener)

    def silence(self):
        self.speaks.clear()

    def cut(self):
        if self.listener is not None:
            end(self.listener)
            self.listener.close()
            self.listener = None
        for one in list(self.ends):
            end(one)
        self.speaks.set()

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
        back = start_thread(self.pump, server, client)
        self.pump(client, server)
        back.join()
        self.ends -= {client, server}
        client.close()
        server.close()

    def pump(self, source, target):
        """Passes on what one end says until either is gone."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.speaks.wait()
                target.sendall(data)
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

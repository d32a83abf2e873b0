"""A proxy between a client and the server that writes down each answer, as it was sent, for the judge.

What passes is not changed: Host stays the client's, so that URLs in answers lead back to the proxy. Each connection has
two threads, one for each way. Both read just enough of HTTP/1.1 to know where messages end: Content-Length, chunks, or
the end of the connection; and bytes go on as they come, so that streams stream.
"""
import contextlib
import queue
import socket
import threading

import records

LARGEST = 64 << 20  # of a body that is kept


class Ended(Exception):
    """The connection ended; between two messages that is fine."""


class Way:
    """One direction of a connection: what is read goes on at once."""

    def __init__(self, source, sink):
        self.source, self.sink, self.pending = source, sink, b""

    def more(self):
        data = self.source.recv(65536)
        if not data:
            raise Ended
        self.sink.sendall(data)
        self.pending += data

    def until(self, mark):
        while mark not in self.pending:
            self.more()
        found, _, self.pending = self.pending.partition(mark)
        return found

    def take(self, size, kept):
        while size > 0:
            if not self.pending:
                self.more()
            part, self.pending = self.pending[:size], self.pending[size:]
            size -= len(part)
            keep(kept, part)

    def head(self):
        first, *lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return first, {name.strip().lower(): value.strip() for name, _, value in pairs}

    def body(self, headers, to_the_end):
        """The body without its framing."""
        kept = bytearray()
        if "chunked" in headers.get("transfer-encoding", "").lower():
            size = 1
            while size:
                size = int(self.until(b"\r\n").partition(b";")[0], 16)
                self.take(size, kept)
                self.until(b"\r\n")  # behind the chunk; trailers are not sent here
        elif "content-length" in headers:
            self.take(int(headers["content-length"]), kept)
        elif to_the_end:
            with contextlib.suppress(Ended):
                while True:
                    self.take(1 << 16, kept)
        return bytes(kept)


def keep(kept, part):
    if len(kept) + len(part) <= LARGEST:
        kept += part


def forward_requests(way, asked):
    while True:
        first, headers = way.head()
        method, target, _ = first.split(" ", 2)
        asked.put((method, target, headers.get("host")))
        way.body(headers, to_the_end=False)


def forward_answers(way, asked, path):
    while True:
        first, headers = way.head()
        status = int(first.split(" ")[1])
        if status < 200:
            continue
        method, target, host = asked.get()
        empty = method == "HEAD" or status in (204, 304)
        body = b"" if empty else way.body(headers, to_the_end=True)
        records.add(method, target, host, status, headers.get("content-type", ""), body, path)


def run_way(loop, source, sink, *args):
    with contextlib.suppress(Ended, OSError):
        loop(Way(source, sink), *args)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)  # the end goes on too


class Proxy:
    """Listens on a free `port` of 127.0.0.1 and forwards to another; `path` is the file of records."""

    def __init__(self, server, path):
        self.server, self.path = server, path
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.answering = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            with contextlib.suppress(OSError):
                self.forward(client, socket.create_connection(("127.0.0.1", self.server)))

    def forward(self, client, server):
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asked = queue.SimpleQueue()
        threading.Thread(target=run_way, args=(forward_requests, client, server, asked), daemon=True).start()
        answers = threading.Thread(target=run_way, args=(forward_answers, server, client, asked, self.path), daemon=True)
        answers.start()  # before drain() can see it: one that has not begun cannot be joined
        self.answering = [thread for thread in self.answering if thread.is_alive()] + [answers]

    def drain(self):
        """The server has ended: what it has answered is written down."""
        for thread in self.answering:
            thread.join(5)

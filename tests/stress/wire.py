"""HTTP over asyncio's streams, as little of it as the server speaks; and a client may leave at any moment."""
import asyncio
import json
import time

HEAD_MAX = 1 << 16
NOTHING = " 00000000:00000000 "  # is waiting to be sent, and to be read
REST = 30  # seconds; the server ends a connection that is idle for 60


class Dropped(Exception):
    """The connection ended before the answer was whole; the message holds what had come."""


class Answer:
    def __init__(self, status, headers, body, took):
        self.status, self.headers, self.body, self.took = status, headers, body, took

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:1500]!r}"


def head_of(method, target, headers):
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Unread:
    """What clients have sent to the server at `port` and it has not read yet, as the system knows of all connections."""

    def __init__(self, port):
        self.port = port
        self.clients, self.looked = set(), 0

    def look(self):
        """It is a long list: worlds share it, and it may be some moments old."""
        self.clients, self.looked = set(), time.monotonic()
        with open("/proc/net/tcp", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                if NOTHING in line:
                    continue
                own, other = (int(end.rpartition(":")[2], 16) for end in line.split()[1:3])
                self.clients.add(other if own == self.port else own)

    async def until_read(self, clients):
        """Nothing of what these, by their ports, have sent until now is left."""
        began = time.monotonic()
        while self.looked < began or clients & self.clients:
            if time.monotonic() - self.looked > 0.2:
                self.look()
            await asyncio.sleep(0.05)


class Wire:
    """One connection at a time, kept between requests and made again when it is gone."""

    def __init__(self, port):
        self.port = port
        self.reader = self.writer = self.own_port = None
        self.used = 0  # when, by the monotonic clock

    async def send(self, method, target, headers, body=None):
        """The request alone."""
        if time.monotonic() - self.used > REST:
            self.close()
        self.used = time.monotonic()
        if not self.writer:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=HEAD_MAX)
            self.own_port = self.writer.get_extra_info("sockname")[1]
        headers = {"Host": f"127.0.0.1:{self.port}", **headers}
        if body is not None:
            headers["Content-Length"] = len(body)
        self.writer.write(head_of(method, target, headers) + (body or b""))
        await self.writer.drain()

    async def ask(self, method, target, headers, body=None):
        began = time.monotonic()
        try:
            await self.send(method, target, headers, body)
            status, fields = await self.head()
            content = await self._content(status, fields)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Dropped(repr(error)) from None
        except BaseException:  # whoever stops in the middle of an answer must not read its rest as the next one
            self.close()
            raise
        if fields.get("connection") == "close":
            self.close()
        return Answer(status, fields, content, time.monotonic() - began)

    async def head(self):
        """(status, headers by their names in lower case)"""
        text = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = text[:-4].split("\r\n")
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        return int(first.split()[1]), fields

    async def _content(self, status, fields):
        if status == 204:
            return b""
        if "content-length" in fields:
            return await self.reader.readexactly(int(fields["content-length"]))
        parts = []
        while part := await self.chunk():
            parts.append(part)
        return b"".join(parts)

    async def chunk(self):
        """The next one of an answer in chunks; b"" is the last."""
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None

"""Event streams over real sockets: very many at once, clients that leave, a server that stops."""
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import ring

MODEL = {
    "owner": "acme", "name": "writer",
    "latest_version": {"id": "w1", "openapi_schema": {"components": {"schemas": {
        "Input": {"type": "object"}, "Output": {"type": "array", "items": {"type": "string"},
                                                  "x-cog-array-type": "iterator"}}}}},
}
WRITE = json.dumps({"version": "w1", "input": {}}).encode()
WORDS = 16  # of what it writes
HI = b": hi\n\n"


def start(*args, **options):
    """A server with a model that writes words."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(MODEL, file)
        file.flush()
        return ring.Server("--models", file.name, *args, **options)


def path_of(server, prediction):
    origin = f"http://127.0.0.1:{server.port}"
    url = prediction["urls"]["stream"]
    assert url.startswith(origin + "/v1/"), url
    return url[len(origin):]


def open_streams(server, count, paths):
    """So many readers, by turns of these streams."""
    sockets = []
    for i in range(count):
        sockets.append(socket.create_connection(server.address, timeout=ring.LONG))
        sockets[-1].sendall(ring.head("GET", paths[i % len(paths)], auth=False))
    return sockets


def expect(sockets, what):
    """Reads from each until `what` has come."""
    missing = {sock: b"" for sock in sockets}
    progress = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for sock in sockets:
            selector.register(sock, selectors.EVENT_READ)
        while missing and time.monotonic() - progress < ring.LONG:
            for key, _ in selector.select(1):
                progress = time.monotonic()
                sock = key.fileobj
                data = sock.recv(65536)
                assert data, "the server has closed a stream"
                missing[sock] += data
                if what in missing[sock]:
                    del missing[sock]
                    selector.unregister(sock)
    assert not missing, f"{len(missing)} of {len(sockets)} lack {what!r}; one has {next(iter(missing.values()))!r}"


@ring.patient
class Many(unittest.TestCase):
    COUNT = 10000
    EACH = 32 * 1024  # bytes

    def test_ten_thousand(self):
        ring.need_files(self, self.COUNT + 200)
        with start("--clock", "manual", "--boot", "1s", "--predict", "16s") as server:
            paths = [path_of(server, server.create(WRITE)) for _ in range(10)]
            before = server.memory()
            begin = time.monotonic()
            sockets = open_streams(server, self.COUNT, paths)
            self.addCleanup(lambda: [sock.close() for sock in sockets])
            expect(sockets, HI)
            ring.in_time(begin, 10, "all are open")
            self.assertGreaterEqual(server.open_files(), server.idle_files + self.COUNT)
            if ring.SLOW == 1:
                each = (server.memory() - before) / self.COUNT
                self.assertLess(each, self.EACH)
            # They cost nothing while nothing happens, and nobody else is kept waiting.
            begin = time.monotonic()
            for _ in range(20):
                server.health()
            ring.in_time(begin, 1, "20 answers meanwhile")
            server.assert_at_rest()
            begin = time.monotonic()
            server.advance("2s")
            expect(sockets, b"data: This\n\n")
            ring.in_time(begin, 5, "all have the first word")
            begin = time.monotonic()
            for sock in sockets[::2]:
                sock.close()
            ring.until(lambda: server.open_files() <= server.idle_files + self.COUNT // 2, "who left is gone")
            ring.in_time(begin, 5, "who left is gone")
            begin = time.monotonic()
            server.advance("1h")
            expect(sockets[1::2], b"event: done\n")
            ring.in_time(begin, 5, "all have all")


@ring.patient
class Leaving(unittest.TestCase):
    def test_all_ways(self):
        """Noticed although there is nothing to send."""
        with start("--clock", "manual") as server:
            path = path_of(server, server.create(WRITE))
            for how in ("close", "reset", "half_close"):
                wires = [server.wire() for _ in range(100)]
                for wire in wires:
                    self.addCleanup(wire.close)
                    wire.send(ring.head("GET", path, auth=False))
                expect([wire.socket for wire in wires], HI)
                begin = time.monotonic()
                for wire in wires:
                    getattr(wire, how)()
                ring.until(lambda: server.open_files() <= server.idle_files, f"gone by {how}")
                ring.in_time(begin, 1, f"gone by {how}")

    def test_in_the_same_moment(self):
        """The client's goodbye is there when the request is read."""
        with start("--clock", "manual") as server:
            path = path_of(server, server.create(WRITE))
            for how in ("close", "reset", "half_close"):
                server.signal(signal.SIGSTOP)
                for _ in range(30):
                    wire = server.wire()
                    self.addCleanup(wire.close)
                    wire.send(ring.head("GET", path, auth=False))
                    getattr(wire, how)()
                server.signal(signal.SIGCONT)
                ring.until(lambda: server.open_files() <= server.idle_files, f"gone by {how}")
                self.assertEqual(server.health()["status"], "ok")


class Faults(unittest.TestCase):
    """What rules do to streams, on the wire."""

    def open(self, server, **rule):
        answer = server.ask("POST", "/_mock/scenarios", json.dumps({"stream": rule}).encode(),
                            {**ring.AUTH, "Content-Type": "application/json"})
        self.assertEqual(answer.status, 201, answer)
        wire = server.wire()
        self.addCleanup(wire.close)
        wire.send(ring.head("GET", path_of(server, server.create(WRITE)), auth=False))
        return wire

    def test_cut(self):
        """All that was written before has come, and no last chunk: the end of it is not that of the answer."""
        with start("--clock", "manual", "--boot", "1s", "--predict", "16s") as server:
            wire = self.open(server, cut_after=3)
            server.advance("1h")
            rest = wire.rest()
            self.assertEqual(rest.count(b"event: output\n"), 3)
            self.assertTrue(rest.endswith(b":2\ndata:  replicate-mock,\n\n\r\n"), rest)
            ring.until(lambda: server.open_files() <= server.idle_files, "it is gone here, too")

    def test_leaving_while_it_is_silent(self):
        with start("--clock", "manual") as server:
            wire = self.open(server, stall="10m")
            expect([wire.socket], HI)
            server.advance("1m")
            wire.close()
            ring.until(lambda: server.open_files() <= server.idle_files, "it is noticed")
            server.advance("1h")
            self.assertEqual(server.health()["status"], "ok")


@ring.patient
class Stopping(unittest.TestCase):
    def test_streams_do_not_hold_it(self):
        """They are cut off: one that ended as it should would look whole."""
        for number in (signal.SIGTERM, signal.SIGINT):
            with start("--clock", "manual") as server:
                path = path_of(server, server.create(WRITE))
                sockets = open_streams(server, 200, [path])
                expect(sockets, HI)
                begin = time.monotonic()
                server.signal(number)
                server.ended()
                ring.in_time(begin, 1, "it ends")
                for sock in sockets:
                    self.assertEqual(sock.recv(100), b"")
                    sock.close()

    def test_those_that_begin_while_it_stops(self):
        """What is there goes out: to the end, where it is all."""
        with start("--clock", "manual") as server:
            running, ended = [server.create(WRITE) for _ in range(2)]
            server.ask("POST", f"/v1/predictions/{ended['id']}/cancel")
            wires = [server.wire() for _ in range(2)]
            server.health()  # they are in
            server.signal(signal.SIGSTOP)
            for wire, prediction in zip(wires, (running, ended)):
                self.addCleanup(wire.close)
                wire.send(ring.head("GET", path_of(server, prediction), auth=False))
            begin = time.monotonic()
            server.signal(signal.SIGTERM)
            server.signal(signal.SIGCONT)
            server.ended()
            ring.in_time(begin, 2, "it ends")
            self.assertTrue(wires[0].rest().endswith(HI + b"\r\n"))
            self.assertTrue(wires[1].rest().endswith(b'data: {"reason":"canceled"}\n\n\r\n0\r\n\r\n'))

    def test_one_that_has_said_done(self):
        """Its end would be a moment later; it is not cut off."""
        with start("--clock", "manual") as server:
            made = server.create(WRITE)
            server.ask("POST", f"/v1/predictions/{made['id']}/cancel")
            with server.wire() as wire:
                wire.send(ring.head("GET", path_of(server, made), auth=False))
                done = b'data: {"reason":"canceled"}\n\n\r\n'
                while done not in wire.pending:
                    wire.pending += wire.socket.recv(65536)
                server.signal(signal.SIGTERM)
                self.assertEqual(wire.rest().partition(done)[2], b"0\r\n\r\n")


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class Curl(unittest.TestCase):
    def test_reads_to_the_end(self):
        """Word by word, as they are written."""
        with start("--clock", "manual", "--boot", "1s", "--predict", "16s") as server:
            made = server.create(WRITE)
            command = ["curl", "-q", "-sSN", "--noproxy", "*", "--max-time", str(ring.LONG)]
            with subprocess.Popen([*command, made["urls"]["stream"]], stdout=subprocess.PIPE) as curl:
                seen = b""
                for i in range(WORDS):
                    server.advance("2s" if i == 0 else "1s")
                    while b":%d\ndata: " % i not in seen:
                        data = os.read(curl.stdout.fileno(), 65536)  # ends with --max-time
                        self.assertTrue(data, seen)
                        seen += data
                    self.assertEqual(seen.count(b"event: output\n"), i + 1)
                seen += curl.stdout.read()
                self.assertEqual(curl.wait(ring.LONG), 0)
            self.assertTrue(seen.startswith(HI))
            self.assertTrue(seen.endswith(b"data: {}\n\n"), seen)
            events = [event.split(b"data: ")[1] for event in seen.split(b"\n\n") if b"event: output" in event]
            shown = server.get(f"/v1/predictions/{made['id']}").json()["output"]
            self.assertEqual(b"".join(events).decode(), "".join(shown))


if __name__ == "__main__":
    unittest.main()

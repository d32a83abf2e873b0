"""No pauses between small segments. A client that leaves Nagle's algorithm on, and writes a request in pieces, sends
the next when the one before was acknowledged, and acknowledgements usually take 40 ms. The same the other way round,
where a server leaves Nagle on."""
import json
import socket
import statistics
import tempfile
import time
import unittest

import ring

ROUNDS = 50
PAUSE = 0.03  # seconds: less than any such pause, and much more than there is without

MODEL = {
    "owner": "acme", "name": "writer",
    "latest_version": {"id": "w1", "openapi_schema": {"components": {"schemas": {
        "Input": {"type": "object"},
        "Output": {"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"}}}}},
}


def nagle(wire):
    wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
    return wire


def assert_no_pauses(request, rounds=ROUNDS):
    """The quickest quarter takes less than one such pause, which nearly each has where there are any: how long the others
    take is the affair of the machine."""
    took = []
    for _ in range(rounds):
        begin = time.monotonic()
        request()
        took.append(time.monotonic() - begin)
    if statistics.quantiles(took)[0] > PAUSE:
        raise ring.Late(f"they took {took}")


@ring.patient
class Requests(ring.RingCase):
    args = ("--clock", "manual")

    def assert_quick(self, pieces, status=201):
        """So many requests in these pieces, one after another on a connection."""
        def request():
            for piece in pieces:
                wire.send(piece)
            self.assertEqual(wire.answer().status, status)

        with nagle(self.server.wire()) as wire:
            assert_no_pauses(request)

    def test_in_one_piece(self):
        self.assert_quick([ring.post()])

    def test_head_and_body_apart(self):
        request = ring.post()
        head = len(request) - len(ring.CREATE)
        self.assert_quick([request[:head], request[head:]])

    def test_a_body_in_pieces(self):
        request = ring.post()
        head = len(request) - len(ring.CREATE)
        self.assert_quick([request[:head], request[head:head + 40], request[head + 40:head + 80],
                           request[head + 80:]])

    def test_a_long_body_in_pieces(self):
        """More pieces than wait for one acknowledgement."""
        body = ring.CREATE[:-2] + b',"x":"' + b"y" * 20000 + b'"}}'
        request = ring.post(body)
        head = len(request) - len(body)
        self.assert_quick([request[:head], *(request[at:at + 1000] for at in range(head, len(request), 1000))])

    def test_chunks(self):
        request = ring.post_chunked(ring.CREATE, 60)
        head = request.index(b"\r\n\r\n") + 4
        pieces = [piece + b"\r\n" for piece in request[head:].split(b"\r\n") if piece]
        sizes_and_data = [b"".join(pieces[at:at + 2]) for at in range(0, len(pieces) - 1, 2)]
        self.assert_quick([request[:head], *sizes_and_data, b"0\r\n\r\n"])

    def test_a_body_that_is_refused(self):
        """It is read to its end before the answer leaves."""
        request = ring.post(target="/v1/nothing")
        head = len(request) - len(ring.CREATE)
        self.assert_quick([request[:head], request[head:head + 40], request[head + 40:]], 404)


@ring.patient
class Answers(unittest.TestCase):
    def test_large_ones(self):
        """Longer than a socket's buffer takes at once, and with a small rest."""
        with ring.Server("--clock", "manual") as server:
            body = json.loads(ring.CREATE)
            body["input"]["prompt"] = "a turtle " * 40000
            made = server.create(json.dumps(body).encode())
            def request():
                wire.send(ring.head("GET", f"/v1/predictions/{made['id']}"))
                self.assertGreater(len(wire.answer().body), 360000)

            with server.wire() as wire:
                assert_no_pauses(request)

    def test_events_leave_at_once(self):
        """Each is a small write of its own; the clock moves when the one before has come."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(MODEL, file)
            file.flush()
            server = ring.Server("--models", file.name, "--clock", "manual", "--boot", "0", "--predict", "16s")
        with server, server.wire() as clock:
            wires = []
            for _ in range(4):
                made = server.create(json.dumps({"version": "w1", "input": {}}).encode())
                wires.append(nagle(server.wire()))
                self.addCleanup(wires[-1].close)
                wires[-1].send(ring.head("GET", made["urls"]["stream"].partition(f":{server.port}")[2]))
                ring.until(lambda: self.came(wires[-1], b": hi"), "the stream begins")
            step = json.dumps({"by": "1s"}).encode()

            def request():
                clock.send(ring.post(step, "/_mock/clock/advance", {"Content-Type": "application/json"}))
                self.assertEqual(clock.answer().status, 200)
                for wire in wires:
                    ring.until(lambda wire=wire: self.came(wire, b"event: output"), "an event")

            assert_no_pauses(request, 15)

    def came(self, wire, text):
        """Was it among what has come? Takes all up to its end away."""
        if ring.select_one(wire.socket, ring.LONG):
            wire.pending += wire.socket.recv(65536)
        found, _, rest = wire.pending.partition(text)
        if found == wire.pending:
            return False
        wire.pending = rest
        return True


if __name__ == "__main__":
    unittest.main()

"""Clients that leave: nobody tells a parked request, so the server must notice, and free all that was held
for it.
"""
import json
import signal
import time
import unittest

import ring

PARKED = 200
WAIT = {"Prefer": "wait=60"}


def leave(wire, how):
    {"close": wire.close, "reset": wire.reset, "half-close": wire.half_close}[how]()


def until_released(server, left=0):
    """Until the server holds no more connections than that."""
    ring.until(lambda: server.open_files() <= server.idle_files + left, "who has left is forgotten")


def assert_released(server, left=0):
    begin = time.monotonic()
    until_released(server, left)
    ring.in_time(begin, 3, "who has left is forgotten")


@ring.patient
class Parked(ring.RingCase):
    args = ("--predict", "10m")

    def setUp(self):
        super().setUp()
        until_released(self.server)
        self.headers = {"Authorization": f"Bearer {ring.unique(self.id())}"}

    def park(self, count, data):
        before = self.server.health()["predictions"]
        wires = self.wires(count)
        for wire in wires:
            wire.send(data)
        ring.until(lambda: self.server.health()["predictions"] == before + count, "all wait")
        self.assertGreaterEqual(self.server.open_files(), self.server.idle_files + count)
        return wires

    def assert_quick(self):
        begin = time.monotonic()
        for _ in range(10):
            self.assert_alive()
        ring.in_time(begin, 1, "ten answers")

    def test_waits(self):
        for how in ("close", "reset", "half-close"):
            wires = self.park(PARKED, ring.post(headers=WAIT))
            self.assert_quick()
            for wire in wires:
                leave(wire, how)
            assert_released(self.server)
            self.assert_quick()

    def test_waits_with_more_behind_them(self):
        """Unread requests in the socket must not hide that it was closed."""
        wires = self.park(30, ring.post(headers=WAIT) + ring.head("GET", "/v1/predictions") * 3)
        for i, wire in enumerate(wires):
            leave(wire, ("close", "reset", "half-close")[i % 3])
        assert_released(self.server)

    def test_pipelined_requests_are_no_goodbye(self):
        with ring.Server("--clock", "manual") as server, server.wire() as wire:
            wire.send(ring.post(headers=WAIT))
            ring.until(lambda: server.health()["predictions"] == 1)
            wire.send(ring.head("GET", "/v1/predictions"))
            server.health()
            server.advance("2s")
            self.assertEqual([wire.answer().status, wire.answer().status], [201, 200])

    def test_their_predictions_go_on(self):
        with ring.Server("--clock", "manual") as server:
            with server.wire() as wire:
                wire.send(ring.post(headers=WAIT))
                ring.until(lambda: server.health()["predictions"] == 1)
            assert_released(server)
            server.advance("2s")
            self.assertEqual(server.get("/v1/predictions").json()["results"][0]["status"], "succeeded")

    def test_half_of_them_leave(self):
        """The others are answered, and with their own predictions."""
        with ring.Server("--clock", "manual") as server:
            wires = []
            for i in range(60):
                wires.append(server.wire())
                self.addCleanup(wires[-1].close)
                wires[-1].send(ring.post(ring.CREATE.replace(b"a turtle", b"%d" % i), headers=WAIT))
            ring.until(lambda: server.health()["predictions"] == 60)
            for i, wire in enumerate(wires[::2]):
                leave(wire, ("close", "reset", "half-close")[i % 3])
            assert_released(server, 30)
            server.advance("2s")
            for i, wire in list(enumerate(wires))[1::2]:
                answer = wire.answer()
                self.assertEqual((answer.status, answer.json()["input"]["prompt"]), (201, str(i)))

    def test_control_waits(self):
        made = self.server.create(headers=self.headers)["id"]
        calls = [("POST", "/_mock/settle?timeout=60s"),
                 ("GET", f"/_mock/wait?prediction={made}&status=terminal&timeout=60s")]
        wires = self.wires(45)
        for i, wire in enumerate(wires):
            method, target = calls[i % 2]
            wire.send(ring.head(method, target, self.headers, auth=False))
        ring.until(lambda: self.server.open_files() >= self.server.idle_files + 45)
        self.assert_quick()
        self.assertFalse([wire for wire in wires if wire.has_answer()])
        for i, wire in enumerate(wires):
            leave(wire, ("close", "reset", "half-close")[i % 3])
        assert_released(self.server)

    def test_cancelled_after_the_client_left(self):
        """The wait must be forgotten before its prediction ends."""
        wires = self.park(10, ring.post(headers={**WAIT, **self.headers}, auth=False))
        for i, wire in enumerate(wires):
            leave(wire, ("close", "reset")[i % 2])
        for prediction in self.server.get("/v1/predictions", headers=self.headers).json()["results"]:
            answer = self.server.ask("POST", f"/v1/predictions/{prediction['id']}/cancel",
                                     headers=self.headers)
            self.assertEqual(answer.json()["status"], "canceled")
        assert_released(self.server)

    def test_cancelled_while_the_client_waits(self):
        wires = self.park(1, ring.post(headers={**WAIT, **self.headers}, auth=False))
        made = self.server.get("/v1/predictions", headers=self.headers).json()["results"][0]["id"]
        self.server.ask("POST", f"/v1/predictions/{made}/cancel", headers=self.headers)
        answer = wires[0].answer()
        self.assertEqual((answer.status, answer.json()["status"]), (201, "canceled"))

    def test_reset_of_the_world_while_clients_wait(self):
        wires = self.park(20, ring.post(headers={**WAIT, **self.headers}, auth=False))
        for wire in wires[:10]:
            wire.close()
        self.assertEqual(self.server.ask("POST", "/_mock/reset", headers=self.headers).status, 200)
        for wire in wires[10:]:
            self.assertGreaterEqual(wire.answer().status, 400)
            wire.close()
        assert_released(self.server)

    def test_again_and_again(self):
        """What is held for a wait does not grow with how many there were."""
        data = ring.post(headers={**WAIT, **self.headers}, auth=False)

        def turn():
            for wire in self.park(PARKED, data):
                wire.close()
            assert_released(self.server)
            self.server.ask("POST", "/_mock/reset", headers=self.headers)

        grown = []
        for _ in range(ring.TRIES):  # the allocator's own growth comes to an end
            before = self.server.memory()
            for _ in range(3):
                turn()
            grown.append(self.server.memory() - before)
            if grown[-1] < 256 * 1024 or ring.SLOW > 1:  # a sanitizer keeps what was freed
                return
        self.fail(f"600 waits make it grow by {grown} bytes")


@ring.patient
class Midway(ring.RingCase):
    """Clients that leave in the middle of a request or of an answer."""

    args = (*ring.SOON, "--max-body", "8MiB")

    def setUp(self):
        super().setUp()
        until_released(self.server)

    def assert_released(self):
        assert_released(self.server)
        self.assert_alive()

    def test_without_a_word(self):
        for how in ("close", "reset", "half-close"):
            for wire in self.wires(50):
                leave(wire, how)
        self.assert_released()

    def test_in_the_head(self):
        data = ring.head("GET", "/v1/predictions")
        for i, wire in enumerate(self.wires(90)):
            wire.send(data[:1 + i % (len(data) - 1)])
            leave(wire, ("close", "reset", "half-close")[i % 3])
        self.assert_released()

    def test_in_the_body(self):
        large = ring.post(b"x" * 4000000)
        for i, wire in enumerate(self.wires(30)):
            wire.send(large[:3000000] if i % 10 == 0 else ring.post()[:-20])
            leave(wire, ("close", "reset", "half-close")[i % 3])
        self.assert_released()

    def test_in_a_chunk(self):
        data = ring.post_chunked(ring.CREATE, 20)
        for i, wire in enumerate(self.wires(60)):
            wire.send(data[:-1 - i])
            leave(wire, ("close", "reset", "half-close")[i % 3])
        self.assert_released()

    def test_goodbye_in_the_same_moment(self):
        """The end of the connection is there already when the data is read. The server is stopped meanwhile,
        so that it finds both in one wake-up."""
        half_a_head, half_a_body = ring.head("GET", "/v1/predictions")[:30], ring.post()[:-20]
        for data in (half_a_head, half_a_body, ring.head("GET", "/v1/predictions"), ring.post() * 3):
            self.server.signal(signal.SIGSTOP)
            for i, wire in enumerate(self.wires(30)):
                wire.send(data)
                leave(wire, ("close", "reset", "half-close")[i % 3])
            self.server.signal(signal.SIGCONT)
            self.assert_released()

    def test_before_the_answer(self):
        for i, wire in enumerate(self.wires(60)):
            wire.send(ring.post() * 3)
            leave(wire, ("close", "reset", "half-close")[i % 3])
        self.assert_released()

    def test_a_half_closed_client_is_answered(self):
        """Its request was complete, and it may still read: netcat, and some HTTP/1.0 clients."""
        with self.server.wire() as wire:
            wire.send(ring.head("GET", "/v1/predictions"))
            wire.half_close()
            self.assertEqual(wire.answer().status, 200)
            self.assertTrue(wire.is_closed())

    def test_in_the_answer(self):
        """Of many lists, of which nothing is read."""
        for _ in range(20):
            self.server.create()
        for i, wire in enumerate(self.wires(15)):
            wire.socket.setsockopt(ring.socket.SOL_SOCKET, ring.socket.SO_RCVBUF, 4096)
            wire.send(ring.head("GET", "/v1/predictions") * 100)
            leave(wire, ("close", "reset")[i % 2])
        self.assert_released()

    def test_while_a_picture_is_drawn(self):
        body = json.loads(ring.CREATE)
        body["input"].update(num_outputs=4, image_resolution=768)
        files = []
        for _ in range(3):
            done = self.server.finished(self.server.create(json.dumps(body).encode()))
            files += [url.partition(f":{self.server.port}")[2] for url in done["output"]]
        self.assertEqual(len(files), 12)
        for how in ("close", "reset", "half-close"):
            for file in files:
                with self.server.wire() as wire:
                    wire.send(ring.head("GET", file))
                    leave(wire, how)
        self.assert_released()
        for file in files:
            ring.png_size(self.server.get(file).body)


if __name__ == "__main__":
    unittest.main()

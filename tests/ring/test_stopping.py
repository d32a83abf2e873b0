"""SIGTERM and SIGINT: what was accepted is answered, and the process ends within two seconds."""
import contextlib
import signal
import time
import unittest

import ring

WAIT = {"Prefer": "wait=60"}
SOON = 2


@ring.patient
class Stopping(unittest.TestCase):
    def start(self, *args):
        server = ring.Server(*args)
        self.addCleanup(server.kill)
        return server

    def wires(self, server, count):
        wires = []
        for _ in range(count):
            wires.append(server.wire())
            self.addCleanup(wires[-1].close)
        return wires

    def tell(self, server, number=signal.SIGTERM):
        server.signal(number)
        self.told = time.monotonic()

    def assert_ended(self, server, seconds=SOON):
        """It ends, so soon after it was told to."""
        self.assertEqual(server.ended(), 0)
        ring.in_time(self.told, seconds, "it ends")
        server.stop()  # checks the rest

    def assert_ends(self, server, number=signal.SIGTERM, seconds=SOON):
        self.tell(server, number)
        self.assert_ended(server, seconds)

    @contextlib.contextmanager
    def grace(self):
        """What is inside must happen in the 1.5 s that a server which was told to end gives its clients."""
        try:
            yield
        except (AssertionError, OSError) as error:
            if time.monotonic() - self.told > 1:
                raise ring.Late("what the server waits for came too late") from error
            raise

    def test_idle(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.start()
            server.health()
            self.assert_ends(server, number, 0.5)

    def test_parked_waits(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.start("--predict", "10m")
            wires = self.wires(server, 20)
            for wire in wires:
                wire.send(ring.post(headers=WAIT))
            ring.until(lambda: server.health()["predictions"] == 20)
            self.assert_ends(server, number, 1)  # nothing is left to wait for
            for wire in wires:
                answer = wire.answer()
                self.assertEqual((answer.status, answer.headers["connection"].lower()), (202, "close"))
                self.assertEqual((answer.json()["status"], answer.json()["output"]), ("starting", None))
                self.assertTrue(wire.is_closed())

    def test_control_waits(self):
        server = self.start("--predict", "10m")
        made = server.create()["id"]
        wires = self.wires(server, 2)
        wires[0].send(ring.head("POST", "/_mock/settle?timeout=60s"))
        wires[1].send(ring.head("GET", f"/_mock/wait?prediction={made}&status=terminal&timeout=60s"))
        server.health()  # comes after them
        self.assert_ends(server)
        self.assertEqual([wire.answer().status for wire in wires], [408, 408])

    def test_a_body_that_is_half_sent(self):
        server = self.start()
        half, slow = self.wires(server, 2)
        half.send(ring.post()[:-30])
        slow.send(ring.post()[:-30])
        server.health()
        self.tell(server)
        with self.grace():
            slow.send(ring.post()[-30:])  # what completes in time is answered
            self.assertEqual(slow.answer().status, 201)
        self.assert_ended(server)

    def test_a_head_that_is_half_sent(self):
        server = self.start()
        for wire in self.wires(server, 10):
            wire.send(ring.head("GET", "/v1/predictions")[:-10])
        server.health()
        self.assert_ends(server)

    def test_what_the_library_gave_up(self):
        """So many parameters that libmicrohttpd closes without a word: such requests must be forgotten."""
        server = self.start()
        for wire in self.wires(server, 5):
            wire.send(ring.head("GET", "/v1/predictions?" + "&" * 5000))
            server.health()
            wire.close()
        ring.until(lambda: server.open_files() <= server.idle_files)
        self.assert_ends(server, seconds=0.7)

    def test_idle_connections(self):
        """Kept alive, they do not hold it."""
        server = self.start()
        wires = self.wires(server, 100)
        for wire in wires[:50]:
            wire.send(ring.head("GET", "/v1/predictions"))
            self.assertEqual(wire.answer().status, 200)
        self.assert_ends(server, seconds=0.7)
        for wire in wires:
            self.assertTrue(wire.is_closed())

    def test_a_reader_that_does_not_read(self):
        server = self.start()
        for _ in range(20):
            server.create()
        wire = self.wires(server, 1)[0]
        wire.socket.setsockopt(ring.socket.SOL_SOCKET, ring.socket.SO_RCVBUF, 4096)
        wire.send(ring.head("GET", "/v1/predictions") * 200)
        server.health()
        self.assert_ends(server)

    def test_pictures_being_drawn(self):
        server = self.start(*ring.SOON)
        body = ring.json.loads(ring.CREATE)
        body["input"].update(num_outputs=2, image_resolution=256)
        done = server.finished(server.create(ring.json.dumps(body).encode()))
        wires = self.wires(server, 2)
        server.health()
        server.signal(signal.SIGSTOP)
        for wire, url in zip(wires, done["output"]):
            wire.send(ring.head("GET", url.partition(f":{server.port}")[2]))
        self.tell(server)
        server.signal(signal.SIGCONT)
        with self.grace():
            for wire in wires:
                ring.png_size(wire.answer().body)
        self.assert_ended(server)

    def test_what_was_sent_is_answered(self):
        """Requests that lie in the sockets, and in the backlog, when the signal comes."""
        server = self.start()
        wires = self.wires(server, 50)
        server.signal(signal.SIGSTOP)
        wires += self.wires(server, 50)
        for wire in wires:
            wire.send(ring.post())
        self.tell(server)
        server.signal(signal.SIGCONT)
        with self.grace():
            self.assertEqual([wire.answer().status for wire in wires], [201] * 100)
        self.assert_ended(server)

    def test_each_answer_ends_its_connection(self):
        """Also of what comes in while it stops, pipelined behind a wait."""
        server = self.start("--predict", "10m")
        done = server.create()
        server.ask("POST", f"/v1/predictions/{done['id']}/cancel")
        wires = self.wires(server, 2)
        wires[0].send(ring.post(headers=WAIT) + ring.head("GET", f"/v1/predictions/{done['id']}"))
        ring.until(lambda: server.health()["predictions"] == 2)
        wires[1].send(ring.head("GET", f"/v1/predictions/{done['id']}")[:-2])
        server.health()
        self.tell(server)
        with self.grace():
            ring.until(lambda: "stopping" in server.log())
            wires[1].send(b"\r\n")
            for wire, status in zip(wires, (202, 200)):
                answer = wire.answer()
                self.assertEqual((answer.status, answer.headers["connection"].lower()), (status, "close"))
                self.assertTrue(wire.is_closed())
        self.assert_ended(server)

    def refuses(self, server):
        try:
            server.wire().close()
        except (ConnectionRefusedError, ConnectionResetError):
            return True
        return False

    def test_nobody_new_gets_in(self):
        server = self.start()
        self.wires(server, 1)[0].send(ring.post()[:-30])  # keeps it for a while
        server.health()
        self.tell(server)
        with self.grace():
            ring.until(lambda: self.refuses(server), "the port is closed")
            self.assertIsNone(server.process.poll(), "and not only because it has ended")
        self.assert_ended(server)

    def test_several_signals(self):
        server = self.start("--predict", "10m")
        wire = self.wires(server, 1)[0]
        wire.send(ring.post(headers=WAIT))
        ring.until(lambda: server.health()["predictions"] == 1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            self.tell(server, number)
        self.assertEqual(wire.answer().status, 202)
        self.assert_ended(server)

    def test_predictions_that_run(self):
        """Unfinished ones hold nothing up."""
        for args in ((), ("--clock", "manual")):
            server = self.start("--predict", "10m", *args)
            for _ in range(50):
                server.create()
            self.assert_ends(server, seconds=0.7)

    def test_as_soon_as_it_is_ready(self):
        for _ in range(10):
            self.assert_ends(self.start())


if __name__ == "__main__":
    unittest.main()

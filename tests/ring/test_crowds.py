"""Many clients at once, and more than the system allows."""
import signal
import time
import unittest

import ring

HEALTH = ring.head("GET", "/_mock/health")
LIST = ring.head("GET", "/v1/predictions")


@ring.patient
class Crowds(unittest.TestCase):
    def test_a_thousand_kept_open(self):
        """The usual limit of 1,024 descriptors must not be ours: the server raises it."""
        ring.need_files(self, 1200)
        with ring.Server() as server, ring.Crowd(server, 1000, LIST) as crowd:
            crowd.send()
            crowd.gather(1)
            ring.until(lambda: server.open_files() > 1000)
            crowd.send()
            crowd.gather(2)
            self.assertEqual(server.health()["status"], "ok")
            server.assert_at_rest()

    def test_busy_by_the_power_of_two(self):
        """libmicrohttpd's own epoll thread stalls where a wait returns exactly 128 events: from 350,000
        requests a second to a few hundred. Ours must not."""
        ring.need_files(self, 700)
        for count in (127, 128, 129, 256, 512):
            with ring.Server() as server, ring.Crowd(server, count, LIST) as crowd:
                begin = time.monotonic()
                crowd.send()
                crowd.gather(20)
                ring.in_time(begin, count * 20 / 1000, f"20 answers for each of {count}")

    def test_all_in_one_moment(self):
        """The same, and forced: the server is stopped while the requests come, and finds all of them at
        once."""
        ring.need_files(self, 700)
        for count in (64, 128, 256, 512):
            with ring.Server() as server, ring.Crowd(server, count, HEALTH) as crowd:
                crowd.send()
                crowd.gather(1)
                for _ in range(10):
                    server.signal(signal.SIGSTOP)
                    ring.until(lambda: state(server) == "T")
                    crowd.send()
                    begin = time.monotonic()
                    server.signal(signal.SIGCONT)
                    crowd.gather(1)
                    ring.in_time(begin, 1, f"{count} answers")

    def test_bodies_in_one_moment(self):
        with ring.Server() as server, ring.Crowd(server, 128, b"") as crowd:
            for sock in crowd.sockets:
                sock.sendall(ring.head("GET", "/v1/predictions", {"Content-Length": 1000}))
            server.signal(signal.SIGSTOP)
            ring.until(lambda: state(server) == "T")
            for sock in crowd.sockets:
                sock.sendall(b"x" * 1000)
            begin = time.monotonic()
            server.signal(signal.SIGCONT)
            crowd.gather(1)
            ring.in_time(begin, 1, "128 answers")

    def test_connections_that_come_and_go(self):
        with ring.Server() as server:
            begin = time.monotonic()
            for _ in range(500):
                self.assertEqual(server.health()["status"], "ok")
            ring.in_time(begin, 15, "500 connections")
            ring.until(lambda: server.open_files() <= server.idle_files)


def state(server):
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


@ring.patient
class Descriptors(unittest.TestCase):
    """More clients than descriptors. Those who wait are in the listener's backlog: a listener that stays in
    the epoll then is ready for ever, and the server burns a core."""

    def served(self, wires):
        return [wire for wire in wires if wire.has_answer()]

    def check(self, limit, clients):
        """With a hard limit of open files."""
        ring.need_files(self, clients + 100)
        with ring.Server(files=limit) as server:
            wires = []
            for _ in range(clients):
                wires.append(server.wire())
                self.addCleanup(wires[-1].close)
                wires[-1].send(LIST)
            ring.until(lambda: self.served(wires), "some are served")
            server.assert_at_rest()  # so that all for whom there is room are served, too
            first = self.served(wires)
            self.assertLess(len(first), clients)
            self.assertLess(len(server.log()), 10000, "and it does not fill the disk with complaints")
            # Who is in is still served, and a picture can still be drawn.
            first[0].answer()
            first[0].send(LIST)
            self.assertEqual(first[0].answer().status, 200)
            # As some leave, others get in, until all were served.
            left = [wire for wire in wires if wire not in first]
            for wire in first:
                wire.close()
            while left:
                now = ring.until(lambda: self.served(left), "those who waited are served")
                for wire in now:
                    self.assertEqual(wire.answer().status, 200)
                    wire.close()
                left = [wire for wire in left if wire not in now]
            self.assertEqual(server.health()["status"], "ok")

    def test_at_the_limit_of_connections(self):
        self.check(200, 260)

    def test_at_the_limit_of_descriptors(self):
        """So low that accept itself fails: EMFILE."""
        self.check(40, 100)

    def test_stops_at_the_limit(self):
        with ring.Server(files=40) as server:
            wires = []
            for _ in range(100):
                wires.append(server.wire())
                self.addCleanup(wires[-1].close)
            ring.until(lambda: server.open_files() >= 39)
            begin = time.monotonic()
            server.signal(signal.SIGTERM)
            server.ended()
            ring.in_time(begin, 2, "it ends")


if __name__ == "__main__":
    unittest.main()

"""Requests that are not quite right, and right ones that come in an unusual shape."""
import gzip
import statistics
import threading
import time
import unittest

import ring

LIST = ring.head("GET", "/v1/predictions")
PREFIXES = ("", "/v1", "/v1/v1")
MIB = 1024 * 1024


class Routes(ring.RingCase):
    args = ("--clock", "manual", "--start-time", "2026-01-31T12:00:00Z")

    def test_unknown_paths(self):
        """Before the token is looked at."""
        for path in ("/", "/v1", "/v1/", "/v2/predictions", "/v1/prediction", "/v1/v1/v1/predictions",
                     "/v1/predictions/abc/def", "/v1/predictions/abc/cancel/now", "/favicon.ico",
                     "/v1%2Fpredictions", "/v1/../v1/predictions/", "/%2e%2e/etc/passwd", "/_mock", "/_mock/",
                     "/_mock/nothing", "/delivery"):
            for headers in ({}, ring.AUTH):
                with self.subTest(path=path, headers=headers):
                    answer = self.server.get(path, headers=headers)
                    self.assertEqual(answer.status, 404)
                    self.assertEqual(answer.json()["status"], 404)
                    self.assertTrue(answer.json()["detail"])

    def test_paths_that_are_the_same(self):
        made = self.server.create()["id"]
        for prefix in PREFIXES:
            for path in (f"{prefix}/predictions", f"{prefix}/predictions/", f"{prefix}/predictions/{made}",
                         f"{prefix}/predictions/{made}/", f"{prefix}/predictions?",
                         f"{prefix}/predictions?cursor"):
                with self.subTest(path=path):
                    self.assertEqual(self.server.get(path).status, 200)

    def test_methods(self):
        made = self.server.create()["id"]
        cases = [(f"{prefix}/predictions", ("PUT", "PATCH", "DELETE", "QUERY", "TRACE", "BREW"),
                  {"GET", "HEAD", "POST"}) for prefix in PREFIXES]
        cases += [(f"/v1/predictions/{made}", ("POST", "DELETE", "PUT"), {"GET", "HEAD"}),
                  (f"/v1/predictions/{made}/cancel", ("GET", "HEAD", "DELETE"), {"POST"}),
                  ("/_mock/health", ("POST", "DELETE", "OPTIONS"), {"GET", "HEAD"}),
                  ("/_mock/clock", ("POST", "DELETE"), {"GET", "HEAD", "PUT"})]
        for path, methods, allowed in cases:
            for method in methods:
                with self.subTest(path=path, method=method):
                    answer = self.server.ask(method, path, headers={})
                    self.assertEqual(answer.status, 405)
                    self.assertEqual(set(answer.headers["allow"].split(", ")) - {"OPTIONS"}, allowed)

    def test_a_method_is_exact(self):
        for method in ("get", "Get", "GETS", "G"):
            with self.subTest(method=method), self.server.wire() as wire:
                wire.send(ring.head(method, "/v1/predictions"))
                self.assertIn(wire.answer().status, (405, 501))

    def test_head(self):
        """The head of GET's answer, byte for byte, and no body."""
        done = self.server.create()
        self.server.advance("1m")
        done = self.server.finished(done)
        file = done["output"][0].partition(f":{self.server.port}")[2]
        paths = [f"{prefix}/predictions{rest}" for prefix in PREFIXES for rest in ("", f"/{done['id']}")]
        paths += [file, "/_mock/health", "/_mock/clock", "/_mock/fixtures/sample.png",
                  f"/_mock/wait?prediction={done['id']}&status=terminal", "/v1/nothing", "/_mock/nothing",
                  "/v1/predictions/abcdefghijklmnopqrstuvwxyz", file.replace("out-0", "out-9")]
        for path in paths:
            with self.subTest(path=path), self.server.wire() as wire:
                wire.send(ring.head("GET", path))
                get = wire.answer()
                # The next answer on the same connection shows that not a byte of body came.
                wire.send(ring.head("HEAD", path) + ring.head("GET", "/_mock/health"))
                answer = wire.answer(head_only=True)
                self.assertEqual(answer.status, get.status)
                drop = lambda headers: {name: value for name, value in headers.items() if name != "date"}
                self.assertEqual(drop(answer.headers), drop(get.headers))
                self.assertEqual(int(answer.headers["content-length"]), len(get.body))
                self.assertEqual(wire.answer().json()["status"], "ok")

    def test_options(self):
        made = self.server.create()["id"]
        origin = {"Origin": "http://page.example", "Access-Control-Request-Method": "POST"}
        for path, method in (("/v1/predictions", "POST"), ("/predictions", "GET"),
                             (f"/v1/predictions/{made}", "GET"), ("/delivery/pbxt/a/b.png", "GET"),
                             (f"/v1/predictions/{made}/cancel", "POST")):
            for headers in ({}, origin, {**origin, "Access-Control-Request-Headers": "authorization, x-own"}):
                with self.subTest(path=path, headers=headers):
                    answer = self.server.ask("OPTIONS", path, headers=headers)
                    self.assertIn(answer.status, (200, 204))
                    self.assertEqual(answer.body, b"")
                    self.assertIn(method, answer.headers["allow"].split(", "))
                    self.assertIn(method, answer.headers["access-control-allow-methods"].split(", "))
                    self.assertEqual(answer.headers["access-control-allow-origin"], "*")
                    asked = headers.get("Access-Control-Request-Headers", "authorization")
                    for name in asked.split(", "):
                        self.assertIn(name, answer.headers["access-control-allow-headers"])
        self.assertEqual(self.server.ask("OPTIONS", "/v1/nothing", headers=origin).status, 404)

    def test_cors_on_every_kind_of_answer(self):
        made = self.server.create()["id"]
        origin = {"Origin": "http://page.example"}
        both = {**ring.AUTH, **origin}
        answers = [
            self.server.get("/v1/predictions", headers=both),
            self.server.get(f"/v1/predictions/{made}", headers=both),
            self.server.ask("POST", "/v1/predictions", body=ring.CREATE, headers=both),
            self.server.ask("POST", "/v1/predictions", body=b"{", headers=both),
            self.server.ask("POST", "/v1/predictions", body=b"{}", headers=both),
            self.server.ask("POST", f"/v1/predictions/{made}/cancel", headers=both),
            self.server.get("/v1/predictions", headers=origin),
            self.server.get("/v1/nothing", headers=origin),
            self.server.get("/v1/predictions/nothing", headers=both),
            self.server.ask("PUT", "/v1/predictions", headers=origin),
            self.server.get("/delivery/pbxt/a/b.png", headers=origin),
            self.server.get("/v1/predictions?cursor=bad", headers=both)
        ]
        self.assertEqual([answer.status for answer in answers[:9]],
                         [200, 200, 201, 400, 422, 200, 401, 404, 404])
        for answer in answers:
            with self.subTest(answer=answer):
                self.assertEqual(answer.headers.get("access-control-allow-origin"), "*")

    def test_no_cors_on_the_control_api(self):
        own = {"Origin": f"http://127.0.0.1:{self.server.port}"}
        for method, path in (("GET", "/_mock/health"), ("GET", "/_mock/clock"), ("OPTIONS", "/_mock/clock"),
                             ("OPTIONS", "/_mock/health"), ("GET", "/_mock/nothing"),
                             ("DELETE", "/_mock/clock")):
            for headers in ({}, own, {"Origin": "http://page.example"}):
                with self.subTest(method=method, path=path, headers=headers):
                    answer = self.server.ask(method, path, headers=headers)
                    self.assertFalse([name for name in answer.headers if name.startswith("access-control")])

    def test_content(self):
        cases = [({"Content-Encoding": "gzip"}, gzip.compress(ring.CREATE), 415),
                 ({"Content-Encoding": "br"}, b"x", 415),
                 ({"Content-Encoding": "identity"}, ring.CREATE, 201),
                 ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--\r\n", 415),
                 ({"Content-Type": "application/x-www-form-urlencoded"}, ring.CREATE, 201),
                 ({"Content-Type": "text/plain"}, ring.CREATE, 201),
                 ({"Content-Type": "application/json; charset=utf-8"}, ring.CREATE, 201),
                 ({}, ring.CREATE, 201)]
        for headers, body, status in cases:
            with self.subTest(headers=headers):
                answer = self.server.ask("POST", "/v1/predictions", body=body,
                                         headers={**ring.AUTH, **headers})
                self.assertEqual(answer.status, status)

    def test_bodies_where_none_belongs(self):
        made = self.server.create()["id"]
        for method, path in (("GET", "/v1/predictions"), ("POST", f"/v1/predictions/{made}/cancel"),
                             ("GET", "/_mock/health")):
            with self.subTest(path=path), self.server.wire() as wire:
                wire.send(ring.head(method, path, {"Content-Length": 5}) + b"hello" + LIST)
                self.assertEqual([wire.answer().status, wire.answer().status], [200, 200])


@ring.patient
class Shapes(ring.RingCase):
    """One connection, many requests, in pieces of any size."""

    def test_expect_accepted(self):
        with self.server.wire() as wire:
            for _ in range(3):
                wire.send(
                    ring.head("POST", "/v1/predictions",
                              {"Content-Length": len(ring.CREATE), "Expect": "100-continue"}))
                self.assertEqual(wire.answer().status, 100)
                self.assertFalse(wire.has_answer(), "nothing may follow before the body came")
                wire.send(ring.CREATE)
                self.assertEqual(wire.answer().status, 201)

    def test_expect_refused(self):
        """At once, without a byte of the body, and the connection ends: what follows on it would be that
        body."""
        cases = [(401, {}, False, "/v1/predictions"),
                 (413, {"Content-Length": 17 * MIB}, True, "/v1/predictions"),
                 (415, {"Content-Encoding": "gzip"}, True, "/v1/predictions"), (404, {}, True, "/v1/nothing"),
                 (405, {}, True, "/v1/predictions/abc"),
                 (415, {"Content-Type": "text/plain"}, True, "/_mock/reset")]
        for status, headers, auth, path in cases:
            with self.subTest(status=status, path=path), self.server.wire() as wire:
                wire.send(
                    ring.head("POST", path, {"Content-Length": 5000, "Expect": "100-continue", **headers},
                              auth=auth))
                answer = wire.answer()
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.headers["connection"].lower(), "close")
                self.assertTrue(wire.is_closed())

    def test_expect_refused_with_chunks(self):
        with self.server.wire() as wire:
            wire.send(
                ring.head("POST", "/v1/predictions",
                          {"Transfer-Encoding": "chunked", "Expect": "100-continue"}, auth=False))
            answer = wire.answer()
            self.assertEqual(answer.status, 401)
            self.assertTrue(wire.is_closed())

    def test_expect_without_a_body(self):
        with self.server.wire() as wire:
            for auth, status in ((True, 200), (False, 401), (True, 200)):
                wire.send(ring.head("GET", "/v1/predictions", {"Expect": "100-continue"}, auth=auth))
                answer = wire.answer()
                self.assertEqual((wire.answer() if answer.status == 100 else answer).status, status)

    def test_chunks(self):
        with self.server.wire() as wire:
            for size in (1, 2, 7, 50, 1000):
                body = ring.chunked(ring.CREATE, size)
                wire.send(ring.head("POST", "/v1/predictions", {"Transfer-Encoding": "chunked"}) + body)
                answer = wire.answer()
                self.assertEqual((answer.status, answer.json()["input"]["prompt"]), (201, "a turtle"))

    def test_chunks_with_extensions_and_trailers(self):
        body = b"%x;name=value\r\n%s\r\n0\r\n" % (len(ring.CREATE), ring.CREATE)
        body += b"X-Trailer: 1\r\nAuthorization: Bearer trailer\r\n\r\n"
        with self.server.wire() as wire:
            wire.send(ring.head("POST", "/v1/predictions", {"Transfer-Encoding": "chunked"}) + body + LIST)
            self.assertEqual([wire.answer().status, wire.answer().status], [201, 200])
            wire.send(
                ring.head("POST", "/v1/predictions", {"Transfer-Encoding": "Chunked"}, auth=False) + body)
            self.assertEqual(wire.answer().status, 401, "a trailer is no place for credentials")

    def test_pipelining(self):
        """Fifty in one segment, answered in their order."""
        with self.server.wire() as wire:
            wire.send(b"".join(
                ring.head("GET", f"/v1/predictions/number-{i}" if i % 2 else "/_mock/health")
                for i in range(50)))
            self.assertEqual([wire.answer().status for _ in range(50)],
                             [404 if i % 2 else 200 for i in range(50)])

    def test_pipelining_with_bodies(self):
        with self.server.wire() as wire:
            bodies = [ring.CREATE.replace(b"a turtle", b"%d" % i) for i in range(50)]
            wire.send(b"".join(ring.post(body) for body in bodies))
            self.assertEqual([wire.answer().json()["input"]["prompt"] for _ in range(50)],
                             [f"{i}" for i in range(50)])

    def test_pipelining_behind_a_wait(self):
        """A request behind a parked one is answered after it."""
        with ring.Server(*ring.SOON) as server, server.wire() as wire:
            wire.send(ring.post(headers={"Prefer": "wait"}) + LIST * 3)
            self.assertEqual([wire.answer().status for _ in range(4)], [201, 200, 200, 200])

    def test_byte_by_byte(self):
        with self.server.wire() as wire:
            for byte in ring.post():
                wire.send(bytes([byte]))
            self.assertEqual(wire.answer().status, 201)
            for byte in ring.post_chunked(ring.CREATE, 20):
                wire.send(bytes([byte]))
            self.assertEqual(wire.answer().status, 201)

    def test_head_and_body_apart(self):
        """httpx sends them as two segments. With Nagle's algorithm here, and delayed acknowledgements there,
        each request would take 40 ms."""
        with self.server.wire() as wire:
            wire.socket.setsockopt(ring.socket.IPPROTO_TCP, ring.socket.TCP_NODELAY, 0)
            took = []
            for _ in range(31):
                begin = time.monotonic()
                wire.send(ring.head("POST", "/v1/predictions", {"Content-Length": len(ring.CREATE)}))
                wire.send(ring.CREATE)
                self.assertEqual(wire.answer().status, 201)
                took.append(time.monotonic() - begin)
            if statistics.quantiles(took)[0] > 0.03:  # the quickest quarter is not held up by other work of the machine
                raise ring.Late(f"31 requests: {took}")

    def test_blank_lines_between_requests(self):
        with self.server.wire() as wire:
            wire.send(LIST + b"\r\n" + LIST)
            self.assertEqual([wire.answer().status, wire.answer().status], [200, 200])

    def test_http_1_0(self):
        with self.server.wire() as wire:
            wire.send(ring.head("GET", "/v1/predictions", version="HTTP/1.0", host=None))
            self.assertEqual(wire.answer().status, 200)
            self.assertTrue(wire.is_closed())
        with self.server.wire() as wire:
            wire.send(
                ring.head("GET", "/v1/predictions", {"Connection": "keep-alive"}, version="HTTP/1.0") * 2)
            self.assertEqual([wire.answer().status, wire.answer().status], [200, 200])

    def test_connection_close(self):
        with self.server.wire() as wire:
            wire.send(ring.head("GET", "/v1/predictions", {"Connection": "close"}))
            answer = wire.answer()
            self.assertEqual((answer.status, answer.headers["connection"].lower()), (200, "close"))
            self.assertTrue(wire.is_closed())

    def test_a_refusal_keeps_the_connection(self):
        """Errors included, or each costs the client a handshake."""
        with self.server.wire() as wire:
            for data, status in ((ring.post(auth=False), 401), (ring.post(b"{"), 400),
                                 (ring.post(target="/v1/x"), 404),
                                 (ring.post(b"{}"), 422), (ring.post(target="/v1/predictions/abc"), 405),
                                 (ring.post(headers={"Content-Encoding": "gzip"}), 415), (LIST, 200)):
                wire.send(data)
                answer = wire.answer()
                self.assertEqual((answer.status, answer.headers.get("connection", "").lower()), (status, ""))

    def test_slow_clients_block_nobody(self):
        """Half a head, and half a body, on a hundred connections."""
        for i, wire in enumerate(self.wires(100)):
            wire.send(
                ring.head("GET", "/v1/predictions")[:-10 - i % 30] if i % 2 else ring.post()[:-10 - i % 30])
        begin = time.monotonic()
        for _ in range(20):
            self.assert_alive()
        ring.in_time(begin, 2, "20 answers")
        self.server.assert_at_rest()

    def test_slow_clients_are_answered_in_the_end(self):
        wires = self.wires(40)
        data = [ring.post() if i % 2 else LIST for i in range(40)]
        for i, wire in enumerate(wires):
            wire.send(data[i][:30 + 5 * i])
        self.assert_alive()
        for i, wire in enumerate(wires):
            wire.send(data[i][30 + 5 * i:])
        self.assertEqual([wire.answer().status for wire in wires], [201 if i % 2 else 200 for i in range(40)])

    def test_a_slow_reader_blocks_nobody(self):
        """It asks for a megabyte of lists, and reads nothing of it for a while."""
        for _ in range(20):
            self.server.create()
        wires = self.wires(10)
        for wire in wires:
            wire.send(LIST * 50)
        begin = time.monotonic()
        for _ in range(20):
            self.assert_alive()
        ring.in_time(begin, 2, "20 answers")
        for wire in wires:
            self.assertEqual([wire.answer().status for _ in range(50)], [200] * 50)


@ring.patient
class Large(ring.RingCase):
    args = ("--max-body", "1MiB")

    def send_all(self, wire, data):
        """A client that reads only when it has written everything, as node's fetch and httpx do."""
        wire.send(data)
        return wire.answer()

    def test_content_length(self):
        body = b"x" * (20 * MIB)
        with self.server.wire() as wire:
            self.assertEqual(self.send_all(wire, ring.post(body)).status, 413)
            self.assertEqual(self.send_all(wire, LIST).status, 200, "the connection is still good")
            self.assertEqual(self.send_all(wire, ring.post(body, auth=False)).status, 401)
            self.assertEqual(self.send_all(wire, ring.post(body, target="/v1/nothing")).status, 404)

    def test_chunked(self):
        body = b"x" * (20 * MIB)
        with self.server.wire() as wire:
            self.assertEqual(self.send_all(wire, ring.post_chunked(body, 100000)).status, 413)
            self.assertEqual(self.send_all(wire, LIST).status, 200)
            self.assertEqual(self.send_all(wire, ring.post_chunked(body, 100000, auth=False)).status, 401)

    def test_the_limit_is_exact(self):
        """--max-body itself is allowed; one more is not."""
        full = ring.CREATE.replace(b"a turtle", b"p" * (MIB - len(ring.CREATE) + len("a turtle")))
        self.assertEqual(len(full), MIB)
        for body, status in ((full, 201), (full.replace(b"pp", b"ppp", 1), 413)):
            self.assertEqual(self.server.ask("POST", "/v1/predictions", body=body).status, status)
            with self.server.wire() as wire:
                wire.send(ring.post_chunked(body, 65536))
                self.assertEqual(wire.answer().status, status)

    def test_the_default_limit(self):
        with ring.Server() as server:
            self.assertEqual(
                server.ask("POST", "/v1/predictions", body=b" " * (16 * MIB + 1)).status, 413)
            body = ring.CREATE + b" " * (16 * MIB - len(ring.CREATE))
            self.assertEqual(server.ask("POST", "/v1/predictions", body=body).status, 201)

    def test_what_cannot_be_read_to_its_end(self):
        """More than 128 MiB announced: refused from the head, and closed."""
        for length in (128 * MIB + 1, 10 ** 13, 2 ** 63 - 1):
            for auth, status in ((True, 413), (False, 401)):
                with self.subTest(length=length, auth=auth), self.server.wire() as wire:
                    wire.send(ring.head("POST", "/v1/predictions", {"Content-Length": length}, auth=auth))
                    answer = wire.answer()
                    self.assertEqual((answer.status, answer.headers["connection"].lower()), (status, "close"))
                    self.assertTrue(wire.is_closed())

    def test_chunks_without_end(self):
        """What announces nothing is cut off after 128 MiB, and none of it is kept."""
        before = self.server.memory()
        chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"
        with self.server.wire() as wire:
            wire.send(ring.head("POST", "/v1/predictions", {"Transfer-Encoding": "chunked"}))
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                for _ in range(200):
                    wire.send(chunk)
        self.assertLess(self.server.memory() - before, 16 * MIB * ring.SLOW)
        self.assert_alive()

    def test_refused_at_the_same_time(self):
        """Eight clients write 20 MB each, and meanwhile others are served."""
        data = ring.post(b"x" * (20 * MIB))
        answers = []
        half = threading.Barrier(9, timeout=ring.LONG)

        def client():
            with self.server.wire() as wire:
                wire.send(data[:10 * MIB])
                half.wait()  # for all to be there,
                half.wait()  # and for others to be served
                answers.append(self.send_all(wire, data[10 * MIB:]).status)

        threads = [threading.Thread(target=client) for _ in range(8)]
        for thread in threads:
            thread.start()
        half.wait()
        self.assert_alive()
        half.wait()
        took = []
        while any(thread.is_alive() for thread in threads):
            begin = time.monotonic()
            self.assert_alive()
            took.append(time.monotonic() - begin)
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [413] * 8)
        ring.expect_at_most(0.5, max(took, default=0), "the longest answer to others")


if __name__ == "__main__":
    unittest.main()

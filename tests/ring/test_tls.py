"""TLS beside HTTP: two doors of one server, in one loop, with the same behind them. And what comes to a door that is not
meant for it."""
import concurrent.futures
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import ring
from test_streams import HI, WRITE, expect, start

LIST = ring.head("GET", "/v1/predictions")
WAIT = {"Prefer": "wait=60"}
BOTH = (False, True)  # by HTTP, by TLS
MB = 1 << 20


def unverified(**settings):
    """A client that takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def hello():
    """The bytes of a ClientHello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        unverified().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake with nobody")


def multipart(content):
    """A body for POST /v1/files, and its headers."""
    body = b'--xx\r\nContent-Disposition: form-data; name="content"; filename="a.bin"\r\n' \
           b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--xx--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=xx"}


def place(server, url):
    """The path of one of the server's own URLs."""
    parts = urllib.parse.urlsplit(url)
    assert parts.port in (server.port, server.tls_port), url
    return parts.path


def until_released(server):
    ring.until(lambda: server.open_files() <= server.idle_files, "who has left is forgotten")


@ring.patient
class Requests(ring.RingCase):
    args = ("--clock", "manual")
    tls = True

    def assert_both_answer(self, seconds=1):
        begin = time.monotonic()
        for tls in BOTH:
            self.assertEqual(self.server.get("/_mock/health", tls=tls).status, 200)
        ring.in_time(begin, seconds, "an answer at each door")

    def test_one_server_behind_both(self):
        made = self.server.create(tls=True)
        for tls in BOTH:
            answer = self.server.get(f"/v1/predictions/{made['id']}", tls=tls)
            self.assertEqual(answer.json()["id"], made["id"])
            url = self.server.tls_port if tls else self.server.port
            self.assertEqual(answer.json()["urls"]["get"],
                             f"http{'s' if tls else ''}://127.0.0.1:{url}/v1/predictions/{made['id']}")

    def test_pipelined_in_one_record(self):
        with self.server.wire(tls=True) as wire:
            wire.send(LIST * 20 + ring.post() + LIST)
            self.assertEqual([wire.answer().status for _ in range(22)], [200] * 20 + [201, 200])

    def test_records_of_one_byte(self):
        with self.server.wire(tls=True) as wire:
            begin = time.monotonic()
            for byte in ring.post() + LIST:
                wire.send(bytes([byte]))
            self.assertEqual([wire.answer().status for _ in range(2)], [201, 200])
            ring.in_time(begin, 2, "an answer to a request in pieces")

    def test_a_record_across_segments(self):
        """Half a record is no request, and no reason to be busy."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.server.trust.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with ring.Wire(self.server.tls_address) as wire:
            def step(action):
                while True:
                    try:
                        return action()
                    except ssl.SSLWantReadError:
                        wire.send(outgoing.read())
                        incoming.write(wire.socket.recv(65536))
            step(tls.do_handshake)
            tls.write(LIST)
            data = outgoing.read()
            wire.send(data[:-10])
            self.server.assert_at_rest()
            wire.send(data[-10:])
            self.assertTrue(step(lambda: tls.read(100)).startswith(b"HTTP/1.1 200"))

    def test_a_large_answer_to_a_slow_reader(self):
        body = json.loads(ring.CREATE)
        body["input"]["prompt"] = "a turtle " * 300000  # what the sockets' buffers cannot hold
        made = self.server.create(json.dumps(body).encode())
        whole = self.server.get(f"/v1/predictions/{made['id']}").body
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.server.wire(tls=unverified(maximum_version=version)) as wire:
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                wire.send(ring.head("GET", f"/v1/predictions/{made['id']}", host=f"127.0.0.1:{self.server.port}"))
                self.assertTrue(wire.socket.recv(1000))
                self.server.assert_at_rest()
                self.assert_both_answer()
                begin = time.monotonic()
                left = len(whole)
                while left > 0:
                    left -= len(wire.socket.recv(65536))
                ring.in_time(begin, 5, "the rest of it")
                self.assert_alive()

    def test_waits(self):
        with ring.Server("--clock", "manual", tls=True) as server:
            wires = [server.wire(tls=tls) for tls in BOTH * 10]
            for i, wire in enumerate(wires):
                self.addCleanup(wire.close)
                wire.send(ring.post(ring.CREATE.replace(b"a turtle", b"%d" % i), headers=WAIT))
            ring.until(lambda: server.health()["predictions"] == 20)
            self.assertFalse([wire for wire in wires if wire.has_answer()])
            server.assert_at_rest()
            server.advance("2s")
            for i, wire in enumerate(wires):
                answer = wire.answer()
                self.assertEqual((answer.status, answer.json()["input"]["prompt"]), (201, str(i)))

    def test_an_upload_of_60_mb(self):
        """While others are answered, at both doors."""
        content = os.urandom(MB) * 60
        body, headers = multipart(content)
        with self.server.wire(tls=True) as wire:
            wire.send(ring.head("POST", "/v1/files", {**headers, "Content-Length": len(body)}))
            for at in range(0, len(body), 10 * MB):
                wire.send(body[at:at + 10 * MB])
                self.assert_both_answer()
            answer = wire.answer()
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual((answer.json()["size"], answer.json()["checksums"]["sha256"]),
                         (len(content), hashlib.sha256(content).hexdigest()))
        self.assertEqual(self.server.ask("DELETE", f"/v1/files/{answer.json()['id']}").status, 204)

    def test_forwarded(self):
        """A proxy may speak TLS to us too; it says what the client speaks. What is no scheme says nothing."""
        for headers, origin in (({}, "https://inner"), ({"X-Forwarded-Proto": "http"}, "http://inner"),
                                ({"X-Forwarded-Proto": "gopher"}, "https://inner"), ({"X-Forwarded-Proto": ""}, "https://inner"),
                                ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "a:8443"}, "https://a:8443"),
                                ({"X-Forwarded-Host": "a", "X-Forwarded-Port": "8443"}, "https://a:8443")):
            answer = self.server.ask("POST", "/v1/predictions", ring.CREATE, {**ring.AUTH, **headers}, "inner", tls=True)
            self.assertTrue(answer.json()["urls"]["get"].startswith(origin + "/v1/predictions/"), (headers, answer))


@ring.patient
class Crowds(unittest.TestCase):
    def test_busy_by_the_power_of_two(self):
        ring.need_files(self, 700)
        for count in (127, 128, 129, 256):
            with ring.Server(tls=True) as server, ring.Crowd(server, count, LIST, tls=True) as crowd:
                begin = time.monotonic()
                crowd.send()
                crowd.gather(10)
                ring.in_time(begin, count * 10 / 500, f"10 answers for each of {count}")

    def test_two_hundred_at_once(self):
        """Waits, uploads and streams, by turns at both doors."""
        body, headers = multipart(os.urandom(300000))
        upload = ring.post(body, "/v1/files", headers)
        with start("--clock", "manual", "--boot", "1s", "--predict", "16s", tls=True) as server:
            stream = ring.head("GET", place(server, server.create(WRITE)["urls"]["stream"]), auth=False)
            wires = [server.wire(tls=tls) for tls in BOTH * 100]
            for wire in wires:
                self.addCleanup(wire.close)
            waits, uploads, streams, others = (wires[at * 50:at * 50 + 50] for at in range(4))
            begin = time.monotonic()
            for i, (wait, half, reader, other) in enumerate(zip(waits, uploads, streams, others)):
                wait.send(ring.post(ring.CREATE.replace(b"a turtle", b"%d" % i), headers=WAIT))
                half.send(upload[:200000])
                reader.send(stream)
                other.send(LIST)
            self.assertEqual([other.answer().status for other in others], [200] * 50)
            for half in uploads:
                half.send(upload[200000:])
            self.assertEqual([half.answer().status for half in uploads], [201] * 50)
            expect([reader.socket for reader in streams], HI)
            ring.until(lambda: server.health()["predictions"] == 51)
            server.advance("1h")
            expect([reader.socket for reader in streams], b"event: done\n")
            for i, wait in enumerate(waits):
                self.assertEqual(wait.answer().json()["input"]["prompt"], str(i))
            ring.in_time(begin, 10, "all of it")

    def test_a_thousand_streams(self):
        ring.need_files(self, 1200)
        with start("--clock", "manual", "--boot", "1s", "--predict", "16s", tls=True) as server:
            stream = ring.head("GET", place(server, server.create(WRITE)["urls"]["stream"]), auth=False)
            sockets = []
            for _ in range(1000):
                sockets.append(server.wire(tls=True).socket)
                self.addCleanup(sockets[-1].close)
                sockets[-1].sendall(stream)
            expect(sockets, HI)
            begin = time.monotonic()
            for _ in range(10):
                server.health()
            ring.in_time(begin, 1, "10 answers meanwhile")
            server.assert_at_rest()
            begin = time.monotonic()
            server.advance("2s")
            expect(sockets, b"data: This\n\n")
            ring.in_time(begin, 5, "all have the first word")
            for sock in sockets[::2]:
                sock.close()
            ring.until(lambda: server.open_files() <= server.idle_files + 500, "who left is gone")


@ring.patient
class Leaving(unittest.TestCase):
    def test_all_ways(self):
        """Out of a wait and out of a stream; noticed although nobody reads there."""
        with start("--clock", "manual", tls=True) as server:
            stream = ring.head("GET", place(server, server.create(WRITE)["urls"]["stream"]), auth=False)
            for how in ("close", "goodbye", "reset", "half_close"):
                for request in (ring.post(headers=WAIT), stream):
                    wires = [server.wire(tls=True) for _ in range(30)]
                    before = server.health()["predictions"]
                    for wire in wires:
                        self.addCleanup(wire.close)
                        wire.send(request)
                    if request == stream:
                        expect([wire.socket for wire in wires], HI)
                    else:
                        ring.until(lambda: server.health()["predictions"] == before + 30, "all wait")
                    begin = time.monotonic()
                    for wire in wires:
                        getattr(wire, how)()
                    until_released(server)
                    ring.in_time(begin, 1, f"gone by {how}")

    def test_in_the_middle(self):
        with ring.Server(tls=True) as server:
            data = ring.post(b"x" * 100000)
            for how in ("close", "goodbye", "reset", "half_close"):
                for part in (1, 20, 300, 50000):
                    wire = server.wire(tls=True)
                    self.addCleanup(wire.close)
                    wire.send(data[:part])
                    getattr(wire, how)()
            until_released(server)

    def test_a_stream_is_taken_up_again(self):
        """By Last-Event-ID, at the other door."""
        with start("--clock", "manual", "--boot", "1s", "--predict", "16s", tls=True) as server:
            path = place(server, server.create(WRITE)["urls"]["stream"])
            with server.wire(tls=True) as wire:
                wire.send(ring.head("GET", path, auth=False))
                server.advance("3s")
                expect([wire.socket], b"data: This\n\n")
            server.advance("1h")
            whole = server.get(path).body
            first = re.search(rb"event: output\nid: (\S+)\n", whole)
            for tls in BOTH:
                rest = server.get(path, headers={"Last-Event-ID": first.group(1).decode()}, tls=tls).body
                self.assertEqual(rest.count(b"event: output"), whole.count(b"event: output") - 1)
                self.assertTrue(rest.endswith(b"event: done\n" + whole.rpartition(b"event: done\n")[2]))


class Handshakes(ring.RingCase):
    """What a client may ask for, and what it gets."""

    args = ("--clock", "manual", "--tls-name", "mock.example", "--tls-name", "*.dev.test")
    tls = True

    def assert_served(self, context, **options):
        with self.server.wire(tls=context, **options) as wire:
            wire.send(LIST)
            self.assertEqual(wire.answer().status, 200)
            return wire.socket

    def test_versions(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            context = unverified(minimum_version=version, maximum_version=version)
            with self.server.wire(tls=context) as wire:
                self.assertEqual(wire.socket.version(), name)
                wire.send(LIST)
                self.assertEqual(wire.answer().status, 200)
                session = wire.socket.session  # of TLS 1.3 it comes with the answer
            with self.server.wire(tls=context, session=session) as wire:
                self.assertTrue(wire.socket.session_reused, name)
                wire.send(LIST)
                self.assertEqual(wire.answer().status, 200)

    def test_a_session_of_another_server(self):
        """As after a restart: its ticket cannot be read, and the handshake is a full one."""
        context = unverified()
        with ring.Server(tls=True) as other, other.wire(tls=context) as wire:
            wire.send(LIST)
            wire.answer()
            session = wire.socket.session
        with self.server.wire(tls=context, session=session) as wire:
            self.assertFalse(wire.socket.session_reused)
            wire.send(LIST)
            self.assertEqual(wire.answer().status, 200)

    def test_names(self):
        """One certificate is for all of them, whatever the client asks for."""
        for name in ("localhost", "127.0.0.1", "::1", "api.replicate.com", "stream.replicate.com", "replicate.delivery",
                     "abc.replicate.delivery", "mock.example", "a.dev.test"):
            with self.subTest(name=name):
                self.assert_served(True, server_hostname=name)
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.assert_served(True, server_hostname="api.openai.com")
        self.assert_served(unverified(), server_hostname="api.openai.com")
        self.assert_served(unverified(), server_hostname=None)

    def test_protocols(self):
        """Some only offer HTTP/2; they are answered all the same, by HTTP/1.1."""
        for offered, chosen in ((["h2"], None), (["h2", "http/1.1"], "http/1.1"), (["http/1.1"], "http/1.1")):
            context = unverified()
            context.set_alpn_protocols(offered)
            with self.server.wire(tls=context) as wire:
                self.assertEqual(wire.socket.selected_alpn_protocol(), chosen)
                wire.send(LIST)
                self.assertEqual(wire.answer().status, 200)

    def test_a_certificate_of_the_client(self):
        context = unverified()
        folder = self.server.folder.name
        context.load_cert_chain(os.path.join(folder, "server.pem"), os.path.join(folder, "server-key.pem"))
        self.assert_served(context)

    def test_control(self):
        """The same rules of Host at both doors; a certificate's names may call it."""
        def put(host, tls):
            return self.server.ask("PUT", "/_mock/clock", b"{}", {"Content-Type": "application/json"}, host, tls=tls).status
        for tls in BOTH:
            for host, status in (("localhost", 200), ("127.0.0.1:1", 200), ("mock.example", 200), ("x.dev.test", 200),
                                 ("dev.test", 403), ("api.replicate.com", 403), ("replicate.delivery", 403), ("evil.example", 403)):
                self.assertEqual(put(host, tls), status, (host, tls))

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_renegotiation(self):
        """A client of TLS 1.2 that begins anew in the middle."""
        with subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{self.server.tls_port}", "-tls1_2",
                               "-legacy_renegotiation"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as client:
            self.addCleanup(client.kill)
            while b"Verify return code" not in client.stdout.readline():
                self.assertIsNone(client.poll())
            client.stdin.write(b"R\n")
            client.stdin.flush()
            while b"RENEGOTIATING" not in client.stdout.readline():
                self.assertIsNone(client.poll())
            self.assert_served(unverified())
            self.server.assert_at_rest()
            client.kill()
        until_released(self.server)


@ring.patient
class WrongDoors(ring.RingCase):
    tls = True

    def silent(self, data):
        """A connection at the TLS door that sends this and no more."""
        wire = ring.Wire(self.server.tls_address)
        self.addCleanup(wire.close)
        wire.send(data)
        return wire

    def assert_both_answer(self):
        for tls in BOTH:
            self.assertEqual(self.server.get("/_mock/health", tls=tls).status, 200)

    def test_http_at_the_tls_door(self):
        for data in (LIST, ring.post(), LIST * 100, ring.post(b"x" * 1000000)):
            with ring.Wire(self.server.tls_address) as wire:
                try:
                    wire.send(data)
                except ConnectionError:  # it has closed before all was sent
                    continue
                self.assertNotIn(b"HTTP", wire.rest())
        self.assert_both_answer()

    def test_tls_at_the_http_door(self):
        for data in (hello(), hello() * 10):
            with self.server.wire() as wire:
                wire.send(data)
                self.assertNotIn(b"200", wire.rest()[:20])
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            ring.Wire(self.server.address, unverified())
        self.assert_both_answer()

    def test_garbage(self):
        first = hello()
        cases = [os.urandom(1000), b"\x16\x03\x01\xff\xff" + bytes(1000), b"\x16\x03\x01\x00\x00" * 100, b"\x80" * 500,
                 first[:5] + bytes(len(first) - 5), first[:60] + os.urandom(len(first)), first + b"\x17\x03\x03\x00\x10" + bytes(16),
                 first + first, b"\x15\x03\x03\x00\x02\x02\x28" * 50]
        for data in cases:
            wire = self.silent(data)
            with contextlib.suppress(OSError):  # the server may have hung up by now
                wire.half_close()
            self.assertNotIn(b"HTTP", wire.rest())
        until_released(self.server)
        self.assert_both_answer()

    def test_handshakes_that_hang(self):
        """They cost little, and have 10 seconds."""
        begin = time.monotonic()
        wires = [self.silent(data) for data in (b"", b"\x16", hello()[:50], hello())]
        finished = self.server.wire(tls=True)  # but asks nothing
        self.addCleanup(finished.close)
        parked = self.server.wire(tls=True)
        self.addCleanup(parked.close)
        parked.send(LIST)
        parked.answer()
        self.server.assert_at_rest(0.6)  # libmicrohttpd is asked again and again, with pauses
        for wire in wires:
            self.assertNotIn(b"HTTP", wire.rest())
        self.assertTrue(finished.is_closed())
        ring.in_time(begin, 14, "they are closed")
        self.assertGreater(time.monotonic() - begin, 5)
        parked.send(LIST)  # who has asked once has more time
        self.assertEqual(parked.answer().status, 200)

    def test_many_that_hang(self):
        """Others are answered as if they were not there. It took 150 ms for each, once."""
        ring.need_files(self, 700)
        for data in (b"\x16", hello()):
            wires = [self.silent(data) for _ in range(300)]
            ring.until(lambda: self.server.open_files() >= self.server.idle_files + 300)
            begin = time.monotonic()
            for _ in range(20):
                self.assertEqual(self.server.health()["status"], "ok")
            ring.in_time(begin, 1, "20 answers at the door of HTTP")
            begin = time.monotonic()
            for _ in range(5):
                self.assertEqual(self.server.get("/_mock/health", tls=True).status, 200)
            ring.in_time(begin, 2, "5 answers at that of TLS")
            self.server.assert_at_rest(0.6)
            for wire in wires:
                wire.close()
            until_released(self.server)


class Descriptors(unittest.TestCase):
    """None are left, while one door is idle: its listener must not wake the loop for ever."""

    def check(self, busy):
        with ring.Server(files=40, tls=True) as server, concurrent.futures.ThreadPoolExecutor(4) as pool:
            wires = []
            for _ in range(40):
                wires.append(ring.Wire(server.tls_address if busy else server.address))
                self.addCleanup(wires[-1].close)
            ring.until(lambda: server.open_files() >= 39)
            waiting = [pool.submit(server.get, "/v1/predictions", tls=tls) for tls in BOTH * 2]
            server.assert_at_rest()
            self.assertLess(len(server.log()), 10000, "and it does not fill the disk with complaints")
            for wire in wires:
                wire.close()
            for one in waiting:
                self.assertEqual(one.result(ring.LONG).status, 200)

    def test_taken_at_the_other_door(self):
        self.check(busy=False)

    def test_taken_at_that_of_tls(self):
        self.check(busy=True)


@ring.patient
class Stopping(unittest.TestCase):
    def test_waits_are_answered(self):
        with ring.Server("--predict", "10m", tls=True) as server:
            wires = [server.wire(tls=True) for _ in range(10)]
            for wire in wires:
                self.addCleanup(wire.close)
                wire.send(ring.post(headers=WAIT))
            ring.until(lambda: server.health()["predictions"] == 10)
            begin = time.monotonic()
            server.signal(signal.SIGTERM)
            server.ended()
            ring.in_time(begin, 1, "it ends")
            for wire in wires:
                answer = wire.answer()
                self.assertEqual((answer.status, answer.headers["connection"].lower()), (202, "close"))
                self.assertTrue(wire.is_closed())

    def test_streams_are_cut_off(self):
        with start("--clock", "manual", tls=True) as server:
            stream = ring.head("GET", place(server, server.create(WRITE)["urls"]["stream"]), auth=False)
            wires = [server.wire(tls=True) for _ in range(20)]
            for wire in wires:
                self.addCleanup(wire.close)
                wire.send(stream)
            expect([wire.socket for wire in wires], HI)
            begin = time.monotonic()
            server.signal(signal.SIGTERM)
            server.ended()
            ring.in_time(begin, 1, "it ends")
            for wire in wires:
                self.assertEqual(wire.rest(), b"")

    def test_handshakes_do_not_hold_it(self):
        data = hello()
        for count in (1, 100):
            with ring.Server(tls=True) as server:
                for i in range(count):
                    wire = ring.Wire(server.tls_address)
                    self.addCleanup(wire.close)
                    wire.send(data if i % 2 == 0 else data[:30])
                ring.until(lambda: server.open_files() >= server.idle_files + count)
                begin = time.monotonic()
                server.signal(signal.SIGTERM)
                server.ended()
                ring.in_time(begin, 2, "it ends")


class Places(unittest.TestCase):
    """Where it listens, and where the URLs of files lead."""

    def test_two_lines(self):
        with ring.Server(tls=True) as server:
            self.assertEqual(server.ready, f"replicate-mock listening on http://127.0.0.1:{server.port}\n")
            self.assertEqual(server.tls_url, f"https://127.0.0.1:{server.tls_port}")
            self.assertNotEqual(server.port, server.tls_port)

    def test_addresses(self):
        for host, address in (("::1", "::1"), ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("localhost", "127.0.0.1")):
            with self.subTest(host=host):
                if ":" in host and not ring.has_ipv6():
                    self.skipTest("no IPv6 here")
                with ring.Server("--host", host, tls=True) as server:
                    self.assertEqual(server.tls_url, f"https://{f'[{host}]' if ':' in host else host}:{server.tls_port}")
                    for port, options in ((server.port, {}), (server.tls_port, {"tls": server.trust, "server_hostname": address})):
                        with ring.Wire((address, port), **options) as wire:
                            wire.send(LIST)
                            self.assertEqual(wire.answer().status, 200)

    def test_a_port_that_is_taken(self):
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            free = str(ring.free_port())
            for ports in (("--port", "0", "--tls-port", port), ("--port", port, "--tls-port", "0"),
                          ("--port", free, "--tls-port", free)):
                result = ring.run(*ports, "--tls-dir", folder)
                self.assertEqual((result.returncode, result.stdout), (1, ""), result)
                self.assertIn(f"port {free if free in ports else port}: ", result.stderr)

    def finished(self, server, host, tls):
        """A finished prediction, as it is shown to whoever comes to that host."""
        made = server.ask("POST", "/v1/predictions", ring.CREATE, ring.AUTH, host, tls=tls).json()
        server.advance("1m")
        return server.ask("GET", f"/v1/predictions/{made['id']}", host=host, tls=tls).json()

    def test_files(self):
        with ring.Server("--clock", "manual", tls=True) as server:
            own, tls_own = f"localhost:{server.port}", f"localhost:{server.tls_port}"
            for host, tls, origin in ((own, False, f"https://{tls_own}"), (tls_own, True, f"https://{tls_own}"),
                                      ("localhost:49153", False, "http://localhost:49153"),
                                      ("localhost:49153", True, "https://localhost:49153")):
                with self.subTest(host=host, tls=tls):
                    url = self.finished(server, host, tls)["output"][0]
                    self.assertTrue(url.startswith(f"{origin}/delivery/pbxt/"), url)
                    parts = urllib.parse.urlsplit(url)
                    ring.png_size(server.get(parts.path, host=parts.netloc, headers={}, tls=parts.scheme == "https").body)

    def test_a_webhook_to_the_servers_own_inbox(self):
        with ring.Server(tls=True) as server:
            body = {**json.loads(ring.CREATE), "webhook": f"{server.tls_url}/_mock/inbox/mine"}
            server.create(json.dumps(body).encode())
            self.assertEqual(server.get("/_mock/wait?webhooks=1").status, 200)
            self.assertTrue(server.get("/_mock/inbox/mine").json()["results"][0]["verified"])

    def assert_replicates(self, prediction):
        self.assertTrue(prediction["urls"]["get"].startswith("https://api.replicate.com/v1/predictions/"), prediction)
        self.assertTrue(prediction["urls"]["stream"].startswith("https://stream.replicate.com/v1/files/"), prediction)
        for url in prediction["output"]:
            self.assertTrue(url.startswith("https://replicate.delivery/pbxt/"), prediction)

    def test_as_replicate_itself(self):
        with ring.Server("--clock", "manual", tls=True) as server:
            done = self.finished(server, "api.replicate.com", True)
            self.assert_replicates(done)
            for url in (done["output"][0], done["urls"]["stream"], done["urls"]["get"]):
                parts = urllib.parse.urlsplit(url)
                with server.wire(tls=True, server_hostname=parts.hostname) as wire:
                    wire.send(ring.head("GET", parts.path, host=parts.netloc, auth="api." in url))
                    answer = wire.answer(head_only=True)
                    self.assertEqual(answer.status, 200, url)
            events = server.get(urllib.parse.urlsplit(done["urls"]["stream"]).path, host="stream.replicate.com", headers={},
                                tls=True).body.decode()
            self.assertEqual(re.findall(r"data: (https:.*)", events), done["output"])

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        """As with an entry in the hosts file."""
        with ring.Server(*ring.SOON, tls=True) as server:
            ca = os.path.join(server.folder.name, "ca.pem")

            def curl(url, *more):
                command = ["curl", "-q", "-sS", "--noproxy", "*", "--max-time", str(ring.LONG), "--cacert", ca,
                           "--connect-to", f"::127.0.0.1:{server.tls_port}", *more, url]
                return subprocess.run(command, check=True, capture_output=True, timeout=ring.LONG).stdout
            token = ("-H", "Authorization: Bearer r8_curl")
            made = json.loads(curl("https://api.replicate.com/v1/predictions", *token, "-H", "Prefer: wait", "-d", ring.CREATE))
            self.assert_replicates(made)
            ring.png_size(curl(made["output"][0]))
            self.assertIn(b"event: done", curl(made["urls"]["stream"]))
            self.assertIn(made["id"].encode(), curl(made["urls"]["get"], *token))


if __name__ == "__main__":
    unittest.main()

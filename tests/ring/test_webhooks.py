"""Webhooks to real receivers: what arrives, byte by byte, and what becomes of receivers that misbehave."""
import base64
import calendar
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import ring

RECORDED = ["content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature",
            "accept-encoding", "content-length"]
SELF_SIGNED = "certificate verify failed: the issuer is not known (a self-signed certificate?)"
NODE = """
require('http').createServer((request, response) => {
    const parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', () => {
        console.log(JSON.stringify({method: request.method, url: request.url, headers: request.rawHeaders,
                                    body: Buffer.concat(parts).toString('base64')}));
        response.end('{}');
    });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
"""


class Got:
    """A request that a receiver was sent; header names as they came."""

    def __init__(self, method, path, headers, body, peer=None):
        self.method = method
        self.path = path
        self.names = [name for name, _ in headers]
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body
        self.peer = peer
        self.at = time.monotonic()

    def json(self):
        return json.loads(self.body)


class Receiver:
    """Python's own server. It answers the statuses of `answers`, and then 200."""

    def __init__(self, host="127.0.0.1", context=None, answers=(), headers=()):
        self.got = []
        self.answers = list(answers)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = ring.LONG

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(
                    Got(self.command, self.path, self.headers.items(), body, self.client_address))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def handle_expect_100(self):
                return True  # many a receiver does not know it

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that refuses a certificate is one

        self.listener = Listener((host, 0), Handler)
        if context:
            self.listener.socket = context.wrap_socket(self.listener.socket, server_side=True)
        self.port = self.listener.server_address[1]
        name = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if context else 'http'}://{name}:{self.port}"
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.listener.shutdown()
        self.listener.server_close()


class Socket:
    """A receiver that does with each connection what `behave` does; without it, they lie in the backlog."""

    def __init__(self, behave=None):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.behave = behave
        self.count = 0
        if behave:
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.count += 1
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(ring.LONG)
                    self.behave(connection)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self.listener.close()


def request_of(connection):
    """Reads a whole request."""
    data = b""
    while not (size := ring.whole_answer(data)):
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    assert len(data) == size
    return data


def reset(connection):
    request_of(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def signature_of(secret, got):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def seconds_of(text):
    """Of an RFC 3339 time, with its nanoseconds."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) + float(f"0{text[19:-1]}")


def need(case, command):
    """Skips the test where the command is missing; in CI everything has been installed."""
    if shutil.which(command):
        return
    if os.environ.get("CI") == "true":
        case.fail(f"{command} is not installed")
    print(f"skipped {case.id()}: {command} is not installed")
    case.skipTest(f"{command} is not installed")


def self_signed(case):
    """The TLS side of a receiver whose certificate nobody knows."""
    need(case, "openssl")
    folder = tempfile.mkdtemp()
    case.addCleanup(shutil.rmtree, folder)
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, capture_output=True, timeout=ring.LONG)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Hooks:
    """What the tests share: each test has a world of its own."""

    def setUp(self):
        super().setUp()
        self.auth = {"Authorization": f"Bearer {ring.unique(self.id())}"}

    def receiver(self, *args, **options):
        receiver = Receiver(*args, **options)
        self.addCleanup(receiver.close)
        return receiver

    def socket(self, behave=None):
        receiver = Socket(behave)
        self.addCleanup(receiver.close)
        return receiver

    def create(self, url, events=("completed",), server=None, headers=(), **inputs):
        body = json.loads(ring.CREATE)
        body["input"].update(inputs)
        body["webhook"] = url
        if events is not None:
            body["webhook_events_filter"] = list(events)
        return (server or self.server).create(json.dumps(body).encode(), {**self.auth, **dict(headers)})

    def call(self, method, target, body=None, server=None):
        """A call under /_mock, about the test's world."""
        return (server or self.server).ask(method, f"/_mock/{target}",
                                           None if body is None else json.dumps(body).encode(),
                                           {**self.auth, "Content-Type": "application/json"})

    def settle(self, server=None):
        (server or self.server).settle(self.auth)

    def deliveries(self, server=None):
        """Those that were sent, the oldest first."""
        results = self.call("GET", "webhooks?limit=1000", server=server).json()["results"]
        return [each for each in reversed(results) if each["state"] not in ("filtered", "dropped")]

    def delivered(self, url, **options):
        """Of one prediction whose webhook goes there: what became of it."""
        self.create(url, **options)
        self.settle()
        delivery, = self.deliveries()
        return delivery

    def secret(self, server=None):
        answer = (server or self.server).get("/v1/webhooks/default/secret", headers=self.auth)
        return answer.json()["key"]

    def assert_signed(self, got, secret=None):
        self.assertEqual(got.headers["webhook-signature"], signature_of(secret or self.secret(), got))


@ring.patient
class Webhooks(Hooks, ring.RingCase):
    # A retry a minute after the completion comes after 0.6 s; and data would be removed after 36.
    args = ("--speed", "100", "--retention", "0")

    def test_as_recorded(self):
        receiver = self.receiver()
        made = self.create(receiver.url + "/hook?order=7&x=%2F%20y&empty=&z")
        self.settle()
        got, = receiver.got
        self.assertEqual((got.method, got.path), ("POST", "/hook?order=7&x=%2F%20y&empty=&z"))
        self.assertEqual([name.lower() for name in got.names if name != "Host"], RECORDED)
        self.assertEqual(got.names[1:7], RECORDED[:6])  # these in lower case, as Svix writes them
        self.assertEqual(got.headers["content-type"], "application/json")
        self.assertEqual(got.headers["user-agent"], "Webhooks/1.66.0 (sender-9YMgn)")
        self.assertRegex(got.headers["webhook-id"], r"\Amsg_[0-9A-Za-z]{27}\Z")
        self.assertRegex(got.headers["webhook-signature"], r"\Av1,[0-9A-Za-z+/]{43}=\Z")
        self.assertEqual(got.headers["accept-encoding"], "gzip")
        self.assertEqual(got.headers["content-length"], str(len(got.body)))
        self.assertEqual(got.headers["host"], f"127.0.0.1:{receiver.port}")
        # The wall's time, whatever the world's clock shows.
        self.assertAlmostEqual(int(got.headers["webhook-timestamp"]), time.time(), delta=ring.LONG)
        body = got.json()
        self.assertEqual((body["id"], body["status"]), (made["id"], "succeeded"))
        self.assertEqual(list(body), sorted(body))
        self.assertEqual(got.body, json.dumps(body, ensure_ascii=False, separators=(",", ":")).replace(
            "<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode())
        now = self.server.get(f"/v1/predictions/{made['id']}", headers=self.auth).json()
        self.assertEqual({name: now[name] for name in body}, body)

    def test_signature(self):
        receiver = self.receiver()
        self.create(receiver.url, prompt="ä 🐢 <>&\u2028 \" \\ \t")
        self.settle()
        self.assert_signed(receiver.got[0])

    def test_one_connection(self):
        receiver = self.receiver()
        for _ in range(3):
            self.create(receiver.url)
            self.settle()
        self.assertEqual(len(receiver.got), 3)
        self.assertEqual(len({got.peer for got in receiver.got}), 1)
        self.assertEqual(len({got.headers["webhook-id"] for got in receiver.got}), 3)

    def test_a_connection_that_the_receiver_has_closed(self):
        """Between two webhooks: the second one notices and takes a new one."""
        def behave(connection):
            request_of(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        receiver = self.socket(behave)
        for count in (1, 2, 3):
            self.create(receiver.url)
            self.settle()
            self.assertEqual([(each["state"], len(each["attempts"])) for each in self.deliveries()],
                             [("delivered", 1)] * count)

    def test_node(self):
        need(self, "node")
        node = subprocess.Popen(["node", "-e", NODE], stdout=subprocess.PIPE)
        self.addCleanup(node.stdout.close)
        self.addCleanup(node.wait)
        self.addCleanup(node.kill)
        self.assertTrue(ring.select_one(node.stdout, ring.LONG))
        port = int(node.stdout.readline())
        self.create(f"http://localhost:{port}/api/hook?a=1")
        self.settle()
        said = json.loads(node.stdout.readline())
        raw = said["headers"]
        got = Got(said["method"], said["url"], list(zip(raw[::2], raw[1::2])), base64.b64decode(said["body"]))
        self.assertEqual((got.method, got.path), ("POST", "/api/hook?a=1"))
        self.assertEqual([name.lower() for name in got.names if name != "Host"], RECORDED)
        self.assert_signed(got)
        self.assertEqual(self.deliveries()[0]["state"], "delivered")

    def faulty(self, **rule):
        answer = self.call("POST", "scenarios", {"name": "faulty", "webhook": rule})
        self.assertEqual(answer.status, 201, answer)

    def test_duplicates(self):
        """The same message once more, as who delivers at least once may send it; both signed."""
        receiver = self.receiver(answers=[500])
        self.faulty(duplicate=3)
        delivery = self.delivered(receiver.url)
        self.assertEqual((delivery["state"], [each["status"] for each in delivery["attempts"]]),
                         ("delivered", [500, 200, 200, 200]))
        self.assertEqual(len({(got.headers["webhook-id"], got.body) for got in receiver.got}), 1)
        for got in receiver.got:
            self.assert_signed(got)

    def test_wrong_order(self):
        receiver = self.receiver()
        self.faulty(reorder=True)
        self.create(receiver.url, events=("start", "completed"))
        self.settle()
        self.assertEqual([got.json()["status"] for got in receiver.got], ["succeeded", "processing"])

    def test_wrong_signatures(self):
        """Not to be told from right ones by their form; the inbox says why it does not take them."""
        receiver = self.receiver()
        self.faulty(bad_signature=True)
        self.create(receiver.url)
        self.settle()
        got, = receiver.got
        self.assertRegex(got.headers["webhook-signature"], r"\Av1,[0-9A-Za-z+/]{43}=\Z")
        self.assertNotEqual(got.headers["webhook-signature"], signature_of(self.secret(), got))
        self.create(f"http://127.0.0.1:{self.server.port}/_mock/inbox/mine")
        self.settle()
        received, = self.call("GET", "inbox/mine").json()["results"]
        self.assertEqual((received["verified"], received["why"]),
                         (False, "the signature does not match: it is of another secret, id, timestamp or body"))

    def test_large_bodies(self):
        """Without an `Expect: 100-continue`, whose answer curl awaits for a second."""
        receiver = self.receiver()
        self.create(receiver.url, prompt="x" * 3_000_000)
        self.settle()
        got, = receiver.got
        self.assertNotIn("expect", got.headers)
        self.assertEqual(len(got.json()["input"]["prompt"]), 3_000_000)
        self.assert_signed(got)

    def test_user_and_password(self):
        receiver = self.receiver()
        delivery = self.delivered(receiver.url.replace("//", "//us%40er:s3cret@") + "/x?y")
        self.assertEqual(delivery["state"], "delivered")
        got, = receiver.got
        self.assertEqual(got.headers["authorization"], "Basic " + base64.b64encode(b"us@er:s3cret").decode())
        self.assertEqual((got.path, got.headers["host"]), ("/x?y", f"127.0.0.1:{receiver.port}"))
        self.assert_signed(got)
        self.assertNotIn("s3cret", self.server.log())

    def test_ipv6(self):
        try:
            receiver = self.receiver("::1")
        except OSError as error:
            print(f"skipped {self.id()}: {error}")
            self.skipTest(str(error))
        self.assertEqual(self.delivered(receiver.url + "/six")["state"], "delivered")
        self.assertEqual(receiver.got[0].path, "/six")
        self.assertEqual(receiver.got[0].headers["host"], f"[::1]:{receiver.port}")

    # Receivers that misbehave.

    def assert_gave_up(self, delivery, status, error):
        """After the first attempt and six retries."""
        self.assertEqual((delivery["state"], delivery["next_attempt_at"]), ("failed", None))
        self.assertEqual([(each["status"], each["error"]) for each in delivery["attempts"]],
                         [(status, error)] * 7)

    def test_reset(self):
        self.assert_gave_up(self.delivered(self.socket(reset).url), None, "connection reset")

    def test_closed_without_an_answer(self):
        for behave in (request_of, lambda connection: connection.recv(1)):
            self.auth = {"Authorization": f"Bearer {behave}"}
            delivery = self.delivered(self.socket(behave).url)
            self.assertEqual((delivery["state"], len(delivery["attempts"])), ("failed", 7))
            for attempt in delivery["attempts"]:
                self.assertIn(attempt["error"], ("the connection was closed before an answer came",
                                                 "connection reset"))  # bytes that nobody read reset it

    def test_nobody_there(self):
        with ring.refusing_port() as port:
            self.assert_gave_up(self.delivered(f"http://127.0.0.1:{port}/"), None, "connection refused")

    def test_redirect(self):
        target = self.receiver()
        for status in (301, 302, 303, 307, 308):
            self.auth = {"Authorization": f"Bearer {status}"}
            receiver = self.receiver(answers=[status], headers=[("Location", target.url)])
            delivery = self.delivered(receiver.url)
            self.assertEqual(delivery["state"], "failed")
            self.assertEqual([(each["status"], each["error"]) for each in delivery["attempts"]],
                             [(status, f"{status} is not followed")])
            self.assertEqual((len(receiver.got), target.got), (1, []))

    def test_a_gigabyte_for_an_answer(self):
        sent = []

        def behave(connection):
            request_of(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
            for _ in range(16384):
                sent.append(connection.send(bytes(65536)))

        def peak():
            with open(f"/proc/{self.server.pid}/status", encoding="ascii") as file:
                return int(re.search(r"VmHWM:\s*(\d+) kB", file.read()).group(1)) * 1024

        receiver = self.socket(behave)
        self.delivered(self.receiver().url)  # whatever the first one of all costs
        before = peak()
        self.create(receiver.url)
        self.settle()
        delivery = self.deliveries()[-1]
        self.assertEqual((delivery["state"], receiver.count), ("delivered", 1))
        self.assertEqual([(each["status"], each["error"]) for each in delivery["attempts"]], [(200, None)])
        self.assertLess(peak() - before, 8 << 20)
        self.assertLess(sum(sent), 64 << 20)  # what sockets hold between the two

    def test_a_certificate_that_nobody_knows(self):
        receiver = self.receiver(context=self_signed(self))
        self.assert_gave_up(self.delivered(receiver.url), None, SELF_SIGNED)
        self.assertEqual(receiver.got, [])
        with ring.Server(*self.args, "--webhook-insecure") as server:
            self.create(receiver.url + "/tls", server=server)
            self.settle(server)
            self.assertEqual(self.deliveries(server)[0]["state"], "delivered")
            got, = receiver.got
            self.assertEqual(got.path, "/tls")
            self.assert_signed(got, self.secret(server))

    # What follows from it.

    def test_retries(self):
        receiver = self.receiver(answers=[500, 404, 503, 429])
        delivery = self.delivered(receiver.url)
        self.assertEqual(delivery["state"], "delivered")
        self.assertEqual([each["status"] for each in delivery["attempts"]], [500, 404, 503, 429, 200])
        self.assertEqual(len(receiver.got), 5)
        for got in receiver.got:
            self.assertEqual((got.headers["webhook-id"], got.body), (delivery["id"], receiver.got[0].body))
            self.assert_signed(got)

    def test_all_seven_attempts_in_a_moment(self):
        with ring.Server("--speed", "1000", "--retention", "0") as server, ring.refusing_port() as port:
            begin = time.monotonic()
            made = self.create(f"http://127.0.0.1:{port}/", server=server)
            self.settle(server)
            ring.in_time(begin, 2, "a minute of retries")
            delivery, = self.deliveries(server)
            self.assert_gave_up(delivery, None, "connection refused")
            completed = server.finished(made, headers=self.auth)["completed_at"]
            for due, attempt in zip((0, 1, 3, 7, 15, 31, 60), delivery["attempts"]):
                self.assertGreaterEqual(seconds_of(attempt["at"]) - seconds_of(completed), due)

    def test_a_receiver_that_comes_back(self):
        with ring.Server("--clock", "manual") as server, socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            made = self.create(f"http://127.0.0.1:{listener.getsockname()[1]}/", server=server)
            server.advance("2s", self.auth)
            refused, = self.deliveries(server)
            listener.listen()
            listener.settimeout(ring.LONG)
            with contextlib.ExitStack() as stack:
                def answer():
                    connection = stack.enter_context(listener.accept()[0])
                    request_of(connection)
                    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                answering = threading.Thread(target=answer, daemon=True)
                answering.start()
                server.advance("1m", self.auth)
                answering.join()
            delivery, = self.deliveries(server)
        self.assertEqual((refused["prediction"], refused["state"], [each["error"] for each in refused["attempts"]]),
                         (made["id"], "pending", ["connection refused"]))
        self.assertEqual((delivery["state"], [each["status"] for each in delivery["attempts"]]), ("delivered", [None, 204]))

    def test_wait(self):
        receiver = self.receiver()
        for _ in range(3):
            self.create(receiver.url)
        answer = self.call("GET", f"wait?webhooks=3&timeout={ring.LONG // 2}s")
        self.assertEqual((answer.status, len(receiver.got)), (200, 3))
        answer = self.call("GET", "wait?webhooks=4&timeout=100ms")
        self.assertEqual((answer.status, answer.json()["detail"]),
                         (408, "It did not come in time: 3 of 4 webhooks are delivered."))

    def test_resend(self):
        receiver = self.receiver()
        delivery = self.delivered(receiver.url)
        answer = self.call("POST", f"webhooks/{delivery['id']}/resend")
        self.assertEqual((answer.status, answer.json()["state"], len(answer.json()["attempts"])),
                         (202, "pending", 2))
        self.settle()
        first, second = receiver.got
        self.assertEqual(first.headers["webhook-id"], second.headers["webhook-id"])
        self.assertEqual(first.body, second.body)
        self.assert_signed(second)
        self.assertEqual(self.deliveries()[0]["state"], "delivered")

    def test_a_reset_ends_what_is_under_way(self):
        begun, ended = threading.Event(), threading.Event()

        def behave(connection):
            request_of(connection)
            begun.set()
            if connection.recv(1) == b"":
                ended.set()
        self.create(self.socket(behave).url)
        self.assertTrue(begun.wait(ring.LONG))
        self.assertEqual(self.call("POST", "reset").json(), {"worlds": 1})
        self.assertTrue(ended.wait(ring.LONG))
        self.assertEqual(self.deliveries(), [])


@ring.patient
class Events(Hooks, ring.RingCase):
    """On the machine's own clock."""
    args = ("--predict", "1200ms")

    def told(self, events):
        receiver = self.receiver()
        self.create(receiver.url, events)
        self.settle()
        names = [each["event"] for each in self.deliveries()]
        self.assertEqual(len(names), len(receiver.got))
        return names, [got.json() for got in receiver.got]

    def test_all(self):
        names, bodies = self.told(("start", "output", "logs", "completed"))
        if len(names) < 5 and names.count("logs") > 0:
            raise ring.Late("what was not sent when there was more to say gave place to that")
        self.assertEqual(names, ["start", "logs", "logs", "logs", "completed"])
        self.assertEqual([body["status"] for body in bodies], ["processing"] * 4 + ["succeeded"])
        logs = [body["logs"] for body in bodies]
        for shorter, longer in zip(logs[1:], logs[2:]):
            self.assertTrue(longer.startswith(shorter) and longer != shorter, (shorter, longer))
        self.assertEqual([body["output"] is None for body in bodies], [True] * 4 + [False])

    def test_some(self):
        for events, expected in ((None, ["completed"]), (["start"], ["start"]), (["output"], ["completed"]),
                                 ([], [])):
            self.auth = {"Authorization": f"Bearer {events}"}
            self.assertEqual(self.told(events)[0], expected, events)


class Alone(Hooks, unittest.TestCase):
    """Servers that are only one test's."""

    def start(self, *args, **options):
        self.server = ring.Server(*args, **options)
        self.addCleanup(self.server.kill)
        return self.server

    def begun(self, count):
        """Waits until so many deliveries have had an attempt."""
        ring.until(lambda: sum(1 for each in self.deliveries() if each["attempts"]) >= count, "attempts")


@ring.patient
class Stopping(Alone):
    def assert_ends(self, server):
        self.told = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(server.ended(), 0)
        ring.in_time(self.told, 2, "it ends")
        log = server.log()
        server.stop()
        return log

    def test_what_was_not_delivered(self):
        server = self.start("--speed", "0.5", "--boot", "0", "--predict", "0")
        stalled = self.create(self.socket().url)
        with ring.refusing_port() as port:
            refused = self.create(f"http://127.0.0.1:{port}")
            self.begun(2)
            ids = {each["prediction"]: each["id"] for each in self.deliveries()}
            log = self.assert_ends(server)
        for made in (stalled, refused):
            self.assertIn(f"webhook {ids[made['id']]} (completed of {made['id']}) was not delivered: "
                          "the server stops", log)
        self.assertEqual(log.count("was not delivered"), 2)

    def test_what_is_delivered_meanwhile(self):
        """An answer that comes while it stops counts."""
        stopping, answered = threading.Event(), []

        def behave(connection):
            request_of(connection)
            stopping.wait(ring.LONG)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            answered.append(time.monotonic())
        server = self.start("--boot", "0", "--predict", "0")
        self.create(self.socket(behave).url)
        self.begun(1)
        threading.Thread(
            target=lambda: ring.until(lambda: "stopping" in server.log()) and stopping.set()).start()
        log = self.assert_ends(server)
        if not answered or answered[0] - self.told > 1:
            raise ring.Late("the answer came after the 1.5 s for which the server waits")
        self.assertNotIn("was not delivered", log)


@ring.patient
class Crowds(Alone):
    def test_a_receiver_that_stalls(self):
        """The 10 s are real. Nobody else waits for it: neither those who came before nor those after."""
        server = self.start("--boot", "0", "--predict", "0")
        dead, good = self.socket(), self.receiver()
        theirs = {"Authorization": "Bearer of those that stall"}
        begin = time.monotonic()
        for _ in range(50):
            self.create(dead.url, headers=theirs)  # more than can be under way to all together
        for _ in range(250):
            self.create(dead.url, headers=theirs)
            self.create(good.url)
        ring.until(lambda: len(good.got) == 250, "deliveries")
        ring.in_time(begin, 8, "250 webhooks and 300 that stall")
        self.assertEqual(len({got.headers["webhook-id"] for got in good.got}), 250)
        for count in range(251, 300):
            asked = time.monotonic()
            self.create(good.url)
            ring.until(lambda: len(good.got) == count, "one more")
            ring.in_time(asked, 1, "one more delivery")
        self.auth = theirs
        self.assertEqual([each["state"] for each in self.deliveries()], ["pending"] * 300)

        def first():
            attempt = self.deliveries()[0]["attempts"][0]
            return attempt if attempt["error"] else None
        attempt = ring.until(first, "the first ends")
        self.assertEqual((attempt["status"], attempt["error"]), (None, "no answer within 10 s"))
        self.assertGreaterEqual(attempt["duration_ms"], 9_900, attempt)
        if attempt["duration_ms"] > 12_000:
            raise ring.Late(f"10 s took {attempt['duration_ms']} ms")
        self.create(good.url)
        ring.until(lambda: len(good.got) == 300, "and another one")
        told = time.monotonic()
        server.stop()  # with hundreds under way
        ring.in_time(told, 2, "it ends")

    def test_many_to_one(self):
        server = self.start("--boot", "0", "--predict", "0")
        receiver = self.receiver()
        begin = time.monotonic()
        for _ in range(300):
            self.create(receiver.url)
        self.settle()
        ring.in_time(begin, 8, "300 webhooks")
        self.assertEqual(len({got.headers["webhook-id"] for got in receiver.got}), 300)
        self.assertLessEqual(len({got.peer for got in receiver.got}), 32)
        server.stop()


class Proxies(Alone):
    def proxied(self, env, *args):
        clean = {"no_proxy": "", "NO_PROXY": "", "https_proxy": "", "HTTPS_PROXY": "", "all_proxy": "", **env}
        return self.start("--speed", "100", *args, env=clean)

    def test_not_for_what_is_near(self):
        for name in ("http_proxy", "all_proxy"):
            with ring.refusing_port() as dead:
                self.proxied({name: f"http://127.0.0.1:{dead}"})
                receiver = self.receiver()
                for url in (receiver.url, f"http://localhost:{receiver.port}/x"):
                    self.create(url)
                self.settle()
                self.assertEqual([each["state"] for each in self.deliveries()], ["delivered"] * 2)
                self.assertEqual(len(receiver.got), 2)
                self.server.stop()

    def test_for_what_is_far(self):
        proxy = self.receiver()
        self.proxied({"http_proxy": proxy.url})
        self.create("http://hooks.example.com/far?x=1")
        self.settle()
        got, = proxy.got
        self.assertEqual((got.path, got.headers["host"]),
                         ("http://hooks.example.com/far?x=1", "hooks.example.com"))
        self.server.stop()


@ring.patient
class OurOwnInbox(Alone):
    """The server as its own receiver."""

    def inbox(self, name):
        return f"{self.server.url}/_mock/inbox/{name}"

    def test_on_a_manual_clock(self):
        server = self.start("--clock", "manual")
        self.assertEqual(self.call("PUT", "inbox/a", {"respond": [500, 503], "delay": "100ms"}).status, 204)
        self.create(self.inbox("a") + "?order=7")
        begin = time.monotonic()
        answer = self.call("POST", "clock/advance", {"by": "10m"})
        self.assertEqual(answer.status, 200, answer)
        self.assertGreater(time.monotonic() - begin, 0.29)  # three answers, each held back in real time
        self.assertEqual([each["what"] for each in answer.json()["fired"]],
                         ["prediction.processing", "prediction.succeeded"] + ["webhook.attempt"] * 3)
        results = self.call("GET", "inbox/a").json()["results"]
        self.assertEqual([each["verified"] for each in results], [True] * 3)
        stamps = [int(each["headers"]["webhook-timestamp"]) for each in results]
        self.assertEqual([stamp - stamps[2] for stamp in stamps], [3, 1, 0])
        self.assertEqual(len({each["body"] for each in results}), 1)
        delivery, = self.deliveries()
        self.assertEqual((delivery["state"], [each["status"] for each in delivery["attempts"]]),
                         ("delivered", [500, 503, 200]))
        server.stop()

    def test_many(self):
        server = self.start("--clock", "manual")
        for number in range(150):
            self.create(self.inbox(number % 3))
        self.assertEqual(self.call("POST", "clock/advance", {"by": "1m"}).status, 200)
        self.settle()
        for name in range(3):
            results = self.call("GET", f"inbox/{name}?limit=1000").json()["results"]
            self.assertEqual([each["verified"] for each in results], [True] * 50)
        server.stop()

    def test_on_a_real_clock(self):
        server = self.start("--speed", "20")
        self.create(self.inbox("a"), events=("start", "logs", "completed"))
        self.settle()
        results = self.call("GET", "inbox/a").json()["results"]
        self.assertEqual([each["verified"] for each in results], [True] * len(results))
        self.assertEqual([json.loads(results[at]["body"])["status"] for at in (-1, 0)],
                         ["processing", "succeeded"])
        self.assertNotIn("authorization", results[0]["headers"])
        self.assertEqual(server.get("/_mock/inbox/a", headers={}).json()["results"][0]["body"],
                         results[0]["body"])
        server.stop()

    def test_it_stops_while_it_holds_its_own(self):
        server = self.start("--boot", "0", "--predict", "0")
        self.call("PUT", "inbox/a", {"delay": "60s"})
        self.create(self.inbox("a"))
        ring.until(lambda: self.call("GET", "inbox/a").json()["results"], "it has come")
        told = time.monotonic()
        server.stop()
        ring.in_time(told, 1, "it ends")  # nobody is kept waiting to the end of the grace


if __name__ == "__main__":
    unittest.main()

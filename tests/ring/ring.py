"""What the second ring shares: the real binary as a child process, and clients that can misbehave.

The first ring has the app on a socketpair and a clock of its own; this one has only what a user has: a
command line, a port, signals. Time here is real, so a condition is polled for (`until`) and never slept for.
`LONG` only ends what hangs. Where a duration is what is tested, `in_time` raises `Late`, and the tests of a
`patient` class are run again then: a loaded machine is slow now and then, a faulty server each time. And what
must not have happened yet is asked of a manual clock.

`Server` ends its process by SIGTERM and then asserts what holds for every test: exit code 0, and no
sanitizer's report on stderr.
"""
import contextlib
import functools
import http.client
import json
import os
import re
import resource
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))
import records  # noqa: E402
BINARY = os.path.abspath(os.environ.get("RING_BINARY", os.path.join(ROOT, "build/test/src/replicate-mock")))

VERSION = "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"
AUTH = {"Authorization": "Bearer r8_ring"}
CREATE = json.dumps(
    {"version": VERSION, "input": {"prompt": "a turtle", "image": "https://example.com/a.png", "structure": "canny"}}).encode()
READY = re.compile(r"replicate-mock listening on (http://.*:(\d+))\n")
REPORT = re.compile(
    r"AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:|Assertion .* failed")


def is_sanitized():
    """A sanitizer makes the program several times slower, and some bounds follow it."""
    with open(BINARY, "rb") as file:
        return b"__asan_init" in file.read()


SLOW = 4 if is_sanitized() else 1
LONG = 30  # seconds; less than the 60 after which the server ends an idle connection, or a wait
TRIES = 5


class Late(AssertionError):
    """It was right, but took too long."""


def in_time(begin, seconds, what):
    """Raises Late where `begin`, a monotonic time, is longer ago than that."""
    took = time.monotonic() - begin
    if took > seconds * SLOW:
        raise Late(f"{what}: {took:.2f} s, and {seconds * SLOW} s is the bound")


def patient(case):
    """Decorates a class: a test of it that raises Late is run again, on the same server where it is shared.
    Not from inside of a subTest, which takes the exception for itself."""
    def again_if_late(test):
        @functools.wraps(test)
        def run_test(self):
            for _ in range(TRIES - 1):
                with contextlib.suppress(Late):
                    return test(self)
                self.doCleanups()
                self.setUp()
            return test(self)
        return run_test

    for name, value in list(vars(case).items()):
        if name.startswith("test_"):
            setattr(case, name, again_if_late(value))
    return case


def environment(extra=None):
    """Ours without the variables that the program reads, so that a developer's shell changes no test."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REPLICATE_MOCK_")}
    return {**clean, **(extra or {})}


def run(*args, env=None, **options):
    """Runs the binary to its end; the result has returncode, stdout, stderr."""
    return subprocess.run([BINARY, *args], env=environment(env), timeout=LONG, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False, **options)


def until(condition, what="the condition"):
    """Polls until `condition` returns something true, and returns that."""
    end = time.monotonic() + LONG
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not so within {LONG} s")
        time.sleep(0.01)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Answer:
    """One response. Header names are lower case; of several with one name the values are joined by a
    comma."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {}
        for name, value in headers:
            name = name.lower()
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:300]!r}"


class Wire:
    """A client's raw socket: sends any bytes, reads answers one after another."""

    def __init__(self, address):
        self.socket = socket.create_connection(address[:2], timeout=LONG)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with an RST, as a killed client's kernel does with unread data."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def _more(self):
        data = self.socket.recv(65536)
        self.pending += data
        return bool(data)

    def _read(self, size):
        while len(self.pending) < size:
            if not self._more():
                raise AssertionError(f"the connection ended inside of an answer: {self.pending[-200:]!r}")
        data, self.pending = self.pending[:size], self.pending[size:]
        return data

    def _head(self):
        while b"\r\n\r\n" not in self.pending:
            if not self._more():
                raise AssertionError(
                    f"the connection ended without an answer; it had sent {self.pending[:200]!r}")
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        return int(first.split()[1]), [tuple(part.strip() for part in line.split(":", 1)) for line in lines]

    def answer(self, head_only=False):
        """The next response; an interim one (100) too."""
        status, headers = self._head()
        answer = Answer(status, headers, b"")
        if head_only or status in (204, 304) or status < 200:
            return answer
        if "content-length" in answer.headers:
            answer.body = self._read(int(answer.headers["content-length"]))
        else:
            answer.body = self.rest()
        return answer

    def rest(self):
        """All that comes until the server closes."""
        with contextlib.suppress(ConnectionResetError):
            while self._more():
                pass
        data, self.pending = self.pending, b""
        return data

    def has_answer(self):
        """Something has come in, without waiting for it."""
        return bool(self.pending or select_one(self.socket, 0))

    def is_closed(self):
        """The server ends the connection (and sends nothing more)."""
        end = time.monotonic() + LONG
        while select_one(self.socket, max(0, end - time.monotonic())):
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return True
            if not data:
                return not self.pending
            self.pending += data
        return False


def select_one(sock, seconds):
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def head(method, target, headers=(), host="localhost", version="HTTP/1.1", auth=True):
    """The bytes of a request's head."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    if auth:
        lines.append("Authorization: Bearer r8_ring")
    lines += [f"{name}: {value}" for name, value in dict(headers).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def post(body=CREATE, target="/v1/predictions", headers=(), **options):
    """The bytes of a POST with its body."""
    return head("POST", target, {**dict(headers), "Content-Length": len(body)}, **options) + body


def chunked(body, size):
    """The body in chunks of at most `size`."""
    parts = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def post_chunked(body, size, headers=(), **options):
    """The bytes of a POST whose body comes in chunks of at most `size`."""
    coding = {"Transfer-Encoding": "chunked"}
    return head("POST", "/v1/predictions", {**dict(headers), **coding}, **options) + chunked(body, size)


class Server:
    """The binary, serving. Use as a context manager; leaving it stops the server and checks how it ended."""

    def __init__(self, *args, env=None, files=None, command=None, **options):
        """`files`: the hard limit of its open files. `command`: what to run in place of BINARY."""
        self.stderr = tempfile.TemporaryFile()

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        self.process = subprocess.Popen([*(command or [BINARY]), "--port", "0", *args], env=environment(env),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.stderr,
                                        preexec_fn=limit if files else None, **options)
        self.ready = self._first_line()
        found = READY.fullmatch(self.ready)
        if not found:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"no ready line but {self.ready!r}; stderr: {self.log()}")
        self.url = found.group(1)
        self.port = int(found.group(2))
        self.address = ("127.0.0.1", self.port)
        self.idle_files = self.open_files()  # when nobody is connected

    def _first_line(self):
        if not select_one(self.process.stdout, LONG):
            return ""
        return self.process.stdout.readline().decode()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.kill()

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        # The position in the file is the child's too: it must stay where it is.
        file = self.stderr.fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode("utf-8", "replace")

    def signal(self, number):
        self.process.send_signal(number)

    def ended(self):
        """Waits for it; the exit code."""
        try:
            return self.process.wait(LONG)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the process does not end within {LONG} s") from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """SIGTERM, and what every test asserts in the end."""
        with contextlib.suppress(ProcessLookupError):
            self.signal(signal.SIGTERM)
        code = self.ended()
        rest = self.process.stdout.read()
        self.process.stdout.close()
        log = self.log()
        self.stderr.close()
        assert not REPORT.search(log), f"a sanitizer or an assertion reports:\n{log[-6000:]}"
        assert code == 0, f"exit code {code}, stderr:\n{log[-3000:]}"
        assert rest == b"", f"stdout holds more than the ready line: {rest!r}"

    # What /proc tells of it.

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Bytes of it that are resident."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    # Clients.

    def wire(self):
        return Wire(self.address)

    def ask(self, method, target, body=None, headers=AUTH, host=None):
        """One request by http.client on a connection of its own."""
        connection = http.client.HTTPConnection(*self.address, timeout=LONG)
        try:
            connection.putrequest(method, target, skip_host=host is not None, skip_accept_encoding=True)
            if host is not None:
                connection.putheader("Host", host)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
            records.add(method, target, host, answer.status, answer.headers.get("content-type", ""), answer.body)
            return answer
        finally:
            connection.close()

    def get(self, target, **options):
        return self.ask("GET", target, **options)

    def health(self):
        answer = self.get("/_mock/health", headers={})
        assert answer.status == 200, answer
        return answer.json()

    def create(self, body=CREATE, headers=AUTH, **options):
        """A new prediction, as its creation answers it."""
        answer = self.ask("POST", "/v1/predictions", body=body, headers=headers, **options)
        assert answer.status in (201, 202), answer
        return answer.json()

    def finished(self, prediction, headers=AUTH):
        """The prediction once it is terminal."""
        def terminal():
            now = self.get(f"/v1/predictions/{prediction['id']}", headers=headers).json()
            return now if now["status"] not in ("starting", "processing") else None
        return until(terminal, "the prediction ends")

    def advance(self, by, headers=AUTH):
        """Moves the manual clock; what happened on the way."""
        answer = self.ask("POST", "/_mock/clock/advance", json.dumps({"by": by}).encode(),
                          {**headers, "Content-Type": "application/json"})
        assert answer.status == 200, answer
        return answer.json()["fired"]


class RingCase(unittest.TestCase):
    """Tests that share one server, started with the class's `args`. One that kills it fails, and the next one
    gets a new one."""

    args = ()
    server = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.args)
        cls.addClassCleanup(lambda: cls.server.stop())  # also where a subclass's setUpClass fails

    def setUp(self):
        if self.server.process.poll() is not None:
            type(self).server = Server(*self.args)

    def tearDown(self):
        code = self.server.process.poll()
        if code is not None:
            log = self.server.log()
            type(self).server = Server(*self.args)
            self.fail(f"the server has ended with {code}:\n{log[-6000:]}")

    def wires(self, count):
        """So many connections, closed after the test."""
        wires = []
        for _ in range(count):
            wires.append(self.server.wire())
            self.addCleanup(wires[-1].close)
        return wires

    def assert_alive(self):
        self.assertEqual(self.server.health()["status"], "ok")


class Crowd:
    """Many keep-alive connections in one selectors loop, each asking again as soon as it is answered."""

    def __init__(self, server, count, request):
        self.request = request
        self.selector = selectors.DefaultSelector()
        self.sockets = []
        self.answered = {}
        for _ in range(count):
            sock = socket.create_connection(server.address, timeout=LONG)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(sock, selectors.EVENT_READ)
            self.sockets.append(sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.selector.close()
        for sock in self.sockets:
            sock.close()

    def send(self):
        """One request on each connection."""
        for sock in self.sockets:
            sock.sendall(self.request)

    def gather(self, rounds):
        """Reads until each connection has had so many answers, sending the next request after each answer but
        the last. Every answer must be a whole 200."""
        begin = time.monotonic()
        left = {sock: rounds for sock in self.sockets}
        text = {sock: b"" for sock in self.sockets}
        open_count = len(self.sockets)
        while open_count:
            if time.monotonic() - begin > LONG:
                raise AssertionError(
                    f"{open_count} of {len(self.sockets)} connections lack answers after {LONG} s")
            for key, _ in self.selector.select(1):
                sock = key.fileobj
                data = sock.recv(65536)
                assert data, "the server has closed a connection that is to be kept"
                text[sock] += data
                size = whole_answer(text[sock])
                if not size:
                    continue
                assert text[sock].startswith(b"HTTP/1.1 200"), text[sock][:200]
                assert len(text[sock]) == size, "more came than one answer"
                text[sock] = b""
                left[sock] -= 1
                if left[sock]:
                    sock.sendall(self.request)
                else:
                    open_count -= 1


def whole_answer(data):
    """The size of the complete answer that the data begins with; 0: it is not complete."""
    end = data.find(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", data[:end + 2]) if end >= 0 else None
    if not length:
        return 0
    size = end + 4 + int(length.group(1))
    return size if len(data) >= size else 0


def png_size(data):
    """Width and height; fails where it is no PNG."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n"), data[:20]
    length, kind = struct.unpack(">I4s", data[8:16])
    assert (length, kind) == (13, b"IHDR") and data[-8:-4] == b"IEND", data[:40]
    return struct.unpack(">II", data[16:24])


def need_files(case, count):
    """Raises our own limit of open files; skips the test where the system does not allow it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        print(f"skipped {case.id()}: the hard limit of open files is {hard}, {count} are needed")
        case.skipTest(f"the hard limit of open files is {hard}, {count} are needed")
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))

"""What the second ring shares: the real binary as a child process, and clients that can misbehave.

The first ring has the app on a socketpair and a clock of its own; this one has only what a user has: a
command line, a port, signals. Time here is real, so a condition is polled for (`until`) and never slept for.
`LONG` only ends what hangs. Where a duration is what is tested, `in_time` raises `Late`, and the tests of a
`patient` class are run again then: a loaded machine is slow now and then, a faulty server each time. On a machine that
is always slow, or is loaded all the time, the bounds grow with how slow it is. And what must not have happened yet is
asked of a manual clock.

`Server` ends its process by SIGTERM and then asserts what holds for every test: exit code 0, and no
sanitizer's report on stderr.
"""
import contextlib
import functools
import http.client
import itertools
import json
import os
import random
import re
import resource
import selectors
import signal
import socket
import ssl
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
# For a server whose predictions are soon done. Not by --speed: a wait of a minute, and the hour in which files and data are
# kept, would be over in seconds as well, which a slow machine may take for a picture.
SOON = ("--boot", "10ms", "--predict", "50ms")
CREATE = json.dumps(
    {"version": VERSION, "input": {"prompt": "a turtle", "image": "https://example.com/a.png", "structure": "canny"}}).encode()
READY = re.compile(r"replicate-mock listening on (https?://.*:(\d+))\n")
REPORT = re.compile(
    r"AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:|Assertion .* failed")


def is_sanitized():
    """A sanitizer makes the program several times slower, and some bounds follow it."""
    with open(BINARY, "rb") as file:
        return b"__asan_init" in file.read()


NUMBERS = itertools.count()
SLOW = 4 if is_sanitized() else 1
LONG = 50  # seconds; less than the 60 after which the server ends an idle connection, or a wait
VERY_LONG = 4 * LONG  # for what may be many steps
TRIES = 5
WORK, WORK_TAKES = 3000, 0.1  # what `slowness` does, and the seconds for which that is enough where nothing else runs


class Late(AssertionError):
    """It was right, but took too long."""


def unique(name):
    """The name with a number: whoever is run again is somebody else."""
    return f"{name}-{next(NUMBERS)}"


def slowness():
    """How many times slower this machine is just now than a quiet one of today; at least 1."""
    begin = time.monotonic()
    for _ in range(WORK):
        sum(range(2000))
    return max(1, (time.monotonic() - begin) / WORK_TAKES)


def expect_at_most(seconds, took, what):
    """Raises Late where it took longer than that; than so much more where the machine is slow."""
    bound = seconds * SLOW
    if took > bound and took > (bound := bound * slowness()):
        raise Late(f"{what}: {took:.2f} s, and {bound:.2f} s is the bound")


def in_time(begin, seconds, what):
    """The same for what began at that monotonic time."""
    expect_at_most(seconds, time.monotonic() - begin, what)


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
    return subprocess.run([BINARY, *args], env=environment(env), timeout=VERY_LONG, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False, **options)


def until(condition, what="the condition"):
    """Polls until `condition` returns something true, and returns that."""
    end = time.monotonic() + VERY_LONG
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not so within {VERY_LONG} s")
        time.sleep(0.01)


def free_port():
    """A port that is free, and that the system gives to nobody who does not ask for that very one: those that it gives are
    above."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        lowest = int(file.read().split()[0])
    while True:
        port = random.randrange(10000, lowest) if lowest > 11000 else 0
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as taken:
            return taken.getsockname()[1]


@contextlib.contextmanager
def refusing_port():
    """A port at which nobody listens, nor can meanwhile: it is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


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
    """A client's raw socket: sends any bytes, reads answers one after another. With `tls`, an SSLContext, the bytes
    go through TLS, and `options` are wrap_socket's."""

    def __init__(self, address, tls=None, **options):
        self.socket = socket.create_connection(address[:2], timeout=LONG)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, **{"server_hostname": "localhost", **options})
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

    def goodbye(self):
        """Closes as TLS has it: with a word that this was all."""
        self.socket.setblocking(False)
        with contextlib.suppress(ssl.SSLError):  # the server's own goodbye is not waited for
            self.socket.unwrap()
        self.close()

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
        if self.pending or not isinstance(self.socket, ssl.SSLSocket):
            return bool(self.pending or select_one(self.socket, 0))
        self.socket.setblocking(False)  # what has come may be TLS's own: a ticket
        try:
            return self._more()
        except ssl.SSLWantReadError:
            return False
        finally:
            self.socket.settimeout(LONG)

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

    def __init__(self, *args, env=None, files=None, command=None, tls=False, **options):
        """`files`: the hard limit of its open files. `command`: what to run in place of BINARY. `tls`: it speaks TLS
        too, by a folder of its own where the args name none."""
        self.stderr = tempfile.TemporaryFile()
        self.folder = tempfile.TemporaryDirectory()
        if tls:
            args = ("--tls-port", "0", "--tls-dir", self.folder.name, *args)

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        self.process = subprocess.Popen([*(command or [BINARY]), "--port", "0", *args], env=environment(env),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.stderr,
                                        preexec_fn=limit if files else None, bufsize=0, **options)
        self.ready = self._line()
        self.url, self.port = self._place(self.ready)
        self.address = ("127.0.0.1", self.port)
        if tls:
            self.tls_url, self.tls_port = self._place(self._line())
            self.tls_address = ("127.0.0.1", self.tls_port)
            folder = args[-args[::-1].index("--tls-dir")]  # the last one that is given
            self.trust = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
        self.idle_files = self.open_files()  # when nobody is connected

    def _line(self):
        if not select_one(self.process.stdout, LONG):
            return ""
        return self.process.stdout.readline().decode()

    def _place(self, line):
        """The URL and the port that a ready line names."""
        found = READY.fullmatch(line)
        if not found:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"no ready line but {line!r}; stderr: {self.log()}")
        return found.group(1), int(found.group(2))

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
        self.folder.cleanup()

    def stop(self):
        """SIGTERM, and what every test asserts in the end."""
        with contextlib.suppress(ProcessLookupError):
            self.signal(signal.SIGTERM)
        code = self.ended()
        rest = self.process.stdout.read()
        self.process.stdout.close()
        log = self.log()
        self.stderr.close()
        self.folder.cleanup()
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

    def assert_at_rest(self, share=0.3):
        """It takes next to no processor, less than that share of one. What spins takes all that there is, each time."""
        shares = []
        for _ in range(TRIES):
            before, begin = self.cpu(), time.monotonic()
            time.sleep(0.5)
            shares.append((self.cpu() - before) / (time.monotonic() - begin))
            if shares[-1] < share:
                return
        raise AssertionError(f"it is to be at rest, and takes these shares of a processor: {shares}")

    def memory(self):
        """Bytes of it that are resident."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def has_read_all(self):
        """Nothing that clients have sent to it by HTTP is on its way any more, or lies unread."""
        with open(f"/proc/{self.pid}/net/tcp", encoding="ascii") as file:
            lines = [line.split() for line in file.readlines()[1:]]
        port = f":{self.port:04X}"
        unsent = [line[4].split(":")[0] for line in lines if line[2].endswith(port)]
        unread = [line[4].split(":")[1] for line in lines if line[1].endswith(port)]
        return not any(int(count, 16) for count in unsent + unread)

    # Clients.

    def wire(self, tls=False, **options):
        """`tls`: through that door; or an SSLContext for it, in place of one that trusts the server."""
        if not tls:
            return Wire(self.address)
        return Wire(self.tls_address, self.trust if tls is True else tls, **options)

    def ask(self, method, target, body=None, headers=AUTH, host=None, tls=False):
        """One request by http.client on a connection of its own."""
        connection = http.client.HTTPSConnection(*self.tls_address, timeout=LONG, context=self.trust) if tls else \
            http.client.HTTPConnection(*self.address, timeout=LONG)
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

    def settle(self, headers=AUTH):
        """All has come to rest in that world, which may take a slow machine longer than one call can wait."""
        for _ in range(10):
            answer = self.ask("POST", f"/_mock/settle?timeout={LONG // 2}s", headers=headers)
            if answer.status != 408:
                break
        assert answer.status == 200, answer

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
    tls = False
    server = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.args, tls=cls.tls)
        cls.addClassCleanup(lambda: cls.server.stop())  # also where a subclass's setUpClass fails

    def setUp(self):
        if self.server.process.poll() is not None:
            type(self).server = Server(*self.args, tls=self.tls)

    def tearDown(self):
        code = self.server.process.poll()
        if code is not None:
            log = self.server.log()
            type(self).server = Server(*self.args, tls=self.tls)
            self.fail(f"the server has ended with {code}:\n{log[-6000:]}")

    def wires(self, count, **options):
        """So many connections, closed after the test."""
        wires = []
        for _ in range(count):
            wires.append(self.server.wire(**options))
            self.addCleanup(wires[-1].close)
        return wires

    def assert_alive(self):
        self.assertEqual(self.server.health()["status"], "ok")


class Crowd:
    """Many keep-alive connections in one selectors loop, each asking again as soon as it is answered."""

    def __init__(self, server, count, request, **options):
        """`options`: those of server.wire."""
        self.request = request
        self.selector = selectors.DefaultSelector()
        self.sockets = []
        self.answered = {}
        for _ in range(count):
            sock = server.wire(**options).socket
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
        progress = time.monotonic()
        left = {sock: rounds for sock in self.sockets}
        text = {sock: b"" for sock in self.sockets}
        open_count = len(self.sockets)
        while open_count:
            if time.monotonic() - progress > LONG:
                raise AssertionError(
                    f"{open_count} of {len(self.sockets)} connections lack answers, and none has come for {LONG} s")
            for key, _ in self.selector.select(1):
                progress = time.monotonic()
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

#!/usr/bin/env python3
"""Measures the server beside bare libmicrohttpd programs, on the same core in the same minutes.

The kernel's loopback path runs at one of two speeds and changes between them by the minute, for every
program alike. So the programs take turns in short rounds, their best rounds are compared, and the CPU time
a request takes in user space, which does not swing, stands beside each figure. No figure is asserted: the
exit code is 1 only where something did not run.
"""
import argparse
import base64
import contextlib
import json
import os
import re
import resource
import select
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECTIONS = ["get", "post", "tls", "webhooks", "streams", "reset", "memory", "start", "pictures"]
TARGETS = {"get": 0.7, "post": 0.6, "webhooks": 0.5}
TICK = 1e6 / os.sysconf("SC_CLK_TCK")  # of /proc/PID/stat, in µs

CONNECTIONS = 32
TLS_CONNECTIONS = 64
RECONNECTING = 4  # clients
STORED = 50_000
STARTS = 20
DELIVERIES = 8_000  # a round; more than 10,000 may not be pending
STREAMS = 10_000
BYTES_EACH = 2048  # targets: a stored prediction with an input of 700 bytes, …
INBOX_ENTRIES = 20_000
RESETS = 15       # of a world of each kind
RESET_US = 1000    # target: more than an empty one's, by the median
START_MS = 8       # … the first answer after exec
PICTURES = 24      # of a kind, each drawn when it is first fetched
FETCHES = 100      # at once
HEADERS = {"Authorization": "Bearer bench", "Content-Type": "application/json"}

# Finished after 55 ms, so that a full store has something to let go of, and kept whole for three minutes.
SPEED = "20"
ROOM = "100000"

CREATE = json.dumps({
    "version": "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477",
    "input": {
        "image": "https://replicate.delivery/pbxt/"
                 "IYQLHLFDraqCrjDUoiwpM9xBhQM1eQVHbxBiNxcbwctUamzb/user_1.png",
        "prompt": "a photo of a brightly colored turtle, studio light, sharp focus, on a bed of wet pebbles "
                  "beside a shallow stream at dusk, 85 mm f",
        "structure": "scribble",
        "num_outputs": 1,
        "image_resolution": 512,
        "scheduler": "DDIM",
        "steps": 20,
        "scale": 9,
        "seed": 20,
        "eta": 0,
        "negative_prompt": "Longbody, lowres, bad anatomy, bad hands, missing fingers, extra digit, "
                           "fewer digits, cropped, worst quality, low quality",
        "low_threshold": 100,
        "high_threshold": 200,
        "return_reference_image": False,
    },
}).encode()


STRUCTURES = ["canny", "depth", "hed", "hough", "normal", "pose", "scribble", "seg"]
FORMATS = ["png", "jpg", "webp"]


class DidNotRun(Exception):
    """Something was not measured; the message says what and why."""


class Cores:
    """One for the servers, another for their clients; on a machine with one core they share it."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        self.server, self.client = cores[0], cores[-1]

    def pinned(self, core):
        return lambda: os.sched_setaffinity(0, {core})


class Server:
    """A server process, pinned to its core, from the line that says where it listens to its end."""

    def __init__(self, command, cores, tls=None):
        """`tls`: "second", it speaks TLS at the port that it names then; "only"."""
        self.command = command + ["--port", "0"]
        try:
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True,
                                            preexec_fn=cores.pinned(cores.server))
        except OSError as error:
            raise DidNotRun(f"{command[0]}: {error.strerror}") from error
        self.port = tls_port = self._port()
        if tls == "second":
            tls_port = self._number(self.process.stdout.readline())
        self.base = f"https://127.0.0.1:{tls_port}" if tls else f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def _port(self):
        ready, _, _ = select.select([self.process.stdout], [], [], 10)
        return self._number(self.process.stdout.readline() if ready else "")

    def _number(self, line):
        match = re.search(r"listening on (?:https?://.*:)?(\d+)", line)
        if not match:
            self.__exit__()
            raise DidNotRun(f"{shlex.join(self.command)}: did not say where it listens")
        return int(match.group(1))

    def cpu(self):
        """(user, all) µs of CPU time so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            user, system = map(int, stat.read().rpartition(")")[2].split()[11:13])
        return user * TICK, (user + system) * TICK

    def resident(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024


class Client:
    """One keep-alive connection. http.client takes five times as long for each of the 50,000 creates."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method, path, body=b"", **headers):
        """(status, body) of the answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in (HEADERS | headers).items())
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        self.socket.sendall(head.encode() + b"\r\n" + body)
        return self._answer()

    def _answer(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head).group(1))
        while len(body) < length:
            body += self._more()
        return int(head[9:12]), body

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise DidNotRun("the server closed the connection")
        return data

    def ask(self, method, path, body=b"", **headers):
        status, answer = self.send(method, path, body, **headers)
        if status >= 300:
            raise DidNotRun(f"{method} {path} answered {status}: {answer[:300].decode(errors='replace')}")
        return answer

    def create(self):
        status, body = self.send("POST", "/v1/predictions", CREATE)
        if status != 201:
            raise DidNotRun(f"create answered {status}: {body[:300].decode(errors='replace')}")
        return body

    def until_succeeded(self, created):
        """The finished prediction as GET answers it, and its path."""
        path = "/v1/predictions/" + json.loads(created)["id"]
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            status, body = self.send("GET", path)
            if status != 200:
                raise DidNotRun(f"GET {path} answered {status}")
            if json.loads(body)["status"] == "succeeded":
                return path, body
            time.sleep(0.02)
        raise DidNotRun(f"{path} has not succeeded within 30 s")


class Bench:
    def __init__(self, options):
        self.options = options
        self.cores = Cores()
        self.scratch = None

    def ours(self, *more):
        if self.options.ours:
            return shlex.split(self.options.ours)
        return [os.path.join(self.options.build, "src", "replicate-mock"), "--log-level", "error",
                "--max-predictions", ROOM, *more]

    def bare(self, size, *more):
        return [self.options.static, *more, str(size)]

    # Throughput.

    def wrk(self, server, path, body, connections=CONNECTIONS):
        script = os.path.join(self.scratch, "request.lua")
        with open(script, "w", encoding="ascii") as lua:
            for name, value in HEADERS.items():
                lua.write(f'wrk.headers["{name}"] = "{value}"\n')
            if body:
                lua.write(f"wrk.method = 'POST'\nwrk.body = [==[{body.decode()}]==]\n")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{self.options.seconds}s", "-s", script,
                   server.base + path]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=self.options.seconds + 30,
                                 check=False, preexec_fn=self.cores.pinned(self.cores.client))
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DidNotRun(f"wrk: {error}") from error
        rate = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
        count = re.search(r"(\d+) requests in", run.stdout)
        if run.returncode or not rate or not count or int(count.group(1)) == 0 \
                or "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
            raise DidNotRun(f"wrk, {server.base}{path}:\n{run.stdout}{run.stderr}")
        return float(rate.group(1)), int(count.group(1))

    def round(self, load):
        """load: (server, what puts a load on it and returns rate and count)."""
        server, run = load
        user, every = server.cpu()
        rate, count = run()
        # What the round left to do (predictions to finish) is the round's cost, not the next program's.
        time.sleep(0.2)
        user_after, every_after = server.cpu()
        return {"rate": rate, "count": count, "user": user_after - user, "every": every_after - every}

    def take_turns(self, contestants, body=None, **more):
        """contestants: name -> (server, path), asked by wrk. Each one's figures over all rounds."""
        return self.take_turns_by({name: (server, lambda server=server, path=path: self.wrk(server, path, body, **more))
                                   for name, (server, path) in contestants.items()})

    def take_turns_by(self, loads):
        rounds = {name: [] for name in loads}
        for number in range(1, self.options.rounds + 1):
            # Who goes first changes, lest it be an advantage.
            for name, load in list(loads.items())[::1 if number % 2 else -1]:
                rounds[name].append(self.round(load))
                say(f"  round {number}/{self.options.rounds} {name:5} {rounds[name][-1]['rate']:9.0f} req/s")
        return {name: summary(all_of) for name, all_of in rounds.items()}

    def compare(self, title, target, result, by_cpu=True):
        ours, bare = result["ours"], result["bare"]
        result["target"] = target
        result["ratio_rate"] = ours["rate"] / bare["rate"]
        for key in ("user_us", "user_us_least", "cpu_us_least"):
            # Less is better: turned round, so that it reads as the throughput it would allow.
            result["ratio_" + key] = bare[key] / ours[key] if ours[key] else None
        print(f"\n{title}")
        print(f"{'':16}{'best':>10}{'user µs/request':>18}{'':9}{'all CPU µs':>14}")
        print(f"{'':16}{'req/s':>10}{'all rounds':>18}{'least':>9}{'least':>14}")
        for name, row in (("replicate-mock", ours), ("bare", bare)):
            print(f"{name:16}{row['rate']:10.0f}{row['user_us']:18.2f}{row['user_us_least']:9.2f}"
                  f"{row['cpu_us_least']:14.2f}")
        print(f"{'ours / bare':16}{result['ratio_rate']:10.2f}{text(result['ratio_user_us']):>18}"
              f"{text(result['ratio_user_us_least']):>9}{text(result['ratio_cpu_us_least']):>14}")
        if target is None:
            return result
        print(f"target {target:.2f}: {verdict(result['ratio_rate'], target)} by req/s"
              + (f", {verdict(result['ratio_user_us'], target)} by user CPU of all rounds" if by_cpu else ""))
        return result

    def get(self):
        with Server(self.ours(), self.cores) as ours:
            with Client(ours.port) as client:
                path, body = client.until_succeeded(client.create())
            with Server(self.bare(len(body)), self.cores) as bare:
                result = self.take_turns({"ours": (ours, path), "bare": (bare, "/")})
        result["body_bytes"] = len(body)
        return self.compare(f"GET of a finished prediction, {len(body)} bytes; bare: the same size, static",
                            TARGETS["get"], result)

    def post(self):
        with Server(self.ours("--speed", SPEED), self.cores) as ours:
            with Client(ours.port) as client:
                size = len(client.create())
            with Server(self.bare(size, "--parse"), self.cores) as bare:
                result = self.take_turns({"ours": (ours, "/v1/predictions"), "bare": (bare, "/")}, CREATE)
        result.update(body_bytes=size, request_bytes=len(CREATE))
        return self.compare(f"POST of {len(CREATE)} bytes that creates a prediction, answer of {size} bytes; "
                            "bare: collected, parsed by cJSON, the same size, static",
                            TARGETS["post"], result)

    # TLS.

    def reconnect(self, server, how):
        """Clients that come again and again, a connection for each request: rate and count of all. `how`: "-new", or
        "-reuse", with the ticket of their first session. wrk knows only one of the two: it resumes where it can."""
        command = ["openssl", "s_time", "-connect", server.base.partition("://")[2], how, "-tls1_3",
                   "-www", "/_mock/health", "-time", str(self.options.seconds)]
        began = time.perf_counter()
        try:
            clients = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        preexec_fn=self.cores.pinned(self.cores.client)) for _ in range(RECONNECTING)]
            said = [client.communicate(timeout=self.options.seconds + 30)[0] for client in clients]
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DidNotRun(f"openssl: {error}") from error
        took = time.perf_counter() - began
        counts = [re.search(r"(\d+) connections in \d+ real seconds", text) for text in said]
        if any(client.returncode for client in clients) or not all(counts):
            raise DidNotRun(f"{shlex.join(command)}:\n{said[0]}")
        count = sum(int(one.group(1)) for one in counts)
        return count / took, max(count, 1)

    def handshakes(self, title, servers, how):
        result = self.take_turns_by({name: (server, lambda server=server: self.reconnect(server, how))
                                     for name, server in servers.items()})
        return self.compare(title, None, result)

    def tls(self):
        folder = os.path.join(self.scratch, "tls")
        files = [os.path.join(folder, name) for name in ("server.pem", "server-key.pem")]
        with Server(self.ours("--tls-port", "0", "--tls-dir", folder), self.cores, "second") as ours:
            with Client(ours.port) as client:
                path, body = client.until_succeeded(client.create())
            with Server(self.bare(len(body), "--tls", *files), self.cores, "only") as bare:
                kept = self.take_turns({"ours": (ours, path), "bare": (bare, "/")}, connections=TLS_CONNECTIONS)
                kept = self.compare(f"GET of a finished prediction, {len(body)} bytes, over TLS 1.3, "
                                    f"{TLS_CONNECTIONS} connections that are kept", None, kept)
                programs = {"ours": ours, "bare": bare}
                full = self.handshakes(f"A connection for each GET of /_mock/health, {RECONNECTING} clients, full handshakes",
                                       programs, "-new")
                resumed = self.handshakes("The same, resumed by ticket (libmicrohttpd has none: its handshakes are full)",
                                          programs, "-reuse")
        return {"kept": kept, "full": full, "resumed": resumed}

    # Webhooks.

    def deliver(self, server, client, sink, world):
        """All predictions end in one moment, and each has a webhook: how long until the last one has arrived."""
        token = {"Authorization": f"Bearer {world}"}
        body = json.loads(CREATE) | {"webhook": f"{sink.base}/", "webhook_events_filter": ["completed"]}
        body = json.dumps(body).encode()
        client.ask("PUT", "/_mock/clock", b'{"mode":"manual"}', **token)
        for _ in range(DELIVERIES):
            client.ask("POST", "/v1/predictions", body, **token)
        user, every = server.cpu()
        began = time.perf_counter()
        client.ask("PUT", "/_mock/clock", b'{"mode":"real","speed":1000}', **token)
        client.ask("GET", f"/_mock/wait?webhooks={DELIVERIES}&timeout=30s", **token)
        took = time.perf_counter() - began
        user_after, every_after = server.cpu()
        client.ask("POST", "/_mock/reset", b"{}", **token)
        return {"rate": DELIVERIES / took, "count": DELIVERIES, "user": user_after - user,
                "every": every_after - every}

    def deliver_bare(self, sink, size):
        command = [self.options.curl_multi, f"{sink.base}/", str(DELIVERIES), str(size)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                             preexec_fn=self.cores.pinned(self.cores.server))
        if run.returncode:
            raise DidNotRun(f"{shlex.join(command)}: {run.stderr}")
        took, user, system = map(float, run.stdout.split())
        return {"rate": DELIVERIES / took, "count": DELIVERIES, "user": user * 1e6, "every": (user + system) * 1e6}

    def webhooks(self):
        rounds = {"ours": [], "bare": []}
        sink_cores = Cores()
        sink_cores.server = self.cores.client
        with Server(self.ours(), self.cores) as ours, Server(self.bare(48), sink_cores) as sink, \
                Client(ours.port) as client:
            size = len(client.create())
            for number in range(1, self.options.rounds + 1):
                for name in ("ours", "bare")[::1 if number % 2 else -1]:
                    one = self.deliver(ours, client, sink, f"round-{number}") if name == "ours" \
                        else self.deliver_bare(sink, size)
                    rounds[name].append(one)
                    say(f"  round {number}/{self.options.rounds} {name:5} {one['rate']:9.0f} deliveries/s")
        result = {name: summary(all_of) for name, all_of in rounds.items()} | {"body_bytes": size}
        return self.compare(f"Webhooks: {DELIVERIES} predictions that end in one moment, a body of some {size} bytes each; "
                            "bare: the same by libcurl alone, 32 at a time. User CPU of ours: also of the predictions' end",
                            TARGETS["webhooks"], result, by_cpu=False)

    # Streams.

    def streams(self):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        if limit != resource.RLIM_INFINITY and limit < STREAMS + 100:
            raise DidNotRun(f"{limit} open files are allowed here, too few for {STREAMS} streams")
        with Server(self.ours("--clock", "manual"), self.cores) as server, Client(server.port) as client, \
                contextlib.ExitStack() as opened:
            url = json.loads(client.create())["urls"]["stream"]
            before = server.resident()
            request = f"GET /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            began = time.perf_counter()
            readers = [opened.enter_context(Client(server.port)) for _ in range(STREAMS)]
            for reader in readers:
                reader.socket.sendall(request)
            for reader in readers:
                if b" 200 " not in reader.socket.recv(4096):
                    raise DidNotRun("a stream did not begin with a 200")
            took = time.perf_counter() - began
            each = (server.resident() - before) / STREAMS
            ticks = [self.ping(client) for _ in range(1000)]
        print(f"\nStreams: {STREAMS} open at once within {took:.1f} s, {each:.0f} bytes of the server's memory each; "
              f"a GET beside them takes {statistics.median(ticks) * 1e6:.0f} µs by the median")
        return {"open": STREAMS, "seconds": took, "bytes_each": each, "get_us": statistics.median(ticks) * 1e6}

    @staticmethod
    def ping(client):
        began = time.perf_counter()
        client.ask("GET", "/_mock/health")
        return time.perf_counter() - began

    # Reset.

    @staticmethod
    def fill(client):
        """A world that holds as much as one may: predictions and inboxes, and a full journal, some messages, rules."""
        one = {"model": "replicate/hello-world", "status": "succeeded", "input": {"text": "Alice"}, "output": "hello Alice"}
        batch = json.dumps([one] * 10_000).encode()
        for _ in range(STORED // 10_000):
            client.ask("POST", "/_mock/predictions", batch)
        rules = [{"name": f"rule-{i}", "match": {"input": {"prompt": f"never {i}"}}, "response": {"status": 500}}
                 for i in range(500)]
        client.ask("POST", "/_mock/scenarios", json.dumps({"scenarios": rules}).encode())
        for i in range(INBOX_ENTRIES):
            client.ask("POST", f"/_mock/inbox/in-{i % 100}", b'{"some":"message"}')
        for _ in range(1000):
            client.ask("GET", "/v1/predictions?limit=1")

    def reset(self):
        """From the request to its answer, on a connection that is kept."""
        times = {"empty": [], "full": []}
        with Server(self.ours(), self.cores) as server, Client(server.port) as client:
            for number in range(RESETS):
                for kind in times:
                    client.ask("PUT", "/_mock/clock", b'{"speed":1}')  # it is there
                    if kind == "full":
                        self.fill(client)
                    time.sleep(0.3)  # what is left to do of that is no part of it
                    began = time.perf_counter()
                    client.ask("POST", "/_mock/reset", b"{}")
                    times[kind].append((time.perf_counter() - began) * 1e6)
                    time.sleep(0.3)  # what it held is freed in slices
                say(f"  round {number + 1}/{RESETS} empty {times['empty'][-1]:7.0f} µs  full {times['full'][-1]:7.0f} µs")
        result = {f"{kind}_us": statistics.median(each) for kind, each in times.items()}
        met = "met" if result["full_us"] - result["empty_us"] <= RESET_US else "missed"
        print(f"\nReset of a world, median of {RESETS}: {result['empty_us']:.0f} µs of an empty one, {result['full_us']:.0f} µs "
              f"of one with {STORED} predictions, {INBOX_ENTRIES} messages in its inboxes, 500 rules and a full journal; "
              f"target {RESET_US} µs more: {met}")
        return result | {"target": RESET_US, "stored": STORED}

    # Memory.

    def memory(self):
        with Server(self.ours("--speed", SPEED), self.cores) as server, Client(server.port) as client:
            before = server.resident()
            for _ in range(STORED):
                last = client.create()
            client.until_succeeded(last)
            _, health = client.send("GET", "/_mock/health")
            held = json.loads(health).get("predictions", STORED)
            if held != STORED:
                raise DidNotRun(f"{STORED} were created, the server holds {held}")
            after = server.resident()
        each = (after - before) / STORED
        print(f"\nMemory: {each:.0f} bytes for each finished prediction ({STORED} of {len(CREATE)} bytes; "
              f"resident {before / 2**20:.1f} MiB before, {after / 2**20:.1f} MiB after); "
              f"target under {BYTES_EACH}: {'met' if each < BYTES_EACH else 'missed'}")
        return {"bytes_each": each, "resident_before": before, "resident_after": after, "stored": STORED,
                "request_bytes": len(CREATE), "target": BYTES_EACH}

    # Start.

    def start_once(self, command):
        """Seconds from exec to the first answer."""
        port = free_port()
        argv = command + ["--port", str(port)]
        began = time.perf_counter()
        deadline = began + 10
        try:
            child = os.posix_spawn(argv[0], argv, os.environ,
                                   file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
        except OSError as error:
            raise DidNotRun(f"{argv[0]}: {error.strerror}") from error
        try:
            while time.perf_counter() < deadline:
                with contextlib.closing(socket.socket()) as client:
                    if client.connect_ex(("127.0.0.1", port)) != 0:
                        continue
                    client.settimeout(10)
                    client.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                    if not client.recv(4096).startswith(b"HTTP/1.1 200"):
                        raise DidNotRun(f"{argv[0]}: the first answer is not a 200")
                    return time.perf_counter() - began
            raise DidNotRun(f"{argv[0]}: no answer within 10 s of its start")
        finally:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)

    def start(self):
        result = {"starts": STARTS, "target": START_MS}
        times = {"ours": [], "tls": [], "bare": []}
        with_tls = self.ours("--tls-port", "0", "--tls-dir", os.path.join(self.scratch, "tls"))
        self.start_once(with_tls)  # makes its certificates
        for _ in range(STARTS):
            times["ours"].append(self.start_once(self.ours()))
            times["tls"].append(self.start_once(with_tls))
            times["bare"].append(self.start_once(self.bare(600)))
        met = "met" if statistics.median(times["ours"]) * 1e3 <= START_MS else "missed"
        print(f"\nStart: from exec to the first answer, {STARTS} starts each; target {START_MS} ms by the median: {met}")
        print(f"{'':16}{'least ms':>12}{'median ms':>14}")
        for key, name in (("ours", "replicate-mock"), ("tls", "… with TLS"), ("bare", "bare")):
            least, median = min(times[key]) * 1e3, statistics.median(times[key]) * 1e3
            result[key] = {"least_ms": least, "median_ms": median}
            print(f"{name:16}{least:12.2f}{median:14.2f}")
        return result

    # Pictures.

    def files(self, client, given, count, flux=False):
        """Paths of so many output files, four a prediction; none is drawn yet."""
        path = "/v1/models/black-forest-labs/flux-schnell/predictions" if flux else "/v1/predictions"
        paths = []
        for seed in range(count // 4):
            body = {"input": {"prompt": "a lighthouse"}} if flux else json.loads(CREATE)
            body["input"].update(given, num_outputs=4, seed=seed)
            _, done = client.until_succeeded(client.ask("POST", path, json.dumps(body).encode()))
            paths += ["/delivery/" + url.partition("/delivery/")[2] for url in json.loads(done)["output"]]
        return paths

    def drawn(self, client, title, given, **more):
        """Drawn, encoded and fetched, one after another: how many a second, and how large they are."""
        paths = self.files(client, given, PICTURES, **more)
        began = time.perf_counter()
        size = sum(len(client.ask("GET", path)) for path in paths)
        rate = len(paths) / (time.perf_counter() - began)
        say(f"  {title:12} {rate:6.1f} pictures/s of {size / len(paths) / 1e3:.0f} kB")
        return {"rate": rate, "bytes_each": size / len(paths)}

    def latencies(self, client, path, while_true):
        times = []
        while while_true(len(times)):
            began = time.perf_counter()
            client.ask("GET", path)
            times.append((time.perf_counter() - began) * 1e6)
        return {"median_us": statistics.median(times), "p99_us": sorted(times)[len(times) * 99 // 100], "count": len(times)}

    def beside_fetches(self, server, client, path):
        """How soon a GET of a prediction is answered while so many wait for files, and while nobody does."""
        paths = self.files(client, {"output_format": "webp", "megapixels": "0.25", "prompt": "a storm"}, FETCHES, flux=True)
        fetches = [Client(server.port) for _ in paths]
        with contextlib.ExitStack() as stack:
            for fetch, file in zip(fetches, paths):
                stack.enter_context(fetch)
                fetch.socket.sendall(f"GET {file} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            # They are drawn in their order.
            busy = self.latencies(client, path, lambda _: not select.select([fetches[-1].socket], [], [], 0)[0])
        return {"busy": busy, "idle": self.latencies(client, path, lambda count: count < max(busy["count"], 100))}

    def pictures(self):
        with open(os.path.join(ROOT, "fixtures", "sample.png"), "rb") as file:
            sample = "data:image/png;base64," + base64.b64encode(file.read()).decode()
        with Server(self.ours("--speed", SPEED), self.cores) as server, Client(server.port) as client:
            path, _ = client.until_succeeded(client.create())
            kinds = {each: self.drawn(client, each, {"structure": each, "image": sample}) for each in STRUCTURES}
            for each in FORMATS:
                for name, megapixels in (("512", "0.25"), ("1024", "1")):
                    kinds[f"{each} {name}"] = self.drawn(client, f"{each} {name}", flux=True, given={
                        "output_format": each, "megapixels": megapixels})
            beside = self.beside_fetches(server, client, path)
            file, = self.files(client, {"output_format": "webp", "megapixels": "0.25"}, 4, flux=True)[:1]
            client.ask("GET", file)
            cached, _ = self.wrk(server, file, None)
        print(f"\nPictures, {PICTURES} of each, drawn when they are first fetched: a structure is ControlNet's, a PNG of 512 x 512 "
              "by the sample picture; a format flux-schnell's, a square")
        print(f"{'':16}{'a second':>10}{'kB':>8}")
        for name, row in kinds.items():
            print(f"{name:16}{row['rate']:10.1f}{row['bytes_each'] / 1e3:8.0f}")
        print(f"the same file again: {cached:.0f} a second")
        print(f"GET of a prediction while {FETCHES} files are waited for: median {beside['busy']['median_us']:.0f} µs, "
              f"p99 {beside['busy']['p99_us']:.0f} µs; while none is: {beside['idle']['median_us']:.0f} and "
              f"{beside['idle']['p99_us']:.0f} µs")
        return {"kinds": kinds, "cached_rate": cached, "beside": beside}

    def run(self):
        """(results, what did not run)"""
        results, failures = {}, []
        with tempfile.TemporaryDirectory() as self.scratch:
            for section in self.options.only or SECTIONS:
                say(f"{section} ...")
                try:
                    results[section] = getattr(self, section)()
                except (DidNotRun, OSError) as error:
                    failures.append(f"{section} did not run: {error}")
                sys.stdout.flush()
        return results, failures


def say(text):
    print(text, file=sys.stderr, flush=True)


def summary(rounds):
    """The kernel samples user time at ticks, some dozens a round: all rounds together are steadier."""
    count = sum(one["count"] for one in rounds)
    return {"rate": max(one["rate"] for one in rounds),
            "user_us": sum(one["user"] for one in rounds) / count,
            "user_us_least": min(one["user"] / one["count"] for one in rounds),
            "cpu_us_least": min(one["every"] / one["count"] for one in rounds)}


def text(ratio):
    return "-" if ratio is None else f"{ratio:.2f}"


def verdict(ratio, target):
    return "-" if ratio is None else "met" if ratio >= target else "missed"


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "bench"),
                        help="an optimised build's folder")
    parser.add_argument("--rounds", type=int, default=5, help="of each program (default 5)")
    parser.add_argument("--seconds", type=int, default=2, help="of each round (default 2)")
    parser.add_argument("--only", action="append", choices=SECTIONS,
                        help="this section alone; may be given again")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--ours", metavar="CMD",
                        help="another server in our place; it is given --port N behind its own")
    parser.add_argument("--static", metavar="PROGRAM", help="the bare program (default: the build's)")
    options = parser.parse_args()
    options.static = options.static or os.path.join(options.build, "tests", "static_server")
    options.curl_multi = os.path.join(options.build, "tests", "curl_multi")
    if options.rounds < 1 or options.seconds < 1:
        parser.error("--rounds and --seconds are at least 1")
    return options


def main():
    options = arguments()
    results, failures = Bench(options).run()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
            file.write("\n")
    for failure in failures:
        say(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""A log line for each request, and what becomes of lines that nobody reads."""
import contextlib
import fcntl
import json
import os
import tempfile
import time
import unittest

import ring

MEMBERS = ["time", "level", "msg", "id", "world", "operation", "method", "path", "status", "duration_ms"]
MANY = 2000  # lines are more than the pipe holds: 64 KiB


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


class Lines(unittest.TestCase):
    def test_json(self):
        with ring.Server("--log-format", "json") as server:
            prediction = server.create()
            stream = prediction["urls"]["stream"].partition(str(server.port))[2]
            with server.wire() as wire:
                wire.send(ring.head("GET", stream, {"Connection": "close"}, auth=False))
                server.finished(prediction)
                self.assertIn(b"event: done", wire.rest())  # and so it has ended before the others below
            server.get("/v1/no/such?secret=hidden")
            server.get("/v1/account", headers={})
            server.get("/v1/" + "x" * 5000)
            journal = server.get("/_mock/requests?limit=1000", headers={}).json()
            log = server.log()
        requests = [line for line in lines(log) if line["msg"] == "request"]
        self.assertEqual(len(requests), journal["count"])
        self.assertEqual([line["id"] for line in requests], [one["id"] for one in journal["results"]][::-1])
        for line, one in zip(requests, journal["results"][::-1]):
            self.assertEqual(list(line), MEMBERS)
            self.assertEqual(line["level"], "info")
            for name in ("world", "operation", "method", "status", "duration_ms"):
                self.assertEqual(line[name], one[name])
        self.assertEqual({line["operation"] for line in requests},
                         {"predictions.create", "predictions.get", "streams.get", "account.get", None})
        for hidden in ("r8_ring", "hidden", stream.rpartition("/")[2], "x" * 100, "turtle"):
            self.assertNotIn(hidden, log)
        self.assertLess(max(map(len, log.splitlines())), 4096)

    def test_methods_that_are_none(self):
        """What stands in a line is short and plain, whatever was sent: a terminal shows it, and a pipe takes it at once."""
        for format in ("json", "text"):
            with ring.Server("--log-format", format, "--log-level", "debug") as server:
                for method in ("A" * 9000, "G\xffET\x1b[31m"):
                    with server.wire() as wire:
                        wire.send(ring.head(method, "/v1/account"))
                        self.assertEqual(wire.answer().status, 405)
                log = server.log()
            self.assertIn("A" * 60 + "...", log)
            self.assertIn("G?ET?[31m", log)
            self.assertNotIn("\ufffd", log)
            self.assertLess(max(map(len, log.splitlines())), 512)

    def test_text(self):
        with ring.Server() as server:
            server.create()
            self.assertNotIn("request", server.log())
        with ring.Server("--log-level", "debug") as server:
            server.create()
            ring.until(lambda: " debug request id=" in server.log(), "the line")
            self.assertRegex(server.log(), r" operation=predictions\.create method=POST path=/v1/predictions status=201 "
                             r"duration_ms=\d+\n")
            rule = {"name": "evil\nline\x1b[31m", "match": {"operation": "hardware.list"}, "response": {"status": 503}}
            server.ask("POST", "/_mock/scenarios", body=json.dumps(rule).encode(),
                       headers={**ring.AUTH, "Content-Type": "application/json"})
            server.get("/v1/hardware")
            ring.until(lambda: "evil" in server.log(), "the line")
            self.assertIn(": rule evil?line?[31m hits hardware.list\n", server.log())


class Pipe:
    """The server with a pipe in the place of stderr, that nobody reads until `read`."""

    def __init__(self, *args):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "log")
        os.mkfifo(path)
        self.file = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        with contextlib.suppress(PermissionError):  # who has many has small ones anyway
            fcntl.fcntl(self.file, fcntl.F_SETPIPE_SZ, 1 << 16)
        self.server = ring.Server(*args, command=["sh", "-c", f'exec "$0" "$@" 2>{path}', ring.BINARY])

    def read(self):
        parts = []
        try:
            while True:
                parts.append(os.read(self.file, 1 << 16))
        except BlockingIOError:
            return b"".join(parts).decode()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.server.__exit__(*what)
        os.close(self.file)
        self.folder.cleanup()


class NobodyReads(unittest.TestCase):
    @ring.patient
    def test_the_loop_goes_on(self):
        with Pipe("--log-format", "json") as pipe:
            begin = time.monotonic()
            with pipe.server.wire() as wire:
                for _ in range(MANY):
                    wire.send(ring.head("GET", "/v1/account"))
                    self.assertEqual(wire.answer().status, 200)
            ring.in_time(begin, 10, f"{MANY} requests")
            before = lines(pipe.read())  # whole lines, each of them
            self.assertTrue(0 < len(before) < MANY, len(before))
            pipe.server.get("/v1/hardware")
            after = lines(pipe.read())
            self.assertEqual([line["msg"] for line in after],
                             [f"{MANY - len(before)} lines were dropped: nobody has read stderr meanwhile", "request"])
            self.assertEqual([line["level"] for line in after], ["warn", "info"])
            self.assertEqual(after[1]["operation"], "hardware.list")
            pipe.server.get("/v1/hardware")
            self.assertEqual([line["msg"] for line in lines(pipe.read())], ["request"])


if __name__ == "__main__":
    unittest.main()

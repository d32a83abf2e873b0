#!/usr/bin/env python3
"""The stress test: two hundred worlds at once on one server, each with a script of its own, and what must hold of all
their answers held against them (world.py, ledger.py). Then what acts on the whole server, and at the end nothing is left.

Usage: run.py BINARY [--judge=DESCRIBED]

STRESS_SECONDS (30), STRESS_WORLDS (200), and STRESS_SEED, which a failure names: the same seed draws the same scripts,
though no two runs mix them in the same order. DESCRIBED holds what was answered against our own description of the API.
"""
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "ring")]
import ring  # noqa: E402
from ledger import SECONDS, Fault, Ledger, must  # noqa: E402
from wire import Dropped, Unread, Wire  # noqa: E402
from world import CONTROLNET, SECRET, World  # noqa: E402

NOTHING_LEFT = 64 * 1024  # bytes by the server's own gauge
DRAWN_AT_ONCE = 3
FILES_KEPT = 80  # both ends of the connections to its own inbox that libcurl keeps


def number(metrics, name):
    """The value of a sample in the text of /_mock/metrics."""
    for line in metrics.decode().split("\n"):
        if line.startswith(f"replicate_mock_{name} "):
            return float(line.rpartition(" ")[2])
    raise Fault(f"{name} does not stand in the metrics")


class Whole:
    """A client without a token: what he asks is about the whole server."""

    def __init__(self, port, ledger, worlds):
        self.wire, self.ledger = Wire(port), ledger
        self.names = {world.name: world.mark.encode() for world in worlds}

    async def ask(self, method, target, body=None, status=200, patience=0):
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = await self.wire.ask(method, target, headers, body and json.dumps(body).encode())
        must(answer.status == status, method, target, answer)
        must(answer.took < SECONDS + patience, method, target, "took", answer.took)
        return answer

    async def read(self, target):
        return (await self.ask("GET", target)).json()

    async def read_on(self):
        """Reads whatever tells of all worlds, for as long as they live."""
        while True:
            for target in ("/_mock/requests?limit=50", "/_mock/webhooks?limit=50", "/_mock/predictions?limit=50"):
                self.ledger.look_at_all(self.names, target, (await self.read(target))["results"])
            await self.ask("GET", "/_mock/metrics")
            must((await self.read("/_mock/health"))["status"] == "ok", "health")
            await asyncio.sleep(0.2)

    async def clean(self):
        """A reset of all; the memory of what was there comes back in slices."""
        await self.ask("POST", "/_mock/reset", {})
        health = await self.read("/_mock/health")
        must((health["worlds"], health["predictions"]) == (0, 0), health)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            metrics = (await self.ask("GET", "/_mock/metrics")).body
            left = {name: number(metrics, name) for name in ("memory_used_bytes", "webhooks_pending", "waits", "streams")}
            if left.pop("memory_used_bytes") <= NOTHING_LEFT and not any(left.values()):
                return
            await asyncio.sleep(0.05)
        raise Fault(f"after the reset of all there is left: {metrics.decode()}")


async def act_on_all(whole, worlds):
    """What acts on every world, while none of them has a script of its own."""
    for world in worlds:
        world.begin([])
    await whole.clean()
    rule = {"name": "for-all", "match": {"input": {"prompt": {"contains": "for all"}}}, "times": 1,
            "prediction": {"status": "failed", "error": "of all"}}
    await whole.ask("POST", "/_mock/scenarios", rule, 201)
    await whole.ask("PUT", "/_mock/clock", {"mode": "manual"})
    for world in worlds:
        for _ in range(2):
            await world.ask("POST", "/v1/predictions", {"version": CONTROLNET, "input": {
                "prompt": f"{world.mark} for all", "image": "https://example.com/a.png", "structure": "canny"}}, (201,))
    shown = (await whole.ask("POST", "/_mock/clock/advance", {"by": "10s"}, patience=60)).json()
    fired = len(shown["fired"]) + shown.get("more", 0)
    must(fired == 4 * len(worlds), fired, "timers fired, not", 4 * len(worlds))
    must([one["hits"] for one in (await whole.read("/_mock/scenarios"))["results"]] == [len(worlds)], "hits of all")
    for world in worlds:
        held = (await world.get("/v1/predictions"))["results"]
        must([one["status"] for one in held] == ["succeeded", "failed"], world.mark, held)
        must((await world.get("/_mock/requests"))["count"] == 3, world.mark)
    must((await whole.read("/_mock/requests?limit=1"))["count"] == 3 * len(worlds), "requests of all")


async def stress(server, seconds, count, seed):
    ledger = Ledger()
    drawing = asyncio.Semaphore(DRAWN_AT_ONCE)
    unread = Unread(server.port)
    worlds = [World(i, seed, server.port, ledger, drawing, unread) for i in range(count)]
    whole = Whole(server.port, ledger, worlds)
    until = asyncio.get_running_loop().time() + seconds
    reading = asyncio.ensure_future(whole.read_on())
    living = asyncio.gather(*(world.live(until) for world in worlds))
    try:
        done, _ = await asyncio.wait([reading, living], return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            one.result()  # or what went wrong
    finally:
        reading.cancel()
        living.cancel()
        await asyncio.gather(reading, living, return_exceptions=True)
        whole.wire.close()
    await act_on_all(whole, worlds)
    await whole.clean()
    for client in (whole, *worlds):
        client.wire.close()
    return ledger, worlds


def run(seconds, count, seed):
    ring.need_files(unittest.TestCase(), 10 * count + 200)
    with ring.Server("--webhook-secret", SECRET, "--speed", "20", "--log-level", "error") as server:
        try:
            ledger, worlds = asyncio.run(stress(server, seconds, count, seed))
        except BaseException:
            sys.stderr.write(server.log()[-6000:])
            raise
        # The memory of threads and libraries apart: what was opened for clients and receivers is closed.
        ring.until(lambda: server.open_files() <= server.idle_files + FILES_KEPT,
                   f"open files are {server.idle_files} again")
        must(server.health()["status"] == "ok", "it is not alive")
    asked = sum(ledger.asked.values())
    print(f"stress: {count} worlds, {sum(world.episodes for world in worlds)} episodes, {asked} answers, the slowest in "
          f"{ledger.slowest[0]:.2f} s ({ledger.slowest[1]}); {len(ledger.owners)} names seen, each in one world")


def main(args):
    if not args or not os.access(args[0], os.X_OK):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    judge = next((arg.partition("=")[2] for arg in args if arg.startswith("--judge=")), None)
    seconds, count = (int(os.environ.get(name, default)) for name, default in (("STRESS_SECONDS", 30), ("STRESS_WORLDS", 200)))
    seed = int(os.environ.get("STRESS_SEED", random.getrandbits(32)))
    ring.BINARY = os.path.abspath(args[0])
    with tempfile.TemporaryDirectory() as folder:
        if judge:
            os.environ["RECORDS"] = os.path.join(folder, "records")
        try:
            run(seconds, count, seed)
        except (AssertionError, Dropped) as error:
            print(f"stress: STRESS_SEED={seed}: {type(error).__name__}: {error}", file=sys.stderr)
            return 1
        return subprocess.run([judge, os.environ["RECORDS"]], check=False).returncode if judge else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

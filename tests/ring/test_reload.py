"""SIGHUP: serve reads its --scenario files again, all of them or none."""
import contextlib
import json
import os
import pty
import signal
import subprocess
import tempfile
import unittest

import ring


def rule(name, status, **more):
    return {"name": name, "match": {"operation": "predictions.list"}, "response": {"status": status}, **more}


class Reload(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.paths = [os.path.join(folder.name, name) for name in ("a.json", "b.json")]
        self.write([rule("a", 500)])
        self.write([], 1)

    def write(self, rules, index=0):
        text = rules if isinstance(rules, str) else json.dumps({"scenarios": rules})
        with open(self.paths[index], "w", encoding="utf-8") as file:
            file.write(text)

    def server(self, *args, **options):
        return ring.Server("--scenario", self.paths[0], "--scenario", self.paths[1], *args, **options)

    def hang_up(self, server, said):
        """Sends SIGHUP and waits for the line that it ends with; what was logged since."""
        before = len(server.log())
        server.signal(signal.SIGHUP)
        ring.until(lambda: said in server.log()[before:], said)
        return server.log()[before:]

    def list(self, server):
        return server.get("/v1/predictions").status

    def rules(self, server, headers=ring.AUTH):
        rules = server.get("/_mock/scenarios", headers=headers).json()["results"]
        return {one["name"]: one["hits"] for one in rules}

    def test_the_new_ones_take_the_place_of_the_old(self):
        with self.server() as server:
            self.assertEqual(self.list(server), 500)
            self.write([rule("b", 503)])
            self.assertIn("read again: 1 rules, 0 of them as they were", self.hang_up(server, "read again"))
            self.assertEqual(self.list(server), 503)
            self.assertEqual(self.rules(server), {"b": 1})
            self.write([])
            self.hang_up(server, "read again: 0 rules")
            self.assertEqual(self.list(server), 200)

    def test_what_has_not_changed_keeps_its_counters(self):
        self.write([rule("a", 500, times=1), rule("b", 501)])
        with self.server() as server:
            self.assertEqual([self.list(server), self.list(server)], [500, 501])
            self.write([rule("new", 502, times=1), rule("a", 500, times=1), rule("b", 503)])
            self.hang_up(server, "read again: 3 rules, 1 of them as they were")
            self.assertEqual(self.rules(server), {"b": 0, "a": 1, "new": 0})
            self.assertEqual([self.list(server), self.list(server)], [502, 503])

    def test_a_fault_changes_nothing(self):
        with self.server() as server:
            self.write([rule("b", 503)])
            self.write([{"respons": 1, "match": {"op": 1}}], 1)
            log = self.hang_up(server, "the rules stay as they were")
            self.assertIn(f"error --scenario: {self.paths[1]}: scenarios[0].respons: no such member", log)
            self.assertIn(f"error --scenario: {self.paths[1]}: scenarios[0].match.op: no such member", log)
            self.assertEqual((self.list(server), self.rules(server)), (500, {"a": 1}))
            self.write("{", 1)
            self.assertIn(f"{self.paths[1]}: line 1, column 2: ", self.hang_up(server, "stay as they were"))
            os.remove(self.paths[1])
            self.assertIn(f"{self.paths[1]}: No such file", self.hang_up(server, "stay as they were"))
            os.mkfifo(self.paths[1])  # nobody writes: who reads it waits for ever
            self.assertIn(f"{self.paths[1]}: not a file", self.hang_up(server, "stay as they were"))
            self.assertEqual(self.list(server), 500)
            os.remove(self.paths[1])
            self.write([], 1)
            self.hang_up(server, "read again: 1 rules")
            self.assertEqual(self.list(server), 503)

    def test_posted_rules_and_whoever_waits_stay(self):
        with self.server("--predict", "10m") as server, server.wire() as wire:
            posted = json.dumps({"name": "posted", "match": {"input": {"seed": 1}}, "response": {"status": 500}}).encode()
            server.ask("POST", "/_mock/scenarios", posted, {**ring.AUTH, "Content-Type": "application/json"})
            wire.send(ring.post(headers={"Prefer": "wait=60"}))
            ring.until(lambda: server.health()["predictions"] == 1)
            self.write([rule("b", 503)])
            self.hang_up(server, "read again")
            self.assertEqual(self.rules(server), {"posted": 0, "b": 0})
            self.assertFalse(wire.has_answer())
            server.signal(signal.SIGTERM)
            self.assertEqual(wire.answer().status, 202)

    def test_without_files(self):
        with ring.Server() as server:
            self.hang_up(server, "nothing to read again without --scenario")
            server.health()

    def test_a_storm_leaves_room_for_the_end(self):
        with self.server() as server:
            for _ in range(20000):
                server.signal(signal.SIGHUP)
            self.hang_up(server, "read again: 1 rules")
        # and SIGTERM has ended it

    def test_nohup_stays_nohup(self):
        with self.server(command=["nohup", ring.BINARY]) as server:
            server.signal(signal.SIGHUP)
            server.health()
            self.assertNotIn("--scenario", server.log())

    def test_without_its_terminal_it_ends(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(["setsid", "--ctty", ring.BINARY, "--port", "0", "--scenario", self.paths[0]],
                                   env=ring.environment(), stdin=theirs, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        os.close(theirs)
        with process:
            self.assertRegex(process.stdout.readline().decode(), ring.READY)
            process.send_signal(signal.SIGHUP)  # from somebody, while the terminal is there
            ring.until(lambda: b"read again" in process.stderr.readline())
            os.close(ours)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(ring.LONG)
            code = process.poll()
            process.kill()
            self.assertEqual(code, 0)


if __name__ == "__main__":
    unittest.main()

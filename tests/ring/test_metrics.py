"""GET /_mock/metrics against the grammar of Prometheus' text format 0.0.4, line by line."""
import json
import re
import unittest

import ring

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
HELP = re.compile(rf"# HELP ({NAME}) (?:[^\\\n]|\\[\\n])+")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge)")
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\d+(?:\.\d+)?)")


def read(test, text):
    """{(name, labels): value} of a page, each line of which is as it may be."""
    samples, types, family, closed = {}, {}, None, set()
    test.assertTrue(text.endswith("\n"))
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name = HELP.fullmatch(line).group(1)
            test.assertNotIn(name, closed, "one family in two places")
            closed.add(name)
            family = name
        elif line.startswith("#"):
            name, kind = TYPE.fullmatch(line).groups()
            test.assertEqual(name, family, "TYPE goes with HELP, before the samples")
            test.assertEqual(kind == "counter", name.endswith("_total"), name)
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            test.assertTrue(match, line)
            name, labels, value = match.groups()
            test.assertEqual(name, family)
            test.assertIn(name, types)
            test.assertNotIn((name, labels), samples, "a sample stands there once")
            test.assertTrue(name.startswith("replicate_mock_"), name)
            samples[name, labels] = float(value)
    return samples


class Metrics(ring.RingCase):
    def scrape(self):
        answer = self.server.get("/_mock/metrics", headers={}, host="prometheus.example")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        return read(self, answer.body.decode())

    def test_grammar(self):
        self.server.ask("POST", "/v1/predictions", ring.CREATE)
        self.server.get("/v1/nothing")
        samples = self.scrape()
        self.assertGreaterEqual(
            samples["replicate_mock_requests_total", 'operation="predictions.create",status="201"'], 1)
        self.assertEqual(samples["replicate_mock_requests_total", 'operation="unknown",status="404"'], 1)
        self.assertEqual(samples["replicate_mock_connections", 'door="https"'], 0)
        self.assertGreater(samples["replicate_mock_uptime_seconds", None], 0)

    def test_counters_never_go_back(self):
        self.server.ask("POST", "/v1/predictions", ring.CREATE)
        before = self.scrape()
        self.server.ask("POST", "/_mock/reset", b"{}", headers={"Content-Type": "application/json"})
        after = self.scrape()
        for (name, labels), value in before.items():
            if name.endswith("_total"):
                self.assertGreaterEqual(after[name, labels], value, name)

    def test_a_client_that_left(self):
        """Who has gone before the answer is counted, and is not open any more."""
        with self.server.wire() as wire:
            wire.send(ring.head("POST", "/v1/predictions",
                                {**ring.AUTH, "Prefer": "wait", "Content-Length": len(ring.CREATE)}) + ring.CREATE)
            ring.until(lambda: self.scrape()["replicate_mock_waits", None] == 1)
        key = "replicate_mock_requests_total", 'operation="predictions.create",status="none"'
        ring.until(lambda: self.scrape().get(key) == 1)
        self.assertEqual(self.scrape()["replicate_mock_waits", None], 0)


class Fill(ring.RingCase):
    args = ("--retention", "0")

    def test_ten_thousand(self):
        """As many as one call may have; the list of the API pages through them."""
        past = [{"model": "replicate/hello-world", "status": "succeeded", "output": n} for n in range(10000)]
        answer = self.server.ask("POST", "/_mock/predictions", json.dumps(past).encode(),
                                 headers={**ring.AUTH, "Content-Type": "application/json"})
        self.assertEqual(answer.status, 201, answer.body[:300])
        self.assertEqual(len(set(answer.json()["ids"])), 10000)
        page = self.server.get("/v1/predictions").json()
        self.assertEqual([item["output"] for item in page["results"]], list(range(9999, 9899, -1)))


if __name__ == "__main__":
    unittest.main()

"""--scenario, --rate-limit and check: files of rules, and what clients meet because of them."""
import contextlib
import glob
import http.client
import json
import os
import signal
import tempfile
import time
import unittest
import urllib.request

import ring

SAMPLES = os.path.join(ring.ROOT, "fixtures", "scenarios")
LIST = {"operation": "predictions.list"}


def sample(name):
    return os.path.join(SAMPLES, name)


def prompt(text):
    body = json.loads(ring.CREATE)
    body["input"]["prompt"] = text
    return json.dumps(body).encode()


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def check(self, *paths):
        result = ring.run("check", *paths)
        self.assertIsNone(ring.REPORT.search(result.stderr), result.stderr)
        return result.returncode, result.stdout

    def test_the_samples_are_right(self):
        files = glob.glob(os.path.join(SAMPLES, "*.json")) + [os.path.join(ring.ROOT, "fixtures", "magic.json")]
        self.assertGreaterEqual(len(files), 8)
        self.assertEqual(self.check(*files), (0, ""))

    def test_what_is_wrong_says_where(self):
        for text, line in (
                ({"scenarios": [{"match": LIST, "response": {"stat": 500}}]},
                 "scenarios[0].response.stat: no such member; known are: status, headers, body, delay, drop"),
                ({"match": {"op": "x"}, "response": {"status": 500}},
                 "match.op: no such member; known are: operation, model, input"),
                ({"scenarios": [{"match": {"operation": "prediction.list"}, "response": {"status": 500}}]},
                 'scenarios[0].match.operation: "prediction.list" matches no operation (is predictions.list meant?); '
                 "/openapi.json has their names, as operationId"),
                ({"scenarios": [{"prediction": {"status": "failed", "cause": "x"}}]},
                 "scenarios[0].prediction.cause: no such member; known are: boot, predict, status, error, logs, output"),
                ({"scenarios": [{"prediction": {"status": "canceled", "error": "x"}}]},
                 "scenarios[0].prediction.error: belongs to the status failed"),
                ({"scenarios": [{"stream": {"cut_after": -3}}]},
                 "scenarios[0].stream.cut_after: takes after how many events the stream breaks, from 0 to 10000"),
                ('{"scenarios": [\n {"times": 1, "times": 2}]}', None)):
            path = self.file("s.json", text)
            code, said = self.check(path)
            self.assertEqual((code, said.count("\n")), (1, 1), said)
            self.assertTrue(said.startswith(path + ": "), said)
            if line:
                self.assertEqual(said, f"{path}: {line}\n")

    def test_what_is_meant_for_rules_is_read_as_rules(self):
        rule = {"response": {"status": 500}}
        for text, line in (
                ([rule], 'takes {"scenarios": [rule, …]} or one rule, not array'),
                ({"rules": [rule]}, "rules: no such member; a list of rules is called `scenarios`"),
                ({"skip": 1, "times": 1}, "a rule says what happens: it needs a prediction, response, webhook or stream"),
                ({**rule, "a\nb\x7f": 1}, r"a\x0ab\x7f: no such member; known are: name, match, skip, times, response, "
                 "prediction, webhook, stream")):
            path = self.file("s.json", text)
            self.assertEqual(self.check(path), (1, f"{path}: {line}\n"))
        self.assertEqual(self.check(self.file("s.json", {"prediction": {"status": "failed"}})), (0, ""))

    def test_scenarios_and_models_in_one_call(self):
        model = self.file("m.json", {"owner": "a"})
        rules = self.file("s.json", {"scenarios": [1]})
        code, said = self.check(model, sample("billing.json"), rules)
        self.assertEqual(code, 1)
        self.assertEqual([line.split(": ")[:2] for line in said.splitlines()], [[model, "name"], [rules, "scenarios[0]"]])

    def test_not_served_if_wrong(self):
        for path in (self.file("s.json", {"scenarios": [{}]}), self.file("t.json", "{"), self.file("u.json", ""),
                     os.path.join(self.folder, "none.json"), self.folder):
            result = ring.run("--port", "0", "--scenario", path)
            self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (2, "", 1), result)
            self.assertIn(f"--scenario: {path}: ", result.stderr)


@ring.patient
class Served(unittest.TestCase):
    def test_the_samples(self):
        with ring.Server("--scenario", sample("billing.json"), "--scenario", sample("rate-limited.json")) as server:
            answer = server.ask("POST", "/v1/predictions", body=prompt("no billing"))
            self.assertEqual((answer.status, answer.json()["title"]), (402, "Billing required"))
            answer = server.ask("POST", "/v1/predictions", body=prompt("no credit"))
            self.assertEqual((answer.status, answer.json()["title"]), (402, "Insufficient credit"))
            statuses = [server.ask("POST", "/v1/predictions", body=ring.CREATE).status for _ in range(8)]
            self.assertEqual(statuses, [429] * 6 + [201] * 2)
            rules = server.get("/_mock/scenarios").json()["results"]
            self.assertEqual([(rule["name"], rule["hits"]) for rule in rules],
                             [("throttled-for-six-requests", 6), ("no-credit", 1), ("no-billing", 1)])

    def test_predictions_as_the_samples_have_them(self):
        files = [sample(name + ".json") for name in ("nsfw", "out-of-memory", "flaky-model")]
        options = [option for file in files for option in ("--scenario", file)]
        with ring.Server("--speed", "1000", "--retention", "0", *options) as server:
            ends = [self.run_one(server, text) for text in
                    ("a nude", "a nude", "a turtle", "a turtle", "a turtle", "a turtle", "mock:fail", "mock:nsfw")]
            self.assertEqual([end["status"] for end in ends],
                             ["failed", "succeeded", "failed", "failed", "canceled", "succeeded", "failed", "failed"])
            self.assertEqual(ends[0]["error"], ends[7]["error"])
            self.assertEqual(ends[0]["logs"].count("\n"), 2)
            self.assertEqual(ends[2]["error"], ends[6]["error"])
            self.assertEqual((ends[0]["output"], ends[0]["metrics"]["predict_time"]), (None, 2))

    def run_one(self, server, text):
        """As it has ended."""
        made = server.ask("POST", "/v1/predictions", body=prompt(text)).json()["id"]
        server.get(f"/_mock/wait?prediction={made}&status=terminal")
        return server.get(f"/v1/predictions/{made}").json()

    def test_by_the_environment(self):
        files = sample("billing.json") + "," + sample("rate-limited.json")
        with ring.Server(env={"REPLICATE_MOCK_SCENARIO": files, "REPLICATE_MOCK_RATE_LIMIT": "1/min"}) as server:
            statuses = [server.ask("POST", "/v1/predictions", body=ring.CREATE).status for _ in range(8)]
            self.assertEqual(statuses, [429] * 6 + [201, 429])

    def test_drops_as_a_client_sees_them(self):
        with ring.Server("--scenario", sample("flaky.json"), "--speed", "20") as server:
            prediction = server.ask("POST", "/v1/predictions", body=ring.CREATE).json()["id"]
            self.assertEqual(self.poll(server, prediction), 503)
            with self.assertRaises(http.client.RemoteDisconnected):
                self.poll(server, prediction)
            with self.assertRaises(http.client.IncompleteRead):
                self.poll(server, prediction)
            begin = time.monotonic()
            self.assertEqual(self.poll(server, prediction), 200)
            self.assertGreaterEqual(time.monotonic() - begin, 0.1)  # 2 s at twenty times the pace
            self.assertEqual(self.poll(server, prediction), 200)

    def test_a_file_breaks_off(self):
        with ring.Server("--scenario", sample("streams.json"), "--speed", "100") as server:
            made = server.finished(server.create(ring.CREATE))
            url = made["output"][0]
            with self.assertRaises(http.client.IncompleteRead) as caught:
                urllib.request.urlopen(url, timeout=ring.LONG).read()
            whole = urllib.request.urlopen(url, timeout=ring.LONG).read()
            half = caught.exception.partial
            self.assertEqual((len(half), half), (len(whole) // 2, whole[:len(half)]))

    def test_many_rules_and_a_large_body_hold_nobody_up(self):
        """Each rule looks at the input: the body is read once, and a budget bounds the rest."""
        rules = {"scenarios": [{"match": {"input": {"text": matcher, "k": 1}}, "response": {"status": 500}}
                               for matcher in [{"contains": "b"}, {"matches": "b"}, {"gt": 1}, [1]] for _ in range(250)]}
        head = {**ring.AUTH, "Content-Type": "application/json"}
        large = {"no JSON": '"' + "x" * 8_000_000, "text": '"' + "x" * 8_000_000 + '"}}',
                 "number": "1." + "0" * 8_000_000 + "1}}", "array": "[1" + ",1" * 90_000 + "]}}",
                 "object": '{"a":1' + "".join(f',"k{n}":1' for n in range(9_000)) + "}}}"}
        with ring.Server() as server:
            self.assertEqual(server.ask("POST", "/_mock/scenarios", body=json.dumps(rules).encode(),
                                        headers=head).status, 201)
            for what, body in large.items():
                begin = time.monotonic()
                answer = server.ask("POST", "/v1/predictions", headers=head,
                                    body=f'{{"version":"hidden","input":{{"text":{body}'.encode())
                self.assertIn(answer.status, (400, 422), what)
                ring.in_time(begin, 5, what)

    def poll(self, server, prediction):
        with contextlib.closing(http.client.HTTPConnection(*server.address[:2], timeout=ring.LONG)) as connection:
            connection.request("GET", f"/v1/predictions/{prediction}", headers=ring.AUTH)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def test_a_stopping_server_does_not_wait_for_a_delay(self):
        rule = json.dumps({"match": LIST, "response": {"delay": "1h"}}).encode()
        with ring.Server() as server:
            answer = server.ask("POST", "/_mock/scenarios", body=rule,
                                headers={**ring.AUTH, "Content-Type": "application/json"})
            self.assertEqual(answer.json(), {"names": ["rule-1"]})
            with contextlib.closing(http.client.HTTPConnection(*server.address[:2], timeout=ring.LONG)) as connection:
                connection.request("GET", "/v1/predictions", headers=ring.AUTH)
                ring.until(lambda: server.get("/_mock/scenarios").json()["results"][0]["hits"], "it has been hit")
                server.signal(signal.SIGTERM)
                self.assertEqual(connection.getresponse().status, 200)

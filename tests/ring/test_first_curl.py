"""What somebody does first: curl, the recorded ControlNet request, the picture. And whose prediction it
is."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import ring

REQUEST = os.path.join(ring.ROOT, "fixtures/controlnet-request.json")
NO_TOKEN = (b'{"title":"Unauthenticated","detail":"You did not pass an authentication token","status":401}\n')
BAD_TOKEN = (
    b'{"title":"Unauthenticated","detail":"You did not pass a valid authentication token","status":401}\n')


def curl(*args):
    """Standard output; curl's own failures and HTTP errors are failures."""
    # -q: no ~/.curlrc. A proxy of the developer's shell must not see loopback.
    result = subprocess.run(["curl", "-q", "-sS", "--noproxy", "*", "--max-time", str(ring.LONG), *args],
                            capture_output=True, timeout=2 * ring.LONG, check=False)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class Curl(unittest.TestCase):
    def follow(self, server, *auth):
        """Create, poll, fetch, as docs/quick-start.md says it."""
        api = f"http://127.0.0.1:{server.port}/v1/predictions"
        # -d sends application/x-www-form-urlencoded, as in the documentation's own examples.
        created = json.loads(curl("--fail", *auth, "-d", f"@{REQUEST}", api))
        self.assertEqual((created["status"], created["output"], created["error"]), ("starting", None, None))
        self.assertEqual(created["urls"]["get"], f"{api}/{created['id']}")
        with open(REQUEST, encoding="utf-8") as file:
            self.assertEqual(created["input"], json.load(file)["input"])
        seen = set()

        def ended():
            now = json.loads(curl("--fail", *auth, created["urls"]["get"]))
            seen.add(now["status"])
            return now if now["status"] not in ("starting", "processing") else None

        done = ring.until(ended, "the prediction ends")
        self.assertEqual(done["status"], "succeeded")
        self.assertLessEqual(seen, {"starting", "processing", "succeeded"})
        self.assertEqual(len(done["output"]), 1)
        width, height = ring.png_size(curl("--fail", done["output"][0]))
        # ControlNet makes the smaller side image_resolution, and both multiples of 64.
        self.assertEqual((min(width, height), width % 64, height % 64), (512, 0, 0))
        listed = json.loads(curl("--fail", *auth, api))
        self.assertEqual([one["id"] for one in listed["results"]], [created["id"]])
        return created

    def test_the_first_minute(self):
        with ring.Server(*ring.SOON) as server:
            created = self.follow(server, "-H", "Authorization: Token r8_any")
            again = json.loads(
                curl("--fail", "-X", "POST", "-H", "Authorization: Token r8_any", created["urls"]["cancel"]))
            self.assertEqual(again["status"], "succeeded", "cancel of a finished one changes nothing")

    def test_without_authorization(self):
        with ring.Server(*ring.SOON, "--auth", "none") as server:
            self.follow(server)

    def test_wait(self):
        with ring.Server(*ring.SOON) as server:
            answer = json.loads(
                curl("--fail", "-H", "Authorization: Bearer r8_any", "-H", "Prefer: wait", "-d",
                     f"@{REQUEST}", f"http://127.0.0.1:{server.port}/v1/predictions"))
            self.assertIn(answer["status"], ("processing", "succeeded"))
            ring.png_size(curl("--fail", answer["output"][0]))

    def test_a_large_body(self):
        """Above 1 MB curl asks first: Expect: 100-continue."""
        body = json.dumps(
            {"version": ring.VERSION, "input": {"prompt": "p", "structure": "hed", "image": "data:text/plain," + "x" * 3000000}})
        with tempfile.NamedTemporaryFile("w") as file, ring.Server(*ring.SOON) as server:
            file.write(body)
            file.flush()
            url = f"http://127.0.0.1:{server.port}/v1/predictions"
            auth = ["-H", "Authorization: Bearer r8_any"]
            # It would go on without an answer, after a second: here it fails first.
            ask = ["--expect100-timeout", str(2 * ring.LONG)]
            status = ["-o", "/dev/null", "-w", "%{http_code}", "-d", f"@{file.name}"]
            self.assertEqual(curl(*auth, *ask, *status, url), b"201")
            self.assertEqual(curl(*ask, *status, url), b"401")

    def test_another_method_and_head(self):
        with ring.Server() as server:
            url = f"http://127.0.0.1:{server.port}/v1/predictions"
            self.assertIn(b"HTTP/1.1 200 ", curl("--head", "-H", "Authorization: Bearer r8_any", url))
            self.assertIn(b"HTTP/1.1 405 ", curl("-i", "-X", "DELETE", url))


class Tokens(ring.RingCase):
    args = ("--clock", "manual")

    def status(self, authorization):
        headers = {} if authorization is None else {"Authorization": authorization}
        return self.server.get("/v1/predictions", headers=headers)

    def test_schemes(self):
        for value in ("Bearer t", "bearer t", "BEARER t", "Token t", "token t", "tOkEn t", "Bearer  t"):
            with self.subTest(value=value):
                self.assertEqual(self.status(value).status, 200)

    def test_no_token(self):
        for value in (None, "", "Basic dTpw", "Bearer", "Bearer ", "t", "Bearert"):
            with self.subTest(value=value):
                answer = self.status(value)
                self.assertEqual((answer.status, answer.body), (401, NO_TOKEN))
                self.assertIn("json", answer.headers["content-type"])

    def test_a_wrong_token(self):
        with ring.Server("--token", "good") as server:
            answer = server.get("/v1/predictions", headers={"Authorization": "Bearer bad"})
            self.assertEqual((answer.status, answer.body), (401, BAD_TOKEN))
            answer = server.get("/v1/predictions", headers={})
            self.assertEqual((answer.status, answer.body), (401, NO_TOKEN))
            for value in ("Bearer good", "Token good"):
                self.assertEqual(server.get("/v1/predictions", headers={"Authorization": value}).status, 200)

    def test_a_scheme_does_not_make_a_world(self):
        made = self.server.create(headers={"Authorization": "Bearer same"})
        answer = self.server.get(f"/v1/predictions/{made['id']}", headers={"Authorization": "token same"})
        self.assertEqual(answer.status, 200)

    def test_another_tokens_prediction(self):
        mine, other = {"Authorization": "Bearer mine"}, {"Authorization": "Bearer other"}
        path = f"/v1/predictions/{self.server.create(headers=mine)['id']}"
        absent = self.server.get("/v1/predictions/abcdefghijklmnopqrstuvwxyz", headers=other)
        self.assertEqual(absent.status, 404)
        # The same bytes as for one that never was: nothing tells that it exists.
        self.assertEqual(self.server.get(path, headers=other).body, absent.body)
        self.assertEqual(self.server.ask("POST", f"{path}/cancel", headers=other).status, 404)
        self.assertEqual(self.server.get("/v1/predictions", headers=other).json()["results"], [])
        self.assertEqual(self.server.get(path, headers=mine).json()["status"], "starting")

    def test_auth_none_with_and_without_a_token(self):
        with ring.Server("--auth", "none") as server:
            bare = server.create(headers={})
            self.assertEqual(server.get(f"/v1/predictions/{bare['id']}", headers=ring.AUTH).status, 404)
            for headers in ({}, {"Authorization": "Bearer none"}):
                self.assertEqual(server.get(f"/v1/predictions/{bare['id']}", headers=headers).status, 200)


if __name__ == "__main__":
    unittest.main()

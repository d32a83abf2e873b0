"""docs/scaling.md's configuration, read by a real nginx in front of two instances: a token's world is at one of them, and
URLs that come without a token lead there too."""
import contextlib
import http.client
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import ring

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
TOKENS = [f"r8_fleet_{number}" for number in range(24)]


def configuration(ports, listen, folder):
    """The one of the page, with what nginx stores in a folder that is ours: its own is root's."""
    with open(os.path.join(ring.ROOT, "docs/scaling.md"), encoding="utf-8") as page:
        text = re.search(r"^```nginx\n(.*?)^```$", page.read(), re.DOTALL | re.MULTILINE).group(1)
    for shown, real in zip(("7375", "7376"), ports):
        text = text.replace(f"127.0.0.1:{shown}", f"127.0.0.1:{real}")
    places = "    access_log off;\n" + "".join(f"    {what}_temp_path {folder}/{what};\n" for what in
                                             ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return text.replace("listen 8080", f"listen 127.0.0.1:{listen}").replace("http {\n", "http {\n" + places, 1)


@unittest.skipUnless(NGINX, "there is no nginx here")
class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.instances = [cls.stack.enter_context(ring.Server("--boot", "10ms", "--predict", "20ms")) for _ in range(2)]
        folder = cls.stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(folder, 0o755)  # nginx's workers may be somebody else's
        cls.port = ring.free_port()
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(configuration([instance.port for instance in cls.instances], cls.port, folder))
        own = f"daemon off; pid {folder}/pid; error_log {folder}/error.log;"
        process = subprocess.Popen([NGINX, "-p", folder, "-c", path, "-e", f"{folder}/error.log", "-g", own],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.stack.callback(process.wait, ring.LONG)
        cls.stack.callback(process.terminate)
        ring.until(lambda: process.poll() is not None or cls.reachable(), "nginx")
        if process.poll() is not None:
            with open(f"{folder}/error.log", encoding="utf-8") as file:
                raise AssertionError(f"nginx ends: {file.read()}")

    @classmethod
    def reachable(cls):
        with contextlib.suppress(OSError):
            return cls.ask("GET", "/_mock/health", None).status == 200
        return False

    @classmethod
    def ask(cls, method, target, token, body=None, headers=(), scheme="Bearer"):
        given = {"Authorization": f"{scheme} {token}"} if token else {}
        connection = http.client.HTTPConnection("127.0.0.1", cls.port, timeout=ring.LONG)
        try:
            connection.request(method, target, body, {**given, **dict(headers)})
            response = connection.getresponse()
            return ring.Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def path_of(self, url):
        self.assertTrue(url.startswith(f"http://127.0.0.1:{self.port}/"), url)
        return url.partition(str(self.port))[2]

    def test_each_token_is_at_one_instance(self):
        before = [instance.health()["worlds"] for instance in self.instances]
        made = {token: self.ask("POST", "/v1/predictions", token, ring.CREATE, {"Prefer": "wait"}).json()["id"]
                for token in TOKENS}
        after = [instance.health()["worlds"] for instance in self.instances]
        grown = [now - then for now, then in zip(after, before)]
        self.assertEqual(sum(grown), len(TOKENS))
        self.assertGreater(min(grown), 0, "all tokens went to one instance")
        for token, prediction in made.items():
            listed = self.ask("GET", "/v1/predictions", token, scheme="Token").json()["results"]
            self.assertEqual([result["id"] for result in listed], [prediction])
            self.assertEqual(self.ask("GET", f"/v1/predictions/{prediction}", token).status, 200)
            other = TOKENS[TOKENS.index(token) - 1]
            self.assertEqual(self.ask("GET", f"/v1/predictions/{prediction}", other).status, 404)

    def test_urls_without_a_token_lead_there_too(self):
        for token in TOKENS[:8]:
            done = self.ask("POST", "/v1/predictions", token, ring.CREATE, {"Prefer": "wait"}).json()
            picture = self.ask("GET", self.path_of(done["output"][0]), None)
            self.assertEqual((picture.status, picture.headers["content-type"]), (200, "image/png"))
            stream = self.ask("GET", self.path_of(done["urls"]["stream"]), None, headers={"Accept": "text/event-stream"})
            self.assertEqual((stream.status, stream.headers["content-type"].partition(";")[0]), (200, "text/event-stream"))
            self.assertIn(b"event: done", stream.body)
        self.assertEqual(self.ask("GET", "/delivery/pbxt/" + "x" * 49 + "/out-0.png", None).status, 404)

    def test_control_calls_follow_their_token(self):
        token = "r8_fleet_clock"
        self.assertEqual(self.ask("PUT", "/_mock/clock", token, b'{"mode":"manual"}',
                                  {"Content-Type": "application/json"}).status, 200)
        made = self.ask("POST", "/v1/predictions", token, ring.CREATE).json()
        self.ask("POST", "/_mock/clock/advance", token, b'{"by":"1s"}', {"Content-Type": "application/json"})
        self.assertEqual(self.ask("GET", f"/v1/predictions/{made['id']}", token).json()["status"], "succeeded")


if __name__ == "__main__":
    unittest.main()

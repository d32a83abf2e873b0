"""Who may call /_mock: a web page that a developer looks at must not drive the developer's server."""
import unittest

import ring

RESET = "/_mock/reset"
CLOCK = "/_mock/clock"
JSON = {"Content-Type": "application/json"}
ALLOWED = [
    "127.0.0.1", "127.0.0.1:7375", "10.1.2.3:80", "[::1]", "[::1]:7375", "[2001:db8::1]:80", "localhost",
    "LOCALHOST:7375", "mock.localhost", "a.b.localhost:1", "mock", "mock:7375", "replicate-mock",
    "host.docker.internal", "Host.Docker.Internal:7375"]
REFUSED = [
    "evil.example", "evil.example:7375", "localhost.evil.example", "127.0.0.1.evil.example",
    "evil.localhost.example", "127.0.0.1.nip.io", "rebind.evil.example", "host.docker.internal.evil.example",
    "x.host.docker.internal", "1.2.3", "1.2.3.4.5", "a.b", "notlocalhost.x", "xlocalhost.", "evil.example."]


class Guards(ring.RingCase):
    def call(self, method="GET", path=CLOCK, body=b"", host="localhost", server=None, **headers):
        """One call; returns the answer."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        with (server or self.server).wire() as wire:
            if body:
                headers.setdefault("Content-Length", len(body))
            wire.send(ring.head(method, path, headers, host=host) + body)
            return wire.answer()

    def test_hosts_that_may(self):
        for host in ALLOWED:
            with self.subTest(host):
                self.assertEqual(self.call(host=host).status, 200)

    def test_hosts_that_may_not(self):
        """A name that an attacker can point at 127.0.0.1."""
        for host in REFUSED:
            with self.subTest(host):
                answer = self.call(host=host)
                self.assertEqual(answer.status, 403)
                self.assertIn("--control-host", answer.json()["detail"])
                self.assertEqual(self.call("POST", RESET, host=host).status, 403)

    def test_it_names_the_host(self):
        self.assertIn("--control-host evil.example", self.call(host="evil.example:80").json()["detail"])

    def test_an_absolute_target_is_a_host_too(self):
        with self.server.wire() as wire:
            wire.send(ring.head("GET", "http://evil.example/_mock/clock", host="localhost"))
            self.assertEqual(wire.answer().status, 403)
            wire.send(ring.head("GET", "http://localhost/_mock/clock", host="evil.example"))
            self.assertEqual(wire.answer().status, 200)

    def test_forwarded_host_opens_nothing(self):
        self.assertEqual(self.call(host="evil.example", X_Forwarded_Host="localhost").status, 403)

    def test_health_is_open(self):
        for host in REFUSED + ALLOWED:
            self.assertEqual(self.call(path="/_mock/health", host=host).status, 200, host)
        self.assertEqual(
            self.call(path="/_mock/health", host="evil.example", Origin="http://evil.example").status, 200)
        for path in ("/_mock/health/x", "/_mock/healthy", "/_mock/clock?health", "/_mock/clock/health"):
            self.assertEqual(self.call(path=path, host="evil.example").status, 403, path)

    def test_no_way_around_by_spelling(self):
        for path in ("/_mock/clock/", "//_mock/clock", "/_mock//clock", "/%5Fmock/clock", "/_mock/%63lock",
                     "/_MOCK/clock"):
            answer = self.call(path=path, host="evil.example")
            self.assertIn(answer.status, (403, 404), path)
            self.assertNotIn(b'"mode"', answer.body)

    def test_the_api_itself_is_open(self):
        for host in REFUSED:
            self.assertEqual(self.call(path="/v1/predictions", host=host).status, 200, host)

    def test_origins(self):
        own = f"127.0.0.1:{self.server.port}"
        for origin in ("http://evil.example", "null", "https://localhost.evil.example",
                       "http://localhost:3000", f"http://{own}.evil.example", "http://localhost@evil.example",
                       "", "evil", "file://", f"http://evil.example/{own}", f"x{own}"):
            with self.subTest(origin):
                for method, path in (("GET", CLOCK), ("POST", RESET), ("POST", "/_mock/clock/advance"),
                                     ("PUT", CLOCK)):
                    answer = self.call(method, path, host=own, Origin=origin)
                    self.assertEqual(answer.status, 403)
                    self.assertNotIn("access-control-allow-origin", answer.headers)
        for origin in (f"http://{own}", f"https://{own}", f"HTTP://{own}"):
            self.assertEqual(self.call(host=own, Origin=origin).status, 200, origin)

    def test_a_rebound_name(self):
        """The page and the server then have the same name, so Origin says nothing; Host does."""
        host = f"rebind.example:{self.server.port}"
        self.assertEqual(self.call("POST", RESET, host=host, Origin=f"http://{host}").status, 403)
        self.assertEqual(self.call(host=host, Origin=f"http://{host}").status, 403)

    def test_forms(self):
        """What a page can send without asking first: the three types of HTML forms, and none."""
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain",
                     "text/plain; charset=utf-8", "application/jsonx", "application/json-patch+json", "",
                     None):
            for path in (RESET, "/_mock/clock/advance"):
                with self.subTest(kind=kind, path=path):
                    headers = {} if kind is None else {"Content-Type": kind}
                    self.assertEqual(self.call("POST", path, b'{"keep":[]}', **headers).status, 415)
        for kind in ("application/json", "Application/JSON; charset=utf-8", "application/json;charset=utf-8"):
            self.assertEqual(self.call("POST", RESET, b"{}", **{"Content-Type": kind}).status, 200, kind)
        self.assertEqual(self.call("PUT", CLOCK, b'{"speed":1}', **JSON).status, 200)

    def test_a_form_in_chunks(self):
        with self.server.wire() as wire:
            wire.send(
                ring.head("POST", RESET, {"Transfer-Encoding": "chunked", "Content-Type": "text/plain"}) +
                ring.chunked(b"{}", 1))
            self.assertEqual(wire.answer().status, 415)

    def test_no_body_needs_no_type(self):
        self.assertEqual(self.call("POST", RESET, Content_Length=0).status, 200)
        self.assertEqual(self.call("POST", "/_mock/settle").status, 200)

    def test_a_refused_call_does_nothing(self):
        made = self.server.create()
        for headers in ({"host": "evil.example"}, {"Origin": "http://evil.example"},
                        {"body": b"{}", "Content_Type": "text/plain"}):
            self.assertIn(self.call("POST", RESET, **headers).status, (403, 415))
        self.assertEqual(self.server.get(f"/v1/predictions/{made['id']}").status, 200)

    def test_control_host(self):
        with ring.Server("--control-host", "evil.example", "--control-host", "b.example") as server:
            for host in ("evil.example", "evil.example:7375", "EVIL.example", "b.example:1"):
                self.assertEqual(self.call(host=host, server=server).status, 200, host)
            for host in ("c.example", "x.evil.example", "evil.example.c"):
                self.assertEqual(self.call(host=host, server=server).status, 403, host)
            self.assertEqual(
                self.call(host="evil.example", server=server, Origin="http://c.example").status, 403)
        with ring.Server(env={"REPLICATE_MOCK_CONTROL_HOST": "a.example,b.example"}) as server:
            for host, status in (("a.example", 200), ("b.example", 200), ("c.example", 403)):
                self.assertEqual(self.call(host=host, server=server).status, status)

    def test_any_control_host(self):
        with ring.Server("--control-host", "*") as server:
            for host in REFUSED:
                self.assertEqual(self.call(host=host, server=server).status, 200, host)
            self.assertEqual(
                self.call(host="a.example", server=server, Origin="http://b.example").status, 403)

    def test_names_of_other_options(self):
        with ring.Server("--public-url", "https://mock.example:8443/base") as server:
            self.assertEqual(self.call(host="mock.example", server=server).status, 200)
            self.assertEqual(self.call(host="MOCK.example:1", server=server).status, 200)
            self.assertEqual(self.call(host="other.example", server=server).status, 403)

    def test_no_world_is_made_by_reading(self):
        with ring.Server() as server:
            for path in (CLOCK, "/_mock/health"):
                self.assertEqual(server.get(path).status, 200)
            self.assertEqual(server.health()["worlds"], 0)


OPEN = ("/_mock/health", "/_mock/metrics")  # to any Host and Origin: nothing of a world stands there
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", None)


class EveryCall(ring.RingCase):
    """Each call under /_mock, as the server describes them itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        paths = cls.server.get("/_mock/openapi.json").json()["paths"]
        cls.calls = [(method.upper(), path.replace("{name}", "x").replace("{id}", "x"))
                     for path, item in paths.items() for method in item]

    def setUp(self):
        super().setUp()
        self.made = self.server.create()
        self.server.ask("POST", "/_mock/inbox/x", b'{"n":1}', {**ring.AUTH, **JSON})
        self.before = self.state()

    def state(self):
        """All that a call of somebody else could have changed."""
        return [self.server.get(path).body for path in
                ("/_mock/scenarios", "/_mock/inbox/x?limit=1000", f"/v1/predictions/{self.made['id']}")] + \
            [self.server.get("/_mock/clock").json()["mode"], self.server.get("/_mock/clock").json()["speed"]]

    def send(self, method, path, headers, host=None, body=b"", auth=True):
        with self.server.wire() as wire:
            if body:
                headers = {**headers, "Content-Length": len(body)}
            wire.send(ring.head(method, path, headers, host=host or f"127.0.0.1:{self.server.port}", auth=auth) + body)
            answer = wire.answer()
        self.assertFalse([name for name in answer.headers if name.startswith("access-control")], (method, path, answer))
        return answer

    def assert_unchanged(self):
        now = self.state()
        now[2], self.before[2] = b"", b""  # it goes on meanwhile
        self.assertEqual(now, self.before)
        self.assertEqual(self.server.get(f"/v1/predictions/{self.made['id']}").status, 200)

    def test_there_are_some(self):
        self.assertGreater(len(self.calls), 20)
        for call in (("POST", "/_mock/reset"), ("DELETE", "/_mock/requests"), ("POST", "/_mock/predictions")):
            self.assertIn(call, self.calls)

    def test_a_rebound_name(self):
        """A page at a name that its owner has pointed at this machine: it is of the same origin, and bears that name."""
        host = f"rebind.example:{self.server.port}"
        for method, path in self.calls:
            for auth in (True, False):
                with self.subTest(method=method, path=path, auth=auth):
                    answer = self.send(method, path, {"Origin": f"http://{host}", **JSON}, host, b"{}" * (method != "GET"), auth)
                    self.assertEqual(answer.status, 200 if path in OPEN else 403)
        self.assert_unchanged()

    def test_another_origin(self):
        for origin in ("http://evil.example", "http://localhost:3000", "null"):
            for method, path in self.calls:
                with self.subTest(method=method, path=path, origin=origin):
                    answer = self.send(method, path, {"Origin": origin, **JSON}, body=b"{}" * (method != "GET"))
                    self.assertEqual(answer.status, 200 if path in OPEN else 403)
        self.assert_unchanged()

    def test_a_browser_that_asks_first(self):
        for method, path in self.calls:
            with self.subTest(method=method, path=path):
                answer = self.send("OPTIONS", path, {
                    "Origin": "http://evil.example", "Access-Control-Request-Method": method,
                    "Access-Control-Request-Headers": "authorization,content-type"})
                self.assertIn(answer.status, (405,) if path in OPEN else (403,))

    def test_what_is_no_json(self):
        for method, path in self.calls:
            if method == "GET" or (method, path) == ("POST", "/_mock/inbox/x"):  # which takes whatever is sent to it
                continue
            for kind in FORMS:
                with self.subTest(method=method, path=path, kind=kind):
                    answer = self.send(method, path, {"Content-Type": kind} if kind else {}, body=b"{}")
                    self.assertEqual(answer.status, 415)
        self.assert_unchanged()


if __name__ == "__main__":
    unittest.main()

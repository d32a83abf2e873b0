"""What the URLs in answers begin with: the client must reach us by them, through whatever lies between."""
import json
import unittest

import ring


class Urls(ring.RingCase):
    args = ("--clock", "manual")

    def created(self, headers=(), path="/v1/predictions", server=None, **options):
        with (server or self.server).wire() as wire:
            wire.send(ring.post(target=path, headers=dict(headers), **options))
            answer = wire.answer()
        self.assertEqual(answer.status, 201)
        return answer.json()

    def assert_origin(self, origin, prefix="/v1", **request):
        made = self.created(**request)
        base = f"{origin}{prefix}/predictions/{made['id']}"
        self.assertEqual((made["urls"]["get"], made["urls"]["cancel"]), (base, f"{base}/cancel"))

    def test_host(self):
        for host in ("localhost", "localhost:7375", "127.0.0.1:8000", "mock", "mock:80", "api.example.com",
                     "API.Example.com:8443", "[::1]", "[::1]:7375", "[fe80::1]:80",
                     "host.docker.internal:49153"):
            with self.subTest(host=host):
                self.assert_origin(f"http://{host}", host=host)

    def test_forwarded(self):
        """A proxy in front, TLS and another name there; of several proxies the first one, which the client
        saw."""
        cases = [({"X-Forwarded-Proto": "https"}, "https://inner:7375"),
                 ({"X-Forwarded-Host": "api.example"}, "http://api.example"),
                 ({"X-Forwarded-Host": "api.example:8443",
                   "X-Forwarded-Proto": "https"}, "https://api.example:8443"),
                 ({"X-Forwarded-Host": "[2001:db8::1]:443",
                   "X-Forwarded-Proto": "https"}, "https://[2001:db8::1]:443"),
                 ({"X-Forwarded-Host": "a.example, b.example",
                   "X-Forwarded-Proto": "https, http"}, "https://a.example"),
                 ({"X-Forwarded-Host": "a.example,b.example",
                   "X-Forwarded-Proto": "http,https"}, "http://a.example")]
        for headers, origin in cases:
            with self.subTest(headers=headers):
                self.assert_origin(origin, headers=headers, host="inner:7375")

    def test_forwarded_nonsense(self):
        """Never repeated in an answer."""
        for headers in ({"X-Forwarded-Host": '"><script>'}, {"X-Forwarded-Host": "a b\\"},
                        {"X-Forwarded-Host": "user@evil"}, {"X-Forwarded-Proto": "javascript"},
                        {"X-Forwarded-Host": ""}, {"X-Forwarded-Proto": ""},
                        {"X-Forwarded-Host": "evil/path"}, {"X-Forwarded-Host": "%0d%0a"},
                        {"X-Forwarded-Proto": "ftp"}):
            with self.subTest(headers=headers):
                made = self.created(headers=headers, host="inner:7375")
                # Nothing of it, or its harmless beginning.
                self.assertRegex(made["urls"]["get"], r"\Ahttps?://(inner:7375|a)/v1/predictions/")

    def test_prefix(self):
        """Who asks without /v1 gets URLs without it; the mistake /v1/v1 is not passed on."""
        self.assert_origin("http://localhost", "", path="/predictions")
        self.assert_origin("http://localhost", "/v1", path="/v1/predictions")
        self.assert_origin("http://localhost", "/v1", path="/v1/v1/predictions")

    def test_get_list_and_cancel(self):
        """Each answer speaks to who asks now, not to who created it."""
        made = self.created(host="first")
        for host in ("second:1", "[::1]:2"):
            get = json.loads(self.ask("GET", f"/v1/predictions/{made['id']}", host))
            listed = json.loads(self.ask("GET", "/v1/predictions", host))["results"][0]
            canceled = json.loads(self.ask("POST", f"/v1/predictions/{made['id']}/cancel", host))
            for body in (get, listed, canceled):
                self.assertEqual(body["id"], made["id"])
                self.assertEqual(body["urls"]["get"], f"http://{host}/v1/predictions/{made['id']}")

    def test_answers_that_are_kept(self):
        """A finished prediction is asked for again and again. Whatever the server keeps of its answer, each
        asker gets his own: by host, scheme, prefix, origin, method; and a token that is not its own gets
        none."""
        with ring.Server("--clock", "manual", "--retention", "90s") as server, server.wire() as wire:
            done = server.create()
            server.advance("1m")

            def get(prefix="/v1", host="a", headers=(), method="GET", auth=True, version="HTTP/1.1"):
                wire.send(
                    ring.head(method, f"{prefix}/predictions/{done['id']}", headers, host=host, auth=auth,
                              version=version))
                return wire.answer(method == "HEAD")

            bodies = {}
            for _ in range(3):
                for host in ("a", "b:1", "[::1]:2", "ab", "c" * 200):
                    for prefix in ("", "/v1", "/v1/v1"):
                        for scheme in ("http", "https"):
                            answer = get(prefix, host, {"X-Forwarded-Proto": scheme})
                            urls = answer.json()["urls"]
                            self.assertEqual(urls["get"],
                                             f"{scheme}://{host}{prefix[:3]}/predictions/{done['id']}")
                            self.assertTrue(
                                answer.json()["output"][0].startswith(f"{scheme}://{host}/delivery/"))
                            self.assertEqual(bodies.setdefault((host, prefix, scheme), answer.body),
                                             answer.body)
                # The same, and what must not be lost over what is kept.
                self.assertEqual(
                    get(headers={"Origin": "http://x"}).headers["access-control-allow-origin"], "*")
                self.assertEqual(int(get(method="HEAD").headers["content-length"]), len(get().body))
                self.assertEqual(get(auth=False).status, 401)
                self.assertEqual(get(auth=False, headers={"Authorization": "Bearer other"}).status, 404)
            self.assertEqual(get(headers={"Connection": "close"}).headers["connection"].lower(), "close")
            self.assertTrue(wire.is_closed())
            # Retention takes the output out of the answer that was given so often.
            server.advance("1m")
            removed = server.get(f"/v1/predictions/{done['id']}", host="a").json()
            self.assertEqual((removed["data_removed"], removed["output"], removed["input"]), (True, None, {}))
            self.assertEqual(server.ask("POST", "/_mock/reset", headers=ring.AUTH).status, 200)
            self.assertEqual(server.get(f"/v1/predictions/{done['id']}", host="a").status, 404)

    def ask(self, method, path, host, headers=()):
        with self.server.wire() as wire:
            wire.send(ring.head(method, path, headers, host=host))
            answer = wire.answer()
            self.assertEqual(answer.status, 200)
            return answer.body

    def test_links_of_a_list(self):
        for _ in range(120):
            self.created()
        page = json.loads(self.ask("GET", "/v1/predictions", "api.example:1", {"X-Forwarded-Proto": "https"}))
        self.assertEqual((len(page["results"]), page["previous"]), (100, None))
        self.assertTrue(page["next"].startswith("https://api.example:1/v1/predictions?cursor="), page["next"])
        rest = json.loads(self.ask("GET", page["next"].partition("api.example:1")[2], "other"))
        self.assertTrue(rest["previous"].startswith("http://other/v1/predictions?cursor="))
        bare = json.loads(self.ask("GET", "/predictions", "other"))
        self.assertTrue(bare["next"].startswith("http://other/predictions?cursor="))

    def test_files(self):
        """Output files never have the prefix, and the URL as given can be fetched."""
        with ring.Server(*ring.SOON) as server:
            for path in ("/predictions", "/v1/predictions", "/v1/v1/predictions"):
                host = f"127.0.0.1:{server.port}"
                made = self.created(headers={"Prefer": "wait"}, path=path, server=server, host=host)
                self.assertTrue(made["output"][0].startswith(f"http://{host}/delivery/"), made["output"])
                ring.png_size(server.get(made["output"][0].partition(host)[2], headers={}).body)

    def test_a_mapped_port(self):
        """docker run -p 49153:7375: the client's Host has the outer port, and only that one works for it."""
        self.assert_origin("http://127.0.0.1:49153", host="127.0.0.1:49153")

    def test_http_1_0(self):
        """Without Host there is nothing but a guess."""
        made = self.created(version="HTTP/1.0", host=None)
        self.assertRegex(made["urls"]["get"], r"\Ahttp://(localhost|127\.0\.0\.1)(:\d+)?/v1/predictions/")

    def test_web(self):
        made = self.created()
        self.assertTrue(made["urls"]["web"].endswith(f"/{made['id']}") or made["id"] in made["urls"]["web"])


class PublicUrl(unittest.TestCase):
    def test_it_goes_before_everything(self):
        cases = [("https://mock.example", "https://mock.example"), ("http://mock:8080/", "http://mock:8080"),
                 ("https://example.com/replicate", "https://example.com/replicate"),
                 ("http://[::1]:80", "http://[::1]:80")]
        for url, origin in cases:
            with self.subTest(url=url), ring.Server("--public-url", url, *ring.SOON) as server:
                headers = {**ring.AUTH, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http",
                           "Prefer": "wait"}
                made = server.create(headers=headers)
                self.assertEqual(made["urls"]["get"], f"{origin}/v1/predictions/{made['id']}")
                self.assertTrue(made["output"][0].startswith(f"{origin}/delivery/"))
                path = made["output"][0][len(origin):]
                ring.png_size(server.get(path, headers={}).body)

    def test_https_that_may_not_be_there(self):
        """The log says so; not where somebody has said that it is there."""
        asked = ("--output-urls", "https")
        for args, words in (((), "without --tls-port"), (("--public-url", "http://mock:8080"), "--public-url http://mock:8080"),
                            (("--public-url", "HTTPS://mock.example"), None)):
            with self.subTest(args=args), ring.Server(*asked, *args) as server:
                self.assertEqual(" warn " in server.log(), words is not None, server.log())
                self.assertIn(words or "", server.log())

    def test_the_environment(self):
        with ring.Server(env={"REPLICATE_MOCK_PUBLIC_URL": "http://mock:7375"}) as server:
            self.assertTrue(server.create()["urls"]["get"].startswith("http://mock:7375/v1/"))


if __name__ == "__main__":
    unittest.main()

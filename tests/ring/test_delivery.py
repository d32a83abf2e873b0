"""Output files: ranges, conditions, keys, and that drawing them stops nothing else."""
import datetime
import email.utils
import json
import signal
import unittest

import ring


@ring.patient
class Delivery(ring.RingCase):
    # In the past: ahead of the machine's time Last-Modified is no longer completed_at.
    args = (*ring.SOON, "--start-time", "2026-01-01T00:00:00Z")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = cls.make(cls.server)
        cls.path = cls.paths(cls.server, cls.done)[0]
        cls.whole = cls.server.get(cls.path, headers={}).body

    @staticmethod
    def make(server, **inputs):
        body = json.loads(ring.CREATE)
        body["input"].update(inputs)
        return server.finished(server.create(json.dumps(body).encode()))

    @staticmethod
    def paths(server, done):
        return [url.partition(f":{server.port}")[2] for url in done["output"]]

    def fetch(self, method="GET", path=None, **headers):
        return self.server.ask(method, path or self.path,
                               headers={name.replace("_", "-"): value for name, value in headers.items()})

    def test_headers(self):
        answer = self.fetch()
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "image/png"))
        ring.png_size(answer.body)
        self.assertEqual(answer.headers["accept-ranges"], "bytes")
        self.assertEqual(answer.headers["access-control-allow-origin"], "*")
        self.assertEqual(answer.headers["cache-control"].replace(" ", ""), "public,max-age=3600")
        self.assertRegex(answer.headers["etag"], r'\A"[^"]+"\Z')
        modified = email.utils.parsedate_to_datetime(answer.headers["last-modified"])
        self.assertEqual(modified.strftime("%Y-%m-%dT%H:%M:%S"), self.done["completed_at"][:19])

    def test_no_token_is_needed_and_any_is_fine(self):
        for headers in ({}, {"Authorization": "Bearer r8_ring"}, {"Authorization": "Bearer other"},
                        {"Authorization": "nonsense"}):
            self.assertEqual(self.fetch(**headers).body, self.whole)

    def test_head(self):
        get, head = self.fetch(), self.fetch("HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        for name in ("content-length", "etag", "last-modified", "content-type", "accept-ranges"):
            self.assertEqual(head.headers[name], get.headers[name])
        for header in ("bytes=0-9", "bytes=0-1,5-6", f"bytes={10 ** 9}-"):
            head = self.fetch("HEAD", Range=header)
            self.assertEqual((head.status, head.headers["content-length"]), (200, str(len(self.whole))),
                             "there are ranges of GET alone")

    def test_other_methods(self):
        for method in ("POST", "PUT", "DELETE"):
            answer = self.fetch(method)
            self.assertEqual(answer.status, 405)
            self.assertIn("GET", answer.headers["allow"])

    def test_ranges(self):
        size = len(self.whole)
        cases = [("bytes=0-99", 0, 99), ("bytes=100-", 100, size - 1), ("bytes=-100", size - 100, size - 1),
                 ("bytes=0-0", 0, 0), (f"bytes={size - 1}-", size - 1, size - 1),
                 (f"bytes=0-{size * 2}", 0, size - 1), (f"bytes=-{size * 2}", 0, size - 1),
                 (f"bytes=0-{10 ** 19}", 0, size - 1), ("bytes=7-7", 7, 7)]
        for header, first, last in cases:
            with self.subTest(header):
                answer = self.fetch(Range=header)
                self.assertEqual(answer.status, 206)
                self.assertEqual(answer.headers["content-range"], f"bytes {first}-{last}/{size}")
                self.assertEqual(answer.body, self.whole[first:last + 1])

    def test_ranges_beyond(self):
        size = len(self.whole)
        for header in (f"bytes={size}-", f"bytes={size * 2}-{size * 3}", "bytes=-0", f"bytes={10 ** 18}-"):
            with self.subTest(header):
                answer = self.fetch(Range=header)
                self.assertEqual((answer.status, answer.headers["content-range"]), (416, f"bytes */{size}"))

    def test_ranges_that_are_none(self):
        """RFC 9110, 14.2: what a server does not understand it ignores. Several ranges: one may send the
        whole."""
        for header in ("bytes=5-2", f"bytes={10 ** 9}-5", "bytes=-", "bytes=a-b", "bytes", "bytes=", "lines=0-5",
                       "bytes=1-2-3", "bytes=--5", "bytes=+1-5", "bytes=0x1-5", "0-5"):
            with self.subTest(header):
                answer = self.fetch(Range=header)
                self.assertEqual((answer.status, answer.body), (200, self.whole))
        for header in ("bytes=0-1,5-6", "bytes=0-0, -1", "bytes=0-1," + "5-5," * 500 + "9-9"):
            with self.subTest(header[:30]):
                answer = self.fetch(Range=header)
                self.assertIn(answer.status, (200, 206))
                if answer.status == 200:
                    self.assertEqual(answer.body, self.whole)
                else:
                    self.assertIn("multipart/byteranges", answer.headers["content-type"])

    def test_joined_from_pieces(self):
        """As a download manager resumes it."""
        size = len(self.whole)
        step = size // 7 + 1
        parts = [self.fetch(Range=f"bytes={at}-{at + step - 1}").body for at in range(0, size, step)]
        self.assertEqual(b"".join(parts), self.whole)

    def test_if_range(self):
        etag = self.fetch().headers["etag"]
        self.assertEqual(self.fetch(Range="bytes=0-9", If_Range=etag).status, 206)
        for other in ('"other"', f"W/{etag}", "Thu, 01 Jan 1970 00:00:00 GMT", etag.strip('"')):
            with self.subTest(other):
                answer = self.fetch(Range="bytes=0-9", If_Range=other)
                self.assertEqual((answer.status, answer.body), (200, self.whole))

    def test_dates(self):
        """Of three forms, two of them old."""
        modified = email.utils.parsedate_to_datetime(self.fetch().headers["last-modified"])
        earlier, later = (modified + datetime.timedelta(seconds=seconds) for seconds in (-1, 1))
        for form in ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"):
            before, at, after = (date.strftime(form) for date in (earlier, modified, later))
            with self.subTest(at):
                self.assertEqual([self.fetch(If_Modified_Since=date).status for date in (before, at, after)],
                                 [200, 304, 304])
                self.assertEqual([self.fetch(If_Unmodified_Since=date).status for date in (before, at, after)],
                                 [412, 200, 200])
                self.assertEqual(
                    [self.fetch(Range="bytes=0-9", If_Range=date).status for date in (before, at, after)],
                    [200, 206, 200])

    def test_if_match(self):
        etag = self.fetch().headers["etag"]
        for value, status in ((etag, 200), ("*", 200), (f'"other", {etag}', 200), ('"other"', 412),
                              (f"W/{etag}", 412)):
            with self.subTest(value):
                self.assertEqual(self.fetch(If_Match=value).status, status)
                self.assertEqual(self.fetch("HEAD", If_Match=value).status, status)

    def test_a_page_reads_it(self):
        page = {"Origin": "https://page.example"}
        gone = self.path.replace("out-0", "out-7")
        for path, more, status in ((self.path, {}, 200), (self.path, {"Range": "bytes=0-9"}, 206),
                                   (self.path, {"Range": f"bytes={10 ** 9}-"}, 416), (gone, {}, 404)):
            with self.subTest(status):
                answer = self.server.ask("GET", path, headers={**page, **more})
                self.assertEqual((answer.status, answer.headers["access-control-allow-origin"]), (status, "*"))
                self.assertIn("ETag", answer.headers["access-control-expose-headers"])
        asked = self.server.ask("OPTIONS", self.path, headers={
            **page, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"})
        self.assertEqual((asked.status, asked.headers["access-control-allow-headers"]), (204, "range"))

    def test_by_the_hosts_of_the_real_ones(self):
        _, _, bucket, key, name = self.path.split("/")
        for host, path in (("replicate.delivery", f"/{bucket}/{key}/{name}"),
                           (f"replicate.delivery:{self.server.port}", f"/{bucket}/{key}/{name}"),
                           ("Replicate.Delivery.", f"/czjl/{key}/{name}?x=y"),
                           ("xezq.replicate.delivery", f"/{key}/{name}"),
                           ("localhost", f"http://pbxt.replicate.delivery/{key}/{name}"),
                           ("replicate.delivery", self.path)):
            with self.subTest(f"{host} {path}"):
                self.assertEqual(self.server.get(path, headers={}, host=host).body, self.whole)
        for host, path in (("evilreplicate.delivery", f"/{bucket}/{key}/{name}"),
                           ("replicate.delivery", f"/{key}/{name}"), ("replicate.delivery", "/v1/models")):
            self.assertEqual(self.server.get(path, headers={}, host=host).status, 404)
        self.assertEqual(self.server.ask("POST", "/_mock/reset", host="replicate.delivery").status, 403)

    def test_it_expires(self):
        with ring.Server("--clock", "manual", "--retention", "0") as server:
            created = server.create()
            server.advance("10s")
            done = server.get(f"/v1/predictions/{created['id']}").json()
            path = self.paths(server, done)[0]
            whole = server.get(path, headers={}).body
            ring.png_size(whole)
            server.advance("3590s")
            self.assertEqual(server.get(path, headers={}).body, whole)
            fired = server.advance("10s")
            self.assertEqual([(each["what"], each["id"]) for each in fired], [("file.expired", created["id"])])
            unknown = server.get(path.replace("out-0", "out-7"), headers={})
            gone = server.get(path, headers={})
            self.assertEqual((gone.status, gone.body), (404, unknown.body))
            self.assertEqual(server.ask("HEAD", path).status, 404)
            self.assertEqual(server.get(f"/v1/predictions/{created['id']}").json(), done)

    def test_if_none_match(self):
        etag = self.fetch().headers["etag"]
        for value in (etag, "*", f'"other", {etag}', f"W/{etag}"):
            with self.subTest(value), self.server.wire() as wire:
                wire.send(
                    ring.head("GET", self.path, {"If-None-Match": value}) + ring.head("GET", "/_mock/health"))
                answer = wire.answer()
                self.assertEqual((answer.status, answer.headers["etag"]), (304, etag))
                self.assertEqual(wire.answer().json()["status"], "ok", "a 304 has no body")
        for value in ('"other"', etag[:-2] + '"', etag.strip('"')):
            with self.subTest(value):
                self.assertEqual(self.fetch(If_None_Match=value).status, 200)
        self.assertEqual(self.fetch("HEAD", If_None_Match=etag).status, 304)
        self.assertEqual(
            self.fetch(If_None_Match=etag, Range="bytes=0-9").status, 304, "the condition goes first")

    def test_the_same_bytes_each_time(self):
        self.assertEqual([self.fetch().body for _ in range(3)], [self.whole] * 3)

    def test_wrong_keys(self):
        _, delivery, bucket, key, name = self.path.split("/")
        other = self.paths(self.server, self.make(self.server))[0].split("/")[3]
        self.assertNotEqual(key, other)
        flipped = key[:-1] + ("a" if key[-1] != "a" else "b")
        for path in (f"/{delivery}/{bucket}/{flipped}/{name}",
                     f"/{delivery}/{bucket}/{'0' * len(key)}/{name}",
                     f"/{delivery}/{bucket}/{key[:-1]}/{name}", f"/{delivery}/{bucket}/{key}a/{name}",
                     f"/{delivery}/{bucket}/{key.swapcase()}/{name}", f"/{delivery}/{bucket}/x/{name}",
                     f"/{delivery}/{bucket}/{self.done['id']}/{name}",
                     f"/{delivery}/{bucket}/{'x' * 5000}/{name}"):
            with self.subTest(path[:100]):
                self.assertEqual(self.fetch(path=path).status, 404)
        for wrong in ("out-1.png", "out-0.jpg", "out-00.png", "ref-out.png", "x", "out-0.png%20",
                      "..%2fout-0.png", "x" * 5000, "out--1.png", "out-99999999999999999999.png",
                      "OUT-0.PNG"):
            with self.subTest(wrong[:100]):
                self.assertEqual(self.fetch(path=f"/{delivery}/{bucket}/{key}/{wrong}").status, 404)
        # A key is good for one name only, also where the other file exists.
        several = self.paths(self.server, self.make(self.server, num_outputs=4, return_reference_image=True))
        self.assertEqual([path.split("/")[4] for path in several][0], "ref-out.png")
        first, second = several[0].split("/"), several[1].split("/")
        if first[3] != second[3]:
            self.assertEqual(self.fetch(path="/".join(first[:4] + second[4:])).status, 404)

    def test_nothing_before_it_is_done(self):
        with ring.Server("--seed", "7", *ring.SOON, "--start-time", "2026-01-31T12:00:00Z") as first:
            path = self.paths(first, self.make(first))[0]
        with ring.Server("--seed", "7", "--start-time", "2026-01-31T12:00:00Z", "--clock=manual") as second:
            second.create()
            self.assertEqual(second.get(path, headers={}).status, 404)
            second.advance("1m")
            ring.png_size(second.get(path, headers={}).body)
            second.advance("2h")
            self.assertEqual(second.get(path, headers={}).status, 404, "retention has taken it")

    def test_gone_with_a_reset(self):
        headers = {"Authorization": "Bearer for-a-moment"}
        done = self.server.finished(self.server.create(headers=headers), headers)
        path = self.paths(self.server, done)[0]
        self.assertEqual(self.fetch(path=path).status, 200)
        self.assertEqual(self.server.ask("POST", "/_mock/reset", headers=headers).status, 200)
        self.assertEqual(self.fetch(path=path).status, 404)

    def test_fifty_at_once(self):
        """Drawing is slow work; the loop goes on meanwhile."""
        files = []
        for _ in range(13):
            files += self.paths(self.server, self.make(self.server, num_outputs=4, image_resolution=768))
        wires = self.wires(50)
        self.server.signal(signal.SIGSTOP)
        for wire, path in zip(wires, files):
            wire.send(ring.head("GET", path))
        self.server.signal(signal.SIGCONT)
        asked = 0
        while not all(wire.has_answer() for wire in wires):
            self.assertEqual(self.server.get(f"/v1/predictions/{self.done['id']}").status, 200)
            asked += 1
        for wire in wires:
            answer = wire.answer()
            self.assertEqual(answer.status, 200)
            width, height = ring.png_size(answer.body)
            self.assertEqual(min(width, height), 768)
        # Hundreds, as a slow machine draws slowly, too; where the loop draws, at most one for each picture.
        if asked < 60:
            raise ring.Late(f"{asked} answers while 50 pictures were drawn")

    def test_a_hundred_of_other_kinds_at_once(self):
        """Before the first of them is there a prediction is told: whoever fetches waits, and nobody else."""
        made = [(kind, size) for kind in ("webp", "jpg") for size in range(12)]
        files = []
        for kind, seed in made:
            body = {"input": {"prompt": "x", "num_outputs": 4, "megapixels": "0.25", "output_format": kind, "seed": seed}}
            created = self.server.ask("POST", "/v1/models/black-forest-labs/flux-schnell/predictions",
                                      json.dumps(body).encode())
            files += self.paths(self.server, self.server.finished(created.json()))
        for seed in range(4):
            body = {"input": {"prompt": str(seed)}}
            created = self.server.ask("POST", "/v1/models/minimax/video-01/predictions", json.dumps(body).encode())
            done = self.server.finished(created.json())
            files.insert(0, done["output"].partition(f":{self.server.port}")[2])
        wires = self.wires(len(files))
        self.assertEqual(len(wires), 100)
        for wire, path in zip(wires, files):
            wire.send(ring.head("GET", path))
        answers = parked = 0
        while parked or not answers:
            self.assertEqual(self.server.get(f"/v1/predictions/{self.done['id']}").status, 200)
            parked = sum(not wire.has_answer() for wire in wires)
            answers += parked > 0
            if not answers:
                raise ring.Late("all files were there before a prediction was")
        kinds = {}
        for wire in wires:
            answer = wire.answer()
            self.assertEqual(answer.status, 200)
            kinds.setdefault(answer.headers["content-type"], set()).add(answer.body)
        self.assertEqual({kind: len(bodies) for kind, bodies in kinds.items()},
                         {"image/webp": 48, "image/jpeg": 48, "video/webm": 4})

    def test_one_picture_many_times_at_once(self):
        """All wait for the same drawing, and get the same bytes."""
        path = self.paths(self.server, self.make(self.server, image_resolution=768))[0]
        wires = self.wires(50)
        for wire in wires:
            wire.send(ring.head("GET", path))
        bodies = {wire.answer().body for wire in wires}
        self.assertEqual(len(bodies), 1)
        ring.png_size(bodies.pop())


if __name__ == "__main__":
    unittest.main()

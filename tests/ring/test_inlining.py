"""Files in `output` itself: on a real clock, with the real thread that draws them."""
import base64
import json
import signal
import threading
import unittest

import ring

PNG = "data:image/png;base64,"


def picture(prediction):
    """The first output, decoded."""
    uri = prediction["output"][0]
    assert uri.startswith(PNG), uri[:100]
    return base64.b64decode(uri[len(PNG):], validate=True)


class Inlining(ring.RingCase):
    args = ("--output-urls", "data", "--boot", "0", "--predict", "0", "--seed", "1")

    def test_a_wait_has_the_file(self):
        made = self.server.create(headers={**ring.AUTH, "Prefer": "wait"})
        self.assertEqual(ring.png_size(picture(made)), (512, 512))

    def test_others_have_it_too(self):
        done = self.server.finished(self.server.create())
        listed = self.server.get("/v1/predictions").json()["results"][0]
        self.assertEqual(listed["output"], done["output"])
        stream = self.server.get(done["urls"]["stream"].partition(f":{self.server.port}")[2]).body.decode()
        self.assertIn(f"\ndata: {done['output'][0]}\n", stream)

    def test_many_at_once(self):
        """They wait for their turn, and all have their files."""
        auth = {"Authorization": "Bearer r8_many"}
        ids = [self.server.create(headers=auth)["id"] for _ in range(300 // ring.SLOW)]
        begin = self.server.health()
        self.assertEqual(begin["status"], "ok")  # the loop goes on meanwhile
        self.server.settle(auth)
        for one in (ids[0], ids[-1]):
            picture(self.server.get(f"/v1/predictions/{one}", headers=auth).json())

    def test_clients_that_leave_and_cancel(self):
        body = json.loads(ring.CREATE)
        body["input"].update(num_outputs=4, image_resolution=768)

        def one(number):
            auth = {"Authorization": f"Bearer r8_{number}"}
            made = self.server.create(json.dumps(body).encode(), headers=auth)
            if number % 2:
                self.server.ask("POST", f"/v1/predictions/{made['id']}/cancel", headers=auth)
            else:
                self.server.ask("POST", "/_mock/reset", b"{}", {**auth, "Content-Type": "application/json"})

        threads = [threading.Thread(target=one, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        picture(self.server.finished(self.server.create()))


class Options(unittest.TestCase):
    def test_by_the_environment(self):
        with ring.Server(env={"REPLICATE_MOCK_OUTPUT_URLS": "data"}) as server:
            picture(server.finished(server.create()))

    def test_urls_otherwise(self):
        for word in ("auto", "http"):
            with ring.Server("--output-urls", word) as server:
                self.assertTrue(server.finished(server.create())["output"][0].startswith("http://"))

    def test_another_word(self):
        ended = ring.run("serve", "--output-urls", "inline")
        self.assertEqual(ended.returncode, 2)
        self.assertIn('--output-urls: "inline" is not right; it takes auto, http, https or data', ended.stderr)

    def test_it_stops_while_it_draws(self):
        with ring.Server("--output-urls", "data") as server:
            for _ in range(50):
                server.create()
            server.signal(signal.SIGTERM)
            server.ended()
            self.assertNotIn(" warn ", server.log())


if __name__ == "__main__":
    unittest.main()

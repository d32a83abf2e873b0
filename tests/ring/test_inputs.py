"""Input files: a picture that is uploaded, or comes in a data: URI, or lies at a URL, and the outputs that follow it."""
import base64
import json
import struct
import threading
import time
import unittest
import zlib

import ring

HEAD = b'--X\r\nContent-Disposition: form-data; name="content"; filename="upload"\r\n\r\n'
TAIL = b"\r\n--X--\r\n"
MULTIPART = {**ring.AUTH, "Content-Type": "multipart/form-data; boundary=X"}


def png(width, height, noise=False):
    """A picture: a light square on a dark ground, or pixels that no compression shortens."""
    state, rows = 1, []
    for y in range(height):
        row = bytearray(1)
        for x in range(width):
            if noise:
                state = state * 1103515245 + 12345 & 0x7fffffff
                row += struct.pack(">I", state)[1:]
            else:
                row += bytes(3 * [220 if width < 4 * x < 3 * width and height < 4 * y < 3 * height else 30])
        rows.append(bytes(row))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


def data_uri(data, kind="image/png"):
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def body(image, **more):
    values = {"prompt": "a turtle", "structure": "canny", "image": image, "seed": 7, **more}
    return json.dumps({"version": ring.VERSION, "input": values}).encode()


def texts_of(picture):
    """Those that stand in a PNG: keyword to text."""
    texts, at = {}, 8
    while at < len(picture):
        size, kind = struct.unpack_from(">I4s", picture, at)
        data = picture[at + 8:at + 8 + size]
        keyword, _, text = data.partition(b"\0")
        if kind == b"tEXt":
            texts[keyword.decode()] = text.decode("latin-1")
        elif kind == b"iTXt":
            texts[keyword.decode()] = text.split(b"\0", 4)[-1].decode()
        at += 12 + size
    return texts


class Inputs(ring.RingCase):
    args = ("--boot", "0", "--predict", "50ms")

    def upload(self, data):
        answer = self.server.ask("POST", "/v1/files", HEAD + data + TAIL, MULTIPART)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def run_model(self, image, **more):
        return self.server.finished(self.server.create(body(image, **more)))

    def fetched(self, url):
        return self.server.get(url.partition(f":{self.server.port}")[2], headers={}).body

    def test_an_uploaded_picture(self):
        """As the official clients do it: by the urls.get of what they have uploaded."""
        url = self.upload(png(300, 200))["urls"]["get"]
        done = self.run_model(url, return_reference_image=True)
        self.assertEqual(done["status"], "succeeded", done)
        control_map, output = (self.fetched(url) for url in done["output"])
        self.assertEqual(ring.png_size(control_map), (300, 200))
        self.assertEqual(ring.png_size(output), (768, 512))

    def test_by_the_real_host(self):
        name = self.upload(png(200, 300))["id"]
        done = self.run_model(f"https://api.replicate.com/v1/files/{name}")
        self.assertEqual(ring.png_size(self.fetched(done["output"][0])), (512, 768))

    def test_the_same_picture_the_same_bytes(self):
        """However it comes, and under whatever URL; another picture, another output."""
        picture = png(300, 200)
        images = [data_uri(picture), data_uri(picture), *(self.upload(picture)["urls"]["get"] for _ in range(2)),
                  data_uri(png(300, 208))]
        *same, other = (self.fetched(self.run_model(image)["output"][0]) for image in images)
        self.assertEqual(len(set(same)), 1)
        self.assertEqual(len({*same, other}), 2)

    def texts(self, **values):
        return texts_of(self.fetched(self.run_model(data_uri(png(64, 64)), image_resolution=256, **values)["output"][-1]))

    def test_who_made_it_stands_in_it(self):
        known = {"Software": "replicate-mock", "model": "rossjillian/controlnet", "seed": "7"}
        self.assertEqual(self.texts(), {**known, "prompt": "a turtle"})
        self.assertEqual(self.texts(prompt="żółw", negative_prompt="é"), {**known, "prompt": "żółw", "negative_prompt": "é"})
        self.assertEqual(self.texts(return_reference_image=True), {**known, "prompt": "a turtle"})

    def test_of_a_long_prompt_the_beginning(self):
        """Which is no part of a character, nor of what stands for one in JSON."""
        for letter in ("a", "é", "日", "🐢", "<", "\n", '"', "\u2028"):
            for shift in range(6):
                prompt = "a" * shift + letter * 9000
                text = self.texts(prompt=prompt)["prompt"]
                self.assertEqual(text, prompt[:len(text)])
                self.assertGreater(len(text), 8185 // 6)

    def test_what_is_no_picture(self):
        uploaded = self.upload(b"hello")
        done = self.run_model(uploaded["urls"]["get"])
        self.assertEqual((done["status"], done["output"], done["logs"]), ("failed", None, "Using seed: 7\n"))
        self.assertRegex(done["error"],
                         rf"^cannot identify image file PosixPath\('/tmp/tmp[a-z0-9_]{{8}}{uploaded['id']}'\)$")
        half = png(300, 200)
        self.assertEqual(self.run_model(data_uri(half[:len(half) // 2]))["error"], "image file is truncated")

    def test_a_file_that_is_gone(self):
        uploaded = self.upload(png(300, 200))
        self.assertEqual(self.server.ask("DELETE", f"/v1/files/{uploaded['id']}").status, 204)
        done = self.run_model(uploaded["urls"]["get"])
        self.assertEqual((done["status"], done["logs"]), ("failed", ""))
        self.assertEqual(done["error"], f"404 Client Error: Not Found for url: {uploaded['urls']['get']}")

    def test_one_output_is_the_next_input(self):
        first = self.run_model(data_uri(png(300, 200)))
        second = self.run_model(first["output"][0], structure="hed")
        self.assertEqual(ring.png_size(self.fetched(second["output"][0])), (768, 512))


@ring.patient
class Crowd(ring.RingCase):
    args = ("--boot", "0", "--predict", "0")

    def test_many_large_ones(self):
        """A hundred of a megabyte each: whoever asks for another prediction meanwhile is answered at once."""
        quiet = self.server.finished(self.server.create(body(data_uri(png(64, 64)))))
        one = body(data_uri(png(512, 512, noise=True)))
        self.assertGreater(len(one), 1000 * 1000)
        count = 100 // ring.SLOW

        def create():
            for _ in range(count // 4):
                self.server.create(one)

        threads = [threading.Thread(target=create) for _ in range(4)]
        for thread in threads:
            thread.start()
        waits = []
        while any(thread.is_alive() for thread in threads) or len(waits) < 50:
            begin = time.monotonic()
            self.assertEqual(self.server.get(f"/v1/predictions/{quiet['id']}").status, 200)
            waits.append(time.monotonic() - begin)
        for thread in threads:
            thread.join()
        waits.sort()
        median, worst = waits[len(waits) // 2], waits[-1]
        ring.expect_at_most(0.1, median, f"the median of {len(waits)} answers")
        ring.expect_at_most(1, worst, f"the longest of {len(waits)} answers")
        self.server.settle()


class Fetching(unittest.TestCase):
    def test_a_picture_at_a_url(self):
        """Another server of ours has it: as one of its outputs, which it serves to anybody."""
        with ring.Server("--boot", "0", "--predict", "0") as far, \
                ring.Server("--boot", "0", "--predict", "0", "--fetch-inputs") as near:
            url = far.finished(far.create(body(data_uri(png(300, 200)))))["output"][0]
            done = near.finished(near.create(body(url)))
            self.assertEqual(done["status"], "succeeded", done)
            output = near.get(done["output"][0].partition(f":{near.port}")[2], headers={}).body
            self.assertEqual(ring.png_size(output), (768, 512))
            missing = url.replace("out-0.png", "out-9.png")
            done = near.finished(near.create(body(missing)))
            self.assertEqual((done["status"], done["error"]),
                             ("failed", f"404 Client Error: Not Found for url: {missing}"))
            with ring.refusing_port() as port:
                done = near.finished(near.create(body(f"http://127.0.0.1:{port}/a.png")))
            self.assertIn("[Errno 111] Connection refused", done["error"])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Programs from other hands open what each of the built-in models makes: Pillow the pictures, Python's wave the sounds,
Chromium without a window all that a page can show, which it plays to the end.

Usage: openers.py BINARY [TESTS...]
"""
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import wave

from PIL import Image

from browser import BROWSER, OPTIONS, page
from trusted import LONG, Server, environment

FLUX = "black-forest-labs/flux-schnell"
LORA = "ostris/flux-dev-lora-trainer"
CONTROLNET = "rossjillian/controlnet"
VIDEO = "minimax/video-01"
MUSIC = "meta/musicgen"
PROMPT = "a lighthouse in a storm"
MAP = {"image": "https://example.com/cat.png", "structure": "canny"}

# model, input: how many files of which kind, their size
PICTURES = [
    (FLUX, {}, 1, "webp", (1024, 1024)),
    (FLUX, {"num_outputs": 4, "megapixels": "0.25"}, 4, "webp", (512, 512)),
    (FLUX, {"aspect_ratio": "16:9", "output_format": "jpg"}, 1, "jpg", (1344, 768)),
    (FLUX, {"aspect_ratio": "9:21", "output_format": "png", "num_outputs": 2}, 2, "png", (640, 1536)),
    (FLUX, {"aspect_ratio": "4:5", "output_format": "webp", "output_quality": 0}, 1, "webp", (896, 1088)),
    (FLUX, {"aspect_ratio": "3:2", "output_format": "jpg", "output_quality": 100}, 1, "jpg", (1216, 832)),
    (LORA, {}, 1, "webp", (1024, 1024)),
    (LORA, {"aspect_ratio": "custom", "width": 320, "height": 1440, "output_format": "png"}, 1, "png", (320, 1440)),
    (LORA, {"width": 320, "height": 1440, "output_format": "jpg"}, 1, "jpg", (1024, 1024)),
    (CONTROLNET, MAP, 1, "png", (512, 512)),
    (CONTROLNET, {**MAP, "image_resolution": 256}, 1, "png", (256, 256)),
    (CONTROLNET, {**MAP, "num_outputs": 3, "return_reference_image": True}, 4, "png", (512, 512)),
]
# model, input: seconds; of a video frames, size
SOUNDS = [
    (MUSIC, {}, 8),
    (MUSIC, {"duration": 2, "output_format": "mp3"}, 2),
    (MUSIC, {"duration": 60}, 9),
]
VIDEOS = [(VIDEO, {}, 2, 20, (384, 216))]
TEXTS = [("meta/meta-llama-3-8b-instruct", {}), ("meta/meta-llama-3-8b-instruct", {"max_tokens": 60})]
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}


def setUpModule():
    global server
    # Soon done, but not by --speed: files would expire while others are made.
    server = Server("--boot", "0", "--predict", "0", "--log-level", "error")


def tearDownModule():
    server.stop()


def run(model, given):
    """The output. Official models run by their names, others by a version."""
    version = server.get(f"/v1/models/{model}").json()["latest_version"]["id"]
    body = {"version": version, "input": {"prompt": PROMPT, **given}}
    return server.finished(server.create(json.dumps(body).encode()))["output"]


def urls(model, given):
    output = run(model, given)
    return output if isinstance(output, list) else [output]


def fetch(url):
    answer = server.get(urllib.parse.urlsplit(url).path, headers={})
    assert answer.status == 200, answer
    return answer.body


class Pillow(unittest.TestCase):
    def test_pictures(self):
        for model, given, count, ending, size in PICTURES:
            with self.subTest(model=model, given=given):
                made = urls(model, given)
                self.assertEqual((len(made), {url.rpartition(".")[2] for url in made}), (count, {ending}))
                for url in made:
                    data = fetch(url)
                    Image.open(io.BytesIO(data)).verify()
                    picture = Image.open(io.BytesIO(data))
                    picture.load()
                    self.assertEqual((picture.format, picture.size, picture.mode), (FORMATS[ending], size, "RGB"))
                    self.assertGreater(len(picture.resize((64, 64)).getcolors(4096)), 16)  # there is something to see

    def test_the_comment_of_a_jpeg(self):
        url, = urls(FLUX, {"output_format": "jpg", "seed": 7})
        comment = Image.open(io.BytesIO(fetch(url))).info["comment"].decode()
        self.assertRegex(comment, f"^Software: replicate-mock\nmodel: {FLUX}\nprompt: {PROMPT}\nseed: 7\n$")

    def test_one_input_one_file(self):
        for ending in FORMATS:
            first, second, other = (fetch(urls(FLUX, {"output_format": ending, "seed": seed})[0]) for seed in (1, 1, 2))
            self.assertEqual(first, second)
            self.assertNotEqual(first, other)


class Wave(unittest.TestCase):
    def test_sounds(self):
        for model, given, seconds in SOUNDS:
            with self.subTest(model=model, given=given):
                url, = urls(model, given)
                self.assertEqual(url.rpartition(".")[2], "wav")
                with wave.open(io.BytesIO(fetch(url))) as sound:
                    self.assertEqual((sound.getnchannels(), sound.getsampwidth()), (1, 2))
                    self.assertEqual(sound.getnframes(), seconds * sound.getframerate())
                    samples = sound.readframes(sound.getnframes())
                loudness = math.sqrt(sum(sample * sample for sample in memoryview(samples).cast("h")) * 2 / len(samples))
                self.assertGreater(loudness, 500)


class Text(unittest.TestCase):
    def test_texts_speak_of_their_prompt(self):
        for model, given in TEXTS:
            with self.subTest(given=given):
                text = "".join(run(model, given))
                self.assertGreaterEqual(text.count("lighthouse"), 2)
                self.assertRegex(text, rf"This is replicate-mock, standing in for {model}\. .*\.$")
                self.assertLessEqual(len(text.split()), given.get("max_tokens", 512))

    def test_files_of_an_object(self):
        output = run("openai/whisper", {"audio": "https://example.com/a.wav"})
        for name in ("txt_file", "srt_file"):
            self.assertIn("stands in", fetch(output[name]).decode())

    def test_greetings(self):
        self.assertEqual(run("replicate/hello-world", {"text": "Ada"}), "hello Ada")
        self.assertEqual("".join(run("replicate/canary", {"text": "Ada"})), "hello there, Ada")

    def test_a_number(self):
        self.assertIsInstance(run("methexis-inc/img2aestheticscore", {"image": "https://example.com/a.png"}), (int, float))


class Chromium(unittest.TestCase):
    def open(self, files):
        """What a page says of each."""
        files = [f"{server.url}{urllib.parse.urlsplit(url).path}" for url in files]
        with page(urllib.parse.quote(json.dumps(files)), "openers.html") as url, tempfile.TemporaryDirectory() as home:
            command = [BROWSER, *OPTIONS, "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={home}/profile", url]
            got = subprocess.run(command, env=environment({"HOME": home, "NO_PROXY": "*"}), timeout=4 * LONG, check=False,
                                 capture_output=True, text=True, stdin=subprocess.DEVNULL)
        title = got.stdout.partition("<title>")[2].partition("</title>")[0]
        self.assertTrue(title.startswith("["), (title, got.stderr))
        return json.loads(title)

    def test_pictures(self):
        files = [(url, size) for model, given, _, _, size in PICTURES for url in urls(model, given)]
        self.assertEqual(self.open([url for url, _ in files]), [list(size) for _, size in files])

    def expect_played(self, said, seconds):
        self.assertIsInstance(said, dict, said)
        self.assertAlmostEqual(said["duration"], seconds, delta=0.01)
        self.assertAlmostEqual(said["middle"], seconds / 2, delta=0.2)
        self.assertAlmostEqual(said["end"], seconds, delta=0.2)

    def test_sounds(self):
        for (model, given, seconds), said in zip(SOUNDS, self.open([urls(*sound[:2])[0] for sound in SOUNDS])):
            with self.subTest(model=model, given=given):
                self.expect_played(said, seconds)

    def test_videos(self):
        for (model, given, seconds, frames, size), said in zip(VIDEOS, self.open([urls(*video[:2])[0] for video in VIDEOS])):
            with self.subTest(model=model, given=given):
                self.expect_played(said, seconds)
                self.assertEqual(said["size"], list(size))
                self.assertGreater(said["frames"], frames / 4)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])

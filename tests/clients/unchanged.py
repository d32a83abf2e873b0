#!/usr/bin/env python3
"""A program that was written for Replicate, with either of its clients for Python: no address of the server is in it, and
none in its environment.

Usage: unchanged.py, under as_replicate.py
"""
import asyncio
import io
import os
import re
import subprocess
import sys
import unittest

import httpx
import replicate

LANGUAGE = "meta/meta-llama-3-8b-instruct"
IMAGES = "black-forest-labs/flux-schnell"
DELIVERED = r"https://replicate\.delivery/pbxt/\w+/out-0\.webp"
IS_2 = hasattr(replicate, "AsyncReplicate")


class Unchanged(unittest.TestCase):
    def check_picture(self, picture):
        self.assertIn("FileOutput", type(picture).__name__)
        self.assertRegex(picture.url, f"^{DELIVERED}$")

    def test_outputs(self):
        """They are objects, at replicate.delivery."""
        picture = replicate.run(IMAGES, input={"prompt": "a lighthouse"})[0]
        self.check_picture(picture)
        content = picture.read()
        self.assertEqual(content[8:12], b"WEBP")
        answer = httpx.get(picture.url)
        self.assertEqual((answer.headers["content-type"], answer.content), ("image/webp", content))

    def test_asynchronous_outputs(self):
        async def read():
            run = replicate.AsyncReplicate().run if IS_2 else replicate.async_run
            picture = (await run(IMAGES, input={"prompt": "a lighthouse"}))[0]
            self.check_picture(picture)
            return await (picture.read() if IS_2 else picture.aread())
        self.assertEqual(asyncio.run(read())[8:12], b"WEBP")

    def test_streams(self):
        """They are at stream.replicate.com."""
        made = replicate.predictions.create(**({"version": LANGUAGE} if IS_2 else {"model": LANGUAGE}),
                                            input={"prompt": "Hello"})
        urls = made.urls if isinstance(made.urls, dict) else made.urls.model_dump()
        self.assertEqual(urls["get"], f"https://api.replicate.com/v1/predictions/{made.id}")
        self.assertRegex(urls["stream"], r"^https://stream\.replicate\.com/v1/streams/\w+$")
        said = httpx.get(urls["stream"], headers={"Accept": "text/event-stream"}).text
        self.assertRegex(said, re.compile("^event: done$", re.MULTILINE))
        words = list(replicate.stream(LANGUAGE, input={"prompt": "Hello"}))
        self.assertGreater(len(words), 5)

    def test_files(self):
        made = replicate.files.create(**{"content" if IS_2 else "file": io.BytesIO(b"hello")})
        urls = made.urls if isinstance(made.urls, dict) else made.urls.model_dump()
        self.assertEqual(urls["get"], f"https://api.replicate.com/v1/files/{made.id}")
        self.assertEqual(made.size, 5)

    def test_without_the_certificate(self):
        """It says so."""
        untrusting = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
        said = subprocess.run([sys.executable, "-c", "import replicate; replicate.run('a/b', input={})"], env=untrusting,
                              capture_output=True, text=True, check=False)
        self.assertEqual(said.returncode, 1)
        self.assertIn("CERTIFICATE_VERIFY_FAILED", said.stderr)


if __name__ == "__main__":
    unittest.main()

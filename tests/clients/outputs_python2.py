#!/usr/bin/env python3
"""FileOutput objects of Replicate's Python client 2.x, and the paths of use(): that it makes them, and what can be read of
them.

Usage: outputs_python2.py URL https|data    under `replicate-mock exec --tls-port 0 --output-urls …`; see outputs.py
"""
import io
import pathlib
import shutil
import sys
import tempfile
import unittest

from outputs_python import SCHEME, URL, VIDEO, check  # noqa: E402, before replicate, which reads the environment

import replicate  # noqa: E402
from replicate import AsyncReplicate, Replicate  # noqa: E402

from python_client import CONTROLNET, CONTROLNET_VERSION, IMAGES, PICTURE, collect, digest  # noqa: E402


class Tests(unittest.IsolatedAsyncioTestCase):
    def check(self, file, content_type):
        self.assertIs(type(file), replicate.FileOutput)
        self.assertEqual(str(file), file.url)
        check(file.url, content_type, file.read(), b"".join(file))

    async def check_async(self, file, content_type):
        self.assertIs(type(file), replicate.AsyncFileOutput)
        check(file.url, content_type, await file.read(), b"".join(await collect(file)))

    async def test_run(self):
        files = replicate.run(IMAGES, input={"prompt": "x", "num_outputs": 2})
        self.assertEqual(len(files), 2)
        for file in files + Replicate().run(IMAGES, input={"prompt": "x"}, wait=False):
            self.check(file, "image/webp")
        self.check(replicate.run(VIDEO, input={"prompt": "x"}), "video/webm")
        self.check(replicate.run(CONTROLNET, input=PICTURE)[0], "image/png")

    async def test_run_asynchronously(self):
        async with AsyncReplicate() as client:
            for file in await client.run(IMAGES, input={"prompt": "x", "num_outputs": 2}):
                await self.check_async(file, "image/webp")
            await self.check_async(await client.run(VIDEO, input={"prompt": "x"}), "video/webm")
            files = await client.run(CONTROLNET, input=PICTURE, wait=False)
            await self.check_async(files[0], "image/png")

    def check_used(self, path, content_type):
        """A path that is downloaded where it is first used; use() leaves a data: URI as it is: the client's limit."""
        if SCHEME == "data":
            self.assertIs(type(path), str)
            check(path, content_type)
        else:
            check(replicate.get_path_url(path), content_type, pathlib.Path(path).read_bytes(), open(path, "rb").read())

    async def test_use(self):
        path, = replicate.use(IMAGES)(prompt="x")
        self.check_used(path, "image/webp")
        self.check_used(replicate.use(VIDEO)(prompt="x"), "video/webm")
        self.check_used(replicate.use(CONTROLNET)(**PICTURE)[0], "image/png")
        path, = await replicate.use(IMAGES, use_async=True)(prompt="x")
        self.check_used(path, "image/webp")
        for url in replicate.use(IMAGES, streaming=True)(prompt="x"):
            self.assertIs(type(url), str)  # of an iterator's schema alone it makes paths then: the client's limit
            check(url, "image/webp")

    async def test_a_prediction_gives_text(self):
        client = Replicate()
        made = client.predictions.create(version=CONTROLNET_VERSION, input=PICTURE)
        self.assertTrue(made.urls.get.startswith(f"{URL}/"))
        check(client.predictions.wait(made.id).output[0], "image/png")

    async def test_a_file_goes_on_into_the_next_prediction(self):
        client = Replicate()

        def last_input():
            return client.predictions.list().results[0].input["image"]

        file = client.run(CONTROLNET, input=PICTURE)[0]
        client.run(CONTROLNET, input={**PICTURE, "image": file.url})
        self.assertEqual(last_input(), file.url)
        client.run(CONTROLNET, input={**PICTURE, "image": io.BytesIO(file.read())})
        up = client.files.list().results[0]
        self.assertEqual(up.checksums.sha256, digest(file.read()))
        self.assertEqual(last_input(), up.urls.get)
        self.assertTrue(up.urls.get.startswith(f"{URL}/"))
        with self.assertRaisesRegex(TypeError, "FileOutput is not JSON serializable"):  # the client's limit
            client.run(CONTROLNET, input={**PICTURE, "image": file})
        path = replicate.use(CONTROLNET)(**PICTURE)[0]
        replicate.use(CONTROLNET)(**{**PICTURE, "image": path})
        self.assertEqual(last_input(), path if SCHEME == "data" else replicate.get_path_url(path))


if __name__ == "__main__":
    # Outputs that are downloaded come to lie there.
    tempfile.tempdir = tempfile.mkdtemp()
    try:
        unittest.main(argv=sys.argv[:1], warnings="ignore")  # as in outputs_python1.py
    finally:
        shutil.rmtree(tempfile.tempdir)

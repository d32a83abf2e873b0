#!/usr/bin/env python3
"""FileOutput objects of Replicate's Python client 1.x: that it makes them, and what can be read of them.

Usage: outputs_python1.py URL https|data    under `replicate-mock exec --tls-port 0 --output-urls …`; see outputs.py
"""
import io
import sys
import unittest

from outputs_python import URL, VIDEO, check  # noqa: E402, before replicate, which reads the environment

import replicate  # noqa: E402
from replicate.helpers import FileOutput  # noqa: E402

from python_client import CONTROLNET, CONTROLNET_VERSION, IMAGES, LANGUAGE, PICTURE, collect, digest  # noqa: E402


class Tests(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.client = replicate.Client()  # the module's own were tied to the first test's loop

    def input_of_last(self):
        return self.client.predictions.list()[0].input["image"]

    async def check(self, file, content_type):
        self.assertIs(type(file), FileOutput)
        self.assertEqual(str(file), file.url)
        return check(file.url, content_type, file.read(), await file.aread(), b"".join(file),
                     b"".join(await collect(file)))

    async def test_run(self):
        files = self.client.run(IMAGES, input={"prompt": "x", "num_outputs": 2})
        self.assertEqual(len(files), 2)
        for file in files + await self.client.async_run(IMAGES, input={"prompt": "x"}):
            await self.check(file, "image/webp")
        await self.check(self.client.run(VIDEO, input={"prompt": "x"}), "video/webm")
        await self.check(await self.client.async_run(VIDEO, input={"prompt": "x"}), "video/webm")

    async def test_run_by_version_and_by_polling(self):
        for file in self.client.run(CONTROLNET, input=PICTURE):
            await self.check(file, "image/png")
        for file in self.client.run(CONTROLNET, input=PICTURE, wait=False):
            await self.check(file, "image/png")
        for file in await self.client.async_run(CONTROLNET, input=PICTURE, wait=False):
            await self.check(file, "image/png")

    async def test_stream(self):
        for stream in (self.client.stream(IMAGES, input={"prompt": "x"}),
                       await self.client.async_stream(IMAGES, input={"prompt": "x"})):
            events = await collect(stream)
            self.assertEqual([event.event.value for event in events], ["output", "done"])
            await self.check(events[0].data, "image/webp")
        words = "".join(map(str, self.client.stream(LANGUAGE, input={"prompt": "Hello"})))
        self.assertEqual(words, "".join(self.client.predictions.list()[0].output))

    async def test_a_prediction_gives_text(self):
        made = self.client.predictions.create(CONTROLNET_VERSION, PICTURE)
        self.assertTrue(made.urls["get"].startswith(f"{URL}/v1/predictions/"))
        made.wait()
        check(made.output[0], "image/png")

    async def test_a_file_goes_on_into_the_next_prediction(self):
        file = self.client.run(CONTROLNET, input=PICTURE)[0]
        self.client.run(CONTROLNET, input={**PICTURE, "image": file.url})
        self.assertEqual(self.input_of_last(), file.url)
        self.client.run(CONTROLNET, input={**PICTURE, "image": io.BytesIO(file.read())})
        up = self.client.files.list()[0]
        self.assertEqual(up.checksums["sha256"], digest(file.read()))
        self.assertEqual(self.input_of_last(), up.urls["get"])
        self.assertTrue(up.urls["get"].startswith(f"{URL}/v1/files/"))
        with self.assertRaisesRegex(TypeError, "FileOutput is not JSON serializable"):  # the client's limit
            self.client.run(CONTROLNET, input={**PICTURE, "image": file})

    def test_the_module_itself(self):
        file = replicate.run(VIDEO, input={"prompt": "x"})
        self.assertIs(type(file), FileOutput)
        check(file.url, "video/webm", file.read())


if __name__ == "__main__":
    # Neither client closes all that it has opened; to be warned of it amid an import breaks the import.
    unittest.main(argv=sys.argv[:1], warnings="ignore")

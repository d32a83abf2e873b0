#!/usr/bin/env python3
"""LiteLLM's Replicate provider, which knows one address and heeds no other: where Replicate's names lead to the server.

Usage: litellm_provider.py, under as_replicate.py, with a server that takes less than a second for a prediction: the
provider looks for its end after 1 s, and then after 3 s more.
"""
import asyncio
import json
import os
import ssl
import unittest
import urllib.request

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it asks another server for its list of prices

import litellm  # noqa: E402

CANARY_VERSION = "30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272"
CANARY = f"replicate/replicate/canary:{CANARY_VERSION}"
LANGUAGE = "replicate/meta/meta-llama-3-8b-instruct"
HELLO = [{"role": "user", "content": "Hello"}]

litellm.suppress_debug_info = True


def latest():
    """The last prediction, as the API has it."""
    request = urllib.request.Request("https://api.replicate.com/v1/predictions",
                                     headers={"Authorization": f"Bearer {os.environ['REPLICATE_API_TOKEN']}"})
    with urllib.request.urlopen(request, context=ssl.create_default_context()) as answer:
        return json.load(answer)["results"][0]


def said(answer):
    return answer.choices[0].message.content


class Provider(unittest.TestCase):
    def test_completion(self):
        answer = litellm.completion(model=LANGUAGE, messages=HELLO, max_tokens=20, temperature=0.5)
        made = latest()
        self.assertEqual(said(answer), "".join(made["output"]))
        self.assertEqual(answer.model, LANGUAGE)
        self.assertEqual((made["input"]["max_new_tokens"], made["input"]["temperature"]), (20, 0.5))
        self.assertIn("Hello", made["input"]["prompt"])
        self.assertEqual((made["status"], made["model"]), ("succeeded", "meta/meta-llama-3-8b-instruct"))

    def test_acompletion(self):
        answer = asyncio.run(litellm.acompletion(model=LANGUAGE, messages=HELLO))
        self.assertEqual(said(answer), "".join(latest()["output"]))

    def test_version(self):
        """It sends these to models/{version}/predictions."""
        answer = litellm.completion(model=CANARY, messages=HELLO, text="Hello")
        made = latest()
        self.assertEqual(said(answer), "".join(made["output"]))
        self.assertEqual((made["version"], made["input"]["text"]), (CANARY_VERSION, "Hello"))

    def test_stream(self):
        chunks = litellm.completion(model=LANGUAGE, messages=HELLO, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        self.assertEqual(text, "".join(latest()["output"]))

    def test_asynchronous_stream(self):
        async def read():
            chunks = await litellm.acompletion(model=LANGUAGE, messages=HELLO, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])
        self.assertEqual(asyncio.run(read()), "".join(latest()["output"]))

    def test_errors(self):
        with self.assertRaisesRegex(litellm.exceptions.UnprocessableEntityError, "input: text is required"):
            litellm.completion(model=CANARY, messages=HELLO)
        with self.assertRaisesRegex(litellm.exceptions.APIError, "404 Not Found"):
            litellm.completion(model="replicate/nobody/nothing", messages=HELLO)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Replicate's Python client 1.x: every method of it and its async_ twin, against the server that it takes for Replicate.

Usage: python1.py BINARY [TESTS...]

Each test is written once, as a coroutine, and runs in two ways: `Sync` calls the methods as they are, `Async` their
async_ twins. Each has a token, and so a world, of its own.
"""
import base64
import contextlib
import inspect
import io
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest

import httpx

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "ring"))
os.environ["RING_BINARY"] = os.path.abspath(sys.argv[1])
os.environ["REPLICATE_POLL_INTERVAL"] = "0.02"
for name in ("REPLICATE_API_TOKEN", "REPLICATE_BASE_URL"):
    os.environ.pop(name, None)

import replicate  # noqa: E402
import replicate.pagination  # noqa: E402
from replicate.exceptions import ModelError, ReplicateError  # noqa: E402
from replicate.helpers import FileOutput  # noqa: E402
from replicate.webhook import (InvalidSignatureError, InvalidTimestampError, MissingWebhookBodyError,  # noqa: E402
                               MissingWebhookHeaderError, WebhookSigningSecret, Webhooks)

from python_client import (CANARY, CANARY_VERSION, CONTROLNET, CONTROLNET_VERSION, HELLO, IMAGES, LANGUAGE,
                           PICTURE, PNG, Recorder, collect, digest)  # noqa: E402
from ring import LONG, Server  # noqa: E402

server = None
worlds = 0


def setUpModule():
    global server
    # Longer than a wait of one second, and shorter than that in truth; one of a minute has 12 s.
    server = Server("--speed", "5", "--boot", "50ms", "--predict", "1500ms", "--log-level", "warn")


def tearDownModule():
    server.stop()


class Way:
    """A part of the client whose methods can all be awaited: the plain ones, or their async_ twins."""

    def __init__(self, part, is_async):
        self._part, self._is_async = part, is_async

    def __getattr__(self, name):
        twin = getattr(self._part, f"async_{name}", None)
        if self._is_async and twin:
            return twin
        found = getattr(self._part, name)
        if not callable(found):
            return Way(found, self._is_async)
        assert not self._is_async, f"{name} has no async_ twin"

        async def call(*args, **params):
            return found(*args, **params)
        return call


class Tests:
    is_async = False

    def setUp(self):
        self.client, self.recorder = self.another()
        self.api = self.way(self.client)

    def another(self, **options):
        global worlds
        worlds += 1
        self.token, recorder = f"r8_python1_{worlds}", Recorder()
        return replicate.Client(**{"api_token": self.token, "base_url": server.url, "transport": recorder,
                                   **options}), recorder

    def way(self, part):
        return Way(part, self.is_async)

    def mock(self, method, path, body=None):
        """A call of the control API, in this world."""
        answer = httpx.request(method, f"{server.url}/_mock/{path}", json=body, trust_env=False, timeout=2 * LONG,
                               headers={"Authorization": f"Bearer {self.token}"})
        self.assertLess(answer.status_code, 300, f"{method} {path}: {answer.text}")
        return answer.json() if answer.content else None

    @contextlib.contextmanager
    def stopped_clock(self):
        """Nothing in this world goes on by itself meanwhile: what is to be canceled has not ended before."""
        self.mock("PUT", "clock", {"mode": "manual"})
        yield
        self.mock("PUT", "clock", {"mode": "real"})

    def rule(self, operation, response, times=None):
        self.mock("POST", "scenarios", {"match": {"operation": operation}, "response": response,
                                        **({"times": times} if times else {})})

    async def example(self):
        """The body of an answer to a create, whole: the client leaves out what it does not know."""
        made = await self.api.predictions.create(CONTROLNET_VERSION, PICTURE)
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.get(made.urls["get"], headers=headers, trust_env=False, timeout=LONG).json()

    async def refused(self, call, status, detail, title=None):
        with self.assertRaises(ReplicateError) as caught:
            await call
        self.assertEqual(caught.exception.status, status, caught.exception)
        self.assertIn(detail, caught.exception.detail)
        if title:
            self.assertEqual(caught.exception.title, title)

    async def version_of(self, model):
        return (await self.api.models.get(model)).latest_version.id

    async def test_account_hardware_collections(self):
        account = await self.api.accounts.current()
        self.assertIn(account.type, ("user", "organization"))
        self.assertTrue(account.username and account.name)
        hardware = await self.api.hardware.list()
        self.assertTrue(hardware and all(item.sku and item.name for item in hardware))
        page = await self.api.collections.list()
        self.assertTrue(page.results)
        collection = await self.api.collections.get(page[0].slug)
        self.assertEqual(collection.slug, page[0].slug)
        self.assertGreater(len(collection), 0)
        self.assertEqual([model.id for model in collection], [model.id for model in collection.models])

    async def test_models(self):
        names = {model.id for model in await self.api.models.list()}
        self.assertLessEqual({HELLO, LANGUAGE, IMAGES, "replicate/canary", "rossjillian/controlnet"}, names)
        model = await self.api.models.get("replicate", "hello-world")
        self.assertEqual(await self.api.models.get(HELLO), model)
        versions = self.way(model.versions)
        self.assertIn(model.latest_version.id, [version.id for version in await versions.list()])
        self.assertEqual(await versions.get(model.latest_version.id), model.latest_version)
        found = await self.api.models.search("controlnet")  # as text, without quotes
        self.assertEqual(found[0].name, "controlnet")
        self.assertEqual(self.recorder.sent[-1].content, b"controlnet")
        model.reload()
        self.assertEqual(model.id, HELLO)

    async def test_a_model_of_ones_own(self):
        owner = (await self.api.accounts.current()).username
        sku = (await self.api.hardware.list())[0].sku
        made = await self.api.models.create(owner, "mine", visibility="private", hardware=sku, description="x")
        self.assertEqual((made.owner, made.name, made.visibility, made.description, made.run_count, made.latest_version),
                         (owner, "mine", "private", "x", 0, None))
        self.assertEqual(await self.api.models.get(owner, "mine"), made)
        self.assertTrue(await self.api.models.delete(owner, "mine"))
        await self.refused(self.api.models.get(owner, "mine"), 404, "")

    async def test_predictions(self):
        version = await self.version_of(HELLO)
        made = await self.api.predictions.create(version=version, input={"text": "Alice"})
        self.assertEqual((made.status, made.output, made.error, made.logs, made.version),
                         ("starting", None, None, "", version))
        await self.way(made).wait()
        self.assertEqual((made.status, made.output, made.error), ("succeeded", "hello Alice", None))
        self.assertEqual((await self.api.predictions.get(made.id)).output, "hello Alice")

        with self.stopped_clock():
            official = await self.api.predictions.create(model=LANGUAGE, input={"prompt": "x"}, wait=True)
            self.assertEqual(official.status, "starting")  # the client lets go of `wait` here
            await self.way(official).cancel()
        self.assertEqual(official.status, "canceled")  # and knows no "aborted"
        other = await self.api.models.predictions.create(LANGUAGE, {"prompt": "x"}, wait=True)
        self.assertTrue(other.output)
        await self.way(other).reload()
        with self.stopped_clock():
            third = await self.api.predictions.create(CONTROLNET_VERSION, PICTURE)
            self.assertEqual((await self.api.predictions.cancel(third.id)).status, "canceled")
        self.assertEqual([item.id for item in await self.api.predictions.list()],
                         [third.id, other.id, official.id, made.id])

    async def test_paginate(self):
        version = await self.version_of(HELLO)
        ids = [(await self.api.predictions.create(version=version, input={"text": str(i)})).id for i in range(205)]
        pages = await collect(replicate.pagination.async_paginate(self.client.predictions.async_list) if self.is_async
                              else replicate.pagination.paginate(self.client.predictions.list))
        self.assertEqual([len(page) for page in pages], [100, 100, 5])
        self.assertEqual([item.id for page in pages for item in page], ids[::-1])
        back = await self.api.predictions.list(pages[2].previous)
        self.assertEqual([item.id for item in back], [item.id for item in pages[1]])

    async def test_no_request_waits_for_an_acknowledgment(self):
        """Its head and its body leave in two packets, and where the server's kernel delays the acknowledgment of the
        first, each of these takes 40 ms: the quickest as well."""
        took = []
        for _ in range(20):
            begin = time.monotonic()
            await self.api.predictions.create(version=CONTROLNET_VERSION, input=PICTURE)
            took.append(time.monotonic() - begin)
        self.assertLess(min(took), 0.03, took)

    async def test_run_blocking(self):
        words = await collect(await self.api.run(CANARY, input={"text": "Betty"}))
        self.assertGreater(len(words), 1)
        self.assertEqual("".join(words).strip(), "hello there, Betty")
        # The version is read afterwards: its schema tells whether the output is an iterator.
        self.assertEqual(self.recorder.paths(),
                         ["POST /v1/predictions", f"GET /v1/models/replicate/canary/versions/{CANARY_VERSION}"])
        self.assertEqual(self.recorder.sent[0].headers["prefer"], "wait")
        self.assertEqual(json.loads(self.recorder.sent[0].content),
                         {"input": {"text": "Betty"}, "version": CANARY_VERSION})

    async def test_run_by_name(self):
        output = await self.api.run(LANGUAGE, input={"prompt": "Hello"})
        self.assertIsInstance(output, list)  # no schema is read, so it is no iterator
        self.assertEqual(self.recorder.paths(), [f"POST /v1/models/{LANGUAGE}/predictions"])
        await self.refused(self.api.run("rossjillian/controlnet", input=PICTURE), 404,
                           "The requested resource could not be found.")

    async def test_run_polling(self):
        words = await collect(await self.api.run(CANARY, input={"text": "Betty"}, wait=False))
        self.assertEqual("".join(words).strip(), "hello there, Betty")
        self.assertNotIn("prefer", self.recorder.sent[0].headers)
        pictures = await self.api.run(CONTROLNET, input=PICTURE, wait=False)
        self.assertTrue(pictures[0].startswith(f"{server.url}/delivery/"))

    async def test_run_whose_wait_ends_first_goes_on_by_polling(self):
        """Anything but "starting" were taken for the end, and null for the output."""
        pictures = await self.api.run(CONTROLNET, input=PICTURE, wait=1)
        self.assertTrue(pictures[0].startswith("http"))
        self.assertEqual(self.recorder.sent[0].headers["prefer"], "wait=1")
        self.assertEqual(self.recorder.paths()[2].rsplit("/", 1)[0], "GET /v1/predictions")

    async def test_run_that_fails(self):
        made = await self.example()
        self.rule("predictions.create", {"status": 201, "body": {**made, "status": "failed", "error": "out of luck"}})
        with self.assertRaisesRegex(ModelError, "^out of luck$") as caught:
            await self.api.run(CONTROLNET, input=PICTURE)
        self.assertEqual(caught.exception.prediction.id, made["id"])

    async def test_every_model_of_the_catalogue_is_one_to_it(self):
        """Its types are strict: a wrong one, or none, is an exception."""
        for model in await self.api.models.list():
            with self.subTest(model.id):
                self.assertTrue(model.url and model.latest_version.cog_version)
                self.assertIn("Output", model.latest_version.openapi_schema["components"]["schemas"])
                await self.way(model.versions).get(model.latest_version.id)

    async def stream(self, *args, **params):
        return await collect(await self.api.stream(*args, **params))

    async def test_stream(self):
        events = await self.stream(LANGUAGE, input={"prompt": "Hello"})
        self.assertEqual([event.event.value for event in events], ["output"] * (len(events) - 1) + ["done"])
        self.assertGreater(len(events), 2)
        made = (await self.api.predictions.list())[0]
        self.assertEqual([str(event) for event in events[:-1]], made.output)
        self.assertTrue(all(event.id for event in events))
        self.assertEqual(json.loads(self.recorder.sent[0].content), {"input": {"prompt": "Hello"}, "stream": True})
        self.assertEqual(self.recorder.sent[1].headers["accept"], "text/event-stream")
        self.assertEqual(self.recorder.sent[1].headers["authorization"], f"Bearer {self.token}")
        words = await self.stream(CANARY, input={"text": "Betty"})
        self.assertEqual("".join(map(str, words)).strip(), "hello there, Betty")
        pictures = await self.stream(CONTROLNET, input=PICTURE)
        self.assertTrue(pictures[0].data.startswith(f"{server.url}/delivery/"))

    async def test_stream_of_a_prediction(self):
        made = await self.api.predictions.create(version=CANARY_VERSION, input={"text": "Betty"})
        if self.is_async:
            events = await collect(made.async_stream())
        else:
            events = await collect(made.stream())
        self.assertEqual("".join(map(str, events)).strip(), "hello there, Betty")
        made = await self.api.predictions.create(version=CANARY_VERSION, input={"text": "Betty"})
        words = await collect(made.async_output_iterator() if self.is_async else made.output_iterator())
        self.assertEqual("".join(words).strip(), "hello there, Betty")

    async def test_outputs(self):
        made = await self.example()
        output = ["data:text/plain;base64,aGVsbG8=", f"{server.url}/x", "https://replicate.delivery/x"]
        self.rule("predictions.create", {"status": 201, "body": {**made, "status": "processing", "output": output}})
        data, http, https = await self.api.run(CONTROLNET, input=PICTURE)
        self.assertEqual((type(data), http, type(https)), (FileOutput, output[1], FileOutput))
        self.assertEqual(await data.aread() if self.is_async else data.read(), b"hello")
        self.assertEqual(https.url, output[2])
        self.assertEqual(await self.api.run(CONTROLNET, input=PICTURE, use_file_output=False), output)

    async def test_files_that_stand_in_the_output(self):
        with Server("--output-urls", "data", "--boot", "10ms", "--predict", "100ms", "--log-level", "warn") as inlining:
            client, _ = self.another(base_url=inlining.url)
            for wait in (True, False):
                file, = await self.way(client).run(CONTROLNET, input=PICTURE, wait=wait)
                self.assertEqual(type(file), FileOutput)
                self.assertEqual((await file.aread() if self.is_async else file.read())[1:4], b"PNG")

    async def test_progress(self):
        made = await self.api.predictions.create(CONTROLNET_VERSION, PICTURE)
        await self.way(made).wait()
        self.assertEqual((made.progress.percentage, made.progress.current, made.progress.total), (1.0, 20, 20))

    async def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "greeting.txt")
            path.write_bytes(b"hello")
            made = await self.api.files.create(path, metadata={"kind": "greeting"})
            self.assertEqual((made.name, made.content_type, made.size, made.metadata),
                             ("greeting.txt", "text/plain", 5, {"kind": "greeting"}))
            with path.open("rb") as file:
                again = await self.api.files.create(file, filename="other.txt", content_type="text/markdown")
        self.assertEqual((again.name, again.content_type, again.metadata), ("other.txt", "text/markdown", {}))
        self.assertEqual(made.checksums["sha256"], digest(b"hello"))
        self.assertEqual(made.urls["get"], f"{server.url}/v1/files/{made.id}")
        self.assertEqual(await self.api.files.get(made.id), made)
        sizes = [5 << 20, 60 << 20]
        for size in sizes:
            content = os.urandom(size)
            file = await self.api.files.create(io.BytesIO(content))
            self.assertEqual((file.name, file.content_type, file.size), ("file", "application/octet-stream", size))
            self.assertEqual(file.checksums["sha256"], digest(content))
        self.assertEqual([file.size for file in await self.api.files.list()], [*sizes[::-1], 5, 5])
        self.assertTrue(await self.api.files.delete(made.id))
        await self.refused(self.api.files.get(made.id), 404, "")

    async def test_files_in_the_input_go_up_first(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.png")
            path.write_bytes(PNG)
            for image in (path, io.BytesIO(PNG)):
                self.recorder.sent.clear()
                made = await self.api.predictions.create(CONTROLNET_VERSION, {**PICTURE, "image": image})
                self.assertEqual(self.recorder.paths(), ["POST /v1/files", "POST /v1/predictions"])
                file = (await self.api.files.list())[0]
                self.assertEqual((made.input["image"], file.checksums["sha256"]), (file.urls["get"], digest(PNG)))
            made = await self.api.predictions.create(CONTROLNET_VERSION, {**PICTURE, "image": path},
                                                     file_encoding_strategy="base64")
        self.assertEqual(made.input["image"], "data:image/png;base64," + base64.b64encode(PNG).decode())

    async def test_deployments(self):
        owner, sku = (await self.api.accounts.current()).username, (await self.api.hardware.list())[0].sku
        made = await self.api.deployments.create(name="greeter", model=HELLO, version=await self.version_of(HELLO),
                                                 hardware=sku, min_instances=0, max_instances=1)
        self.assertEqual((made.id, made.current_release.number), (f"{owner}/greeter", 1))
        self.assertEqual(made.current_release.configuration.dict(),
                         {"hardware": sku, "min_instances": 0, "max_instances": 1})
        self.assertEqual(made.current_release.created_by.username, owner)
        changed = await self.api.deployments.update(owner, "greeter", max_instances=3)
        self.assertEqual((changed.current_release.number, changed.current_release.configuration.max_instances), (2, 3))
        self.assertEqual(await self.api.deployments.get(f"{owner}/greeter"), changed)
        self.assertEqual((await self.api.deployments.list()).results, [changed])
        for create in (lambda **params: self.way(changed.predictions).create(**params),
                       lambda **params: self.api.deployments.predictions.create(deployment=changed.id, **params),
                       lambda **params: self.api.predictions.create(deployment=changed.id, **params)):
            prediction = await create(input={"text": "Alice"})
            await self.way(prediction).wait()
            self.assertEqual((prediction.output, prediction.model), ("hello Alice", HELLO))
        self.assertTrue(await self.api.deployments.delete(owner, "greeter"))
        await self.refused(self.api.deployments.get(f"{owner}/greeter"), 404, "")

    async def trainable(self):
        """The model that can be trained, and input that it takes."""
        for model in await self.api.models.list():
            schema = model.latest_version.openapi_schema["components"]["schemas"].get("TrainingInput")
            if schema:
                uri = {key for key, value in schema["properties"].items() if value.get("format") == "uri"}
                return model, {key: "https://example.com/data.zip" if key in uri else "x"
                               for key in schema.get("required", [])}
        raise AssertionError("no model can be trained")

    async def test_trainings(self):
        owner, sku = (await self.api.accounts.current()).username, (await self.api.hardware.list())[0].sku
        model, values = await self.trainable()
        destination = f"{owner}/trained"
        params = {"model": model.id, "version": model.latest_version.id, "input": values, "destination": destination}
        await self.refused(self.api.trainings.create(**params), 404, "The specified training destination does not exist")
        await self.api.models.create(owner, "trained", visibility="private", hardware=sku)
        made = await self.api.trainings.create(**params, webhook=f"{server.url}/_mock/inbox/trainings",
                                               webhook_events_filter=["completed"])
        self.assertEqual((made.status, made.model), ("starting", model.id))
        self.mock("POST", "settle?timeout=60s")
        await self.way(made).reload()
        self.assertEqual((made.status, made.error), ("succeeded", None))
        version = made.output["version"].split(":")[1]
        trained = await self.api.models.get(destination)
        self.assertEqual((made.output["version"], trained.latest_version.id), (f"{destination}:{version}", version))
        self.assertEqual(json.loads(self.mock("GET", "inbox/trainings")["results"][0]["body"])["id"], made.id)

        with self.stopped_clock():
            other = await self.api.trainings.create(**params)
            await self.way(other).cancel()
            self.assertEqual(other.status, "canceled")
            third = await self.api.trainings.create(**params)
            self.assertEqual((await self.api.trainings.cancel(third.id)).status, "canceled")
        self.assertEqual((await self.api.trainings.get(third.id)).status, "canceled")
        self.assertEqual([item.id for item in await self.api.trainings.list()], [third.id, other.id, made.id])

        # A version's end is 202, for which this client answers False.
        await self.way(trained.versions).delete(version)
        self.assertEqual((await self.way(trained.versions).list()).results, [])
        self.assertTrue(await self.api.models.delete(destination))

    async def test_webhook_as_it_comes(self):
        secret = await self.api.webhooks.default.secret()
        made = await self.api.predictions.create(CONTROLNET_VERSION, PICTURE, webhook=f"{server.url}/_mock/inbox/mine",
                                                 webhook_events_filter=["completed"])
        self.mock("POST", "settle?timeout=60s")
        delivery, = self.mock("GET", "inbox/mine")["results"]
        headers, body = delivery["headers"], delivery["body"]
        self.assertEqual(json.loads(body)["id"], made.id)
        Webhooks.validate(headers=headers, body=body, secret=secret, tolerance=60)
        Webhooks.validate(httpx.Request("POST", "http://localhost/", headers={
            name: value for name, value in headers.items() if name.startswith("webhook-")}, content=body), secret=secret)
        with self.assertRaises(InvalidSignatureError):
            Webhooks.validate(headers=headers, body=body + " ", secret=secret)
        with self.assertRaises(InvalidSignatureError):
            Webhooks.validate(headers=headers, body=body, secret=WebhookSigningSecret(key="whsec_" + "A" * 32))
        with self.assertRaises(InvalidTimestampError):
            Webhooks.validate(headers={**headers, "webhook-timestamp": "1"}, body=body, secret=secret, tolerance=60)
        with self.assertRaises(MissingWebhookHeaderError):
            Webhooks.validate(headers={"host": "localhost"}, body=body, secret=secret)
        with self.assertRaises(MissingWebhookBodyError):
            Webhooks.validate(headers=headers, body="", secret=secret)

    async def test_errors(self):
        await self.refused(self.api.predictions.get("nothing"), 404, "The requested resource could not be found.")
        await self.refused(self.api.predictions.create(CONTROLNET_VERSION, {}), 422, "- input: image is required\n",
                           "Input validation failed")
        await self.refused(self.api.predictions.create("nothing", {}), 422, "The specified version does not exist",
                           "Invalid version or not permitted")
        self.rule("predictions.create", {"status": 402}, 1)
        await self.refused(self.api.predictions.create(CONTROLNET_VERSION, PICTURE), 402,
                           "You have insufficient credit to run this model.", "Insufficient credit")

    async def test_only_what_can_be_repeated_is_tried_again(self):
        self.rule("predictions.create", {"status": 429}, 1)
        self.recorder.sent.clear()
        await self.refused(self.api.predictions.create(CONTROLNET_VERSION, PICTURE), 429, "Request was throttled.")
        self.assertEqual(len(self.recorder.sent), 1)
        made = await self.api.predictions.create(CONTROLNET_VERSION, PICTURE)
        self.rule("predictions.get", {"status": 429, "headers": {"retry-after": "0"}}, 2)
        self.rule("predictions.get", {"status": 503}, 1)
        self.recorder.sent.clear()
        self.assertEqual((await self.api.predictions.get(made.id)).id, made.id)
        self.assertEqual(len(self.recorder.sent), 4)
        self.rule("predictions.get", {"status": 500}, 1)
        self.recorder.sent.clear()
        with self.assertRaises(ReplicateError) as caught:
            await self.api.predictions.get(made.id)
        self.assertEqual((caught.exception.status, len(self.recorder.sent)), (500, 1))

    async def test_tokens(self):
        with Server("--token", "r8_good", "--log-level", "warn") as strict:
            for token, detail in (("r8_bad", "You did not pass a valid authentication token"),
                                  (None, "You did not pass an authentication token")):
                client, _ = self.another(base_url=strict.url, api_token=token)
                await self.refused(self.way(client).predictions.list(), 401, detail, "Unauthenticated")
            client, _ = self.another(base_url=strict.url, api_token="r8_good")
            self.assertEqual((await self.way(client).predictions.list()).results, [])

    async def test_a_base_url_with_v1_does_no_harm(self):
        client, recorder = self.another(base_url=f"{server.url}/v1")
        made = await self.way(client).predictions.create(CONTROLNET_VERSION, PICTURE)
        await self.way(made).reload()
        self.assertEqual(recorder.paths()[0], "POST /v1/v1/predictions")

    async def test_every_method_has_been_named(self):
        """Of all namespaces: what this file does not call, and the client offers."""
        with open(__file__, encoding="utf-8") as file:
            text = file.read()
        for part in (self.client.accounts, self.client.collections, self.client.deployments, self.client.files,
                     self.client.hardware, self.client.models, self.client.predictions, self.client.trainings):
            methods = [name for name, _ in inspect.getmembers(type(part), inspect.isfunction)
                       if not name.startswith(("_", "async_"))]
            prefix = type(part).__name__.lower().replace("hardwarenamespace", "hardware")
            self.assertEqual([name for name in methods if f"api.{prefix}.{name}(" not in text], [], prefix)


class Sync(Tests, unittest.IsolatedAsyncioTestCase):
    pass


class Async(Tests, unittest.IsolatedAsyncioTestCase):
    is_async = True


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        unittest.main(argv=[sys.argv[0], *sys.argv[2:]], warnings="ignore")

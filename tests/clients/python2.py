#!/usr/bin/env python3
"""Replicate's Python client 2.x: every method of it, and of its asynchronous one, against the server that it takes for
Replicate. All answers are held against the client's types (`_strict_response_validation`).

Usage: python2.py BINARY [TESTS...]

Each test is written once and runs with both clients, `Replicate` and `AsyncReplicate`. Each has a token, and so a world,
of its own.
"""
import asyncio
import base64
import contextlib
import gc
import inspect
import io
import json
import os
import pathlib
import shutil
import sys
import tempfile
import unittest
import warnings

import httpx

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "ring"))
os.environ["RING_BINARY"] = os.path.abspath(sys.argv[1])
os.environ["REPLICATE_POLL_INTERVAL"] = "0.02"

import replicate  # noqa: E402
from replicate import AsyncReplicate, Replicate  # noqa: E402
from replicate.exceptions import ModelError  # noqa: E402
from replicate.lib._predictions_use import use  # noqa: E402

from python_client import (CANARY, CONTROLNET, CONTROLNET_VERSION, HELLO, IMAGES, LANGUAGE, PICTURE, PNG, Recorder,
                           collect, digest)  # noqa: E402
from ring import LONG, Server  # noqa: E402

server = None
worlds = 0


def setUpModule():
    global server
    # Longer than a wait of one second, and shorter than that in truth; one of a minute has 12 s.
    server = Server("--speed", "5", "--boot", "50ms", "--predict", "1500ms", "--log-level", "warn")
    # Outputs that are downloaded come to lie there.
    tempfile.tempdir = tempfile.mkdtemp()
    unittest.addModuleCleanup(shutil.rmtree, tempfile.tempdir)


def tearDownModule():
    server.stop()


class Way:
    """A part of the client whose methods can all be awaited, also where they are plain ones."""

    def __init__(self, part):
        self._part = part

    def __getattr__(self, name):
        found = getattr(self._part, name)
        if not callable(found):
            return Way(found)

        async def call(*args, **params):
            answer = found(*args, **params)
            return await answer if inspect.isawaitable(answer) else answer
        return call


async def now(value):
    return await value if inspect.isawaitable(value) else value


def split(model):
    """Its name, as most methods take it."""
    owner, name = model.split("/")
    return {"model_owner": owner, "model_name": name}


class Tests:
    kind, http = Replicate, httpx.Client

    def setUp(self):
        self.client, self.recorder = self.another()
        self.api = Way(self.client)

    def another(self, **options):
        global worlds
        worlds += 1
        self.token, recorder = f"r8_python2_{worlds}", Recorder()
        client = self.kind(**{"bearer_token": self.token, "base_url": f"{server.url}/v1",
                              "http_client": self.http(transport=recorder), "_strict_response_validation": True,
                              **options})
        self.addAsyncCleanup(Way(client).close)
        return client, recorder

    async def asyncTearDown(self):
        """The client closes its connections where it is collected, and needs the test's loop for it."""
        gc.collect()
        await asyncio.sleep(0)

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

    async def refused(self, call, kind, status, detail):
        with self.assertRaises(kind) as caught:
            await call
        self.assertEqual((type(caught.exception), caught.exception.status_code), (kind, status))
        self.assertIn(detail, caught.exception.body["detail"])

    async def get_model(self, model):
        return await self.api.models.get(**split(model))

    async def create(self, version=CONTROLNET_VERSION, **params):
        return await self.api.predictions.create(version=version, **{"input": PICTURE, **params})

    async def test_account_hardware_collections_search(self):
        account = await self.api.account.get()
        self.assertIn(account.type, ("user", "organization"))
        self.assertTrue(account.username and account.name)
        hardware = await self.api.hardware.list()
        self.assertTrue(hardware and all(item.sku and item.name for item in hardware))
        page = await self.api.collections.list()
        self.assertTrue(page.results)
        collection = await self.api.collections.get(collection_slug=page.results[0].slug)
        self.assertEqual(collection.slug, page.results[0].slug)
        self.assertTrue(collection.models)
        found = await self.api.search(query="controlnet", limit=1)
        self.assertEqual((found.query, [item.model.name for item in found.models]), ("controlnet", ["controlnet"]))

    async def test_models(self):
        page = await self.api.models.list(sort_by="model_created_at", sort_direction="asc")
        names = {f"{model.owner}/{model.name}" for model in page.results}
        self.assertLessEqual({HELLO, LANGUAGE, IMAGES, "replicate/canary", "rossjillian/controlnet"}, names)
        model = await self.get_model(HELLO)
        self.assertEqual(model.name, "hello-world")
        versions = await self.api.models.versions.list(**split(HELLO))
        self.assertIn(model.latest_version.id, [version.id for version in versions.results])
        version = await self.api.models.versions.get(**split(HELLO), version_id=model.latest_version.id)
        self.assertEqual(version.to_dict(), model.latest_version.to_dict())
        found = await self.api.models.search(body="controlnet")  # it goes as JSON, with quotes
        self.assertEqual(self.recorder.sent[-1].content, b'"controlnet"')
        self.assertEqual(found.results[0].name, "controlnet")
        examples = await self.api.models.examples.list(**split("rossjillian/controlnet"))
        self.assertEqual([example.status for example in examples.results], ["succeeded"])

    async def test_every_model_of_the_catalogue_is_one_to_it(self):
        for model in await collect(self.client.models.list()):
            with self.subTest(f"{model.owner}/{model.name}"):
                got = await self.get_model(f"{model.owner}/{model.name}")
                self.assertIn("Output", got.latest_version.openapi_schema["components"]["schemas"])

    async def test_a_model_of_ones_own(self):
        owner, sku = (await self.api.account.get()).username, (await self.api.hardware.list())[0].sku
        made = await self.api.models.create(owner=owner, name="mine", visibility="private", hardware=sku, description="x")
        self.assertEqual((made.owner, made.name, made.visibility, made.description, made.run_count, made.latest_version),
                         (owner, "mine", "private", "x", 0, None))
        mine = split(f"{owner}/mine")
        await self.refused(self.api.models.readme.get(**mine), replicate.NotFoundError, 404, "")
        changed = await self.api.models.update(**mine, description="y", readme="# Mine\n")
        self.assertEqual((await self.api.models.get(**mine)).description, changed.description)
        self.assertEqual((changed.description, await self.api.models.readme.get(**mine)), ("y", "# Mine\n"))
        await self.api.models.delete(**mine)
        await self.refused(self.api.models.get(**mine), replicate.NotFoundError, 404, "")

    async def test_predictions(self):
        version = (await self.get_model(HELLO)).latest_version.id
        made = await self.create(version, input={"text": "Alice"})
        self.assertEqual((made.status, made.output, made.error, made.logs, made.version),
                         ("starting", None, None, "", version))
        done = await self.api.predictions.wait(made.id)
        self.assertEqual((done.status, done.output, done.error), ("succeeded", "hello Alice", None))
        self.assertGreater(done.metrics.total_time, 1.5)
        self.assertEqual(await self.api.predictions.get(prediction_id=made.id), done)
        with self.stopped_clock():
            official = await self.api.models.predictions.create(**split(LANGUAGE), input={"prompt": "x"}, cancel_after="5m")
            self.assertEqual((official.deadline - official.created_at).total_seconds(), 300)
            canceled = await self.api.predictions.cancel(prediction_id=official.id)
        self.assertEqual(canceled.status, "canceled")  # it knows no "aborted"
        blocked = await self.create(prefer="wait=60")
        self.assertTrue(blocked.output)
        ids = [blocked.id, official.id, made.id]
        self.assertEqual([item.id for item in await collect(self.client.predictions.list())], ids)
        later = await self.api.predictions.list(created_after=made.created_at)
        self.assertEqual([item.id for item in later.results][:2], ids[:2])
        earlier = await self.api.predictions.list(created_before=blocked.created_at)
        self.assertEqual([item.id for item in earlier.results][-2:], ids[1:])

    async def test_all_pages_are_gone_through(self):
        ids = [(await self.create()).id for _ in range(205)]
        self.assertEqual([item.id for item in await collect(self.client.predictions.list())], ids[::-1])
        self.assertEqual(self.recorder.paths()[205:], ["GET /v1/predictions"] * 3)

    async def test_run_blocking(self):
        words = await self.api.run(CANARY, input={"text": "Betty"})
        self.assertGreater(len(words), 1)
        self.assertEqual("".join(words).strip(), "hello there, Betty")
        self.assertEqual(self.recorder.paths(), ["POST /v1/predictions"])  # unlike 1.x it reads no version
        self.assertEqual(self.recorder.sent[0].headers["prefer"], "wait")
        words = await self.api.run(LANGUAGE, input={"prompt": "Hello"})
        self.assertTrue(words and all(isinstance(word, str) for word in words))
        self.assertEqual(self.recorder.paths()[1:], [f"POST /v1/models/{LANGUAGE}/predictions"])
        await self.refused(self.api.run("rossjillian/controlnet", input=PICTURE), replicate.NotFoundError, 404,
                           "The requested resource could not be found.")

    async def test_run_polling(self):
        words = await self.api.run(CANARY, input={"text": "Betty"}, wait=False)
        self.assertEqual("".join(words).strip(), "hello there, Betty")
        self.assertNotIn("prefer", self.recorder.sent[0].headers)

    async def test_run_whose_wait_ends_first_goes_on_by_polling(self):
        """Anything but "starting" were taken for the end, and null for the output."""
        words = await self.api.run(CANARY, input={"text": "Betty"}, wait=1)
        self.assertEqual("".join(words).strip(), "hello there, Betty")
        self.assertEqual(self.recorder.sent[0].headers["prefer"], "wait=1")
        self.assertEqual(self.recorder.paths()[1].rsplit("/", 1)[0], "GET /v1/predictions")

    async def test_run_that_fails(self):
        made = await self.create()
        self.rule("predictions.create", {"status": 201, "body": {
            **made.to_dict(mode="json"), "status": "failed", "error": "out of luck"}})
        with self.assertRaisesRegex(ModelError, "^out of luck$") as caught:
            await self.api.run(CONTROLNET, input=PICTURE)
        self.assertEqual(caught.exception.prediction.id, made.id)

    async def test_outputs(self):
        made = await self.create()
        output = ["data:text/plain;base64,aGVsbG8=", f"{server.url}/x", "https://replicate.delivery/x"]
        self.rule("predictions.create", {"status": 201, "body": {
            **made.to_dict(mode="json"), "status": "processing", "output": output}})
        data, http, https = await self.api.run(CONTROLNET, input=PICTURE)
        self.assertIn(type(data), (replicate.FileOutput, replicate.AsyncFileOutput))
        self.assertEqual((http, type(https), https.url), (output[1], type(data), output[2]))
        self.assertEqual(await now(data.read()), b"hello")
        self.assertEqual(await self.api.run(CONTROLNET, input=PICTURE, use_file_output=False), output)

    async def test_files_that_stand_in_the_output(self):
        with Server("--output-urls", "data", "--boot", "10ms", "--predict", "100ms", "--log-level", "warn") as inlining:
            client, _ = self.another(base_url=f"{inlining.url}/v1")
            for wait in (True, False):
                file, = await Way(client).run(CONTROLNET, input=PICTURE, wait=wait)
                self.assertIn(type(file), (replicate.FileOutput, replicate.AsyncFileOutput))
                self.assertEqual((await now(file.read()))[1:4], b"PNG")

    def recorded(self):
        """use() makes clients by itself: one whose requests can be seen."""
        outer = self

        class Recorded(self.kind):
            def __init__(self, **options):
                super().__init__(bearer_token=outer.token, base_url=f"{server.url}/v1",
                                 http_client=outer.http(transport=outer.recorder), **options)
        return Recorded

    async def test_use(self):
        hello = use(self.recorded(), HELLO)
        self.assertEqual(await now(hello(text="Alice")), "hello Alice")
        model, *paths = self.recorder.paths()
        # The asynchronous one reads the model again and again.
        self.assertEqual([model, *(path for path in paths if path != model)][:3], [
            "GET /v1/models/replicate/hello-world", "GET /v1/models/replicate/hello-world/versions", "POST /v1/predictions"])
        self.assertFalse(any("prefer" in request.headers for request in self.recorder.sent))
        self.recorder.sent.clear()
        # An official model's versions are none or a 404.
        text = await now(use(self.recorded(), LANGUAGE)(prompt="Hello"))
        self.assertIn(f"POST /v1/models/{LANGUAGE}/predictions", self.recorder.paths())
        self.assertIsInstance(text, str)
        self.assertEqual((await now(use(self.recorded(), CANARY)(text="Betty"))), "hello there, Betty")

    async def test_use_of_files(self):
        """http: is good enough here, where the schema says that it is a file."""
        path, *_ = await now(use(self.recorded(), CONTROLNET)(**PICTURE))
        self.assertTrue(replicate.get_path_url(path).startswith(f"{server.url}/delivery/"))
        self.assertEqual(pathlib.Path(path).read_bytes()[:4], b"\x89PNG")
        run = await now(use(self.recorded(), CONTROLNET).create(**{**PICTURE, "image": path}))
        await now(run.output())
        self.assertEqual((await self.api.predictions.list()).results[0].input["image"], replicate.get_path_url(path))
        self.assertIn("20/20", await now(run.logs()))

    async def test_use_streaming(self):
        words = await collect(await now(use(self.recorded(), LANGUAGE, streaming=True)(prompt="Hello")))
        self.assertGreater(len(words), 2)
        self.assertEqual(words, (await self.api.predictions.list()).results[0].output)
        # It polls, and never opens urls.stream.
        self.assertEqual({request.url.path.split("/")[2] for request in self.recorder.sent}, {"models", "predictions"})

    async def test_module_itself(self):
        """All of this finds the server by the variables alone, without /v1 as well."""
        for base in (server.url, f"{server.url}/v1"):
            with self.subTest(base):
                os.environ.update(REPLICATE_BASE_URL=base, REPLICATE_API_TOKEN=self.token)
                replicate._reset_client()
                is_async = self.kind is AsyncReplicate
                hello = replicate.use(HELLO, use_async=True) if is_async else replicate.use(HELLO)
                self.assertEqual(await now(hello(text="Alice")), "hello Alice")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    words = await collect(await now(replicate.stream(LANGUAGE, input={"prompt": "x"}, use_async=is_async)))
                self.assertGreater(len(words), 1)
                self.assertEqual("".join(replicate.run(CANARY, input={"text": "Betty"})).strip(), "hello there, Betty")
                self.assertTrue(replicate.account.get().username and replicate.predictions.list().results)
                client = self.kind()
                self.assertEqual((await now(client.predictions.list())).results[0].status, "succeeded")

    async def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "greeting.txt")
            path.write_bytes(b"hello")
            made = await self.api.files.create(content=path, metadata={"kind": "greeting"})
        self.assertEqual((made.size, made.checksums.sha256), (5, digest(b"hello")))
        self.assertEqual((made.expires_at - made.created_at).total_seconds(), 24 * 60 * 60)
        self.assertEqual(made.urls.get, f"{server.url}/v1/files/{made.id}")
        typed = await self.api.files.create(content=("a.md", b"# a", "text/markdown"))
        self.assertEqual((typed.to_dict()["name"], typed.content_type), ("a.md", "text/markdown"))
        self.assertEqual((await self.api.files.get(file_id=made.id)).to_dict(), made.to_dict())
        sizes = [5 << 20, 60 << 20]
        for size in sizes:
            content = os.urandom(size)
            file = await self.api.files.create(content=content)
            self.assertEqual((file.to_dict()["name"], file.content_type, file.size),
                             ("upload", "application/octet-stream", size))
            self.assertEqual(file.checksums.sha256, digest(content))
        self.assertEqual([file.size for file in await collect(self.client.files.list())], [*sizes[::-1], 3, 5])
        await self.api.files.delete(file_id=made.id)
        await self.refused(self.api.files.get(file_id=made.id), replicate.NotFoundError, 404, "")

    async def test_file_download_wants_a_signature(self):
        made = await self.api.files.create(content=b"hello")
        with self.assertRaises(replicate.APIStatusError):
            await self.api.files.download(file_id=made.id, owner="somebody", expiry=1, signature="AAAA")

    async def test_files_in_the_input_go_up_first(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.png")
            path.write_bytes(PNG)
            for image in (path, io.BytesIO(PNG)):
                self.recorder.sent.clear()
                made = await self.create(input={**PICTURE, "image": image})
                self.assertEqual(self.recorder.paths(), ["POST /v1/files", "POST /v1/predictions"])
                file = (await self.api.files.list()).results[0]
                self.assertEqual((made.input["image"], file.checksums.sha256), (file.urls.get, digest(PNG)))
            made = await self.create(input={**PICTURE, "image": path}, file_encoding_strategy="base64")
        self.assertEqual(made.input["image"], "data:image/png;base64," + base64.b64encode(PNG).decode())

    async def test_deployments(self):
        owner, sku = (await self.api.account.get()).username, (await self.api.hardware.list())[0].sku
        version = (await self.get_model(HELLO)).latest_version.id
        greeter = {"deployment_owner": owner, "deployment_name": "greeter"}
        made = await self.api.deployments.create(name="greeter", model=HELLO, version=version, hardware=sku,
                                                 min_instances=0, max_instances=1)
        self.assertEqual((made.owner, made.name, made.current_release.number), (owner, "greeter", 1))
        self.assertEqual(made.current_release.configuration.to_dict(),
                         {"hardware": sku, "min_instances": 0, "max_instances": 1})
        changed = await self.api.deployments.update(**greeter, max_instances=3)
        self.assertEqual((changed.current_release.number, changed.current_release.configuration.max_instances), (2, 3))
        self.assertEqual((await self.api.deployments.get(**greeter)).to_dict(), changed.to_dict())
        self.assertEqual([item.to_dict() for item in await collect(self.client.deployments.list())], [changed.to_dict()])
        prediction = await self.api.deployments.predictions.create(**greeter, input={"text": "Alice"}, prefer="wait")
        self.assertEqual((prediction.output, prediction.model), ("hello Alice", HELLO))
        await self.api.deployments.delete(**greeter)
        await self.refused(self.api.deployments.get(**greeter), replicate.NotFoundError, 404, "")

    async def trainable(self):
        """The model that can be trained, and input that it takes."""
        for model in await collect(self.client.models.list()):
            schema = model.latest_version.openapi_schema["components"]["schemas"].get("TrainingInput")
            if schema:
                uri = {key for key, value in schema["properties"].items() if value.get("format") == "uri"}
                return model, {key: "https://example.com/data.zip" if key in uri else "x"
                               for key in schema.get("required", [])}
        raise AssertionError("no model can be trained")

    async def test_trainings(self):
        owner, sku = (await self.api.account.get()).username, (await self.api.hardware.list())[0].sku
        model, values = await self.trainable()
        destination = f"{owner}/trained"
        params = {"model_owner": model.owner, "model_name": model.name, "version_id": model.latest_version.id,
                  "input": values, "destination": destination}
        await self.refused(self.api.trainings.create(**params), replicate.NotFoundError, 404,
                           "The specified training destination does not exist")
        await self.api.models.create(owner=owner, name="trained", visibility="private", hardware=sku)
        made = await self.api.trainings.create(**params, webhook=f"{server.url}/_mock/inbox/trainings",
                                               webhook_events_filter=["completed"])
        self.assertEqual((made.status, made.model), ("starting", f"{model.owner}/{model.name}"))
        self.mock("POST", "settle?timeout=60s")
        done = await self.api.trainings.get(training_id=made.id)
        self.assertEqual((done.status, done.error), ("succeeded", None))
        version = done.output.version.split(":")[1]
        trained = await self.get_model(destination)
        self.assertEqual((done.output.version, trained.latest_version.id), (f"{destination}:{version}", version))
        with self.stopped_clock():
            other = await self.api.trainings.create(**params)
            self.assertEqual((await self.api.trainings.cancel(training_id=other.id)).status, "canceled")
        self.assertEqual([item.id for item in await collect(self.client.trainings.list())], [other.id, made.id])
        await self.api.models.versions.delete(**split(destination), version_id=version)
        self.assertEqual((await self.api.models.versions.list(**split(destination))).results, [])

    async def test_webhooks(self):
        """It has nothing to verify them with, so this is their secret, and that they come."""
        secret = await self.api.webhooks.default.secret.get()
        self.assertTrue(secret.key.startswith("whsec_"))
        made = await self.create(webhook=f"{server.url}/_mock/inbox/mine", webhook_events_filter=["start", "completed"])
        self.mock("POST", "settle?timeout=60s")
        bodies = [json.loads(delivery["body"]) for delivery in self.mock("GET", "inbox/mine")["results"]]
        self.assertEqual([(body["id"], body["status"]) for body in bodies],
                         [(made.id, "succeeded"), (made.id, "processing")])

    async def test_errors(self):
        self.client = self.client.with_options(max_retries=0)
        self.api = Way(self.client)
        await self.refused(self.api.predictions.get(prediction_id="nothing"), replicate.NotFoundError, 404,
                           "The requested resource could not be found.")
        await self.refused(self.create(input={}), replicate.UnprocessableEntityError, 422, "- input: image is required\n")
        await self.refused(self.create("nothing"), replicate.UnprocessableEntityError, 422,
                           "The specified version does not exist")
        for status, kind, detail in ((400, replicate.BadRequestError, ""),
                                     (402, replicate.APIStatusError, "You have insufficient credit to run this model."),
                                     (429, replicate.RateLimitError, "Request was throttled."),
                                     (500, replicate.InternalServerError, "")):
            self.rule("predictions.create", {"status": status}, 1)
            await self.refused(self.create(), kind, status, detail)

    async def test_three_tries_of_everything(self):
        self.rule("predictions.create", {"status": 429, "headers": {"retry-after-ms": "1"}}, 2)
        self.assertEqual((await self.create()).status, "starting")
        self.assertEqual([request.headers["x-stainless-retry-count"] for request in self.recorder.sent], ["0", "1", "2"])
        self.assertEqual(len((await self.api.predictions.list()).results), 1)
        self.rule("predictions.create", {"status": 503, "headers": {"retry-after-ms": "1"}}, 3)
        await self.refused(self.create(), replicate.InternalServerError, 503, "")

    async def test_tokens(self):
        with Server("--token", "r8_good", "--log-level", "warn") as strict:
            client, _ = self.another(base_url=strict.url, bearer_token="r8_bad")
            await self.refused(Way(client).predictions.list(), replicate.AuthenticationError, 401,
                               "You did not pass a valid authentication token")
            client, _ = self.another(base_url=strict.url, bearer_token="r8_good")
            self.assertEqual((await Way(client).predictions.list()).results, [])

    async def test_answers_as_they_came(self):
        raw = await self.api.predictions.with_raw_response.list()
        self.assertEqual((raw.status_code, (await now(raw.parse())).results), (200, []))

    async def test_every_method_has_been_named(self):
        """Of all resources: what this file does not call, and the client offers."""
        with open(__file__, encoding="utf-8") as file:
            text = file.read()
        parts = ["account", "collections", "deployments", "deployments.predictions", "files", "hardware", "models",
                 "models.examples", "models.predictions", "models.readme", "models.versions", "predictions", "trainings",
                 "webhooks.default.secret"]
        for part in parts:
            found = self.client
            for name in part.split("."):
                found = getattr(found, name)
            methods = [name for name, _ in inspect.getmembers(type(found), inspect.isfunction) if not name.startswith("_")]
            self.assertEqual([name for name in methods if f".{part}.{name}(" not in text], [], part)


class Sync(Tests, unittest.IsolatedAsyncioTestCase):
    pass


class Async(Tests, unittest.IsolatedAsyncioTestCase):
    kind, http = AsyncReplicate, httpx.AsyncClient


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        unittest.main(argv=[sys.argv[0], *sys.argv[2:]], warnings="ignore")

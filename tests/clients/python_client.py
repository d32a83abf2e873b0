"""What the suites of both of Replicate's Python clients share: the models that they run, and a transport that notes."""
import base64
import hashlib

import httpx

CANARY_VERSION = "30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272"
CANARY = f"replicate/canary:{CANARY_VERSION}"
CONTROLNET_VERSION = "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"
CONTROLNET = f"rossjillian/controlnet:{CONTROLNET_VERSION}"
HELLO = "replicate/hello-world"
LANGUAGE = "meta/meta-llama-3-8b-instruct"
IMAGES = "black-forest-labs/flux-schnell"
PICTURE = {"image": "https://example.com/a.png", "prompt": "a turtle", "structure": "canny"}
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


class Recorder(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Notes the requests as they leave, those that the client tries again each time."""

    def __init__(self):
        self.sent = []
        self.plain, self.asynchronous = httpx.HTTPTransport(), httpx.AsyncHTTPTransport()

    def handle_request(self, request):
        self.sent.append(request)
        return self.plain.handle_request(request)

    async def handle_async_request(self, request):
        self.sent.append(request)
        return await self.asynchronous.handle_async_request(request)

    def close(self):
        self.plain.close()

    async def aclose(self):
        await self.asynchronous.aclose()

    def paths(self):
        return [f"{request.method} {request.url.path}" for request in self.sent]


async def collect(iterable):
    """All of a generator of either kind."""
    return [item async for item in iterable] if hasattr(iterable, "__aiter__") else list(iterable)


def digest(content):
    return hashlib.sha256(content).hexdigest()

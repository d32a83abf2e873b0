"""What chain.py and browser.py share: a server that speaks TLS, with an authority of its own, and an output file there."""
import json
import os
import re
import shutil
import ssl
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "ring"))
os.environ["RING_BINARY"] = os.path.abspath(sys.argv[1])

from ring import LONG, Server, environment  # noqa: E402, F401

IMAGES = "black-forest-labs/flux-schnell"
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


class Trusted:
    """`url` is its root at https:, `image` the URL of an output file, `bytes` that file."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        # Soon done, but not by --speed: the file would expire amid the tests.
        self.server = Server("--tls-port", "0", "--tls-dir", self.path(), "--boot", "0", "--predict", "0", "--log-level", "error")
        line = self.server.process.stdout.readline().decode()
        self.url = re.fullmatch(r"replicate-mock listening on (https://.*)\n", line).group(1)
        self.port = int(self.url.rpartition(":")[2])
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPSHandler(context=context))
        self.image, = self.open(f"/v1/models/{IMAGES}/predictions", {"input": {"prompt": "x"}})["output"]
        with self.opener.open(self.image, timeout=LONG) as answer:
            self.bytes = answer.read()

    def path(self, name=""):
        """Of a file of --tls-dir, or of that itself."""
        return os.path.join(self.folder, "tls", name).rstrip("/")

    def open(self, path, body):
        headers = {"Authorization": "Bearer r8_chain", "Content-Type": "application/json", "Prefer": "wait"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with self.opener.open(request, timeout=LONG) as answer:
            return json.load(answer)

    def image_at(self, host):
        """The same file's URL at another host of the same server, or where that is replicate.delivery, as it is there."""
        path = self.image[len(self.url):]
        return f"https://{host}:{self.port}" + (path[len("/delivery"):] if host.endswith("replicate.delivery") else path)

    def close(self):
        self.server.stop()
        shutil.rmtree(self.folder)


def untrusting(extra=None):
    """An environment in which nothing says whom to trust, but what is given."""
    clean = {name: value for name, value in environment().items() if name not in TRUST}
    return {**clean, **(extra or {})}

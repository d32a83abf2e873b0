"""An app as it might be in production: it knows https://api.replicate.com and nothing of an emulator. It asks for a
picture, is told of it by a webhook, checks who signed that, and fetches the picture. Python's own library is enough."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import threading
import urllib.request

API = "https://api.replicate.com/v1"
HEADERS = {"Authorization": f"Bearer {os.environ['REPLICATE_API_TOKEN']}", "Content-Type": "application/json"}


def call(path, body=None):
    request = urllib.request.Request(API + path, body and json.dumps(body).encode(), HEADERS)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def is_signed(headers, body, secret):
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return any(hmac.compare_digest(signature, given) for given in headers["webhook-signature"].split())


class Receiver(http.server.BaseHTTPRequestHandler):
    secret = None
    ended = None
    has_ended = threading.Event()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        good = is_signed(self.headers, body, self.secret)
        self.send_response(200 if good else 401)
        self.send_header("content-length", "0")
        self.end_headers()
        prediction = json.loads(body)
        print(f"webhook: {prediction['status']}, {'signed' if good else 'NOT SIGNED'}")
        if good and prediction["status"] in ("succeeded", "failed", "canceled"):
            Receiver.ended = prediction
            self.has_ended.set()

    def log_message(self, *_):
        pass


def main():
    Receiver.secret = call("/webhooks/default/secret")["key"]
    threading.Thread(target=http.server.ThreadingHTTPServer(("", 8000), Receiver).serve_forever, daemon=True).start()
    prediction = call("/models/black-forest-labs/flux-schnell/predictions",
                      {"input": {"prompt": "a lighthouse at dusk"}, "webhook": os.environ["WEBHOOK_URL"],
                       "webhook_events_filter": ["start", "completed"]})
    print(f"prediction: {prediction['id']}, {prediction['status']}")
    if not Receiver.has_ended.wait(30):
        raise SystemExit("no webhook came within 30 s")
    for url in Receiver.ended["output"]:
        with urllib.request.urlopen(url, timeout=10) as picture:
            print(f"picture: {len(picture.read())} bytes of {picture.headers['content-type']} from {url}")


main()

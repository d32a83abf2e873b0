#!/usr/bin/env python3
"""A browser, Chromium without a window, opens an output file at each of the server's names, and runs a page of another
origin (browser.html) that uses the API as web apps do; with ca.pem among those whom it trusts, and without. Another page
(stranger.html) tries what nobody has allowed it: to drive the server.

Usage: browser.py BINARY [TESTS...]
"""
import contextlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from trusted import HERE, LONG, Trusted, untrusting

BROWSER = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
NAMES = ["localhost", "127.0.0.1", "api.replicate.com", "replicate.delivery", "pbxt.replicate.delivery"]
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
           "--disable-background-networking", "--enable-logging=stderr", "--dump-dom"]


def setUpModule():
    global trusted
    trusted = Trusted()


def tearDownModule():
    trusted.close()


class Pages(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args):
        super().__init__(*args, directory=HERE)

    def do_GET(self):
        if self.path == "/hold":
            self.server.done.wait(LONG)
            self.send_error(404)
        else:
            super().do_GET()

    def do_POST(self):
        self.send_response(204)
        self.end_headers()
        self.server.done.set()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def page(base, name="browser.html"):
    """The URL of that page on a server of its own."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.done = threading.Event()
    threading.Thread(target=server.serve_forever).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{name}?{base}"
    finally:
        server.shutdown()
        server.server_close()


class Browser(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        database = os.path.join(self.home, ".pki/nssdb")
        os.makedirs(database)
        self.certutil = ["certutil", "-d", f"sql:{database}"]
        subprocess.run([*self.certutil, "-N", "--empty-password"], check=True)

    def trust(self):
        """On Linux Chromium asks this database of its user, whatever SSL_CERT_FILE says."""
        subprocess.run([*self.certutil, "-A", "-t", "C,,", "-n", "replicate-mock", "-i", trusted.path("ca.pem")], check=True)

    def open(self, url):
        """(the page as it stands when it is loaded, what the browser says on stderr)."""
        names = "--host-resolver-rules=MAP *.replicate.com 127.0.0.1,MAP replicate.delivery 127.0.0.1," \
                "MAP *.replicate.delivery 127.0.0.1,MAP rebound.example 127.0.0.1"
        command = [BROWSER, *OPTIONS, names, f"--user-data-dir={self.home}/profile", url]
        got = subprocess.run(command, env=untrusting({"HOME": self.home, "NO_PROXY": "*"}), timeout=4 * LONG, check=False,
                             capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return got.stdout, got.stderr

    def title(self, url):
        text, said = self.open(url)
        found = re.search("<title>(.*?)</title>", text)
        self.assertTrue(found, said)
        return found.group(1)

    def test_a_file_at_each_name(self):
        self.trust()
        for name in NAMES:
            with self.subTest(name=name):
                self.assertRegex(self.title(trusted.image_at(name)), r"^out-0\.webp \(\d+×\d+\)$")

    def test_who_does_not_trust_it_refuses(self):
        for name in NAMES:
            with self.subTest(name=name):
                text, said = self.open(trusted.image_at(name))
                self.assertEqual(text, "")
                self.assertIn("net::ERR_CERT_AUTHORITY_INVALID", said)

    def test_a_name_that_it_is_not_for(self):
        self.trust()
        text, said = self.open(trusted.image_at("x.replicate.com"))
        self.assertEqual(text, "")
        self.assertIn("net::ERR_CERT_COMMON_NAME_INVALID", said)

    def test_a_page_of_another_origin(self):
        self.trust()
        for host in ("127.0.0.1", "localhost", "api.replicate.com"):
            with self.subTest(host=host), page(f"https://{host}:{trusted.port}") as url:
                self.assertRegex(self.title(url), rf"^https: \d+x\d+ image/webp {len(trusted.bytes)} words$")

    def test_such_a_page_where_it_is_not_trusted(self):
        with page(trusted.url) as url:
            self.assertEqual(self.title(url), "TypeError: Failed to fetch")

    def state(self):
        """What nobody but the tester may change: whether the prediction is there, the clocks, how many requests there were."""
        server = trusted.server
        return [json.loads(server.get(path, headers={}).body)[key] for path, key in (
            ("/_mock/health", "predictions"), ("/_mock/clock", "mode"), ("/_mock/requests?limit=1", "count"))]

    def test_a_page_that_would_drive_the_server(self):
        before = self.state()
        self.assertGreater(before[0], 0)
        for base in (trusted.server.url, f"http://localhost:{trusted.server.port}"):
            with self.subTest(base=base), page(base, "stranger.html") as url:
                self.assertEqual(self.title(url), " ".join(["refused"] * 4 + ["blind"] * 4 + ["refused"] * 5))
                self.assertEqual(self.state(), before)

    def test_a_name_that_leads_here(self):
        """Its owner has a page there first, then points it at this machine: to the browser the server is of the page's origin."""
        text, said = self.open(f"http://rebound.example:{trusted.server.port}/_mock/clock")
        self.assertIn("--control-host rebound.example", text, said)
        self.assertNotIn("manual", text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])

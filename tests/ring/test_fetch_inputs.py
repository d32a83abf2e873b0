"""--fetch-inputs: input pictures at real servers, by HTTP and HTTPS, and servers that misbehave."""
import contextlib
import http.server
import json
import signal
import socket
import struct
import threading
import time
import unittest
import zlib

import ring

FAST = ("--boot", "0", "--predict", "0")


def png(width, height):
    """A picture: a bright square on a dark ground."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(220 if width // 4 < x < width // 2 and height // 4 < y < height // 2 else 30
                                  for x in range(width)) for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class FileServer:
    """Python's own server, with these pages: a path to its body, or to what answers in its place, a function of the
    handler. Whatever waits in such a function ends with `ending`."""

    def __init__(self, **pages):
        self.pages = {f"/{name}": page for name, page in pages.items()}
        self.got = []  # of each request: method, path, headers as they came
        self.open = self.most_open = 0
        self.lock = threading.Lock()
        self.ending = threading.Event()
        files = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = ring.LONG

            def do_GET(self):
                files.got.append((self.command, self.path, self.headers.items()))
                page = files.pages.get(self.path)
                if callable(page):
                    page(self)
                else:
                    self.answer(404 if page is None else 200, page or b"There is no such page.")

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                files.got.append((self.command, self.path, self.headers.items()))
                self.answer(200, b"")

            def answer(self, status, body, **headers):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": len(body)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that leaves is one

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.port = self.listener.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    @contextlib.contextmanager
    def counted(self):
        """Around what is done before the answer: who has got that may ask for the next one."""
        with self.lock:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        yield
        with self.lock:
            self.open -= 1

    def paths(self):
        return [path for _, path, _ in self.got]

    def close(self):
        self.ending.set()
        self.listener.shutdown()
        self.listener.server_close()


def redirect(location):
    return lambda handler: handler.answer(302, b"Elsewhere", Location=location)


def hang_up(handler):
    """Closes amid the answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"\x89PNG")
    handler.close_connection = True


def huge(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", str(65 << 20))
    handler.end_headers()
    handler.wfile.write(bytes(1 << 20))
    handler.close_connection = True


class Fetching:
    """What the tests share: each test has a world of its own."""

    def setUp(self):
        super().setUp()
        self.auth = {"Authorization": f"Bearer {ring.unique(self.id())}"}

    def files(self, **pages):
        files = FileServer(**pages)
        self.addCleanup(files.close)
        return files

    def create(self, image, server=None, **members):
        body = json.loads(ring.CREATE)
        body["input"]["image"] = image
        return (server or self.server).create(json.dumps({**body, **members}).encode(), self.auth)

    def made(self, image, server=None):
        """The prediction with that picture, at its end."""
        server = server or self.server
        return server.finished(self.create(image, server), headers=self.auth)

    def size(self, prediction, server=None):
        """Of its first output."""
        server = server or self.server
        self.assertEqual((prediction["status"], prediction["error"]), ("succeeded", None))
        target = prediction["output"][0].partition(f":{server.port}")[2]
        return ring.png_size(server.get(target, headers={}).body)


class Fetched(Fetching, ring.RingCase):
    args = ("--fetch-inputs", *FAST)

    def test_sizes_follow(self):
        files = self.files(**{"a.png?b=%20c": png(300, 200)})
        made = self.made(files.url + "/a.png?b= c#d")
        self.assertEqual(self.size(made), (768, 512))
        (method, path, headers), = files.got
        self.assertEqual((method, path), ("GET", "/a.png?b=%20c"))
        self.assertEqual(headers, [("Host", f"127.0.0.1:{files.port}"), ("User-Agent", "python-requests/2.31.0"),
                                   ("Accept", "*/*"), ("Connection", "keep-alive")])

    def test_redirects(self):
        files = self.files(wide=png(400, 100))
        first = self.files(start=redirect("/next"), next=redirect(files.url + "/wide"))
        self.assertEqual(self.size(self.made(first.url + "/start")), (2048, 512))
        self.assertEqual((first.paths(), files.paths()), (["/start", "/next"], ["/wide"]))

    def test_a_circle(self):
        files = self.files(round=redirect("/round"))
        made = self.made(files.url + "/round")
        self.assertEqual(made["status"], "failed")
        self.assertIn("more than 10 redirects", made["error"])
        self.assertEqual(len(files.got), 11)

    def test_a_redirect_out_of_http(self):
        for location in ("file:///etc/passwd", "ftp://127.0.0.1/a.png"):
            files = self.files(away=redirect(location))
            made = self.made(files.url + "/away")
            self.assertEqual(made["status"], "failed")
            self.assertIn("a redirect to a URL that cannot be used", made["error"])

    def test_not_found(self):
        files = self.files()
        made = self.made(files.url + "/none.png")
        self.assertEqual((made["status"], made["output"]), ("failed", None))
        self.assertEqual(made["error"], f"404 Client Error: Not Found for url: {files.url}/none.png")
        self.assertEqual(files.paths(), ["/none.png"])  # asked once

    def test_the_url_that_is_blamed(self):
        """As requests has it: escaped, and where redirects have led."""
        port = ring.free_port()
        files = self.files(moved=redirect("/gone.png"), away=redirect(f"http://127.0.0.1:{port}/b.png"))
        for path, blamed in (("/no such.png", "/no%20such.png"), ("/moved", "/gone.png")):
            self.assertEqual(self.made(files.url + path)["error"],
                             f"404 Client Error: Not Found for url: {files.url}{blamed}")
        self.assertIn(f"port={port}): Max retries exceeded with url: /b.png ", self.made(files.url + "/away")["error"])
        self.assertIn("HTTPConnectionPool(host='::1', port=1): ", self.made("http://user:secret@[::1]:1/a.png")["error"])

    def test_an_answer_longer_than_it_says(self):
        """What is too much of it is no answer to the next request."""
        def long(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "4")
            handler.end_headers()
            handler.wfile.write(b"eggs and bacon")

        files = self.files(long=long, **{"a.png": png(300, 200)})
        for _ in range(3):
            self.assertIn("cannot identify", self.made(files.url + "/long")["error"])
            self.assertEqual(self.size(self.made(files.url + "/a.png")), (768, 512))

    def test_nobody_listens(self):
        with ring.refusing_port() as port:
            made = self.made(f"http://127.0.0.1:{port}/a.png")
        self.assertEqual(made["status"], "failed")
        self.assertRegex(made["error"], rf"\AHTTPConnectionPool\(host='127\.0\.0\.1', port={port}\): Max retries "
                                        r"exceeded with url: /a\.png \(Caused by NewConnectionError\(.*: Failed to "
                                        r"establish a new connection: \[Errno 111\] Connection refused'\)\)\Z")

    def test_no_picture(self):
        files = self.files(page=b"<html>")
        made = self.made(files.url + "/page")
        self.assertEqual(made["status"], "failed")
        self.assertIn("cannot identify image file", made["error"])

    def test_faster_than_they_are_read(self):
        """Fetches begin again when what has come is read."""
        files = self.files(large=bytes(17 << 20))
        made = [self.create(files.url + "/large") for _ in range(12)]
        for prediction in made:
            self.assertIn("cannot identify", self.server.finished(prediction, headers=self.auth)["error"])

    def test_cut_in_the_middle(self):
        made = self.made(self.files(cut=hang_up).url + "/cut")
        self.assertEqual(made["status"], "failed")
        self.assertIn("the connection was closed amid the answer", made["error"])

    def test_too_large(self):
        made = self.made(self.files(huge=huge).url + "/huge")
        self.assertEqual(made["status"], "failed")
        self.assertIn(f"the answer is too large: more than {64 << 20} bytes", made["error"])

    def test_many_at_once(self):
        """All have theirs; the server sees four at a time."""
        def page(handler):
            with files.counted():
                time.sleep(0.02)  # whoever else is to come at the same time comes meanwhile
            handler.answer(200, png(200, 100))

        files = self.files(a=page)
        ids = [self.create(files.url + "/a") for _ in range(40)]
        for prediction in ids:
            self.assertEqual(self.size(self.server.finished(prediction, headers=self.auth)), (1024, 512))
        self.assertEqual(files.paths(), ["/a"] * 40)
        self.assertLessEqual(files.most_open, 4)


class Slow(Fetching, ring.RingCase):
    """A server that takes its time is waited for, up to a bound, and holds nobody else up."""
    args = ("--fetch-inputs", *FAST)

    def slow(self):
        """One that begins to answer, and then says nothing more."""
        def page(handler):
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(b"\x89PNG")
            left = select_closed(handler.connection, files.ending)
            files.left.append(left)
            handler.close_connection = True

        files = self.files(slow=page)
        files.left = []
        return files

    def test_it_is_waited_for(self):
        files = self.slow()
        prediction = self.create(files.url + "/slow", webhook=files.url + "/hook")
        ring.until(lambda: files.got, "the server is asked")
        now = self.server.get(f"/v1/predictions/{prediction['id']}", headers=self.auth).json()
        self.assertEqual(now["status"], "starting")
        headers = {**self.auth, "Content-Type": "application/json"}
        answer = self.server.ask("POST", "/_mock/settle?timeout=0.1s", headers=headers)
        self.assertEqual(answer.status, 408)
        self.assertIn(prediction["id"], answer.json()["detail"])
        self.assertEqual(self.made("data:image/png;base64,eA==")["status"], "failed")  # others are read meanwhile
        begin = time.monotonic()
        self.server.ask("POST", f"/v1/predictions/{prediction['id']}/cancel", headers=self.auth)
        self.assertEqual(self.server.finished(prediction, headers=self.auth)["status"], "canceled")
        ring.until(lambda: files.left, "the connection is closed")
        self.assertTrue(files.left[0])
        self.assertLess(time.monotonic() - begin, ring.LONG / 2)
        ring.until(lambda: "/hook" in files.paths(), "the webhook goes to the same server")

    def test_webhooks_to_a_server_whose_pictures_hang(self):
        files = self.slow()
        for _ in range(20):
            self.create(files.url + "/slow")
        ring.until(lambda: len(files.got) == 4, "the server is asked")
        self.create("data:image/png;base64,eA==", webhook=files.url + "/hook")
        ring.until(lambda: "/hook" in files.paths(), "the webhook goes to the same server")
        self.assertEqual(files.paths(), ["/slow"] * 4 + ["/hook"])
        self.server.ask("POST", "/_mock/reset", b"{}", {**self.auth, "Content-Type": "application/json"})
        ring.until(lambda: files.left == [True] * 4, "the connections are closed")

    def test_pictures_of_another_server(self):
        slow, quick = self.slow(), self.files(**{"a.png": png(300, 200)})
        for _ in range(20):
            self.create(slow.url + "/slow")
        ring.until(lambda: len(slow.got) == 4, "the server is asked")
        self.assertEqual(self.size(self.made(quick.url + "/a.png")), (768, 512))
        self.assertEqual(slow.paths(), ["/slow"] * 4)

    def test_it_stops_meanwhile(self):
        files = self.slow()
        with ring.Server(*self.args) as server:
            self.create(files.url + "/slow", server)
            ring.until(lambda: files.got, "the server is asked")
            server.signal(signal.SIGTERM)
            self.assertEqual(server.ended(), 0)


def select_closed(connection, ending):
    """The other side closes; False: the test has ended before."""
    connection.settimeout(0.05)
    while not ending.is_set():
        try:
            return connection.recv(1) == b""
        except socket.timeout:
            pass
        except OSError:
            return True
    return False


class ByTls(Fetching, ring.RingCase):
    """From a server whose certificate is by our own authority: another one of ours, with the same folder."""
    args = ("--fetch-inputs", *FAST)
    tls = True

    def test_our_own_authority(self):
        with ring.Server(*FAST, "--tls-port", "0", "--tls-dir", self.server.folder.name) as other:
            port = other._place(other._line())[1]
            self.assertNotEqual(port, self.server.tls_port)
            body = json.loads(ring.CREATE)
            body["input"]["image_resolution"] = 256
            made = other.finished(other.create(json.dumps(body).encode()))
            url = made["output"][0]
            self.assertTrue(url.startswith(f"https://127.0.0.1:{port}/"), url)
            self.assertEqual(self.size_by_tls(self.made(url)), (512, 512))

    def size_by_tls(self, prediction):
        self.assertEqual((prediction["status"], prediction["error"]), ("succeeded", None))
        target = prediction["output"][0].partition(f":{self.server.tls_port}")[2]
        return ring.png_size(self.server.get(target, headers={}, tls=True).body)

    def test_a_stranger(self):
        with ring.Server(*FAST, tls=True) as other:
            made = self.made(f"https://127.0.0.1:{other.tls_port}/delivery/x/a.png")
        self.assertEqual(made["status"], "failed")
        self.assertIn("CERTIFICATE_VERIFY_FAILED", made["error"])


class Otherwise(Fetching, unittest.TestCase):
    def test_without_the_option_nobody_is_asked(self):
        files = self.files(**{"a.png": png(300, 200)})
        with ring.Server(*FAST) as server:
            self.assertEqual(self.size(self.made(files.url + "/a.png", server), server), (512, 512))
            self.assertEqual(self.made(files.url + "/none.png", server)["status"], "succeeded")
        self.assertEqual(files.got, [])

    def test_by_the_environment(self):
        files = self.files(**{"a.png": png(300, 200)})
        with ring.Server(*FAST, env={"REPLICATE_MOCK_FETCH_INPUTS": "1"}) as server:
            self.assertEqual(self.size(self.made(files.url + "/a.png", server), server), (768, 512))


if __name__ == "__main__":
    unittest.main()

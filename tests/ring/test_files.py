"""Uploads by real clients and at real sizes: curl, a head and a body sent apart, chunks; and that nobody else waits
for them."""
import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

import ring

MB = 1000 * 1000
HEAD = b'--X\r\nContent-Disposition: form-data; name="content"; filename="a.bin"\r\n\r\n'
TAIL = b"\r\n--X--\r\n"
MULTIPART = {"Content-Type": "multipart/form-data; boundary=X"}


def curl(*args):
    """Status, and what came back."""
    result = subprocess.run(["curl", "-q", "-sS", "--noproxy", "*", "--max-time", str(ring.LONG), "-w", "\n%{http_code}",
                             "-H", "Authorization: Bearer r8_ring", *args],
                            capture_output=True, timeout=2 * ring.LONG, check=False)
    assert result.returncode == 0, result.stderr.decode()
    body, _, status = result.stdout.rpartition(b"\n")
    return int(status), json.loads(body)


def content(size):
    """Bytes that repeat nowhere near, of that number."""
    block = hashlib.sha512(str(size).encode()).digest() * 16384
    return (block * (size // len(block) + 1))[:size]


class Files(ring.RingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.api = f"http://127.0.0.1:{cls.server.port}/v1/files"

    def file(self, size):
        path = os.path.join(self.folder.name, f"{size}.bin")
        if not os.path.exists(path):
            with open(path, "wb") as file:
                file.write(content(size))
        return path

    def expect(self, answer, size):
        status, body = answer
        self.assertEqual((status, body["size"]), (201, size), body)
        data = content(size)
        self.assertEqual(body["etag"], hashlib.md5(data).hexdigest())
        self.assertEqual(body["checksums"],
                         {"sha256": hashlib.sha256(data).hexdigest(), "md5": body["etag"]})
        return body

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        """The call of the documentation; above 1 MB curl asks first (Expect: 100-continue)."""
        for size in (0, 1, 5 * MB, 60 * MB):
            with self.subTest(size=size):
                self.expect(curl("-F", f"content=@{self.file(size)}", self.api), size)
        status, body = curl("-X", "POST", self.api, "-H", "Content-Type: multipart/form-data",
                            "-F", f'content=@{self.file(1)};type=application/zip;filename="ex\\"a\\"mple.zip"',
                            "-F", 'metadata={"customer_reference_id": 123};type=application/json')
        self.assertEqual(status, 201)
        self.assertEqual((body["name"], body["content_type"], body["metadata"]),
                         ('ex"a"mple.zip', "application/zip", {"customer_reference_id": 123}))

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl_in_chunks(self):
        self.expect(curl("-H", "Transfer-Encoding: chunked", "-F", f"content=@{self.file(5 * MB)}", self.api), 5 * MB)

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_too_large(self):
        """Whether or not the client asks first, and says how much it is."""
        for more in ((), ("-H", "Expect:"), ("-H", "Expect:", "-H", "Transfer-Encoding: chunked")):
            with self.subTest(more=more):
                status, body = curl(*more, "-F", f"content=@{self.file(101 * MB)}", self.api)
                self.assertEqual((status, body),
                                 (413, {"detail": "Files must be less than 100MB in size"}))
        self.assert_alive()

    def upload(self, wire, size, **headers):
        body = HEAD + content(size) + TAIL
        wire.send(ring.head("POST", "/v1/files", {**MULTIPART, **headers, "Content-Length": len(body)}))
        wire.send(body)
        return wire.answer()

    def test_the_exact_limit(self):
        with self.server.wire() as wire:
            self.expect((201, self.upload(wire, 100 * MB - 1).json()), 100 * MB - 1)
            answer = self.upload(wire, 100 * MB)  # its body may be so large; the file in it may not
            self.assertEqual((answer.status, answer.json()["detail"]), (413, "Files must be less than 100MB in size"))
            wire.send(ring.head("GET", "/v1/files"))
            self.assertEqual(wire.answer().status, 200)

    def test_in_chunks_and_apart(self):
        """As httpx does it: the head in a segment of its own."""
        with self.server.wire() as wire:
            for size in (10, 3 * MB):
                self.expect((201, self.upload(wire, size).json()), size)
            wire.send(ring.head("POST", "/v1/files", {**MULTIPART, "Transfer-Encoding": "chunked"}))
            wire.send(ring.chunked(HEAD + content(3 * MB) + TAIL, 40000))
            self.expect((201, wire.answer().json()), 3 * MB)

    def test_several_at_once_and_others_meanwhile(self):
        """Eight times 60 MB have room together; every other request is answered while they come and are hashed."""
        answers, served = [], 0

        def send():
            with self.server.wire() as wire:
                wire.socket.settimeout(4 * ring.LONG)
                answers.append(self.upload(wire, 60 * MB).status)

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.assertEqual(self.server.get("/v1/predictions").status, 200)
            served += 1
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [201] * 8)
        self.assertGreater(served, 8)

    def test_too_much_at_once(self):
        """What is being received is bounded: more than 512 MiB together is a 503 for whoever exceeds it."""
        wires = self.wires(6)
        part = HEAD + content(98 * MB)
        for wire in wires:
            wire.send(ring.head("POST", "/v1/files", {**MULTIPART, "Content-Length": len(part) + len(TAIL)}))
            wire.send(part)
        ring.until(self.server.has_read_all, "all is received")  # before one is whole, and makes room
        statuses = []
        for wire in wires:
            wire.send(TAIL)
            answer = wire.answer()
            statuses.append(answer.status)
            if answer.status == 503:
                self.assertEqual(answer.headers["retry-after"], "1")
        self.assertEqual(sorted(statuses), [201] * 5 + [503])

    def test_downloads_take_no_memory(self):
        with ring.Server() as server:
            secret = json.loads(server.get("/v1/webhooks/default/secret").body)["key"]
            body = HEAD + content(60 * MB) + TAIL
            uploaded = server.ask("POST", "/v1/files", body, {**ring.AUTH, **MULTIPART}).json()
            target = self.signed(uploaded["id"], secret)
            self.assertEqual(server.get(target, headers={}).body, content(60 * MB))
            before = server.memory()
            wires = [server.wire() for _ in range(10)]
            for wire in wires:  # none of them reads
                wire.send(ring.head("GET", target, auth=False))
            server.health()
            if ring.SLOW == 1:
                self.assertLess(server.memory() - before, 60 * MB)
            self.assertEqual(server.get(target, headers={}).body, content(60 * MB))
            for wire in wires:
                wire.close()

    @staticmethod
    def signed(name, secret, expiry="4000000000"):
        mac = hmac.new(secret.encode(), f"mattt {name} {expiry}".encode(), hashlib.sha256).digest()
        query = urllib.parse.urlencode({"owner": "mattt", "expiry": expiry, "signature": base64.b64encode(mac).decode()})
        return f"/v1/files/{name}/download?{query}"

    def test_leaving(self):
        """In the body, and while it is hashed."""
        body = HEAD + content(20 * MB) + TAIL
        for cut in (1000, 10 * MB, len(body)):
            for wire in self.wires(3):
                wire.send(ring.head("POST", "/v1/files", {**MULTIPART, "Content-Length": len(body)}))
                wire.send(body[:cut])
                wire.reset()
        self.assert_alive()

    def test_stopping(self):
        """While a file is hashed: it is answered, or cut off, and the end is clean."""
        with ring.Server() as server:
            body = HEAD + content(90 * MB) + TAIL
            wires = [server.wire() for _ in range(3)]
            for wire in wires:
                wire.send(ring.head("POST", "/v1/files", {**MULTIPART, "Content-Length": len(body)}))
                wire.send(body)
            server.signal(signal.SIGTERM)
            for wire in wires:
                wire.close()


if __name__ == "__main__":
    unittest.main()

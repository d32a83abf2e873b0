"""demo: eight structures on the sample picture, and a sheet of what came of them."""
import os
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import unittest
import zlib

import ring

STRUCTURES = ("canny", "scribble", "hed", "hough", "depth", "normal", "seg", "pose")
FAST = ("--boot", "0", "--predict", "0")
SHEET = (1276, 574)
PNG = b"\x89PNG\r\n\x1a\n"


def pixels_of(picture):
    """The bytes of a PNG's rows, each behind its filter; what is no whole PNG raises."""
    assert picture.startswith(PNG), picture[:8]
    data, at, kind = b"", len(PNG), b""
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", picture, at)
        content = picture[at + 8:at + 8 + size]
        assert struct.unpack_from(">I", picture, at + 8 + size) == (zlib.crc32(kind + content),), kind
        data += content if kind == b"IDAT" else b""
        at += 12 + size
    assert at == len(picture), "something stands behind its end"
    return zlib.decompress(data)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "pictures")

    def files(self, folder=None):
        """Name to bytes."""
        files = {}
        for name in os.listdir(folder or self.folder):
            with open(os.path.join(folder or self.folder, name), "rb") as file:
                files[name] = file.read()
        return files

    def demo(self, *args, **options):
        result = ring.run("demo", *FAST, *args, **options)
        self.assertIsNone(ring.REPORT.search(result.stderr), result.stderr)
        return result

    def shown(self, *args, **options):
        """One that comes to its end: what it has written."""
        result = self.demo(self.folder, *args, **options)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return self.files()

    def refused(self, code, reason, *args, **options):
        result = self.demo(*args, **options)
        self.assertEqual((result.returncode, result.stderr), (code, f"replicate-mock: {reason}\n"), result.stdout)
        return result.stdout


class Shown(Case):
    def test_files_and_progress(self):
        result = self.demo(self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        first, *lines, last = result.stdout.splitlines()
        self.assertRegex(first, r"^replicate-mock listens on http://127\.0\.0\.1:\d+: ")
        self.assertEqual(last, f"{self.folder}/contact-sheet.png shows what went in and what came out")
        for number, (structure, line) in enumerate(zip(STRUCTURES, lines, strict=True), 1):
            self.assertRegex(line, rf'^\[{number}/8\] {structure} +"[a-z ,]+" \.\.\. done$')
        files = self.files()
        pictures = {f"{structure}-{what}.png" for structure in STRUCTURES for what in ("map", "out")}
        self.assertEqual(set(files), {"input.png", "contact-sheet.png", *pictures})
        with open(os.path.join(ring.ROOT, "fixtures/sample.png"), "rb") as sample:
            self.assertEqual(files["input.png"], sample.read())
        for name in pictures:
            self.assertIn(ring.png_size(files[name]), ((640, 480), (704, 512), (640, 512)), name)
        self.assertEqual(ring.png_size(files["contact-sheet.png"]), SHEET)
        for picture in files.values():
            self.assertGreaterEqual(len(set(pixels_of(picture))), 2)
        self.assertEqual(len({files[name] for name in pictures}), len(pictures))

    def test_each_time_the_same(self):
        """Also where files of an older one stand, and whoever else does."""
        os.mkdir(self.folder)
        for name in ("canny-map.png", "letter.txt"):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write("old")
        first = self.shown()
        self.assertEqual(first.pop("letter.txt"), b"old")
        self.folder += "/of/another"
        self.assertEqual(self.shown("--seed", "5", "--token", "mine", env={"REPLICATE_MOCK_AUTH": "none"}), first)

    def test_without_a_name(self):
        os.mkdir(self.folder)
        result = self.demo(cwd=self.folder)
        self.assertEqual((result.returncode, os.listdir(self.folder)), (0, ["replicate-mock-demo"]))
        self.assertRegex(result.stdout, r"\nreplicate-mock-demo/contact-sheet\.png shows ")

    def test_whom_the_folder_is_for(self):
        """For whoever the umask lets in, as with any other program: it is often a container's root that writes it."""
        old = os.umask(0o027)
        self.addCleanup(os.umask, old)
        self.shown()
        self.assertEqual(stat.S_IMODE(os.stat(self.folder).st_mode), 0o750)

    def test_over_tls(self):
        self.assertIn("contact-sheet.png", self.shown("--tls-port", "0", "--tls-dir", f"{self.folder}-tls"))

    def test_nobody_reads_what_it_says(self):
        """Neither a closed stdout nor a full one keeps it from its pictures."""
        for redirection in (">&-", ">/dev/full"):
            result = subprocess.run(["sh", "-c", f'"$@" {redirection}', "sh", ring.BINARY, "demo", *FAST, self.folder],
                                    env=ring.environment(), timeout=ring.VERY_LONG, check=False)
            self.assertEqual((result.returncode, len(self.files())), (0, 18), redirection)


class Refused(Case):
    def test_usage(self):
        for reason, args in (
                ("demo takes one folder", ("a", "b")),
                ("demo needs a clock that runs: leave --clock manual out", ("--clock", "manual")),
                ("demo fetches its pictures: leave --output-urls data out", ("--output-urls", "data")),
                ("demo fetches its pictures, and speaks no TLS without --tls-port: leave --output-urls https out",
                 ("--output-urls", "https")),
                ('unknown option "--sped"; --help lists them', ("--sped", "3"))):
            self.assertEqual(self.refused(2, reason, *args), "")

    def test_a_file_in_the_place_of_the_folder(self):
        with open(self.folder, "wb"):
            pass
        self.refused(1, f"demo: {self.folder}: is no folder, or a part of the path is none: a folder is needed there",
                     self.folder)

    def test_no_folder_can_be_made(self):
        self.refused(1, "demo: /proc/pictures: the folder cannot be made (at /proc/pictures: No such file or directory)",
                     "/proc/pictures")

    def test_a_folder_stands_in_a_files_place(self):
        """Before the first structure, within one, and behind the last one."""
        for name, about in (("input.png", ""), ("hed-out.png", "hed: its files: "), ("contact-sheet.png", "")):
            os.makedirs(f"{self.folder}/{name}")
            said = self.refused(1, f"demo: {about}{self.folder}/{name}: cannot be written: Is a directory", self.folder)
            self.assertEqual(" failed\n" in said, name == "hed-out.png")
            os.rmdir(f"{self.folder}/{name}")

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said = self.refused(
                1, f"cannot listen on 127.0.0.1 port {port}: Address already in use (0 takes a free one)",
                "--port", str(port), self.folder)
        self.assertEqual(said, "")

    def test_options_that_let_nothing_through(self):
        for reason, args in (
                ("canny: create: HTTP 413: --max-body leaves no room for the sample picture", ("--max-body", "10KiB")),
                ("scribble: create: HTTP 429: --rate-limit lets no more through", ("--rate-limit", "1/min")),
                ("canny: create: HTTP 202: it takes longer than a minute, which follows from --boot, --predict and --speed",
                 ("--predict", "100h", "--speed", "1000"))):
            said = self.refused(1, f"demo: {reason}", self.folder, *args)
            self.assertRegex(said, r"\.\.\. failed\n$")

    def test_a_rule_has_one_fail(self):
        rules = f"{self.folder}.json"
        for reason, outcome in (("out of paint", '{"status":"failed","error":"out of paint"}'),
                                ("there are no two files", '{"output":[null,null]}'),
                                ("there are no two files", '{"output":"a word"}')):
            with open(rules, "w", encoding="ascii") as file:
                file.write(f'{{"match":{{"input":{{"structure":"hed"}}}},"prediction":{outcome}}}')
            self.refused(1, f"demo: hed: output: {reason}", self.folder, "--scenario", rules)

    def test_interrupted(self):
        """What is there by then stays, whole."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen([ring.BINARY, "demo", self.folder], env=ring.environment(), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
                ring.until(lambda: process.stdout.readline().startswith(b"[1/8]"), "the first structure")
                process.send_signal(number)
                said = process.communicate(timeout=ring.VERY_LONG)
            self.assertEqual((process.returncode, said[1]), (-number, b""))
            for picture in self.files().values():
                pixels_of(picture)


if __name__ == "__main__":
    unittest.main()

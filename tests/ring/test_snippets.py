"""What README.md and the pages of docs/ tell to type is typed, section by section, and what they show is what comes. Those
whose recipes need more than a shell have a runner of their own, in tests/clients.

A block marked `sh` is run by a shell at a server of the section's own; one that begins with script/server and options
starts another with these in its place. Only the port, the binary's path and /tmp are changed. The block without a mark
right behind is the output. There … stands for anything, line ends for nothing; ids, keys and times may be others, unless
the server has a --seed, so that they are the same at every run."""
import contextlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import ring
from test_readme import page, pages

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ELSEWHERE = {"docs/testing.md", "docs/ci.md"}  # recipes.py, ci.py
OTHERS = [  # at every run
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\b[0-9a-z]{26}\b", "ID"),
    (r"\bmsg_\w{27}\b", "MESSAGE"),
    (r"/pbxt/\w{48,50}/", "/KEY/"),
    (r"\b[12]\d{9}\b", "SECONDS"),
]


def sections(text):
    """(heading, its blocks as (mark, text, output or None))."""
    for part in re.split(r"^##? ", text, flags=re.MULTILINE)[1:]:
        found = list(BLOCK.finditer(part))
        blocks = []
        for this, behind in zip(found, found[1:] + [None]):
            shows = behind and not behind.group(1) and not part[this.end():behind.start()].strip()
            blocks.append((this.group(1), this.group(2), behind.group(2) if shows else None))
        yield part.partition("\n")[0], blocks


def normal(text, exact):
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text.replace("\n", ""))
    text = re.sub(r'"duration_ms":\d+', '"duration_ms":MS', text)  # by the machine's clock, whatever the seed
    for pattern, name in [] if exact else OTHERS:
        text = re.sub(pattern, name, text)
    return text


def fits(shown, output, exact):
    pattern = ".*".join(re.escape(part) for part in normal(shown, exact).split("…"))
    return re.fullmatch(pattern, normal(output, exact)) is not None


def is_server(text):
    return text.startswith("script/server ") and not text.startswith("script/server check")


class Section:
    """A server and a folder, in which blocks are run one after another."""

    def __init__(self):
        self.server, self.exact = None, False
        self.folder = tempfile.TemporaryDirectory()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end_server()
        self.folder.cleanup()

    def end_server(self):
        if self.server:
            self.server.stop()

    def start(self, options):
        self.end_server()
        self.server, self.exact = ring.Server(*options, cwd=ring.ROOT), "--seed" in options

    def run(self, text):
        """What it prints, on stdout and stderr."""
        if not self.server:
            self.start([])
        text = text.replace("/tmp/", self.folder.name + "/")
        text = text.replace("script/server check", "build/release/src/replicate-mock check")
        text = text.replace("script/demo", "build/release/src/replicate-mock demo")
        text = text.replace("build/release/src/replicate-mock env", f"build/release/src/replicate-mock env --port {self.server.port}")
        text = text.replace("build/release/src/replicate-mock", shlex.quote(ring.BINARY))
        text = text.replace("127.0.0.1:7375", f"127.0.0.1:{self.server.port}")
        result = subprocess.run(["sh", "-eu", "-c", text], env=ring.environment({"XDG_DATA_HOME": self.folder.name}), cwd=ring.ROOT, timeout=ring.VERY_LONG,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                encoding="utf-8", check=False)
        return result.returncode, result.stdout.replace(self.folder.name + "/", "/tmp/")


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class Snippets(unittest.TestCase):
    def test_all(self):
        run = 0
        for name in sorted(set(pages()) - ELSEWHERE):
            for heading, blocks in sections(page(name)):
                with self.subTest(page=name, section=heading):
                    run += self.type_in_time(name, blocks)
        self.assertGreater(run, 25)

    def type_in_time(self, name, blocks):
        """What is shown of predictions under way is so for a second, which on a loaded machine may be over: what is wrong is
        so each time."""
        for _ in range(2):
            with contextlib.suppress(AssertionError), Section() as section:
                return self.type(name, section, blocks)
        with Section() as section:
            return self.type(name, section, blocks)

    def type(self, name, section, blocks):
        """How many were typed."""
        run = 0
        for mark, text, shown in blocks:
            if mark != "sh" or text.startswith("npm "):  # which needs a network
                continue
            if is_server(text):
                section.start(shlex.split(text)[1:])
                continue
            code, output = section.run(text)
            run += 1
            wanted = 1 if "script/server check" in text else 0  # `check` is shown with a fault
            self.assertEqual(code, wanted, f"{text}\n{output}")
            self.assertTrue(shown is None or fits(shown, output, section.exact),
                            f"{name} shows of\n{text}\n{shown}\nand it is\n{output}")
        return run


class Fits(unittest.TestCase):
    def test_what_may_differ(self):
        self.assertTrue(fits('{"id":"0gjx1yeb81rge0d20gf8m81rkg",\n…}', '{"id":"vyv7t7ybe1rga0d20gf98p8bdr","x":1}\n', False))
        self.assertFalse(fits('{"id":"0gjx1yeb81rge0d20gf8m81rkg",…}', '{"id":"vyv7t7ybe1rga0d20gf98p8bdr","x":1}', True))
        self.assertFalse(fits('{"status":"starting"}', '{"status":"processing"}', False))


if __name__ == "__main__":
    unittest.main()

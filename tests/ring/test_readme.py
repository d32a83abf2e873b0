"""What the documents say of the command line is what the program does: its commands, and the table of clients in
docs/pointing.md, of which README.md has some rows. (Its options are those of docs/configuration.md: tests/lint/manual.py.)

A row of that table is | `NAME`: which client that is | `HOW`, remarks |, where HOW is VARIABLE=value or a line of code.
Here each row is held against `env NAME`, and what a shell, curl or node can do of them is done. The official clients
do theirs in tests/clients, by the same table."""
import json
import os
import re
import shutil
import subprocess
import textwrap
import unittest

import ring
from test_env import env, exported
from test_exec import environment

ROOT = "http://127.0.0.1:7375"
COMMAND = re.compile(r"(?:script/server|\breplicate-mock) ([^`|)\"\n]*)")
ROW = re.compile(r"\| `([\w-]+)`(?:: [^|`]*)? \| (?:`([^`]+)`)?([^|]*) \|")


def pages():
    """README.md and those of docs/."""
    return ["README.md", *sorted(f"docs/{name}" for name in os.listdir(os.path.join(ring.ROOT, "docs")) if name.endswith(".md"))]


def page(name):
    with open(os.path.join(ring.ROOT, name), encoding="utf-8") as file:
        return file.read()


def table(name="docs/pointing.md"):
    """The rows: the client's name, how (without the backquotes; None), remarks."""
    lines = page(name).partition("| client | how |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    wrong = [line for line in lines if not ROW.fullmatch(line)]
    assert lines and not wrong, f"no such rows: {wrong}"
    return [ROW.fullmatch(line).groups() for line in lines]


def is_variable(how):
    return re.match(r"[A-Z_]+=", how or "")


class Readme(unittest.TestCase):
    def test_commands(self):
        shown = re.search(r"```\n(usage: replicate-mock.*?)```", page("docs/configuration.md"), re.DOTALL).group(1)
        usage = ring.run("--help").stdout.partition("\n\n")[2]
        self.assertEqual(shown, usage.partition("\noptions ")[0])

    def test_no_option_that_is_gone(self):
        """What stands behind the program's name in a command is known to it."""
        known = set(re.findall(r"--[a-z][a-z-]*", ring.run("--help").stdout))
        for name in pages():
            for command in COMMAND.findall(page(name)):
                with self.subTest(page=name, command=command):
                    self.assertLessEqual(set(re.findall(r"--[a-z][a-z-]*", command.partition(" -- ")[0])), known)

    def test_every_client_is_there(self):
        known = ring.run("--help").stdout.partition("clients of env: ")[2].strip().split(", ")
        self.assertEqual([name for name, _, _ in table()], known)

    def test_the_short_table_is_part_of_it(self):
        rows = table("README.md")
        self.assertEqual([row for row in table() if row in rows], rows)

    def test_env_says_the_same(self):
        for name, how, remarks in table():
            with self.subTest(client=name):
                result = env(name)
                if is_variable(how):
                    variable, _, value = how.partition("=")
                    self.assertEqual(exported(name)[variable], value)
                    self.assertEqual(result.stderr, "")
                elif how:
                    self.assertTrue(result.stderr.endswith(f"in its code: {how}\n"), result.stderr)
                else:
                    self.assertIn("cannot be told", remarks)
                    self.assertIn(f"{name} cannot be told", result.stderr)


class Workflows(unittest.TestCase):
    def test_the_short_ones_are_those_that_are_run(self):
        """tests/clients/ci.py goes through those of docs/ci.md."""
        found = re.findall(r"^```yaml\n(.*?)^```$|^(replicate-mock exec [^\n]*\n)", page("README.md"), re.DOTALL | re.MULTILINE)
        self.assertEqual(len(found), 2)
        for steps, command in found:
            self.assertIn(textwrap.indent(steps, " " * 6) or command, page("docs/ci.md"))


class Rows(ring.RingCase):
    """Against a server at another port."""

    def here(self, how):
        self.assertIn(ROOT, how)
        return how.replace(ROOT, f"http://127.0.0.1:{self.server.port}")

    def run_by(self, *command):
        """In a shell that has what env prints; its stdout."""
        script = 'eval "$("$0" env --port "$1" 2>/dev/null)"; shift; exec "$@"'
        result = subprocess.run(["sh", "-c", script, ring.BINARY, str(self.server.port), *command], env=environment(),
                                timeout=ring.LONG, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result)
        return result.stdout

    def test_variables(self):
        """Whatever stands in them, the list is behind it, with or without /v1."""
        for name, how, _ in table():
            if not is_variable(how):
                continue
            value = self.here(how).partition("=")[2]
            for path in ("/predictions", "/v1/predictions"):
                with self.subTest(client=name, path=path):
                    answer = self.run_by("sh", "-c", 'curl -q -sf -H "Authorization: Bearer $REPLICATE_API_TOKEN" "$0"',
                                         value + path)
                    self.assertEqual(json.loads(answer)["results"], [])

    def test_curl(self):
        how = dict((name, how) for name, how, _ in table())["curl"]
        self.assertEqual(json.loads(self.run_by("sh", "-c", self.here(how) + " -s"))["results"], [])

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_fetch(self):
        rows = [(name, how) for name, how, _ in table() if how and "globalThis.fetch" in how]
        self.assertTrue(rows)
        for name, how in rows:
            with self.subTest(client=name):
                ask = 'const headers = { Authorization: `Bearer ${process.env.REPLICATE_API_TOKEN}` };' \
                      'for (const url of ["https://api.replicate.com/v1/predictions",' \
                      ' new URL("https://api.replicate.com/v1/predictions")])' \
                      '  fetch(url, { headers }).then(answer => answer.text()).then(console.log);'
                lines = self.run_by("node", "-e", self.here(how) + ask).splitlines()
                self.assertEqual([json.loads(line)["results"] for line in lines], [[], []])


if __name__ == "__main__":
    unittest.main()

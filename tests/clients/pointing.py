#!/usr/bin/env python3
"""Points a client, unchanged, at the server in each way that docs/pointing.md and the command line tell of, and has it list
predictions: the page's row, what `env` prints, and `exec`. And runs the README's first program.

Usage: pointing.py js|python1|python2|go BINARY

The row is the one of the client's name, as `env` has it, in the table whose columns are client and how. What stands in
backticks there is run as it stands, the port apart.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "ring"))
os.environ["RING_BINARY"] = os.path.abspath(sys.argv[2])

from ring import LONG, Server, environment  # noqa: E402

PORT = "7375"  # the default one, which the page and `env` name
PAGE = "docs/pointing.md"  # the README has some of its rows
NAMES = {"js": "js", "python1": "python", "python2": "python2", "go": "go"}
EMPTY = '"results":[]'

JAVASCRIPT = """
import Replicate from 'replicate';
const replicate = LINE;
console.log(JSON.stringify(await replicate.predictions.list()));
"""

PYTHON1 = """
import json, replicate
print(json.dumps({"results": [item.id for item in replicate.predictions.list()]}, separators=(",", ":")))
"""

PYTHON2 = """
import json, replicate
print(json.dumps({"results": [item.id for item in replicate.predictions.list()]}, separators=(",", ":")))
print(json.dumps({"results": [item.id for item in replicate.Replicate().predictions.list()]}))
"""

GO = """
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/replicate/replicate-go"
)

func main() {
	_ = os.Args // LINE may have another use for it, or none
	client, err := LINE
	if err != nil {
		panic(err)
	}
	page, err := client.ListPredictions(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\\n", page.RawJSON())
}
"""


class Client:
    """How a client's program is run. `line` is the code that makes the client, None where a variable does."""

    def __init__(self, kind, folder):
        self.kind, self.folder = kind, folder

    def command(self, line=None):
        if self.kind.startswith("python"):
            return [sys.executable, "-c", PYTHON1 if self.kind == "python1" else PYTHON2]
        name, text = ("main.go", GO) if self.kind == "go" else ("main.mjs", JAVASCRIPT)
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("LINE", line))
        return ["go", "run", path] if self.kind == "go" else ["node", path]

    def line_of_mock_url(self):
        """What somebody writes whose tests run under `exec`."""
        return {"js": "new Replicate({ baseUrl: process.env.REPLICATE_MOCK_URL + '/v1' })",
                "go": 'replicate.NewClient(replicate.WithTokenFromEnv(), '
                      'replicate.WithBaseURL(os.Getenv("REPLICATE_MOCK_URL")+"/v1"))'}.get(self.kind)

    def run(self, command, cwd=os.path.join(HERE, "go"), **variables):
        clean = {name: value for name, value in environment().items() if not name.startswith("REPLICATE_")}
        return subprocess.run(command, env={**clean, **variables}, timeout=4 * LONG, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False, cwd=cwd)


def row(name):
    """The text in backticks of the client's row."""
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as file:
        found = re.search(rf"^\| `{name}`[^|]*\| `([^`]+)`", file.read(), re.MULTILINE)
    assert found, f"{PAGE} has no row for `{name}`"
    return found.group(1)


def check(what, result):
    """It has listed nothing, without an error."""
    if result.returncode or EMPTY not in result.stdout:
        raise SystemExit(f"{what}: exit code {result.returncode}\n{result.stdout}\n{result.stderr}")
    print(f"ok {what}")


def is_code(text):
    return "(" in text


def try_row(client, server, name):
    how = row(name)
    assert PORT in how, f"{PAGE}, `{name}`: no port {PORT} in {how}"
    how = how.replace(PORT, str(server.port))
    if is_code(how):
        check("the page's row", client.run(client.command(how), REPLICATE_API_TOKEN="any"))
        return
    variable, _, value = how.partition("=")
    check("the page's row", client.run(client.command(), REPLICATE_API_TOKEN="any", **{variable: value}))


def try_program(client):
    """The README's first program in this language, at a server with the options that stand before it, leaves the picture
    of which it speaks."""
    language = {"js": "js", "python1": "python", "python2": "python"}.get(client.kind)
    if not language:
        return
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        before, _, rest = file.read().partition(f"```{language}\n")
    options = shlex.split(re.findall(r"^script/server(.*)$", before, re.MULTILINE)[-1])
    path = os.path.join(client.folder, "first.mjs" if language == "js" else "first.py")
    with Server(*options) as server:
        with open(path, "w", encoding="utf-8") as file:
            file.write(rest.partition("```")[0].replace(PORT, str(server.port)))
        said = client.run(["node" if language == "js" else sys.executable, path], cwd=client.folder,
                          REPLICATE_API_TOKEN="any", REPLICATE_BASE_URL=f"http://127.0.0.1:{server.port}")
    assert said.returncode == 0, f"{said.stdout}\n{said.stderr}"
    with open(os.path.join(client.folder, "lighthouse.webp"), "rb") as file:
        assert file.read(12)[::8] == b"RW", "the README's first program has saved no WebP picture"
    print("ok the README's first program")


def try_env(client, server, name):
    """Exports are what a shell makes of them; where they do not reach, stderr ends with the line to change."""
    binary = os.environ["RING_BINARY"]
    said = client.run([binary, "env", name, "--port", str(server.port)])
    assert said.returncode == 0, said.stderr
    line = said.stderr.strip().partition("in its code: ")[2] or None
    assert bool(line) == (client.line_of_mock_url() is not None), said.stderr
    script = f'eval "$({binary} env {name} --port {server.port} 2>/dev/null)" && exec "$@"'
    check("env", client.run(["sh", "-c", script, "sh", *client.command(line)]))


def try_exec(client):
    command = client.command(client.line_of_mock_url())
    check("exec", client.run([os.environ["RING_BINARY"], "exec", "--", *command]))
    token = client.run([os.environ["RING_BINARY"], "exec", "--token", "r8_good", "--", *command],
                       REPLICATE_API_TOKEN="r8_good")
    check("exec, with a token of one's own", token)
    refused = client.run([os.environ["RING_BINARY"], "exec", "--token", "r8_good", "--", *command],
                         REPLICATE_API_TOKEN="r8_bad")
    assert refused.returncode and "You did not pass a valid authentication token" in refused.stderr, refused
    print("ok exec, with a bad one")


def main(kind):
    # Node finds what is installed from where the program lies.
    os.makedirs(os.path.join(HERE, "cache"), exist_ok=True)
    folder = tempfile.mkdtemp(dir=os.path.join(HERE, "cache"))
    client, name = Client(kind, folder), NAMES[kind]
    try:
        with Server("--log-level", "warn") as server:
            try_row(client, server, name)
            try_env(client, server, name)
        try_program(client)
        try_exec(client)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])

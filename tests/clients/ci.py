#!/usr/bin/env python3
"""What docs/ci.md and action.yml tell a runner to do is done, as far as a machine without a runner and without containers
can: every workflow is read by actionlint; jobs are gone through step by step, the steps of action.yml among them, at a
project whose tests use Replicate's clients in Python, JavaScript and Go. A service is the server itself in place of its
image.

Usage: ci.py BINARY ACTIONLINT
"""
import contextlib
import hashlib
import http.server
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

import yaml

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "ring"))
os.environ["RING_BINARY"] = os.path.abspath(sys.argv[1])
from ring import free_port  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
BLOCK = re.compile(r"^```(yaml|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LONG = 240
MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as build:
    RELEASE = re.search(r"^  version: '(.*)'", build.read(), re.MULTILINE)[1]
PUBLISHED = "https://github.com/replicate-mock/replicate-mock/releases/download"
VERSION = "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"

PROJECT = {
    "test_app.py": f'''
import replicate

def test_a_picture_comes_back():
    output = replicate.run("rossjillian/controlnet:{VERSION}",
                           input={{"image": "https://example.com/a.png", "prompt": "a turtle", "structure": "canny"}})
    assert len(output) == 1
''',
    "app.test.mjs": f'''
import assert from "node:assert"
import test from "node:test"
import Replicate from "replicate"

test("a picture comes back", async () => {{
  const replicate = new Replicate({{ baseUrl: process.env.REPLICATE_MOCK_URL + "/v1" }})
  const input = {{ image: "https://example.com/a.png", prompt: "a turtle", structure: "canny" }}
  assert.equal((await replicate.run("rossjillian/controlnet:{VERSION}", {{ input }})).length, 1)
}})
''',
    "package.json": '{"type": "module", "scripts": {"test": "node --test app.test.mjs"}}',
    "app_test.go": f'''
package app

import (
	"context"
	"os"
	"testing"

	"github.com/replicate/replicate-go"
)

func TestAPictureComesBack(t *testing.T) {{
	client, err := replicate.NewClient(replicate.WithTokenFromEnv(), replicate.WithBaseURL(os.Getenv("REPLICATE_MOCK_URL")+"/v1"))
	if err != nil {{
		t.Fatal(err)
	}}
	input := replicate.PredictionInput{{"image": "https://example.com/a.png", "prompt": "a turtle", "structure": "canny"}}
	if _, err = client.Run(context.Background(), "rossjillian/controlnet:{VERSION}", input, nil); err != nil {{
		t.Fatal(err)
	}}
}}
''',
}


class Wrong(Exception):
    """It did not go as it should."""


# --- a runner -----------------------------------------------------------------------------------------------------------

class Runner:
    """A job: a folder, an environment that steps add to, outputs by the ids of steps."""

    def __init__(self, folder, binary, releases):
        self.folder = folder
        self.project = os.path.join(folder, "project")
        self.releases = releases
        own = {name: value for name, value in os.environ.items() if not name.startswith("REPLICATE_")}
        self.environment = {**own, "RUNNER_TEMP": folder, "REPLICATE_MOCK_RELEASES": releases, "NO_COLOR": "1",
                            "GITHUB_RUN_ID": "1"}
        self.binary = binary
        self.furnish()

    def furnish(self):
        os.makedirs(self.project)
        for name, text in PROJECT.items():
            with open(os.path.join(self.project, name), "w", encoding="utf-8") as file:
                file.write(text)
        for name in ("go.mod", "go.sum"):
            shutil.copy(os.path.join(HERE, "go", name), self.project)
        os.symlink(os.path.join(HERE, "node_modules"), os.path.join(self.project, "node_modules"))

    def has_binary(self):
        place = os.path.join(self.folder, "bin")
        os.makedirs(place, exist_ok=True)
        os.symlink(os.path.realpath(self.binary), os.path.join(place, "replicate-mock"))
        self.environment["PATH"] = place + os.pathsep + self.environment["PATH"]

    def shell(self, command, environment=None):
        result = subprocess.run(["bash", "-eo", "pipefail", "-c", command], cwd=self.project, text=True, check=False,
                                env={**self.environment, **(environment or {})}, timeout=LONG, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode != 0:
            raise Wrong(f"{command.strip()}: exit code {result.returncode}\n{result.stdout}")
        return result.stdout

    def step(self, step, context):
        """A step that runs something; what it writes to the runner's files is taken over. Returns its outputs."""
        files = {name: os.path.join(self.folder, name) for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH")}
        for path in files.values():
            open(path, "w", encoding="utf-8").close()
        self.shell(filled(step["run"], context),
                   {**files, **{name: filled(str(value), context) for name, value in step.get("env", {}).items()}})
        read = {}
        for name, path in files.items():
            with open(path, encoding="utf-8") as file:
                read[name] = file.read().splitlines()
        self.environment.update(line.split("=", 1) for line in read["GITHUB_ENV"])
        for line in read["GITHUB_PATH"]:
            self.environment["PATH"] = line + os.pathsep + self.environment["PATH"]
        return dict(line.split("=", 1) for line in read["GITHUB_OUTPUT"])

    def action(self, given):
        """The action of this project, with inputs."""
        with open(os.path.join(ROOT, "action.yml"), encoding="utf-8") as file:
            action = yaml.safe_load(file)
        unknown = set(given) - set(action["inputs"])
        if unknown:
            raise Wrong(f"action.yml has no inputs {unknown}")
        context = {f"inputs.{name}": str(given.get(name, text["default"])) for name, text in action["inputs"].items()}
        context |= {"github.action_path": ROOT, "github.action_repository": "o/replicate-mock"}
        for step in action["runs"]["steps"]:
            for name, value in self.step(step, context).items():
                context[f"steps.{step['id']}.outputs.{name}"] = value
        return {name: filled(output["value"], context) for name, output in action["outputs"].items()}

    def job(self, job, port):
        self.environment.update(job.get("env", {}))
        for step in job["steps"]:
            if "run" in step:
                self.step(step, {})
            elif step["uses"].startswith("replicate-mock/"):
                # The runner would build it: it gets a release, and a port that is free here.
                self.action({"version": RELEASE, "port": port, **step.get("with", {})})


def filled(text, context):
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: context[found.group(1)], text)


# --- what it fetches ----------------------------------------------------------------------------------------------------

def make_release(folder, binary):
    """The files of a release, as the action fetches them; and one whose digest is another's. What lies in them leads to
    the binary: that may be a script with others beside it."""
    launcher = os.path.join(folder, "launcher")
    with open(launcher, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec {shlex.quote(os.path.realpath(binary))} "$@"\n')
    os.chmod(launcher, 0o755)
    for version in (RELEASE, "0.0.9"):
        place = os.path.join(folder, f"v{version}")
        os.makedirs(place)
        archive = os.path.join(place, f"replicate-mock-{version}-linux-{MACHINE}.tar.gz")
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(launcher, f"replicate-mock-{version}/bin/replicate-mock")
        with open(archive, "rb") as file:
            digest = hashlib.sha256(file.read() if version == RELEASE else b"").hexdigest()
        with open(archive + ".sha256", "w", encoding="utf-8") as file:
            file.write(f"{digest}  {os.path.basename(archive)}\n")


@contextlib.contextmanager
def served(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextlib.contextmanager
def service(binary, port, arguments=(), environment=None):
    """The server in place of its image."""
    with subprocess.Popen([binary, "serve", "--port", str(port), *arguments], env={**os.environ, **(environment or {})},
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            if not process.stdout.readline().startswith("replicate-mock listening"):
                raise Wrong("the service does not start")
            yield
        finally:
            process.terminate()
            process.wait(LONG)


# --- what is tried ------------------------------------------------------------------------------------------------------

class Tries:
    def __init__(self, binary, actionlint):
        self.binary, self.actionlint = binary, actionlint
        self.passed = self.failed = 0

    @contextlib.contextmanager
    def runner(self):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as releases:
            make_release(releases, self.binary)
            with served(releases) as url:
                runner = Runner(folder, self.binary, url)
                try:
                    yield runner
                finally:
                    self.end_servers(runner)

    @staticmethod
    def end_servers(runner):
        """Those that the action has started: by the pids of whoever has its log open."""
        log = os.path.realpath(os.path.join(runner.folder, "replicate-mock", "log-"))
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.path.realpath(f"/proc/{pid}/fd/2").startswith(log):
                    os.kill(int(pid), 15)
        time.sleep(0.1)

    def attempt(self, what, call):
        try:
            call()
        except (Wrong, subprocess.TimeoutExpired, KeyError) as fault:
            self.failed += 1
            print(f"wrong: {what}\n{fault}")
        else:
            self.passed += 1
            print(f"good: {what}")

    def lint(self, path):
        result = subprocess.run([self.actionlint, "-no-color", "-shellcheck=", "-pyflakes=", path], cwd=ROOT, text=True,
                                capture_output=True, check=False)
        if result.returncode != 0:
            raise Wrong(result.stdout + result.stderr)

    def lint_text(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
            file.write("on: push\n" + text)
            file.flush()
            self.lint(file.name)

    def github(self, text):
        port = free_port()
        workflow = yaml.safe_load(text.replace("7375", str(port)))
        for job in workflow["jobs"].values():
            with contextlib.ExitStack() as stack:
                runner = stack.enter_context(self.runner())
                for image in job.get("services", {}).values():
                    stack.enter_context(service(self.binary, port, environment=image.get("env")))
                runner.job(job, port)

    def gitlab(self, text):
        """A job's lines are one shell's. What it fetches comes from here, and goes into a folder of the test's."""
        port = free_port()
        jobs = yaml.safe_load(text.replace("//replicate:7375", f"//127.0.0.1:{port}").replace("linux-amd64", f"linux-{MACHINE}"))
        for job in [{**jobs.get(job.get("extends"), {}), **job} for name, job in jobs.items() if not name.startswith(".")]:
            with contextlib.ExitStack() as stack:
                runner = stack.enter_context(self.runner())
                for each in job.get("services", []):
                    stack.enter_context(service(self.binary, port, each["command"]))
                runner.environment.update(job.get("variables", {}))
                lines = "\n".join([*job.get("before_script", []), *job["script"]])
                runner.shell(lines.replace(PUBLISHED, runner.releases).replace("/opt", runner.folder))

    def command(self, text):
        with self.runner() as runner:
            runner.has_binary()
            runner.shell(text)

    def action_points_clients(self):
        with self.runner() as runner:
            with open(os.path.join(runner.project, "rules.json"), "w", encoding="utf-8") as file:
                file.write('{"scenarios": []}')
            outputs = runner.action({"version": RELEASE, "port": "0", "args": "--speed 50", "scenarios": "rules.json\n"})
            if not re.fullmatch(r"http://127\.0\.0\.1:\d+", outputs["url"]):
                raise Wrong(f"url: {outputs['url']}")
            for name, value in (("REPLICATE_BASE_URL", outputs["url"]), ("REPLICATE_MOCK_URL", outputs["url"])):
                if runner.environment.get(name) != value:
                    raise Wrong(f"{name} is {runner.environment.get(name)}")
            runner.shell('curl --fail --silent --show-error -H "Authorization: Bearer $REPLICATE_API_TOKEN" '
                         '"$REPLICATE_MOCK_URL/v1/account"')

    def action_takes_inputs_as_they_are(self):
        """A file's name with a space, a quoted word with one, what a shell would run or find files by: nothing of it is
        more than text."""
        with self.runner() as runner:
            shutil.copy(os.path.join(ROOT, "schema/models/replicate/hello-world.json"), os.path.join(runner.project, "my model.json"))
            with open(os.path.join(runner.project, "my rules.json"), "w", encoding="utf-8") as file:
                file.write('{"scenarios": [{"name": "busy", "match": {}, "response": {"status": 429}}]}')
            runner.action({"version": RELEASE, "port": "0", "models": "\nmy model.json\n", "scenarios": "my rules.json",
                           "args": "--token 'r8 $(touch pwned) \\t'\n--control-host * --webhook-secret \"whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\""})
            token = runner.environment["REPLICATE_API_TOKEN"]
            if token != "r8 $(touch pwned) \\t":
                raise Wrong(f"the token is {token}")
            said = runner.shell('curl --fail --silent --show-error -H "Authorization: Bearer $REPLICATE_API_TOKEN" '
                                '"$REPLICATE_MOCK_URL/v1/webhooks/default/secret" -H "Host: any.example" '
                                '"$REPLICATE_MOCK_URL/_mock/scenarios"')
            if "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh" not in said or '"busy"' not in said or "pwned" in os.listdir(runner.project):
                raise Wrong(said)

    def action_has_https(self):
        with self.runner() as runner:
            folder = os.path.join(runner.folder, "authority")
            runner.action({"version": RELEASE, "port": "0", "args": f"--tls-port 0 --tls-dir {folder}"})
            if runner.environment.get("NODE_EXTRA_CA_CERTS") != os.path.join(folder, "ca.pem"):
                raise Wrong(f"NODE_EXTRA_CA_CERTS is {runner.environment.get('NODE_EXTRA_CA_CERTS')}")
            runner.shell('curl --fail --silent --show-error "$REPLICATE_MOCK_TLS_URL/_mock/health"')

    def action_twice(self):
        with self.runner() as runner:
            urls = {runner.action({"version": RELEASE, "port": "0"})["url"] for _ in range(2)}
            for url in urls:
                runner.shell(f"curl --fail --silent --show-error {url}/_mock/health")
            if len(urls) != 2:
                raise Wrong(f"twice the same: {urls}")

    def refused_elsewhere(self, version):
        with self.runner() as runner:
            place = os.path.join(runner.folder, "bin")
            os.makedirs(place)
            with open(os.path.join(place, "uname"), "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\necho Darwin\n")
            os.chmod(os.path.join(place, "uname"), 0o755)
            runner.environment["PATH"] = place + os.pathsep + runner.environment["PATH"]
            try:
                runner.action({"version": version})
            except Wrong as refusal:
                if "it runs on Linux alone, and not on Darwin" in str(refusal):
                    return
                raise
            raise Wrong("it is taken")

    def refused(self, given, said):
        with self.runner() as runner:
            try:
                runner.action({"version": RELEASE, "port": "0", **given})
            except Wrong as refusal:
                if said in str(refusal) and "::error" in str(refusal):
                    return
                raise
            raise Wrong("it is taken")

    def all(self):
        for name in sorted(os.listdir(os.path.join(ROOT, ".github/workflows"))):
            self.attempt(f"{name} is a workflow", lambda: self.lint(os.path.join(ROOT, ".github/workflows", name)))
        with open(os.path.join(ROOT, "docs/ci.md"), encoding="utf-8") as file:
            blocks = BLOCK.findall(file.read())
        if len(blocks) < 8:
            raise Wrong("docs/ci.md has lost its recipes")
        for mark, text in blocks:
            name = " ".join(text.split())[:70]
            if mark == "sh":
                self.attempt(name, lambda: self.command(text))
            elif "jobs" in yaml.safe_load(text):
                self.attempt(f"actionlint: {name}", lambda: self.lint_text(text))
                self.attempt(name, lambda: self.github(text))
            else:
                self.attempt(name, lambda: self.gitlab(text))
        self.attempt("the action points clients", self.action_points_clients)
        self.attempt("the action takes inputs as they are", self.action_takes_inputs_as_they_are)
        self.attempt("the action has https", self.action_has_https)
        self.attempt("the action twice", self.action_twice)
        for version in ("source", RELEASE):
            self.attempt(f"the action refuses macOS: {version}", lambda: self.refused_elsewhere(version))
        for given, said in (({"version": "0.0.9"}, "is not what its digest says"), ({"version": "9.9.9"}, "is 9.9.9 a release?"),
                            ({"version": "latest"}, "neither a release"), ({"version": "0/../../x"}, "neither a release"),
                            ({"args": "--no-such"}, "--no-such"), ({"args": "--token 'r8"}, "quotes do not match"),
                            ({"port": "x"}, "are numbers"), ({"port": ""}, "are numbers"), ({"wait-timeout": "1s"}, "are numbers"),
                            ({"models": "/no/such/file"}, "/no/such/file")):
            self.attempt(f"the action refuses {given}", lambda: self.refused(given, said))
        print(f"{self.passed} passed, {self.failed} failed")
        return self.failed > 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(Tries(*map(os.path.abspath, sys.argv[1:])).all())

"""exec: a command beside a server of its own. Its exit code, its variables, its files; and that nothing of it stays,
whoever is told to end and however."""
import contextlib
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import ring

LOOPBACK = "127.0.0.1,localhost,::1"
POINTING = ("REPLICATE_BASE_URL", "REPLICATE_API_TOKEN", "REPLICATE_MOCK_URL", "NO_PROXY", "no_proxy")
BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "DENO_CERT")
TRUSTING = ("REPLICATE_MOCK_TLS_URL", "NODE_EXTRA_CA_CERTS", *BUNDLES)
GRACE = 5  # seconds from a signal to SIGKILL


def environment(extra=None):
    """Without what exec sets."""
    clean = {name: value for name, value in ring.environment().items() if name not in (*POINTING, *TRUSTING)}
    return {**clean, **(extra or {})}


def run(*args, env=None, stdin=b"", **options):
    """exec to its end; texts in the result."""
    result = subprocess.run([ring.BINARY, "exec", *args], env=environment(env), input=stdin, timeout=ring.LONG,
                            capture_output=True, check=False, start_new_session=True, **options)
    result.stdout, result.stderr = result.stdout.decode(), result.stderr.decode()
    assert not ring.REPORT.search(result.stderr), result.stderr
    return result


def variables(*args, env=None):
    """The environment that a command gets."""
    result = run(*args, "--", sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))", env=env)
    assert result.returncode == 0, result
    return json.loads(result.stdout)


def is_running(pid):
    """Not when it is dead and only its parent has not looked yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Exec:
    """exec under way. Its command writes lines to stdout; `pids` reads one with numbers of processes."""

    def __init__(self, *command, args=(), **options):
        self.process = subprocess.Popen([ring.BINARY, "exec", *args, "--", *command], env=environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        **{"start_new_session": True, **options})
        self.known = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.known:
            if is_running(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.stdout.close()
        self.process.stderr.close()

    def line(self):
        assert ring.select_one(self.process.stdout, ring.LONG), "the command says nothing"
        return self.process.stdout.readline().decode().strip()

    def pids(self):
        self.known += [int(word) for word in self.line().split()]
        return self.known

    def tell(self, number):
        self.told = time.monotonic()
        self.process.send_signal(number)

    def ended(self):
        return self.process.wait(ring.LONG)

    def assert_nothing_left(self):
        for pid in self.known:
            ring.until(lambda pid=pid: not is_running(pid), f"process {pid} ends")


class Codes(unittest.TestCase):
    def test_of_the_command(self):
        for code in (0, 1, 2, 7, 125, 255):
            self.assertEqual(run("--", "sh", "-c", f"exit {code}").returncode, code)

    def test_of_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT):
            result = run("--", "sh", "-c", f"ulimit -c 0; kill -{int(number)} $$")
            self.assertEqual((result.returncode, result.stderr), (128 + number, ""))

    def test_not_found(self):
        for name in ("no-such-command-7375", "/no/such/command"):
            result = run("--", name)
            self.assertEqual((result.returncode, result.stdout, result.stderr),
                             (127, "", f"replicate-mock: {name}: No such file or directory\n"))

    def test_not_executable(self):
        for name, why in ((__file__, "Permission denied"), ("/", "Permission denied")):
            result = run("--", name)
            self.assertEqual((result.returncode, result.stdout, result.stderr),
                             (126, "", f"replicate-mock: {name}: {why}\n"))

    def test_usage(self):
        for args, word in (((), "--"), (("--",), "--"), (("true",), '"true"'), (("--speed", "2"), "--"),
                           (("--nonsense", "--", "true"), "--nonsense"), (("--port", "x", "--", "true"), "--port")):
            with self.subTest(args=args):
                result = run(*args)
                self.assertEqual((result.returncode, result.stdout), (2, ""), result)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                self.assertIn(word, result.stderr)

    def test_a_taken_port(self):
        """The command does not begin."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = run("--port", str(port), "--", "echo", "begun")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn(f"port {port}", result.stderr)

    def test_bad_models(self):
        result = run("--models", "/no/such/file", "--", "echo", "begun")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("/no/such/file", result.stderr)


class Files(unittest.TestCase):
    def test_they_are_the_commands_alone(self):
        text = bytes(range(256)) * 1000
        result = subprocess.run([ring.BINARY, "exec", "--", "cat"], input=text, capture_output=True, check=True,
                                env=environment(), timeout=ring.LONG)
        self.assertEqual((result.stdout, result.stderr), (text, b""))
        result = run("--", "sh", "-c", "echo out; echo err >&2")
        self.assertEqual((result.stdout, result.stderr), ("out\n", "err\n"))

    def test_help_is_the_commands_too(self):
        result = run("--", "echo", "--help", "-h", "--version", "--", "--port")
        self.assertEqual((result.returncode, result.stdout), (0, "--help -h --version -- --port\n"))
        self.assertEqual(run("--help", "--", "true").stdout, ring.run("--help").stdout)

    def test_nothing_is_inherited_from_the_server(self):
        """Descriptors, the limit of them, signals that are blocked or ignored: all as without us."""
        look = [sys.executable, "-c", "import os, resource\n"
                "print(sorted(os.listdir('/proc/self/fd')), resource.getrlimit(resource.RLIMIT_NOFILE))\n"
                "print([line for line in open('/proc/self/status') if line.startswith(('SigBlk', 'SigIgn'))])"]

        def limited():
            ring.resource.setrlimit(ring.resource.RLIMIT_NOFILE, (256, 1024))
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})

        seen = [subprocess.run(command, env=environment(), capture_output=True, stdin=subprocess.DEVNULL, check=True,
                               preexec_fn=limited, timeout=ring.LONG).stdout.decode()
                for command in (look, [ring.BINARY, "exec", "--", *look])]
        self.assertEqual(seen[0], seen[1])
        self.assertIn("(256, 1024)", seen[0])

    def test_log(self):
        """Warnings alone go to stderr, unless the options say otherwise."""
        ask = ["--", "sh", "-c", 'curl -q -s -o /dev/null -H "Authorization: Bearer $REPLICATE_API_TOKEN" '
               '"$REPLICATE_BASE_URL/v1/nothing"']
        self.assertEqual(run(*ask).stderr, "")
        self.assertIn("info", run("--log-level", "info", *ask).stderr)
        self.assertIn("info", run(*ask, env={"REPLICATE_MOCK_LOG_LEVEL": "info"}).stderr)


class Variables(unittest.TestCase):
    def test_what_is_set(self):
        seen = variables()
        url = seen["REPLICATE_MOCK_URL"]
        self.assertRegex(url, r"\Ahttp://127\.0\.0\.1:\d+\Z")
        self.assertEqual([seen[name] for name in POINTING], [url, "r8_mock", url, LOOPBACK, LOOPBACK])

    def test_all_else_stays(self):
        env = {"SOME": "thing", "REPLICATE_MOCK_SPEED": "5", "REPLICATE_BASE_URL": "https://api.replicate.com"}
        seen = variables(env=env)
        self.assertEqual((seen["SOME"], seen["REPLICATE_MOCK_SPEED"]), ("thing", "5"))
        self.assertEqual(seen["REPLICATE_BASE_URL"], seen["REPLICATE_MOCK_URL"])
        self.assertLessEqual({*environment(env)} - {*seen}, {"_"})

    def test_a_token_is_kept(self):
        self.assertEqual(variables(env={"REPLICATE_API_TOKEN": "r8_own"})["REPLICATE_API_TOKEN"], "r8_own")
        self.assertEqual(variables(env={"REPLICATE_API_TOKEN": ""})["REPLICATE_API_TOKEN"], "r8_mock")

    def test_a_good_token(self):
        self.assertEqual(variables("--token", "a", "--token", "b")["REPLICATE_API_TOKEN"], "a")

    def test_no_proxy(self):
        cases = [({"NO_PROXY": "corp.example"}, f"corp.example,{LOOPBACK}", f"corp.example,{LOOPBACK}"),
                 ({"no_proxy": "corp.example"}, f"corp.example,{LOOPBACK}", f"corp.example,{LOOPBACK}"),
                 ({"NO_PROXY": "a", "no_proxy": "b"}, f"a,{LOOPBACK}", f"b,{LOOPBACK}"),
                 ({"NO_PROXY": "localhost, 127.0.0.1 ,x"}, "localhost, 127.0.0.1 ,x,::1", "localhost, 127.0.0.1 ,x,::1"),
                 ({"NO_PROXY": "localhost.example"}, f"localhost.example,{LOOPBACK}", f"localhost.example,{LOOPBACK}"),
                 ({"NO_PROXY": "", "no_proxy": "*"}, LOOPBACK, "*")]
        for env, upper, lower in cases:
            with self.subTest(env=env):
                seen = variables(env=env)
                self.assertEqual((seen["NO_PROXY"], seen["no_proxy"]), (upper, lower))

    def test_where_it_listens(self):
        port = ring.free_port()
        url = f"http://127.0.0.1:{port}"
        self.assertEqual(variables("--port", str(port))["REPLICATE_MOCK_URL"], url)
        self.assertEqual(variables(env={"REPLICATE_MOCK_PORT": str(port)})["REPLICATE_MOCK_URL"], url)
        self.assertRegex(variables("--host", "0.0.0.0")["REPLICATE_BASE_URL"], r"\Ahttp://127\.0\.0\.1:\d+\Z")
        self.assertRegex(variables("--public-url", "http://x.y")["REPLICATE_BASE_URL"], r"\Ahttp://127\.0\.0\.1:\d+\Z")


class Trust(unittest.TestCase):
    """With TLS: where it is, and whom to trust, for each runtime that a variable tells."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(os.path.realpath(folder.name), "a folder", "of it's own")
        self.args = ("--tls-port", "0", "--tls-dir", self.folder)

    def in_folder(self, name):
        return os.path.join(self.folder, name)

    def test_what_is_set(self):
        seen = variables(*self.args)
        self.assertRegex(seen["REPLICATE_MOCK_TLS_URL"], r"\Ahttps://127\.0\.0\.1:\d+\Z")
        self.assertRegex(seen["REPLICATE_MOCK_URL"], r"\Ahttp://127\.0\.0\.1:\d+\Z")
        self.assertEqual(seen["REPLICATE_BASE_URL"], seen["REPLICATE_MOCK_URL"])
        self.assertEqual(seen["NODE_EXTRA_CA_CERTS"], self.in_folder("ca.pem"))
        self.assertEqual({seen[name] for name in BUNDLES}, {self.in_folder("ca-bundle.pem")})

    def test_nothing_without_it(self):
        for args in ((), ("--tls-dir", self.folder), ("--tls-port", "off", "--tls-dir", self.folder)):
            seen = variables(*args, env={"SSL_CERT_FILE": "/some/file"})
            self.assertEqual([seen.get(name) for name in TRUSTING], [None, None, "/some/file", None, None, None])
        self.assertFalse(os.path.exists(self.folder))

    def test_from_anywhere(self):
        """The folder is meant from where exec began; its command may go elsewhere."""
        os.makedirs(self.folder)
        result = run("--tls-port", "0", "--tls-dir", "./tls", "--", "sh", "-c", 'cd / && cat "$NODE_EXTRA_CA_CERTS"', cwd=self.folder)
        with open(self.in_folder("tls/ca.pem"), encoding="ascii") as file:
            self.assertEqual((result.returncode, result.stdout), (0, file.read()), result.stderr)

    def test_where_it_listens(self):
        port = ring.free_port()
        self.assertEqual(variables(*self.args, "--tls-port", str(port))["REPLICATE_MOCK_TLS_URL"], f"https://127.0.0.1:{port}")
        env = {"REPLICATE_MOCK_TLS_PORT": str(port), "REPLICATE_MOCK_TLS_DIR": self.folder}
        self.assertEqual(variables(env=env)["REPLICATE_MOCK_TLS_URL"], f"https://127.0.0.1:{port}")
        self.assertRegex(variables(*self.args, "--host", "0.0.0.0")["REPLICATE_MOCK_TLS_URL"], r"\Ahttps://127\.0\.0\.1:\d+\Z")

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_another_address(self):
        """The URL that it hands out is one that its certificate is for."""
        result = run(*self.args, "--host", "127.0.0.2", "--", "sh", "-c", 'curl -q -sS "$REPLICATE_MOCK_TLS_URL/_mock/health"')
        self.assertIn('"status":"ok"', result.stdout, result.stderr)
        result = run(*self.args, "--host", "127.0.0.2", "--", sys.executable, "-c", FETCH_FILE)
        self.assertEqual((result.returncode, result.stdout), (0, "https image/png\n"), result.stderr)

    def test_everybody_else_is_trusted_still(self):
        """Also in a command within a command, whose bundle is made of this one."""
        other = self.in_folder("other.pem")
        with ring.Server(tls=True) as server:
            os.makedirs(self.folder)
            with open(other, "w", encoding="ascii") as file, open(os.path.join(server.folder.name, "ca.pem"), encoding="ascii") as theirs:
                file.write(theirs.read())
            command = ["--", sys.executable, "-c", ASK_BOTH, server.tls_url]
            for nested in ([], ["--", ring.BINARY, "exec", "--tls-port", "0", "--tls-dir", self.in_folder("second")]):
                result = run(*self.args, *nested, *command, env={"SSL_CERT_FILE": other})
                self.assertEqual((result.returncode, result.stdout), (0, "ok ok\n"), result)

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        result = run(*self.args, "--", "sh", "-c", 'curl -q -sS "$REPLICATE_MOCK_TLS_URL/_mock/health"')
        self.assertIn('"status":"ok"', result.stdout, result.stderr)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node(self):
        script = "fetch(process.env.REPLICATE_MOCK_TLS_URL + '/_mock/health').then(a => a.json()).then(a => console.log(a.status))"
        result = run(*self.args, "--", "node", "-e", script)
        self.assertEqual((result.returncode, result.stdout), (0, "ok\n"), result.stderr)

    def test_faults(self):
        """The command does not begin."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = run("--tls-dir", self.folder, "--tls-port", str(port), "--", "echo", "begun")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn(f"port {port}", result.stderr)
        for args, word in ((("--tls-port", "0", "--tls-dir", ring.BINARY), "--tls-dir"), (("--tls-port", "x"), "--tls-port"),
                           ((*self.args, "--tls-name", "a b"), "--tls-name")):
            result = run(*args, "--", "echo", "begun")
            self.assertEqual((result.returncode, result.stdout), (2, ""), result)
            self.assertIn(word, result.stderr)

    def test_nowhere_to_keep_them(self):
        env = {name: value for name, value in environment().items() if name not in ("HOME", "XDG_DATA_HOME")}
        result = subprocess.run([ring.BINARY, "exec", "--tls-port", "0", "--", "echo", "begun"], env=env, capture_output=True,
                                check=False, timeout=ring.LONG)
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertIn(b"--tls-dir", result.stderr)


ASK_BOTH = """
import os, sys, urllib.request
for url in (os.environ["REPLICATE_MOCK_TLS_URL"], sys.argv[1]):
    print(b'"ok"' in urllib.request.urlopen(url + "/_mock/health").read() and "ok", end=" " if url != sys.argv[1] else "\\n")
"""

FETCH_FILE = f"""
import json, os, urllib.request
request = urllib.request.Request(os.environ["REPLICATE_MOCK_URL"] + "/v1/predictions", {ring.CREATE!r},
                                 {{"Authorization": "Bearer any", "Prefer": "wait"}})
url = json.load(urllib.request.urlopen(request))["output"][0]
print(url.partition(":")[0], urllib.request.urlopen(url).headers["Content-Type"])
"""

ASK = """
import json, os, sys, urllib.request
request = urllib.request.Request(os.environ["REPLICATE_BASE_URL"] + "/v1/predictions", sys.stdin.buffer.read(),
                                 {"Authorization": "Bearer " + os.environ["REPLICATE_API_TOKEN"]})
print(json.load(urllib.request.urlopen(request))["urls"]["get"])
"""


class Serving(unittest.TestCase):
    def test_it_serves_before_the_command_begins(self):
        proxied = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
        for env in ({}, proxied):
            result = run("--", sys.executable, "-c", ASK, stdin=ring.CREATE, env=env)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertRegex(result.stdout, r"\Ahttp://127\.0\.0\.1:\d+/v1/predictions/\w+\n\Z")

    def test_many_at_once(self):
        """On a port each."""
        all_of_them = [Exec("sh", "-c", 'echo "$REPLICATE_MOCK_URL"; cat; read x') for _ in range(8)]
        with contextlib.ExitStack() as stack:
            for one in all_of_them:
                stack.enter_context(one)
            urls = [one.line() for one in all_of_them]
            self.assertEqual(len({*urls}), 8)
        nested = run("--", ring.BINARY, "exec", "--", "sh", "-c", 'echo "$REPLICATE_MOCK_URL"')
        self.assertEqual(nested.returncode, 0)

    def test_what_was_asked_is_answered(self):
        """The command ends while a request of somebody else waits."""
        with Exec("sh", "-c", 'echo "$REPLICATE_MOCK_URL"; read x <"$0"', self.pipe(), args=["--predict", "10m"]) as one:
            port = int(re.search(r":(\d+)\Z", one.line()).group(1))
            with ring.Wire(("127.0.0.1", port)) as wire:
                wire.send(ring.post(headers={"Prefer": "wait=60"}))

                def parked():
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_mock/health") as answer:
                        return json.load(answer)["predictions"] == 1
                ring.until(parked)
                with open(self.path, "w", encoding="ascii") as file:
                    file.write("go\n")
                self.assertEqual(wire.answer().status, 202)
            self.assertEqual(one.ended(), 0)

    def pipe(self):
        """The name of a pipe that the command reads and we write."""
        folder = ring.tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "pipe")
        os.mkfifo(self.path)
        return self.path


# Lives until it is killed, with a child in the same session and one in another.
FAMILY = """
import os, signal, subprocess, sys, time
if "stubborn" in sys.argv:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
wait = [sys.executable, "-c", "import signal\\nwhile True: signal.pause()"]
children = [subprocess.Popen(wait), subprocess.Popen(wait, start_new_session=True)]
print(os.getpid(), *(child.pid for child in children), flush=True)
while "leave" not in sys.argv:
    signal.pause()
"""


@ring.patient
class Signals(unittest.TestCase):
    NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)

    def family(self, *words, **options):
        one = Exec(sys.executable, "-c", FAMILY, *words, **options)
        self.addCleanup(one.__exit__)
        self.assertEqual(len(one.pids()), 3)
        return one

    def test_they_are_passed_on(self):
        for number in self.NUMBERS:
            one = self.family()
            one.tell(number)
            self.assertEqual(one.ended(), 128 + number)
            ring.in_time(one.told, 2, "it ends")
            one.assert_nothing_left()

    def test_the_command_may_answer(self):
        """In its own time, and with its own code, while the server goes on."""
        for number in self.NUMBERS:
            script = (f"trap 'curl -q -s -o /dev/null $REPLICATE_MOCK_URL/_mock/health && exit 9' {int(number)}; "
                      "echo $$; while :; do read x <$0; done")
            folder = ring.tempfile.TemporaryDirectory()
            self.addCleanup(folder.cleanup)
            path = os.path.join(folder.name, "pipe")
            os.mkfifo(path)
            one = Exec("sh", "-c", script, path)
            self.addCleanup(one.__exit__)
            one.pids()
            one.tell(number)
            self.assertEqual(one.ended(), 9)
            one.assert_nothing_left()

    def test_once(self):
        """One that somebody sends comes once, however many processes there are between."""
        script = "import signal, sys, time\n" \
                 "got = []\n" \
                 "signal.signal(signal.SIGTERM, lambda *_: got.append(1))\n" \
                 "print('ready', flush=True)\n" \
                 "while not got: time.sleep(0.01)\n" \
                 "time.sleep(0.3)\n" \
                 "sys.exit(len(got))"
        one = Exec(sys.executable, "-c", script)
        self.addCleanup(one.__exit__)
        self.assertEqual(one.line(), "ready")
        one.tell(signal.SIGTERM)
        self.assertEqual(one.ended(), 1)

    def test_killed(self):
        """Nobody is left to clear up, it seems."""
        for words in ((), ("stubborn",)):
            one = self.family(*words)
            one.tell(signal.SIGKILL)
            self.assertEqual(one.ended(), -signal.SIGKILL)
            one.assert_nothing_left()
            ring.in_time(one.told, 2, "all end")

    def test_the_keeper_is_killed(self):
        """The process between, which sees to all this."""
        one = self.family("stubborn")
        with open(f"/proc/{one.known[0]}/stat", encoding="ascii") as file:
            keeper = int(file.read().rpartition(")")[2].split()[1])
        self.assertNotEqual(keeper, one.process.pid)
        os.kill(keeper, signal.SIGKILL)
        self.assertEqual(one.ended(), 128 + signal.SIGKILL)
        ring.until(lambda: not is_running(one.known[0]), "the command ends")

    def test_the_whole_group_is_killed(self):
        one = self.family("stubborn")
        os.killpg(one.process.pid, signal.SIGKILL)
        one.ended()
        one.assert_nothing_left()

    def test_killed_before_the_command_begins(self):
        """Whenever that is."""
        for _ in range(20):
            one = Exec("sh", "-c", "echo $$; exec sleep 1000")
            self.addCleanup(one.__exit__)
            one.tell(signal.SIGKILL)
            one.ended()
            text = one.process.stdout.read().decode()  # to its end: nobody has it open any more
            one.known += [int(word) for word in text.split()]
            one.assert_nothing_left()

    def test_a_stubborn_command(self):
        one = self.family("stubborn")
        one.tell(signal.SIGTERM)
        self.assertEqual(one.ended(), 128 + signal.SIGKILL)
        self.assertGreater(time.monotonic() - one.told, GRACE - 0.1)
        ring.in_time(one.told, GRACE + 2, "it ends")
        one.assert_nothing_left()

    def test_a_second_signal(self):
        """Says that it is enough; two that come at once are one."""
        one = self.family("stubborn")
        one.tell(signal.SIGINT)
        one.process.send_signal(signal.SIGTERM)
        ring.until(lambda: time.monotonic() - one.told > 0.5)
        if one.process.poll() is not None:
            raise ring.Late("two signals that were sent at once were not one")
        one.process.send_signal(signal.SIGTERM)
        self.assertEqual(one.ended(), 128 + signal.SIGKILL)
        ring.in_time(one.told, GRACE - 1, "it ends")
        one.assert_nothing_left()

    def test_what_the_command_leaves(self):
        """It ends as it wants to; its children end with the server, but for a daemon."""
        one = self.family("leave")
        self.assertEqual(one.ended(), 0)
        daemon = one.known.pop()
        one.assert_nothing_left()
        self.assertTrue(is_running(daemon))
        os.kill(daemon, signal.SIGKILL)

    def test_nohup(self):
        """Who ignores SIGHUP from the beginning goes on."""
        one = Exec("sh", "-c", "echo $$; read x <$0", self.pipe(),
                   preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.addCleanup(one.__exit__)
        one.pids()
        one.tell(signal.SIGHUP)
        with open(self.path, "w", encoding="ascii") as file:
            file.write("go\n")
        self.assertEqual(one.ended(), 0)

    def pipe(self):
        folder = ring.tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "pipe")
        os.mkfifo(self.path)
        return self.path


COUNT = """
import os, signal, sys, time
got = []
signal.signal(signal.SIGINT, lambda *_: got.append(1))
print("ready", os.getpgrp() == os.tcgetpgrp(0), flush=True)
try:
    line = sys.stdin.readline().strip()
except OSError:
    line = ""  # a terminal that goes: to some who read it is an end, to others an error
if not line: signal.pause()
print("read", line, flush=True)
while not got: time.sleep(0.01)
time.sleep(0.3)
print("got", len(got), flush=True)
"""


class Terminal(unittest.TestCase):
    """With a terminal the command stays in the shell's job."""

    def setUp(self):
        self.text = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(ring.BINARY, [ring.BINARY, "exec", "--", sys.executable, "-c", COUNT], environment())
        self.addCleanup(os.close, self.terminal)

    def expect(self, text):
        def came():
            if text in self.text:
                return True
            self.text += os.read(self.terminal, 1000)
            return text in self.text
        ring.until(came, text)

    def test_keyboard(self):
        """It may read; and Ctrl-C, which goes to the whole job, comes once."""
        self.expect(b"ready True")
        os.write(self.terminal, b"words\n")
        self.expect(b"read words")
        os.write(self.terminal, b"\x03")
        self.expect(b"got 1")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), 0)

    def test_a_signal(self):
        self.expect(b"ready True")
        os.kill(self.pid, signal.SIGTERM)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), 128 + signal.SIGTERM)

    def test_the_terminal_goes(self):
        self.expect(b"ready True")
        other = os.open(os.devnull, os.O_RDWR)
        os.dup2(other, self.terminal)  # closes it
        os.close(other)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), 128 + signal.SIGHUP)


if __name__ == "__main__":
    unittest.main()

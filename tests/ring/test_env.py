"""env: what it prints must do what it says in a shell, whatever stands in the values."""
import os
import subprocess
import sys
import tempfile
import unittest

import ring
from test_exec import BUNDLES, LOOPBACK, POINTING, TRUSTING, environment

ROOT = "http://127.0.0.1:7375"
LOOKED_AT = (*POINTING, *TRUSTING, "REPLICATE_API_ENDPOINT_URL")


def env(*args, env=None, **options):
    result = subprocess.run([ring.BINARY, "env", *args], env=environment(env), timeout=ring.LONG, capture_output=True,
                            text=True, stdin=subprocess.DEVNULL, check=False, **options)
    assert not ring.REPORT.search(result.stderr), result.stderr
    return result


def exported(*args, env=None):
    """What a shell has after eval: each variable that is set then, by the eval or before."""
    script = 'eval "$("$0" env "$@" 2>/dev/null)" && for name in ' + " ".join(LOOKED_AT) + \
             '; do sh -c \'eval "value=\\${$1-(unset)}"; printf "%s\\\\0" "$value"\' sh $name; done'
    result = subprocess.run(["sh", "-c", script, ring.BINARY, *args], env=environment(env), check=True, timeout=ring.LONG,
                            capture_output=True, text=True)
    assert result.stderr == "", result.stderr
    values = dict(zip(LOOKED_AT, result.stdout.split("\0")))
    return {name: value for name, value in values.items() if value != "(unset)"}


def everywhere(url, token="r8_mock"):
    return {"REPLICATE_API_TOKEN": token, "REPLICATE_MOCK_URL": url, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK}


class Exports(unittest.TestCase):
    def test_without_a_client(self):
        result = env()
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, f"export REPLICATE_BASE_URL='{ROOT}'\n"
                         "export REPLICATE_API_TOKEN='r8_mock'\n"
                         f"export REPLICATE_MOCK_URL='{ROOT}'\n"
                         f"export NO_PROXY='{LOOPBACK}'\n"
                         f"export no_proxy='{LOOPBACK}'\n")
        self.assertEqual(exported(), {"REPLICATE_BASE_URL": ROOT, **everywhere(ROOT)})

    def test_with_one(self):
        for client, name, value in (("python", "REPLICATE_BASE_URL", ROOT), ("python2", "REPLICATE_BASE_URL", ROOT + "/v1"),
                                    ("cli", "REPLICATE_BASE_URL", ROOT + "/v1/"),
                                    ("ruby-durable", "REPLICATE_API_ENDPOINT_URL", ROOT + "/v1")):
            with self.subTest(client=client):
                self.assertEqual(exported(client), {name: value, **everywhere(ROOT)})
                self.assertEqual(env(client).stderr, "")

    def test_what_an_export_cannot_do(self):
        for client, line in (("js", f'new Replicate({{ baseUrl: "{ROOT}/v1" }})'),
                             ("go", f'replicate.WithBaseURL("{ROOT}/v1")'), ("elixir", f'replicate_base_url: "{ROOT}"')):
            with self.subTest(client=client):
                result = env(client)
                self.assertEqual(result.returncode, 0)
                self.assertIn(line, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1)
                self.assertEqual(exported(client), everywhere(ROOT))

    def test_the_servers_options(self):
        cases = [(["--port", "80"], "http://127.0.0.1:80"), (["--host", "0.0.0.0"], ROOT), (["--host", "::"], "http://[::1]:7375"),
                 (["--host", "fd00::1", "-p", "1"], "http://[fd00::1]:1"), (["--host", "mock"], "http://mock:7375"),
                 (["--public-url", "https://mock.example/base/"], "https://mock.example/base"),
                 (["--public-url", "http://x", "--port", "0"], "http://x")]
        for args, url in cases:
            with self.subTest(args=args):
                self.assertEqual(exported(*args, "python2"), {"REPLICATE_BASE_URL": url + "/v1", **everywhere(url)})
        self.assertEqual(exported(env={"REPLICATE_MOCK_PORT": "81"})["REPLICATE_BASE_URL"], "http://127.0.0.1:81")
        self.assertIn(f'"http://127.0.0.1:82/v1"', env("--port", "82", "js").stderr)

    def test_tokens(self):
        self.assertEqual(exported("--token", "a", "--token", "b")["REPLICATE_API_TOKEN"], "a")
        result = env(env={"REPLICATE_API_TOKEN": "r8_secret"})  # it stays as it is, and is not shown
        self.assertNotIn("REPLICATE_API_TOKEN", result.stdout)

    def test_quotes(self):
        """Nothing in a value is for the shell."""
        nasty = "a'b\"c$HOME`id`\\ ;*'\n#'"
        self.assertEqual(exported("--token", nasty)["REPLICATE_API_TOKEN"], nasty)
        seen = exported("--public-url", "http://x'$(id)", "python2", env={"NO_PROXY": nasty})
        self.assertEqual(seen["REPLICATE_BASE_URL"], "http://x'$(id)/v1")
        self.assertEqual((seen["NO_PROXY"], seen["no_proxy"]), (f"{nasty},{LOOPBACK}",) * 2)

    def test_twice_is_as_once(self):
        once = exported()
        self.assertEqual(exported(env=once), once)


class Trust(unittest.TestCase):
    """With TLS: what each runtime reads, and for whom no variable does it, what to do."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(os.path.realpath(folder.name), "it's \"this\" $HOME")
        self.args = ("--tls-port", "7376", "--tls-dir", self.folder)

    def trusting(self, url):
        bundle = f"{self.folder}/ca-bundle.pem"
        return {"REPLICATE_MOCK_TLS_URL": url, "NODE_EXTRA_CA_CERTS": f"{self.folder}/ca.pem",
                **dict.fromkeys(BUNDLES, bundle)}

    def test_exports(self):
        for client in ((), ("python",), ("js",), ("java",)):
            seen = exported(*self.args, *client)
            self.assertEqual({name: seen[name] for name in TRUSTING}, self.trusting("https://127.0.0.1:7376"))
        for host, url in (("::", "https://[::1]:7376"), ("0.0.0.0", "https://127.0.0.1:7376"), ("mock", "https://mock:7376")):
            self.assertEqual(exported(*self.args, "--host", host)["REPLICATE_MOCK_TLS_URL"], url)

    def test_nothing_without_it(self):
        self.assertEqual(exported("--tls-dir", self.folder), {"REPLICATE_BASE_URL": ROOT, **everywhere(ROOT)})
        self.assertEqual(env("--tls-dir", self.folder).stderr, "")

    def test_from_anywhere(self):
        os.makedirs(self.folder)
        result = env("--tls-port", "1", "--tls-dir", "sub", cwd=self.folder)
        self.assertIn("sub/ca.pem'\n", result.stdout)
        self.assertNotIn("='sub", result.stdout)

    def test_what_no_variable_can_do(self):
        """Only those whom it is about are told."""
        ca = f"{self.folder}/ca.pem"
        says = {client: env(*self.args, *client).stderr for client in ((), ("python",), ("java",))}
        for line in ("keytool -importcert", "certutil -d sql:", "update-ca-certificates", "add-trusted-cert"):
            self.assertIn(line, says[()])
        self.assertIn("keytool -importcert", says["java",])
        self.assertNotIn("certutil", says["java",])
        self.assertIn(ca, says["java",])
        self.assertEqual(says["python",], f"replicate-mock: {ca} is not there yet: the server makes it when it starts\n")

    def test_the_server_has_made_it(self):
        with ring.Server("--tls-dir", self.folder, tls=True) as server:
            self.assertEqual(env(*self.args, "python").stderr, "")
            with open(exported(*self.args)["NODE_EXTRA_CA_CERTS"], encoding="ascii") as file:
                self.assertIn("BEGIN CERTIFICATE", file.read())
            seen = exported("--tls-dir", self.folder, "--port", str(server.port), "--tls-port", str(server.tls_port))
            script = 'import os, urllib.request as u; print(u.urlopen(os.environ["REPLICATE_MOCK_TLS_URL"] + "/_mock/health").status)'
            self.assertEqual(subprocess.run([sys.executable, "-c", script], env=environment(seen), capture_output=True, text=True,
                                            check=True, timeout=ring.LONG).stdout, "200\n")

    def test_commands_that_it_shows(self):
        """Their paths are for a shell, whatever stands in them."""
        line = env(*self.args, "java").stderr.split("after: ")[1].split("\n")[0]
        words = subprocess.run(["sh", "-c", line.replace("keytool", "printf '%s\\n'")], capture_output=True, text=True, check=True,
                               timeout=ring.LONG).stdout.split("\n")
        self.assertIn(f"{self.folder}/ca.pem", words)


class Refused(unittest.TestCase):
    def assert_usage(self, result, *words):
        self.assertEqual((result.returncode, result.stdout), (2, ""), result)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_unknown_clients(self):
        self.assert_usage(env("cobol"), '"cobol"', "python, python2, js, go, cli,", "n8n")
        self.assert_usage(env("Python"), '"Python"')
        self.assert_usage(env("a\nb" * 1000))

    def test_two_clients(self):
        self.assert_usage(env("python", "go"), "one client")

    def test_a_port_that_nobody_knows(self):
        self.assert_usage(env("--port", "0"), "--port 0")
        self.assert_usage(env("--tls-port", "0", "--tls-dir", "/nowhere"), "--tls-port 0")

    def test_nobody_reads_it(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([ring.BINARY, "env"], env=environment(), stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"stdout", result.stderr)


if __name__ == "__main__":
    unittest.main()

"""env: what it prints must do what it says in a shell, whatever stands in the values."""
import subprocess
import unittest

import ring
from test_exec import LOOPBACK, POINTING, environment

ROOT = "http://127.0.0.1:7375"


def env(*args, env=None, **options):
    result = subprocess.run([ring.BINARY, "env", *args], env=environment(env), timeout=ring.LONG, capture_output=True,
                            text=True, stdin=subprocess.DEVNULL, check=False, **options)
    assert not ring.REPORT.search(result.stderr), result.stderr
    return result


def exported(*args, env=None):
    """What a shell has after eval: each variable that is set then, by the eval or before."""
    script = 'eval "$("$0" env "$@" 2>/dev/null)" && for name in ' + " ".join((*POINTING, "REPLICATE_API_ENDPOINT_URL")) + \
             '; do sh -c \'eval "value=\\${$1-(unset)}"; printf "%s\\\\0" "$value"\' sh $name; done'
    result = subprocess.run(["sh", "-c", script, ring.BINARY, *args], env=environment(env), check=True, timeout=ring.LONG,
                            capture_output=True, text=True)
    assert result.stderr == "", result.stderr
    values = dict(zip((*POINTING, "REPLICATE_API_ENDPOINT_URL"), result.stdout.split("\0")))
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

    def test_nobody_reads_it(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([ring.BINARY, "env"], env=environment(), stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"stdout", result.stderr)


if __name__ == "__main__":
    unittest.main()

"""The command line: options, environment, exit codes, what goes to stdout and stderr."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

import ring

BAD_VALUES = [
    ("port", "x"), ("port", "70000"), ("port", "-1"), ("port", "80x"), ("port", ""),
    ("host", ""),
    ("public-url", "example.com"), ("public-url", "ftp://example.com"), ("public-url", "http://"),
    ("public-url", "http://example.com/?a=b"),
    ("auth", "maybe"),
    ("clock", "fast"),
    ("speed", "0"), ("speed", "-1"), ("speed", "nan"), ("speed", "inf"), ("speed", "fast"), ("speed", "1x"),
    ("start-time", "yesterday"), ("start-time", "2026-02-30T00:00:00Z"),
    ("boot", "-1s"), ("boot", "5 parsecs"), ("boot", "ms"), ("predict", "1y"), ("retention", "forever"),
    ("seed", "one"), ("seed", "-1"), ("seed", "99999999999999999999999"),
    ("max-predictions", "-1"), ("max-predictions", "many"), ("max-worlds", "0x10"),
    ("max-body", "12XB"), ("max-body", "-1"), ("max-memory", "lots"),
    ("rate-limit", "fast"), ("rate-limit", "0"), ("rate-limit", "30/s"),
    ("log-level", "loud"), ("log-format", "xml"),
]


def variable(option):
    return "REPLICATE_MOCK_" + option.upper().replace("-", "_")


def help_options():
    """What --help lists: name to the word for its value."""
    return dict(re.findall(r"^ +(?:-\w, )?--([a-z-]+) (\S+)", ring.run("--help").stdout, re.MULTILINE))


def speed(server):
    return server.get("/_mock/clock", headers={}).json()["speed"]


class Refused(unittest.TestCase):
    """A usage fault: exit 2, one line on stderr that names it, nothing on stdout."""

    def assert_usage(self, result, *words):
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.endswith("\n"))
        for word in words:
            self.assertIn(word, result.stderr)

    def test_bad_values_of_flags(self):
        for option, value in BAD_VALUES:
            with self.subTest(option=option, value=value):
                self.assert_usage(ring.run(f"--{option}={value}"), option)

    def test_bad_values_in_the_environment(self):
        for option, value in BAD_VALUES:
            if not value:
                continue  # an empty variable is an unset one
            with self.subTest(option=option, value=value):
                self.assert_usage(ring.run("--port=0" if option != "port" else "--speed=1",
                                           env={variable(option): value}), variable(option))

    def test_a_bad_value_is_named(self):
        self.assert_usage(ring.run("--auth", "perhaps"), "--auth", "perhaps", "required", "none")

    def test_unknown_options(self):
        for flag in ("--nonsense", "--nonsense=1", "--por", "--ports", "-x", "--PORT=0", "--", "-"):
            with self.subTest(flag=flag):
                self.assert_usage(ring.run(flag), flag)

    def test_unknown_command(self):
        self.assert_usage(ring.run("observe"), "observe")
        self.assert_usage(ring.run("observe", "--port", "0"), "observe")

    def test_a_stray_word(self):
        self.assert_usage(ring.run("serve", "now"), "now")
        self.assert_usage(ring.run("--port", "0", "now"), "now")

    def test_a_missing_value(self):
        for option in help_options():
            with self.subTest(option=option):
                self.assert_usage(ring.run(f"--{option}"), option)
        self.assert_usage(ring.run("-p"), "port")

    def test_bad_values_for_healthcheck(self):
        self.assert_usage(ring.run("healthcheck", "--port", "x"), "port")

    def test_a_long_value_is_one_line(self):
        self.assert_usage(ring.run("--auth", "x" * 100000), "auth")
        self.assert_usage(ring.run("--" + "y" * 100000), "option")


class Help(unittest.TestCase):
    def test_help_lists_every_option(self):
        """Each option listed is there, and each that this version promises is listed."""
        listed = help_options()
        promised = {"port", "host", "public-url", "control-host", "auth", "token", "clock", "speed",
                    "start-time", "boot", "predict", "seed", "retention", "max-predictions", "max-worlds",
                    "max-body", "max-memory", "scenario", "rate-limit", "log-level", "log-format"}
        self.assertLessEqual(promised, set(listed))
        text = ring.run("--help").stdout
        for word in ("-p", "-h", "--help", "--version", "serve", "healthcheck", "7375", "REPLICATE_MOCK_"):
            self.assertIn(word, text)

    def test_help_everywhere(self):
        expected = ring.run("--help").stdout
        for args in (["-h"], ["serve", "--help"], ["healthcheck", "-h"], ["--port", "0", "--help"]):
            with self.subTest(args=args):
                result = ring.run(*args)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, expected, ""))

    def test_version(self):
        for args in (["--version"], ["serve", "--version"]):
            result = ring.run(*args)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertRegex(result.stdout, r"\Areplicate-mock \d+\.\d+\.\d+\n\Z")


class Precedence(unittest.TestCase):
    def test_default_environment_flag(self):
        with ring.Server() as server:
            self.assertEqual(speed(server), 1)
        with ring.Server(env={"REPLICATE_MOCK_SPEED": "2"}) as server:
            self.assertEqual(speed(server), 2)
        with ring.Server("--speed", "3", env={"REPLICATE_MOCK_SPEED": "2"}) as server:
            self.assertEqual(speed(server), 3)

    def test_a_flag_hides_even_a_bad_variable(self):
        with ring.Server("--speed=3", env={"REPLICATE_MOCK_SPEED": "fast"}) as server:
            self.assertEqual(speed(server), 3)

    def test_an_empty_variable_is_none(self):
        with ring.Server(env={"REPLICATE_MOCK_SPEED": ""}) as server:
            self.assertEqual(speed(server), 1)

    def test_unknown_variables_are_ignored(self):
        with ring.Server(env={"REPLICATE_MOCK_X": "1", "REPLICATE_MOCK_SERVICE_HOST": "10.0.0.1"}) as server:
            self.assertEqual(server.health()["status"], "ok")

    def test_the_last_flag_wins(self):
        with ring.Server("--speed", "2", "--speed=4") as server:
            self.assertEqual(speed(server), 4)

    def assert_tokens(self, server, good, bad):
        for token, status in [(token, 200) for token in good] + [(token, 401) for token in bad]:
            answer = server.get("/v1/predictions", headers={"Authorization": f"Bearer {token}"})
            self.assertEqual(answer.status, status, token)

    def test_repeatable_options(self):
        with ring.Server(env={"REPLICATE_MOCK_TOKEN": "a,b"}) as server:
            self.assert_tokens(server, ["a", "b"], ["a,b", "c"])
        with ring.Server("--token", "a", "--token=b") as server:
            self.assert_tokens(server, ["a", "b"], ["c"])
        # A flag does not split, and it stands in place of the variable.
        with ring.Server("--token", "c,d", env={"REPLICATE_MOCK_TOKEN": "a,b"}) as server:
            self.assert_tokens(server, ["c,d"], ["a", "b", "c", "d"])


class Ports(unittest.TestCase):
    """How a port is named; these bind a port that was free a moment ago."""

    def assert_serves_at(self, port, args, env=None, or_wants=False):
        """`or_wants`: where somebody else has that port, it complains of that one."""
        process = subprocess.Popen([ring.BINARY, *args], env=ring.environment(env), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        with process:
            line = process.stdout.readline().decode()
            if line or not or_wants:
                process.terminate()
                self.assertEqual((line, process.wait(ring.LONG)), (f"replicate-mock listening on http://127.0.0.1:{port}\n", 0))
            else:
                self.assertIn(f"cannot listen on 127.0.0.1 port {port}: Address already in use", process.stderr.read().decode())

    def test_forms_of_the_flag(self):
        for form in (["--port", "{}"], ["--port={}"], ["-p", "{}"], ["-p{}"], ["serve", "-p", "{}"]):
            with self.subTest(form=form):
                port = ring.free_port()
                self.assert_serves_at(port, [part.format(port) for part in form])

    def test_the_environment(self):
        port = ring.free_port()
        self.assert_serves_at(port, [], {"REPLICATE_MOCK_PORT": str(port)})

    def test_a_port_of_kubernetes_is_ignored(self):
        """For a Service named replicate-mock Kubernetes sets REPLICATE_MOCK_PORT=tcp://…"""
        env = {"REPLICATE_MOCK_PORT": "tcp://10.0.0.1:7375"}
        port = ring.free_port()
        self.assert_serves_at(port, ["--port", str(port)], env)
        self.assert_serves_at(7375, [], env, or_wants=True)

    def test_a_taken_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = ring.run("--port", str(port))
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn(str(port), result.stderr)
        self.assertIn("in use", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)

    def test_two_servers_on_one_port(self):
        with ring.Server() as server:
            self.assertEqual(ring.run("--port", str(server.port)).returncode, 1)
            self.assertEqual(server.health()["status"], "ok")

    def test_a_port_is_free_again_at_once(self):
        with ring.Server("--port", str(ring.free_port())) as server:
            server.health()  # leaves a connection in TIME_WAIT
        self.assert_serves_at(server.port, ["-p", str(server.port)])

    def test_an_address_that_is_not_ours(self):
        result = ring.run("--host", "192.0.2.1", "--port", "0")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("192.0.2.1", result.stderr)


class Hosts(unittest.TestCase):
    @unittest.skipUnless(ring.has_ipv6(), "this machine has no ::1")
    def test_ipv6(self):
        with ring.Server("--host", "::1") as server:
            self.assertEqual(server.ready, f"replicate-mock listening on http://[::1]:{server.port}\n")
            server.address = ("::1", server.port)
            self.assertEqual(server.health()["status"], "ok")

    def test_localhost(self):
        """Every address of the name answers."""
        with ring.Server("--host", "localhost") as server:
            self.assertEqual(server.ready, f"replicate-mock listening on http://localhost:{server.port}\n")
            for info in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM):
                if info[0] == socket.AF_INET6 and not ring.has_ipv6():
                    continue  # the name has it, the machine not
                server.address = (info[4][0], server.port)
                self.assertEqual(server.health()["status"], "ok", info)

    def test_any(self):
        with ring.Server("--host", "0.0.0.0") as server:
            self.assertEqual(server.ready, f"replicate-mock listening on http://0.0.0.0:{server.port}\n")
            self.assertEqual(server.health()["status"], "ok")

    @unittest.skipUnless(ring.has_ipv6(), "this machine has no ::1")
    def test_any_of_both_families(self):
        with ring.Server("--host", "::") as server:
            self.assertEqual(server.ready, f"replicate-mock listening on http://[::]:{server.port}\n")
            for address in ("127.0.0.1", "::1"):
                server.address = (address, server.port)
                self.assertEqual(server.health()["status"], "ok")

    def test_the_environment(self):
        with ring.Server(env={"REPLICATE_MOCK_HOST": "0.0.0.0"}) as server:
            self.assertIn("http://0.0.0.0:", server.ready)


class Alone(unittest.TestCase):
    """The one file is all that it needs."""

    def assert_whole(self, server):
        answer = server.create(headers={**ring.AUTH, "Prefer": "wait"})
        self.assertEqual(server.finished(answer)["status"], "succeeded")
        picture = server.get(answer["output"][0].partition(f":{server.port}")[2], headers={})
        ring.png_size(picture.body)
        ring.png_size(server.get("/_mock/fixtures/sample.png").body)

    def test_from_another_folder(self):
        with ring.Server(*ring.SOON, cwd="/") as server:
            self.assert_whole(server)

    def test_a_copy_in_an_empty_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "mock")
            shutil.copy(ring.BINARY, copy)
            with ring.Server(*ring.SOON, command=[copy], cwd=folder) as server:
                self.assert_whole(server)
            self.assertEqual(os.listdir(folder), ["mock"], "it leaves nothing behind")

    def test_without_standard_files(self):
        """Started as some supervisors do: descriptors 0 and 1 are closed, so the program's own may get these
        numbers, and the ready line must not go into one of them."""
        port = ring.free_port()
        process = subprocess.Popen(["sh", "-c", 'exec "$0" --port "$1" <&- >&-', ring.BINARY, str(port)],
                                   env=ring.environment(), stderr=subprocess.DEVNULL)
        try:
            ring.until(lambda: process.poll() is not None or
                       ring.run("healthcheck", "--port", str(port)).returncode == 0, "it serves")
            self.assertIsNone(process.poll(), "it has ended by itself")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(ring.LONG)

    def test_nobody_reads_the_ready_line(self):
        port = ring.free_port()
        reader, writer = os.pipe()
        os.close(reader)
        process = subprocess.Popen([ring.BINARY, "--port", str(port)], env=ring.environment(), stdout=writer,
                                   stderr=subprocess.DEVNULL)
        os.close(writer)
        try:
            ring.until(lambda: process.poll() is not None or
                       ring.run("healthcheck", "--port", str(port)).returncode == 0, "it serves")
            self.assertIsNone(process.poll(), "it has ended by itself")
        finally:
            process.terminate()
            self.assertEqual(process.wait(ring.LONG), 0)


class Logs(unittest.TestCase):
    def test_no_secret_appears(self):
        with ring.Server("--log-level", "debug", "--token", "r8_secret_token") as server:
            headers = {"Authorization": "Bearer r8_secret_token"}
            image = b"data:text/plain;base64,c2VjcmV0ZGF0YQ=="
            server.create(ring.CREATE.replace(b"https://example.com/a.png", image), headers)
            server.get("/v1/predictions", headers={"Authorization": "Bearer r8_wrong_token"})
            log = server.log()
        self.assertNotEqual(log, "")
        for secret in ("r8_secret_token", "r8_wrong_token", "c2VjcmV0ZGF0YQ"):
            self.assertNotIn(secret, log)

    def test_json_lines(self):
        with ring.Server("--log-format", "json", "--log-level=debug") as server:
            server.create()
            server.get("/v1/v1/predictions")  # answered, with a warning
            log = server.log()
        lines = [ring.json.loads(line) for line in log.splitlines()]
        self.assertTrue([line for line in lines if line["level"] == "warn" and "/v1/v1" in str(line)], lines)

    def test_levels(self):
        with ring.Server("--log-level", "error") as server:
            server.get("/v1/v1/predictions")
            self.assertEqual(server.log(), "")


class Healthcheck(unittest.TestCase):
    def assert_not_ok(self, *args):
        result = ring.run("healthcheck", *args)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_ok(self):
        with ring.Server() as server:
            result = ring.run("healthcheck", "--port", str(server.port))
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            result = ring.run("healthcheck", env={"REPLICATE_MOCK_PORT": str(server.port)})
            self.assertEqual(result.returncode, 0)

    def test_any_becomes_loopback(self):
        with ring.Server("--host", "0.0.0.0") as server:
            env = {"REPLICATE_MOCK_HOST": "0.0.0.0", "REPLICATE_MOCK_PORT": str(server.port)}
            self.assertEqual(ring.run("healthcheck", env=env).returncode, 0)

    @unittest.skipUnless(ring.has_ipv6(), "this machine has no ::1")
    def test_ipv6(self):
        for host in ("::", "::1"):
            with ring.Server("--host", host) as server:
                self.assertEqual(
                    ring.run("healthcheck", "--host", host, "-p", str(server.port)).returncode, 0)

    def test_with_the_servers_other_options(self):
        with ring.Server("--token", "a") as server:
            result = ring.run("healthcheck", "--port", str(server.port), "--token", "a", "--public-url",
                              "http://x.y")
            self.assertEqual(result.returncode, 0)

    def test_nobody_there(self):
        with ring.refusing_port() as port:
            self.assert_not_ok("--port", str(port))

    def test_another_kind_of_server(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            def answer():
                connection, _ = other.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
            thread = threading.Thread(target=answer, daemon=True)
            thread.start()
            self.assert_not_ok("--port", str(other.getsockname()[1]))
            thread.join()

    def test_a_server_that_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.assert_not_ok("--port", str(silent.getsockname()[1]))


if __name__ == "__main__":
    unittest.main()

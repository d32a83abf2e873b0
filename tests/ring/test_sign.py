"""sign and verify: real processes, held against Python's hmac and the vector that the clients' suites use."""
import base64
import hashlib
import hmac
import subprocess
import time
import unittest

import ring

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
DEFAULT = "whsec_" + base64.b64encode(b"replicate-mock-test-key!").decode()
MIB = 1024 * 1024


def run(*args, body=BODY, env=None):
    """With the body on stdin; the result's stdout and stderr are text."""
    result = subprocess.run([ring.BINARY, *args], env=ring.environment(env), input=body, timeout=ring.LONG,
                            capture_output=True, check=False)
    result.stdout, result.stderr = result.stdout.decode(), result.stderr.decode()
    assert not ring.REPORT.search(result.stderr), result.stderr
    return result


def signed(secret, message, timestamp, body):
    """The signature as a receiver works it out."""
    key = base64.b64decode(secret.split("_")[1], validate=True)
    text = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def headers(result):
    return [line.split(": ", 1) for line in result.stdout.splitlines()]


class Case(unittest.TestCase):
    def assert_usage(self, result, *words):
        """Exit 2, nothing on stdout, one line on stderr with these words."""
        self.assertEqual((result.returncode, result.stdout), (2, ""), result)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def assert_failed(self, result, reason):
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (1, "", f"replicate-mock: {reason}\n"))


class Sign(Case):
    def sign(self, *args, secret=SECRET, body=BODY):
        return run("sign", "--webhook-secret", secret, *args, body=body)

    def test_the_known_signature(self):
        result = self.sign("--id", ID, "--timestamp", TIMESTAMP)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, f"webhook-id: {ID}\n"
                                        f"webhook-timestamp: {TIMESTAMP}\n"
                                        f"webhook-signature: {SIGNATURE}\n")

    def test_python_agrees(self):
        keys = [bytes(range(count)) for count in (24, 25, 26, 31, 32, 63, 64)]
        bodies = [b"", b"\0", b"\n", b"a\r\n\r\nb", "\u00e9\U0001f422".encode(), bytes(range(256)) * 300]
        for key in keys:
            for body in bodies:
                secret = "whsec_" + base64.b64encode(key).decode()
                result = self.sign("--id", "msg_1", "--timestamp=7", secret=secret, body=body)
                with self.subTest(key=len(key), body=body[:20]):
                    self.assertEqual(headers(result),
                                     [["webhook-id", "msg_1"], ["webhook-timestamp", "7"],
                                      ["webhook-signature", signed(secret, "msg_1", 7, body)]])

    def test_the_time_is_now(self):
        begin = int(time.time()) - 1  # the program's clock may be some milliseconds behind this one
        names = dict(headers(self.sign("--id", ID)))
        self.assertTrue(begin <= int(names["webhook-timestamp"]) <= time.time(), names)
        self.assertEqual(names["webhook-signature"], signed(SECRET, ID, names["webhook-timestamp"], BODY))

    def test_the_default_secret(self):
        result = run("sign", "--id", ID, "--timestamp", TIMESTAMP)
        self.assertIn(signed(DEFAULT, ID, TIMESTAMP, BODY), result.stdout)
        self.assertIn(f"[{DEFAULT}]", ring.run("--help").stdout)

    def test_the_environment(self):
        result = run("sign", env={"REPLICATE_MOCK_WEBHOOK_SECRET": SECRET, "REPLICATE_MOCK_ID": ID,
                                  "REPLICATE_MOCK_TIMESTAMP": TIMESTAMP})
        self.assertIn(SIGNATURE, result.stdout)

    def test_the_id_is_missing(self):
        self.assert_usage(run("sign"), "--id ID is missing")
        self.assert_usage(run("sign", "--timestamp", TIMESTAMP), "--id ID is missing")

    def test_bad_values(self):
        for option, value in [("id", ""), ("id", "a b"), ("id", "a\nb"), ("id", "\u00e9"), ("id", "\x7f"),
                              ("timestamp", "now"), ("timestamp", "-1"), ("timestamp", "1.5"),
                              ("timestamp", ""), ("timestamp", "1000000000000"), ("timestamp", " 1")]:
            with self.subTest(option=option, value=value):
                self.assert_usage(self.sign("--id=1", f"--{option}={value}"), f"--{option}", "it takes")

    def test_bad_secrets(self):
        """What would be right is said; the secret itself is not."""
        for secret in ("hunter2", "whsec_hunter2", "whsec__MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                       "whsec_MfKQ9r8GKYqrTwj-PD8ILPZIo2LaLaSw", SECRET + "\n", SECRET + SECRET[6:] * 2):
            with self.subTest(secret=secret):
                for result, source in [
                        (self.sign("--id=1", secret=secret), "--webhook-secret"),
                        (run("serve", "--port=0", env={"REPLICATE_MOCK_WEBHOOK_SECRET": secret}),
                         "REPLICATE_MOCK_WEBHOOK_SECRET")]:
                    self.assert_usage(result, source, "whsec_", "standard base64", "24 to 64 bytes")
                    self.assertNotIn(secret, result.stderr)

    def test_the_body_is_bounded(self):
        body = b"x" * (16 * MIB)
        result = self.sign("--id=1", "--timestamp=7", body=body)
        self.assertIn(signed(SECRET, "1", 7, body), result.stdout)
        self.assert_failed(self.sign("--id=1", body=body + b"x"), "the body on stdin is larger than 16 MiB")

    def test_standard_files_that_do_not_work(self):
        command = 'exec "$0" sign --id=1 '
        for redirection, word in [("</", "stdin"), ("</dev/null >/dev/full", "stdout")]:
            with self.subTest(redirection=redirection):
                result = subprocess.run(["sh", "-c", command + redirection, ring.BINARY], check=False,
                                        env=ring.environment(), capture_output=True, text=True,
                                        timeout=ring.LONG)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertIn(word, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)


class Verify(Case):
    MISMATCH = "the signature does not match: it is of another secret, id, timestamp or body"

    def verify(self, *args, secret=SECRET, message=ID, timestamp=TIMESTAMP, signature=SIGNATURE, body=BODY):
        return run("verify", "--webhook-secret", secret, "--id", message, "--timestamp", str(timestamp),
                   "--signature", signature, *args, body=body)

    def assert_fits(self, result):
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_it_fits(self):
        self.assert_fits(self.verify())
        other = signed(SECRET, ID, TIMESTAMP, b"{}")
        self.assert_fits(self.verify(signature=f"{other} v1a,x {SIGNATURE}"))

    def test_each_part_counts(self):
        for part in ({"secret": DEFAULT}, {"message": ID + "x"}, {"timestamp": "1614265331"},
                     {"body": BODY + b"\n"}, {"body": b""},
                     {"signature": signed(SECRET, ID, TIMESTAMP, b"")}):
            with self.subTest(**part):
                self.assert_failed(self.verify(**part), self.MISMATCH)

    def test_signatures_of_another_form(self):
        self.assert_failed(self.verify(signature=SIGNATURE.replace("v1,", "v1a,")),
                           "no signature of version v1")
        self.assert_failed(self.verify(signature=SIGNATURE.rstrip("=")),
                           "the signature does not match: it is not the base64 of 32 bytes")

    def test_tolerance(self):
        now = int(time.time())

        def verify(seconds, tolerance):
            timestamp = now + seconds
            return self.verify(f"--tolerance={tolerance}", timestamp=timestamp,
                               signature=signed(SECRET, ID, timestamp, BODY))

        self.assert_fits(verify(-240, "5m"))
        self.assert_fits(verify(240, "5m"))
        self.assert_fits(verify(-1000, "0"))
        self.assert_failed(verify(-302, "5m"), "the timestamp is longer ago than the tolerance allows")
        self.assert_failed(verify(360, "5m"), "the timestamp is further ahead than the tolerance allows")
        # Less than a second is not none, which would take any.
        self.assert_failed(verify(-1000, "1ms"), "the timestamp is longer ago than the tolerance allows")
        self.assert_usage(verify(0, "5 minutes"), "--tolerance", "duration")

    def test_what_sign_prints_verify_takes(self):
        """With the default secret, whatever that is."""
        printed = headers(run("sign", "--id", ID))
        args = [f"--{name.removeprefix('webhook-')}={value}" for name, value in printed]
        self.assert_fits(run("verify", *args, "--tolerance", "5m"))
        self.assert_failed(run("verify", *args, "--webhook-secret", SECRET), self.MISMATCH)

    def test_what_is_missing_is_named(self):
        given = {"id": ID, "timestamp": TIMESTAMP, "signature": SIGNATURE}
        for missing in given:
            args = [f"--{name}={value}" for name, value in given.items() if name != missing]
            with self.subTest(missing=missing):
                self.assert_usage(run("verify", "--webhook-secret", SECRET, *args), f"--{missing} ",
                                  " is missing")

    def test_the_body_is_bounded(self):
        self.assert_failed(self.verify(body=b"x" * (16 * MIB + 1)), "the body on stdin is larger than 16 MiB")


class Options(Case):
    """Some belong to these two alone, and one is a switch."""

    def test_others_do_not_take_them(self):
        for option in ("--id", "--timestamp", "--signature", "--tolerance"):
            for command in (["serve"], [], ["healthcheck"], ["check"]):
                with self.subTest(option=option, command=command):
                    self.assert_usage(run(*command, option, "1"), "unknown option", option)
                    self.assert_usage(run(*command, option + "=1"), "unknown option", option)
        for option in ("--signature", "--tolerance"):
            self.assert_usage(run("sign", "--id=1", option, "1"), "unknown option", option)

    def test_others_do_not_read_their_variables(self):
        with ring.Server(env={"REPLICATE_MOCK_TIMESTAMP": "noon", "REPLICATE_MOCK_ID": "a b"}) as server:
            self.assertEqual(server.health()["status"], "ok")

    def test_words(self):
        self.assert_usage(run("sign", "--id=1", "body.json"), "body.json")

    def test_help_has_them_apart(self):
        own = ring.run("sign", "--help").stdout.partition("\noptions of sign and verify:\n")[2]
        for option in ("id ID", "timestamp T", "signature V", "tolerance D"):
            self.assertIn(f"\n  --{option} ", "\n" + own)
        self.assertNotIn("--webhook-secret", own)

    def test_a_switch(self):
        """What is right for one and what is not. What it does is another matter."""
        for name, variable in (("--webhook-insecure", "REPLICATE_MOCK_WEBHOOK_INSECURE"),
                               ("--fetch-inputs", "REPLICATE_MOCK_FETCH_INPUTS")):
            with self.subTest(name=name):
                self.check_switch(name, variable)

    def check_switch(self, name, variable):
        sign = ["sign", "--id=1"]
        for right in ("1", "0", "true", "false"):
            self.assertEqual(run(*sign, f"{name}={right}").returncode, 0, right)
            self.assertEqual(run(*sign, env={variable: right}).returncode, 0, right)
        self.assertEqual(run("sign", name, "--id=1").returncode, 0)  # what follows is no value of it
        self.assertEqual(run(*sign, name).returncode, 0)
        self.assertEqual(run(*sign, name, env={variable: "maybe"}).returncode, 0)  # a flag hides it
        for wrong in ("2", "yes", "off", "TRUE", "00"):
            self.assert_usage(run(*sign, f"{name}={wrong}"), f"{name}: ", wrong, "1, 0, true or false")
            self.assert_usage(run(*sign, env={variable: wrong}), f"{variable}: ", wrong,
                              "1, 0, true or false")
        self.assert_usage(run(*sign, f"{name}="), f"{name}: ", "1, 0, true or false")
        self.assert_usage(run(*sign, name, "0"), '"0"')


if __name__ == "__main__":
    unittest.main()

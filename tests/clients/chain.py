#!/usr/bin/env python3
"""Who has been told of ca.pem accepts the server's certificate for every name that it is for, and for no other; who has
not been told does not. Asked are curl, Node, Python's ssl as it is from 3.13 on, httpx, Go, and openssl.

Usage: chain.py BINARY [TESTS...]

Every client is a command that prints what is at a URL and, whatever its host is, connects to 127.0.0.1.
"""
import os
import subprocess
import sys
import unittest

from trusted import HERE, LONG, Trusted, untrusting

NAMES = ["localhost", "127.0.0.1", "api.replicate.com", "stream.replicate.com", "replicate.delivery",
         "pbxt.replicate.delivery"]

NODE = """
const url = new URL(process.argv[1]), to_us = (name, options, done) =>
    options.all ? done(null, [{address: '127.0.0.1', family: 4}]) : done(null, '127.0.0.1', 4);
require('https').get(url, {lookup: to_us}, answer => answer.pipe(process.stdout))
    .on('error', error => { console.error(error.code); process.exit(1); });
"""

NODE_FETCH = """
fetch(process.argv[1].replace(/\\/\\/[^:]*/, '//127.0.0.1'))
    .then(async answer => process.stdout.write(Buffer.from(await answer.arrayBuffer())))
    .catch(error => { console.error(error.cause.code); process.exit(1); });
"""

# From 3.13 on these flags are among the default ones.
PYTHON = """
import http.client, socket, ssl, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
context = ssl.create_default_context()
context.verify_flags |= ssl.VERIFY_X509_STRICT | getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)
connection = http.client.HTTPSConnection(url.hostname, url.port)
connection.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", url.port)), server_hostname=url.hostname)
connection.request("GET", url.path)
sys.stdout.buffer.write(connection.getresponse().read())
"""

HTTPX = """
import httpx, sys
url = httpx.URL(sys.argv[1])
with httpx.Client(trust_env=True) as client:
    answer = client.get(url.copy_with(host="127.0.0.1"), headers={"Host": url.netloc.decode()},
                        extensions={"sni_hostname": url.host})
    sys.stdout.buffer.write(answer.raise_for_status().content)
"""

# client: (command, the variables that tell it whom to trust, what it says where it does not)
CLIENTS = {
    "curl": (["curl", "-q", "-sSf", "--connect-to", "::127.0.0.1:"], ["CURL_CA_BUNDLE", "SSL_CERT_FILE"],
             "SSL certificate problem|SSL: no alternative certificate"),
    "node": (["node", "-e", NODE], ["NODE_EXTRA_CA_CERTS"],
             "UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|ERR_TLS_CERT_ALTNAME_INVALID"),
    "python": ([sys.executable, "-c", PYTHON], ["SSL_CERT_FILE"], "CERTIFICATE_VERIFY_FAILED"),
    "httpx": ([sys.executable, "-c", HTTPX], ["SSL_CERT_FILE"], "CERTIFICATE_VERIFY_FAILED"),
    "go": (["cache/get"], ["SSL_CERT_FILE"], "x509: "),
}


def setUpModule():
    global trusted
    subprocess.run(["go", "build", "-o", os.path.join(HERE, "cache/get"), "./get"], cwd=os.path.join(HERE, "go"), check=True)
    trusted = Trusted()


def tearDownModule():
    trusted.close()


def run(command, **variables):
    return subprocess.run(command, env=untrusting({"NO_PROXY": "*", **variables}), cwd=HERE, timeout=LONG,
                          capture_output=True, stdin=subprocess.DEVNULL, check=False)


def openssl(*words):
    return subprocess.run(["openssl", *words], cwd=trusted.path(), timeout=LONG, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)


class Chain(unittest.TestCase):
    def accepts(self, command, name, **variables):
        got = run([*command, trusted.image_at(name)], **variables)
        self.assertEqual((got.returncode, got.stdout == trusted.bytes), (0, True), got.stderr.decode())

    def refuses(self, command, name, why, **variables):
        got = run([*command, trusted.image_at(name)], **variables)
        self.assertEqual((got.returncode != 0, got.stdout), (True, b""))
        self.assertRegex(got.stderr.decode(), why)

    def test_everybody_who_was_told_accepts_it_for_all_names(self):
        for client, (command, variables, _) in CLIENTS.items():
            for name in NAMES:
                with self.subTest(client=client, name=name):
                    self.accepts(command, name, **{variables[0]: trusted.path("ca.pem")})

    def test_each_variable_with_each_file(self):
        for client, (command, variables, _) in CLIENTS.items():
            for variable in variables:
                for file in ("ca.pem", "ca-bundle.pem"):
                    with self.subTest(client=client, variable=variable, file=file):
                        self.accepts(command, "localhost", **{variable: trusted.path(file)})
        curl, *_ = CLIENTS["curl"]
        self.accepts([*curl, "--cacert", trusted.path("ca.pem")], "localhost")
        self.accepts(["node", "-e", NODE_FETCH], "127.0.0.1", NODE_EXTRA_CA_CERTS=trusted.path("ca.pem"))

    def test_who_was_not_told_refuses(self):
        for client, (command, _, why) in CLIENTS.items():
            with self.subTest(client=client):
                self.refuses(command, "localhost", why)

    def test_for_another_name_it_is_refused(self):
        for client, (command, variables, why) in CLIENTS.items():
            with self.subTest(client=client):
                self.refuses(command, "replicate.com", why, **{variables[0]: trusted.path("ca.pem")})

    def test_openssl_finds_nothing_against_it(self):
        check = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca.pem"]
        for name in NAMES:
            with self.subTest(name=name):
                how = "-verify_ip" if name[0].isdigit() else "-verify_hostname"
                said = openssl(*check, how, name, "server.pem")
                self.assertEqual((said.returncode, said.stdout), (0, "server.pem: OK\n"), said.stderr)

    def test_the_authority_can_vouch_for_nobody_else(self):
        """Its key is on a developer's disk: whoever takes it shall not be anybody's bank."""
        for name, code in (("api.replicate.com", 0), ("bank.com", 2)):
            made = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", os.devnull, "-out", "leaf.pem", "-subj",
                           "/O=x", "-addext", f"subjectAltName=DNS:{name}", "-CA", "ca.pem", "-CAkey", "ca-key.pem")
            self.assertEqual(made.returncode, 0, made.stderr)
            said = openssl("verify", "-CAfile", "ca.pem", "leaf.pem")
            self.assertEqual(said.returncode, code, said.stderr)
        self.assertIn("permitted subtree violation", said.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])

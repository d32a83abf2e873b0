#!/usr/bin/env python3
"""Runs a client's program of output files as its users do whose tests are under `exec --tls-port 0`: what trusts the
certificate is the variables alone. Once for each place of the API (http, https) and each kind of URLs of files (https,
data).

Usage: outputs.py js|python1|python2|go BINARY

The programs, outputs_NAME and go/outputs, are given the API's root and the scheme of files. What a FileOutput is made
of, by client, and what is their own limit, which these programs hold as well:

| client                  | http: | https: | data: | the token goes along |
|-------------------------|-------|--------|-------|----------------------|
| JavaScript, run()       | text  | file   | file  | no                   |
| JavaScript, stream()    | file  | file   | file  | no                   |
| Python 1.x, both        | text  | file   | file  | yes                  |
| Python 2.x, run()       | text  | file   | file  | no                   |
| Python 2.x, use()       | file  | file   | text  | no                   |
| Go, WithFileOutput      | file  | file   | file  | no                   |

None of them takes a FileOutput as input: JavaScript sends {} for it, Python raises a TypeError. Its URL can be passed
on, and what was read of it goes up as any file does. (A path of use() can be passed on as it is.)
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.abspath(sys.argv[2])
SPEED = ("--boot", "10ms", "--predict", "100ms", "--log-level", "warn")
PROGRAMS = {
    "js": ["node", os.path.join(HERE, "outputs_js.mjs")],
    "python1": [sys.executable, os.path.join(HERE, "outputs_python1.py")],
    "python2": [sys.executable, os.path.join(HERE, "outputs_python2.py")],
    "go": ["go", "run", "./outputs"],
}
APIS = {"http": "REPLICATE_MOCK_URL", "https": "REPLICATE_MOCK_TLS_URL"}
WAYS = [("http", "https"), ("https", "https"), ("http", "data")]  # of the API, of files
LONG = 240  # seconds; ends what hangs


def environment():
    """Ours without what would point or trust somebody already."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("REPLICATE_", "SSL_CERT_")) and name not in ("NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")}


def run(kind, folder, api, files):
    options = ["--tls-port", "0", "--tls-dir", os.path.join(folder, "tls"), "--output-urls", files, *SPEED]
    # The shell is what knows the server's address.
    script = f'scheme=$1; shift; exec "$@" "${APIS[api]}" "$scheme"'
    result = subprocess.run([BINARY, "exec", *options, "--", "sh", "-c", script, "sh", files, *PROGRAMS[kind]],
                            env=environment(), stdin=subprocess.DEVNULL, timeout=LONG, check=False,
                            cwd=os.path.join(HERE, "go"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    what = f"output files, API at {api}:, their URLs {files}:"
    if result.returncode:
        raise SystemExit(f"{what}: exit code {result.returncode}\n{result.stdout}")
    print(f"ok {what}")


def main(kind):
    folder = tempfile.mkdtemp()
    try:
        for api, files in WAYS:
            run(kind, folder, api, files)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])

#!/usr/bin/env python3
"""Runs a client, with nothing of it changed, where https://api.replicate.com is the server.

Usage: as_replicate.py BINARY [OPTION...] -- COMMAND...

The names lead to this machine by a hosts file, and the server listens at port 443: in namespaces of mounts and of
networks that are these processes' own, so that the machine itself stays as it is, and nothing gets out of it. COMMAND is
told by NODE_EXTRA_CA_CERTS and SSL_CERT_FILE whom to trust, and in TLS_FOLDER where it can read that.

Where no namespaces are to be had (containers forbid them as a rule) the names are bent inside of the client's process:
by names/sitecustomize.py in Python, by names/names.cjs in Node. Its code is the same then, and it resolves nothing.
"""
import contextlib
import fcntl
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ("api.replicate.com", "stream.replicate.com", "replicate.delivery")
NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "--net", "--")
INSIDE = "--inside"
LINES = (r"replicate-mock listening on http://\S+:(\d+)\n", r"replicate-mock listening on https://\S+:(\d+)\n")
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
# Proxies would be asked to resolve the names, and other certificates would be trusted in place of ours.
UNWANTED = re.compile(r"(REPLICATE|SSL|NODE)_.*|REQUESTS_CA_BUNDLE|(http|https|all|no)_proxy", re.IGNORECASE)


def namespaces_are_to_be_had():
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run([*NAMESPACES, "mount", "--bind", "/etc/hosts", "/etc/hosts"], stderr=subprocess.DEVNULL,
                              check=False).returncode == 0
    return False


def bring_loopback_up():
    with socket.socket() as any_socket:
        request = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sH22x", b"lo", 0))
        flags = struct.unpack("16sH22x", request)[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))


def lead_names_here(folder):
    path = os.path.join(folder, "hosts")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"127.0.0.1 localhost\n127.0.0.1 {' '.join(NAMES)}\n")
    subprocess.run(["mount", "--bind", path, "/etc/hosts"], check=True)


@contextlib.contextmanager
def served(binary, options, folder, port):
    """The server with HTTPS at that port; its ports, of HTTP and of HTTPS. It has to end well."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REPLICATE_MOCK_")}
    server = subprocess.Popen([binary, "--port", "0", "--log-level", "warn", "--tls-port", str(port), "--tls-dir", folder,
                               *options], stdout=subprocess.PIPE, text=True, env=clean)
    try:
        lines = [server.stdout.readline() for _ in LINES]
        ready = [re.fullmatch(pattern, line) for pattern, line in zip(LINES, lines)]
        assert all(ready), f"the server says {lines}"
        yield [int(line[1]) for line in ready]
        server.terminate()
        code = server.wait(timeout=60)
        assert code == 0, f"the server ends with {code}"
    finally:
        server.kill()
        server.wait()


def environment(folder):
    clean = {name: value for name, value in os.environ.items() if not UNWANTED.fullmatch(name)}
    return {**clean, "REPLICATE_API_TOKEN": "r8_any", "TLS_FOLDER": folder,
            "NODE_EXTRA_CA_CERTS": os.path.join(folder, "ca.pem"),
            "SSL_CERT_FILE": os.path.join(folder, "ca-bundle.pem")}


def bend_names(variables, port):
    """What makes the client's runtime take the names for 127.0.0.1 and their port 443 for that one."""
    folder = os.path.join(HERE, "names")
    path = os.pathsep.join(filter(None, [folder, variables.get("PYTHONPATH")]))
    return {**variables, "BENT_NAMES": " ".join(NAMES), "BENT_PORT": str(port), "PYTHONPATH": path,
            "NODE_OPTIONS": f"--require {os.path.join(folder, 'names.cjs')}"}


def split(arguments):
    """The server's binary, its options, the client's command."""
    at = arguments.index("--")
    return arguments[0], arguments[1:at], arguments[at + 1:]


def inside(arguments):
    """In namespaces of our own, as what passes for root there."""
    binary, options, command = split(arguments)
    with tempfile.TemporaryDirectory() as folder:
        bring_loopback_up()
        lead_names_here(folder)
        tls = os.path.join(folder, "tls")
        with served(binary, options, tls, 443):
            return subprocess.run(command, env=environment(tls), check=False).returncode


def bent(arguments):
    binary, options, command = split(arguments)
    with tempfile.TemporaryDirectory() as folder:
        tls = os.path.join(folder, "tls")
        with served(binary, options, tls, 0) as (_, port):
            return subprocess.run(command, env=bend_names(environment(tls), port), check=False).returncode


def main(arguments):
    if arguments[:1] == [INSIDE]:
        return inside(arguments[1:])
    if "--" not in arguments[1:-1]:
        print(__doc__, file=sys.stderr)
        return 2
    if namespaces_are_to_be_had():
        print("by a hosts file and port 443", flush=True)
        os.execvp(NAMESPACES[0], [*NAMESPACES, sys.executable, os.path.abspath(__file__), INSIDE, *arguments])
    print("by names that are bent in the client's process: this system allows no namespaces", flush=True)
    return bent(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Stands in for the binary, so that whatever starts it has its answers judged: takes the same arguments, prints the same
line with the port of a proxy in front of the real one, ends by the same signals. At the end the judge goes through what
was answered; where something is not as described, the exit code is 1 and stderr says what.

The environment names the two: RECORDED_BINARY, RECORDED_JUDGE (tests/conformance/described). Subcommands, and servers
that are to have a certain port, run as they are.
"""
import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile

from recording_proxy import Proxy

READY = re.compile(rb"(replicate-mock listening on http://127\.0\.0\.1:)(\d+)(\n)")


def is_served(args):
    """Is it a server on a free port?"""
    return "0" in [value for name, value in zip(args, args[1:]) if name in ("-p", "--port")] or "--port=0" in args


def end_with_parent():
    """Whoever started us may kill us, which we cannot pass on: the kernel does (PR_SET_PDEATHSIG). A server that stayed
    would hold its test's output open, and the run of all tests with it."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def main(args):
    binary, judge = os.environ["RECORDED_BINARY"], os.environ["RECORDED_JUDGE"]
    if not is_served(args):
        os.execv(binary, [binary, *args])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "records")
        child = subprocess.Popen([binary, *args], stdout=subprocess.PIPE, preexec_fn=end_with_parent)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: child.send_signal(number))
        line = child.stdout.readline()
        ready = READY.fullmatch(line)
        proxy = Proxy(int(ready[2]), path) if ready else None
        sys.stdout.buffer.write(b"%s%d%s" % (ready[1], proxy.port, ready[3]) if ready else line)
        sys.stdout.buffer.flush()
        for line in child.stdout:  # the https one
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        code = child.wait()
        if code or not ready or not os.path.exists(path):
            return code
        proxy.drain()
        return subprocess.run([judge, path], stdout=sys.stderr, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

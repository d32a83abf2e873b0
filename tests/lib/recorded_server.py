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
import threading

from recording_proxy import Proxy

READY = re.compile(rb"(replicate-mock listening on http://127\.0\.0\.1:)(\d+)(\n)")


def is_served(args):
    """Is it a server on a free port?"""
    return "0" in [value for name, value in zip(args, args[1:]) if name in ("-p", "--port")] or "--port=0" in args


STOPS = {signal.SIGTERM, signal.SIGINT}


def prepare():
    """In the child. Whoever kills what stands in for the server means the server; and what is blocked stays so."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS | {signal.SIGCHLD})


def pass_on(source):
    for line in source:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def end_of(child):
    """Hands on what is to stop it; its exit code. A handler of Python's would not do: it runs when the main thread comes
    round to it, and one that has just begun to read or to wait does not."""
    while child.poll() is None:
        got = signal.sigtimedwait(STOPS | {signal.SIGCHLD}, 1)
        if got and got.si_signo in STOPS:
            child.send_signal(got.si_signo)
    return child.returncode


def main(args):
    binary, judge = os.environ["RECORDED_BINARY"], os.environ["RECORDED_JUDGE"]
    if not is_served(args):
        os.execv(binary, [binary, *args])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "records")
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS | {signal.SIGCHLD})  # before there is another thread
        child = subprocess.Popen([binary, *args], stdout=subprocess.PIPE, preexec_fn=prepare)
        line = child.stdout.readline()
        ready = READY.fullmatch(line)
        proxy = Proxy(int(ready[2]), path) if ready else None
        sys.stdout.buffer.write(b"%s%d%s" % (ready[1], proxy.port, ready[3]) if ready else line)
        sys.stdout.buffer.flush()
        rest = threading.Thread(target=pass_on, args=(child.stdout,), daemon=True)  # the https line
        rest.start()
        code = end_of(child)
        rest.join()
        if code or not ready or not os.path.exists(path):
            return code
        proxy.drain()
        return subprocess.run([judge, path], stdout=sys.stderr, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

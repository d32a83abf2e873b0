#!/usr/bin/env python3
"""Runs the second ring: the real binary, driven from outside.

Usage: run.py BINARY [-v] [--judge=DESCRIBED] [NAMES...]

A name is a module, a class in it or a test: options, options.Flags, options.Flags.test_help; without one, all
run. DESCRIBED, from tests/conformance/, is the judge: in the end it holds what was answered against our own
description of the API.
"""
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


def whole(name):
    return name if name.startswith("test_") else f"test_{name}"


def is_as_described(judge, records):
    return not os.path.exists(records) or subprocess.run([judge, records], check=False).returncode == 0


def main(args):
    verbose = "-v" in args
    judge = next((arg.partition("=")[2] for arg in args if arg.startswith("--judge=")), None)
    args = [arg for arg in args if arg != "-v" and not arg.startswith("--judge=")]
    if not args or not os.access(args[0], os.X_OK):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    os.environ["RING_BINARY"] = args[0]
    # Whoever started this may ignore some, as nohup and a shell's & do, and children would inherit that.
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # whoever is asked here is near
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))  # some are killed on purpose
    sys.path.insert(0, HERE)
    loader = unittest.TestLoader()
    names = [whole(name) for name in args[1:]]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(HERE)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        if judge:
            os.environ["RECORDS"] = os.path.join(folder, "records")
        result = unittest.TextTestRunner(verbosity=2 if verbose else 1).run(suite)
        described = not judge or is_as_described(judge, os.environ["RECORDS"])
    print(f"ring: {result.testsRun} tests in {time.monotonic() - begin:.1f} s")
    return 0 if result.wasSuccessful() and result.testsRun and described else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

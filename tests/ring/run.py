#!/usr/bin/env python3
"""Runs the second ring: the real binary, driven from outside.

Usage: run.py BINARY [-v] [NAMES...]

A name is a module, a class in it or a test: options, options.Flags, options.Flags.test_help; without one, all
run.
"""
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


def whole(name):
    return name if name.startswith("test_") else f"test_{name}"


def main(args):
    verbose = "-v" in args
    args = [arg for arg in args if arg != "-v"]
    if not args or not os.access(args[0], os.X_OK):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    os.environ["RING_BINARY"] = args[0]
    sys.path.insert(0, HERE)
    loader = unittest.TestLoader()
    names = [whole(name) for name in args[1:]]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(HERE)
    begin = time.monotonic()
    result = unittest.TextTestRunner(verbosity=2 if verbose else 1).run(suite)
    print(f"ring: {result.testsRun} tests in {time.monotonic() - begin:.1f} s")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command line of the tests that run the project's programs: --list for CMake, --bin FOLDER [Class.test ...]."""

import argparse
import pathlib
import sys
import unittest


def main(module, programs):
    """Runs the tests of `module`, which finds the folder of the programs as BIN. `programs`: which, for --help."""
    parser = argparse.ArgumentParser(description=module.__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, help=f"where {programs} are")
    parser.add_argument("--list", action="store_true", help="print the names of the tests")
    parser.add_argument("names", nargs="*", help="tests to run (default: all)")
    options = parser.parse_args()
    loader = unittest.defaultTestLoader
    if options.list:
        for group in loader.loadTestsFromModule(module):
            for test in group:
                print(test.id().removeprefix("__main__."))
        return 0
    if options.bin is None:
        parser.error("--bin is missing")
    module.BIN = options.bin.resolve()
    suite = loader.loadTestsFromNames(options.names, module) if options.names else loader.loadTestsFromModule(module)
    return 0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1

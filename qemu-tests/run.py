#!/usr/bin/env python3
"""Runs the QEMU tests: each VM is a virtual machine with two NICs behind an emulated IOMMU, on which the project's own
programs run. README.md, beside this file, tells more."""

from __future__ import annotations

import argparse
import faulthandler
import pathlib
import sys
import time
import traceback
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from cases.base import Environment, VmCase  # noqa: E402
from cases.machines import MACHINES  # noqa: E402
from lab import LabError, materials  # noqa: E402

LIMIT = 600  # seconds for one machine


class Report(unittest.TestResult):
    """One line for each test, when it is over."""

    def __init__(self, machine: str) -> None:
        super().__init__()
        self.machine, self.began, self.bad = machine, 0.0, False

    def say(self, verdict: str, test: unittest.TestCase, rest: str = "") -> None:
        what = test.id().split(".")[-1].replace("test_", "", 1).replace("_", " ")
        print(f"{verdict:4} {time.monotonic() - self.began:5.1f} s  {self.machine}: {what}{rest}", flush=True)

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.began, self.bad = time.monotonic(), False

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        if self.bad:
            self.say("FAIL", test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.say("ok", test)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.say("skip", test, f" ({reason})")

    def addError(self, test: unittest.TestCase, err: tuple) -> None:
        super().addError(test, err)
        self.trouble(err)

    def addFailure(self, test: unittest.TestCase, err: tuple) -> None:
        super().addFailure(test, err)
        self.trouble(err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: tuple | None) -> None:
        super().addSubTest(test, subtest, err)
        if err:
            self.trouble(err)

    def trouble(self, err: tuple) -> None:
        self.bad = True
        ours = [frame for frame in traceback.extract_tb(err[2]) if str(HERE) in frame.filename]
        for frame in ours:
            print(f"     {pathlib.Path(frame.filename).relative_to(HERE)}:{frame.lineno}: {frame.line}")
        words = str(err[1]) if isinstance(err[1], (AssertionError, LabError)) else f"{err[0].__name__}: {err[1]}"
        print("\n".join("     " + line for line in words.splitlines()), flush=True)


def run_machine(name: str, only: str | None) -> bool:
    """All tests of one machine, or those with `only` in their names. True if they pass."""
    case: type[VmCase] = MACHINES[name]
    suite = unittest.TestSuite(test for test in unittest.TestLoader().loadTestsFromTestCase(case)
                               if only is None or only in test.id().replace("_", " ") or only in test.id())
    if suite.countTestCases() == 0:
        print(f"run.py: no test of {name} has {only!r} in its name", file=sys.stderr)
        return False
    began = time.monotonic()
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    for attempt in (1, 2):
        report = Report(name)
        suite.run(report)
        machine = getattr(case, "machine", None)
        if machine is None or not machine.aborted or attempt == 2:
            break
        print(f"     {name}: QEMU itself aborted; once more from the beginning{machine.last_words()}", flush=True)
        suite = unittest.TestLoader().loadTestsFromTestCase(case)
    faulthandler.cancel_dump_traceback_later()
    good = report.wasSuccessful() and report.testsRun > 0
    boot = f", {machine.boot_seconds:.1f} s of them to boot" if machine else ""
    print(f"     {name}: {report.testsRun} tests, {len(report.errors) + len(report.failures)} failed, "
          f"{time.monotonic() - began:.0f} s{boot}", flush=True)
    if not good and machine:
        print(f"     logs are in {machine.logs}{machine.last_words()}", flush=True)
    return good


def shell(name: str) -> None:
    """A prompt in the guest."""
    case = MACHINES[name]
    case.setUpClass()
    print(f"{name} is up: each line is run in the guest. NICs: {case.addresses}. Ctrl-D ends it.")
    try:
        while True:
            answer = case.guest.run(input("guest# "), 600, check=False)
            print(answer.text + (f"\n(exit code {answer.status})" if answer.status else ""))
    except (EOFError, KeyboardInterrupt):
        print()
    finally:
        case.tearDownClass()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("machines", metavar="VM", nargs="*", help="which to run (default: all); see --list")
    parser.add_argument("--list", action="store_true", help="list the virtual machines")
    parser.add_argument("--only", metavar="WORDS", help="only tests with these words in their names")
    parser.add_argument("--shell", action="store_true", help="no tests: a prompt in the guest of one VM")
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/release/bin"),
                        help="where the project's programs are (default: %(default)s)")
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("build/qemu"),
                        help="where QEMU and the kernel are kept (default: %(default)s)")
    parser.add_argument("--logs", type=pathlib.Path, help="where logs go (default: qemu-logs beside --bin)")
    parser.add_argument("--qemu", help="the qemu-system-x86_64 to use; default: the installed one if it will do")
    parser.add_argument("--kvm", action="store_true", help="use the processor's virtualisation")
    options = parser.parse_args()
    if options.list:
        print("\n".join(MACHINES))
        return 0
    for name in options.machines:
        if name not in MACHINES:
            parser.error(f"there is no virtual machine {name}; --list tells which there are")
    programs = options.bin.resolve()
    try:
        VmCase.environment = Environment(materials.fetch(options.dir, options.qemu), programs,
                                         (options.logs or programs.parent / "qemu-logs").resolve(), options.kvm)
        if options.shell:
            shell(options.machines[0] if options.machines else next(iter(MACHINES)))
            return 0
    except LabError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    began = time.monotonic()
    results = [run_machine(name, options.only) for name in options.machines or MACHINES]
    if len(results) > 1:
        print(f"{len(results)} machines in {time.monotonic() - began:.0f} s, {results.count(False)} of them failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

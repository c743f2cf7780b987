#!/usr/bin/env python3
"""The responder on a software 82599 whose cable is a TAP interface, pinged by the kernel's own network stack.

  responder_test.py --bin FOLDER     FOLDER holds responder and ringside-sim
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "forwarder"))
from processes import LIMIT, Program, wait_until  # noqa: E402

BIN = None  # set by main()


def in_namespace():
    """Runs this test again as the first process of a new network namespace."""
    return subprocess.run(["unshare", "--net", sys.executable, "-B", *sys.argv, "--inside"], timeout=LIMIT).returncode


class Responder(unittest.TestCase):
    def run_responder(self, *arguments):
        program = Program(BIN / "responder", "sim:82599,strict=fatal,cable=tap:rs0", "--ip", "192.0.2.2", "--json",
                          *arguments)
        self.addCleanup(program.__exit__, None, None, None)
        program.wait_for(lambda _, errors: any("answers for" in line for line in errors), "being ready")
        for command in ("ip addr add 192.0.2.1/24 dev rs0", "ip link set rs0 up"):
            subprocess.run(command.split(), check=True)
        wait_until(lambda: "LOWER_UP" in subprocess.run(["ip", "link", "show", "rs0"], capture_output=True,
                                                        text=True).stdout, "the carrier of rs0")
        return program

    def ping(self, program, *arguments, count=100):
        subprocess.run(["ping", "-q", "-i", "0.01", "-c", str(count), *arguments, "192.0.2.2"], check=True,
                       stdout=subprocess.DEVNULL, timeout=LIMIT)
        program.send(signal.SIGTERM)
        self.assertEqual(program.end(), 0, program.words())
        counts = json.loads(program.lines[-1])
        self.assertEqual(counts["echo"], count)
        self.assertEqual(counts["unsent"], 0)
        return counts

    def test_polling(self):
        self.assertEqual(self.ping(self.run_responder())["wake_ups"], 0)

    def test_sleeping_on_each_kind_of_interrupt(self):
        for kind in ("msix", "msi", "intx"):
            with self.subTest(kind):
                counts = self.ping(self.run_responder("--sleep", "--interrupts", kind), "-s", "1400")
                self.assertGreater(counts["wake_ups"], 50, "every question comes long after the last")


def main():
    global BIN
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--inside", action="store_true")
    options = parser.parse_args()
    BIN = options.bin
    missing = [tool for tool in ("unshare", "ip", "ping") if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        print(f"OK (skipped=1): needs root{''.join(f' and {tool}' for tool in missing)}")
        return 0
    if not options.inside:
        return in_namespace()
    unittest.main(argv=[sys.argv[0], "-v"])


if __name__ == "__main__":
    sys.exit(main())

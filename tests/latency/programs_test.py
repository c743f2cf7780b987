#!/usr/bin/env python3
"""ringside-latency from end to end, as people run it, on software NICs.

  programs_test.py --bin FOLDER [Class.test ...]     FOLDER holds the program and ringside-sim
  programs_test.py --list                            the names of the tests, for CMake
"""

import json
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import program_tests  # noqa: E402

BIN = None  # set by program_tests
LIMIT = 240
PATIENT = ("--timeout", 60000, "--link-timeout", 60)  # the machine may be busy
PAIR = ("sim:82599,cable=link:latency", "sim:82599,cable=link:latency")


def run(*arguments):
    return subprocess.run([BIN / "ringside-latency", *map(str, arguments)], capture_output=True, text=True,
                          timeout=LIMIT, stdin=subprocess.DEVNULL)


class Latency(unittest.TestCase):
    def measured(self, *arguments, code=0):
        done = run("--json", *arguments)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout[-2000:]}{done.stderr}")
        return json.loads(done.stdout)

    def run_badly(self, *arguments, code, says):
        done = run(*arguments)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout[-2000:]}{done.stderr}")
        self.assertIn(says, done.stderr)

    def judge(self, told, count):
        self.assertEqual((told["sent"], told["came"], told["lost"]), (count, count, 0))
        self.assertEqual(told["without_stamp"], 0)
        self.assertEqual(told["count"], count)
        self.assertLessEqual(told["min_ns"], told["p50_ns"])
        self.assertLessEqual(told["p50_ns"], told["p99_ns"])
        self.assertLessEqual(told["p99_ns"], told["p99_9_ns"])
        self.assertLessEqual(told["p99_9_ns"], told["max_ns"])
        self.assertEqual(sum(bar["count"] for bar in told["histogram"]), count)

    def test_a_loop_is_timed_by_the_cards_clock(self):
        told = self.measured(*PATIENT, "--count", 50, "--interval", 0, "sim:82599,cable=loop")
        self.judge(told, 50)
        self.assertEqual((told["time"], told["clocks"], told["clock_uncertainty_ns"]), ("hardware", 1, None))
        self.assertGreaterEqual(told["min_ns"], 0)

    def test_two_cards_clocks_are_compared(self):
        told = self.measured(*PATIENT, "--count", 50, *PAIR)
        self.judge(told, 50)
        self.assertEqual((told["time"], told["clocks"]), ("hardware", 2))
        self.assertGreater(told["clock_uncertainty_ns"], 0)

    def test_software_time_needs_no_clocks(self):
        told = self.measured(*PATIENT, "--count", 50, "--time", "software", "--length", 1514, *PAIR)
        self.judge(told, 50)
        self.assertEqual((told["time"], told["clocks"]), ("software", None))
        self.assertGreater(told["min_ns"], 0)

    def test_lost_frames_are_counted(self):
        told = self.measured("--link-timeout", 60, "--timeout", 5, "--count", 3, "sim:82599,cable=generate:source=off",
                             code=3)
        self.assertEqual((told["sent"], told["came"], told["lost"], told["count"]), (3, 0, 3, 0))

    def test_tells_people(self):
        done = run(*PATIENT, "--count", 20, "sim:82599,cable=loop")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^clock +hardware: one card's clock$")
        self.assertRegex(done.stdout, r"(?m)^probes +20 sent, 20 came back, 0 lost$")
        self.assertRegex(done.stdout, r"(?m)^latency +min \S+ .s  p50 .* max \S+ .s$")
        self.assertRegex(done.stdout, r"(?m)^ *\d\S* .s to +\S+ .s +\d+ +#+$")

    def test_ctrl_c_prints_what_it_has(self):
        program = subprocess.Popen([BIN / "ringside-latency", "--count", "0", "--link-timeout", "60",
                                    "sim:82599,cable=loop"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, stdin=subprocess.DEVNULL)
        try:
            while "measuring" not in (line := program.stderr.readline()):
                self.assertNotEqual(line, "", "it has ended")
            program.send_signal(signal.SIGINT)
            out, _ = program.communicate(timeout=LIMIT)
        finally:
            program.kill()
        self.assertIn(program.returncode, (0, 3), out)
        self.assertRegex(out, r"(?m)^probes +\d+ sent")

    def test_says_what_is_wrong_with_a_command_line(self):
        self.run_badly(code=2, says="--help")
        self.run_badly("nonsense", code=2, says="nonsense")
        self.run_badly("--length", 60, "sim:82599", code=2, says="--length")
        self.run_badly("a", "b", "c", code=2, says="--help")
        self.run_badly("vfio-user:/nowhere/nic.sock", code=1, says="/nowhere/nic.sock")
        self.assertIn("Exit codes", run("--help").stdout)


if __name__ == "__main__":
    sys.exit(program_tests.main(sys.modules[__name__], "ringside-latency and ringside-sim"))

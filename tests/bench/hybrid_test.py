#!/usr/bin/env python3
"""What hybrid.py tells, and that sleeping is cheaper than polling where nothing happens. No test looks at how fast
anything is.

  hybrid_test.py --bin FOLDER [Class.test ...]     FOLDER holds forwarder and timed_traffic
  hybrid_test.py --list                            the names of the tests, for CMake
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import hybrid  # noqa: E402
import program_tests  # noqa: E402

BIN = None  # set by program_tests


def run(*arguments, cpus=None):
    """`cpus`: the only ones it may use."""
    limit = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    return subprocess.run([sys.executable, "-B", HERE / "hybrid.py", *map(str, arguments)], capture_output=True,
                          text=True, timeout=110, preexec_fn=limit)


class CommandLine(unittest.TestCase):
    def test_help_says_what_is_measured(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--sleep", "Latency is from", "two cores", "Exit codes"):
            self.assertIn(word, " ".join(done.stdout.split()))

    def test_wrong_usage_is_exit_code_2(self):
        for arguments in ((), (BIN, "--runs", 0), (BIN, "--runs", 1.5), (BIN, "--seconds", -1), (BIN, "--seconds", "x"),
                          (BIN, "--frobnicate")):
            self.assertEqual(run(*arguments).returncode, 2, arguments)

    def test_one_core_is_not_enough(self):
        done = run(BIN, cpus={min(os.sched_getaffinity(0))})
        self.assertEqual(done.returncode, 1)
        self.assertIn("one core only", done.stderr)

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "needs two cores")
    def test_programs_that_are_missing_are_named(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run(folder)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "^hybrid: .*timed_traffic")

    def test_the_cards_say_how_they_are_used_and_what_rates_there_are(self):
        for arguments, code, words in (((), 2, "usage: "), (("a.sock", "b.sock", "fast"), 1, "rate.*100kpps")):
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run([BIN / "timed_traffic", *arguments], capture_output=True, text=True, cwd=folder,
                                      stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertRegex(done.stderr, words)


class Rows(unittest.TestCase):
    def runs(self, **last):
        usual = {"sent": 10, "received": 9, "pps": 100, "timed": 9, "p50_ns": 1000, "p99_ns": 5000, "cpu_percent": 50}
        return [usual, {**usual, "p50_ns": 2000, "cpu_percent": 70}, {**usual, **last}]

    def test_figures_are_medians_and_losses_sums(self):
        row = hybrid.row("1kpps", "polling", self.runs(p50_ns=9000, cpu_percent=10, received=0))
        self.assertEqual((row["p50_us"], row["p99_us"], row["cpu_percent"]), (2.0, 5.0, 50))
        self.assertEqual((row["sent"], row["lost"], row["timed"]), (30, 12, 27))

    def test_the_table_has_a_line_for_each_row(self):
        rows = [hybrid.row(rate, mode, self.runs()) for rate in hybrid.RATES for mode in hybrid.MODES]
        lines = hybrid.table(rows).splitlines()
        self.assertEqual(len(lines), 2 + len(rows))
        self.assertEqual({line.count("|") for line in lines}, {8})
        self.assertTrue(lines[4].startswith("| 1,000 | polling | 100 | 50.0 % | 1.0 us | 5.0 us | 3 |"), lines[4])

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "needs two cores")
    def test_polling_and_sleeping_are_measured_at_every_rate(self):
        done = run(BIN, "--json", "--runs", 1, "--seconds", 0.3)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {(row["rate"], row["mode"]): row for row in json.loads(done.stdout)["rows"]}
        self.assertEqual(set(rows), {(rate, mode) for rate in ("0", "1kpps", "100kpps", "max")
                                     for mode in ("polling", "sleeping")})
        for (rate, mode), row in rows.items():
            with self.subTest(rate=rate, mode=mode):
                self.assertGreater(row["timed"], 0)
                self.assertLessEqual(row["timed"], row["sent"])
                self.assertGreaterEqual(row["lost"], 0)
                self.assertGreater(row["p50_us"], 0)
                self.assertGreaterEqual(row["p99_us"], row["p50_us"])
                self.assertEqual(row["pps"] == 0, rate == "0")
        self.assertLess(rows["0", "sleeping"]["cpu_percent"], rows["0", "polling"]["cpu_percent"] / 10)


if __name__ == "__main__":
    sys.exit(program_tests.main(sys.modules[__name__], "forwarder and timed_traffic"))

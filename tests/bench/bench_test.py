#!/usr/bin/env python3
"""The bench and the scripts around it, as people run them. No test looks at how fast anything is.

  bench_test.py --bin FOLDER [Class.test ...]     FOLDER holds datapath_bench
  bench_test.py --list                            the names of the tests, for CMake
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import instructions  # noqa: E402
import plot  # noqa: E402
import program_tests  # noqa: E402
import startup  # noqa: E402

BIN = None  # set by program_tests
QUICK = ("--packets", "10000", "--attempts", "1")


def bench(*arguments, cpus=None):
    """The bench's result; `cpus`: the only ones it may use."""
    limit = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    return subprocess.run([BIN / "datapath_bench", *arguments], capture_output=True, text=True, timeout=100,
                          preexec_fn=limit)


def rows_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def row(sweep="burst", nic="near", **other):
    paths = {name: {"cycles": cycles, "ratio": cycles / 10} for name, cycles in
             (("reference", 10.0), ("floor", 3.0), ("scalar", 11.5), ("vector", 8.5))}
    usual = {"sweep": sweep, "card": "ixgbe", "work": "forward", "nic": nic, "burst": 32, "ring": 512, "size": 60,
             "queues": 1, "metadata": False, "offloads": False, "paths": paths}
    return {**usual, **other}


class CommandLine(unittest.TestCase):
    def refuses(self, why, *arguments):
        done = bench(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(why, done.stderr + done.stdout)

    def test_help_says_what_is_measured_and_how_to_use_it(self):
        done = bench("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("reference", "floor", "near", "far", "--latency", "--gate", "./run bench --only burst"):
            self.assertIn(word, done.stdout)

    def test_values_that_cannot_be_are_refused_with_a_sentence(self):
        self.refuses("rings have 64 to 4096", "--rings", "8192")
        self.refuses("a power of two", "--rings", "100")
        self.refuses("choose 1 to 256", "--bursts", "0")
        self.refuses("choose 1 to 256", "--bursts", "257")
        self.refuses("choose 60 to 1514", "--sizes", "59")
        self.refuses("choose 1 to 8", "--queues", "9")
        self.refuses("a multiple of 64", "--strides", "2050")

    def test_unknown_words_are_refused(self):
        for arguments in (("--cards", "ne2000"), ("--only", "everything"), ("--paths", "fast"), ("--frobnicate",)):
            self.assertEqual(bench(*arguments).returncode, 2, arguments)


class Rows(unittest.TestCase):
    def test_json_has_the_machine_and_a_row_for_each_case(self):
        machine, *rows = rows_of(bench("--json", "--only", "burst", "--bursts", "1,32", "--nic", "near", *QUICK))
        for key in ("processor", "caches", "kernel", "compiler", "flags", "date"):
            self.assertTrue(machine["machine"][key], key)
        self.assertEqual([(r["sweep"], r["nic"], r["burst"]) for r in rows],
                         [("burst", "near", 1), ("burst", "near", 32)])
        for r in rows:
            reference, scalar = r["paths"]["reference"], r["paths"]["scalar"]
            self.assertAlmostEqual(scalar["ratio"], scalar["cycles"] / reference["cycles"], places=2)
            self.assertAlmostEqual(scalar["tail_writes"], 2 / r["burst"], places=2)

    def test_a_backlog_is_forwarded_whole_by_bursts_of_any_size(self):
        done = bench("--json", "--only", "backlog", "--bursts", "1,24,256", "--nic", "near", *QUICK)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = rows_of(done)[1:]
        self.assertEqual([(r["burst"], r["backlog"]) for r in rows], [(1, 256), (24, 240), (256, 256)])
        for r in rows:
            self.assertGreater(r["paths"]["reference"]["cycles"], 1)
            self.assertNotIn("tail_writes", r["paths"]["scalar"])

    def test_every_card_does_every_work(self):
        done = bench("--json", "--only", "card", "--nic", "near", *QUICK)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([(r["card"], r["work"]) for r in rows_of(done)[1:]],
                         [(card, work) for card in ("ixgbe", "igb", "e1000e", "e1000")
                          for work in ("receive", "transmit", "forward")])

    def test_metadata_and_offloads_can_be_asked_for(self):
        done = bench("--json", "--only", "work", "--nic", "near", *QUICK)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(("forward", True, True), [(r["work"], r["metadata"], r["offloads"]) for r in rows_of(done)[1:]])

    def test_the_table_has_a_line_for_each_ring(self):
        done = bench("--only", "ring", "--rings", "64,4096", "--nic", "near", *QUICK)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^64 +scalar .*\n(.*\n)*4096 +scalar ")

    def test_a_distance_that_the_pool_never_uses_is_measured_with_the_bare_loops_only(self):
        done = bench("--json", "--only", "stride", "--strides", "2048", "--nic", "near", *QUICK)
        self.assertIn("odd numbers of cache lines", done.stderr)
        self.assertNotIn("scalar", rows_of(done)[1]["paths"])

    def test_without_a_second_cpu_the_other_core_is_left_out_and_that_is_said(self):
        cpu = {min(os.sched_getaffinity(0))}
        done = bench("--json", "--only", "burst", "--bursts", "8", *QUICK, cpus=cpu)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("only one CPU", done.stderr)
        self.assertEqual({r["nic"] for r in rows_of(done)[1:]}, {"near"})

    def test_without_a_second_cpu_there_is_no_latency_to_measure(self):
        done = bench("--latency", cpus={min(os.sched_getaffinity(0))})
        self.assertEqual(done.returncode, 1)
        self.assertIn("only one CPU", done.stderr)


class Scaling(unittest.TestCase):
    def rows(self, *arguments, **more):
        done = bench("--json", "--scaling", *QUICK, *arguments, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        machine, *rows = rows_of(done)
        self.assertIn("load", machine["machine"])
        return done, rows

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "needs two CPUs")
    def test_two_cores_are_compared_with_one_beside_what_the_machine_can_do(self):
        _, rows = self.rows()
        cores = {r["what"]: r for r in rows if r["scaling"] == "cores"}
        self.assertEqual(list(cores), ["shared", "separate", "registers"])
        for r in cores.values():
            self.assertGreater(min(r["one"], r["two"], r["ratio"]), 0)
            self.assertEqual(r["rounds"], 10)
        self.assertGreater(min(cores["shared"][key] for key in ("cycles_one", "cycles_two", "cycles_ratio")), 0)

    def test_many_queues_and_buffers_are_compared_with_few_on_pages_of_one_size(self):
        _, rows = self.rows()
        queues, pool = (r for r in rows if r["scaling"] != "cores")
        self.assertEqual((queues["scaling"], queues["few"], queues["many"]), ("queues", 1, 128))
        self.assertEqual((pool["scaling"], pool["few"], pool["pages"]), ("pool", 1024, "4K"))
        self.assertGreater(pool["many"], pool["few"])
        for r in (queues, pool):
            self.assertGreater(min(r["cycles_few"], r["cycles_many"], r["ratio"]), 0)

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "needs two CPUs")
    def test_the_text_says_what_is_the_machines_and_what_is_ours(self):
        done = bench("--scaling", *QUICK)
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("The machine's part", "Ours", "at least 1.9", "128", "buffers in the pool"):
            self.assertIn(words, done.stdout)

    def test_without_a_second_cpu_the_rest_is_measured_and_that_is_said(self):
        done, rows = self.rows(cpus={min(os.sched_getaffinity(0))})
        self.assertIn("only one CPU", done.stderr)
        self.assertEqual([r["scaling"] for r in rows], ["queues", "pool"])


class Plots(unittest.TestCase):
    def run_plot(self, lines):
        with tempfile.TemporaryDirectory() as folder:
            rows = pathlib.Path(folder) / "rows.json"
            rows.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
            done = subprocess.run([sys.executable, "-B", HERE / "plot.py", rows, pathlib.Path(folder) / "plots"],
                                  capture_output=True, text=True)
            plots = {path.name: path.read_text(encoding="utf-8") for path in pathlib.Path(folder).glob("plots/*")}
        return done, plots

    def test_every_sweep_becomes_a_well_formed_picture_with_units(self):
        lines = [{"machine": {"processor": "a <processor> & more", "compiler": "g++", "date": "today"}}]
        for nic in ("near", "far"):
            lines += [row(nic=nic, burst=1), row(nic=nic), row("backlog", nic), row("ring", nic, ring=64),
                      row("size", nic), row("queue", nic, queues=8), row("card", nic), row("work", nic, metadata=True)]
        lines += [{"latency": "overload", "path": "vector", "ring": ring, "p50_ns": ring * 10.0, "p99_ns": ring * 12.0,
                   "predicted_ns": ring * 9.0} for ring in (64, 128)]
        done, plots = self.run_plot(lines)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines_of = ("burst", "backlog", "ring", "size", "queue")
        self.assertEqual(set(plots), {f"{name}.svg" for name in (
            *lines_of, *(f"{name}-far" for name in lines_of), "card", "work", "latency")})
        for name, text in plots.items():
            root = xml.etree.ElementTree.fromstring(text)
            words = " ".join(root.itertext())
            self.assertTrue(any(unit in words for unit in ("TSC cycles", "relative to", "microseconds")), name)
            self.assertIn("prefers-color-scheme: dark", words)

    def test_nothing_to_draw_is_an_error(self):
        done, plots = self.run_plot([{"machine": {}}])
        self.assertEqual((done.returncode, plots), (1, {}))

    def test_the_scale_ends_at_a_round_number_above_the_largest_value(self):
        for value in (0.3, 1, 7, 12.8, 99, 1234):
            drawing = plot.Drawing("", "", "", "", value)
            self.assertGreaterEqual(drawing.y_max, value)
            self.assertLess(drawing.y_max, 2 * value)


class Instructions(unittest.TestCase):
    def test_what_is_above_a_limit_or_far_below_is_said(self):
        rows = {"reference": {"sum": 60}, "a": {"sum": 50.2}, "b": {"sum": 30}, "c": {"sum": 9.9}, "d": {"sum": 1}}
        above, below = instructions.gate(rows, {"a": 50, "b": 40, "c": 10, "e": 7})
        self.assertEqual(len(above), 1)
        self.assertIn("a: 50.20", above[0])
        self.assertEqual([sentence.split(":")[0] for sentence in below], ["b", "e", "d"])

    def test_the_cost_of_calls_to_counted_functions_is_read_from_callgrinds_file(self):
        with tempfile.TemporaryDirectory() as folder:
            dump = pathlib.Path(folder) / "out"
            dump.write_text("fn=main\n10 5\ncfn=unsigned int counted_send<X>(X&)\ncalls=2 7\n10 300\n11 4\n"
                            "cfn=other\ncalls=1 1\n12 1000\ncfn=unsigned int counted_send<X>(X&)\ncalls=1 7\n13 50\n",
                            encoding="utf-8")
            self.assertEqual(instructions.inclusive_counts(dump), {"counted_send": 350})

    def test_the_limits_name_paths_that_there_are(self):
        limits = json.loads((HERE / "limits.json").read_text(encoding="utf-8"))
        for compiler, paths in limits.items():
            self.assertIn(compiler, ("g++", "clang++"))
            for name in paths:
                self.assertRegex(name, r"^(ixgbe|igb|e1000e|e1000) (scalar|vector)( burst \d+| \+metadata\+offloads)?$")


class Startup(unittest.TestCase):
    def test_all_the_time_is_in_some_phase(self):
        lines = [(10.0, "W CTRL = 00000000"), (10.1, "W MTA[1] = 00000000"), (25.0, "R LINKS = 00000000")]
        parts = startup.phases(lines, 26.0)
        self.assertAlmostEqual(sum(ms for ms, _ in parts.values()), 26.0)
        self.assertEqual(startup.longest_pauses(lines, 1)[0][1:], ("W MTA[1] = 00000000", "R LINKS = 00000000"))


if __name__ == "__main__":
    sys.exit(program_tests.main(sys.modules[__name__], "datapath_bench"))

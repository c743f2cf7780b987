#!/usr/bin/env python3
"""What polling costs and what sleeping costs: processor time and latency of the forwarder between two software
82599s, polling and with --sleep, at four rates.

usage: hybrid.py FOLDER [--seconds S] [--runs N] [--json]     FOLDER holds forwarder and timed_traffic

Processor time is the forwarder's, all its threads, in percent of one core. Latency is from the moment at which the left
card takes a frame from its cable to that at which the right card puts it on its own, by one clock. At 0 frames a second
there is nothing to time: its latency is that of lone frames, one every 20 ms, in a run of their own.

The cards are simulated by a process that never sleeps and has a core for itself, the forwarder has another; so this needs
two cores, and they should be idle. Each figure is the median of N runs, but what was lost is added up.
Exit codes: 0 success, 1 a program failed or there is one core only, 2 wrong usage.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

RATES = ("0", "1kpps", "100kpps", "max")
NAMES = {"0": "0", "1kpps": "1,000", "100kpps": "100,000", "max": "as many as go"}
LONE = "50pps"
MODES = {"polling": (), "sleeping": ("--sleep",)}
STARTING = 0.3  # seconds from the forwarder's first words until it is in its stride
LIMIT = 60  # seconds for what should take a moment


def processor_seconds(pid):
    """What the process has used: clock_getcpuclockid(3), in nanoseconds, where /proc counts in hundredths."""
    return time.clock_gettime((~pid << 3) | 2)


@contextlib.contextmanager
def program(*command, core=None):
    """A running program; killed in the end, and already before if it takes too long."""
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    watchdog = threading.Timer(LIMIT, process.kill)
    watchdog.start()
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def line_of(process):
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args[0]} said nothing more: {process.communicate()[1].strip()}")
    return line


def measure(folder, cores, rate, mode, seconds):
    """One run: {"cpu_percent": …, "sent": …, "received": …, "pps": …, "p50_ns": …, …}."""
    with tempfile.TemporaryDirectory(prefix="ringside-hybrid-") as sockets:
        left, right = (pathlib.Path(sockets) / name for name in ("left.sock", "right.sock"))
        with program(folder / "timed_traffic", left, right, rate, core=cores[0]) as traffic:
            line_of(traffic)
            with program(folder / "forwarder", "--cores", cores[1], *MODES[mode], f"vfio-user:{left}",
                         f"vfio-user:{right}") as forwarder:
                line_of(forwarder)
                time.sleep(STARTING)
                used, begin = -processor_seconds(forwarder.pid), -time.monotonic()
                time.sleep(seconds)
                used, begin = used + processor_seconds(forwarder.pid), begin + time.monotonic()
                traffic.stdin.write("stop\n")
                traffic.stdin.flush()
                told = json.loads(line_of(traffic))
                forwarder.send_signal(signal.SIGINT)
                errors = forwarder.communicate()[1]
                if forwarder.returncode != 0:
                    raise RuntimeError(f"the forwarder ended with {forwarder.returncode}: {errors.strip()}")
    return {**told, "cpu_percent": 100 * used / begin}


def one_run(folder, cores, rate, mode, seconds):
    run = measure(folder, cores, rate, mode, seconds)
    if rate != "0":
        return run
    return {**measure(folder, cores, LONE, mode, seconds), "pps": 0, "cpu_percent": run["cpu_percent"]}


def row(rate, mode, runs):
    def median(key):
        return statistics.median(run[key] for run in runs)

    return {"rate": rate, "mode": mode, "pps": median("pps"), "cpu_percent": round(median("cpu_percent"), 2),
            "p50_us": median("p50_ns") / 1e3, "p99_us": median("p99_ns") / 1e3, "timed": sum(run["timed"] for run in runs),
            "sent": sum(run["sent"] for run in runs), "lost": sum(run["sent"] - run["received"] for run in runs)}


def measure_all(folder, cores, seconds, runs):
    """The rows; runs of all of them take turns, so that what disturbs the machine disturbs all alike."""
    cells = [(rate, mode) for rate in RATES for mode in MODES]
    results = {cell: [] for cell in cells}
    for _ in range(runs):
        for cell in cells:
            results[cell].append(one_run(folder, cores, *cell, seconds))
    return [row(*cell, results[cell]) for cell in cells]


def table(rows):
    lines = ["| frames a second offered | forwarder | forwarded | processor | median | p99 | lost |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for r in rows:
        lines.append(f"| {NAMES[r['rate']]} | {r['mode']} | {r['pps']:,.0f} | {r['cpu_percent']:.1f} % "
                     f"| {r['p50_us']:.1f} us | {r['p99_us']:.1f} us | {r['lost']} |")
    return "\n".join(lines)


def positive(kind):
    def parse(text):
        value = kind(text)
        if not 0 < value <= 1000:
            raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1000")
        return value
    return parse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seconds", type=positive(float), default=1.2, help="of each run (default 1.2)")
    parser.add_argument("--runs", type=positive(int), default=3, help="of each row (default 3)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("hybrid: there is one core only; the software cards need one for themselves", file=sys.stderr)
        return 1
    try:
        rows = measure_all(options.folder, (cores[-2], cores[-1]), options.seconds, options.runs)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"hybrid: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"seconds": options.seconds, "runs": options.runs, "rows": rows}) if options.json else table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Where the time goes from exec to the first packet: the forwarder between two software 82599s, which forwards one
frame and ends.

usage: startup.py FOLDER [--runs N] [--json]     FOLDER holds forwarder and ringside-sim

First the whole, N times without tracing. Then by phase, from the moments at which the lines of --trace-registers
arrive: the time between two lines belongs to the later one. Tracing costs something itself: `traced` says how much.
Exit codes: 0 success, 1 the forwarder failed, 2 wrong usage.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

PORTS = ("sim:82599,cable=generate:count=1", "sim:82599,cable=generate:source=off")
GROUPS = (
    ("tables cleared (addresses, multicast, tags, pools, filters)",
     {"MTA", "VFTA", "RAL", "RAH", "PFUTA", "PFVLVF", "PFVLVFB", "FTQF", "ETQF", "ETQS", "MPSAR", "SAQF", "DAQF",
      "SDPQF", "L34TIMIR", "RETA", "RSSRK"}),
    ("statistics read and cleared",
     {"MPC", "QPRC", "QPTC", "QBRC_L", "QBRC_H", "QBTC_L", "QBTC_H", "QPRDC", "GPRC", "GPTC", "CRCERRS", "RXNFGPC"}),
    ("reset and its waits", {"CTRL", "STATUS", "EEC", "RDRXCTL", "CTRL_EXT", "EIMC", "EIMC_EX", "EICR"}),
    ("packet buffers and flow control",
     {"RXPBSIZE", "TXPBSIZE", "TXPBTHRESH", "FCRTH", "FCRTL", "FCTTV", "FCCFG", "MFLCN"}),
    ("queues", {"RXDCTL", "TXDCTL", "RDBAL", "RDBAH", "RDLEN", "RDH", "RDT", "TDBAL", "TDBAH", "TDLEN", "TDH", "TDT",
                "SRRCTL", "RXCTRL", "DMATXCTL", "TDWBAL", "TDWBAH", "DCA_RXCTRL", "DCA_TXCTRL"}),
    ("link", {"LINKS", "AUTOC", "AUTOC2", "ESDP"}),
)
LINE = re.compile(r"^[RW] ([A-Z0-9_]+)(\[\d+\])? = [0-9a-f]+")


def group_of(access):
    """Of a line such as `W MTA[3] = 00000000`."""
    register = LINE.match(access).group(1)
    return next((name for name, members in GROUPS if register in members), "other registers")


def command(folder, *options):
    return [str(folder / "forwarder"), "--packets", "1", "--quiet", *options, *PORTS]


def whole(folder):
    """Milliseconds of a run without tracing."""
    begin = time.monotonic()
    subprocess.run(command(folder), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.monotonic() - begin) * 1e3


def traced(folder):
    """A run with tracing: the moments of its lines, in milliseconds from exec, and what they say; and the end."""
    lines = []
    begin = time.monotonic()
    reading, writing = os.pipe()
    process = subprocess.Popen(command(folder, "--trace-registers"), stdout=subprocess.DEVNULL, stderr=writing)
    os.close(writing)
    with open(reading, encoding="utf-8", errors="replace") as stderr:
        for line in stderr:
            match = LINE.match(line)
            if match:
                lines.append(((time.monotonic() - begin) * 1e3, match.group(0)))
    if process.wait() != 0:
        raise RuntimeError(f"the forwarder ended with {process.returncode}")
    return lines, (time.monotonic() - begin) * 1e3


def phases(lines, end):
    """{phase: (milliseconds, register accesses)}, in the order in which they begin."""
    if not lines:
        raise RuntimeError("the forwarder traced no register access")
    parts = {"exec to the first register access (simulator started, sockets)": [lines[0][0], 1]}
    for (before, _), (now, access) in zip(lines, lines[1:]):
        gap = now - before
        # A pause says more than the register that ends it.
        name = "between accesses: waits, memory, the packet itself" if gap > 0.5 else group_of(access)
        part = parts.setdefault(name, [0, 0])
        part[0] += gap
        part[1] += 1
    parts["last register access to the end of the process"] = [end - lines[-1][0], 0]
    return parts


def longest_pauses(lines, count=8):
    gaps = [(now - before, first, second) for (before, first), (now, second) in zip(lines, lines[1:])]
    return sorted(gaps, reverse=True)[:count]


def table(result):
    text = [f"exec to exit, one frame forwarded: median {result['median_ms']:.1f} ms of {result['runs']} runs "
            f"({result['least_ms']:.1f} to {result['most_ms']:.1f}); traced {result['traced_ms']:.1f} ms", "",
            f"{'phase (traced)':<64} {'ms':>8} {'share':>7} {'accesses':>9}"]
    for name, (ms, accesses) in sorted(result["phases"].items(), key=lambda part: -part[1][0]):
        text.append(f"{name:<64} {ms:>8.2f} {ms / result['traced_ms']:>7.0%} {accesses:>9}")
    text += ["", "longest pauses between two accesses:"]
    text += [f"  {ms:>7.2f} ms  {first} … {second}" for ms, first, second in result["pauses"]]
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        totals = [whole(options.folder) for _ in range(max(options.runs, 1))]
        lines, end = min((traced(options.folder) for _ in range(5)), key=lambda run: run[1])
        result = {"runs": len(totals), "median_ms": statistics.median(totals), "least_ms": min(totals),
                  "most_ms": max(totals), "traced_ms": end, "phases": phases(lines, end),
                  "pauses": longest_pauses(lines)}
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        print(f"startup: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result) if options.json else table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())

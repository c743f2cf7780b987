#!/usr/bin/env python3
"""Instructions per packet of the receive and send paths, counted by callgrind: the same on every run.

usage: instructions.py DATAPATH_BENCH [--json] [--gate LIMITS]

Rings of 512, and bursts of 32 if nothing else is said; receive, send and, of paths that do both at once, forward. With --gate, compares
them with LIMITS, a JSON file {"g++": {"ixgbe vector": 40.5, ...}, "clang++": {...}}; `LIMITS` without the names of
compilers holds for all of them.
Exit codes: 0 all is well, 1 above a limit, or the bench failed, 2 wrong usage, 77 valgrind is not installed.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

COUNTED = ("counted_receive", "counted_send", "counted_forward")
ROOMY = 0.9  # below this part of its limit, a path deserves a tighter one


def run_callgrind(bench, folder):
    """What the bench says it ran, and the files that callgrind wrote meanwhile, in order."""
    out, bare = pathlib.Path(folder) / "callgrind.out", pathlib.Path(folder) / "bench"
    # Some valgrinds do not understand the debug information of some compilers; the names of functions are enough.
    subprocess.run(["strip", "--strip-debug", "-o", str(bare), str(bench)], check=True)
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--dump-after=bench_count_mark",
               "--compress-strings=no", "--compress-pos=no"]
    done = subprocess.run([*command, str(bare), "--count-only"], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("the bench failed under callgrind:\n" + done.stderr.strip())
    ran = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return ran, [pathlib.Path(f"{out}.{n}") for n in range(1, 2 * len(ran) + 1)]


def inclusive_counts(dump):
    """Instructions below each counted function, from the calls to it: {"counted_receive": n, ...}."""
    counts = {}
    callee = None
    lines = iter(dump.read_text(encoding="utf-8", errors="replace").splitlines())
    for line in lines:
        if line.startswith("cfn="):
            callee = next((name for name in COUNTED if f"{name}<" in line), None)
        elif line.startswith("calls=") and callee is not None:
            counts[callee] = counts.get(callee, 0) + int(next(lines).split()[1])
            callee = None
    return counts


def row_name(row):
    """`ixgbe vector`, `ixgbe vector +metadata+offloads`, or `ixgbe vector burst 8`."""
    asked = "".join(f"+{what}" for what in ("metadata", "offloads") if row[what])
    if row["burst"] != 32:
        asked = f"burst {row['burst']}{asked}"
    name = row["path"] if row["path"] in ("reference", "floor") else f"{row['card']} {row['path']}"
    return f"{name} {asked}".strip()


def measure(bench):
    """{"ixgbe scalar": {"receive": …, "send": …, "sum": …}, …}, instructions per packet."""
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        ran, dumps = run_callgrind(bench, folder)
        for number, row in enumerate(ran):
            counts = inclusive_counts(dumps[2 * number + 1])  # the first is the warming up
            if not counts:
                raise RuntimeError(f"callgrind did not see what is counted of {row_name(row)}")
            parts = {name.removeprefix("counted_"): n / row["packets"] for name, n in sorted(counts.items())}
            rows[row_name(row)] = {**parts, "sum": sum(parts.values())}
    return rows


def compiler_of(bench):
    """`g++` or `clang++`, as the program itself says in its comment section; GCC's runtime is in both."""
    return "clang++" if b"clang version" in pathlib.Path(bench).read_bytes() else "g++"


def table(rows):
    lines = ["instructions per packet; bursts of 32, ring of 512",
             f"{'':<36} {'receive':>9} {'send':>9} {'forward':>9} {'sum':>9} {'of reference':>13}"]
    reference = rows["reference"]["sum"]
    for name, row in rows.items():
        cells = " ".join(f"{row[part]:>9.2f}" if part in row else f"{'':>9}"
                         for part in ("receive", "send", "forward", "sum"))
        lines.append(f"{name:<36} {cells} {row['sum'] / reference:>13.2f}")
    return "\n".join(lines)


def gate(rows, limits):
    """What is above its limit, and what is far below, as sentences; limits without a path are said too."""
    above, below = [], []
    for name, limit in limits.items():
        if name not in rows:
            below.append(f"{name}: has a limit of {limit} and was not measured (no such path in this build)")
        elif rows[name]["sum"] > limit:
            above.append(f"{name}: {rows[name]['sum']:.2f} instructions per packet, and the limit is {limit}")
        elif rows[name]["sum"] < ROOMY * limit:
            below.append(f"{name}: {rows[name]['sum']:.2f} instructions per packet; the limit of {limit} can be "
                         "tightened")
    below += [f"{name}: {row['sum']:.2f} instructions per packet, without a limit" for name, row in rows.items()
              if name not in limits and name.split()[0] not in ("reference", "floor")]
    return above, below


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--gate", type=pathlib.Path, metavar="LIMITS")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("instructions: skipped: valgrind is not installed", file=sys.stderr)
        return 77
    try:
        limits = json.loads(options.gate.read_text(encoding="utf-8")) if options.gate else {}
        rows = measure(options.bench)
    except (RuntimeError, OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"instructions: {error}", file=sys.stderr)
        return 1
    print(json.dumps(rows) if options.json else table(rows))
    if not options.gate:
        return 0
    above, below = gate(rows, limits.get(compiler_of(options.bench), limits))
    for sentence in below:
        print(f"note: {sentence}", file=sys.stderr)
    for sentence in above:
        print(f"too many: {sentence}", file=sys.stderr)
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())

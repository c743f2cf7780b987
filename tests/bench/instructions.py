#!/usr/bin/env python3
"""Instructions per packet of the receive and send paths, counted by callgrind: the same on every run.

usage: instructions.py DATAPATH_BENCH [--json]
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

PACKETS = 320_000


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    bench = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", bench, "--count-only",
                        "--packets", str(PACKETS)], check=True, capture_output=True)
        table = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(out)], check=True,
                               capture_output=True, text=True).stdout
    counts = {}
    for who in ("DriverUnderTest", "ReferenceUnderTest"):
        for what in ("receive", "send"):
            match = re.search(rf"^\s*([\d,]+) .*{who}::{what}\(", table, re.MULTILINE)
            if match is None:
                print(f"instructions: callgrind did not see {who}::{what}", file=sys.stderr)
                return 1
            counts[who, what] = int(match.group(1).replace(",", "")) / PACKETS
    rows = {
        who: {"receive": counts[who, "receive"], "send": counts[who, "send"],
              "sum": counts[who, "receive"] + counts[who, "send"]}
        for who in ("DriverUnderTest", "ReferenceUnderTest")
    }
    if "--json" in sys.argv:
        print(json.dumps({"driver": rows["DriverUnderTest"], "reference": rows["ReferenceUnderTest"]}))
        return 0
    print("instructions per packet, bursts of 32, ring of 512")
    print(f"{'':>12} {'receive':>9} {'send':>9} {'sum':>9}")
    for name, who in (("driver", "DriverUnderTest"), ("reference", "ReferenceUnderTest")):
        row = rows[who]
        print(f"{name:>12} {row['receive']:>9.2f} {row['send']:>9.2f} {row['sum']:>9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

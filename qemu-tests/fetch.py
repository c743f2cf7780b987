#!/usr/bin/env python3
"""Fetches what the QEMU tests need (QEMU, two kernels, busybox) into a folder, some 500 MB with what it unpacks, and builds
kernel modules there. The machine's own package sources and packages stay as they are. Once done, it does nothing."""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

from lab import LabError, materials


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("build/qemu"),
                        help="where to (default: %(default)s)")
    parser.add_argument("--qemu", help="the qemu-system-x86_64 to use; default: the installed one if it will do")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        found = materials.fetch(options.dir, options.qemu, lambda words: print(words, flush=True))
    except LabError as error:
        print(f"fetch.py: {error}", file=sys.stderr)
        return 1
    program = next(word for word in found.qemu if word.endswith("qemu-system-x86_64") or word == options.qemu)
    print(f"ready after {time.monotonic() - began:.0f} s: Linux {found.kernel.version}, QEMU {program}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

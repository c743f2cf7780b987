#!/usr/bin/env python3
"""Compiles every header of the rooms alone: whoever includes it needs to include nothing before it.

usage: check_headers.py ROOT COMPILER [FLAGS...]
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOMS = ("hal", "mem", "driver", "net", "sim")


def compile_alone(root, command, header):
    name = header.relative_to(root).as_posix()
    result = subprocess.run(
        [*command, "-fsyntax-only", f"-I{root}", "-x", "c++", "-include", name, "/dev/null"],
        capture_output=True, text=True)
    return name, result.returncode, result.stderr


def main():
    root, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    headers = [h for room in ROOMS for h in sorted((root / room).rglob("*.hpp"))]
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, status, text in pool.map(lambda h: compile_alone(root, command, h), headers):
            if status != 0:
                print(f"{name} does not compile alone:\n{text}")
                wrong += 1
    print(f"{len(headers) - wrong} of {len(headers)} headers compile alone")
    return 1 if wrong or not headers else 0


if __name__ == "__main__":
    sys.exit(main())

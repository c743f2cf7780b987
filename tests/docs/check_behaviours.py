#!/usr/bin/env python3
"""Checks the table of docs/behaviours.md against the tests of the model.

usage: check_behaviours.py ROOT

- There is a row for each of the 58 behaviours, in order, and it names a test of that number, in the file it links to.
- The number in brackets is how many further tests of that number there are in tests/model.
- Every row says who relies on it and whether that was tried.
Exit code: 0 all true, 1 not so.
"""
import pathlib
import re
import sys

BEHAVIOURS = 58
ROW = re.compile(r"^\| (\d+) \| (\w+)\.\[`(Behaviour(\d+)_\w+)`\]\(\.\./([^)]+)\)(?: \(\+(\d+)\))? \| ([^|]+) \| ([^|]+) \|$")
TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+),\s*(Behaviour(\d+)_\w+)\)", re.MULTILINE)


def main():
    root = pathlib.Path(sys.argv[1])
    tests = {}
    for path in sorted((root / "tests" / "model").rglob("*.cpp")):
        for suite, name, number in TEST.findall(path.read_text(encoding="utf-8")):
            tests.setdefault(int(number), []).append((suite, name, path.relative_to(root).as_posix()))
    lines = (root / "docs" / "behaviours.md").read_text(encoding="utf-8").splitlines()
    rows = [ROW.match(line) for line in lines if re.match(r"\| \d+ \| \w+\.\[", line)]
    wrong = [] if len(rows) == BEHAVIOURS else [f"{len(rows)} rows, not {BEHAVIOURS}"]
    for expected, row in enumerate(rows, 1):
        if row is None:
            wrong.append(f"row {expected} does not look like one")
            continue
        number, suite, name, in_name, path, further, _, _ = row.groups()
        known = tests.get(int(number), [])
        if not expected == int(number) == int(in_name):
            wrong.append(f"row {expected} is about {number} and names {name}")
        if (suite, name, path) not in known:
            wrong.append(f"{number}: there is no {suite}.{name} in {path}")
        if int(further or 0) != len(known) - 1:
            wrong.append(f"{number}: there are {len(known) - 1} further tests, not {further or 0}")
    print("\n".join([*wrong, f"{len(rows)} behaviours, {sum(map(len, tests.values()))} tests: {len(wrong)} wrong"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

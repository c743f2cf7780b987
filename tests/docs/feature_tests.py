#!/usr/bin/env python3
"""Checks docs/feature-tests.md: each feature that a card has is shown by a test, and the tests exist.

usage: feature_tests.py ROOT --yes PROGRAM --ctest CTEST --build FOLDER --programs TEST_PROGRAM...
       feature_tests.py --self-test

PROGRAM --yes prints what the drivers say of their cards: a line "feature driver chip" for each yes. The TEST_PROGRAMs,
GoogleTest's, name their tests themselves, CTEST -N the others. Exit code: 0 all true, 1 not so.
"""
import argparse
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path("docs") / "feature-tests.md"
ROW = re.compile(r"^\| ([a-z][a-z0-9-]*) \| ([^|]+) \| ([^|]+) \|$")


def rows_of(page):
    """(line number, feature, cards, tests) of each row of the table."""
    rows = []
    for number, line in enumerate(page.splitlines(), 1):
        row = ROW.match(line)
        if row and row.group(1) != "feature":
            cards = [card.strip() for card in row.group(2).split(",")]
            rows.append((number, row.group(1), cards, re.findall(r"`([^`]+)`", row.group(3))))
    return rows


def wrong_with(page, yes, tests):
    """yes: (feature, driver, chip); tests: names. Returns sentences."""
    rows = rows_of(page)
    wrong = []
    for feature, driver, chip in sorted(set(yes)):
        if not any(row[1] == feature and row[3] and (driver in row[2] or f"{driver}/{chip}" in row[2]) for row in rows):
            wrong.append(f"{driver}/{chip} has {feature}, and no line names a test of it")
    for number, feature, cards, named in rows:
        if not named:
            wrong.append(f"line {number} names no test")
        for card in cards:
            if not any(y[0] == feature and card in (y[1], f"{y[1]}/{y[2]}") for y in yes):
                wrong.append(f"line {number}: {card} does not have {feature}")
        for name in named:
            if name not in tests:
                wrong.append(f"line {number}: there is no test {name} (was it renamed, or not built?)")
    return wrong


def tests_in(program, listed):
    """The names of a GoogleTest program's tests as CTest has them, from what it lists."""
    suite, names = "", set()
    for line in listed.splitlines():
        name = line.split("#")[0].rstrip()
        if name.endswith(".") and not name.startswith(" "):
            suite = name
        elif name.startswith("  "):
            names.add(f"{program}.{suite}{name.strip()}")
    return names


def self_test():
    if tests_in("p", "Running main()\nA.\n  B\nC.  # TypeParam\n  D/x  # GetParam() = 1\n") != {"p.A.B", "p.C.D/x"}:
        print("the tests of a program are not understood")
        return 1
    page = "| feature | cards | tests |\n| rss | igb, ixgbe/X550 | `a.B` |\n| pause | igb | `a.C` `a.D` |\n"
    yes = [("rss", "igb", "82576"), ("rss", "ixgbe", "X550"), ("pause", "igb", "82576")]
    tests = {"a.B", "a.C", "a.D"}
    cases = [
        (wrong_with(page, yes, tests), []),
        (wrong_with(page, [*yes, ("rss", "ixgbe", "82599")], tests), ["ixgbe/82599 has rss"]),
        (wrong_with(page, [*yes, ("new", "igb", "82576")], tests), ["igb/82576 has new"]),
        (wrong_with(page, yes, tests - {"a.D"}), ["there is no test a.D"]),
        (wrong_with(page, yes[1:], tests), ["igb does not have rss"]),
        (wrong_with(page.replace(" `a.B`", " none"), yes, tests), ["igb/82576 has rss", "ixgbe/X550", "names no test"]),
    ]
    for got, expected in cases:
        if len(got) != len(expected) or any(part not in sentence for part, sentence in zip(expected, got)):
            print(f"expected {expected}, got {got}")
            return 1
    print(f"{len(cases)} cases")
    return 0


def output_of(command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", nargs="?", type=pathlib.Path)
    parser.add_argument("--yes")
    parser.add_argument("--ctest")
    parser.add_argument("--build")
    parser.add_argument("--programs", nargs="*", default=[])
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    yes = [tuple(line.split()) for line in output_of([options.yes, "--yes"]).splitlines()]
    listed = output_of([options.ctest, "--test-dir", options.build, "-N"])
    tests = set(re.findall(r"(?m)^ *Test +#\d+: (.+?) *$", listed))
    for program in options.programs:
        tests |= tests_in(pathlib.Path(program).name, output_of([program, "--gtest_list_tests"]))
    wrong = wrong_with((options.root / PAGE).read_text(encoding="utf-8"), yes, tests)
    if not yes or not tests:
        wrong.append("there are no features, or no tests, at all")
    print("\n".join([*wrong, f"{len(set(yes))} features of cards, {len(tests)} tests: {len(wrong)} wrong"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

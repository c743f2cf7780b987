#!/usr/bin/env python3
"""Compiles barriers.cpp to assembly and checks which instructions the fences of hal/barrier.hpp become.

usage: check_barriers.py ROOT COMPILER      exit status 77: this compiler is not there (CTest: skipped)
"""
import re
import shutil
import subprocess
import sys

# Per function, in order: the memory accesses and fences, as one regular expression each. Nothing else that orders
# memory may appear.
X86_LOAD, X86_STORE = r"mov\w*\s+.*\(%r..\), %", r"mov\w*\s+\$.*\(%r..\)"
X86_LOAD_OR_ADD = r"(mov|add)\w*\s+.*\(%r..\), %"
ARM_LOAD, ARM_STORE = r"ldr\s", r"str\s"
EXPECTED = {
    "x86": {
        "acquire": [X86_LOAD, X86_LOAD_OR_ADD],
        "release": [X86_STORE, X86_STORE],
        "full": [X86_STORE, r"mfence$", X86_LOAD],
        "hint": [r"pause$|rep;? ?nop$"],
    },
    "arm64": {
        "acquire": [ARM_LOAD, r"dmb\s+oshld$", ARM_LOAD],
        "release": [ARM_STORE, r"dmb\s+osh$", ARM_STORE],
        "full": [ARM_STORE, r"dmb\s+osh$", ARM_LOAD],
        "hint": [r"yield$"],
    },
}
INTERESTING = re.compile(r"\(%|fence|^lock|^xchg|^pause|^rep|^ld|^st|^dmb|^dsb|^isb|^yield|^swp|^cas", re.IGNORECASE)
NOT_MEMORY = re.compile(r"^lea|^nop|^data16")


def functions(assembly):
    """Instructions by function, without directives, labels and comments."""
    bodies, name = {}, None
    for line in assembly.splitlines():
        line = re.split(r"#|//", line)[0].rstrip()
        label = re.match(r"^([a-z]\w*):", line)
        if label:
            name = label.group(1)
            bodies[name] = []
        elif name and re.match(r"^\s+[a-z]", line):
            bodies[name].append(line.strip())
    return bodies


def main():
    root, compiler = sys.argv[1:3]
    if not shutil.which(compiler):
        print(f"skipped: there is no {compiler}")
        return 77
    source = f"{root}/tests/hal/barrier_code/barriers.cpp"
    assembly = subprocess.run(
        [compiler, "-std=c++20", "-O2", f"-I{root}", "-S", "-o", "-", source],
        check=True, capture_output=True, text=True).stdout
    machine = "arm64" if re.search(r"\bdmb\b", assembly) or "aarch64" in compiler else "x86"
    bodies, wrong = functions(assembly), 0
    for name, expected in EXPECTED[machine].items():
        found = [i for i in bodies.get(name, []) if INTERESTING.search(i) and not NOT_MEMORY.search(i)]
        ok = len(found) == len(expected) and all(re.search(e, f) for e, f in zip(expected, found))
        print(f"{'ok   ' if ok else 'WRONG'} {machine} {name}: {'; '.join(found)}")
        wrong += not ok
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

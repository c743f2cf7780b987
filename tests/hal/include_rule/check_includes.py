#!/usr/bin/env python3
"""The rooms of Ringside and who may include whom: includes point down only.

examples -> net -> driver -> mem -> hal -> Linux; sim may use hal and the cards' register and descriptor layouts.

usage: check_includes.py ROOT | check_includes.py --self-test
"""
import pathlib
import re
import sys
import tempfile

ROOMS = ("hal", "mem", "driver", "net", "sim", "examples")
BELOW = {
    "hal": {"hal"},
    "mem": {"mem", "hal"},
    "driver": {"driver", "mem", "hal"},
    "sim": {"sim", "hal"},
    "net": {"net", "driver", "mem", "hal"},
    "examples": {"examples", "net", "driver", "mem", "hal"},
}
# Folders of driver/ that several cards share, and which do.
CARDS = {"e1000", "e1000e", "igb", "igbvf", "ixgbe", "ixgbevf"}
SHARED = {
    "base": CARDS | {"gigabit", "vf"},
    "gigabit": {"e1000", "e1000e", "igb"},
    "vf": {"igbvf", "ixgbevf"},
    # A virtual function has the rings of its physical function.
    "igb": {"igbvf"},
    "ixgbe": {"ixgbevf"},
}
LAYOUT = re.compile(r"driver/\w+/(registers|descriptors)\.hpp")
TALKS_TO_THE_KERNEL = {"hal", "sim"}
CONTAINS_ASM = {"hal"}
USES_LIBRARIES = {"sim", "examples"}
LIBRARY = re.compile(r"(fmt|CLI|pcap|gtest|gmock|benchmark)(/|\.h)")
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def complaints_about_include(root, room, name, include):
    quoted, target = include
    if not quoted:
        if re.match(r"(linux|sys)/", target) and room not in TALKS_TO_THE_KERNEL:
            yield f"only {' and '.join(sorted(TALKS_TO_THE_KERNEL))} talk to the kernel, not <{target}>"
        if LIBRARY.match(target) and room not in USES_LIBRARIES:
            yield f"{room} uses no library, not <{target}>"
        return
    if not (root / target).is_file():
        yield f'"{target}" is not a path from the root of the project'
    to = target.split("/")[0]
    if to not in BELOW[room] and not (room == "sim" and LAYOUT.fullmatch(target)):
        yield f'{room} must not include "{target}"'
    cards = [p.split("/")[1] for p in (name, target) if p.count("/") >= 2 and p.startswith("driver/")]
    if len(cards) == 2 and cards[0] != cards[1] and cards[0] not in SHARED.get(cards[1], ()):
        yield f'one card must not include another: "{target}"'


def complaints(root):
    root = pathlib.Path(root)
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.[ch]pp")):
            name, text = path.relative_to(root).as_posix(), path.read_text()
            for number, line in enumerate(text.splitlines(), 1):
                m = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
                if m:
                    include = (True, m.group(1)) if m.group(1) else (False, m.group(2))
                    for what in complaints_about_include(root, room, name, include):
                        yield f"{name}:{number}: {what}"
            if room not in CONTAINS_ASM and re.search(r"\b(asm|__asm__)\b", COMMENT_OR_STRING.sub(" ", text)):
                yield f"{name}: only hal contains asm"
            if name.endswith(".hpp") and "#pragma once" not in text:
                yield f"{name}: #pragma once is missing"


# File, content, and what must be said about it (None: nothing).
CASES = (
    ("hal/a.hpp", "", None),
    ("hal/up.hpp", '#include "mem/a.hpp"', 'hal must not include "mem/a.hpp"'),
    ("hal/library.hpp", "#include <fmt/core.h>", "hal uses no library"),
    ("hal/kernel.hpp", "#include <sys/mman.h>\nvoid f() { asm(\"\"); }", None),
    ("hal/relative.hpp", '#include "a.hpp"', "not a path from the root"),
    ("mem/a.hpp", '#include "hal/a.hpp"', None),
    ("mem/kernel.hpp", "  #  include <linux/vfio.h>", "talk to the kernel"),
    ("driver/nic.hpp", '#include "mem/a.hpp"', None),
    ("driver/x/registers.hpp", '#include "driver/nic.hpp"', None),
    ("driver/x/logic.hpp", "// asm\nconst char* s = \"asm\";", None),
    ("driver/x/asm.hpp", "void f() { asm(\"\"); }", "only hal contains asm"),
    ("driver/x/simulated.hpp", '#include "sim/a.hpp"', 'driver must not include "sim/a.hpp"'),
    ("net/headers.hpp", '#include "driver/nic.hpp"', None),
    ("driver/x/up.hpp", '#include "net/headers.hpp"', 'driver must not include "net/headers.hpp"'),
    ("driver/y/other.hpp", '#include "driver/x/registers.hpp"', "one card must not include another"),
    ("driver/base/ring.hpp", "", None),
    ("driver/gigabit/phy.hpp", '#include "driver/base/ring.hpp"', None),
    ("driver/igb/phy.hpp", '#include "driver/gigabit/phy.hpp"', None),
    ("driver/ixgbe/phy.hpp", '#include "driver/gigabit/phy.hpp"', "one card must not include another"),
    ("driver/base/down.hpp", '#include "driver/igb/phy.hpp"', "one card must not include another"),
    ("sim/a.hpp", '#include "driver/x/registers.hpp"\n#include <pcap/pcap.h>\n#include <sys/socket.h>', None),
    ("sim/logic.hpp", '#include "driver/x/logic.hpp"', 'sim must not include "driver/x/logic.hpp"'),
    ("sim/memory.hpp", '#include "mem/a.hpp"', 'sim must not include "mem/a.hpp"'),
    ("examples/a.cpp", '#include "driver/nic.hpp"\n#include <fmt/core.h>', None),
    ("examples/b.cpp", '#include "sim/a.hpp"', 'examples must not include "sim/a.hpp"'),
    ("examples/c.cpp", '#include "tests/a.hpp"', 'examples must not include "tests/a.hpp"'),
)


def self_test():
    wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        (root / "tests").mkdir()
        (root / "tests/a.hpp").write_text("#pragma once\n")
        for name, text, _ in CASES:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("#pragma once\n" + text + "\n")
        (root / "hal/unguarded.hpp").write_text("\n")
        said = list(complaints(root))
        for name, _, expected in (*CASES, ("hal/unguarded.hpp", "", "#pragma once is missing")):
            about = [s for s in said if s.startswith(name + ":")]
            ok = not about if expected is None else len(about) >= 1 and all(expected in s for s in about)
            if name == "hal/relative.hpp":
                ok = any(expected in s for s in about)
            if not ok:
                print(f"WRONG about {name}: {about}, expected {expected!r}")
                wrong += 1
    print(f"{len(CASES) + 1 - wrong} of {len(CASES) + 1} cases are judged right")
    return 1 if wrong else 0


def main():
    if sys.argv[1] == "--self-test":
        return self_test()
    found = list(complaints(sys.argv[1]))
    print("\n".join(found) if found else "includes point down only")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

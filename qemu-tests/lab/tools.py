"""Programs that are not ours, from Debian packages, for the guest: fetched once, with all the libraries they need, and
run there with these libraries, whatever the other programs of the guest are linked with."""

from __future__ import annotations

import pathlib
import re
import subprocess
from collections.abc import Callable

from . import LabError
from .initramfs import Initramfs
from .materials import KERNEL_SUITES, Materials, locked, once
from .packages import Apt, unpack

SUITE = KERNEL_SUITES[0]
PLACE = "opt"  # where they are in the guest


class Tools:
    """The packages `packages` with all that they depend on, except for `without`, as a folder that stands for / ."""

    def __init__(self, materials: Materials, name: str, packages: list[str], without: tuple[str, ...] = (),
                 say: Callable[[str], None] = print) -> None:
        def fetch(folder: pathlib.Path, say: Callable[[str], None]) -> None:
            apt = Apt(folder.parent / f"fetch-{name}", [SUITE])
            apt.update()
            say(f"fetching {' and '.join(packages)}")
            if without:
                needed_by = apt.apt("cache", ["depends", *packages], f"look up {' and '.join(packages)}")
                needs = sorted(set(re.findall(r"^  Depends: ([^<\s]+)$", needed_by, re.MULTILINE)) - set(without))
                unpack(apt.download(packages) + apt.closure(needs, SUITE), folder)
            else:
                unpack(apt.closure(packages, SUITE), folder)
            apt.discard()

        with locked(materials.folder, say):
            self.root = once(materials.folder / name, fetch, say)

    def find(self, pattern: str) -> pathlib.Path:
        """A program or library."""
        for path in sorted(self.root.rglob(pattern)):
            if path.is_file() and path.read_bytes()[:4] == b"\x7fELF":
                return path
        raise LabError(f"there is no program or library {pattern} in {self.root}")

    def add(self, initramfs: Initramfs, program: str, plugins: list[str] | None = None) -> None:
        """A program as /bin/PROGRAM. `plugins`: libraries (patterns) that it loads by itself, into /opt."""
        binary = self.find(program)
        loader = self.find("ld-linux-x86-64.so.2").resolve()
        for path in (binary, loader, *(self.find(plugin) for plugin in plugins or [])):
            initramfs.archive.file(f"{PLACE}/{path.name}", path.read_bytes(), executable=True)
            for library in self.libraries(path):
                initramfs.archive.file(f"{PLACE}/{library}", self.find(library).read_bytes())
        initramfs.archive.file(f"bin/{program}", f'#!/bin/sh\nexec /{PLACE}/{loader.name} --library-path /{PLACE} '
                                                 f'/{PLACE}/{binary.name} "$@"\n', executable=True)

    def libraries(self, program: pathlib.Path, known: set[str] | None = None) -> set[str]:
        """The names of all shared libraries that a program is linked with, directly or not."""
        known = set() if known is None else known
        for name in needed(program):
            if name not in known and not name.startswith("ld-linux"):
                known.add(name)
                self.libraries(self.find(name), known)
        return known


def needed(binary: pathlib.Path) -> list[str]:
    words = subprocess.run(["objdump", "-p", str(binary)], stdout=subprocess.PIPE, text=True, check=True).stdout
    return re.findall(r"^ *NEEDED +(\S+)", words, re.MULTILINE)

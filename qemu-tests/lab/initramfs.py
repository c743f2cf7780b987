"""The root file system of a virtual machine: busybox, kernel modules, the project's own programs with their libraries,
Python for devbind, and guest/init, which the host then tells what to do."""

from __future__ import annotations

import functools
import importlib.util
import lzma
import marshal
import pathlib
import re
import subprocess
import sys
import tempfile

from . import LabError
from .archive import Archive
from .materials import Kernel, Materials
from .packages import run

GUEST = pathlib.Path(__file__).resolve().parent.parent / "guest"

VFIO_MODULES = ["vfio_iommu_type1", "vfio-pci"]


class Initramfs:
    def __init__(self, materials: Materials) -> None:
        self.archive = Archive()
        self.kernel = materials.kernel
        for folder in ("bin", "dev", "proc", "sys", "tmp", "modules", "root"):
            self.archive.folder(folder)
        self.archive.copy("bin/busybox", materials.busybox)
        for applet in applets(materials.busybox):
            self.archive.link(f"bin/{applet}", "busybox")
        self.archive.link("usr/bin/env", "/bin/busybox")  # for scripts that begin with it
        self.archive.file("init", (GUEST / "init").read_bytes(), executable=True)

    def add_modules(self, names: list[str], iommufd: bool) -> None:
        """Kernel modules and those they need, as /modules/NAME.ko, listed in /modules/order. `iommufd`: take the vfio
        modules that were built with it instead of the packaged ones."""
        order: list[str] = []
        for name in ["iommufd", *names] if iommufd else names:
            if module(self.kernel, name, iommufd) is None:
                raise LabError(f"the kernel {self.kernel.version} comes without a module {name}")
            self.add_module(name, iommufd, order)
        self.archive.file("modules/order", "".join(f"{name}\n" for name in order))

    def add_module(self, name: str, iommufd: bool, order: list[str]) -> None:
        if name in order:
            return
        data = module(self.kernel, name, iommufd)
        if data is None:
            return  # part of the kernel itself
        for needed in needs(data):
            self.add_module(needed, iommufd, order)
        self.archive.file(f"modules/{name}.ko", data)
        order.append(name)

    def add_program(self, program: pathlib.Path) -> None:
        """As /bin/NAME, with the shared libraries it is linked with, and without its debug information: that is most of
        the file, and all of it would be unpacked at each boot."""
        if not program.exists():
            raise LabError(f"there is no program {program}; build it first")
        self.archive.file(f"bin/{program.name}", without_debug_information(program), executable=True)
        self.add_libraries(program)

    def add_libraries(self, program: pathlib.Path) -> None:
        for library in libraries(program):
            self.archive.copy(library, pathlib.Path(library))

    def add_python(self, script: pathlib.Path) -> None:
        """A Python program as /bin/NAME, with the interpreter that runs here and those modules that it may import."""
        python = pathlib.Path(sys.executable).resolve()
        self.archive.copy(str(python), python)
        self.add_libraries(python)
        self.archive.link("bin/python3", str(python))
        self.archive.copy(f"bin/{script.name}", script)
        for path, data in imports(script):
            self.archive.file(path, data)
            if path.endswith(".so"):
                self.add_libraries(pathlib.Path(path))

    def write(self, path: pathlib.Path) -> None:
        path.write_bytes(self.archive.bytes())


@functools.lru_cache(maxsize=None)
def applets(busybox: pathlib.Path) -> list[str]:
    return [name for name in run([busybox, "--list"], "ask busybox for its commands").split() if name != "busybox"]


def without_debug_information(program: pathlib.Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        run(["strip", "--strip-debug", "-o", f"{folder}/program", program], f"strip {program}")
        return pathlib.Path(folder, "program").read_bytes()


@functools.lru_cache(maxsize=None)
def libraries(program: pathlib.Path) -> tuple[str, ...]:
    """Where the shared libraries of a program are, the dynamic linker among them."""
    result = subprocess.run(["ldd", str(program)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if "not found" in result.stdout:
        raise LabError(f"{program} lacks shared libraries here:\n{result.stdout}")
    return tuple(re.findall(r"(?:=> |^\s+)(/\S+) \(0x", result.stdout, re.MULTILINE))


# ---------------------------------------------------------------------------------------------------------------------
# Kernel modules

@functools.lru_cache(maxsize=None)
def module(kernel: Kernel, name: str, iommufd: bool) -> bytes | None:
    """A kernel module, as insmod takes it. Dashes and underscores in the name are the same."""
    own = kernel.with_iommufd / f"{name}.ko"
    if iommufd and own.exists():
        return own.read_bytes()
    for path in kernel.modules.rglob("*.ko*"):
        if path.name.split(".")[0].replace("-", "_") == name.replace("-", "_"):
            return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    return None


def needs(module_file: bytes) -> list[str]:
    found = re.search(rb"\0depends=([^\0]*)\0", module_file)
    return [name.decode() for name in found[1].split(b",") if name] if found else []


# ---------------------------------------------------------------------------------------------------------------------
# Python

# Prints which files the imports of the program given as argument come to. What the library imports only when it is
# used is added by hand.
TRACE = """
import ast, importlib, sys
names = {"shutil", "traceback", "encodings.ascii", "encodings.latin_1", "importlib.util"}
for node in ast.walk(ast.parse(open(sys.argv[1]).read())):
    if isinstance(node, ast.Import):
        names.update(alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        names.add(node.module)
for name in names:
    importlib.import_module(name)
for module in list(sys.modules.values()):
    if getattr(module, "__file__", None):
        print(module.__file__)
"""


@functools.lru_cache(maxsize=None)
def imports(script: pathlib.Path) -> list[tuple[str, bytes]]:
    """The modules that a program imports, as (path, contents): compiled, because compiling is slow in a VM."""
    files = []
    for path in run([sys.executable, "-I", "-S", "-c", TRACE, script], f"find the imports of {script}").split():
        if not path.endswith(".py"):
            files.append((path, pathlib.Path(path).read_bytes()))
            continue
        code = compile(pathlib.Path(path).read_bytes(), path, "exec", dont_inherit=True)
        # The header of a .pyc that is never compared with a source file: magic, flags 1, no hash.
        header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
        files.append((path + "c", header + marshal.dumps(code)))
        if path.endswith("/os.py"):
            files.append((path, b""))  # how the interpreter finds its library
    return files

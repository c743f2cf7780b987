"""What a virtual machine is made of, fetched once into a folder that all builds share: QEMU, two kernels,
busybox."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator

from . import LabError, modules
from .packages import Apt, run, unpack

# vfio-user-pci came with 10.1. Debian 13's backports have 11.1; it brings its own libraries, down to the C library.
QEMU_SUITES = ["trixie", "trixie-updates", "trixie-backports"]
QEMU_AT_LEAST = (10, 1)
QEMU_DEVICES = ["e1000", "e1000-82545em", "e1000e", "igb", "intel-iommu", "vfio-user-pci"]
# Built with the compiler that Debian 12 has, so that modules can be built for it there and on anything later.
KERNEL_SUITES = ["bookworm", "bookworm-backports"]
KERNEL_PARTS = ["./boot/vmlinuz-*", *(f"./lib/modules/*/kernel/{part}" for part in (
    "drivers/vfio", "virt", "drivers/net/ethernet/intel", "drivers/net/mdio*", "drivers/net/phy",
    "drivers/dca", "drivers/i2c/algos", "drivers/ptp", "drivers/pps", "net/8021q", "net/802", "net/bridge",
    "net/core/pktgen*", "net/llc", "net/xfrm"))]
ROOM = 1 << 30  # bytes of free disk that the most hungry step takes, rounded up


@dataclasses.dataclass(frozen=True)
class Kernel:
    version: str  # as uname -r says it
    image: pathlib.Path
    modules: pathlib.Path  # the packaged ones, a tree of *.ko or *.ko.xz
    with_iommufd: pathlib.Path  # those built here: iommufd and vfio with character devices; for the newer kernel only

    @classmethod
    def in_folder(cls, folder: pathlib.Path) -> Kernel:
        return cls((folder / "version").read_text(), folder / "vmlinuz", folder / "modules", folder / "with_iommufd")


@dataclasses.dataclass(frozen=True)
class Materials:
    folder: pathlib.Path
    qemu: list[str]  # the command that starts it, without arguments
    qemu_environment: dict[str, str]
    kernel: Kernel
    older_kernel: Kernel  # the distribution's own, as it is
    busybox: pathlib.Path


def fetch(folder: pathlib.Path, qemu: str | None = None, say: Callable[[str], None] = print) -> Materials:
    """Everything, from `folder` as far as it is there. `qemu`: the one to use; otherwise a suitable installed one, and
    otherwise one is fetched. Several processes may call this at once."""
    folder = folder.resolve()
    with locked(folder, say):
        command, environment = choose_qemu(folder, qemu, say)
        kernel = once(folder / "kernel", fetch_kernel, say)
        older = once(folder / "older_kernel", fetch_older_kernel, say)
        busybox = once(folder / "busybox", fetch_busybox, say)
    return Materials(folder, command, environment, Kernel.in_folder(kernel), Kernel.in_folder(older),
                     busybox / "bin/busybox")


@contextlib.contextmanager
def locked(folder: pathlib.Path, say: Callable[[str], None]) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"another process is filling {folder}; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise LabError(f"cannot use the folder {folder}: {error.strerror}") from error


def once(folder: pathlib.Path, make: Callable[[pathlib.Path, Callable[[str], None]], None],
         say: Callable[[str], None]) -> pathlib.Path:
    """`folder`, which `make` fills if it does not exist: whole or not at all. Downloads survive an interruption."""
    if folder.exists():
        return folder
    free = shutil.disk_usage(folder.parent).free
    if free < ROOM:
        raise LabError(f"{folder.parent} has {free >> 20} MiB free, and fetching {folder.name} takes up to "
                       f"{ROOM >> 20} MiB; free some, or choose another folder with --dir")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    make(part, say)
    part.rename(folder)
    return folder


# ---------------------------------------------------------------------------------------------------------------------
# QEMU

def choose_qemu(folder: pathlib.Path, named: str | None, say: Callable[[str], None]) -> tuple[list[str], dict]:
    candidate = named or shutil.which("qemu-system-x86_64")
    if candidate:
        lacks = what_lacks([candidate], {})
        if lacks is None:
            return [candidate], {}
        if named:
            raise LabError(f"{named} will not do: {lacks}")
    root = once(folder / "qemu", fetch_qemu, say)
    libraries = root / "usr/lib/x86_64-linux-gnu"
    # Its own dynamic linker and C library, so that it runs on a machine with older ones.
    command = [str(next(path for path in (root / "usr/lib64/ld-linux-x86-64.so.2", root / "lib64/ld-linux-x86-64.so.2",
                                          libraries / "ld-linux-x86-64.so.2") if path.exists())),
               "--library-path", str(libraries), str(root / "usr/bin/qemu-system-x86_64"),
               "-L", str(root / "usr/share/qemu"), "-L", str(root / "usr/share/seabios")]
    return command, {"QEMU_MODULE_DIR": str(libraries / "qemu")}


def what_lacks(command: list[str], environment: dict[str, str]) -> str | None:
    """Why a QEMU is of no use here, or None."""
    def ask(*arguments: str) -> str:
        try:
            return subprocess.run([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  stdin=subprocess.DEVNULL, env={**os.environ, **environment}, timeout=30).stdout
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)

    found = re.search(r"version (\d+)\.(\d+)", said := ask("-version"))
    if not found:
        return f"it does not tell its version: {said.strip()[:200]}"
    if (int(found[1]), int(found[2])) < QEMU_AT_LEAST:
        return f"it is version {found[1]}.{found[2]}, and the tests need {QEMU_AT_LEAST[0]}.{QEMU_AT_LEAST[1]} or later"
    devices = ask("-device", "help")
    missing = [device for device in QEMU_DEVICES if f'"{device}"' not in devices]
    return f"it has no device {' or '.join(missing)}" if missing else None


def fetch_qemu(folder: pathlib.Path, say: Callable[[str], None]) -> None:
    apt = Apt(folder.parent / "fetch-qemu", QEMU_SUITES)
    apt.update()
    say(f"fetching QEMU {apt.version('qemu-system-x86', QEMU_SUITES[-1])} (38 MB)")
    unpack(apt.closure(["qemu-system-x86"], QEMU_SUITES[-1]), folder)
    apt.discard()


# ---------------------------------------------------------------------------------------------------------------------
# Kernel and busybox

def fetch_kernel(folder: pathlib.Path, say: Callable[[str], None]) -> None:
    apt = Apt(folder.parent / "fetch-kernel", KERNEL_SUITES)
    apt.update()
    version, packaged = newest_kernel(apt, KERNEL_SUITES[-1])
    say(f"fetching Linux {version} (270 MB) and building iommufd and vfio modules for it")
    base, series = version.rsplit("-", 1)[0], ".".join(version.split(".")[:2])
    image, *headers, source = apt.download([
        f"{name}={packaged}" for name in (f"linux-image-{version}", f"linux-headers-{version}",
                                          f"linux-headers-{base}-common", f"linux-kbuild-{base}",
                                          f"linux-source-{series}")])
    unpack_kernel(image, version, folder)
    work = folder / "work"
    unpack(headers, work / "headers")
    unpack([source], work / "source", [f"linux-source-{series}.tar.xz"])
    archive = next((work / "source").rglob("linux-source-*.tar.xz"))
    run(["tar", "-xJf", archive, "-C", work, "--wildcards", *(f"linux-source-*/{part}" for part in modules.SOURCES)],
        "unpack the kernel's source")
    (folder / "with_iommufd").mkdir()
    modules.build(next(work.glob("linux-source-*")), work / "headers", version, folder / "with_iommufd")
    shutil.rmtree(work)
    apt.discard()


def fetch_older_kernel(folder: pathlib.Path, say: Callable[[str], None]) -> None:
    apt = Apt(folder.parent / "fetch-older-kernel", KERNEL_SUITES[:1])
    apt.update()
    version, packaged = newest_kernel(apt, KERNEL_SUITES[0])
    say(f"fetching Linux {version} (70 MB)")
    [image] = apt.download([f"linux-image-{version}={packaged}"])
    unpack_kernel(image, version, folder)
    apt.discard()


def newest_kernel(apt: Apt, suite: str) -> tuple[str, str]:
    """The kernel that a suite recommends: its version as uname -r says it, and its package's."""
    current = apt.version("linux-image-amd64", suite)
    found = re.match(r"linux-image-(\S+) \(= (\S+)\)", apt.field("linux-image-amd64", current, "Depends"))
    if not found:
        raise LabError(f"the package linux-image-amd64 of {suite} names no kernel that it stands for")
    return found[1], found[2]


def unpack_kernel(image: pathlib.Path, version: str, folder: pathlib.Path) -> None:
    """Into `folder`: vmlinuz, modules and version."""
    unpack([image], folder, KERNEL_PARTS)
    next((folder / "boot").glob("vmlinuz-*")).rename(folder / "vmlinuz")
    (folder / "lib/modules" / version / "kernel").rename(folder / "modules")
    for rest in ("boot", "lib", "usr"):
        shutil.rmtree(folder / rest, ignore_errors=True)
    (folder / "version").write_text(version)


def fetch_busybox(folder: pathlib.Path, say: Callable[[str], None]) -> None:
    apt = Apt(folder.parent / "fetch-busybox", KERNEL_SUITES[:1])
    apt.update()
    say("fetching busybox (1 MB)")
    unpack(apt.download(["busybox-static"]), folder)
    apt.discard()

"""A virtual machine with NICs behind an emulated IOMMU."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import LabError
from .guest import Guest
from .initramfs import Initramfs
from .materials import Materials
from .monitor import Monitor
from .wire import Wire

BOOT_LIMIT = 90  # seconds; 3 are usual


@dataclasses.dataclass(frozen=True)
class Nic:
    """A NIC of the machine. By default each has a root port of its own, and hence an IOMMU group of its own."""
    model: str  # as QEMU calls it
    name: str
    mac: str
    bus: str | None = None  # one of Options.bridges


@dataclasses.dataclass
class Options:
    nics: list[Nic]
    bridges: list[str] = dataclasses.field(default_factory=list)  # conventional PCI buses, one IOMMU group each
    kvm: bool = False
    memory: int = 768  # MiB
    hugepages: int = 64  # of 2 MiB
    iommu: bool = True
    kernel_arguments: str = ""
    extra: list[str] = dataclasses.field(default_factory=list)  # more arguments for QEMU


class Machine:
    """Boots in the constructor; power_off() or leaving a `with` block ends it. Logs are left in `logs`: console.log (the
    kernel's messages), transcript.log (commands and answers), qemu.log."""

    def __init__(self, materials: Materials, options: Options, initramfs: Initramfs, logs: pathlib.Path) -> None:
        self.materials, self.options, self.logs = materials, options, logs
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir(parents=True)
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="ringside-vm-"))  # their paths must be short
        self.process: subprocess.Popen | None = None
        self.wires = {nic.name: Wire(self.sockets, nic.name) for nic in options.nics}
        began = time.monotonic()
        try:
            initramfs.write(self.sockets / "initramfs")
            self.start()
            self.monitor = Monitor(self.connect("monitor"))
            self.guest = Guest(self.connect("guest"), logs / "transcript.log")
            for wire in self.wires.values():
                wire.connect()
            self.guest.wait_until_ready(BOOT_LIMIT)
        except LabError as error:
            said = self.last_words()
            self.power_off()
            raise LabError(f"the virtual machine did not come up: {error}{said}") from error
        except BaseException:
            self.power_off()
            raise
        self.boot_seconds = time.monotonic() - began

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.power_off()

    def arguments(self) -> list[str]:
        o, kernel = self.options, self.materials.kernel
        # cx16=off: emulating cmpxchg16b has been a source of crashes. One processor: emulating two aborts now and then.
        accelerator = ["-accel", "kvm", "-cpu", "host"] if o.kvm else ["-accel", "tcg,thread=multi", "-cpu", "max,cx16=off"]
        words = f"console=ttyS0 panic=-1 quiet loglevel=4 no_timer_check hugepages={o.hugepages} "
        words += "intel_iommu=on iommu=pt " if o.iommu else ""
        arguments = [
            *accelerator, "-smp", "1", "-m", f"{o.memory}", "-machine", "q35" + (",kernel-irqchip=split" if o.kvm else ""),
            "-nodefaults", "-no-reboot", "-display", "none", "-vga", "none", "-monitor", "none",
            "-serial", f"file:{self.logs / 'console.log'}",
            "-chardev", f"socket,id=guest,path={self.sockets / 'guest'},server=on,wait=off", "-serial", "chardev:guest",
            "-qmp", f"unix:{self.sockets / 'monitor'},server=on,wait=off",
            "-kernel", str(kernel.image), "-initrd", str(self.sockets / "initramfs"),
            "-append", words + o.kernel_arguments,
        ]
        if o.iommu:  # must precede the devices
            arguments += ["-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48"]
        for slot, bridge in enumerate(o.bridges, start=20):  # behind the root ports, so that their buses come last
            arguments += ["-device", f"pcie-pci-bridge,id={bridge},addr={slot:x}"]
        for slot, nic in enumerate(o.nics, start=8):
            bus = nic.bus or f"port{slot}"
            if not nic.bus:
                arguments += ["-device", f"pcie-root-port,id={bus},chassis={slot},addr={slot:x}"]
            arguments += ["-netdev", self.wires[nic.name].netdev, "-device",
                          f"{nic.model},id={nic.name},netdev=net-{nic.name},mac={nic.mac},bus={bus},romfile="]
        return arguments + o.extra

    def start(self) -> None:
        with open(self.logs / "qemu.log", "w") as log:
            self.process = subprocess.Popen(
                [*self.materials.qemu, *self.arguments()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.materials.qemu_environment}, preexec_fn=die_with_parent)

    def connect(self, name: str) -> socket.socket:
        """To one of the sockets that QEMU listens at."""
        deadline = time.monotonic() + BOOT_LIMIT
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(str(self.sockets / name))
                return connection
            except OSError as error:
                connection.close()
                if self.process.poll() is not None:
                    raise LabError(f"QEMU ended with exit code {self.process.returncode}") from error
                if time.monotonic() > deadline:
                    raise LabError(f"QEMU does not open its {name} socket") from error
                time.sleep(0.005)

    @property
    def aborted(self) -> bool:
        """Whether QEMU ended by an assertion of its own."""
        return self.process is not None and self.process.poll() == -signal.SIGABRT

    def last_words(self) -> str:
        text = ""
        for name in ("qemu.log", "console.log"):
            path = self.logs / name
            lines = path.read_text(errors="replace").splitlines()[-40:] if path.exists() else []
            if lines:
                text += f"\n--- the end of {path}\n" + "\n".join(lines)
        return text

    def power_off(self) -> None:
        if self.process:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
        for wire in self.wires.values():
            wire.close()
        shutil.rmtree(self.sockets, ignore_errors=True)


def die_with_parent() -> None:
    """Runs between fork and exec: the kernel shall end QEMU when the harness ends, however that ends."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)

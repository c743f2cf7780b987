"""What all virtual machine tests share: a machine for each class, and what a test looks at afterwards."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import unittest

from lab import frames
from lab.initramfs import VFIO_MODULES, Initramfs
from lab.machine import Machine, Nic, Options
from lab.materials import Materials

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# What must not be in the kernel's log.
TROUBLE = re.compile(r"DMAR: \[|DMAR: DRHD|BUG:|Oops|WARNING:|Call Trace|Kernel panic|rcu_sched|hung task|refused to change")


@dataclasses.dataclass(frozen=True)
class Environment:
    """Given to the tests by run.py."""
    materials: Materials
    programs: pathlib.Path  # the folder with the project's programs
    logs: pathlib.Path
    kvm: bool = False


class VmCase(unittest.TestCase):
    """One virtual machine, on which the methods run one after the other. Each leaves it as it found it."""

    environment: Environment
    name = ""  # of the machine, and of its log folder
    iommufd = False  # vfio modules with iommufd, built for the packaged kernel, instead of the packaged ones
    drivers: list[str] = []  # kernel drivers for NICs
    programs = ["forwarder", "responder", "ringside-latency", "echo_frames", "offload_frames", "watch_link", "stray_dma"]
    machine: Machine

    @classmethod
    def nics(cls) -> list[Nic]:
        raise NotImplementedError

    @classmethod
    def options(cls) -> Options:
        return Options(nics=cls.nics(), kvm=cls.environment.kvm)

    @classmethod
    def setUpClass(cls) -> None:
        initramfs = Initramfs(cls.environment.materials)
        initramfs.add_modules(VFIO_MODULES + cls.drivers, cls.iommufd)
        initramfs.add_python(ROOT / "devbind")
        for program in cls.programs:
            if (cls.environment.programs / program).exists():  # without it, the tests that use it fail, and say so
                initramfs.add_program(cls.environment.programs / program)
        cls.furnish(initramfs)
        cls.machine = Machine(cls.environment.materials, cls.options(), initramfs, cls.environment.logs / cls.name)
        cls.guest, cls.wires, cls.monitor = cls.machine.guest, cls.machine.wires, cls.machine.monitor
        cls.addresses = cls.network_functions()

    @classmethod
    def furnish(cls, initramfs: Initramfs) -> None:
        """What else the machine shall have."""

    @classmethod
    def tearDownClass(cls) -> None:
        cls.machine.power_off()

    @classmethod
    def network_functions(cls) -> dict[str, str]:
        """Where in the PCI tree the NICs are, by their names."""
        found = cls.guest.output("for d in /sys/bus/pci/devices/*; do grep -q 0x020000 $d/class && echo ${d##*/}; done; true")
        return dict(zip((nic.name for nic in cls.nics()), found.split()))

    def setUp(self) -> None:
        self.faults_expected = False
        self.log_read = len(self.console())
        self.guest.note(f"===== {self.id()}")
        for wire in self.wires.values():
            wire.clear()

    def tearDown(self) -> None:
        if self.machine.process.poll() is not None:
            self.fail(f"QEMU ended during the test, with exit code {self.machine.process.returncode}")
        self.guest.run("killall -q -KILL " + " ".join(self.programs), check=False)
        trouble = [line for line in self.console()[self.log_read:].splitlines() if TROUBLE.search(line)]
        if trouble and not self.faults_expected:
            self.fail("the guest's kernel complains:\n" + "\n".join(trouble))

    def assert_same_frames(self, sent: list[bytes], came: list[bytes], where: str = "") -> None:
        """All of them, in order, unchanged."""
        if difference := frames.difference(sent, came):
            self.fail(f"{where}: {difference}" if where else difference)

    def console(self) -> str:
        return (self.machine.logs / "console.log").read_text(errors="replace")

"""The virtual machines, by name. Each is a CTest test of its own."""

from __future__ import annotations

from lab.machine import Nic, Options

from . import dpdk, hostile, igb_vf, joined, linux_across, linux_igb, linux_ixgbe, linux_others, linux_rates, ringside_ixgbe
from .base import VmCase
from .group import GroupTests
from .nic import NicCase
from .noiommu import NoIommu


class E1000(GroupTests, NicCase):
    """The 82540EM, a conventional PCI card. Two more of them are behind a bridge, and so in one IOMMU group."""
    model = driver = "e1000"
    drivers = ["e1000"]
    offloads = {"tagged"}
    interrupts = ["intx"]

    @classmethod
    def nics(cls) -> list[Nic]:
        return [*super().nics(), Nic("e1000", "c", "52:54:00:00:00:0c", "bridge"),
                Nic("e1000", "d", "52:54:00:00:00:0d", "bridge")]

    @classmethod
    def options(cls) -> Options:
        options = super().options()
        options.bridges = ["bridge"]
        return options


class E1000_82545em(NicCase):
    """The 82545EM, of the same family."""
    model, driver = "e1000-82545em", "e1000"
    drivers = ["e1000"]
    offloads = {"tagged"}
    interrupts = ["intx"]


class E1000e(NicCase):
    """The 82574L."""
    model = driver = "e1000e"
    drivers = ["e1000e"]
    offloads = {"segmented", "tagged"}
    interrupts = ["msix", "msi", "intx"]
    counts_too_long = True


class Igb(NicCase):
    """The 82576. QEMU's has a clock, and notes when PTP's Sync messages over Ethernet come in, and frames go out that ask
    for it. (Its e1000e has the clock only, and that ticks every 16 ns, not 40.)"""
    model = driver = "igb"
    drivers = ["igb"]
    offloads = {"segmented", "tagged"}
    interrupts = ["msix", "msi", "intx"]

    def test_time_stamps(self) -> None:
        wire, count = self.wires["a"], 5
        program = self.guest.start(f"ringside-latency --json --time hardware --count {count} --timeout 30000 "
                                   f"--link-timeout 60 {self.ports[0]}")
        for _ in range(count):
            wire.send(wire.receive(1, 60))
        self.assertEqual(program.wait(60), 0, program.err())
        told = program.objects()[-1]
        self.assertEqual((told["time"], told["clocks"], told["came"], told["without_stamp"]), ("hardware", 1, count, 0))
        self.assertGreater(told["min_ns"], 0)
        self.assertLess(told["max_ns"], 30e9)


def machine(base: type[NicCase], name: str, **attributes: object) -> type[VmCase]:
    return type(name, (base,), {"name": name, **attributes})


# With a container, VFIO is the kernel package's own; iommufd takes modules built for it.
MACHINES: dict[str, type[VmCase]] = {case.name: case for case in (
    *(machine(nic, f"{nic.model}.{way}", way=way, iommufd=way == "iommufd")
      for nic in (E1000, E1000e, Igb) for way in ("iommufd", "container")),
    machine(E1000_82545em, "e1000-82545em.container", way="container"),
    igb_vf.IgbVf, NoIommu, *ringside_ixgbe.MACHINES,
    linux_ixgbe.LinuxIxgbe, linux_ixgbe.LinuxIxgbeTranslated, linux_ixgbe.LinuxIxgbeEnds,
    linux_others.OlderLinuxIxgbe, linux_others.LinuxX540, linux_rates.LinuxRates, joined.Joined,
    linux_across.Across, linux_igb.LinuxIgb, hostile.Hostile, dpdk.Dpdk)}

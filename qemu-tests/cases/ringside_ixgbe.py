"""Ringside's own driver in a virtual machine, through VFIO, on the software 82599: the list of tests that all NICs pass."""

from __future__ import annotations

import re

from lab import frames
from lab.machine import Nic, Options
from lab.model import Model, SoftwareNic
from lab.plug import Plug, Plugs

from .nic import MAC_A, MAC_B, NicCase


class SoftwareNics:
    """For a machine with two software NICs, a and b, that QEMU drives through vfio-user. Each is wired to the host. Every
    register is a message (doorbells=trapped): in pages of memory, reading a queue's counter does not clear it."""

    memory, processors, window = 768, 1, 250
    simulator: Model

    @classmethod
    def nics(cls) -> list[Nic]:
        return []

    @classmethod
    def options(cls) -> Options:
        return Options(nics=[], kvm=cls.environment.kvm, memory=cls.memory,
                       extra=cls.simulator.arguments(cls.memory, cls.processors))

    @classmethod
    def start_simulator(cls) -> None:
        logs = cls.environment.logs / f"{cls.name}.sim"
        cls.simulator = Model(cls.environment.programs / "ringside-sim", [], logs)
        cls.addClassCleanup(cls.simulator.close)
        cls.plugs = {name: Plug(cls.simulator.folder / f"cable-{name}") for name in ("a", "b")}
        for plug in cls.plugs.values():
            cls.addClassCleanup(plug.close)
        cls.simulator.nics = [SoftwareNic(name, mac, f"doorbells=trapped,cable=unix:{cls.plugs[name].path}")
                              for name, mac in (("a", MAC_A), ("b", MAC_B))]
        cls.simulator.start()

    @classmethod
    def network_functions(cls) -> dict[str, str]:
        found = cls.guest.output("for d in /sys/bus/pci/devices/*; do grep -q 0x020000 $d/class && echo ${d##*/}; done; true")
        return dict(zip(("a", "b"), found.split()))


class SoftwareNicCase(SoftwareNics, NicCase):
    model, driver, drivers = "82599", "ixgbe", ["ixgbe"]
    interrupts = ["msix", "msi", "intx"]
    offloads = {"segmented", "tagged"}
    counts_too_long = True
    speed = 10000

    @classmethod
    def setUpClass(cls) -> None:
        cls.start_simulator()
        super().setUpClass()
        cls.wires, cls.monitor = cls.plugs, Plugs(cls.plugs)

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        cls.simulator.stop()  # its report stays with the logs

    def exchange(self, to_a: list[bytes], to_b: list[bytes], window: int | None = None) -> None:
        """The simulator holds back what the NIC has no room for, but what this side does not read in time is lost, as on a
        real cable. So only so many frames may be on their way at once."""
        super().exchange(to_a, to_b, min(window or self.window, self.window))

    def test_the_iommu_stops_stray_dma_and_the_program_goes_on(self) -> None:
        """It is not the emulated IOMMU that stops it: QEMU tells the simulator what is mapped, and that refuses the rest."""
        said_before = len(self.simulator.words())
        stray = self.guest.start(f"stray_dma {self.ports[0]}")
        stray.wait_for('"sent_from_nowhere"')
        stray.wait_for('"taken_away"')
        self.wires["a"].clear()
        self.wires["a"].send([frames.frame(40, 0, 100, frames.mac(MAC_A))])
        stray.wait_for('"given_back"', 60)
        good = frames.frame(40, 1, 100, frames.mac(MAC_A))
        self.wires["a"].send([good])
        self.assertEqual(stray.wait(60), 0, stray.err())
        said = {key: value for line in stray.objects() for key, value in line.items()}
        self.assertTrue(said["untouched"], "the card wrote into memory that was taken away from it")
        self.assertTrue(said["went_on"], said)
        self.assertEqual(self.wires["a"].receive(1, 5), [good])
        refused = self.simulator.words()[said_before:]
        self.assertRegex(refused, "refused to read 60 bytes at IOVA 0x5a5a5000")
        start, size = said["taken_away"]
        written = [int(where, 16) for where in re.findall("refused to write .* at IOVA (0x[0-9a-f]+)", refused)]
        self.assertTrue(any(start <= where < start + size for where in written), refused)


MACHINES = [
    type("SoftwareNicCase", (SoftwareNicCase,), {"name": f"82599.{way}", "way": way, "iommufd": way == "iommufd"})
    for way in ("iommufd", "container")]

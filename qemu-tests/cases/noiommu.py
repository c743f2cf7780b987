"""The last resort: a machine without an IOMMU, on which devices see physical addresses."""

from __future__ import annotations

from lab import frames
from lab.machine import Nic, Options

from .base import ROOT, VmCase
from .nic import MAC_A, MAC_B, NicCase
from .programs import Forwarder


class NoIommu(VmCase):
    """Two 82574L. Without translation memory must be contiguous, hence the page of 1 GiB."""

    name = "noiommu"
    iommufd = True  # the packaged modules leave this mode out as well
    exchange = NicCase.exchange

    @classmethod
    def nics(cls) -> list[Nic]:
        return [Nic("e1000e", "a", MAC_A), Nic("e1000e", "b", MAC_B)]

    @classmethod
    def options(cls) -> Options:
        options = super().options()
        options.iommu, options.memory = False, 4096
        options.kernel_arguments = "hugepagesz=1G hugepages=1"
        return options

    def setUp(self) -> None:
        super().setUp()
        self.addresses_of_both = [self.addresses["a"], self.addresses["b"]]

    def test_1_is_refused_until_it_is_meant(self) -> None:
        refused = self.guest.run(f"devbind bind {' '.join(self.addresses_of_both)}", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertIn("IOMMU", refused.text)
        self.guest.run(f"devbind bind --noiommu-mode {' '.join(self.addresses_of_both)}")
        refused = self.guest.run(f"forwarder {' '.join(self.addresses_of_both)}", check=False)
        self.assertEqual(refused.status, 1, refused.text)
        self.assertIn("vfio=noiommu", refused.text)

    def test_2_forwards_with_a_warning(self) -> None:
        ports = [f"{address},vfio=noiommu" for address in self.addresses_of_both]
        recorded = frames.capture(ROOT / "demo" / "traffic.pcap")
        with Forwarder(self.guest, ports, "--mtu 9000 --pages 1g") as forwarder:
            self.assertIn("ANY memory", forwarder.program.err())
            self.exchange(recorded, recorded[::-1])
            report = forwarder.stop()
        self.assertEqual(report["unaccounted"], 0)

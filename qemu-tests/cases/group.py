"""Functions that the IOMMU cannot tell apart: they are one group, which is handed out as a whole."""

from __future__ import annotations

from lab import frames

from .programs import Forwarder


class GroupTests:
    """For a machine with two NICs, c and d, in one IOMMU group, bound to the kernel's driver."""

    def bind_by_hand(self, address: str, driver: str) -> None:
        device = f"/sys/bus/pci/devices/{address}"
        self.guest.run(f"[ -e {device}/driver ] && echo {address} >{device}/driver/unbind\n"
                       f"echo {driver} >{device}/driver_override; echo {address} >/sys/bus/pci/drivers_probe\n"
                       f"echo >{device}/driver_override; [ -e {device}/driver ]")

    def test_a_group_that_is_not_viable_is_explained(self) -> None:
        c, d = self.addresses["c"], self.addresses["d"]
        interface = self.guest.output(f"ls /sys/bus/pci/devices/{c}/net")
        try:
            refused = self.guest.run(f"devbind bind {c}", check=False)
            self.assertEqual(refused.status, 4, refused.text)
            self.assertIn(d, refused.text)
            self.bind_by_hand(c, "vfio-pci")
            answer = self.guest.run(f"forwarder {c},vfio={self.way} {d},vfio={self.way}", check=False)
            self.assertEqual(answer.status, 1, answer.text)
            self.assertIn(d, answer.text)
            self.assertIn("e1000", answer.text)
        finally:
            self.bind_by_hand(c, "e1000")
            self.guest.run(f"now=$(ls /sys/bus/pci/devices/{c}/net); [ $now = {interface} ] || ip link set $now name {interface}")

    def test_forwards_between_two_functions_of_one_group(self) -> None:
        c, d = self.addresses["c"], self.addresses["d"]
        self.guest.run(f"devbind bind --whole-group {c}; [ -e /sys/bus/pci/drivers/vfio-pci/{d} ]")
        try:
            with Forwarder(self.guest, [f"{c},vfio={self.way}", f"{d},vfio={self.way}"]):
                sent = frames.of_all_sizes(90, 500)
                self.wires["c"].send(sent)
                self.assert_same_frames(sent, self.wires["d"].receive(500))
        finally:
            self.guest.run(f"devbind restore {c} {d}")

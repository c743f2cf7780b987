"""The listing that scripts read, the groups below it, and the JSON."""

import json
import unittest

from case import NIC, OTHER, Case
from fake_machine import devbind

ALIASES = """\
# Aliases extracted from modules themselves.
alias pci:v00008086d000010FBsv*sd*bc*sc*i* ixgbe
alias pci:v00008086d000010FBsv*sd*bc*sc*i* ixgbe_other
alias pci:v00008086d00001521sv*sd*bc*sc*i* igb
alias pci:v*d*sv*sd*bc01sc06i01* ahci
alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci
"""
PCI_IDS = """\
# a comment
1af4  Red Hat, Inc.
\t10fb  Not this one
8086  Intel Corporation
\t10fb  82599ES 10-Gigabit SFI/SFP+ Network Connection
\t\t8086 0003  Ethernet Server Adapter X520-2
\t1521  I350 Gigabit Network Connection
8087  Other
\t1533  Not this one either
"""


class PlainListing(Case):
    """dpdk-devbind.py's grammar, character by character."""

    def setUp(self):
        super().setUp()
        self.machine.file("/lib/modules/6.12.1-test/modules.alias", ALIASES)
        self.machine.file("/usr/share/misc/pci.ids", PCI_IDS)

    def test_three_sections_with_exactly_the_lines_that_scripts_read(self):
        machine = self.machine
        machine.add_nic("0000:82:00.0", driver="vfio-pci", group="3", native="ixgbe")
        machine.add_nic("0000:04:00.0", "em0", driver="igb", group="4", ids="8086:1521", up=True)
        machine.add_address("em0", "192.0.2.9/24")
        machine.add_nic("0000:05:00.0", "em1", driver="igb", group="5", ids="8086:1521")
        machine.add_nic("0000:02:06.0", driver="", group="6")
        self.assertEqual(self.run_devbind("-s"), """
Network devices using DPDK-compatible driver
============================================
0000:82:00.0 '82599ES 10-Gigabit SFI/SFP+ Network Connection 10fb' numa_node=0 drv=vfio-pci unused=ixgbe,ixgbe_other

Network devices using kernel driver
===================================
0000:04:00.0 'I350 Gigabit Network Connection 1521' numa_node=0 if=em0 drv=igb unused=vfio-pci *Active*
0000:05:00.0 'I350 Gigabit Network Connection 1521' numa_node=0 if=em1 drv=igb unused=vfio-pci\x20

Other Network devices
=====================
0000:02:06.0 '82599ES 10-Gigabit SFI/SFP+ Network Connection 10fb' numa_node=0 unused=ixgbe,ixgbe_other,vfio-pci
""")

    def test_the_numa_node_is_shown_only_if_every_card_has_one(self):
        self.machine.add_nic(NIC, numa="1")
        self.machine.add_nic(OTHER, "enp3s0f1", numa="-1")
        self.assertNotIn("numa_node", self.run_devbind("--status"))

    def test_no_network_card_is_said_as_dpdk_says_it(self):
        self.machine.add_card("0000:00:17.0", "ahci", "1", kind="010601")
        self.assertEqual(self.run_devbind("-s"), "\nNo 'Network' devices detected\n=============================\n")

    def test_other_devices_are_not_listed(self):
        self.machine.add_nic()
        self.machine.add_card("0000:00:17.0", "ahci", "1", kind="010601")
        self.assertNotIn("0000:00:17.0", self.run_devbind("-s"))

    def test_without_pci_ids_the_cards_we_drive_have_names_and_others_their_number(self):
        self.machine.drop("/usr/share/misc/pci.ids")
        self.machine.add_nic()
        self.machine.add_nic(OTHER, "enp3s0f1", ids="1af4:1041")
        out = self.run_devbind("-s")
        self.assertIn("'82599ES 10-Gigabit SFI/SFP+ Network Connection 10fb'", out)
        self.assertIn("'Device 1041 1041'", out)

    def test_the_interface_of_a_virtio_card_is_found_one_folder_deeper(self):
        self.machine.add_card(NIC, "virtio-pci", kind="020000", ids="1af4:1041")
        self.machine.interface("eth0")
        self.machine.symlink(f"/sys/bus/pci/devices/{NIC}/virtio2/net/eth0", "../../../../../../class/net/eth0")
        self.assertIn("if=eth0 drv=virtio-pci", self.run_devbind("-s"))

    def test_status_dev_net_is_understood_and_other_classes_are_refused(self):
        self.machine.add_nic()
        self.assertIn(NIC, self.run_devbind("--status-dev", "net"))
        self.run_devbind("--status-dev", "crypto", code=devbind.EXIT_USAGE)
        self.assertIn("network cards only", self.err)

    def test_nothing_is_written_by_a_listing(self):
        self.machine.add_nic()
        self.run_devbind("status")
        self.assertEqual(self.machine.writes, [])


class Groups(Case):
    def test_each_group_is_shown_with_all_its_members_and_whether_vfio_can_own_it(self):
        machine = self.machine
        machine.add_nic(NIC, group="12")
        machine.add_card("0000:00:1c.0", "pcieport", "12", kind="060400")
        machine.add_nic("0000:04:00.0", driver="vfio-pci", group="7", native="ixgbe")
        machine.add_nic("0000:05:00.0", "eth5", group="")
        lines = self.run_devbind("status").splitlines()
        self.assertIn("group 12, viable once 0000:03:00.0 is bound: 0000:00:1c.0 (pcieport), 0000:03:00.0 (ixgbe)",
                      lines)
        self.assertIn("group 7, viable: 0000:04:00.0 (vfio-pci)", lines)
        self.assertIn("no group, no IOMMU looks after these: 0000:05:00.0 (ixgbe)", lines)

    def test_two_cards_of_one_group_are_one_line(self):
        self.machine.add_nic(NIC)
        self.machine.add_nic(OTHER, "enp3s0f1")
        out = self.run_devbind("status")
        self.assertEqual(out.count("group 12"), 1)
        self.assertIn("group 12, viable once these leave their drivers together: 0000:03:00.0, 0000:03:00.1; "
                      "0000:03:00.0 (ixgbe), 0000:03:00.1 (ixgbe)\n", out)


class Json(Case):
    def test_it_has_what_the_listing_has_and_more(self):
        self.configured_nic(up=True)
        self.machine.file(f"/sys/bus/pci/devices/{NIC}/reset_method", "flr bus\n")
        (nic,) = json.loads(self.run_devbind("status", "--json"))["devices"]
        self.assertEqual([nic[key] for key in ("address", "driver", "numa_node", "active", "reset_methods")],
                         [NIC, "ixgbe", 0, True, ["flr", "bus"]])
        self.assertEqual(nic["iommu_group"]["number"], 12)
        self.assertFalse(nic["iommu_group"]["viable"])
        self.assertEqual([a["address"] for a in nic["interfaces"][0]["addresses"]], ["192.0.2.5", "2001:db8::5"])
        self.assertIn("wan0 is up and has the address 192.0.2.5/24", nic["in_use"])

    def test_a_card_without_a_group_has_null(self):
        self.machine.add_nic(group="")
        self.assertIsNone(json.loads(self.run_devbind("status", "--json"))["devices"][0]["iommu_group"])


if __name__ == "__main__":
    unittest.main()

"""IOMMU groups as a whole, and who may open their nodes."""

import unittest

from case import NIC, OTHER, Case
from fake_machine import devbind

DISK = "0000:04:00.0"


class Viability(Case):
    def setUp(self):
        super().setUp()
        self.machine.add_nic(NIC)

    def test_a_mate_on_a_kernel_driver_is_named_and_refused(self):
        self.machine.add_nic(OTHER, "enp3s0f1")
        self.run_devbind("bind", NIC, code=devbind.EXIT_GROUP)
        self.assertIn("shares the IOMMU group 12 with 0000:03:00.1 on ixgbe", self.err)
        self.assertIn("--whole-group", self.err)
        self.assertEqual((self.driver(), self.machine.writes), ("ixgbe", []))

    def test_the_whole_group_goes_when_asked_for(self):
        self.machine.add_nic(OTHER, "enp3s0f1")
        self.run_devbind("bind", "--whole-group", NIC)
        self.assertEqual((self.driver(NIC), self.driver(OTHER)), ("vfio-pci", "vfio-pci"))
        self.run_devbind("restore", "--all")
        self.assertEqual((self.driver(NIC), self.driver(OTHER)), ("ixgbe", "ixgbe"))

    def test_naming_all_members_does_the_same(self):
        self.machine.add_nic(OTHER, "enp3s0f1")
        self.run_devbind("bind", NIC, OTHER)
        self.assertEqual(self.driver(OTHER), "vfio-pci")

    def test_mates_that_do_not_spoil_it_are_left_where_they_are(self):
        self.machine.add_card("0000:00:1c.0", "pcieport", "12", kind="060400")
        self.machine.add_card("0000:03:00.2", "", "12")
        self.machine.add_card("0000:03:00.3", "pci-stub", "12")
        self.machine.add_card("0000:03:00.4", "mlx5_vfio_pci", "12")
        self.run_devbind("bind", "--whole-group", NIC)
        self.assertEqual([self.driver(a) for a in (NIC, "0000:00:1c.0", "0000:03:00.2", "0000:03:00.3")],
                         ["vfio-pci", "pcieport", "", "pci-stub"])

    def test_a_mate_that_carries_the_host_keeps_the_group(self):
        self.machine.add_nic(OTHER, "enp3s0f1", up=True)
        self.machine.add_address("enp3s0f1", "192.0.2.5/24")
        self.run_devbind("bind", "--whole-group", NIC, code=devbind.EXIT_IN_USE)
        self.assertEqual(self.machine.writes, [])

    def test_a_disk_in_the_group_is_not_taken_along_unless_forced(self):
        self.machine.add_card(DISK, "ahci", "12", kind="010601")
        self.run_devbind("bind", "--whole-group", NIC, code=devbind.EXIT_IN_USE)
        self.assertIn("no network card", self.err)
        self.run_devbind("bind", "--whole-group", "--force", NIC)
        self.assertEqual(self.driver(DISK), "vfio-pci")

    def test_a_bridge_on_a_driver_of_its_own_is_never_taken_along(self):
        self.machine.add_card("0000:00:1c.0", "odd_bridge", "12", kind="060400")
        self.run_devbind("bind", "--whole-group", "--force", NIC, code=devbind.EXIT_GROUP)
        self.assertIn("0000:00:1c.0 on odd_bridge", self.err)

    def test_force_alone_does_not_make_a_group_viable(self):
        self.machine.add_nic(OTHER, "enp3s0f1")
        self.run_devbind("bind", "--force", NIC, code=devbind.EXIT_GROUP)

    def test_a_kernel_driver_does_not_care_for_groups(self):
        self.machine.add_nic(OTHER, "enp3s0f1")
        self.machine.add_driver("other")
        self.run_devbind("bind", "--driver", "other", NIC)
        self.assertEqual(self.driver(), "other")

    def test_a_group_mate_that_a_program_holds_stops_a_restore(self):
        self.machine.add_nic(OTHER, "enp3s0f1")
        self.run_devbind("bind", NIC, OTHER)
        self.machine.add_program(77, "forwarder", "/dev/vfio/devices/vfio1")
        self.run_devbind("restore", NIC, code=devbind.EXIT_BUSY)
        self.assertIn("0000:03:00.1 is held by forwarder", self.err)


class Owner(Case):
    def setUp(self):
        super().setUp()
        self.machine.add_nic()

    def test_a_user_by_name(self):
        out = self.run_devbind("bind", "--user", "alice", NIC)
        self.assertEqual(self.machine.owners, {"/dev/vfio/12": (1000, -1, 0o600),
                                               "/dev/vfio/devices/vfio0": (1000, -1, 0o600)})
        self.assertIn("RLIMIT_MEMLOCK", out)

    def test_a_user_by_number_who_need_not_exist(self):
        self.run_devbind("-b", "vfio-pci", "-U", "4711", NIC)
        self.assertEqual(self.machine.owners["/dev/vfio/12"], (4711, -1, 0o600))

    def test_a_group_may_read_and_write(self):
        self.run_devbind("bind", "--group", "nic", NIC)
        self.assertEqual(self.machine.owners["/dev/vfio/12"], (-1, 2000, 0o660))

    def test_both_by_dpdks_spelling(self):
        self.run_devbind("-b", "vfio-pci", "--uid", "alice", "--gid", "2001", NIC)
        self.assertEqual(self.machine.owners["/dev/vfio/12"], (1000, 2001, 0o660))

    def test_a_name_that_nobody_has_is_refused_before_anything_is_done(self):
        self.run_devbind("bind", "--user", "mallory", NIC, code=devbind.EXIT_USAGE)
        self.assertIn("no user mallory", self.err)
        self.run_devbind("bind", "--group", "mallory", NIC, code=devbind.EXIT_USAGE)
        self.assertEqual(self.machine.writes, [])

    def test_a_device_that_is_bound_already_can_still_be_given(self):
        self.run_devbind("bind", NIC)
        self.run_devbind("bind", "--user", "alice", NIC)
        self.assertEqual(self.machine.owners["/dev/vfio/12"], (1000, -1, 0o600))

    def test_nodes_that_appear_a_moment_later_are_waited_for(self):
        real = self.machine.make_nodes
        self.machine.make_nodes = lambda address: self.machine.at_pause.append(lambda: real(address))
        self.run_devbind("bind", "--user", "alice", NIC)
        self.assertIn("/dev/vfio/12", self.machine.owners)

    def test_a_kernel_without_cdevs_has_only_the_groups_node(self):
        self.machine.cdevs = False
        self.run_devbind("bind", "--user", "alice", NIC)
        self.assertEqual(list(self.machine.owners), ["/dev/vfio/12"])

    def test_nothing_is_given_when_the_bind_is_refused(self):
        self.machine.add_nic(OTHER, "enp3s0f1")
        self.run_devbind("bind", "--user", "alice", NIC, code=devbind.EXIT_GROUP)
        self.assertEqual(self.machine.owners, {})

    def test_the_udev_rule_names_device_group_and_owner(self):
        out = self.run_devbind("udev-rule", "--user", "alice", "--group", "nic", NIC)
        self.assertIn(f'KERNEL=="{NIC}", ATTR{{driver_override}}="vfio-pci"', out)
        self.assertIn(f'SUBSYSTEM=="vfio-dev", KERNELS=="{NIC}", OWNER="alice", GROUP="nic", MODE="0660"', out)
        self.assertIn('SUBSYSTEM=="vfio", KERNEL=="12", OWNER="alice"', out)
        self.assertEqual(self.machine.writes, [])
        for line in out.splitlines():
            self.assertTrue(line.startswith("#") or "#" not in line, "udev knows comments on their own lines only")

    def test_a_udev_rule_for_nobody_is_refused(self):
        self.run_devbind("udev-rule", "--user", "mallory", NIC, code=devbind.EXIT_USAGE)


if __name__ == "__main__":
    unittest.main()

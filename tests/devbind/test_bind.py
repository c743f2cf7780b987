"""Bind and unbind when all goes well, and what they refuse before they touch anything."""

import errno
import unittest

from case import DEVICES, DRIVERS, NIC, OTHER, Case
from fake_machine import devbind


class Bind(Case):
    def test_it_writes_unbind_override_bind_and_clears_the_override(self):
        self.machine.add_nic()
        self.run_devbind("bind", NIC)
        self.assertEqual(self.sysfs_writes(), [(f"{DRIVERS}/ixgbe/unbind", NIC),
                                               (f"{DEVICES}/{NIC}/driver_override", "vfio-pci"),
                                               (f"{DRIVERS}/vfio-pci/bind", NIC),
                                               (f"{DEVICES}/{NIC}/driver_override", "")])
        self.assertEqual((self.driver(), self.override()), ("vfio-pci", ""))

    def test_it_says_what_it_did_and_how_to_go_back(self):
        self.machine.add_nic()
        out = self.run_devbind("bind", "enp3s0f0")
        self.assertIn(f"{NIC}: bound to vfio-pci (was ixgbe); IOMMU group 12, opened by /dev/vfio/12 or "
                      "/dev/vfio/devices/vfio0", out)
        self.assertIn(f"devbind restore {NIC}", out)

    def test_a_card_without_a_driver_is_bound(self):
        self.machine.add_nic(driver="", native="ixgbe")
        self.run_devbind("bind", NIC)
        self.assertEqual(self.driver(), "vfio-pci")

    def test_a_card_that_is_there_already_is_left_alone(self):
        self.machine.add_nic(driver="vfio-pci", native="ixgbe")
        self.assertIn("was bound to vfio-pci already", self.run_devbind("bind", NIC))
        self.assertEqual(self.machine.writes, [])

    def test_an_override_of_somebody_else_is_kept(self):
        self.machine.add_nic()
        self.machine.file(f"{DEVICES}/{NIC}/driver_override", "ixgbe\n")
        self.run_devbind("bind", NIC)
        self.assertEqual((self.driver(), self.override()), ("vfio-pci", "ixgbe"))

    def test_another_driver_is_bound_the_same_way(self):
        self.machine.add_nic(driver="vfio-pci", native="ixgbe")
        self.machine.add_driver("ixgbe")
        self.run_devbind("bind", "--driver", "ixgbe", NIC)
        self.assertEqual(self.driver(), "ixgbe")

    def test_several_cards_are_bound_in_one_go(self):
        self.machine.add_nic(NIC)
        self.machine.add_nic(OTHER, "enp3s0f1", group="13")
        self.run_devbind("bind", "03:00.*")
        self.assertEqual((self.driver(NIC), self.driver(OTHER)), ("vfio-pci", "vfio-pci"))

    def test_dpdks_spelling_binds_too(self):
        self.machine.add_nic()
        self.run_devbind("-b", "vfio-pci", "03:00.0")
        self.assertEqual(self.driver(), "vfio-pci")

    def test_a_driver_link_that_did_not_change_is_a_failure(self):
        self.machine.add_nic()
        self.machine.kernel_bind = lambda driver, address: None  # the write succeeds, and nothing happens
        self.run_devbind("bind", NIC, code=devbind.EXIT_STUCK)
        self.assertIn("is on no driver and not on vfio-pci", self.err)

    def test_an_unbind_that_did_nothing_is_a_failure(self):
        self.machine.add_nic()
        self.machine.kernel_unbind = lambda driver, address: None
        self.run_devbind("bind", NIC, code=devbind.EXIT_FAILED)
        self.assertIn("is on ixgbe and not on none", self.err)


class DryRun(Case):
    def test_it_prints_the_writes_and_makes_none(self):
        self.machine.add_nic()
        self.machine.user = 1000
        out = self.run_devbind("bind", "--dry-run", "--user", "alice", NIC)
        lines = [line for line in out.splitlines() if not line.startswith("#")]
        self.assertEqual(lines, [f"echo {NIC} > {DRIVERS}/ixgbe/unbind", f"readlink {DEVICES}/{NIC}/driver",
                                 f"echo vfio-pci > {DEVICES}/{NIC}/driver_override",
                                 f"echo {NIC} > {DRIVERS}/vfio-pci/bind", f"readlink {DEVICES}/{NIC}/driver",
                                 f"echo > {DEVICES}/{NIC}/driver_override",
                                 "chown 1000 /dev/vfio/12 /dev/vfio/devices/vfioN"])
        self.assertEqual((self.machine.writes, self.machine.owners, self.saved()), ([], {}, None))

    def test_what_it_prints_is_what_a_bind_writes(self):
        self.machine.add_nic()
        out = self.run_devbind("bind", "--dry-run", NIC)
        self.run_devbind("bind", NIC)
        printed = [line for line in out.splitlines() if line.startswith("echo")]
        self.assertEqual(printed, [f"echo {text} > {path}".replace("  ", " ") for path, text in self.sysfs_writes()])

    def test_it_refuses_what_a_bind_refuses(self):
        self.configured_nic(up=True)
        self.run_devbind("bind", "--dry-run", NIC, code=devbind.EXIT_IN_USE)

    def test_a_restore_is_printed_with_its_interface(self):
        self.configured_nic(up=True)
        self.run_devbind("bind", "--force", NIC)
        before = list(self.machine.writes)
        out = self.run_devbind("restore", "--dry-run", NIC)
        self.assertIn("ip link set dev NEW name wan0", out)
        self.assertIn("ip address add 192.0.2.5/24 dev wan0", out)
        self.assertEqual((self.machine.writes, self.driver()), (before, "vfio-pci"))


class Unbind(Case):
    def test_it_leaves_the_card_without_a_driver_and_remembers_which_it_had(self):
        self.machine.add_nic()
        self.assertIn("has no driver now (was ixgbe)", self.run_devbind("unbind", NIC))
        self.assertEqual((self.driver(), self.saved()["driver"]), ("", "ixgbe"))

    def test_a_bind_after_it_keeps_what_was_remembered(self):
        self.machine.add_nic()
        self.run_devbind("unbind", NIC)
        self.run_devbind("bind", NIC)
        self.assertEqual(self.saved()["driver"], "ixgbe")

    def test_dpdk_means_every_card_on_a_userspace_driver(self):
        self.machine.add_nic(NIC, driver="vfio-pci", group="1")
        self.machine.add_nic("0000:04:00.0", "eth4", group="2")
        self.run_devbind("-u", "dpdk")
        self.assertEqual((self.driver(), self.driver("0000:04:00.0")), ("", "ixgbe"))

    def test_minus_b_none_unbinds(self):
        self.machine.add_nic()
        self.run_devbind("-b", "none", NIC)
        self.assertEqual(self.driver(), "")

    def test_a_card_that_carries_the_host_is_not_unbound(self):
        self.configured_nic(up=True)
        self.run_devbind("unbind", NIC, code=devbind.EXIT_IN_USE)
        self.assertEqual(self.driver(), "ixgbe")


class Refusals(Case):
    """Each leaves the machine untouched, says why, and has its own exit code."""

    def refused(self, code, *arguments):
        before = self.state() if self.machine.exists(f"{DEVICES}/{NIC}") else None
        self.run_devbind(*arguments, code=code)
        if before:
            self.assertEqual(self.state(), before)
        self.assertEqual((self.machine.writes, self.saved()), ([], None))

    def test_without_root(self):
        self.machine.add_nic()
        self.machine.user = 1000
        self.refused(devbind.EXIT_PERMISSION, "bind", NIC)
        self.assertIn("use sudo", self.err)

    def test_a_device_that_is_not_there(self):
        self.refused(devbind.EXIT_USAGE, "bind", "0000:09:00.0")
        self.assertIn("devbind status", self.err)

    def test_a_driver_where_a_device_was_meant(self):
        self.machine.add_nic()
        self.refused(devbind.EXIT_USAGE, "-b", "03:00.0", "03:00.1")
        self.assertIn("Did you forget the driver?", self.err)

    def test_the_modules_name_for_the_driver(self):
        self.machine.add_nic()
        self.refused(devbind.EXIT_USAGE, "bind", "--driver", "vfio_pci", NIC)
        self.assertIn("Write vfio-pci", self.err)

    def test_a_driver_name_that_leads_elsewhere(self):
        self.machine.add_nic()
        self.refused(devbind.EXIT_USAGE, "bind", "--driver", "../../devices", NIC)

    def test_a_bridge(self):
        self.machine.add_card(NIC, "pcieport", "12", kind="060400")
        self.refused(devbind.EXIT_USAGE, "bind", NIC)
        self.assertIn("bridge", self.err)

    def test_no_iommu(self):
        self.machine.add_nic(group="")
        self.refused(devbind.EXIT_NOT_READY, "bind", NIC)
        self.assertIn("-22", self.err)

    def test_a_program_that_holds_the_card(self):
        self.machine.add_nic(driver="vfio-pci", native="ixgbe")
        self.machine.add_program(77, "forwarder", "/dev/null", "/dev/vfio/devices/vfio0")
        for command in (("unbind", NIC), ("restore", NIC), ("bind", "--driver", "ixgbe", NIC)):
            self.machine.add_driver("ixgbe")
            self.refused(devbind.EXIT_BUSY, *command)
            self.assertIn("forwarder (pid 77)", self.err)

    def test_another_devbind_at_work(self):
        self.machine.add_nic()
        lock = self.machine.lock("/run/ringside/lock")
        self.refused(devbind.EXIT_BUSY, "bind", NIC)
        self.machine.unlock(lock)
        self.run_devbind("bind", NIC)

    def test_a_short_address_that_is_in_two_domains(self):
        self.machine.add_nic()
        self.machine.add_nic("0001:03:00.0", "other")
        self.refused(devbind.EXIT_USAGE, "bind", "03:00.0")
        self.assertIn("0000:03:00.0, 0001:03:00.0", self.err)

    def test_a_short_address_finds_a_card_in_another_domain(self):
        self.machine.add_nic("10000:03:00.0", "other")
        self.run_devbind("bind", "03:00.0")
        self.assertEqual(self.driver("10000:03:00.0"), "vfio-pci")


class Modules(Case):
    def setUp(self):
        super().setUp()
        self.machine.drop("/sys/bus/pci/drivers/vfio-pci")
        self.machine.drop("/dev/vfio/vfio")
        self.machine.add_nic()

    def test_an_available_module_is_loaded_and_said(self):
        self.machine.add_module("vfio-pci", "vfio-pci")
        self.assertIn("modprobe vfio-pci", self.run_devbind("bind", NIC))
        self.assertEqual(self.driver(), "vfio-pci")

    def test_it_is_not_loaded_if_that_is_not_wanted(self):
        self.machine.add_module("vfio-pci", "vfio-pci")
        self.run_devbind("bind", "--no-load", NIC, code=devbind.EXIT_NOT_READY)
        self.assertIn("Type: modprobe vfio-pci", self.err)
        self.assertFalse(self.machine.exists("/sys/bus/pci/drivers/vfio-pci"))

    def test_a_kernel_without_the_module_is_explained(self):
        self.run_devbind("bind", NIC, code=devbind.EXIT_NOT_READY)
        self.assertIn("CONFIG_VFIO_PCI=m", self.err)
        self.assertEqual(self.driver(), "ixgbe")

    def test_a_module_that_cannot_be_loaded_changes_nothing(self):
        self.machine.add_module("vfio-pci", "vfio-pci")
        self.machine.modules.clear()
        self.run_devbind("bind", NIC, code=devbind.EXIT_FAILED)
        self.assertIn("Module vfio-pci not found", self.err)
        self.assertEqual(self.driver(), "ixgbe")

    def test_a_module_that_brings_no_driver_is_a_failure(self):
        self.machine.add_module("vfio-pci", "")
        self.run_devbind("bind", NIC, code=devbind.EXIT_FAILED)
        self.assertIn("there is no driver vfio-pci", self.err)

    def test_a_dry_run_shows_the_modprobe_and_does_not_run_it(self):
        self.machine.add_module("vfio-pci", "vfio-pci")
        self.assertIn("modprobe vfio-pci\n", self.run_devbind("bind", "--dry-run", NIC))
        self.assertFalse(self.machine.exists("/sys/bus/pci/drivers/vfio-pci"))

    def test_an_unknown_driver_is_wrong_usage(self):
        self.run_devbind("bind", "--driver", "nonesuch", NIC, code=devbind.EXIT_USAGE)


class NoIommu(Case):
    SWITCH = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

    def setUp(self):
        super().setUp()
        self.machine.add_nic(group="")
        self.machine.file(self.SWITCH, "N\n")

    def test_it_is_switched_on_when_asked_for_and_the_danger_is_said(self):
        self.run_devbind("bind", "--noiommu-mode", NIC)
        self.assertEqual((self.driver(), self.machine.read(self.SWITCH)), ("vfio-pci", "Y"))
        self.assertIn("No IOMMU stands between", self.err)

    def test_a_failed_bind_switches_it_off_again(self):
        self.machine.vfio_result = errno.EINVAL
        self.run_devbind("bind", "--noiommu-mode", NIC, code=devbind.EXIT_FAILED)
        self.assertEqual(self.machine.read(self.SWITCH), "N")

    def test_the_last_restore_switches_it_off_again(self):
        self.run_devbind("bind", "--noiommu-mode", NIC)
        self.run_devbind("restore", NIC)
        self.assertEqual((self.driver(), self.machine.read(self.SWITCH)), ("ixgbe", "N"))

    def test_a_kernel_that_lacks_it_is_said(self):
        self.machine.drop(self.SWITCH)
        self.run_devbind("bind", "--noiommu-mode", NIC, code=devbind.EXIT_NOT_READY)
        self.assertIn("CONFIG_VFIO_NOIOMMU", self.err)

    def test_the_node_is_given_to_nobody_since_that_would_not_help(self):
        self.run_devbind("bind", "--noiommu-mode", "--user", "alice", NIC)
        self.assertEqual(self.machine.owners, {})
        self.assertIn("CAP_SYS_RAWIO", self.err)


if __name__ == "__main__":
    unittest.main()

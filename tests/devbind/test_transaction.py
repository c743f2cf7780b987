"""A bind is all or nothing: whatever step fails, and however, everything is as it was."""

import errno
import unittest

from case import DEVICES, DRIVERS, NIC, OTHER, Case
from fake_machine import devbind

STEPS = {"unbind": f"{DRIVERS}/ixgbe/unbind", "driver_override": f"{DEVICES}/{NIC}/driver_override",
         "bind": f"{DRIVERS}/vfio-pci/bind"}


class Rollback(Case):
    def bind_fails(self, code=devbind.EXIT_FAILED, *more):
        before = self.state()
        self.run_devbind("bind", "--force", *more, NIC, code=code)
        self.assertEqual(self.state(), before)
        self.assertIsNone(self.saved())
        self.assertIn("Everything was put back", self.err)

    def test_every_write_may_fail_with_every_errno(self):
        for number in (errno.EINVAL, errno.EBUSY, errno.ENODEV, errno.EIO, errno.ENOMEM):
            for path in STEPS.values():
                with self.subTest(path=path, errno=errno.errorcode[number]):
                    self.setUp()
                    self.configured_nic(up=True)
                    self.machine.refuse(path, number)
                    self.bind_fails()
                    self.assertIn(f"(-{number}, {errno.errorcode[number]})", self.err)

    def test_the_last_write_may_fail_too(self):
        """Clearing driver_override is the fourth write; the first to that file succeeds."""
        self.configured_nic(up=True)
        real, path = self.machine.write, STEPS["driver_override"]

        def write(where, text):
            if where == path and not text.strip() and self.driver() == "vfio-pci":
                raise OSError(errno.EIO, "Input/output error")
            real(where, text)
        self.machine.write = write
        self.bind_fails()

    def test_a_probe_that_answers_minus_22_leaves_driver_override_clear(self):
        """dpdk-devbind.py leaves the device without a driver and the override set."""
        self.configured_nic(up=True)
        self.machine.vfio_result = errno.EINVAL
        self.bind_fails()
        self.assertEqual((self.driver(), self.override()), ("ixgbe", ""))
        self.assertIn("dmesg", self.err)

    def test_minus_22_is_explained_if_doctor_knows_why(self):
        self.machine.add_nic()
        self.machine.file("/sys/kernel/iommu_groups/12/reserved_regions", "0xab000 0xabfff direct\n0x0 0xff msi\n")
        self.machine.vfio_result = errno.EINVAL
        self.bind_fails()
        self.assertIn("RMRR", self.err)

    def test_permission_denied_has_its_own_code(self):
        self.machine.add_nic()
        self.machine.refuse(STEPS["unbind"], errno.EACCES)
        self.bind_fails(devbind.EXIT_PERMISSION)

    def test_an_override_from_before_is_put_back(self):
        self.machine.add_nic()
        self.machine.file(STEPS["driver_override"], "ixgbe\n")
        self.machine.vfio_result = errno.EINVAL
        self.bind_fails()
        self.assertEqual(self.override(), "ixgbe")

    def test_a_device_without_a_driver_is_left_without(self):
        self.machine.add_nic(driver="", native="ixgbe")
        self.machine.vfio_result = errno.EINVAL
        self.bind_fails()
        self.assertEqual(self.driver(), "")

    def test_if_the_second_device_fails_the_first_returns_as_well(self):
        self.configured_nic(up=True)
        self.machine.add_nic(OTHER, "enp3s0f1", group="13")
        before = self.state(), self.state(OTHER)
        real = self.machine.kernel_bind

        def bind(driver, address):
            if (driver, address) == ("vfio-pci", OTHER):
                raise OSError(errno.EINVAL, "Invalid argument")
            real(driver, address)
        self.machine.kernel_bind = bind
        self.run_devbind("bind", "--force", NIC, OTHER, code=devbind.EXIT_FAILED)
        self.assertEqual((self.state(), self.state(OTHER)), before)
        self.assertIsNone(self.saved(OTHER))

    def test_ctrl_c_in_the_middle_is_a_failure_like_any_other(self):
        self.configured_nic(up=True)
        self.machine.refuse(STEPS["bind"], KeyboardInterrupt())
        self.bind_fails()
        self.assertIn("Interrupted.", self.err)
        self.assertTrue(self.machine.signals_ignored)

    def test_a_node_that_cannot_be_given_undoes_the_bind(self):
        self.configured_nic(up=True)

        def give(path, uid, gid, mode):
            raise OSError(errno.EROFS, "Read-only file system")
        self.machine.give = give
        self.bind_fails(devbind.EXIT_FAILED, "--user", "alice")

    def test_a_node_that_never_appears_undoes_the_bind(self):
        self.machine.add_nic()
        self.machine.make_nodes = lambda address: None
        self.bind_fails(devbind.EXIT_FAILED, "--user", "alice")
        self.assertIn("within 3 s", self.err)

    def test_a_state_that_cannot_be_saved_stops_it_before_the_first_write(self):
        self.machine.add_nic()

        def save(path, text):
            raise OSError(errno.ENOSPC, "No space left on device")
        self.machine.save = save
        self.run_devbind("bind", NIC, code=devbind.EXIT_FAILED)
        self.assertEqual(self.machine.writes, [])
        self.assertIn("Nothing was changed", self.err)


class Stuck(Case):
    """The way back may be barred too. Then it says so, and does what it still can."""

    def test_what_could_not_be_put_back_is_named_and_the_state_is_kept(self):
        self.configured_nic(up=True)
        self.machine.refuse(STEPS["bind"], errno.EINVAL)
        self.machine.refuse(f"{DRIVERS}/ixgbe/bind", errno.ENOMEM)
        self.run_devbind("bind", "--force", NIC, code=devbind.EXIT_STUCK)
        self.assertIn("is on no driver and was on ixgbe", self.err)
        self.assertEqual(self.override(), "")
        self.assertEqual(self.saved()["driver"], "ixgbe")

    def test_restore_then_gives_everything_back(self):
        self.configured_nic(up=True)
        before = self.state()
        self.machine.refuse(STEPS["bind"], errno.EINVAL)
        self.machine.refuse(f"{DRIVERS}/ixgbe/bind", errno.ENOMEM)
        self.run_devbind("bind", "--force", NIC, code=devbind.EXIT_STUCK)
        self.run_devbind("restore", NIC)
        self.assertEqual(self.state(), before)

    def test_an_address_that_cannot_be_put_back_is_named(self):
        self.configured_nic(up=True)
        self.machine.refuse(STEPS["bind"], errno.EINVAL)
        self.machine.refused_requests[devbind.RTM_NEWADDR] = errno.EPERM
        self.run_devbind("bind", "--force", NIC, code=devbind.EXIT_STUCK)
        self.assertIn("Restoring wan0's address 192.0.2.5/24 failed", self.err)
        self.assertEqual(self.driver(), "ixgbe")

    def test_one_device_that_is_stuck_does_not_keep_the_other(self):
        self.machine.add_nic(NIC)
        self.machine.add_nic(OTHER, "enp3s0f1", driver="igb", group="13")
        real = self.machine.kernel_bind

        def bind(driver, address):
            if address == OTHER:
                raise OSError(errno.EINVAL, "Invalid argument")
            real(driver, address)
        self.machine.kernel_bind = bind
        self.run_devbind("bind", NIC, OTHER, code=devbind.EXIT_STUCK)
        self.assertEqual((self.driver(NIC), self.driver(OTHER)), ("ixgbe", ""))


if __name__ == "__main__":
    unittest.main()

"""What was saved comes back: driver, name, MTU, up state, addresses, routes, master."""

import errno
import json
import unittest

from case import DEVICES, NIC, OTHER, Case
from fake_machine import devbind


class RoundTrip(Case):
    def round_trip(self):
        before = self.state()
        self.run_devbind("bind", "--force", "--even-default-route", NIC)
        self.assertEqual(self.driver(), "vfio-pci")
        self.run_devbind("restore", NIC)
        self.assertEqual(self.state(), before)
        self.assertIsNone(self.saved())

    def test_an_interface_that_was_up_with_everything(self):
        self.configured_nic(up=True)
        self.machine.add_route("wan0", gateway="192.0.2.1")
        self.round_trip()

    def test_an_interface_that_was_down_stays_down_with_its_addresses(self):
        self.configured_nic(up=False)
        self.round_trip()

    def test_an_interface_without_anything(self):
        self.machine.add_nic()
        self.round_trip()

    def test_a_member_of_a_bond(self):
        self.configured_nic(up=True)
        self.machine.stack("wan0", "bond0", master=True)
        self.round_trip()

    def test_the_saved_broadcast_and_label_come_back(self):
        self.configured_nic(up=True)
        self.round_trip()
        address = self.machine.addresses[0]
        self.assertEqual((address.broadcast, address.label), ("192.0.2.255", "wan0"))

    def test_udev_renames_the_new_interface_meanwhile(self):
        self.configured_nic(up=True)
        before = self.state()
        self.run_devbind("bind", "--force", NIC)
        self.machine.interface("wan0")  # the name is taken, until udev has given that one another
        self.machine.at_pause = [lambda: self.machine.rename("eth7", "rename5"),
                                 lambda: self.machine.rename("wan0", "lan3")]
        self.run_devbind("restore", NIC)
        self.assertEqual(self.state(), before)

    def test_the_driver_takes_its_time_to_register_the_interface(self):
        self.configured_nic(up=True)
        before = self.state()
        self.run_devbind("bind", "--force", NIC)
        real = self.machine.interface

        def later(*arguments):
            self.machine.interface = real
            self.machine.at_pause = [lambda: None, lambda: real(*arguments)]
        self.machine.interface = later
        self.run_devbind("restore", NIC)
        self.assertEqual(self.state(), before)

    def test_what_ipv6_routers_announce_is_left_to_them(self):
        self.machine.add_nic(NIC, "wan0", up=True)
        self.machine.add_address("wan0", "2001:db8::1234/64", flags=0)
        self.machine.add_address("wan0", "fe80::1/64")
        self.machine.add_route("wan0", "::/0", gateway="fe80::9", protocol=9)
        self.run_devbind("bind", "--force", "--even-default-route", NIC)
        (interface,) = self.saved()["interfaces"]
        self.assertEqual((interface["addresses"], interface["routes"]), ([], []))

    def test_all_restores_every_saved_device_and_no_other(self):
        self.machine.add_nic(NIC)
        self.machine.add_nic(OTHER, "enp3s0f1", group="13")
        self.machine.add_nic("0000:09:00.0", driver="vfio-pci", group="14", native="ixgbe")
        self.run_devbind("bind", NIC, OTHER)
        self.run_devbind("restore", "--all")
        self.assertEqual([self.driver(a) for a in (NIC, OTHER, "0000:09:00.0")], ["ixgbe", "ixgbe", "vfio-pci"])

    def test_another_state_folder(self):
        self.machine.add_nic()
        self.run_devbind("bind", "--state", "/tmp/elsewhere", NIC)
        self.assertIsNone(self.saved())
        self.assertEqual(self.saved(folder="/tmp/elsewhere")["driver"], "ixgbe")
        self.run_devbind("restore", "--state", "/tmp/elsewhere", NIC)
        self.assertEqual(self.driver(), "ixgbe")

    def test_a_second_bind_does_not_overwrite_what_was_saved_first(self):
        self.machine.add_nic()
        self.run_devbind("bind", NIC)
        self.machine.add_driver("uio_pci_generic")
        self.run_devbind("bind", "--driver", "uio_pci_generic", NIC)
        self.assertEqual(self.saved()["driver"], "ixgbe")

    def test_a_new_bind_replaces_a_stale_state(self):
        self.configured_nic(up=True)
        self.run_devbind("bind", "--force", NIC)
        self.machine.detach(NIC)
        self.machine.attach(NIC, "ixgbe")  # by hand; now it is eth7 and has no address
        self.run_devbind("bind", NIC)
        self.assertEqual(self.saved()["interfaces"][0]["name"], "eth7")

    def test_the_drivers_module_is_loaded_if_it_is_gone(self):
        self.machine.add_nic()
        self.run_devbind("bind", NIC)
        self.machine.drop("/sys/bus/pci/drivers/ixgbe")
        self.machine.add_module("ixgbe", "ixgbe")
        self.run_devbind("restore", NIC)
        self.assertEqual(self.driver(), "ixgbe")


class Imperfect(Case):
    def test_a_driver_that_is_back_stays_back_and_what_is_missing_is_told(self):
        self.configured_nic(up=True)
        self.run_devbind("bind", "--force", NIC)
        self.machine.refused_requests[devbind.RTM_NEWROUTE] = errno.ENETUNREACH
        self.run_devbind("restore", NIC, code=devbind.EXIT_FAILED)
        self.assertEqual(self.driver(), "ixgbe")
        self.assertIn("Restoring wan0's route 203.0.113.0/24 failed", self.err)
        self.assertIsNotNone(self.saved())

    def test_a_second_try_adds_what_was_missing_and_takes_nothing_down(self):
        self.configured_nic(up=True)
        before = self.state()
        self.run_devbind("bind", "--force", NIC)
        self.machine.refused_requests[devbind.RTM_NEWROUTE] = errno.ENETUNREACH
        self.run_devbind("restore", NIC, code=devbind.EXIT_FAILED)
        self.machine.refused_requests.clear()
        self.machine.change_link = self.only_up(self.machine.change_link)
        self.run_devbind("restore", NIC)
        self.assertEqual(self.state(), before)

    def only_up(self, real):
        def change_link(request):
            self.assertEqual(request[24] & 1, 1, "the interface was in use and must not go down")
            real(request)
        return change_link

    def test_a_kernel_driver_that_fails_leaves_the_card_where_it_was(self):
        self.machine.add_nic()
        self.run_devbind("bind", NIC)
        self.machine.refuse("/sys/bus/pci/drivers/ixgbe/bind", errno.ENOMEM)
        self.run_devbind("restore", NIC, code=devbind.EXIT_FAILED)
        self.assertEqual((self.driver(), self.override()), ("vfio-pci", ""))
        self.assertIsNotNone(self.saved())

    def test_a_name_that_stays_taken_is_told_and_the_addresses_come_back(self):
        self.configured_nic(up=True)
        self.run_devbind("bind", "--force", NIC)
        self.machine.interface("wan0")
        self.run_devbind("restore", NIC, code=devbind.EXIT_FAILED)
        self.assertIn("could not be named wan0", self.err)
        self.assertIn("192.0.2.5/24", self.state()["interfaces"][0]["addresses"])

    def test_an_interface_that_never_comes_is_told(self):
        self.configured_nic(up=True)
        self.run_devbind("bind", "--force", NIC)
        del self.machine.cards[NIC]
        self.run_devbind("restore", NIC, code=devbind.EXIT_FAILED)
        self.assertIn("within 10 s", self.err)

    def test_a_card_that_now_carries_the_host_on_another_driver_is_not_taken(self):
        self.machine.add_nic()
        self.run_devbind("bind", NIC)
        self.machine.detach(NIC)
        self.machine.add_driver("other")
        self.machine.attach(NIC, "other")
        self.machine.file("/sys/class/net/enp3s0f0/flags", "0x1003")
        self.machine.add_address("enp3s0f0", "192.0.2.5/24")
        self.run_devbind("restore", NIC, code=devbind.EXIT_IN_USE)
        self.assertEqual(self.driver(), "other")

    def test_neither_devices_nor_all_is_wrong_usage(self):
        self.run_devbind("restore", code=devbind.EXIT_USAGE)


class NothingSaved(Case):
    def test_the_kernel_chooses(self):
        self.machine.add_nic(driver="vfio-pci", native="ixgbe")
        self.machine.add_driver("ixgbe")
        self.machine.file(f"{DEVICES}/{NIC}/driver_override", "vfio-pci\n")
        self.assertIn("the kernel chose ixgbe", self.run_devbind("restore", NIC))
        self.assertEqual((self.driver(), self.override()), ("ixgbe", ""))

    def test_if_it_chooses_none_that_is_a_failure(self):
        self.machine.add_nic(driver="vfio-pci", native="ixgbe")
        self.run_devbind("restore", NIC, code=devbind.EXIT_FAILED)
        self.assertIn("no loaded driver wants it", self.err)

    def test_a_card_on_a_kernel_driver_is_left_alone(self):
        self.machine.add_nic()
        self.assertIn("nothing to restore", self.run_devbind("restore", NIC))
        self.assertEqual(self.machine.writes, [])

    def test_a_device_that_was_on_vfio_before_devbind_came_has_no_saved_state(self):
        self.machine.add_nic(driver="vfio-pci", native="ixgbe")
        self.run_devbind("bind", "--user", "alice", NIC)
        self.assertIsNone(self.saved())


class DamagedState(Case):
    """The file is root's, yet what it says is checked before anything is done with it."""

    def damaged(self, **changes):
        self.configured_nic(up=True)
        self.run_devbind("bind", "--force", NIC)
        state = self.saved()
        for name, value in changes.items():
            (state if name in state else state["interfaces"][0])[name] = value
        self.machine.file(f"/run/ringside/{NIC}.json", json.dumps(state))
        writes = len(self.machine.writes)
        self.run_devbind("restore", NIC, code=devbind.EXIT_FAILED)
        self.assertIn("is damaged", self.err)
        self.assertEqual((len(self.machine.writes), self.driver()), (writes, "vfio-pci"))

    def test_another_device(self):
        self.damaged(address=OTHER)

    def test_another_version(self):
        self.damaged(version=2)

    def test_a_driver_that_is_a_path(self):
        self.damaged(driver="../../../etc/passwd")

    def test_a_driver_that_is_no_text(self):
        self.damaged(driver=7)

    def test_an_interface_name_that_is_a_path(self):
        self.damaged(name="../x")

    def test_a_master_that_is_a_path(self):
        self.damaged(master="../x")

    def test_an_mtu_that_is_no_number(self):
        self.damaged(mtu="many")

    def test_an_address_that_is_none(self):
        self.damaged(addresses=[{"index": 1, "family": 2, "address": "nowhere", "prefix": 24}])

    def test_an_address_with_an_unknown_field(self):
        self.damaged(addresses=[{"surprise": 1}])

    def test_addresses_that_are_no_list(self):
        self.damaged(addresses=7)

    def test_no_json(self):
        self.machine.add_nic(driver="vfio-pci", native="ixgbe")
        self.machine.file(f"/run/ringside/{NIC}.json", "{")
        self.run_devbind("restore", NIC, code=devbind.EXIT_FAILED)


if __name__ == "__main__":
    unittest.main()

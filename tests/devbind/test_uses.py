"""A NIC that carries the host is refused, whatever shows that it does."""

import errno
import socket
import unittest

from case import DEVICES, NIC, Case
from fake_machine import devbind


class InUse(Case):
    def setUp(self):
        super().setUp()
        self.machine.add_nic(NIC, "wan0", up=True)

    def refused(self, because, *flags):
        before = self.state()
        self.run_devbind("bind", *flags, NIC, code=devbind.EXIT_IN_USE)
        self.assertIn(because, self.err)
        self.assertEqual((self.state(), self.machine.writes), (before, []))
        self.assertIn("*Active*", self.run_devbind("-s"))

    def bound(self, *flags):
        self.run_devbind("bind", *flags, NIC)
        self.assertEqual(self.driver(), "vfio-pci")

    def test_up_without_anything_is_not_in_use(self):
        self.assertNotIn("*Active*", self.run_devbind("-s"))
        self.bound()

    def test_an_ipv4_address(self):
        self.machine.add_address("wan0", "192.0.2.5/24")
        self.refused("wan0 is up and has the address 192.0.2.5/24")
        self.bound("--force")

    def test_an_ipv6_address_and_nothing_of_ipv4(self):
        self.machine.add_address("wan0", "2001:db8::5/64")
        self.refused("wan0 is up and has the address 2001:db8::5/64")

    def test_what_ipv6_makes_on_every_interface_does_not_count(self):
        self.machine.add_address("wan0", "fe80::1234/64", scope=253)
        self.machine.add_route("wan0", "fe80::/64", protocol=2)
        self.machine.add_route("wan0", "ff00::/8", protocol=2, table=255)
        self.bound()

    def test_the_address_of_another_interface_does_not_count(self):
        self.machine.add_address("lo", "192.0.2.5/24")
        self.bound()

    def test_an_address_while_down_does_not_count(self):
        self.machine.file("/sys/class/net/wan0/flags", "0x1002")
        self.machine.add_address("wan0", "192.0.2.5/24")
        self.bound()

    def test_a_route_in_another_table_than_main(self):
        self.machine.add_route("wan0", "198.51.100.0/24", table=1000)
        self.refused("the route 198.51.100.0/24 in table 1000")
        self.bound("--force")

    def test_an_ipv6_route(self):
        self.machine.add_route("wan0", "2001:db8:1::/48")
        self.refused("the route 2001:db8:1::/48")

    def test_one_hop_of_a_multipath_route(self):
        self.machine.add_route("wan0", "198.51.100.0/24", hops=2)
        self.refused("the route 198.51.100.0/24")

    def test_the_default_route_needs_a_second_option(self):
        self.machine.add_route("wan0", gateway="192.0.2.1")
        self.refused("the IPv4 default route goes over wan0")
        self.refused("--force --even-default-route", "--force")
        self.refused("default route", "--even-default-route")
        self.bound("--force", "--even-default-route")

    def test_the_ipv6_default_route_as_well(self):
        self.machine.add_route("wan0", "::/0", gateway="fe80::1")
        self.refused("the IPv6 default route", "--force")

    def test_a_default_route_in_another_table_as_well(self):
        self.machine.add_route("wan0", gateway="192.0.2.1", table=100)
        self.refused("in table 100", "--force")

    def test_if_the_kernel_does_not_tell_it_counts_as_in_use(self):
        self.machine.refused_requests[devbind.RTM_GETADDR] = errno.EPERM
        self.refused("the kernel did not tell")

    def test_virtual_functions_would_vanish(self):
        self.machine.file(f"{DEVICES}/{NIC}/sriov_numvfs", "4\n")
        self.run_devbind("bind", NIC, code=devbind.EXIT_IN_USE)
        self.assertIn("4 virtual functions", self.err)

    def test_a_nic_whose_interface_is_in_another_namespace(self):
        self.machine.detach(NIC)
        del self.machine.cards[NIC]
        self.machine.attach(NIC, "ixgbe")
        self.run_devbind("bind", NIC, code=devbind.EXIT_IN_USE)
        self.assertIn("another network namespace", self.err)

    def test_a_disk_is_not_bound_by_mistake(self):
        self.machine.add_card("0000:00:17.0", "ahci", "1", kind="010601")
        self.run_devbind("bind", "0000:00:17.0", code=devbind.EXIT_IN_USE)
        self.assertIn("no network card", self.err)


class Stacked(InUse):
    """Interfaces upon the NIC's. (What holds without them holds with them: those tests run here again.)"""

    def test_enslaved_to_a_bond_even_without_address(self):
        self.machine.stack("wan0", "bond0", master=True)
        self.refused("wan0 is enslaved to bond0")

    def test_enslaved_while_down(self):
        self.machine.file("/sys/class/net/wan0/flags", "0x1002")
        self.machine.stack("wan0", "br0", master=True)
        self.refused("wan0 is enslaved to br0")

    def test_a_vlan_with_an_address(self):
        self.machine.stack("wan0", "wan0.5")
        self.machine.add_address("wan0.5", "192.0.2.5/24")
        self.refused("it carries wan0.5: wan0.5 is up and has the address 192.0.2.5/24")

    def test_a_vlan_without_anything_does_not_count(self):
        self.machine.stack("wan0", "wan0.5")
        self.bound()

    def test_the_default_route_over_a_bridge_on_a_bond_needs_the_second_option(self):
        self.machine.stack("wan0", "bond0", master=True)
        self.machine.stack("bond0", "br0", master=True)
        self.machine.add_route("br0", gateway="192.0.2.1")
        self.refused("the IPv4 default route goes over br0", "--force")
        self.bound("--force", "--even-default-route")

    def test_a_ring_of_interfaces_ends(self):
        self.machine.stack("wan0", "a0")
        self.machine.stack("a0", "wan0")
        self.bound()


class Ssh(Case):
    def setUp(self):
        super().setUp()
        self.machine.add_nic(NIC, "wan0", up=True)

    def connection(self, text, pid=500):
        if pid == 500:
            self.machine.variables["SSH_CONNECTION"] = text
        else:
            self.machine.file(f"/proc/{pid}/environ", f"HOME=/root\0SSH_CONNECTION={text}\0PATH=/bin\0")

    def refused_for_ssh(self, peer="203.0.113.9"):
        self.run_devbind("bind", NIC, code=devbind.EXIT_IN_USE)
        self.assertIn(f"your SSH connection from {peer} runs over wan0", self.err)

    def test_found_by_our_own_address(self):
        self.connection("203.0.113.9 50000 192.0.2.5 22")
        self.machine.add_address("wan0", "192.0.2.5/24")
        self.refused_for_ssh()

    def test_found_by_the_route_towards_the_peer(self):
        self.connection("203.0.113.9 50000 10.9.9.9 22")
        self.machine.add_route("wan0", gateway="192.0.2.1")
        self.refused_for_ssh()

    def test_sudo_hides_it_but_our_ancestors_know(self):
        self.machine.file("/proc/500/status", "Name:\tpython3\nPPid:\t400\n")
        self.machine.file("/proc/400/status", "Name:\tsudo\nPPid:\t300\n")
        self.connection("2001:db8::9 50000 2001:db8::5 22", pid=300)
        self.machine.add_address("wan0", "2001:db8::5/64")
        self.refused_for_ssh("2001:db8::9")

    def test_a_link_local_connection_counts_although_its_address_does_not(self):
        self.connection("fe80::9%wan0 50000 fe80::5%wan0 22")
        self.machine.add_address("wan0", "fe80::5/64")
        self.refused_for_ssh("fe80::9")

    def test_over_another_interface_it_does_not_count(self):
        self.connection("203.0.113.9 50000 192.0.2.5 22")
        self.machine.interface("lan0", up=True)
        self.machine.add_address("lan0", "192.0.2.5/24")
        self.run_devbind("bind", NIC)

    def test_a_variable_that_makes_no_sense_is_not_believed(self):
        self.connection("nonsense")
        self.run_devbind("bind", NIC)


class KernelMessages(unittest.TestCase):
    """Broken or strange rtnetlink messages do no harm, and a real kernel's are understood."""

    def test_lengths_that_cannot_be_end_the_parsing(self):
        self.assertEqual(list(devbind.netlink_messages(b"\xff\xff\xff\xff" + bytes(12))), [])
        self.assertEqual(list(devbind.netlink_messages(bytes(16))), [])
        self.assertEqual(devbind.attributes(b"\x03\0\1\0"), {})
        self.assertEqual(devbind.attributes(b"\xff\0\1\0abc"), {})
        self.assertEqual(devbind.multipath_hops(b"\x07\0\0\0\0\0\0\0"), [])

    def test_an_address_survives_the_way_to_the_kernel_and_back(self):
        address = devbind.Address(7, socket.AF_INET, "192.0.2.5", 24, 0, "192.0.2.255", "wan0")
        self.assertEqual(vars(devbind.Address.parse(address.new_request(7))), vars(address))

    def test_a_route_survives_the_way_to_the_kernel_and_back(self):
        for table in (100, 254, 100000):
            route = devbind.Route(7, socket.AF_INET6, "2001:db8::", 48, table, "fe80::1", "2001:db8::5", 20, 4)
            self.assertEqual([vars(r) for r in devbind.Route.parse(route.new_request(7))], [vars(route)])

    def test_this_kernels_own_loopback_address_is_found(self):
        try:
            addresses = devbind.Network(devbind.System()).addresses
        except OSError as error:
            self.skipTest(f"no rtnetlink here: {error}")
        if not addresses:
            self.skipTest("this network namespace has no address at all")
        for address in addresses:
            self.assertTrue(socket.inet_pton(address.family, address.address))


if __name__ == "__main__":
    unittest.main()

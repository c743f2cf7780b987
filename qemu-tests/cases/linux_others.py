"""The other kernel that Debian 12 has, and the other card: parts of the list of linux_ixgbe.py."""

from __future__ import annotations

from .linux_ixgbe import LinuxIxgbe


def shorter(*tests: str) -> type[LinuxIxgbe]:
    """That list, with these of its tests only."""
    others = [name for name in vars(LinuxIxgbe) if name.startswith("test_") and name not in tests]
    if len(others) + len(tests) != sum(name.startswith("test_") for name in vars(LinuxIxgbe)):
        raise NameError(f"not all of these are tests of linux_ixgbe.py: {tests}")
    return type("Shorter", (LinuxIxgbe,), dict.fromkeys(others))


class InsertedTwice:
    def test_module_is_removed_and_inserted_twice(self) -> None:
        self.remove_and_insert(2)


class OlderLinuxIxgbe(InsertedTwice, shorter(
        "test_is_probed_without_a_complaint", "test_link_is_up_at_10_gigabits", "test_ethtool_describes_a_whole_card",
        "test_self_test_passes_offline_and_online", "test_pings_of_all_sizes_are_answered",
        "test_tcp_flows_with_all_offloads", "test_flows_spread_over_the_queues",
        "test_vlan_interfaces_talk_with_tags_by_card_and_by_kernel")):
    """Linux 6.1, that of the distribution itself."""

    name = "linux61.ixgbe"
    older_kernel, longest_ring = True, 4096


class LinuxX540(InsertedTwice, shorter(
        "test_is_probed_without_a_complaint", "test_link_is_up_at_10_gigabits", "test_ethtool_describes_a_whole_card",
        "test_self_test_passes_offline_and_online", "test_pings_of_all_sizes_are_answered",
        "test_tcp_flows_with_all_offloads", "test_recovers_from_a_function_level_reset")):
    """An X540 instead of the 82599: a PHY for twisted pair on MDIO, no module."""

    name = "linux.x540"
    card = "id=1528,"
    probed = ["MAC: 3, PHY: 0"]  # the driver looks for its PHY later
    media = ["Port: Twisted Pair", "10000baseT/Full", "1000baseT/Full", "Auto-negotiation: on", "Transceiver: internal"]
    module: list[str] = []

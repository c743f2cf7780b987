"""Ringside's forwarder between two interfaces of Linux, on this machine and not in one of its own, as fast as it gets: what
offloads are good for, and what Linux makes of frames whose checksums and segments are the software 82599's."""

from __future__ import annotations

from lab.host import Host, HostProgram

from .joined import OURS, Apart
from .linux_ixgbe import MACS
from .programs import Forwarder
from .receiver import ReceiverTests

# ethtool's words for what the card, or the kernel in its stead, does to many segments at once, and for checksums.
OFFLOADS = "rx tx sg tso gso gro"
TURNS = 3


class Across(ReceiverTests, Apart):
    """eth0 and eth1 are in the virtual machine, a and b on this one. Messages are for QEMU's sake (see LinuxCase); our own
    driver writes to mapped registers."""

    name = "linux.across"
    kernel_arguments = ""
    interface, receiver_mac = "eth0", MACS["eth0"]
    ours = "doorbells=mapped"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.host = Host(cls.environment.programs, cls.environment.logs / f"{cls.name}.host")
        cls.ports = [f"vfio-user:{cls.model.folder / name}" for name in OURS]

    def sender(self) -> HostProgram:
        return self.host.start(f"frames_for_linux {self.ports[0]} {self.receiver_mac} 1")

    def turn_offloads(self, state: str) -> None:
        """In this order: cutting segments needs checksums, and so on."""
        words = OFFLOADS.split() if state == "on" else OFFLOADS.split()[::-1]
        self.both("ethtool -K $IF " + " ".join(f"{word} {state}" for word in words))
        self.wait_for_link()
        self.until_answered()
        for said in (self.guest.output("ethtool -k eth0"), self.peer("ethtool -k eth1")):
            for word in ("rx-checksumming", "tx-checksum-ip-generic", "scatter-gather", "tcp-segmentation-offload",
                         "generic-segmentation-offload", "generic-receive-offload"):
                self.assertIn(f"{word}: {state}", said)

    def test_tcp_across_the_forwarder_is_faster_with_offloads(self) -> None:
        ways = {"there": "-c 10.0.0.2", "back": "-R -c 10.0.0.2"}
        rates: dict[tuple[str, str], float] = {}
        try:
            with Forwarder(self.host, self.ports, "--sleep", "--no-pin") as forwarder:
                self.until_answered()
                for _ in range(TURNS):  # in turn, so that whatever else the machine does slows both
                    for state in ("off", "on"):
                        self.turn_offloads(state)
                        for way, options in ways.items():
                            rates[way, state] = max(self.iperf(options), rates.get((way, state), 0))
                summary = forwarder.stop()
        finally:
            self.both("ethtool -K $IF " + " ".join(f"{word} on" for word in OFFLOADS.split()))
        self.assertGreater(min(port["rx_packets"] for port in summary["ports"]), 10_000)
        for way in ways:
            off, on = rates[way, "off"], rates[way, "on"]
            self.report(f"{way}, best of {TURNS}: {off:.0f} Mbit/s without offloads, {on:.0f} with them, "
                        f"{on / off:.1f} times as fast")
        for way in ways:
            self.assertGreater(rates[way, "on"], rates[way, "off"], way)

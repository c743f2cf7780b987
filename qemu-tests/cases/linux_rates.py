"""How many frames a second Linux's ixgbe sends, receives and forwards in a virtual machine: measured, not judged."""

from __future__ import annotations

from lab.model import SoftwareNic

from .linux_ixgbe import LinuxCase

SIZES = {"64": ("eth1", "eth2"), "1518": ("eth3", "eth4")}  # bytes with CRC; where they come in
SECONDS = 1.5


class LinuxRates(LinuxCase):
    """eth0 has a sink at the other end of its cable, the others have generators, each as fast as the NIC has room."""

    name = "linux.rates"
    older_kernel = True
    drivers = ["ixgbe", "pktgen", "bridge"]
    kernel_arguments = "ipv6.disable=1"
    doorbells = "trapped"

    @classmethod
    def software_nics(cls) -> list[SoftwareNic]:
        cables = {"eth0": "source=off", **{name: f"size={size}" for size, names in SIZES.items() for name in names}}
        return [SoftwareNic(name, f"02:00:00:00:01:0{number}", f"doorbells={cls.doorbells},cable=generate:{options}")
                for number, (name, options) in enumerate(cables.items())]

    @classmethod
    def names(cls) -> list[str]:
        return [nic.name for nic in cls.software_nics()]

    @classmethod
    def connect(cls) -> None:
        cls.guest.run("until [ -e /sys/class/net/eth4 ]; do usleep 9999; done")

    def make_ready(self) -> None:
        """Each test takes up what it needs."""

    def tearDown(self) -> None:
        self.guest.run("for one in /sys/class/net/eth*; do ip link set ${one##*/} down; done")
        super().tearDown()

    def up(self, *interfaces: str) -> None:
        for name in interfaces:
            self.guest.run(f"ip link set {name} up; until ip link show {name} | grep -q LOWER_UP; do usleep 50000; done", 60)

    def per_second(self, counter: str, *interfaces: str) -> float:
        """How fast a counter of the kernel's grows: the mean over the interfaces."""
        files = " ".join(f"/sys/class/net/{name}/statistics/{counter}" for name in interfaces)
        look = f"cat /proc/uptime {files}"
        words = self.guest.output(f"usleep 300000; {look}; usleep {SECONDS * 1e6:.0f}; {look}", 60).splitlines()
        before, after = (list(map(float, (part[0].split()[0], *part[1:]))) for part in
                         (words[:len(words) // 2], words[len(words) // 2:]))
        return sum(new - old for old, new in zip(before[1:], after[1:])) / (after[0] - before[0]) / len(interfaces)

    def say(self, what: str, rates: dict[str, float]) -> None:
        self.report(f"{what}, frames a second: " + ", ".join(f"{rate:,.0f} of {size} bytes" for size, rate in rates.items()))
        for rate in rates.values():
            self.assertGreater(rate, 100)

    def test_sends(self) -> None:
        """The kernel's own packet generator, one thread."""
        self.up("eth0")
        rates = {}
        for size in SIZES:
            self.guest.run("cd /proc/net/pktgen; echo rem_device_all >kpktgend_0; echo add_device eth0 >kpktgend_0\n"
                           f"for words in 'count 0' 'clone_skb 1000' 'pkt_size {int(size) - 4}' 'dst 10.9.9.9' "
                           "'dst_mac 02:00:00:00:00:77'; do echo $words >eth0; done\n"
                           "echo start >pgctrl &")
            rates[size] = self.per_second("tx_packets", "eth0")
            self.guest.run("cd /proc/net/pktgen; echo stop >pgctrl; until grep -q ^Result: eth0; do usleep 50000; done; cat eth0")
        self.say("Linux sends", rates)

    def test_receives(self) -> None:
        """As far as IP, which finds that they are for somebody else."""
        rates = {}
        for size, (name, _) in SIZES.items():
            self.guest.run(f"ip link set {name} promisc on")
            self.up(name)
            rates[size] = self.per_second("rx_packets", name)
            self.guest.run(f"ip link set {name} down promisc off", 60)
        self.say("Linux receives", rates)

    def test_forwards_as_a_bridge(self) -> None:
        """Both ways at once; the rate is that of one way."""
        rates = {}
        for size, names in SIZES.items():
            self.guest.run("\n".join(["brctl addbr br0", *(f"brctl addif br0 {name}" for name in names), "ip link set br0 up"]))
            self.up(*names)
            rates[size] = self.per_second("tx_packets", *names)
            self.guest.run("; ".join(f"ip link set {name} down" for name in (*names, "br0")) + "; brctl delbr br0", 60)
        self.say("Linux's bridge forwards each way", rates)

"""Two virtual machines, joined by cables: Linux's ixgbe in one, Ringside's programs in the other."""

from __future__ import annotations

from lab.initramfs import VFIO_MODULES, Initramfs
from lab.machine import Machine, Options
from lab.model import SoftwareNic

from .base import TROUBLE
from .linux_ixgbe import MACS, LinuxCase
from .programs import Forwarder

OURS = {"a": "02:00:00:00:00:1a", "b": "02:00:00:00:00:1b"}
RESPONDER = "10.0.0.3"


class Apart(LinuxCase):
    """eth0 of the Linux machine is wired to a software NIC a, eth1 to another, b. What connects the two is up to the test."""

    kernel_arguments = "ipv6.disable=1"  # no frames that nobody asked for
    ours = "doorbells=trapped"  # options of a and b

    @classmethod
    def software_nics(cls) -> list[SoftwareNic]:
        return [SoftwareNic(name, mac, f"{options},cable=link:{cable}")
                for cable, ends in (("left", ("eth0", "a")), ("right", ("eth1", "b")))
                for macs, options in ((MACS, "doorbells=trapped"), (OURS, cls.ours))
                for name, mac in macs.items() if name in ends]

    @classmethod
    def wait_for_link(cls) -> None:
        """That there is a cable is enough; whether somebody answers is up to the test."""
        cls.guest.run("until ip link show eth0 | grep -q LOWER_UP; do usleep 50000; done")
        cls.peer("until ip link show eth1 | grep -q LOWER_UP; do usleep 50000; done")

    def make_ready(self) -> None:
        """Each test starts what it needs at the other end."""

    def until_answered(self) -> None:
        """Frames come through, and who sends them knows whereto."""
        self.guest.run("for turn in $(seq 20); do ping -c 1 -W 1 10.0.0.2 && exit 0; done; exit 1")


class Joined(Apart):
    """a and b are plugged into the other machine. Nothing but Ringside's forwarder connects the two."""

    name = "joined"

    @classmethod
    def boot(cls) -> None:
        materials = cls.environment.materials
        initramfs = Initramfs(materials)
        initramfs.add_modules(VFIO_MODULES, iommufd=False)
        for program in ("forwarder", "responder"):
            initramfs.add_program(cls.environment.programs / program)
        options = Options(nics=[], kvm=cls.environment.kvm, memory=512, extra=cls.model.arguments(512, 1, OURS))
        cls.other = Machine(materials, options, initramfs, cls.environment.logs / f"{cls.name}.ringside")
        cls.addClassCleanup(cls.other.power_off)
        cls.ports = cls.other.guest.output(
            "cd /sys/bus/pci/devices; for one in *; do\n    grep -q 0x020000 $one/class || continue\n"
            "    echo vfio-pci >$one/driver_override; echo $one >/sys/bus/pci/drivers_probe\n    echo $one\ndone").split()
        super().boot()
        cls.guest.run("httpd -p 7001 -h /tmp")
        cls.peer("httpd -p 7002 -h /tmp")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.other.power_off()
        super().tearDownClass()

    def setUp(self) -> None:
        self.other.guest.note(f"===== {self.id()}")
        self.other_log_read = len(self.other_log())
        super().setUp()

    def tearDown(self) -> None:
        super().tearDown()
        self.other.guest.run("killall -q -KILL forwarder responder", check=False)
        trouble = [line for line in self.other_log()[self.other_log_read:].splitlines() if TROUBLE.search(line)]
        self.assertEqual(trouble, [], "Ringside's machine complains")

    def other_log(self) -> str:
        return (self.other.logs / "console.log").read_text(errors="replace")

    def frames(self) -> list[int]:
        """Sent by eth0, received by eth1, sent by eth1, received by eth0."""
        near, far = self.statistics()
        return [near["tx_pkts_nic"], far["rx_pkts_nic"], far["tx_pkts_nic"], near["rx_pkts_nic"]]

    def echo_replies(self) -> int:
        """That the Linux machine has received."""
        names, values = (line.split() for line in self.guest.output("grep ^Icmp: /proc/net/snmp").splitlines())
        return int(values[names.index("InEchoReps")])

    def test_linux_pings_ringsides_responder(self) -> None:
        """All sizes that fit into a frame; it does not put fragments together."""
        for options in ("", " --sleep"):
            responder = self.other.guest.start(f"responder {self.ports[0]} --ip {RESPONDER} --json{options}")
            self.guest.run(f"for turn in $(seq 40); do ping -c 1 -W 1 {RESPONDER} && exit 0; done; exit 1", 60)
            for size in (0, 1, 56, 777, 1472):
                answered = self.echo_replies()
                self.guest.run(f"ping -c 40 -i 0.02 -s {size} {RESPONDER}", check=False)
                # ping gives up a second after the last question; the kernel goes on counting.
                for _ in range(100):
                    if (count := self.echo_replies() - answered) == 40:
                        break
                    self.guest.run("usleep 100000")
                self.assertEqual(count, 40, f"questions of {size} bytes that were answered, of 40")
            self.assertEqual(responder.stop(), 0, responder.err())
            self.assertGreaterEqual(responder.objects()[-1]["echo"], 201)

    def test_linux_reaches_itself_through_the_forwarder(self) -> None:
        before = self.frames()
        with Forwarder(self.other.guest, self.ports) as forwarder:
            self.until_answered()
            for size in (0, 1472, 8000, 65500):
                self.ping(size=size)
            rates = [f"{what} {self.iperf(options):.0f} Mbit/s" for what, options in
                     (("out", "-c 10.0.0.2"), ("in", "-R -c 10.0.0.2"), ("both ways at once", "--bidir -c 10.0.0.2"))]
            self.report(f"Linux - forwarder - Linux: {', '.join(rates)}")
            self.guest.run("usleep 500000")  # the connections' last words
            summary = forwarder.stop()
        counted = [new - old for old, new in zip(before, self.frames())]
        there, back = summary["ports"]
        self.assertEqual(there["rx_packets"], back["tx_packets"])
        self.assertEqual(back["rx_packets"], there["tx_packets"])
        # Nearly the same at the ends: a cable holds a megabyte, and what a busy machine does not fetch in time is lost.
        for frames in [*counted[:2], there["rx_packets"]], [*counted[2:], back["rx_packets"]]:
            self.assertGreater(min(frames), 0.9 * max(frames), frames)

    def test_files_pass_the_forwarder_unchanged_both_ways_at_once(self) -> None:
        with Forwarder(self.other.guest, self.ports):
            self.until_answered()
            self.exchange_files()

    def exchange_files(self) -> None:
        """Two at once, one each way."""
        self.guest.run("cd /tmp; rm -f *.came; for name in there back; do head -c 3000001 /dev/urandom >$name; done")
        back = self.guest.start("wget -q -O /tmp/back.came http://10.0.0.2:7002/back")
        self.peer("wget -q -O /tmp/there.came http://10.0.0.1:7001/there", 60)
        self.assertEqual(back.wait(60), 0)
        self.guest.run("cd /tmp && cmp there there.came && cmp back back.came")

    def test_jumbo_frames_pass_the_forwarder(self) -> None:
        try:
            self.both("ip link set $IF mtu 9000")
            with Forwarder(self.other.guest, self.ports, "--mtu 9000"):
                self.until_answered()
                self.ping(size=8972)
                self.ping(size=65500)
                self.exchange_files()
        finally:
            self.both("ip link set $IF mtu 1500")
            self.wait_for_link()

    def test_tcp_survives_a_forwarder_that_is_killed_and_started_again(self) -> None:
        with Forwarder(self.other.guest, self.ports) as first:
            self.until_answered()
            traffic = self.guest.start("iperf3 -J -t 4 -c 10.0.0.2")
            self.guest.run("usleep 1000000")
            first.program.stop("KILL")
        with Forwarder(self.other.guest, self.ports):
            self.assertEqual(traffic.wait(40), 0, traffic.out()[-500:])
            self.ping(size=65500)

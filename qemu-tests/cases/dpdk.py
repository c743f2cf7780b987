"""DPDK's ixgbe driver and testpmd, as Debian packages them, on the software 82599."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

from lab import frames
from lab.guest import CommandFailed, Guest
from lab.initramfs import VFIO_MODULES, Initramfs
from lab.machine import Machine
from lab.tools import Tools

from .base import VmCase
from .nic import MAC_A, MAC_B
from .ringside_ixgbe import SoftwareNics

PROMPT = "testpmd> "


class Testpmd:
    """A testpmd with two queues each way on both NICs, which are up. Only its prompt appears at once; the rest it prints
    when it ends."""

    mempool = "librte_mempool_ring.so.23"

    def __init__(self, guest: Guest, addresses: Iterable[str]) -> None:
        self.guest = guest
        self.program = guest.start(
            f"dpdk-testpmd -l 0,1 -n 1 -m 64 --in-memory --no-telemetry -d /opt/{self.mempool} "
            + " ".join(f"-a {address}" for address in addresses)
            + " -- -i --total-num-mbufs=4096 --rxq=2 --txq=2 --rxd=512 --txd=512")
        self.program.wait_for(PROMPT, 40)

    def tell(self, *commands: str) -> None:
        """Each is over when the next prompt is there."""
        for command in commands:
            prompts = self.program.out().count(PROMPT)
            self.program.tell(command)
            self.guest.run(f"for turn in $(seq 400); do [ $(grep -o '{PROMPT}' {self.program.files}.out | wc -l) -gt {prompts} ] "
                           "&& exit 0; usleep 50000; done; exit 1", 60)

    def quit(self) -> str:
        """All that it has said."""
        self.program.tell("quit")
        status = self.program.wait(40)
        words = self.program.out()
        if status != 0:
            raise CommandFailed(f"testpmd ended with exit code {status}:\n{words}\n{self.program.err()}")
        return words


class Dpdk(SoftwareNics, VmCase):
    name = "dpdk"
    processors = 2  # one for commands, one for frames

    @classmethod
    def setUpClass(cls) -> None:
        cls.start_simulator()
        cls.counted = [0, 0, 0, 0]
        materials = cls.environment.materials
        initramfs = Initramfs(materials)
        initramfs.add_modules(VFIO_MODULES, iommufd=False)
        tools = Tools(materials, "dpdk", ["dpdk-dev"], without=("libdpdk-dev", "python3"))
        tools.add(initramfs, "dpdk-testpmd", [Testpmd.mempool])
        cls.machine = Machine(materials, cls.options(), initramfs, cls.environment.logs / cls.name)
        cls.addClassCleanup(cls.machine.power_off)
        cls.guest, cls.wires = cls.machine.guest, cls.plugs
        cls.addresses = cls.network_functions()
        for address in cls.addresses.values():
            cls.guest.run(f"echo vfio-pci >/sys/bus/pci/devices/{address}/driver_override\n"
                          f"echo {address} >/sys/bus/pci/drivers_probe; [ -e /sys/bus/pci/drivers/vfio-pci/{address} ]")
        cls.guest.run("chmod 755 /; mkdir -p /var/run")  # it refuses plug-ins in a folder that others may write to

    @classmethod
    def tearDownClass(cls) -> None:
        """What testpmd has counted in all tests is what the model has counted."""
        cls.machine.power_off()
        report = cls.simulator.stop()
        a, b = (report[name]["nic"]["cable"] for name in ("a", "b"))
        model = a["to_nic"], a["bytes_to_nic"], b["from_nic"], b["bytes_from_nic"]
        if tuple(cls.counted) != model:
            raise AssertionError(f"frames and bytes in and out: testpmd has counted {cls.counted}, the model {model}")

    def tearDown(self) -> None:
        self.guest.run("killall -q -KILL ld-linux-x86-64.so.2 dpdk-testpmd; true")
        super().tearDown()

    def forward(self, mode: str, sent: list[bytes], expected: list[bytes], *commands: str, turns: int = 1) -> str:
        """Sends frames into a, in so many turns, with the ports stopped and started between them. What comes out of b, and
        what testpmd has counted, must be right. What testpmd has said."""
        testpmd = Testpmd(self.guest, self.addresses.values())
        testpmd.tell(*commands, f"set fwd {mode}")
        for turn in range(turns):
            testpmd.tell("start")
            for at in range(0, len(sent), self.window):
                part = expected[at:at + self.window]
                self.wires["a"].send(sent[at:at + self.window])
                came = self.wires["b"].receive(len(part), 30)
                self.assert_same_frames([frame[14 if mode == "csum" else 0:] for frame in part],
                                        [frame[14 if mode == "csum" else 0:] for frame in came])
            if mode == "rxonly":
                self.guest.run("sleep 1")
            testpmd.tell("stop", "show port stats all", "clear port stats all")
            if turn + 1 < turns:
                testpmd.tell("port stop all", "port start all")
        words = testpmd.quit()
        counted = [{key: int(value) for key, value in re.findall(r"([RT]X-[a-z]+): *(\d+)", part)}
                   for part in words.split("# NIC statistics for port")[1:]]
        self.assertEqual(len(counted), 2 * turns, words)
        for a, b in zip(counted[0::2], counted[1::2]):
            self.assertEqual((a["RX-packets"], a["RX-bytes"], a["RX-missed"], a["RX-errors"]),
                             (len(sent), sum(map(len, sent)), 0, 0), a)
            self.assertEqual((b["TX-packets"], b["TX-bytes"], b["TX-errors"]), (len(expected), sum(map(len, expected)), 0), b)
            news = a["RX-packets"], a["RX-bytes"], b["TX-packets"], b["TX-bytes"]
            type(self).counted = [old + new for old, new in zip(self.counted, news)]
        return words

    def test_ports_are_up_at_10_gigabits(self) -> None:
        testpmd = Testpmd(self.guest, self.addresses.values())
        testpmd.tell("show port info all")
        words = testpmd.quit()
        for wanted in (f"MAC address: {MAC_A.upper()}", f"MAC address: {MAC_B.upper()}"):
            self.assertIn(wanted, words)
        for wanted in ("Driver name: net_ixgbe", "Link status: up", "Link speed: 10 Gbps"):
            self.assertEqual(words.count(wanted), 2, words)

    def test_forwards_unchanged(self) -> None:
        sent = frames.of_all_sizes(1, 2000)
        self.forward("io", sent, sent)

    def test_forwards_with_addresses_swapped(self) -> None:
        sent = frames.of_all_sizes(2, 1000)
        self.forward("macswap", sent, [frame[6:12] + frame[:6] + frame[12:] for frame in sent])

    def test_receives_only(self) -> None:
        self.forward("rxonly", frames.of_all_sizes(3, 1000), [])

    def test_goes_on_after_ports_were_stopped_and_started(self) -> None:
        sent = frames.of_all_sizes(10, 500)
        self.forward("io", sent, sent, turns=3)

    def test_the_card_puts_checksums_in(self) -> None:
        """testpmd replaces addresses, clears the wrong checksums and leaves the rest to the card."""
        lengths = [18 + 7 * number % 1400 for number in range(500)]
        wrong, right = ([udp(number, length, is_right) for number, length in enumerate(lengths)] for is_right in (False, True))
        hardware = [f"csum set {what} hw {port}" for what in ("ip", "udp") for port in (0, 1)]
        self.forward("csum", wrong, right, "port stop all", *hardware, "port start all")


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp(number: int, length: int, right: bool) -> bytes:
    """A frame with `length` bytes in UDP over IPv4, whose checksums are right or wrong."""
    addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    payload = bytes((number + i) & 0xFF for i in range(length))
    words = struct.pack(">HHH", 1000 + number, 2000, 8 + length)
    of_udp = checksum(addresses + struct.pack(">HH", 17, 8 + length) + words + bytes(2) + payload) or 0xFFFF
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 28 + length, number, 0, 64, 17, 0) + addresses
    of_ip = checksum(ip)
    if not right:
        of_udp, of_ip = of_udp ^ 0x5555 or 1, of_ip ^ 0x5555
    ip = ip[:10] + struct.pack(">H", of_ip) + ip[12:]
    return frames.mac(MAC_A) + frames.SOMEBODY + b"\x08\x00" + ip + words + struct.pack(">H", of_udp) + payload

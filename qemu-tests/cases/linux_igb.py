"""Two of QEMU's 82576, wired to each other on the host: Linux's igb drives one, Ringside the other, and what the two make of
the same frames is compared."""

from __future__ import annotations

import random
import re
import struct
import time

from lab import frames
from lab.guest import Program
from lab.initramfs import Initramfs
from lab.machine import Nic
from lab.tools import Tools

from .base import VmCase
from .nic import MAC_A, MAC_B
from .receiver import ReceiverTests

FLOWS, QUEUES = 200, 8
WEIGHTS = "5 1 3 1 2 1 2 1"  # of the queues in the table, so that none is like another one's
TCP, UDP = 6, 17


def flow(number: int) -> bytes:
    """A frame of a connection of its own; its last four bytes are its number. Cards choose a queue before they look at
    checksums, so there are none. Nor is there TCP over IPv6: QEMU's igb takes its ports into account when MRQC's bit 18 is
    set, which Linux does, and not by bit 21, which says so on the card."""
    chance = random.Random(number)
    version, protocol = chance.choice([(4, TCP), (4, UDP), (6, UDP)])
    ports = chance.randbytes(4)
    payload = chance.randbytes(20) + struct.pack(">I", number)
    if protocol == TCP:
        segment = ports + struct.pack(">IIHHHH", 1, 1, 5 << 12 | 0x10, 1000, 0, 0) + payload
    else:
        segment = ports + struct.pack(">HH", 8 + len(payload), 0) + payload
    if version == 4:
        addresses = bytes([10, *chance.randbytes(3), 10, *chance.randbytes(3)])
        packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), number, 0x4000, 64, protocol, 0) + addresses + segment
    else:
        addresses = b"\xfd" + chance.randbytes(15) + b"\xfd" + chance.randbytes(15)
        packet = struct.pack(">IHBB", 6 << 28, len(segment), protocol, 64) + addresses + segment
    return frames.mac(MAC_B) + frames.SOMEBODY + struct.pack(">H", 0x0800 if version == 4 else 0x86DD) + packet


class LinuxIgb(ReceiverTests, VmCase):
    """Ringside has `a`, Linux `b`, which is given to Ringside for a while."""

    name = "linux.igb"
    drivers = ["igb", "8021q"]
    programs = ["frames_for_linux", "rss_queues"]
    receiver_mac = MAC_B

    @classmethod
    def nics(cls) -> list[Nic]:
        return [Nic("igb", "a", MAC_A), Nic("igb", "b", MAC_B)]

    @classmethod
    def furnish(cls, initramfs: Initramfs) -> None:
        Tools(cls.environment.materials, "tools", ["ethtool", "iperf3"]).add(initramfs, "ethtool")

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.a, cls.b = cls.addresses["a"], cls.addresses["b"]
        cls.guest.run(f"devbind bind {cls.a}")
        cls.interface = cls.interface_of_b()

    @classmethod
    def interface_of_b(cls) -> str:
        return cls.guest.output(f"ls /sys/bus/pci/devices/{cls.b}/net")

    def setUp(self) -> None:
        super().setUp()
        self.wires["a"].on_frame = lambda frame: self.wires["b"].send_quietly([frame])
        self.wires["b"].on_frame = lambda frame: None

    def sender(self) -> Program:
        return self.guest.start(f"frames_for_linux {self.a},vfio=container {self.receiver_mac} 1")

    # -----------------------------------------------------------------------------------------------------------------
    # Receive side scaling

    def rss(self) -> tuple[str, str]:
        """Key and table of Linux's igb. It does not show its key, but the kernel shows from what drivers take theirs."""
        key = self.guest.output("cat /proc/sys/net/core/netdev_rss_key").replace(":", "")[:80]
        shown = self.guest.output(f"ethtool -x {self.interface}")
        table = [int(word) for row in re.findall(r"^ *\d+: +(.*)$", shown, re.MULTILINE) for word in row.split()]
        self.assertEqual((len(key), len(table), max(table)), (80, 128, QUEUES - 1), shown)
        return key, "".join(f"{queue:x}" for queue in table)

    def packets_by_queue(self) -> list[int]:
        shown = self.guest.output(f"ethtool -S {self.interface} | grep 'rx_queue_._packets'")
        return [int(number) for number in re.findall(r": (\d+)$", shown, re.MULTILINE)]

    def queues_of_linux(self, sent: list[bytes]) -> list[int]:
        """By sending one frame after the other and looking whose counter grows."""
        queues, before = [], self.packets_by_queue()
        for frame in sent:
            self.wires["b"].send([frame])
            deadline = time.monotonic() + 10
            while sum(after := self.packets_by_queue()) == sum(before):
                self.assertLess(time.monotonic(), deadline, f"frame {len(queues)} was not received")
            grown = [new - old for old, new in zip(before, after)]
            self.assertEqual(sum(grown), 1, "somebody else sends")
            queues.append(grown.index(1))
            before = after
        return queues

    def queues_of_ringside(self, sent: list[bytes], key: str, table: str, types: str) -> list[int]:
        program = self.guest.start(f"rss_queues {self.b},vfio=container {len(sent)} {QUEUES} {key} {table} {types}")
        program.wait_for('"same_rss":true')
        self.wires["b"].send(sent)
        self.assertEqual(program.wait(60), 0, program.err())
        told = {one["frame"]: one["queue"] for one in program.objects()[1:]}
        self.assertEqual(sorted(told), list(range(len(sent))))
        return [told[number] for number in range(len(sent))]

    def test_a_flow_goes_to_the_same_queue_as_with_linux(self) -> None:
        """With the same key and table; with UDP's ports in the hash, and without."""
        name, sent = self.interface, [flow(number) for number in range(FLOWS)]
        self.guest.run(f"ip link set {name} arp off up; ethtool -L {name} combined {QUEUES}\n"
                       f"ethtool -X {name} weight {WEIGHTS}\nuntil ip link show {name} | grep -q LOWER_UP; do usleep 9999; done")
        (key, table), of_linux = self.rss(), {}
        for types, fields in (("usual", "sd"), ("with_udp", "sdfn")):
            self.guest.run(f"ethtool -N {name} rx-flow-hash udp4 {fields}; ethtool -N {name} rx-flow-hash udp6 {fields}")
            of_linux[types] = self.queues_of_linux(sent)
            self.assertEqual(set(of_linux[types]), set(range(QUEUES)))
        udp = sum(one != other for one, other in zip(*of_linux.values()))
        self.assertGreater(udp, FLOWS // 8, "flows that UDP's ports take elsewhere")
        self.assertEqual(self.rss(), (key, table))
        self.guest.run(f"ip link set {name} down; devbind bind {self.b}", 60)
        try:
            for types, expected in of_linux.items():
                self.assertEqual(self.queues_of_ringside(sent, key, table, types), expected, types)
            other = self.queues_of_ringside(sent, "6d5a" * 20, table, "with_udp")
            different = sum(one != another for one, another in zip(other, of_linux["with_udp"]))
            self.assertGreater(different, FLOWS // 2, "flows that another key takes elsewhere")
        finally:
            self.guest.run(f"devbind restore {self.b}", 60)
            type(self).interface = self.interface_of_b()
        self.report(f"{FLOWS} flows, {QUEUES} queues: the same queue for each; UDP's ports take {udp} of them elsewhere, "
                    f"another key {different}")

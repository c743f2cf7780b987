"""Linux as the judge of what a card makes of offloads: guest/frames_for_linux.cpp sends, and the kernel's counters tell what
arrived, and what was dropped for which reason. Nobody listens, so that no buffer can overflow: whatever is right gets as far
as a reset connection or a closed port, and is counted there."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator

from lab.guest import Program
from lab.host import HostProgram

FRAMES, AT_ONCE = 10_000, 100

# The kinds of frames, and the kernel's counters for those whose checksums were right, and for those that were not.
RIGHT = {"tcp": "Tcp.OutRsts", "udp4": "Udp.NoPorts", "udp6": "Udp6NoPorts"}
WRONG = {"ip4": "IpExt.InCsumErrors", "tcp4": "Tcp.InCsumErrors", "tcp6": "Tcp.InCsumErrors",
         "udp4": "Udp.InCsumErrors", "udp6": "Udp6InCsumErrors"}
DROPPED = re.compile("InCsum|InErr|InHdrErr|InDiscards|InAddrErr|InUnknownProtos|InTruncated|InTooBig|InNoRoutes|"
                     r"rx_\w*(dropped|error|csum_err|nohandler|no_dma|no_buffer|failed)")


class ReceiverTests:
    """For a machine in which `interface`, with the address `receiver_mac`, is driven by the kernel."""

    interface = receiver_mac = ""

    def sender(self) -> Program | HostProgram:
        """frames_for_linux, on a NIC that is wired to the interface."""
        raise NotImplementedError

    @contextlib.contextmanager
    def receiving(self, rx: str) -> Iterator[None]:
        """The interface has the addresses that the frames are for, and a VLAN. It does not ask where others are, but answers
        to itself, which goes nowhere. `rx`: whether the card has a say about checksums; else the kernel judges all."""
        name = self.interface
        self.guest.run(f"ip link set {name} arp off up\nip addr add 10.77.0.1/16 dev {name}; ip addr add fd77::1/64 dev {name}\n"
                       f"ip link add link {name} name {name}.77 type vlan id 77\nip link set {name}.77 up\n"
                       f"ethtool -K {name} rx {rx} gro off\nuntil ip link show {name}.77 | grep -q LOWER_UP; do usleep 9999; done")
        try:
            self.assertIn(f"rx-checksumming: {rx}", self.guest.output(f"ethtool -k {name}"))
            yield
        finally:
            self.guest.run(f"ip link del {name}.77; ip addr del 10.77.0.1/16 dev {name}; ip addr del fd77::1/64 dev {name}\n"
                           f"ethtool -K {name} rx on gro on; ip link set {name} arp on")

    def counters(self) -> dict[str, int]:
        folder = f"/sys/class/net/{self.interface}/statistics"
        text = self.guest.output(f"cat /proc/net/snmp /proc/net/netstat /proc/net/snmp6\n"
                                 f"cd {folder}; for name in *; do echo $name $(cat $name); done\n"
                                 f"ethtool -S {self.interface} | sed -n 's/^ *\\(.*\\): /ethtool_\\1 /p'")
        found, names = {}, []
        for line in text.splitlines():
            first, *words = line.split()
            if not first.endswith(":"):
                found[first] = int(words[0])
            elif words[0].lstrip("-").isdigit():
                found.update({f"{first[:-1]}.{name}": int(word) for name, word in zip(names, words)})
            else:
                names = words
        return found

    def growth(self, before: dict[str, int], done: Callable[[dict[str, int]], bool]) -> dict[str, int]:
        """How much the counters have grown, as soon as that is enough, or 10 seconds later."""
        deadline = time.monotonic() + 10
        while True:
            grown = {name: value - before.get(name, 0) for name, value in self.counters().items()}
            if done(grown) or time.monotonic() > deadline:
                return grown

    def ask(self, program: Program | HostProgram, line: str) -> dict:
        """What the sender has to say when it has done it."""
        number = program.objects()[-1]["done"] + 1
        program.tell(line)
        program.wait_for(f'"done":{number},', 60)
        return program.objects()[-1]

    @contextlib.contextmanager
    def sending(self) -> Iterator[Program | HostProgram]:
        program = self.sender()
        try:
            program.wait_for('"done":1,')
            yield program
            program.tell("quit")
            self.assertEqual(program.wait(), 0, program.err())
        finally:
            if program.running:
                program.stop("KILL")

    def all_are_received(self, count: int) -> None:
        before = self.counters()
        with self.sending() as program:
            for _ in range(0, count, AT_ONCE):  # no more at once than cables and cards hold
                said = self.ask(program, f"frames {AT_ONCE}")
                sent = {kind: sum(number for name, number in said.items() if re.fullmatch(f"{kind}[46]?", name)) for kind in RIGHT}
                grown = self.growth(before, lambda g: all(g[RIGHT[kind]] >= number for kind, number in sent.items()))
                self.assertEqual({kind: grown[counter] for kind, counter in RIGHT.items()}, sent, self.dropped(grown))
                self.assertEqual(self.dropped(grown), {})
        self.assertEqual(grown["Tcp.InSegs"], sent["tcp"])
        self.assertEqual(grown["rx_packets"], sum(sent.values()))
        self.assertEqual((said["asked"], said["refused"]), (count, 0))
        for kind in ("segmented", "tagged", "odd", "with_options", "tcp4", "tcp6", "udp4", "udp6"):
            self.assertGreater(said[kind], count // 40, kind)
        self.report(f"{count:,} frames asked for: {said['segmented']:,} to be cut, {said['tagged']:,} with a tag, "
                    f"{said['with_options']:,} with options; {sum(sent.values()):,} arrived, none was dropped")

    @staticmethod
    def dropped(grown: dict[str, int]) -> dict[str, int]:
        return {name: number for name, number in grown.items() if number and DROPPED.search(name)}

    def report(self, words: str) -> None:
        print(f"     {words}", flush=True)

    def test_linux_drops_none_of_10000_frames_with_offloads(self) -> None:
        with self.receiving(rx="off"):
            self.all_are_received(FRAMES)

    def test_linux_drops_no_frame_when_its_card_checks_too(self) -> None:
        with self.receiving(rx="on"):
            self.all_are_received(FRAMES // 10)

    def test_linux_counts_every_wrong_checksum(self) -> None:
        """So that the tests above can fail."""
        for rx in ("off", "on"):
            with self.receiving(rx), self.sending() as program:
                for kind, counter in WRONG.items():
                    before = self.counters()
                    self.ask(program, f"wrong {kind}")
                    grown = self.growth(before, lambda g: g[counter] > 0)
                    self.assertEqual(grown[counter], 1, f"{kind}, rx {rx}: {self.dropped(grown)}")
                    self.assertEqual({name for name in RIGHT.values() if grown[name]}, set(), f"{kind}, rx {rx}")

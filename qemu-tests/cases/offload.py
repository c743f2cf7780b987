"""What the card does to frames on their way out is what software would have done."""

from __future__ import annotations

import os
import struct

from lab import frames

# Whoever has the time may try more.
GROUPS = int(os.environ.get("RINGSIDE_OFFLOAD_GROUPS", "2000"))


class OffloadTests:
    """For a machine with a NIC a and a wire to it. What its transmit queues accept is the card's own matter: `offloads`
    names what must be among it."""

    offloads: set[str] = set()  # "segmented", "tagged"

    @staticmethod
    def marker(data: bytes) -> str:
        """What a marker of guest/offload_frames.cpp says; empty for all other frames."""
        if len(data) < 60 or struct.unpack_from(">H", data, 12)[0] != frames.ETHERTYPE:
            return ""
        return data[14:60].split(b"\0")[0].decode("ascii", "replace")

    def groups(self, wire) -> list[tuple[str, list[bytes], list[bytes]]]:
        """Number, expected frames, offloaded frames, as they come from the wire until the end."""
        found: list[tuple[str, list[bytes], list[bytes]]] = []
        where = None
        while True:
            arrived = wire.receive(256, 2) or wire.receive(1, 60)
            self.assertTrue(arrived, f"nothing came for a minute, after group {len(found)}")
            for data in arrived:
                word, _, number = self.marker(data).partition(" ")
                if word == "begin":
                    found.append((number, [], []))
                    where = found[-1][1]
                elif word == "again":
                    where = found[-1][2]
                elif word == "end":
                    return found
                elif where is not None:
                    where.append(data)

    def test_offloads_come_out_as_in_software(self) -> None:
        wire = self.wires["a"]
        wire.clear()
        program = self.guest.start(f"offload_frames {self.ports[0]} {GROUPS} 1")
        groups = self.groups(wire)
        self.assertEqual(program.wait(), 0, program.err())
        counted = program.objects()[-1]
        for number, expected, offloaded in groups:
            self.assertTrue(expected, f"group {number} is empty")
            self.assert_same_frames(expected, offloaded, f"group {number}")
        self.assertEqual(len(groups), counted["groups"])
        self.assertEqual(counted["groups"] + counted["not_accepted"], GROUPS)
        self.assertEqual(counted["refused"], 0)
        self.assertGreater(counted["groups"], GROUPS // 2)
        for kind in self.offloads:
            self.assertGreater(counted[kind], 100, kind)

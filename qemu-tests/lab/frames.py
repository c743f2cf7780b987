"""Frames for tests, and how two lists of them differ."""

from __future__ import annotations

import pathlib
import random
import struct

# For experiments on one's own network (IEEE 802). Nobody looks into such frames: QEMU's e1000e and igb, like others,
# drop IPv4 frames with a damaged header instead of sending them.
ETHERTYPE = 0x88B5
SMALLEST, LARGEST = 60, 1514  # bytes without CRC
BROADCAST = bytes([0xFF] * 6)
SOMEBODY = bytes([0x02, 0, 0, 0, 0, 0x01])
HEADER = 14 + 8  # destination, source, type; series, number


def frame(series: int, number: int, length: int, destination: bytes = BROADCAST, source: bytes = SOMEBODY) -> bytes:
    """A frame that tells which it is. The rest is made up, the same each time."""
    body = struct.pack(">HII", ETHERTYPE, series, number)
    filling = random.Random(series << 32 | number).getrandbits(8 * (length - HEADER)).to_bytes(length - HEADER, "big")
    return destination + source + body + filling


def of_all_sizes(series: int, count: int, smallest: int = SMALLEST, largest: int = LARGEST) -> list[bytes]:
    """Frames of each length from smallest to largest, over and over, in a shuffled order; of evenly spread lengths, with
    both ends, if they are too few for all."""
    span = largest - smallest + 1
    if count < span:
        lengths = [smallest + number * (span - 1) // max(1, count - 1) for number in range(count)]
    else:
        lengths = [smallest + number % span for number in range(count)]
    random.Random(series).shuffle(lengths)
    return [frame(series, number, length) for number, length in enumerate(lengths)]


def series_of(data: bytes) -> int:
    """Which series a frame belongs to; -1 if it is none of ours."""
    ours = len(data) >= HEADER and struct.unpack_from(">H", data, 12)[0] == ETHERTYPE
    return struct.unpack_from(">I", data, 14)[0] if ours else -1


def number_of(data: bytes) -> int:
    return struct.unpack_from(">I", data, 18)[0]


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def difference(sent: list[bytes], received: list[bytes]) -> str:
    """The first way in which what arrived is not what was sent; empty if it is the same."""
    for number, (one, other) in enumerate(zip(sent, received)):
        if one == other:
            continue
        if other in sent:
            return (f"frame {number} of {len(sent)} was expected, frame {sent.index(other)} came"
                    f" ({len(received)} came in all)")
        at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
        return (f"frame {number} of {len(sent)} ({len(one)} bytes) came as {len(other)} bytes, and differs from byte "
                f"{at} on: {one[at:at + 16].hex()} was sent, {other[at:at + 16].hex()} came")
    if len(sent) != len(received):
        return f"{len(received)} frames came of {len(sent)}"
    return ""


def capture(path: pathlib.Path) -> list[bytes]:
    """The frames of a classic capture file of this machine's byte order."""
    data = path.read_bytes()
    if data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        raise ValueError(f"{path} is no capture file of little-endian byte order")
    frames, at = [], 24
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 8)
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames

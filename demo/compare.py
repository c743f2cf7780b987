#!/usr/bin/env python3
"""Compares two captures frame by frame: order, length and bytes.

Exit code 0 if they are identical, 1 if they differ, 2 if one cannot be read.
"""
import argparse
import collections
import json
import struct
import sys

FORMATS = {  # the first four bytes: byte order
    b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
    b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">",
}
SHOWN_DIFFERENCES = 5


class CaptureError(Exception):
    pass


def read_records(path):
    """A classic capture file (not pcapng) as a list of (seconds, fraction, frame)."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise CaptureError(f"reading {path}: {error.strerror}") from None
    order = FORMATS.get(data[:4])
    if order is None or len(data) < 24:
        raise CaptureError(f"{path} is no capture file (pcapng is not read: convert it with editcap -F pcap)")
    if struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF != 1:
        raise CaptureError(f"{path} does not hold Ethernet frames")
    records, at = [], 24
    while at < len(data):
        where = f"{path}, record {len(records) + 1}"
        if at + 16 > len(data):
            raise CaptureError(f"{where}: the file ends inside its header")
        seconds, fraction, captured, length = struct.unpack_from(order + "4I", data, at)
        at += 16
        if at + captured > len(data):
            raise CaptureError(f"{where}: the file ends inside the frame")
        if captured != length:
            raise CaptureError(f"{where}: only {captured} of {length} bytes were captured")
        records.append((seconds, fraction, data[at:at + captured]))
        at += captured
    return records


def read_capture(path):
    """The frames of a capture file, as a list of bytes."""
    return [frame for _, _, frame in read_records(path)]


def kind(frame):
    """What a frame is, in the words of the table."""
    if len(frame) < 14:
        return "too short"
    ethertype, at, tag = struct.unpack_from("!H", frame, 12)[0], 14, ""
    if ethertype == 0x8100 and len(frame) >= 18:
        ethertype, at, tag = struct.unpack_from("!H", frame, 16)[0], 18, "VLAN "
    if ethertype == 0x0806:
        return tag + "ARP"
    if ethertype == 0x0800 and len(frame) >= at + 20:
        return tag + ip_kind("", frame[at + 9], frame[at + 4 * (frame[at] & 15):])
    if ethertype == 0x86DD and len(frame) >= at + 40:
        protocol, rest = frame[at + 6], frame[at + 40:]
        if protocol == 0 and len(rest) >= 8:  # hop-by-hop options
            protocol, rest = rest[0], rest[8 * (rest[1] + 1):]
        return tag + ip_kind("v6", protocol, rest)
    return tag + "other"


def ip_kind(version, protocol, payload):
    if protocol in (1, 58):
        discovery = protocol == 58 and payload and payload[0] in range(133, 138)
        return "IPv6 neighbour discovery" if discovery else f"ICMP{version}"
    ports = struct.unpack_from("!2H", payload) if len(payload) >= 4 else ()
    if protocol == 6:
        return f"TCP{version} HTTP" if 80 in ports else f"TCP{version}"
    if protocol == 17:
        return f"UDP{version} DNS" if 53 in ports else f"UDP{version}"
    return f"IP{version} other"


def count_kinds(frames):
    """Kind: (frames, shortest, longest), the most frequent first."""
    sizes = collections.defaultdict(list)
    for frame in frames:
        sizes[kind(frame)].append(len(frame))
    ordered = sorted(sizes.items(), key=lambda item: (-len(item[1]), item[0]))
    return {name: (len(all_), min(all_), max(all_)) for name, all_ in ordered}


def describe_difference(number, one, other):
    if len(one) != len(other):
        return f"frame {number} ({kind(one)}): {len(one)} bytes, but {len(other)} ({kind(other)}) in the second"
    at = next(i for i in range(len(one)) if one[i] != other[i])
    return f"frame {number} ({kind(one)}, {len(one)} bytes): byte {at} is {one[at]:02x}, but {other[at]:02x} in the second"


def compare(first, second):
    missing = collections.Counter(first) - collections.Counter(second)
    extra = collections.Counter(second) - collections.Counter(first)
    differences = [describe_difference(number, one, other)
                   for number, (one, other) in enumerate(zip(first, second), 1) if one != other]
    result = {
        "identical": first == second,
        "frames_first": len(first),
        "frames_second": len(second),
        "bytes_first": sum(map(len, first)),
        "bytes_second": sum(map(len, second)),
        "missing": sum(missing.values()),  # in the first only, wherever they should be
        "extra": sum(extra.values()),
        "differing_places": len(differences) + abs(len(first) - len(second)),
        "differences": differences[:SHOWN_DIFFERENCES],
    }
    result["only_order_differs"] = not (result["identical"] or missing or extra)
    return result


def print_table(first, second):
    kinds_first, kinds_second = count_kinds(first), count_kinds(second)
    names = list(kinds_first) + [name for name in kinds_second if name not in kinds_first]
    width = max([len(name) for name in names] + [5])
    print(f"{'kind':{width}}  {'first':>7}  {'second':>7}  bytes each")
    for name in names:
        a, b = kinds_first.get(name), kinds_second.get(name)
        low = min(k[1] for k in (a, b) if k)
        high = max(k[2] for k in (a, b) if k)
        span = str(low) if low == high else f"{low} to {high}"
        print(f"{name:{width}}  {a[0] if a else 0:7}  {b[0] if b else 0:7}  {span}")
    print(f"{'all':{width}}  {len(first):7}  {len(second):7}")


def print_verdict(result):
    if result["identical"]:
        print(f"identical: {result['frames_first']} frames, {result['bytes_first']} bytes")
        return
    if result["only_order_differs"]:
        print(f"different: the same frames in another order, {result['differing_places']} places differ")
    else:
        print(f"different: {result['missing']} frames of the first are missing in the second, "
              f"{result['extra']} of the second are not in the first")
    for line in result["differences"]:
        print("  " + line)


def main():
    parser = argparse.ArgumentParser(description="Compares two captures frame by frame: order, length and bytes.",
                                     epilog="Exit code: 0 identical, 1 different, 2 a file cannot be read.")
    parser.add_argument("first", help="what went in")
    parser.add_argument("second", help="what came out")
    parser.add_argument("--ignore-macs", action="store_true",
                        help="the two MAC addresses may differ (a forwarder may rewrite them)")
    parser.add_argument("--pad", action="store_true",
                        help="pad frames to 60 bytes before comparing, as a NIC does when it sends")
    parser.add_argument("--json", action="store_true", help="print the result as a JSON object")
    options = parser.parse_args()
    try:
        first, second = read_capture(options.first), read_capture(options.second)
    except CaptureError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    if options.pad:
        first, second = ([frame.ljust(60, b"\0") for frame in frames] for frames in (first, second))
    blind = [[bytes(12) + frame[12:] for frame in frames] if options.ignore_macs else frames
             for frames in (first, second)]
    result = compare(*blind)
    if options.json:
        result["kinds_first"] = {name: entry[0] for name, entry in count_kinds(first).items()}
        result["kinds_second"] = {name: entry[0] for name, entry in count_kinds(second).items()}
        print(json.dumps(result, indent=2))
    else:
        print_table(first, second)
        print_verdict(result)
    return 0 if result["identical"] else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""demo/compare.py must find what differs, and nothing else. Usage: compare_test.py PATH-OF-THE-REPOSITORY"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = sys.argv.pop(1)
COMPARE = os.path.join(ROOT, "demo", "compare.py")
MACS = bytes(range(12))
ARP = MACS + b"\x08\x06" + bytes(46)
VLAN_ARP = MACS + b"\x81\x00\x00\x07\x08\x06" + bytes(42)
UDP = MACS + b"\x08\x00\x45" + bytes(8) + b"\x11" + bytes(10) + struct.pack("!HH", 4000, 53) + bytes(80)


def capture(frames, order="<", magic=0xA1B2C3D4, link_type=1):
    out = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 65535, link_type)
    for frame in frames:
        out += struct.pack(order + "4I", 1, 2, len(frame), len(frame)) + frame
    return out


class CompareTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def compare(self, first, second, *options):
        paths = []
        for name, content in (("first", first), ("second", second)):
            paths.append(os.path.join(self.folder.name, name))
            with open(paths[-1], "wb") as file:
                file.write(content if isinstance(content, bytes) else capture(content))
        return subprocess.run([sys.executable, COMPARE, *paths, *options], capture_output=True, text=True, check=False)

    def result(self, first, second, *options):
        done = self.compare(first, second, "--json", *options)
        result = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if result["identical"] else 1)
        return result

    def test_equal_captures_are_identical(self):
        done = self.compare([ARP, UDP], [ARP, UDP])
        self.assertEqual(done.returncode, 0)
        self.assertIn("identical: 2 frames", done.stdout)

    def test_byte_order_and_resolution_do_not_matter(self):
        self.assertTrue(self.result(capture([ARP], ">"), capture([ARP], "<", 0xA1B23C4D))["identical"])

    def test_one_wrong_byte_is_found(self):
        result = self.result([ARP, UDP], [ARP, UDP[:50] + b"\x01" + UDP[51:]])
        self.assertEqual((result["missing"], result["extra"]), (1, 1))
        self.assertIn("frame 2 (UDP DNS, 118 bytes): byte 50 is 00, but 01", result["differences"][0])

    def test_a_longer_frame_is_found(self):
        self.assertIn("60 bytes, but 61", self.result([ARP], [ARP + b"\0"])["differences"][0])

    def test_a_lost_and_an_added_frame_are_counted(self):
        self.assertEqual(self.result([ARP, UDP, UDP], [ARP, UDP])["missing"], 1)
        self.assertEqual(self.result([ARP], [ARP, ARP])["extra"], 1)

    def test_another_order_is_called_that(self):
        result = self.result([ARP, UDP], [UDP, ARP])
        self.assertTrue(result["only_order_differs"])
        self.assertEqual(result["differing_places"], 2)

    def test_other_macs_differ_unless_ignored(self):
        other = b"\xff" * 12 + ARP[12:]
        self.assertFalse(self.result([ARP], [other])["identical"])
        self.assertTrue(self.result([ARP], [other], "--ignore-macs")["identical"])

    def test_padding_differs_unless_both_are_padded(self):
        self.assertFalse(self.result([ARP[:42]], [ARP])["identical"])
        self.assertTrue(self.result([ARP[:42]], [ARP], "--pad")["identical"])

    def test_kinds_are_counted(self):
        self.assertEqual(self.result([ARP, UDP, ARP, VLAN_ARP, ARP[:13]], [])["kinds_first"],
                         {"ARP": 2, "UDP DNS": 1, "VLAN ARP": 1, "too short": 1})

    def test_empty_captures_are_identical(self):
        self.assertTrue(self.result([], [])["identical"])

    def test_a_bad_file_is_a_sentence(self):
        good = capture([ARP])
        for bad, reason in ((b"letter", "is no capture file"), (good[:-1], "record 1: the file ends inside the frame"),
                            (good[:30], "record 1: the file ends inside its header"),
                            (capture([], link_type=113), "does not hold Ethernet frames")):
            done = self.compare(good, bad)
            self.assertEqual(done.returncode, 2)
            self.assertIn(reason, done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def test_the_demo_has_what_its_readme_says(self):
        with open(os.path.join(ROOT, "demo", "README.md"), encoding="utf-8") as file:
            rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in file if line.startswith("| ")]
        traffic = os.path.join(ROOT, "demo", "traffic.pcap")
        done = subprocess.run([sys.executable, COMPARE, traffic, traffic, "--json"], capture_output=True, text=True,
                              check=True)
        self.assertEqual({row[0]: int(row[1]) for row in rows[2:]}, json.loads(done.stdout)["kinds_first"])


if __name__ == "__main__":
    unittest.main()

"""Hugepages: shown by node and size; ensured by raising, never by lowering."""

import errno
import json
import unittest

from case import NIC, Case
from fake_machine import devbind


def path(node, size="2048kB"):
    return f"/sys/devices/system/node/node{node}/hugepages/hugepages-{size}/nr_hugepages"


class Hugepages(Case):
    def setUp(self):
        super().setUp()
        self.machine.add_hugepages(0, total=64, free=44)
        self.machine.add_hugepages(0, "1048576kB")
        self.machine.add_hugepages(1, total=0, free=0)

    def total(self, node, size="2048kB"):
        return int(self.machine.read(path(node, size)))

    def test_show_lists_total_free_and_used_for_each_node_and_size(self):
        self.assertEqual([line.split() for line in self.run_devbind("hugepages").splitlines()],
                         [["Node", "Size", "Total", "Free", "Used"], ["0", "1G", "0", "0", "0"],
                          ["0", "2M", "64", "44", "20"], ["1", "2M", "0", "0", "0"]])

    def test_show_for_programs(self):
        self.assertIn({"node": 0, "kib": 2048, "total": 64, "free": 44},
                      json.loads(self.run_devbind("hugepages", "show", "--json")))

    def test_ensure_raises_by_what_is_missing_on_each_node(self):
        self.run_devbind("hugepages", "ensure", "64")
        self.assertEqual((self.total(0), self.total(1)), (84, 64))

    def test_ensure_again_changes_nothing(self):
        self.run_devbind("hugepages", "ensure", "64")
        writes = len(self.machine.writes)
        self.assertIn("free already", self.run_devbind("hugepages", "ensure", "64"))
        self.assertEqual(len(self.machine.writes), writes)

    def test_ensure_never_lowers(self):
        self.run_devbind("hugepages", "ensure", "1", "--node", "0")
        self.assertEqual((self.total(0), self.machine.writes), (64, []))

    def test_one_node_by_number_and_by_the_card_that_is_on_it(self):
        self.run_devbind("hugepages", "ensure", "10", "--node", "1")
        self.assertEqual((self.total(0), self.total(1)), (64, 10))
        self.machine.add_nic(numa="1")
        self.run_devbind("hugepages", "ensure", "12", "--node-of", NIC)
        self.assertEqual((self.total(0), self.total(1)), (64, 12))

    def test_an_amount_of_memory(self):
        self.run_devbind("hugepages", "ensure", "128M", "--node", "1")
        self.assertEqual(self.total(1), 64)

    def test_pages_of_one_gigabyte(self):
        self.run_devbind("hugepages", "ensure", "2G", "--size", "1G", "--node", "0")
        self.assertEqual((self.total(0, "1048576kB"), self.total(0)), (2, 64))

    def test_too_few_are_put_back_and_said(self):
        self.machine.memory_for_pages = 80
        self.run_devbind("hugepages", "ensure", "64", code=devbind.EXIT_HUGEPAGES)
        self.assertIn("only 60 on node 0, 64 on node 1 of 64", self.err)
        self.assertIn("hugepagesz=2M hugepages=64", self.err)
        self.assertEqual((self.total(0), self.total(1)), (64, 0))

    def test_it_asks_again_after_memory_was_tidied_up(self):
        self.machine.memory_for_pages = 10
        self.machine.file("/proc/sys/vm/drop_caches")
        self.machine.file("/proc/sys/vm/compact_memory")
        real = self.machine.write

        def write(where, text):
            real(where, text)
            if where.endswith("compact_memory"):
                self.machine.memory_for_pages = 1000
        self.machine.write = write
        self.run_devbind("hugepages", "ensure", "64", "--node", "1")
        self.assertEqual(self.total(1), 64)

    def test_a_write_that_fails_puts_the_first_node_back(self):
        self.machine.refuse(path(1), errno.EACCES)
        self.run_devbind("hugepages", "ensure", "64", code=devbind.EXIT_PERMISSION)
        self.assertEqual((self.total(0), self.total(1)), (64, 0))

    def test_without_root_it_writes_nothing(self):
        self.machine.user = 1000
        self.run_devbind("hugepages", "ensure", "64", code=devbind.EXIT_PERMISSION)
        self.assertEqual(self.machine.writes, [])

    def test_a_dry_run_prints_the_writes(self):
        self.machine.user = 1000
        out = self.run_devbind("hugepages", "ensure", "64", "--dry-run")
        self.assertIn(f"echo 84 > {path(0)}", out)
        self.assertEqual(self.machine.writes, [])

    def test_wrong_amounts_sizes_and_nodes_are_refused(self):
        for wrong in (["ensure"], ["ensure", "0"], ["ensure", "-5"], ["ensure", "many"], ["ensure", "3M"],
                      ["ensure", "8", "--node", "7"], ["ensure", "8", "--size", "4K"],
                      ["ensure", "8", "--size", "1G", "--node", "1"]):
            with self.subTest(wrong):
                self.run_devbind("hugepages", *wrong, code=devbind.EXIT_USAGE)

    def test_a_machine_without_numa_nodes(self):
        self.machine.drop("/sys/devices/system/node")
        self.machine.file("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "3\n")
        self.machine.file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "3\n")
        self.run_devbind("hugepages", "ensure", "5")
        self.assertEqual(self.machine.read("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"), "5")


if __name__ == "__main__":
    unittest.main()

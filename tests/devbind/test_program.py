"""The command line, the exit codes, and the program as a file that is executed."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

from case import NIC, Case
from fake_machine import DEVBIND, devbind


class Spelling(unittest.TestCase):
    """dpdk-devbind.py's options become commands."""

    def test_all_of_them(self):
        for old, new in {
            "-s": [["status", "--plain"]],
            "--status": [["status", "--plain"]],
            "-b vfio-pci 03:00.0": [["bind", "--driver=vfio-pci", "03:00.0"]],
            "--bind=vfio-pci 03:00.0 --force": [["bind", "--driver=vfio-pci", "03:00.0", "--force"]],
            "--force --bind ixgbe 03:00.0": [["bind", "--driver=ixgbe", "--force", "03:00.0"]],
            "-u 03:00.0": [["unbind", "03:00.0"]],
            "-b none 03:00.0": [["unbind", "03:00.0"]],
            "-b vfio-pci 03:00.0 -s": [["bind", "--driver=vfio-pci", "03:00.0"], ["status", "--plain"]],
            "-b vfio-pci -U alice -G 5 03:00.0": [["bind", "--driver=vfio-pci", "-U", "alice", "-G", "5", "03:00.0"]],
            "bind -U alice 03:00.0": [["bind", "-U", "alice", "03:00.0"]],
            "--help": [["--help"]],
        }.items():
            with self.subTest(old):
                self.assertEqual(devbind.modern_spelling(old.split()), new)

    def test_a_missing_value_and_a_contradiction_are_failures(self):
        for wrong in ("-b", "--status-dev", "-b vfio-pci -u 03:00.0", "--status-dev all"):
            with self.subTest(wrong), self.assertRaises(devbind.Failure):
                devbind.modern_spelling(wrong.split())


class Selection(Case):
    def setUp(self):
        super().setUp()
        self.machine.add_nic()

    def test_every_way_to_name_a_device_finds_it_once(self):
        for name in (NIC, "03:00.0", "enp3s0f0", "0000:03:00.*", "03:*", "*"):
            with self.subTest(name):
                self.assertEqual([d.address for d in devbind.Machine(self.machine).select([name, NIC])], [NIC])

    def test_capital_letters_do_not_matter_in_an_address(self):
        self.machine.add_nic("0000:af:00.0", "other")
        self.assertEqual(devbind.Machine(self.machine).select(["AF:00.0"])[0].address, "0000:af:00.0")

    def test_a_pattern_finds_network_cards_only(self):
        self.machine.add_card("0000:03:00.7", "ahci", "1", kind="010601")
        self.assertEqual([d.address for d in devbind.Machine(self.machine).select(["03:00.*"])], [NIC])


class Usage(Case):
    def test_no_argument_shows_the_help_and_is_wrong_usage(self):
        self.run_devbind(code=devbind.EXIT_USAGE)
        self.assertIn("Begin with:", self.err)

    def test_an_unknown_option_is_wrong_usage(self):
        self.run_devbind("bind", "--frobnicate", NIC, code=devbind.EXIT_USAGE)

    def test_exit_codes_are_distinct_and_all_documented(self):
        codes = [value for name, value in vars(devbind).items() if re.fullmatch("EXIT_(?!CODES)[A-Z_]+", name)]
        self.assertEqual(sorted(codes), list(range(10)))
        self.assertEqual([int(n) for n in re.findall(r"^  (\d)  ", devbind.EXIT_CODES, re.MULTILINE)], list(range(10)))

    def test_new_id_is_written_nowhere(self):
        text = DEVBIND.read_text(encoding="utf-8")
        self.assertNotIn("/new_id", text)


class Executed(unittest.TestCase):
    """The file itself, read-only commands only."""

    def execute(self, *arguments):
        return subprocess.run([sys.executable, DEVBIND, *arguments], capture_output=True, text=True, timeout=60,
                              check=False)

    def test_help_teaches_and_succeeds(self):
        for arguments in (["--help"], ["bind", "--help"], ["hugepages", "--help"]):
            done = self.execute(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("exit codes:", done.stdout)

    def test_it_is_executable_and_leaves_no_compiled_copy(self):
        self.assertTrue(os.access(DEVBIND, os.X_OK))
        self.assertEqual(list(pathlib.Path(DEVBIND).parent.glob("devbind*.pyc")), [])

    def test_it_imports_nothing_but_the_standard_library(self):
        code = ("import sys, runpy; sys.path = [p for p in sys.path if 'site-packages' not in p];"
                f"runpy.run_path({str(DEVBIND)!r}, run_name='imported')")
        done = subprocess.run([sys.executable, "-I", "-B", "-W", "ignore", "-c", code], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_it_runs_no_other_program_for_a_listing(self):
        """lspci and ip are slow and may be missing: with an empty PATH it works as well."""
        done = subprocess.run([sys.executable, DEVBIND, "-s"], capture_output=True, text=True, timeout=60, check=False,
                              env={"PATH": "/nonexistent"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Files(Case):
    """What System does with real files (in the temporary folder)."""

    def setUp(self):
        super().setUp()
        self.system = devbind.System(self.machine.root)

    def test_a_write_never_makes_a_file(self):
        with self.assertRaises(FileNotFoundError):
            self.system.write("/sys/nowhere", "1")

    def test_a_write_is_one_write(self):
        self.machine.file("/sys/x", "")
        self.system.write("/sys/x", "vfio-pci\n")
        self.assertEqual(self.system.read("/sys/x"), "vfio-pci")

    def test_a_saved_file_is_for_its_owner_only_and_replaces_the_old_one(self):
        self.system.save("/run/ringside/x.json", "old")
        self.system.save("/run/ringside/x.json", "new")
        self.assertEqual((self.system.read("/run/ringside/x.json"), self.system.mode("/run/ringside/x.json")),
                         ("new", 0o600))
        self.assertEqual(self.system.names("/run/ringside"), ["x.json"])

    def test_a_link_that_somebody_put_in_the_way_is_not_followed(self):
        self.machine.file("/etc/passwd", "precious")
        self.machine.symlink("/run/ringside/x.json.new", self.machine.real("/etc/passwd"))
        with self.assertRaises(OSError):
            self.system.save("/run/ringside/x.json", "new")
        self.assertEqual(self.system.read("/etc/passwd"), "precious")

    def test_a_second_lock_is_refused_until_the_first_is_gone(self):
        lock = self.system.lock("/run/ringside/lock")
        with self.assertRaises(BlockingIOError):
            self.system.lock("/run/ringside/lock")
        self.system.unlock(lock)
        self.system.unlock(self.system.lock("/run/ringside/lock"))

    def test_what_cannot_be_read_is_empty(self):
        self.assertEqual((self.system.read("/x"), self.system.names("/x"), self.system.link("/x")), ("", [], ""))


if __name__ == "__main__":
    unittest.main()

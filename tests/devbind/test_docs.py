"""What docs/devbind.md quotes is what the program prints."""

import importlib.util
import pathlib
import re
import sys
import unittest

from fake_machine import DEVBIND, devbind

ROOT = DEVBIND.parent
PAGE = ROOT / "docs" / "devbind.md"


def load_checker():
    spec = importlib.util.spec_from_file_location("check_links", ROOT / "tests" / "docs" / "check_links.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Quotations(unittest.TestCase):
    def test_every_quoted_run_is_what_a_run_prints(self):
        check_links = load_checker()
        here = pathlib.Path(__file__).resolve().parent
        checker = check_links.Checker(ROOT, {"on_fake_machine.py": str(here / "on_fake_machine.py"),
                                             "devbind": str(DEVBIND)})
        page = check_links.Page(PAGE)
        for block in page.blocks:
            checker.check_block(page, *block)
        self.assertEqual(checker.wrong, [])
        self.assertGreater(checker.quotes, 8)

    def test_every_block_that_shows_a_run_says_which(self):
        text = PAGE.read_text(encoding="utf-8")
        shown = re.findall(r"^```\n\$ devbind", text, re.MULTILINE)
        marked = re.findall(r"^<!-- printed by: on_fake_machine\.py .*-->\n```\n\$ devbind", text, re.MULTILINE)
        self.assertEqual(len(shown), len(marked))

    def test_the_exit_codes_are_all_there(self):
        text = PAGE.read_text(encoding="utf-8")
        for number in range(10):
            self.assertIn(f"| {number} |", text)

    def test_every_command_is_there(self):
        text = PAGE.read_text(encoding="utf-8")
        for command in devbind.COMMANDS:
            self.assertIn(f"devbind {command}", text)


if __name__ == "__main__":
    sys.exit(unittest.main())

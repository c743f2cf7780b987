#!/usr/bin/env python3
"""ringside-regs and ringside-check from end to end, as people run them, on software NICs.

  programs_test.py --bin FOLDER [Class.test ...]     FOLDER holds both programs and ringside-sim
  programs_test.py --list                            the names of the tests, for CMake
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import program_tests  # noqa: E402

BIN = None  # set by program_tests
LIMIT = 240


def run(program, *arguments):
    return subprocess.run([BIN / program, *map(str, arguments)], capture_output=True, text=True, timeout=LIMIT,
                          stdin=subprocess.DEVNULL)


class Programs(unittest.TestCase):
    def run_well(self, program, *arguments, code=0):
        done = run(program, *arguments)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout[-2000:]}{done.stderr}")
        return done.stdout

    def run_badly(self, program, *arguments, code, says):
        done = run(program, *arguments)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout[-2000:]}{done.stderr}")
        self.assertIn(says, done.stderr)
        self.assertRegex(done.stderr, f"(?m)^{program}: ")  # the simulator has a word on stderr, too


class Regs(Programs):
    def test_prints_registers_by_name_and_field(self):
        text = self.run_well("ringside-regs", "sim:82599")
        self.assertIn("82599", text.splitlines()[0])
        self.assertRegex(text, r"(?m)^00008  STATUS +00080000  MASTER_ENABLE=1$")
        self.assertRegex(text, r"(?m)^01028  RXDCTL\[0\.\.127\] +00000000$")
        self.assertRegex(text, r"not read, because reading clears it:.* GPRC")
        self.assertRegex(text, r"not read, because reading takes the semaphore: SWSM")

    def test_filters_by_name(self):
        text = self.run_well("ringside-regs", "--started", "--queues", 2, "--filter", "rxdctl", "sim:82599")
        names = [line.split()[1] for line in text.splitlines()[1:]]
        self.assertEqual(names, ["RXDCTL[0..1]", "RXDCTL[2..127]"])
        self.assertIn("ENABLE=1", text)
        self.run_badly("ringside-regs", "--filter", "NOTHING", "sim:82599", code=2, says="no register")

    def test_all_has_a_line_for_each(self):
        text = self.run_well("ringside-regs", "--all", "--filter", "TXDCTL", "sim:82599")
        self.assertEqual(len(text.splitlines()), 129)
        self.assertIn("ENABLE=0", text)

    def test_shows_what_a_start_changes(self):
        text = self.run_well("ringside-regs", "--diff", "sim:82599")
        self.assertRegex(text, r"(?m)^03000  RXCTRL +00000000 -> 00000001  RXEN 0->1$")
        self.assertRegex(text, r"(?m)^01028  RXDCTL\[0\] .*ENABLE 0->1")
        changed = json.loads(self.run_well("ringside-regs", "--diff", "--json", "sim:82599"))["changed"]
        self.assertIn({"RXEN": [0, 1]}, [c["fields"] for c in changed if c["name"] == "RXCTRL"])

    def test_shows_rings(self):
        text = self.run_well("ringside-regs", "--rings", "--filter", "CTRL", "sim:82599")
        self.assertRegex(text, r"(?m)^rx 0 +512  yes +0 +511 +511 ")
        rings = json.loads(self.run_well("ringside-regs", "--rings", "--json", "sim:82599"))["rings"]
        self.assertEqual([(r["direction"], r["device_owns"]) for r in rings], [("rx", 511), ("tx", 0)])

    def test_compares_two_dumps(self):
        with tempfile.TemporaryDirectory(prefix="ringside-test-") as folder:
            files = [pathlib.Path(folder) / name for name in ("a.json", "b.json")]
            files[0].write_text(self.run_well("ringside-regs", "--json", "sim:82599"))
            files[1].write_text(self.run_well("ringside-regs", "--json", "--started", "sim:82599"))
            dump = json.loads(files[0].read_text())
            self.assertEqual(dump["state"], "after reset")
            self.assertIn({"name": "STATUS", "offset": 8, "value": 0x80000}.items(),
                          [{k: r[k] for k in ("name", "offset", "value")}.items() for r in dump["registers"]])
            self.assertIn("SWSM", [r["name"] for r in dump["not_read"]])
            self.assertIn("RXEN 0->1", self.run_well("ringside-regs", "--compare", *files))
            self.assertIn("no differences", self.run_well("ringside-regs", "--compare", files[0], files[0]))
            # A tool that writes JSON in another form does no harm.
            files[0].write_text(json.dumps(dump, indent=2))
            self.assertIn("RXEN 0->1", self.run_well("ringside-regs", "--compare", *files))
            files[0].write_text("{")
            self.run_badly("ringside-regs", "--compare", *files, code=1, says="is not what ringside-regs --json")
        self.run_badly("ringside-regs", "--compare", *files, code=1, says="cannot read")

    def test_prints_the_eeprom(self):
        text = self.run_well("ringside-regs", "--eeprom", "sim:82599")
        self.assertRegex(text, r"(?m)^address \(words 0x41 to 0x43\) 02:00:00:82:59:90$")
        self.assertRegex(text, r"(?m)^checksum \(word 0x3f\) 0x[0-9a-f]{4}: right$")
        self.assertRegex(text, r"(?m)^0x2c  0080  device capabilities$")
        told = json.loads(self.run_well("ringside-regs", "--eeprom", "--json", "sim:82599"))
        self.assertEqual((len(told["words"]), told["checksum"]["right"]), (256, True))

    def test_prints_what_the_module_says(self):
        text = self.run_well("ringside-regs", "--sfp", "sim:82599,module=lr")
        self.assertRegex(text, r"(?m)^part +SIM-SFP-10G-LR$")
        self.assertRegex(text, r"(?m)^temperature +35.5 C: ok ")
        told = json.loads(self.run_well("ringside-regs", "--sfp", "--json", "sim:82599"))
        self.assertEqual(set(told["checksums_right"].values()), {True})
        self.run_badly("ringside-regs", "--sfp", "sim:82599,module=absent", code=1, says="no module answers in the cage")
        self.run_badly("ringside-regs", "--sfp", "sim:82599,id=1528", code=1, says="has no cage for a module")

    def test_prints_counters_with_their_meaning(self):
        port = "sim:82599,cable=generate:rate=1kpps,dst=02:00:00:82:59:90"
        text = self.run_well("ringside-regs", "--statistics", "--seconds", 0.5, port)
        self.assertRegex(text, r"(?m)^GPRC +[1-9][0-9]*  good frames that passed the filters")
        self.assertRegex(text, r"(?m)^[0-9]+ others are 0; --all shows them$")
        told = json.loads(self.run_well("ringside-regs", "--statistics", "--seconds", 0, "--json", port))
        self.assertIn("LXOFFRXCNT", [c["name"] for c in told["counters"]])
        self.assertTrue(all(c["meaning"] for c in told["counters"]))
        self.run_badly("ringside-regs", "--statistics", "--rings", port, code=2, says="choose one")

    def test_blinks(self):
        self.assertIn("blinks for 0.1 s", self.run_well("ringside-regs", "--blink", 0.1, "sim:82599"))

    def test_says_what_is_wrong_with_a_command_line(self):
        self.run_badly("ringside-regs", code=2, says="--help")
        self.run_badly("ringside-regs", "nonsense", code=2, says="nonsense")
        self.run_badly("ringside-regs", "--queues", 0, "sim:82599", code=2, says="--queues")
        self.run_badly("ringside-regs", "vfio-user:/nowhere/nic.sock", code=1, says="/nowhere/nic.sock")
        self.assertIn("Examples", self.run_well("ringside-regs", "--help"))


class Check(Programs):
    QUICK = ("--seconds", 0.3, "--link-timeout", 0.5)     # where nothing is to be waited for
    PATIENT = ("--seconds", 2, "--link-timeout", 60)      # the machine may be busy

    def diagnosis(self, address, *arguments, code):
        return json.loads(self.run_well("ringside-check", "--json", *arguments, address, code=code))

    def test_sees_frames_arrive(self):
        told = self.diagnosis("sim:82599,cable=generate:rate=1kpps,dst=02:00:00:82:59:90", *self.PATIENT, code=0)
        self.assertTrue(told["frames_arrive"])
        self.assertIsNone(told["reason"])
        self.assertGreater(told["destinations"]["own"], 0)
        self.assertEqual([f for f in told["findings"] if f["state"] == "bad"], [])

    def test_makes_do_with_a_virtual_functions_own_frames(self):
        told = self.diagnosis("sim:82599vf,cable=generate:rate=1kpps,dst=02:00:00:82:59:90", *self.PATIENT, code=0)
        self.assertGreater(told["destinations"]["own"], 0)
        self.assertEqual(told["destinations"]["other"], 0)

    def test_says_if_frames_are_for_others(self):
        told = self.diagnosis("sim:82599,cable=generate:rate=1kpps", *self.PATIENT, code=0)
        self.assertEqual(told["destinations"]["most"][0]["address"], "02:00:00:00:00:99")
        self.assertIn("addresses", [f["what"] for f in told["findings"] if f["state"] == "note"])

    def test_sees_an_interrupt(self):
        told = self.diagnosis("sim:82599,cable=generate:rate=1kpps", "--interrupts", *self.PATIENT, code=0)
        self.assertEqual([f["state"] for f in told["findings"] if f["what"] == "interrupts"], ["good"])

    def test_finds_the_reason(self):
        for fault, reason in (("module=absent,cable=generate", "link"), ("link=down,cable=generate", "link"),
                              ("enable=never,cable=generate", "start")):
            told = self.diagnosis("sim:82599," + fault, *self.QUICK, code=3)
            self.assertEqual(told["reason"], reason, fault)
        told = self.diagnosis("sim:82599,cable=generate:source=off", "--seconds", 0.1, "--link-timeout", 60, code=3)
        self.assertEqual(told["reason"], "wire")

    def test_tells_people_what_to_do(self):
        text = self.run_well("ringside-check", *self.QUICK, "sim:82599,module=absent,cable=generate", code=3)
        self.assertRegex(text, r"(?m)^BAD +link +down$")
        self.assertRegex(text, r"(?m)^ +-> there is no SFP\+ module in the cage: plug one in$")
        self.assertTrue(text.splitlines()[-1].startswith("nothing arrives: link"), text)

    def test_says_what_is_wrong_with_a_command_line(self):
        self.run_badly("ringside-check", code=2, says="--help")
        self.run_badly("ringside-check", "nonsense", code=2, says="nonsense")
        self.run_badly("ringside-check", "sim:82599,eeprom=absent", code=1, says="EEPROM")
        self.assertIn("Exit codes", self.run_well("ringside-check", "--help"))


if __name__ == "__main__":
    sys.exit(program_tests.main(sys.modules[__name__], "ringside-regs, ringside-check and ringside-sim"))

#!/usr/bin/env python3
"""The forwarder and ringside-sim from end to end, as people run them: real processes, sockets and files.

  forwarder_test.py --bin FOLDER [Class.test ...]     FOLDER holds forwarder and ringside-sim
  forwarder_test.py --list                            the names of the tests, for CMake

Needs neither root nor network (one test does, and is skipped without). Nothing here depends on how fast things are:
waits end when what is waited for happens, and their limits are only there for what hangs.
"""

import itertools
import os
import pathlib
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "demo"), str(SOURCE / "tests" / "support")]
import compare  # noqa: E402
import demo  # noqa: E402
import program_tests  # noqa: E402
from processes import LIMIT, Forwarder, Program, Simulator, children, has_ended, wait_until  # noqa: E402

CAPTURE = SOURCE / "demo" / "traffic.pcap"
SOURCE_OF_ONE = "sim:82599,cable=generate:count=1"
SOURCE_WITHOUT_END = "sim:82599,strict=fatal,cable=generate:size=64"
SINK = "sim:82599,strict=fatal,cable=generate:source=off"
BIN = None  # set by program_tests


def write_capture(path, frames):
    """Nanoseconds, so that the magic number is another than that of the demo's file."""
    data = bytearray.fromhex("4d3cb2a1 02000400 00000000 00000000 00000400 01000000")
    for number, frame in enumerate(frames):
        for word in (number, 0, len(frame), len(frame)):
            data += word.to_bytes(4, "little")
        data += frame
    path.write_bytes(data)


def swapped(frame):
    return frame[6:12] + frame[:6] + frame[12:]


def touched(frame):
    return frame[:11] + bytes([frame[11] ^ 1]) + frame[12:]


class EndToEnd(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ringside-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def forwarder(self, *arguments, **options):
        """Started, and ended at the end of the test at the latest."""
        return self.enter(Forwarder(BIN, *map(self.nic, arguments), **options))

    def simulator(self, *specs, **options):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        return self.enter(Simulator(BIN, folder, *map(self.nic, specs), **options))

    def nic(self, argument):
        """An argument of a program, with the kind of NIC that the test is for: see AsVirtualFunctions."""
        return argument

    def capture(self):
        """A file to play, and its frames: such as this kind of NIC receives."""
        return CAPTURE, compare.read_capture(CAPTURE)

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def assert_nothing_wrong(self, nics):
        for nic in nics:
            told = dict(nic["nic"], **nic["server"])
            for key in ("strict_total", "tx_refused", "dma_refused", "refused_messages", "refused_dma", "dropped"):
                self.assertEqual(told[key], 0, f"{key} of {nic['name']}: {nic}")

    def assert_sink_content(self, cable, frames):
        for key in ("lost", "reordered", "duplicated", "corrupted", "foreign", "too_late", "untracked"):
            self.assertEqual(cable[key], 0, f"{key}: {cable}")
        self.assertEqual(cable["received"], frames, cable)

    def assert_same_frames(self, expected, path):
        self.assertEqual(len(compare.read_capture(path)), len(expected), "number of frames")
        result = compare.compare(expected, compare.read_capture(path))
        self.assertTrue(result["identical"], result)


class Captures(EndToEnd):
    """A recorded capture goes in at both ends at the same time, and must come out at the other, in order, unchanged
    but for what the forwarder was told to change."""
    DOORBELLS = ("mapped", "trapped")

    def play(self, change, *arguments, nic="82599,strict=fatal", mtu=9000):
        there = [frame for frame in self.capture()[1] if len(frame) <= mtu + 14]
        back = list(reversed(there))
        forwards, backwards = self.folder / "forwards.pcap", self.folder / "backwards.pcap"
        write_capture(forwards, there)
        write_capture(backwards, back)
        left, right = (self.folder / name for name in ("left.pcap", "right.pcap"))
        run = self.forwarder("--mtu", mtu, "--packets", 2 * len(there), *arguments,
                             f"sim:{nic},cable=pcap:{forwards},{left}", f"sim:{nic},cable=pcap:{backwards},{right}")
        summary = run.summary()
        self.assertEqual(summary["unaccounted"], 0)
        self.assertEqual([d["sent"] for d in summary["directions"]], [len(there), len(back)])
        self.assert_same_frames([change(frame) for frame in there], right)
        self.assert_same_frames([change(frame) for frame in back], left)

    def play_in_all_ways(self, change, *arguments):
        ways = itertools.product(self.DOORBELLS, (1, 2), (1, 7, 32, 256), (64, 4096))
        for doorbells, threads, burst, ring in ways:
            with self.subTest(doorbells=doorbells, threads=threads, burst=burst, ring=ring):
                self.play(change, "--threads", threads, "--burst", burst, "--ring", ring, *arguments,
                          nic=f"82599,strict=fatal,doorbells={doorbells}", mtu=1500 if burst == 1 else 9000)

    def test_come_out_as_they_went_in(self):
        self.play_in_all_ways(lambda frame: frame)

    def test_come_out_with_swapped_addresses(self):
        self.play_in_all_ways(swapped, "--swap-mac")

    def test_come_out_with_a_bit_flipped(self):
        self.play_in_all_ways(touched, "--touch")

    def test_pass_through_small_pages(self):
        for threads in (1, 2):
            self.play(swapped, "--swap-mac", "--pages", "4k", "--threads", threads)

    def test_pass_through_when_completions_come_late_and_in_batches(self):
        for seed in range(5):
            self.play(touched, "--touch", "--ring", 64, nic=f"82599,strict=fatal,dd-delay,seed={seed}")


class Generated(EndToEnd):
    """Numbered frames of all sizes; the counts of forwarder, driver and simulator must agree exactly."""
    COUNT = 100_000

    def run_both_ways(self, traffic, *arguments, nic="82599,strict=fatal"):
        cable = f"generate:count={self.COUNT},flows=7,{traffic}"
        simulator = self.simulator(f"{nic},cable={cable},name=left", f"{nic},cable={cable},name=right,seed=2")
        run = self.forwarder("--packets", 2 * self.COUNT, *arguments, *simulator.ports)
        summary = run.summary()
        nics = simulator.report()
        self.assert_nothing_wrong(nics)
        self.assertEqual(summary["unaccounted"], 0)
        for here, there in ((0, 1), (1, 0)):
            port, cable, direction = summary["ports"][here], nics[here]["nic"]["cable"], summary["directions"][here]
            self.assertEqual(cable["to_nic"], self.COUNT)
            self.assertEqual((port["rx_packets"], port["rx_bytes"]), (cable["to_nic"], cable["bytes_to_nic"]))
            self.assertEqual((port["tx_packets"], port["tx_bytes"]), (cable["from_nic"], cable["bytes_from_nic"]))
            self.assertEqual((direction["received"], direction["sent"], direction["dropped"]), (self.COUNT, self.COUNT, 0))
            self.assertEqual(sum(port["rx_dropped"].values()) + port["tx_refused"], 0)
            self.assertEqual(cable["bytes_to_nic"], nics[there]["nic"]["cable"]["bytes_from_nic"])
            self.assert_sink_content(cable, self.COUNT)
            self.assertEqual(cable["flows_seen"], 7)

    def test_frames_of_all_sizes_arrive(self):
        self.run_both_ways("size=64-1518")

    def test_all_arrive_when_only_as_many_buffers_are_posted_as_bursts_call_for(self):
        self.run_both_ways("size=64-1518", "--ring", 4096, "--adaptive-posting", "--frame-size", "imix")

    def test_the_internet_mix_arrives(self):
        self.run_both_ways("size=imix", "--threads", "2")

    def test_jumbo_frames_arrive(self):
        self.run_both_ways("size=64-9018", "--mtu", "9000")

    def test_smallest_frames_arrive_through_smallest_rings(self):
        self.run_both_ways("size=64", "--ring", "64")

    def test_smallest_frames_arrive_through_trapped_doorbells(self):
        self.run_both_ways("size=68,vlan=9", nic="82599,strict=fatal,doorbells=trapped")

    def test_what_is_too_fast_is_dropped_and_counted_by_the_card(self):
        # One frame at a time, each with messages of its own, cannot keep up with 15 million in a second. The source
        # does not wait for a receiver, nor does it show when it has ended: as long as there was nothing to see of it,
        # or it only seemed to have ended, again with more.
        for count in (3_000_000, 12_000_000, 48_000_000):
            simulator = self.simulator(
                f"82599,strict=fatal,doorbells=trapped,cable=generate:count={count},rate=10G",
                "82599,strict=fatal,doorbells=trapped,cable=generate:source=off")
            run = self.forwarder("--ring", 64, "--burst", 1, *simulator.ports)
            run.wait_for(lambda *_: run.records("rates") and run.records("rates")[-1]["pps"][0] == 0, "the source's end")
            run.send(signal.SIGINT)
            summary = run.summary()
            nics = simulator.report()
            if nics[0]["nic"]["cable"]["to_nic"] == count and summary["directions"][0]["received"] > 0:
                break
        self.assert_nothing_wrong(nics)
        card, source, sink = nics[0]["nic"], nics[0]["nic"]["cable"], nics[1]["nic"]["cable"]
        port, direction = summary["ports"][0], summary["directions"][0]
        lost = sum(port["rx_dropped"].values()) + card["not_receiving"] + card["filtered"]
        self.assertGreater(sum(port["rx_dropped"].values()), 0)
        self.assertGreater(direction["received"], 0)
        self.assertEqual(source["to_nic"], count)
        self.assertEqual(source["to_nic"], direction["received"] + lost)
        self.assertEqual((direction["dropped"], summary["unaccounted"]), (0, 0))
        self.assertEqual(sink["received"], direction["received"])
        for key in ("reordered", "duplicated", "corrupted", "foreign"):
            self.assertEqual(sink[key], 0, sink)


class Deaths(EndToEnd):
    """What one process does when another is ended the hard way."""

    def assert_ends_with_a_sentence(self, run):
        self.assertEqual(run.end(), 1, run.words())
        self.assertRegex(run.errors[-1], r"^forwarder: .*(has ended or hung up|the process that simulates it has ended)")

    def test_the_forwarder_ends_with_a_sentence_when_its_served_nics_are_killed(self):
        simulator = self.simulator("82599,cable=generate:size=64", "82599,cable=generate:source=off")
        run = self.forwarder("--threads", 2, *simulator.ports)
        run.wait_for_traffic()
        simulator.send(signal.SIGKILL)
        self.assert_ends_with_a_sentence(run)

    def test_the_forwarder_ends_with_a_sentence_when_its_own_simulator_is_killed(self):
        run = self.forwarder(SOURCE_WITHOUT_END, SINK)
        run.wait_for_traffic()
        [simulator] = children(run.pid)
        os.kill(simulator, signal.SIGKILL)
        self.assert_ends_with_a_sentence(run)

    def test_the_forwarder_ends_with_a_sentence_when_its_served_nics_are_told_to_end(self):
        simulator = self.simulator("82599,cable=generate:size=64", "82599,cable=generate:source=off")
        run = self.forwarder(*simulator.ports)
        run.wait_for_traffic()
        simulator.report()
        self.assert_ends_with_a_sentence(run)

    def test_the_forwarder_ends_with_a_sentence_when_its_nics_hang(self):
        simulator = self.simulator("82599,cable=generate:size=64", "82599,cable=generate:source=off")
        run = self.forwarder(*simulator.ports)
        run.wait_for_traffic()
        simulator.send(signal.SIGSTOP)
        try:
            self.assertEqual(run.end(), 1, run.words())
            self.assertRegex(run.errors[-1], r"^forwarder: .*vfio-user")
        finally:
            simulator.send(signal.SIGCONT)

    def test_the_simulator_serves_the_next_forwarder_after_each_that_was_killed(self):
        recorded, played = self.folder / "busy.pcap", self.folder / "out.pcap"
        capture, expected = self.capture()
        simulator = self.simulator(
            "82599,strict=report,cable=generate:size=64", f"82599,strict=report,cable=pcap:,{recorded}",
            f"82599,cable=pcap:{capture},", f"82599,cable=pcap:,{played}")
        for number in range(10):
            with Program(BIN / "forwarder", "--threads", 1 + number % 2, *simulator.ports[:2]) as run:
                run.wait_for(lambda lines, _: len(lines) >= 2, "its ports")
                size = recorded.stat().st_size
                wait_until(lambda: recorded.stat().st_size > size + 1_000_000 or has_ended(run.pid), "traffic")
                self.assertIsNone(run.process.poll(), run.words())
                run.send(signal.SIGKILL)
                self.assertEqual(run.end(), -signal.SIGKILL)
        self.assertEqual(self.forwarder("--packets", 1000, *simulator.ports[:2]).summary()["unaccounted"], 0)
        self.forwarder("--mtu", 9000, "--packets", len(expected), *simulator.ports[2:]).summary()
        nics = simulator.report()
        self.assert_same_frames(expected, played)
        for nic in nics:
            self.assertEqual(nic["nic"]["strict_total"] + nic["nic"]["dma_refused"], 0, nic)
        self.assertEqual(nics[0]["server"]["clients"], 11)

    def test_the_simulator_survives_forwarders_that_are_killed_while_they_start(self):
        simulator = self.simulator("82599,cable=generate:count=1000", "82599,cable=generate:source=off")
        for delay in range(12):  # a different step each time, which one does not matter
            with Forwarder(BIN, *simulator.ports) as run:
                time.sleep(delay * 0.002)
                run.send(signal.SIGKILL)
                run.end()
        run = self.forwarder("--duration", 0.01, *simulator.ports)
        self.assertEqual(run.summary()["unaccounted"], 0)
        simulator.report()

    def test_a_forwarders_own_simulator_ends_when_the_forwarder_is_killed(self):
        for _ in range(3):
            run = self.forwarder(SOURCE_WITHOUT_END, SINK)
            [simulator] = wait_until(lambda: children(run.pid), "its simulator")
            self.forwarder_prints_rates(run)
            run.send(signal.SIGKILL)
            run.process.wait()
            wait_until(lambda: has_ended(simulator), "the end of the simulator")

    @staticmethod
    def forwarder_prints_rates(run):
        run.wait_for(lambda *_: run.records("rates"), "its first second")

    def test_a_full_disk_is_told_and_does_not_stop_the_forwarding(self):
        # Python ignores SIGXFSZ, so that its children, who inherit that, get an error instead of a signal.
        played = self.folder / "out.pcap"
        capture, frames = self.capture()
        simulator = self.simulator(f"82599,cable=pcap:{capture},", f"82599,cable=pcap:,{played}", restore_signals=False)
        resource.prlimit(simulator.pid, resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
        count = len(frames)
        summary = self.forwarder("--mtu", 9000, "--packets", count, *simulator.ports).summary()
        self.assertEqual(summary["directions"][0]["sent"], count)
        # So that the report itself can be written.
        resource.prlimit(simulator.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        cable = simulator.report()[1]["nic"]["cable"]
        kept = compare.read_capture(played)
        self.assertEqual(cable["not_written"] + len(kept), count)
        self.assertIn(f"writing to {played} failed: File too large", cable.get("problem_writing", ""))


class Signals(EndToEnd):
    def assert_clean_end(self, run, send):
        run.wait_for_traffic()
        send()
        summary = run.summary()
        self.assertEqual(summary["unaccounted"], 0)
        self.assertGreater(summary["directions"][0]["sent"], 0)
        # The simulator's own report comes before the end, and agrees.
        arrived = int(re.search(r"(\d+) received, 0 lost, 0 reordered, 0 duplicated, 0 corrupted, 0 foreign, "
                                r"1 streams", run.text())[1])
        self.assertEqual(summary["ports"][1]["tx_packets"], arrived)

    def test_ctrl_c_ends_it_cleanly(self):
        run = self.forwarder(SOURCE_WITHOUT_END, SINK)
        self.assert_clean_end(run, lambda: run.send(signal.SIGINT))

    def test_sigterm_ends_it_cleanly(self):
        run = self.forwarder("--threads", 2, SOURCE_WITHOUT_END, SINK)
        self.assert_clean_end(run, lambda: run.send(signal.SIGTERM))

    def test_ctrl_c_for_the_whole_process_group_ends_it_cleanly(self):
        run = self.forwarder(SOURCE_WITHOUT_END, SINK, start_new_session=True)
        self.assert_clean_end(run, lambda: os.killpg(run.pid, signal.SIGINT))

    def test_sigterm_for_the_whole_process_group_ends_it_cleanly(self):
        """As timeout(1) sends it."""
        run = self.forwarder(SOURCE_WITHOUT_END, SINK, start_new_session=True)
        self.assert_clean_end(run, lambda: os.killpg(run.pid, signal.SIGTERM))

    def test_ctrl_c_while_it_waits_for_the_link_ends_it(self):
        run = self.forwarder("--link-timeout", LIMIT * 10, "sim:82599,link=down,cable=loop", SINK)
        wait_until(lambda: children(run.pid), "its simulator")
        # Before it listens for signals this ends it at once, later in good order; both must happen soon.
        ended = threading.Event()
        sender = threading.Thread(target=self.interrupt_until, args=(run, ended))
        sender.start()
        try:
            self.assertIn(run.end(), (0, 1, -signal.SIGINT))
        finally:
            ended.set()
            sender.join()

    @staticmethod
    def interrupt_until(run, ended):
        while not ended.wait(0.05):
            run.send(signal.SIGINT)


class WrongUses(EndToEnd):
    """Each ends with the documented exit code and a sentence that helps."""

    def refuse(self, code, words, *arguments, environment=None):
        with self.subTest(arguments=[str(a) for a in arguments]):
            run = self.forwarder(*arguments, env=dict(os.environ, **(environment or {})))
            self.assertEqual(run.end(), code, run.words())
            self.assertTrue(run.errors[-1].startswith("forwarder: "), run.words())
            self.assertRegex(run.errors[-1], words)
            self.assertLess(len(run.errors[-1]), 400)
            self.assertNotIn("summary", run.text())

    def test_a_command_line_that_makes_no_sense_is_exit_code_2(self):
        pair = (SOURCE_OF_ONE, SINK)
        self.refuse(2, "PORT.*--help")
        self.refuse(2, "PORT.*--help", SOURCE_OF_ONE)
        self.refuse(2, "not expected.*--help", *pair, SINK)
        self.refuse(2, '"nonsense" is not the address.*sim:82599', "nonsense", SINK)
        self.refuse(2, '"nonsense" is not the address.*sim:82599', SOURCE_OF_ONE, "nonsense")
        self.refuse(2, "it is empty", "", SINK)
        self.refuse(2, "path of the socket is missing", "vfio-user:", SINK)
        self.refuse(2, "--ring 100.*power of two from 64 to 4096", *pair, "--ring", 100)
        self.refuse(2, "--ring.*negative", *pair, "--ring", -64)
        self.refuse(2, "--burst.*1 to 256", *pair, "--burst", 257)
        self.refuse(2, "--burst 4: with --mtu 9000 a frame may take 5 buffers", *pair, "--burst", 4, "--mtu", 9000)
        self.refuse(2, "may not run on core 999; it may run on", *pair, "--cores", 999)
        self.refuse(2, "--cores", *pair, "--cores", "x")
        core = min(os.sched_getaffinity(0))
        self.refuse(2, "names 2 cores for 1 threads", *pair, "--cores", f"{core},{core}")
        self.refuse(2, "--touch excludes --swap-mac", *pair, "--touch", "--swap-mac")
        self.refuse(2, "--pages.*3k", *pair, "--pages", "3k")
        self.refuse(2, "--duration: -1 is not a number of seconds", *pair, "--duration", -1)
        self.refuse(2, "--duration: soon is not a number of seconds", *pair, "--duration", "soon")
        self.refuse(2, "--packets: -5 is negative", *pair, "--packets", -5)
        self.refuse(2, '--frame-size: "63" is not a mix of frame sizes.*imix', *pair, "--frame-size", 63)
        self.refuse(2, "--poll-gap: -1 is not a number of microseconds", *pair, "--poll-gap", -1)
        self.refuse(2, "--bogus.*--help", *pair, "--bogus")

    def test_a_nic_that_cannot_be_simulated_is_exit_code_1(self):
        self.refuse(1, "'colour' is not known; there are: .*strict", "sim:82599,colour=red", SINK)
        self.refuse(1, "no key 'colour'; the keys are .*size", "sim:82599,cable=generate:colour=red", SINK)
        self.refuse(1, "there is no model '12345'; the models are 82599 and 82599vf", "sim:12345", SINK)
        self.refuse(1, "there is no cable 'rope'; the cables are generate", "sim:82599,cable=rope", SINK)
        self.refuse(1, "strict=maybe.*report, fatal or off", "sim:82599,strict=maybe,cable=loop", SINK)
        self.refuse(1, "/nowhere/x.pcap.*No such file", "sim:82599,cable=pcap:/nowhere/x.pcap,", SINK)
        if os.path.exists("/dev/full"):
            self.refuse(1, "/dev/full: No space left", SOURCE_OF_ONE, "sim:82599,cable=pcap:,/dev/full")

    def test_a_device_that_cannot_be_reached_is_exit_code_1(self):
        self.refuse(1, "ffff:1f:1f.7: there is no such PCI function.*devbind status", "ffff:1f:1f.7", SINK)
        missing, deserted = self.folder / "missing.sock", self.folder / "deserted.sock"
        self.refuse(1, "connecting: No such file.*must be running", f"vfio-user:{missing}", SINK)
        with socket.socket(socket.AF_UNIX) as nobody:
            nobody.bind(str(deserted))
            self.refuse(1, "connecting: Connection refused.*must be running", f"vfio-user:{deserted}", SINK)

    def test_a_simulator_that_cannot_be_started_is_exit_code_1(self):
        pair = (SOURCE_OF_ONE, SINK)
        self.refuse(1, "RINGSIDE_SIM is set to /nowhere/sim", *pair, environment={"RINGSIDE_SIM": "/nowhere/sim"})
        self.refuse(1, "hung up without an answer", *pair, environment={"RINGSIDE_SIM": "/bin/true"})

    def test_a_link_that_stays_down_is_exit_code_1(self):
        self.refuse(1, "the link is down; check", "--link-timeout", 0.2, "sim:82599,link=down,cable=loop",
                    SINK)
        self.refuse(1, "the link is down", "--link-timeout", 0.1, SINK, "sim:82599")

    def test_hardware_that_does_not_answer_is_exit_code_1(self):
        for fault in ("reset=stuck", "dmaidone=never", "enable=never", "dead-after=100"):
            self.refuse(1, "sim:82599," + fault, f"sim:82599,{fault},cable=loop", SINK)

    def answer_everybody(self, listener, words):
        """Serves until the listener is closed; `words` None: hangs up at once; empty: never says anything."""
        clients = []
        try:
            while True:
                client, _ = listener.accept()
                if words is None:
                    client.close()
                    continue
                clients.append(client)
                client.sendall(words)
        except OSError:
            for client in clients:
                client.close()

    def test_a_server_that_speaks_something_else_is_exit_code_1(self):
        talks = {"garbage": b"\xff" * 64, "http": b"HTTP/1.1 400 Bad Request\r\n\r\n", "short": b"\0\0", "hangs-up": None}
        for name, words in talks.items():
            path = self.folder / f"{name}.sock"
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
                listener.listen()
                server = threading.Thread(target=self.answer_everybody, args=(listener, words), daemon=True)
                server.start()
                self.refuse(1, f"vfio-user:{path}: ", f"vfio-user:{path}", SINK)
                listener.shutdown(socket.SHUT_RDWR)
                server.join(LIMIT)


class Output(EndToEnd):
    def test_help_and_version_succeed(self):
        for name, option, words in (("forwarder", "--help", "Exit codes: 0"), ("forwarder", "--version", r"\d+\.\d+"),
                                    ("ringside-sim", "--help", "Exit codes: 0"), ("ringside-sim", "--version", r"\d+\.\d+")):
            with self.subTest(name=name, option=option):
                run = self.enter(Program(BIN / name, option))
                self.assertEqual(run.end(), 0)
                self.assertRegex("\n".join(run.lines), words)
                self.assertEqual(run.errors, [])

    def test_json_is_one_object_a_line_and_the_summary_comes_last(self):
        run = self.forwarder("--duration", 2.5, SOURCE_WITHOUT_END, SINK)
        summary = run.summary()
        rates = run.records("rates")
        self.assertEqual(len(rates) + 1, len(run.lines))
        self.assertGreater(len(rates), 0)
        for record in rates:
            self.assertEqual(set(record), {"type", "seconds", "pps", "gbit_per_second", "dropped_at_cards", "link_up"})
            self.assertEqual(record["link_up"], [True, True])
        self.assertGreaterEqual(summary["seconds"], 2.5)

    def test_text_tells_ports_rates_and_a_summary(self):
        run = self.enter(Program(BIN / "forwarder", "--duration", 1.1, SOURCE_WITHOUT_END, SINK))
        self.assertEqual(run.end(), 0, run.words())
        self.assertTrue(run.lines[0].startswith("left   Intel 82599"))
        self.assertTrue(run.lines[1].startswith("right  Intel 82599"))
        self.assertIn("every frame is accounted for", run.lines[-1])

    def sizes(self, *arguments):
        run = self.enter(Program(BIN / "forwarder", "--packets", 1, *arguments, SOURCE_OF_ONE, SINK))
        self.assertEqual(run.end(), 0, run.words())
        return "\n".join(run.lines)

    def test_text_tells_sizes_and_cache_in_two_lines(self):
        lines = self.sizes().splitlines()
        self.assertRegex(lines[2], r"^sizes  rings of 512 and 512, \d+ buffers: up to 298 frames come in 20 us")
        self.assertRegex(lines[3], r"^cache  .* cycle, \d+ % of .* a cache of |^cache  .* assumed")

    def test_sizes_follow_what_is_said_of_the_traffic(self):
        self.assertRegex(self.sizes("--frame-size", 64, "--poll-gap", 60), "sizes  rings of 1024 and 1024,.* 893 frames")
        told = self.sizes("--frame-size", 1518, "--poll-gap", 10000)
        self.assertRegex(told, "sizes  rings of 4096 and 4096,.* this is the largest ring")
        self.assertRegex(told, "the others are lost. Look more often")

    def test_a_ring_that_was_asked_for_wins(self):
        self.assertRegex(self.sizes("--ring", 64, "--frame-size", 64), "sizes  rings of 64 and 64,.* as asked for")

    def test_explain_tells_the_whole_sum(self):
        told = self.sizes("--explain", "--quiet", "--frame-size", "imix")
        for part in ("last-level cache", "64 (7), 594 (4), 1518 (1) bytes", "  rho  ", "after "):
            self.assertIn(part, told)
        run = self.forwarder("--explain", "--packets", 1, SOURCE_OF_ONE, SINK)  # with --json
        run.summary()
        self.assertIn("  rho  ", "\n".join(run.errors))

    def test_quiet_tells_the_summary_only(self):
        run = self.enter(Program(BIN / "forwarder", "--quiet", "--packets", 1, SOURCE_OF_ONE, SINK))
        self.assertEqual(run.end(), 0, run.words())
        self.assertTrue([line for line in run.lines if line][0].startswith("after "), run.words())

    def test_packets_ends_it_when_so_many_were_forwarded(self):
        summary = self.forwarder("--packets", 5000, SOURCE_WITHOUT_END, SINK).summary()
        self.assertGreaterEqual(summary["directions"][0]["sent"], 5000)

    def test_traced_registers_are_decoded(self):
        run = self.forwarder("--trace-registers", "--packets", 1, SOURCE_OF_ONE, SINK)
        run.summary()
        traced = [line for line in run.errors if re.match(r"[RW] \w+(\[\d+\])? = [0-9a-f]{8}", line)]
        self.assertGreater(len(traced), 100)
        self.assertTrue(any(re.match(r"W CTRL = .* RST=1", line) for line in traced), traced[:20])
        self.assertTrue(any(re.match(r"W RXDCTL(\[0\])? = .* ENABLE=1", line) for line in traced))

    def test_time_to_the_first_forwarded_packet_is_told(self):
        """Not judged, only printed: it is the machine's as much as ours."""
        times = []
        for _ in range(20):
            begin = time.monotonic()
            run = subprocess.run([BIN / "forwarder", "--json", "--packets", "1", SOURCE_OF_ONE, SINK], timeout=LIMIT,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            times.append(time.monotonic() - begin)
            self.assertEqual(run.returncode, 0)
        print(f"program start to end with one packet forwarded: median {statistics.median(times) * 1e3:.1f} ms, "
              f"{min(times) * 1e3:.1f} to {max(times) * 1e3:.1f} ms", flush=True)


class TransmitRate(EndToEnd):
    """--tx-rate, at the lowest rate of all and with the large window that jumbo frames bring (20 KiB, 16 ms): there the
    software card catches up with what it missed while others had its core."""
    RATE = 10  # Mb/s

    def sent_at_once(self, threads):
        """Mb/s that came to the sink, frames with their CRC, when more were offered."""
        simulator = self.simulator("82599,strict=fatal,cable=generate:size=1518,rate=100M,flows=64",
                                   "82599,strict=fatal,cable=generate:source=off")
        summary = self.forwarder("--tx-rate", self.RATE, "--threads", threads, "--mtu", 9000, "--ring", 64,
                                 "--duration", 1, *simulator.ports).summary()
        nics = simulator.report()
        self.assert_nothing_wrong(nics)
        self.assertEqual((summary["unaccounted"], summary["tx_rate_mbit"]), (0, self.RATE))
        self.assertGreater(sum(summary["ports"][0]["rx_dropped"].values()), 0)  # that is: offered in vain
        cable = nics[1]["nic"]["cable"]
        return (cable["bytes_from_nic"] + 4 * cable["from_nic"]) * 8 / summary["seconds"] / 1e6

    def test_each_queue_keeps_to_its_rate(self):
        for threads in (1, 4):
            wanted = self.RATE * max(1, threads // 2)  # a queue for every two
            for _ in range(5):  # a machine that is very busy makes it less
                rate = self.sent_at_once(threads)
                self.assertLess(rate, 1.1 * wanted)
                if rate > 0.9 * wanted:
                    break
            self.assertGreater(rate, 0.9 * wanted)

    def test_the_limit_is_told(self):
        run = self.enter(Program(BIN / "forwarder", "--packets", 1, "--tx-rate", 100, SOURCE_OF_ONE, SINK))
        self.assertEqual(run.end(), 0, run.words())
        self.assertEqual(run.lines[2], "limit  each transmit queue sends at most 100 Mb/s")
        run = self.forwarder("--packets", 1, SOURCE_OF_ONE, SINK)
        self.assertIsNone(run.summary()["tx_rate_mbit"])

    def test_a_rate_that_cannot_be_is_refused_with_a_sentence(self):
        for rate, code, words in ((9, 1, "cannot be limited to 9 Mb/s on a link of 10000 Mb/s: choose 10 to 10000"),
                                  (10001, 1, "choose 10 to 10000"),
                                  ("-1", 2, "--tx-rate: -1 is not a number of megabits per second"),
                                  ("1.5", 2, "--tx-rate: 1.5 is not"), ("99999999999", 2, "--tx-rate: 99999999999 is not")):
            run = self.forwarder("--tx-rate", rate, SOURCE_OF_ONE, SINK)
            self.assertEqual(run.end(), code, run.words())
            self.assertIn(words, run.errors[-1])

    def test_a_card_without_such_limits_is_refused_with_a_sentence(self):
        for ports in (("sim:82599vf,cable=generate:count=1", SINK), (SOURCE_OF_ONE, "sim:82599vf")):
            run = self.forwarder("--tx-rate", 100, *ports)
            self.assertEqual(run.end(), 1, run.words())
            self.assertRegex(run.errors[-1], "forwarder: sim:82599vf.* cannot limit what its queues send: leave out --tx-rate")


class AsVirtualFunctions:
    """The same tests with virtual functions for NICs: those of an X540 that its physical function trusts, as the
    forwarder asks for promiscuous mode.

    Left out, where a physical function is in the way, as it would be on a card:
    - VLANs that nobody has asked for do not reach a virtual function: the generator's tagged frames, and those of the
      capture, which is played without them.
    - What a virtual function has no room for is counted by the physical one.
    - There are no pages to be mapped: all doorbells are trapped.
    - Output, Tap and what is wrong on a command line are not about the kind of NIC.
    """
    DOORBELLS = ("trapped",)

    def nic(self, argument):
        spec = re.sub(",doorbells=[a-z]+", "", str(argument))
        return re.sub("^(sim:)?82599(?=,|$)", r"\g<1>82599vf,id=1515,trust=on", spec)

    def capture(self):
        path = self.folder / "untagged.pcap"
        frames = [frame for frame in compare.read_capture(CAPTURE) if frame[12:14] != b"\x81\x00"]
        write_capture(path, frames)
        return path, frames


class VirtualCaptures(AsVirtualFunctions, Captures):
    pass


class VirtualGenerated(AsVirtualFunctions, Generated):
    test_smallest_frames_arrive_through_trapped_doorbells = None
    test_what_is_too_fast_is_dropped_and_counted_by_the_card = None


class VirtualDeaths(AsVirtualFunctions, Deaths):
    pass


class VirtualSignals(AsVirtualFunctions, Signals):
    pass


class VirtualFunctions(EndToEnd):
    """What only they do."""
    OWN = "mac=02:00:00:00:00:99"  # where the generator's frames go
    SINK = "sim:82599vf,strict=fatal,cable=generate:source=off"

    def refuse(self, words, *arguments):
        with self.subTest(arguments=arguments):
            run = self.forwarder(*arguments)
            self.assertEqual(run.end(), 1, run.words())
            self.assertRegex(run.errors[-1], f"^forwarder: .*{words}")

    def test_without_trust_what_is_for_its_own_address_is_forwarded(self):
        for device in ("10ed", "1515"):
            source = f"sim:82599vf,id={device},{self.OWN},strict=fatal,cable=generate:count=10000"
            summary = self.forwarder("--no-promiscuous", "--packets", 10000, source, self.SINK).summary()
            self.assertEqual((summary["directions"][0]["sent"], summary["unaccounted"]), (10000, 0))

    def test_promiscuous_mode_is_refused_without_trust_and_by_an_82599(self):
        for options in ("", ",trust=on", ",id=1515"):
            self.refuse("the physical function refuses promiscuous mode", f"sim:82599vf{options},cable=loop", self.SINK)

    def test_a_reset_of_the_physical_function_ends_the_forwarder_with_a_sentence(self):
        self.refuse("the physical function was reset", "--no-promiscuous",
                    f"sim:82599vf,{self.OWN},strict=fatal,pf-reset=200,cable=generate:size=64", self.SINK)

    def test_what_does_not_answer_is_exit_code_1(self):
        for fault, words in (("pf=absent", "in reset, or nobody drives it"), ("pf=silent", "does not answer request 0x1"),
                             ("enable=never", "may not have enabled this one"), ("link=down", "the link is down"),
                             ("dead-after=100", "the device was removed"), ("mtu=1000", "choose a smaller MTU")):
            self.refuse(words, "--no-promiscuous", "--link-timeout", 0.2, f"sim:82599vf,{fault},cable=loop", self.SINK)

    def test_a_wrong_option_is_exit_code_1(self):
        self.refuse("82599vf option 'colour' is not known; there are: .*trust", "sim:82599vf,colour=red", self.SINK)


@unittest.skipUnless(os.geteuid() == 0 and os.path.exists("/dev/net/tun"), "needs root and /dev/net/tun")
class Tap(EndToEnd):
    def test_namespaces_ping_each_other_across_the_forwarder(self):
        with demo.Namespaces(BIN, self.folder) as namespaces:
            names = namespaces.names
            namespaces.ping()
        left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        self.assertFalse([name for name in names if name in left])


if __name__ == "__main__":
    sys.exit(program_tests.main(sys.modules[__name__], "forwarder and ringside-sim"))

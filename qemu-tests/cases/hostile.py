"""Clients that wish the simulator ill, before, beside and after a virtual machine that uses it."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import tempfile
import time
from collections.abc import Callable

from lab import frames
from lab.model import Model, SoftwareNic
from lab.plug import Plug

from .attacks import Attacks
from .linux_ixgbe import LinuxCase

PORTS = {"c": "02:00:00:00:00:2c", "d": "02:00:00:00:00:2d"}
MESSAGES = (Attacks.wrong_sizes, Attacks.unknown_commands, Attacks.huge_counts, Attacks.beyond_regions, Attacks.bad_grants,
            Attacks.leaves_in_the_middle)


class Hostile(Attacks, LinuxCase):
    """One simulator with four NICs: the virtual machine's two, and c and d, which are wired to this program. After each
    attack Ringside's forwarder, outside the virtual machine, must find c and d in order. One test after the other."""

    name = "hostile"

    @classmethod
    def software_nics(cls) -> list[SoftwareNic]:
        return super().software_nics() + [SoftwareNic(name, mac, f"cable=unix:{cls.plugs[name].path}")
                                          for name, mac in PORTS.items()]

    @classmethod
    def setUpClass(cls) -> None:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="ringside-plugs-"))
        cls.addClassCleanup(folder.rmdir)
        cls.plugs = {name: Plug(folder / name) for name in PORTS}
        for plug in cls.plugs.values():
            cls.addClassCleanup(plug.close)
        logs = cls.environment.logs / f"{cls.name}.sim"
        cls.model = Model(cls.environment.programs / "ringside-sim", cls.software_nics(), logs)
        cls.addClassCleanup(cls.model.close)
        cls.model.start()
        cls.series, cls.knocked = 0, False

    @classmethod
    def tearDownClass(cls) -> None:
        """Everything is over already."""

    def setUp(self) -> None:
        self.faults_expected, self.log_read = False, 0

    def tearDown(self) -> None:
        """A test looks at the log itself, as far as there is a machine with a log."""

    def assert_serves(self) -> None:
        """The simulator is alive, has not grown, and serves a forwarder, which loses nothing."""
        self.assertIsNone(self.model.process.poll(), self.model.words()[-2000:])
        type(self).series += 1
        sent = [frames.frame(self.series, number, 60 + 14 * number) for number in range(100)]
        ports = [f"vfio-user:{self.model.folder / name}" for name in PORTS]
        forwarder = subprocess.Popen([self.environment.programs / "forwarder", "--json", "--no-pin", *ports],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            for line in forwarder.stdout:
                if '"link_up":[true,true]' in line:
                    break
            self.plugs["c"].send(sent)
            came = self.plugs["d"].receive(len(sent), 20, lambda frame: frames.series_of(frame) == self.series)
            forwarder.terminate()
            _, said = forwarder.communicate(timeout=20)
        finally:
            forwarder.kill()
        self.assert_same_frames(sent, came, f"through the forwarder, which said {said}")
        self.assertEqual(forwarder.returncode, 0, said)
        status = pathlib.Path(f"/proc/{self.model.process.pid}/status").read_text()
        self.assertLess(int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]), 200_000, "memory that the simulator has taken")

    def files(self, wanted: int | None = None) -> int:
        """How many the simulator has open; `wanted`: it has a moment to close the rest."""
        deadline = time.monotonic() + (5 if wanted else 0)
        while (count := len(os.listdir(f"/proc/{self.model.process.pid}/fd"))) != wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        return count

    def boot_again(self) -> None:
        self.boot()
        self.ping(size=20000)
        self.assert_no_complaint(self.boot_log + self.guest.output("dmesg"))

    def beside_traffic(self, *attacks: Callable) -> None:
        """On NIC c while the virtual machine's are used, and a stranger waits at the socket of one of these."""
        self.guest.run("dmesg -c >/dev/null")
        traffic = self.guest.start("iperf3 -t 120 -c 10.0.0.2")
        if not self.knocked:  # one goes in the middle of a message, when its turn comes after the virtual machine's
            type(self).knocked = True
            with self.client("eth0", greet=False) as stranger:
                stranger.send(b"\xff" * 100)
        files = self.files()
        for attack in attacks:
            attack(self, "c")
            self.assert_serves()
            self.assertEqual(self.files(files), files, "files that the simulator has open")
        self.assertFalse(self.guest.load(f"{traffic.files}.status"), "the traffic has ended")
        traffic.stop("KILL")
        self.ping(size=20000)
        self.assert_no_complaint(self.guest.output("dmesg"))

    def test_1_wrong_messages_before_a_machine_boots(self) -> None:
        self.assert_serves()
        for attack in MESSAGES:
            attack(self, "eth0")
        self.assert_serves()
        self.boot_again()

    def test_2_wrong_messages_beside_a_running_machine(self) -> None:
        self.beside_traffic(*MESSAGES)

    def test_3_random_messages_beside_a_running_machine(self) -> None:
        self.beside_traffic(Attacks.random_messages)

    def test_4_wild_rings_beside_a_running_machine(self) -> None:
        self.beside_traffic(Attacks.wild_rings)

    def test_5_wild_registers_beside_a_running_machine(self) -> None:
        self.beside_traffic(Attacks.wild_registers)

    def test_6_everything_after_the_machine_was_killed(self) -> None:
        self.machine.power_off()
        for attack in (*MESSAGES, Attacks.random_messages):
            attack(self, "eth0")
        self.assert_serves()
        self.boot_again()
        self.machine.power_off()
        report = self.model.stop()
        self.assertEqual(report["eth1"]["server"]["dropped"], 0)
        for nic in ("c", "eth0"):
            self.assertGreater(report[nic]["server"]["dropped"], 10)
            self.assertGreater(report[nic]["server"]["refused_messages"], 1000)
        self.assertGreater(report["c"]["nic"]["dma_refused"], 10)

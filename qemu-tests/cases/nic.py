"""The list of tests that every NIC passes, with iommufd and with a container. One virtual machine for each pair."""

from __future__ import annotations

import random
import threading
import time

from lab import LabError, frames
from lab.machine import Nic
from lab.wire import Wire, join, part

from .base import ROOT, VmCase
from .offload import OffloadTests
from .programs import Echo, Forwarder

MAC_A, MAC_B = "52:54:00:00:00:0a", "52:54:00:00:00:0b"


class NicCase(OffloadTests, VmCase):
    """A machine with two equal NICs, a and b, bound to vfio-pci, and a wire from each to the host."""

    model = ""  # as QEMU calls it
    way = ""  # how VFIO is used: "iommufd" or "container"
    driver = ""  # the kernel's
    interrupts: list[str] = []  # the kinds that it has, best first
    speed = 1000  # Mbit/s
    counts_too_long = False  # QEMU's model has the counter ROC

    @classmethod
    def nics(cls) -> list[Nic]:
        return [Nic(cls.model, "a", MAC_A), Nic(cls.model, "b", MAC_B)]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.a, cls.b = cls.addresses["a"], cls.addresses["b"]
        cls.ports = [f"{address},vfio={cls.way}" for address in (cls.a, cls.b)]
        cls.guest.run(f"devbind bind {cls.a} {cls.b}")

    def setUp(self) -> None:
        super().setUp()
        bound = f"[ -e /sys/bus/pci/drivers/vfio-pci/{self.a} ] && [ -e /sys/bus/pci/drivers/vfio-pci/{self.b} ]"
        self.guest.run(f"{bound} || devbind bind --force {self.a} {self.b}")  # an earlier test may have failed

    # -----------------------------------------------------------------------------------------------------------------
    # Forwarding

    def exchange(self, to_a: list[bytes], to_b: list[bytes], window: int | None = None) -> None:
        """Sends frames to both NICs at once. What went into one must come out of the other, unchanged, in order.
        `window`: how many may be on their way in one direction; without a limit, as many as the guest takes."""
        failures: list[BaseException] = []

        def one_way(sent: list[bytes], into: Wire, out_of: Wire, where: str) -> None:
            try:
                step = window or max(1, len(sent))
                for at in range(0, len(sent), step):
                    part_ = sent[at:at + step]
                    sender = threading.Thread(target=into.send_quietly, args=(part_,))
                    sender.start()
                    self.assert_same_frames(part_, out_of.receive(len(part_), 60), where)
                    sender.join()
            except BaseException as error:  # to be raised by the thread of the test
                failures.append(error)

        a, b = self.wires["a"], self.wires["b"]
        other = threading.Thread(target=one_way, args=(to_b, b, a, "from b to a"))
        other.start()
        one_way(to_a, a, b, "from a to b")
        other.join()
        if failures:
            raise failures[0]

    def check_counters(self, port: dict, received: list[bytes], sent: list[bytes]) -> None:
        """The card's statistics are those of the frames."""
        counted = {key: port[key] for key in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes")}
        self.assertEqual(counted, {"rx_packets": len(received), "rx_bytes": sum(map(len, received)),
                                   "tx_packets": len(sent), "tx_bytes": sum(map(len, sent))})
        self.assertEqual(set(port["rx_dropped"].values()), {0}, f"dropped: {port['rx_dropped']}")
        self.assertEqual(port["tx_refused"], 0)

    def forward(self, to_a: list[bytes], to_b: list[bytes], *options: str, window: int | None = None) -> None:
        """Through a forwarder of its own; the statistics must agree."""
        with Forwarder(self.guest, self.ports, *options) as forwarder:
            self.exchange(to_a, to_b, window)
            report = forwarder.stop()
        self.check_counters(report["ports"][0], to_a, to_b)
        self.check_counters(report["ports"][1], to_b, to_a)
        self.assertEqual(report["unaccounted"], 0)

    def test_forwards_the_recorded_capture(self) -> None:
        recorded = frames.capture(ROOT / "demo" / "traffic.pcap")
        self.forward(recorded, recorded, "--mtu 9000")

    def test_forwards_10000_frames_of_all_sizes_each_way(self) -> None:
        self.forward(frames.of_all_sizes(1, 10000), frames.of_all_sizes(2, 10000))

    def test_forwards_jumbo_frames(self) -> None:
        jumbo = frames.of_all_sizes(3, 1000, 1515, 9014)
        # Each takes up to five of 512 descriptors. QEMU hands a frame over when there is one, and drops it if it does
        # not fit.
        self.forward(jumbo, jumbo[::-1], "--mtu 9000", window=50)

    def test_frames_that_are_too_long_are_dropped(self) -> None:
        good, long = frames.of_all_sizes(4, 100), frames.of_all_sizes(5, 20, 1523, 2000)
        with Forwarder(self.guest, self.ports) as forwarder:
            self.wires["a"].send(good[:50] + long + good[50:])
            self.assert_same_frames(good, self.wires["b"].receive(len(good)))
            report = forwarder.stop()
        self.assertEqual(report["ports"][0]["rx_packets"], len(good))
        if self.counts_too_long:
            self.assertEqual(report["ports"][0]["rx_dropped"]["length"], len(long))

    # -----------------------------------------------------------------------------------------------------------------
    # Filters, link, interrupts

    def passes(self, *destinations: str) -> list[str]:
        """Which of these addresses the NIC accepts frames for."""
        last = frames.frame(10, len(destinations), 60, frames.mac(MAC_A))
        asked = [frames.frame(10, number, 60 + number, frames.mac(to)) for number, to in enumerate(destinations)]
        self.wires["a"].send([*asked, last])
        passed = []
        while frame := self.wires["a"].receive(1, 20):
            if frame[0] == last:
                return passed
            passed.append(destinations[frames.number_of(frame[0])])
        self.fail(f"a frame for {MAC_A} itself did not come back")

    def test_filters_frames_as_told(self) -> None:
        other, third = "02:00:00:00:00:77", "02:00:00:00:00:78"
        group, group2 = "01:00:5e:01:02:03", "33:33:00:00:12:34"
        everybody = "ff:ff:ff:ff:ff:ff"
        echo = Echo(self.guest, self.ports[0])
        self.assertEqual(echo.mac, MAC_A)
        everything = [other, everybody, group, third, group2]
        self.assertEqual(self.passes(*everything), [everybody])
        echo.tell(f"unicast {other}")
        self.assertEqual(self.passes(*everything), [other, everybody])
        echo.tell(f"multicast {group}")
        self.assertEqual(self.passes(*everything), [other, everybody, group])
        echo.tell(f"unicast {third}")
        echo.tell("multicast")
        self.assertEqual(self.passes(*everything), [everybody, third])
        echo.tell("all-multicast on")
        self.assertEqual(self.passes(*everything), [everybody, group, third, group2])
        echo.tell("promiscuous on")
        self.assertEqual(self.passes(*everything), everything)
        echo.tell("promiscuous off")
        echo.tell("all-multicast off")
        self.assertEqual(self.passes(*everything), [everybody, third])
        echo.stop()

    def interrupts_of(self, address: str) -> int:
        """How many interrupts the kernel has passed on for a function, since they were turned on."""
        words = self.guest.output(f"grep -F '({address})' /proc/interrupts; true").split("\n")
        return sum(int(line.split()[1]) for line in words if line)

    def test_link_goes_down_and_up_with_an_interrupt(self) -> None:
        watch = self.guest.start(f"watch_link {self.ports[0]}")
        watch.wait_for('"up":true')
        before = self.interrupts_of(self.a)
        self.monitor.set_link("a", False)
        watch.wait_for('"up":false')
        self.monitor.set_link("a", True)
        self.wait_until(lambda: watch.objects()[-1]["up"] and len(watch.objects()) > 2, "the link is up again")
        self.assertEqual(watch.objects()[-1]["mbit_per_second"], self.speed)
        self.assertGreaterEqual(self.interrupts_of(self.a), before + 2)
        watch.stop("TERM")

    def test_forwards_again_after_the_link_was_down(self) -> None:
        with Forwarder(self.guest, self.ports) as forwarder:
            self.exchange(frames.of_all_sizes(20, 100), frames.of_all_sizes(21, 100))
            self.monitor.set_link("b", False)
            forwarder.program.wait_for('"link_up":[true,false]')
            self.monitor.set_link("b", True)
            lines = len(forwarder.program.objects())
            self.wait_until(lambda: forwarder.program.objects()[lines:] and
                            forwarder.program.objects()[-1]["link_up"] == [True, True], "both links are up again")
            self.exchange(frames.of_all_sizes(22, 100), frames.of_all_sizes(23, 100))

    def wait_until(self, true: object, what: str, limit: float = 20) -> None:
        deadline = time.monotonic() + limit
        while not true():
            if time.monotonic() > deadline:
                self.fail(f"not within {limit:.0f} s: {what}")
            time.sleep(0.1)

    def wake_with_single_frames(self, kind: str, count: int) -> None:
        """Each frame is sent when the one before has come back, so most find the program asleep or about to be."""
        echo, wire, moments = Echo(self.guest, self.ports[0], kind), self.wires["a"], random.Random(1)
        wire.send([frames.frame(30, 0, 60, frames.mac(MAC_A))])
        self.assertTrue(wire.receive(1, 10))
        before = self.interrupts_of(self.a)
        for number in range(1, count + 1):
            frame = frames.frame(30, number, 60 + number % 400, frames.mac(MAC_A))
            wire.send([frame])
            self.assertEqual(wire.receive(1, 10), [frame], f"frame {number}")
            if number % 4 == 0:  # not always at the same moment of falling asleep
                time.sleep(moments.random() * 3e-4)
        interrupts, report = self.interrupts_of(self.a) - before, echo.stop()
        self.guest.note(f"{kind}: {count} frames, {interrupts} interrupts, {report}")
        self.assertEqual(report["lost_wake_ups"], 0)
        self.assertEqual(report["frames"], count + 1)
        self.assertGreater(interrupts, count // 4)

    def test_sleeps_and_wakes_for_10000_single_frames(self) -> None:
        self.wake_with_single_frames(self.interrupts[0], 10000)

    def test_wakes_by_every_kind_of_interrupt_it_has(self) -> None:
        if len(self.interrupts) == 1:
            self.skipTest(f"it has {self.interrupts[0]} only, and that is tested above")
        for kind in self.interrupts[1:]:
            with self.subTest(interrupts=kind):
                self.wake_with_single_frames(kind, 500)

    # -----------------------------------------------------------------------------------------------------------------
    # Isolation, crashes, conflicts

    def test_the_iommu_stops_stray_dma_and_the_program_goes_on(self) -> None:
        self.faults_expected = True
        stray = self.guest.start(f"stray_dma {self.ports[0]}")
        stray.wait_for('"sent_from_nowhere"')
        stray.wait_for('"taken_away"')
        self.wires["a"].clear()  # what the card believes it has read
        self.wires["a"].send([frames.frame(40, 0, 100, frames.mac(MAC_A))])
        stray.wait_for('"given_back"', 60)
        good = frames.frame(40, 1, 100, frames.mac(MAC_A))
        self.wires["a"].send([good])
        self.assertEqual(stray.wait(60), 0, stray.err())
        said = {key: value for line in stray.objects() for key, value in line.items()}
        self.assertTrue(said["untouched"], "the card wrote into memory that was taken away from it")
        self.assertTrue(said["went_on"], said)
        self.assertEqual(self.wires["a"].receive(1, 5), [good])
        log = self.console()[self.log_read:]
        start, size = said["taken_away"]
        self.assertRegex(log, r"DMAR: \[DMA Read[^\n]*" + self.a[5:] + r"[^\n]*fault addr 0x5a5a5000")
        written = [int(word.split()[0], 16) for line in log.splitlines() if "[DMA Write" in line and self.a[5:] in line
                   for word in line.split("fault addr ")[1:]]
        self.assertTrue(any(start <= address < start + size for address in written), log)

    def test_forwards_again_after_20_kills_at_full_rate(self) -> None:
        flood = Flood(self.wires["a"])
        try:
            for turn in range(20):
                forwarder = self.guest.start("forwarder --json --threads 1 --quiet " + " ".join(self.ports))
                flood.series = 100 + turn
                self.wires["b"].clear()
                arrived = self.wires["b"].receive(500, 30, lambda frame, series=flood.series: frames.series_of(frame) == series)
                if len(arrived) < 500:
                    self.fail(f"start {turn + 1}: {len(arrived)} frames came through\n{forwarder.out()}\n{forwarder.err()}")
                wrong = [frame for frame in arrived if frame not in flood.frames_of(flood.series)]
                self.assertFalse(wrong, f"start {turn + 1}: frames that nobody sent")
                self.assertEqual(forwarder.stop("KILL"), 128 + 9)
            flood.end()
            with Forwarder(self.guest, self.ports):
                flood.join()
                last = frames.of_all_sizes(50, 1000)
                self.wires["a"].send(last)
                came = self.wires["b"].receive(1000, 60, lambda frame: frames.series_of(frame) == 50)
                self.assert_same_frames(last, came)
        finally:
            flood.end()

    def test_gives_way_when_it_is_unbound_while_running(self) -> None:
        with Forwarder(self.guest, self.ports) as forwarder:
            self.exchange(frames.of_all_sizes(60, 100), [])
            self.guest.run(f"echo {self.a} >/sys/bus/pci/drivers/vfio-pci/unbind", 60)
            self.assertEqual(forwarder.program.wait(), 0)  # an administrator's wish, like Ctrl-C
            self.assertIn(self.a, forwarder.program.err())
        self.guest.run(f"devbind bind {self.a}")
        self.forward(frames.of_all_sizes(61, 100), frames.of_all_sizes(62, 100))

    def test_a_device_in_use_is_refused_to_a_second_program(self) -> None:
        with Forwarder(self.guest, self.ports):
            second = self.guest.run(f"forwarder {' '.join(self.ports)}", check=False)
            self.assertEqual(second.status, 1)
            self.assertIn(self.a, second.text)
            self.assertRegex(second.text, "in use|busy|another program|already")
            self.exchange(frames.of_all_sizes(70, 100), frames.of_all_sizes(71, 100))

    # -----------------------------------------------------------------------------------------------------------------
    # Together with the kernel's driver

    def give_to_kernel(self, address: str) -> str:
        """Binds a function to its kernel driver. Its interface's name."""
        self.guest.run(f"devbind restore {address}")
        return self.guest.output(f"ls /sys/bus/pci/devices/{address}/net")

    def test_answers_the_kernels_driver(self) -> None:
        interface = self.give_to_kernel(self.a)
        responder = self.guest.start(f"responder {self.ports[1]} --ip 10.9.0.2 --sleep --json")
        responder.wait_for("answers for 10.9.0.2")
        join(self.wires["a"], self.wires["b"])
        try:
            self.guest.run(f"ip addr add 10.9.0.1/24 dev {interface}; ip link set {interface} up")
            self.guest.run("for turn in $(seq 30); do ping -c 1 -W 1 10.9.0.2 && exit 0; done; exit 1", 60)
            for size in (56, 1400, 1472):
                answer = self.guest.output(f"ping -c 5 -i 0.2 -W 5 -s {size} 10.9.0.2")
                self.assertIn("5 packets transmitted, 5 packets received, 0% packet loss", answer)
            self.assertEqual(responder.stop("INT"), 0, responder.err())
            answered = responder.objects()[-1]
            self.assertGreaterEqual(answered["echo"], 16)
            self.assertGreaterEqual(answered["wake_ups"], 8)  # it is awake every 100 ms anyway, and may find a frame then
        finally:
            part(self.wires["a"], self.wires["b"])
            self.guest.run(f"ip link set {interface} down; ip addr flush dev {interface}; devbind bind {self.a}")

    def test_devbind_gives_and_takes_back(self) -> None:
        interface = self.give_to_kernel(self.a)
        show = (f"ip -o addr show dev {interface} scope global | sed 's/^[0-9]*: //; s/tentative //; s/valid_lft.*//'\n"
                f"cat /sys/class/net/{interface}/address /sys/class/net/{interface}/operstate")
        try:
            self.guest.run(f"ip addr add 192.0.2.1/24 dev {interface}; ip addr add fd00:0:0:9::1/64 dev {interface}\n"
                           f"ip link set {interface} up")
            self.wait_until(lambda: self.guest.output(show).split("\n")[-1] == "up", "the interface is up")
            before = self.guest.output(show)
            self.assertIn("192.0.2.1/24", before)
            refused = self.guest.run(f"devbind bind {self.a}", check=False)
            self.assertEqual(refused.status, 3, refused.text)
            self.assertEqual(self.guest.output(f"basename $(readlink /sys/bus/pci/devices/{self.a}/driver)"), self.driver)
            trace = [self.guest.output(f"devbind bind --force --dry-run {self.a}"),
                     self.guest.output(f"devbind bind --force {self.a}")]
            self.assertEqual(self.guest.output(f"basename $(readlink /sys/bus/pci/devices/{self.a}/driver)"), "vfio-pci")
            self.wires["a"].clear()  # what the kernel had to say
            self.forward(frames.of_all_sizes(80, 100), frames.of_all_sizes(81, 100))
            trace.append(self.guest.output(f"devbind restore {self.a}"))
            self.wait_until(lambda: self.guest.output(show).split("\n")[-1] == "up", "the interface is up again")
            self.assertEqual(self.guest.output(show), before)
            print("\n".join(f"     devbind: {line}" for words in trace for line in words.splitlines()), flush=True)
        finally:
            self.guest.run(f"ip link set {interface} down; ip addr flush dev {interface}; devbind bind {self.a}")


class Flood(threading.Thread):
    """Frames as fast as the guest takes them, until it is told to end."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(daemon=True)
        self.wire, self.series, self.ending = wire, 100, False
        self.known: dict[int, list[bytes]] = {}
        self.start()

    def frames_of(self, series: int) -> list[bytes]:
        return self.known.setdefault(series, [frames.frame(series, number, 60 + 22 * number) for number in range(64)])

    def run(self) -> None:
        try:
            while not self.ending:
                self.wire.send(self.frames_of(self.series), 120)
        except LabError:
            pass  # nobody takes them any more; the test sees that nothing arrives

    def end(self) -> None:
        self.ending = True

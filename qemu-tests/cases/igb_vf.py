"""Virtual functions: Linux's igb drives two 82576 of QEMU, and Ringside a virtual function of each, in the same machine.
They pass the list of tests that whole NICs pass, as far as a virtual function can."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from lab import LabError, frames
from lab.wire import Wire

from .nic import ROOT, NicCase
from .programs import Echo, Forwarder

# As the administrator's `ip link set INTERFACE vf 0 mac ADDRESS` does it, which busybox's ip cannot: RTM_SETLINK with
# IFLA_VFINFO_LIST, IFLA_VF_INFO, IFLA_VF_MAC. Prints the kernel's verdict.
SET_VF_MAC = """
import socket, struct
mac = bytes.fromhex("%s")
def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value
body = struct.pack("=BBHiII", 0, 0, 0, socket.if_nametoindex("%s"), 0, 0)
body += attribute(22, attribute(1, attribute(1, struct.pack("=I", 0) + mac + bytes(32 - len(mac)))))
link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
link.sendto(struct.pack("=IHHII", 16 + len(body), 19, 5, 1, 0) + body, (0, 0))
print(struct.unpack_from("=i", link.recv(4096), 16)[0])
"""


# What the virtual functions are called by the administrator.
ADDRESSES = {"a": "02:00:00:00:00:0a", "b": "02:00:00:00:00:0b"}


def address(wire: Wire, mac: str) -> None:
    """Frames for everybody go over this wire as frames for one virtual function, and are for everybody again when they come
    out. QEMU's igb gives a virtual function back the broadcasts that it sends, as if it were another one."""
    send, receive = wire.send, wire.receive
    known = [frames.mac(each) for each in ADDRESSES.values()]

    def send_to(what: Iterable[bytes], limit: float = 60) -> None:
        send([frames.mac(mac) + frame[6:] if frame[:6] == frames.BROADCAST else frame for frame in what], limit)

    def receive_from(*arguments: object) -> list[bytes]:
        return [frames.BROADCAST + frame[6:] if frame[:6] in known else frame for frame in receive(*arguments)]

    wire.send, wire.receive = send_to, receive_from


class IgbVf(NicCase):
    """`a` and `b` are virtual functions; the wires are those of their physical functions."""
    name = "igb.vf"
    model, driver, way = "igb", "igb", "container"
    drivers = ["igb"]
    interrupts = ["msix"]

    # A virtual function has no driver of the kernel here. What it sends for itself never reaches the wire: nothing can be
    # sent back. What comes with the link's interrupt is tested otherwise below.
    test_answers_the_kernels_driver = None
    test_devbind_gives_and_takes_back = None
    test_filters_frames_as_told = None
    test_forwards_again_after_20_kills_at_full_rate = None  # see exchange(): at full rate frames are lost
    test_link_goes_down_and_up_with_an_interrupt = None
    test_offloads_come_out_as_in_software = None  # not tried
    test_sleeps_and_wakes_for_10000_single_frames = None
    test_the_iommu_stops_stray_dma_and_the_program_goes_on = None
    test_wakes_by_every_kind_of_interrupt_it_has = None

    @classmethod
    def setUpClass(cls) -> None:
        super(NicCase, cls).setUpClass()
        cls.guest.run("for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >$file; done")  # nobody else sends
        cls.interfaces = {}
        for name, at in list(cls.addresses.items()):
            folder = f"/sys/bus/pci/devices/{at}"
            interface = cls.interfaces[name] = cls.guest.output(f"ls {folder}/net")
            cls.guest.run(f"ip link set {interface} up; echo 0 >{folder}/sriov_drivers_autoprobe\n"
                          f"echo 2 >{folder}/sriov_numvfs", 60)
            cls.addresses[name] = cls.guest.output(f"basename $(readlink {folder}/virtfn0)")
            cls.set_mac(name, ADDRESSES[name])
            address(cls.wires[name], ADDRESSES[name])
        cls.a, cls.b = cls.addresses["a"], cls.addresses["b"]
        cls.ports = [f"{each},vfio={cls.way}" for each in (cls.a, cls.b)]
        # No virtual function of igb can be promiscuous: the forwarder is not to ask for it.
        cls.guest.run("mv /bin/forwarder /bin/promiscuous-forwarder\n"
                      "printf '#!/bin/sh\\nexec promiscuous-forwarder --no-promiscuous \"$@\"\\n' >/bin/forwarder\n"
                      "chmod +x /bin/forwarder")
        cls.guest.run(f"devbind bind {cls.a} {cls.b}")

    @classmethod
    def set_mac(cls, name: str, mac: str) -> None:
        script = SET_VF_MAC % (mac.replace(":", ""), cls.interfaces[name])
        verdict = cls.guest.output(f"python3 -c {shlex.quote(script)}")
        if verdict != "0":
            raise LabError(f"the kernel does not set a virtual function's address: {verdict}")

    def tearDown(self) -> None:
        self.guest.run("killall -q -KILL promiscuous-forwarder", check=False)
        super().tearDown()

    # QEMU holds frames back only while no function of the card has a descriptor free; what finds none of this one's is lost.
    def exchange(self, to_a: list[bytes], to_b: list[bytes], window: int | None = None) -> None:
        super().exchange(to_a, to_b, window or 100)

    # Its frames are for many stations, and some have tags, which igb takes off what virtual functions receive.
    def test_forwards_the_recorded_capture(self) -> None:
        recorded = [frames.BROADCAST + frame[6:] for frame in frames.capture(ROOT / "demo" / "traffic.pcap")
                    if frame[12:14] != b"\x81\x00"]
        self.assertGreater(len(recorded), 50)
        self.forward(recorded, recorded, "--mtu 9000")

    def test_only_its_own_frames_pass(self) -> None:
        strangers = [frames.frame(10, number, 60 + number, frames.mac(to))
                     for number, to in enumerate(("02:00:00:00:00:77", "01:00:5e:01:02:03", "52:54:00:00:00:0a"))]
        own = frames.of_all_sizes(11, 100)
        with Forwarder(self.guest, self.ports):
            self.wires["a"].send(own[:50] + strangers + own[50:])
            self.assert_same_frames(own, self.wires["b"].receive(len(own), 60))
            self.assertEqual(self.wires["b"].receive(1, 0.5), [])

    def test_sleeps_and_wakes_for_single_frames(self) -> None:
        before = self.interrupts_of(self.a)
        with Forwarder(self.guest, self.ports, "--sleep"):
            for number in range(500):
                single = frames.frame(30, number, 60 + number)
                self.wires["a"].send([single])
                self.assertEqual(self.wires["b"].receive(1, 10), [single], f"frame {number}")
            interrupts = self.interrupts_of(self.a) - before
        self.guest.note(f"500 frames, {interrupts} interrupts")
        self.assertGreater(interrupts, 100)

    def test_promiscuous_mode_is_refused_with_a_sentence(self) -> None:
        echo = Echo(self.guest, self.ports[0])
        echo.program.tell("promiscuous on")
        echo.program.wait_for("the physical function refuses promiscuous mode")
        self.assertEqual(echo.program.wait(), 0)
        forwarder = self.guest.run("promiscuous-forwarder --threads 1 " + " ".join(self.ports), check=False)
        self.assertEqual(forwarder.status, 1)
        self.assertIn("refuses promiscuous mode", forwarder.text)

    def test_the_address_is_the_administrators_or_made_up(self) -> None:
        def mac_of_a() -> str:
            echo = Echo(self.guest, self.ports[0])
            echo.stop()
            return echo.mac

        self.assertEqual(mac_of_a(), ADDRESSES["a"])
        self.set_mac("a", "00:00:00:00:00:00")
        try:
            made_up = {mac_of_a(), mac_of_a()}
            self.assertEqual(len(made_up), 2)
            self.assertTrue(all(int(mac[:2], 16) & 3 == 2 for mac in made_up), made_up)
        finally:
            self.set_mac("a", ADDRESSES["a"])
        self.assertEqual(mac_of_a(), ADDRESSES["a"])

    def test_the_link_is_the_physical_functions(self) -> None:
        with Forwarder(self.guest, self.ports) as forwarder:
            self.monitor.set_link("a", False)
            forwarder.program.wait_for('"link_up":[false,true]')
            self.monitor.set_link("a", True)
            self.wait_until(lambda: forwarder.program.objects()[-1]["link_up"] == [True, True], "both links are up again")

    def test_a_reset_of_the_physical_function_ends_the_forwarder_with_a_sentence(self) -> None:
        interface = self.interfaces["a"]
        with Forwarder(self.guest, self.ports) as forwarder:
            self.exchange(frames.of_all_sizes(90, 100), frames.of_all_sizes(91, 100))
            self.guest.run(f"ip link set {interface} down; ip link set {interface} up")
            self.assertEqual(forwarder.program.wait(30), 1, forwarder.program.err())
            self.assertIn("has forgotten this virtual function; stop() and start() it again", forwarder.program.err())
        self.forward(frames.of_all_sizes(92, 100), frames.of_all_sizes(93, 100))

    def test_a_physical_function_that_is_down_is_a_sentence(self) -> None:
        interface = self.interfaces["a"]
        self.guest.run(f"ip link set {interface} down")
        try:
            answer = self.guest.run("forwarder --threads 1 " + " ".join(self.ports), check=False)
            self.assertEqual(answer.status, 1)
            self.assertRegex(answer.text, "the physical function (does not answer|is in reset)")
        finally:
            self.guest.run(f"ip link set {interface} up")
        self.forward(frames.of_all_sizes(94, 100), frames.of_all_sizes(95, 100))

"""Linux's own ixgbe driver, unchanged, on the software 82599: a driver that nobody here wrote, and what it makes of it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import shlex
import threading

from lab import LabError
from lab.initramfs import Initramfs
from lab.machine import Machine, Nic, Options
from lab.materials import Materials
from lab.model import Model, SoftwareNic
from lab.tools import Tools

from .base import VmCase

MACS = {"eth0": "02:00:00:00:00:0a", "eth1": "02:00:00:00:00:0b"}

# What must not be in the kernel's log, besides base.TROUBLE: the driver's complaints, and others' about its NICs.
COMPLAINTS = re.compile(r"ixgbe.*(fail|error|warn|hang|time[d ]|reset|unable|removed from|unsupported|unknown|invalid|polling period)|"
                        r"NETDEV WATCHDOG|AER: (?!enabled)|hw csum failure|cut here", re.IGNORECASE)


class LinuxCase(VmCase):
    """A machine with two software 82599s that are wired to each other, both driven by the kernel. The second, eth1, is in a
    network namespace of its own: else the kernel would talk to itself, not to the wire. Each queue register is a message
    (doorbells=trapped): the self test finds out that memory does not mask bits as a register does."""

    drivers = ["ixgbe", "8021q"]
    programs: list[str] = []
    memory, processors = 768, 2
    kernel_arguments = ""
    older_kernel = False  # the distribution's own instead of the newer one
    excused = "(?!)"  # complaints that a test expects (none)
    card = ""  # which, if it is not an 82599: options of its software NICs
    model: Model

    @classmethod
    def nics(cls) -> list[Nic]:
        return []

    @classmethod
    def software_nics(cls) -> list[SoftwareNic]:
        return [SoftwareNic(name, MACS[name], f"{cls.card}doorbells=trapped,cable=link:wire") for name in ("eth0", "eth1")]

    @classmethod
    def names(cls) -> list[str]:
        """Of the NICs that are plugged into the machine, in their order."""
        return list(MACS)

    @classmethod
    def materials(cls) -> Materials:
        materials = cls.environment.materials
        return dataclasses.replace(materials, kernel=materials.older_kernel) if cls.older_kernel else materials

    @classmethod
    def options(cls) -> Options:
        return Options(nics=[], kvm=cls.environment.kvm, memory=cls.memory, hugepages=0,
                       kernel_arguments=cls.kernel_arguments,
                       extra=cls.model.arguments(cls.memory, cls.processors, cls.names()))

    @classmethod
    def setUpClass(cls) -> None:
        logs = cls.environment.logs / cls.name
        cls.model = Model(cls.environment.programs / "ringside-sim", cls.software_nics(), logs.with_name(f"{cls.name}.sim"))
        cls.addClassCleanup(cls.model.close)
        cls.model.start()
        cls.boot()

    @classmethod
    def boot(cls) -> None:
        initramfs = Initramfs(cls.materials())
        initramfs.add_modules(cls.drivers, iommufd=False)
        tools = Tools(cls.environment.materials, "tools", ["ethtool", "iperf3"])
        for program in ("ethtool", "iperf3"):
            tools.add(initramfs, program)
        cls.machine = Machine(cls.materials(), cls.options(), initramfs, cls.environment.logs / cls.name)
        cls.addClassCleanup(cls.machine.power_off)
        cls.guest, cls.wires, cls.monitor = cls.machine.guest, {}, cls.machine.monitor
        cls.addresses = cls.network_functions()
        cls.boot_log = cls.guest.output("dmesg -c")
        cls.namespace = cls.guest.output("unshare -n sleep 1000000 >/dev/null 2>&1 &\necho $!")
        cls.guest.run(f"until [ $(readlink /proc/{cls.namespace}/ns/net) != $(readlink /proc/self/ns/net) ]; do usleep 9999; done")
        cls.connect()
        cls.peer("iperf3 -s -D")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.machine.power_off()
        cls.model.stop()  # its report stays with the logs

    @classmethod
    def network_functions(cls) -> dict[str, str]:
        found = cls.guest.output("for d in /sys/bus/pci/devices/*; do grep -q 0x020000 $d/class && echo ${d##*/}; done; true")
        return dict(zip(cls.names(), found.split()))

    @classmethod
    def peer(cls, script: str, limit: float = 30) -> str:
        """Runs something where eth1 is. What it printed."""
        return cls.guest.output(f"nsenter -t {cls.namespace} -n sh -c {shlex.quote(script)}", limit)

    @classmethod
    def connect(cls) -> None:
        """From the interfaces as they come to two neighbours that reach each other."""
        cls.guest.run(f"until [ -e /sys/class/net/eth1 ]; do usleep 9999; done; ip link set eth1 netns {cls.namespace}")
        for number, run in (1, cls.guest.output), (2, cls.peer):
            run("for all in /proc/sys/net/ipv6/conf/all /proc/sys/net/ipv6/conf/default; do\n"
                "    [ ! -e $all ] || echo 0 >$all/accept_dad\ndone\n"
                f"ip link set lo up; ip addr add 10.0.0.{number}/24 dev eth{number - 1}\n"
                f"[ ! -e $all ] || ip addr add fd00::{number}/64 dev eth{number - 1}\n"
                f"ip link set eth{number - 1} up")
        cls.wait_for_link()

    @classmethod
    def wait_for_link(cls) -> None:
        until_up = "until ip link show eth{} | grep -q LOWER_UP; do usleep 50000; done"
        cls.guest.run(until_up.format(0))
        cls.peer(until_up.format(1))
        cls.guest.run("for turn in $(seq 10); do ping -c 1 -W 1 10.0.0.2 && exit 0; done; exit 1")

    def setUp(self) -> None:
        super().setUp()
        self.guest.run("dmesg -c >/dev/null")
        self.make_ready()

    def make_ready(self) -> None:
        if self.guest.run("ping -c 1 -W 1 10.0.0.2", check=False).status != 0:  # an earlier test failed
            self.load_again()

    def tearDown(self) -> None:
        super().tearDown()
        self.assert_no_complaint(self.guest.output("dmesg -c"))

    def assert_no_complaint(self, log: str) -> None:
        lines = [line for line in log.splitlines() if COMPLAINTS.search(line) and not re.search(self.excused, line)]
        if lines:
            self.fail("the driver complains:\n" + "\n".join(lines))

    def load_again(self) -> None:
        self.guest.run("rmmod ixgbe; insmod /modules/ixgbe.ko")
        self.connect()

    def both(self, script: str) -> None:
        """The same for both interfaces; it finds the interface as $IF."""
        self.guest.run(f"IF=eth0; {script}", 60)
        self.peer(f"IF=eth1; {script}", 60)

    def ping(self, address: str = "10.0.0.2", count: int = 3, size: int = 56) -> None:
        """All must be answered. Tried again, because on a busy machine, soon after the interface came up, one fragment of a
        long packet may stay in the kernel: it left IP, and the driver was not given it."""
        for attempt in range(3):
            answer = self.guest.run(f"ping -c {count} -i 0.1 -W 5 -s {size} {address}", check=False).text
            if f"{count} packets transmitted, {count} packets received, 0% packet loss" in answer:
                return
        counters = "grep ^Ip: /proc/net/snmp; ethtool -S {} | grep -v ': 0$'; true"
        self.fail(f"{answer}\n{self.guest.output(counters.format('eth0'))}\n{self.peer(counters.format('eth1'))}")

    def statistics(self) -> tuple[dict[str, int], dict[str, int]]:
        """ethtool -S of both."""
        return tuple({key.strip(): int(value) for key, value in re.findall(r"^ *(\S+): (\d+)$", text, re.MULTILINE)}
                     for text in (self.guest.output("ethtool -S eth0"), self.peer("ethtool -S eth1")))

    def iperf(self, options: str, seconds: int = 1) -> float:
        """TCP for a moment. Megabits per second."""
        for attempt in range(5):
            result = json.loads(self.guest.run(f"iperf3 -J -t {seconds} {options}", 40, check=False).text)
            if not re.search("reset by peer|refused|busy", result.get("error", "")) or result["intervals"]:
                break
            self.guest.run("usleep 200000")  # its server was not back from the last time
        self.assertNotIn("error", result)
        rate = result["end"]["sum_received"]["bits_per_second"] / 1e6
        self.guest.note(f"iperf3 {options}: {rate:.0f} Mbit/s")
        self.assertGreater(rate, 1)
        return rate

    def report(self, words: str) -> None:
        print(f"     {words}", flush=True)


class LinuxIxgbe(LinuxCase):
    name = "linux.ixgbe"
    probed = ["MAC: 2, PHY: 20, SFP+: 5"]  # words in the log for each NIC
    media = ["Port: FIBRE", "10000baseT/Full"]  # what ethtool says of it
    module = ["10G Ethernet: 10G Base-SR", "Laser wavelength                          : 850nm", "Vendor name",
              "Module temperature                        : 35.50 degrees C"]
    longest_ring = 8192
    woken = False

    def tcp_both_ways(self) -> str:
        return ", ".join(f"{what} {self.iperf(options):.0f} Mbit/s" for what, options in (
            ("out", "-c 10.0.0.2"), ("in", "-R -c 10.0.0.2"), ("over IPv6 out", "-c fd00::2"), ("in", "-R -c fd00::2")))

    def assert_no_errors_counted(self) -> None:
        for of_nic in self.statistics():
            bad = {key: value for key, value in of_nic.items()
                   if re.search(r"err|fail|timeout|fdir_overflow|hwtstamp|ipsec", key) and value}
            self.assertEqual(bad, {})

    def test_is_probed_without_a_complaint(self) -> None:
        self.assert_no_complaint(self.boot_log)
        for address in self.addresses.values():
            for words in (*self.probed, "Intel(R) 10 Gigabit Network Connection", "Multiqueue Enabled",
                          "5.0 GT/s PCIe x8 link"):
                self.assertTrue(any(address in line and words in line for line in self.boot_log.splitlines()), words)

    def test_link_is_up_at_10_gigabits(self) -> None:
        said = self.guest.output("ethtool eth0")
        for words in ("Speed: 10000Mb/s", "Duplex: Full", "Link detected: yes", *self.media):
            self.assertIn(words, said)
        self.assertIn("PCI-MSI", self.guest.output("grep eth0-TxRx-1 /proc/interrupts"))

    def test_pings_of_all_sizes_are_answered(self) -> None:
        for size in (0, 56, 1472, 1473, 8000, 65500):
            self.ping(size=size)
            self.ping("fd00::2", size=min(size, 65000))
        self.assert_no_errors_counted()

    def test_ethtool_describes_a_whole_card(self) -> None:
        for options, wanted in {
            "-i": ["driver: ixgbe", f"bus-info: {self.addresses['eth0']}"],
            "-k": ["rx-checksumming: on", "tx-checksumming: on", "tcp-segmentation-offload: on", "receive-hashing: on",
                   "rx-vlan-offload: on", "tx-vlan-offload: on"],
            "-x": ["with 2 RX ring(s)", "    0:      0     1     0     1", "  120:      0     1", "toeplitz: on"],
            "-l": ["Combined:	2"],
            **({"-m": self.module} if self.module else {}),
            "-T": ["PTP Hardware Clock: 0", "hardware-transmit"],
            "-a": ["RX:		on", "TX:		on"],
            "-g": [f"RX:		{self.longest_ring}", "RX:		512"],
        }.items():
            # -m reads a module's 512 bytes bit by bit, with some hundred thousand register accesses.
            said = self.guest.output(f"ethtool {options} eth0", limit=150)
            for words in wanted:
                self.assertIn(words, said, f"ethtool {options}")
        self.assertIn("LINKS", self.guest.output("ethtool -d eth0"))
        words = [int(word) for word in self.guest.output("ethtool -e eth0 raw on length 512 | od -A n -v -t u2").split()]
        blocks = [pointer for pointer in words[0x03:0x0F] if pointer not in (0, 0xFFFF)]
        pointed = sum(sum(words[block + 1:block + 1 + words[block]]) for block in blocks)
        self.assertEqual(sum(words[:0x40]) + pointed & 0xFFFF, 0xBABA, "the EEPROM's checksum")

    def test_self_test_passes_offline_and_online(self) -> None:
        for how in ("offline", "online"):
            for attempt in range(3):  # the driver gives 64 looped frames 200 ms, and a busy machine once took longer
                said = self.guest.run(f"ethtool -t eth0 {how}", 60, check=False)
                if not re.search(r"Loopback test .*\t 13", said.text):
                    break
                self.report(f"{how}: looped frames were late, attempt {attempt + 1}")
            self.assertIn("The test result is PASS", said.text, said.text + "\n" + self.guest.output("dmesg"))
            for part in ("Register", "Eeprom", "Interrupt", "Loopback", "Link"):
                self.assertRegex(said.text, rf"{part} test .*\t 0")
        self.wait_for_link()

    def test_tcp_flows_with_all_offloads(self) -> None:
        self.report(f"with offloads: {self.tcp_both_ways()}")
        self.assert_no_errors_counted()

    def test_tcp_flows_without_offloads(self) -> None:
        try:
            self.both("ethtool -K $IF tso off gso off gro off tx off rx off sg off rxvlan off txvlan off")
            self.wait_for_link()
            self.report(f"without offloads: {self.tcp_both_ways()}")
            self.assert_no_errors_counted()
        finally:
            self.both("ethtool -K $IF rx on tx on sg on tso on gso on gro on rxvlan on txvlan on")
            self.wait_for_link()

    def test_jumbo_frames_pass(self) -> None:
        try:
            self.both("ip link set $IF mtu 9000")
            self.wait_for_link()
            before = self.statistics()
            self.ping(size=8972)
            self.report(f"MTU 9000: out {self.iperf('-c 10.0.0.2'):.0f} Mbit/s, in {self.iperf('-R -c 10.0.0.2'):.0f} Mbit/s")
            after = self.statistics()
            packets, size = (after[1][key] - before[1][key] for key in ("rx_pkts_nic", "rx_bytes_nic"))
            self.assertGreater(size / packets, 3000, "mean length of a frame")
            self.assert_no_errors_counted()
        finally:
            self.both("ip link set $IF mtu 1500")
            self.wait_for_link()

    def test_flows_spread_over_the_queues(self) -> None:
        """By RSS: with rules switched on, the driver does not have the flow director spread them."""
        try:
            self.both("ethtool -K $IF ntuple on")
            self.wait_for_link()
            before = self.statistics()
            for attempt in range(4):  # which flow goes where is chance: not often, but now and then all go to one queue
                self.iperf("-P 8 -c 10.0.0.2")
                by_queue = {f"eth{nic}'s {direction}": [new[key] - old[key] for key in
                                                        (f"{direction}_queue_{queue}_packets" for queue in (0, 1))]
                            for nic, (old, new) in enumerate(zip(before, self.statistics())) for direction in ("rx", "tx")}
                if min(min(counts) for counts in by_queue.values()) > 50:
                    return
            self.fail(f"packets by queue: {by_queue}")
        finally:
            self.both("ethtool -K $IF ntuple off")
            self.wait_for_link()

    def test_flow_director_steers_a_flow_to_a_queue(self) -> None:
        try:
            self.peer("ethtool -K eth1 ntuple on")
            self.wait_for_link()
            for queue in (1, 0):
                self.peer(f"ethtool -N eth1 flow-type tcp4 src-ip 10.0.0.1 dst-ip 10.0.0.2 dst-port 5201 action {queue} loc 7")
                self.assertIn(f"Direct to queue {queue}", self.peer("ethtool -n eth1"))
                before = self.statistics()[1]
                self.iperf("-P 8 -c 10.0.0.2", 1)
                after = self.statistics()[1]
                steered, others = (after[f"rx_queue_{q}_packets"] - before[f"rx_queue_{q}_packets"] for q in (queue, 1 - queue))
                self.assertGreater(steered, 500)
                self.assertLess(others, 20, "packets of other traffic only")
                self.assertGreaterEqual(after["fdir_match"] - before["fdir_match"], steered - 20)
                self.peer("ethtool -N eth1 delete 7")
        finally:
            self.peer("ethtool -K eth1 ntuple off")
            self.wait_for_link()

    def test_vlan_interfaces_talk_with_tags_by_card_and_by_kernel(self) -> None:
        vlan = "ip link add link $IF name $IF.5 type vlan id 5; ip link set $IF.5 up"
        try:
            for number, run in (1, self.guest.output), (2, self.peer):
                run(f"IF=eth{number - 1}; {vlan}; ip addr add 10.5.0.{number}/24 dev $IF.5")
            for tagging in ("on", "off", "on"):
                self.both(f"ethtool -K $IF rxvlan {tagging} txvlan {tagging}")
                self.wait_for_link()
                self.ping("10.5.0.2", size=1472)
                self.ping("10.5.0.2", count=2, size=20000)
            self.report(f"in a VLAN: out {self.iperf('-c 10.5.0.2', 1):.0f} Mbit/s")
            self.assert_no_errors_counted()
        finally:
            self.both("ip link del $IF.5")

    def test_module_is_removed_and_inserted_10_times(self) -> None:
        self.remove_and_insert(10)

    def remove_and_insert(self, times: int) -> None:
        for turn in range(times):
            self.guest.run("rmmod ixgbe\n[ ! -e /sys/class/net/eth0 ] || exit 1\ninsmod /modules/ixgbe.ko", 60)
            if turn in (times // 2 - 1, times - 1):
                self.connect()  # so that it is also removed while it runs
        self.ping()

    def test_goes_down_and_up_under_traffic(self) -> None:
        traffic = self.guest.start("iperf3 -J -t 4 -c 10.0.0.2")
        for turn in range(3):
            self.guest.run("usleep 300000; ip link set eth0 down; ip link set eth0 up; ip addr add fd00::1/64 dev eth0")
            self.peer("usleep 300000; ip link set eth1 down; ip link set eth1 up; ip addr add fd00::2/64 dev eth1")
            self.wait_for_link()
        self.assertEqual(traffic.wait(30), 0, traffic.out()[-500:])
        self.ping(size=20000)

    def test_recovers_from_a_function_level_reset(self) -> None:
        self.assertIn("flr", self.guest.output(f"cat /sys/bus/pci/devices/{self.addresses['eth0']}/reset_method"))
        # Now and then the driver looks before it is told anything: sees zeros (what QEMU gives for a card that the kernel
        # has switched off for the reset), or that the link is gone and frames are not sent.
        self.excused = "FWSM: 0x00000000|initiating reset to clear Tx work after link loss|Reset adapter"
        for turn in range(3):
            # The driver is not told, so it finds the card as it is after power-up.
            self.guest.run(f"echo 1 >/sys/bus/pci/devices/{self.addresses['eth0']}/reset")
            lost = self.guest.run("ping -c 1 -W 1 10.0.0.2", check=False)
            self.assertNotEqual(lost.status, 0, "nothing can have come through a card that was reset")
            self.guest.run("ip link set eth0 down; ip link set eth0 up; ip addr add fd00::1/64 dev eth0")
            self.wait_for_link()
            self.ping(size=20000)
        if self.statistics()[0]["tx_timeout_count"]:  # other tests want to see none
            self.load_again()

    def test_sleeps_in_d3_and_wakes_up(self) -> None:
        self.guest.run("[ -e /sys/power/pm_test ]\necho 1 >/sys/module/suspend/parameters/pm_test_delay")
        for turn in range(2):
            self.guest.run("echo devices >/sys/power/pm_test && echo mem >/sys/power/state", 60)
            self.wait_for_link()
            self.ping(size=20000)
        self.assertIn("PM: suspend", self.guest.output("dmesg"))

    def test_the_whole_machine_is_suspended_and_woken(self) -> None:
        """Suspend to RAM: memory is kept; processors, firmware and cards start again. Once, because QEMU does not let the
        guest sleep a second time."""
        waker = threading.Thread(target=self.wake_when_suspended)
        waker.start()
        # Not in the background: what is said to the serial port while it is woken is lost.
        self.guest.run("cd /sys/power; echo none >pm_test; echo deep >mem_sleep; echo mem >state", 60)
        waker.join()
        self.assertTrue(self.woken, "the machine did not sleep, or could not be woken")
        self.wait_for_link()
        self.ping(size=20000)
        self.iperf("-c 10.0.0.2")
        self.iperf("-R -c 10.0.0.2")

    def wake_when_suspended(self) -> None:
        with contextlib.suppress(LabError):
            self.monitor.wait_for_event("SUSPEND")
            self.monitor.execute("system_wakeup")
            self.woken = True


class LinuxIxgbeTranslated(LinuxCase):
    """Each buffer is mapped for the card by itself, and unmapped after use: thousands of DMA_MAP and DMA_UNMAP messages."""

    name = "linux.ixgbe.translated"
    kernel_arguments = "iommu=nopt iommu.strict=1"

    def test_every_buffer_is_mapped_and_unmapped(self) -> None:
        self.assertIn("Default domain type: Translated", self.boot_log)
        for size in (56, 1472, 65500):
            self.ping(size=size)
        self.iperf("-c 10.0.0.2", 2)
        self.iperf("-R -c 10.0.0.2", 2)
        self.load_again()
        self.ping()


class LinuxIxgbeEnds(LinuxCase):
    """What is left when either side is gone. One after the other, because each test ends something."""

    name = "linux.ixgbe.ends"
    kernel_arguments = "ipv6.disable=1"  # no frames that nobody asked for

    def setUp(self) -> None:
        self.faults_expected, self.log_read = False, 0

    def tearDown(self) -> None:
        """A test looks at the log itself, as far as there is a machine with a log."""

    @classmethod
    def tearDownClass(cls) -> None:
        """Everything is over already."""

    def test_1_kernel_and_model_count_the_same_frames_and_bytes(self) -> None:
        self.ping(size=65500)
        self.iperf("-c 10.0.0.2")
        self.iperf("-R -c 10.0.0.2")
        self.guest.run("usleep 500000")  # the connections' last words
        kernel = self.statistics()
        self.machine.power_off()
        for of_kernel, (name, report) in zip(kernel, self.model.stop().items()):
            cable, missed = report["nic"]["cable"], of_kernel["rx_missed_errors"] + of_kernel["rx_no_dma_resources"]
            self.assertEqual(missed + report["nic"]["filtered"], 0, f"{name}: frames that were not received")
            model = {key: cable[key] for key in ("from_nic", "to_nic", "bytes_from_nic", "bytes_to_nic")}
            packets = {"from_nic": of_kernel["tx_pkts_nic"], "to_nic": of_kernel["rx_pkts_nic"]}
            self.assertEqual(model, {**packets, "bytes_from_nic": of_kernel["tx_bytes_nic"] - 4 * packets["from_nic"],  # CRC
                                     "bytes_to_nic": of_kernel["rx_bytes_nic"] - 4 * packets["to_nic"]}, name)
            self.assertGreater(model["bytes_from_nic"], 1_000_000)

    def test_2_a_killed_vm_leaves_the_server_fit_for_the_next_one(self) -> None:
        self.model.start()
        self.boot()
        traffic = self.guest.start("iperf3 -t 60 -c 10.0.0.2")
        self.guest.run("usleep 700000")
        self.assertTrue(traffic.running)
        self.machine.process.kill()
        self.machine.power_off()
        self.boot()
        self.ping(size=65500)
        self.assertIsNone(self.model.process.poll())
        self.assert_no_complaint(self.boot_log + self.guest.output("dmesg"))

    def test_3_a_killed_server_is_a_card_that_was_pulled_out(self) -> None:
        self.model.kill()
        self.guest.run("for turn in $(seq 100); do dmesg | grep -q 'Adapter removed' && exit 0; usleep 100000; done; exit 1", 60)
        self.guest.run("ip link set eth0 down; rmmod ixgbe", 60)
        self.assertNotRegex(self.guest.output("dmesg"), "BUG:|Oops|WARNING:|Call Trace|panic|hung task")
        self.machine.power_off()

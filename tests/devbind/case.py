"""What all tests of devbind share: a fresh machine for each, and one call that runs the program on it."""

import contextlib
import io
import json
import pathlib
import shutil
import tempfile
import unittest

from fake_machine import FakeMachine, devbind

NIC = "0000:03:00.0"
OTHER = "0000:03:00.1"
DRIVERS = "/sys/bus/pci/drivers"
DEVICES = "/sys/bus/pci/devices"


class Case(unittest.TestCase):
    """One machine with vfio-pci loaded, an IOMMU, and nothing else; tests add what they are about."""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="devbind-test-")
        self.addCleanup(shutil.rmtree, folder)
        self.machine = FakeMachine(folder)
        self.machine.add_driver("vfio-pci")

    def run_devbind(self, *arguments, code=0):
        """Runs it, checks the exit code, and returns what it printed and said."""
        out, err = io.StringIO(), io.StringIO()
        try:
            with contextlib.redirect_stderr(err):  # argparse speaks there
                got = devbind.main(list(arguments), self.machine, out, err)
        except SystemExit as end:
            got = end.code
        self.out, self.err = out.getvalue(), err.getvalue()
        self.assertEqual(got, code, f"devbind {' '.join(arguments)}\n{self.out}{self.err}")
        return self.out

    def state(self, address=NIC):
        """Everything about a device that a failed command must leave as it was."""
        machine = self.machine
        device = devbind.Device(machine, address)
        return {"driver": device.driver, "override": device.override, "interfaces": [
            {"name": i.name, "up": i.up, "mtu": machine.read(f"{i.path}/mtu"), "master": i.master,
             "addresses": sorted(str(a) for a in machine.addresses if a.index == i.index),
             "routes": sorted(str(r) for r in machine.routes if r.index == i.index)} for i in device.interfaces]}

    def driver(self, address=NIC):
        return devbind.Device(self.machine, address).driver

    def override(self, address=NIC):
        return devbind.Device(self.machine, address).override

    def sysfs_writes(self):
        return [(path, text.strip()) for path, text in self.machine.writes]

    def saved(self, address=NIC, folder="/run/ringside"):
        path = pathlib.Path(self.machine.real(f"{folder}/{address}.json"))
        return json.loads(path.read_text()) if path.exists() else None

    def configured_nic(self, up=False):
        """A NIC with a name of its own, two addresses, routes and an MTU. Up, it carries the host."""
        machine = self.machine
        machine.add_nic(NIC, "wan0", up=up)
        machine.cards[NIC]["name"] = machine.cards[NIC]["born"] = "eth7"  # what the driver calls a new one
        machine.file("/sys/class/net/wan0/mtu", "9000\n")
        machine.add_address("wan0", "192.0.2.5/24", broadcast="192.0.2.255", label="wan0")
        machine.add_address("wan0", "2001:db8::5/64")
        for address in machine.addresses:
            machine.connect(address)
        machine.add_route("wan0", "198.51.100.0/24", gateway="192.0.2.1", table=100)
        machine.add_route("wan0", "203.0.113.0/24", priority=50, source="192.0.2.5")

#!/usr/bin/env python3
"""Runs devbind on a fake machine in a temporary folder: to see what it prints, without a NIC and without root.

usage: on_fake_machine.py MACHINE COMMAND [+ COMMAND]...

MACHINE is one of: server (three cards in groups of their own, two of them in use), shared-group, refusing
(vfio-pci answers -22), no-iommu. Commands are devbind's, without its name; what each prints stands under
"$ devbind ...". docs/devbind.md quotes these runs, and a test compares.
"""

import errno
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
from fake_machine import FakeMachine, devbind  # noqa: E402

NAMES = ("8086  Intel Corporation\n\t10fb  82599ES 10-Gigabit SFI/SFP+ Network Connection\n"
         "\t1521  I350 Gigabit Network Connection\n")
ALIASES = "alias pci:v00008086d000010FBsv*sd*bc*sc*i* ixgbe\nalias pci:v00008086d00001521sv*sd*bc*sc*i* igb\n"


def server(machine):
    machine.add_nic("0000:03:00.0", "enp3s0f0", group="12", up=True)
    machine.add_nic("0000:03:00.1", "enp3s0f1", group="13")
    machine.add_nic("0000:04:00.0", "eno1", driver="igb", group="14", ids="8086:1521", up=True)
    machine.cards["0000:03:00.0"]["born"] = machine.cards["0000:03:00.0"]["name"] = "eth0"
    machine.add_address("enp3s0f0", "198.51.100.7/24", broadcast="198.51.100.255", label="enp3s0f0")
    machine.connect(machine.addresses[-1])
    machine.add_address("eno1", "192.0.2.5/24")
    machine.connect(machine.addresses[-1])
    machine.add_route("eno1", gateway="192.0.2.1")
    machine.variables["SSH_CONNECTION"] = "203.0.113.9 50000 192.0.2.5 22"


def shared_group(machine):
    machine.add_nic("0000:03:00.0", "enp3s0f0", group="12")
    machine.add_nic("0000:03:00.1", "enp3s0f1", group="12")


def refusing(machine):
    machine.add_nic("0000:03:00.0", "enp3s0f0", group="12")
    machine.file("/sys/kernel/iommu_groups/12/reserved_regions", "0x00000000ab000000 0x00000000ab0fffff direct\n")
    machine.vfio_result = errno.EINVAL


def no_iommu(machine):
    machine.add_nic("0000:03:00.0", "enp3s0f0", group="")
    machine.file("/sys/firmware/acpi/tables/DMAR")


MACHINES = {"server": server, "shared-group": shared_group, "refusing": refusing, "no-iommu": no_iommu}


def build(folder, name):
    machine = FakeMachine(folder)
    machine.add_driver("vfio-pci")
    machine.file("/usr/share/misc/pci.ids", NAMES)
    machine.file("/lib/modules/6.12.1-test/modules.alias", ALIASES)
    machine.file("/proc/cpuinfo", "vendor_id\t: GenuineIntel\n")
    machine.file("/proc/cmdline", "root=/dev/sda1 quiet\n")
    machine.add_hugepages(0, total=64, free=44)
    machine.memlock = 8 << 20
    MACHINES[name](machine)
    return machine


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in MACHINES:
        print(__doc__, file=sys.stderr)
        return 2
    folder = tempfile.mkdtemp(prefix="devbind-fake-")
    try:
        machine, commands = build(folder, arguments[0]), [[]]
        for word in arguments[1:]:
            if word == "+":
                commands.append([])
            else:
                commands[-1].append(word)
        for command in commands:
            print(f"$ devbind {' '.join(command)}")
            code = devbind.main(command, machine, sys.stdout, sys.stdout)
            print(f"(exit code {code})" if code else "", flush=True)
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

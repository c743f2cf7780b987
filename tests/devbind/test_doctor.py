"""Each thing that may stand in the way is found, explained, and comes with what to type."""

import unittest

from case import DEVICES, NIC, OTHER, Case
from fake_machine import devbind


class Doctor(Case):
    def setUp(self):
        super().setUp()
        self.machine.add_nic()
        self.machine.add_hugepages(0, total=128, free=100)

    def healthy(self):
        return self.run_devbind("doctor")

    def problem(self, *words, device=NIC):
        out = self.run_devbind("doctor", device, code=devbind.EXIT_NOT_READY)
        problems = [part for part in out.split("\nnote ")[0:] if "problem" in part]
        for word in words:
            self.assertIn(word, "\n".join(problems))
        return out

    def test_a_machine_that_is_ready(self):
        out = self.healthy()
        self.assertIn(f"ok      {NIC}: nothing stands in the way.", out)
        self.assertIn("\n0 problems.", out)

    def test_it_writes_nothing(self):
        self.healthy()
        self.assertEqual(self.machine.writes, [])

    def test_a_missing_module(self):
        self.machine.drop("/sys/bus/pci/drivers/vfio-pci")
        self.problem("no vfio-pci", "CONFIG_VFIO_PCI=m", "linux-modules-extra")

    def test_a_module_that_is_only_not_loaded(self):
        self.machine.drop("/sys/bus/pci/drivers/vfio-pci")
        self.machine.add_module("vfio-pci", "vfio-pci")
        self.assertIn("modprobe vfio-pci", self.healthy())

    def test_a_group_that_is_not_viable(self):
        self.machine.add_nic(OTHER, "enp3s0f1")
        self.problem("IOMMU group 12 is not viable because of 0000:03:00.1 on ixgbe",
                     f"devbind bind --whole-group {NIC}")

    def test_firmware_that_wants_a_fixed_mapping(self):
        self.machine.file("/sys/kernel/iommu_groups/12/reserved_regions",
                          "0x00000000fee00000 0x00000000feefffff msi\n0x00000000ab000000 0x00000000ab0fffff direct\n")
        self.problem("RMRR", "Firmware has requested", f"dmesg | grep -i {NIC}")

    def test_a_relaxable_mapping_is_no_problem(self):
        self.machine.file("/sys/kernel/iommu_groups/12/reserved_regions", "0x0 0xff direct-relaxable\n0x0 0xff msi\n")
        self.healthy()

    def test_an_override_that_another_tool_left_behind(self):
        self.machine.file(f"{DEVICES}/{NIC}/driver_override", "vfio-pci\n")
        self.problem("driver_override says vfio-pci", f"echo > {DEVICES}/{NIC}/driver_override")

    def test_a_bridge(self):
        self.machine.add_card("0000:00:1c.0", "pcieport", "1", kind="060400")
        self.problem("PCI bridge", "-22", device="0000:00:1c.0")

    def test_no_device_nodes_as_in_a_container(self):
        self.machine.drop("/dev/vfio/vfio")
        self.problem("/dev/vfio/vfio", "container", "modprobe vfio_iommu_type1")
        self.machine.file("/dev/iommu")
        self.healthy()

    def test_interrupts_that_cannot_be_remapped(self):
        self.machine.file("/sys/class/iommu/dmar0/intel-iommu/ecap", "f020d7\n")
        self.problem("remap interrupts", "EPERM", "allow_unsafe_interrupts")
        self.machine.file("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n")
        self.healthy()

    def test_interrupts_that_can_be_remapped(self):
        self.machine.file("/sys/class/iommu/dmar0/intel-iommu/ecap", "f020d8\n")
        self.healthy()

    def test_lockdown_is_explained_and_no_problem_by_itself(self):
        self.machine.file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
        self.assertIn("locked down (integrity)", self.healthy())
        self.machine.file("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n")
        self.assertNotIn("locked down", self.healthy())

    def test_too_few_hugepages(self):
        self.machine.file("/sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages", "63\n")
        out = self.healthy()
        self.assertIn("63 hugepages of 2 MiB are free; 64 are enough", out)
        self.assertIn("devbind hugepages ensure 64", out)

    def test_hugepages_of_another_size_do_not_count(self):
        self.machine.drop("/sys/devices/system/node/node0/hugepages/hugepages-2048kB")
        self.machine.add_hugepages(0, "1048576kB", 100, 100)
        self.assertIn("0 hugepages of 2 MiB", self.healthy())

    def test_memlock_for_a_user(self):
        self.machine.user, self.machine.memlock = 1000, 8 << 20
        self.problem("RLIMIT_MEMLOCK is 8192 KiB", "memlock unlimited", "LimitMEMLOCK=infinity", "ulimit -l")

    def test_memlock_does_not_bind_root(self):
        self.machine.memlock = 8 << 20
        self.assertIn("root is exempt", self.healthy())

    def test_a_card_that_carries_the_host_and_one_that_is_held_are_notes(self):
        self.machine.file("/sys/class/net/enp3s0f0/flags", "0x1003")
        self.machine.add_address("enp3s0f0", "192.0.2.5/24")
        self.machine.add_nic("0000:09:00.0", driver="vfio-pci", group="14")
        self.machine.add_program(77, "forwarder", "/dev/vfio/14")
        out = self.healthy()
        self.assertIn(f"{NIC} carries the host, so bind refuses it: enp3s0f0 is up and has the address", out)
        self.assertIn("0000:09:00.0 is held by forwarder (pid 77).", out)


class NoIommu(Case):
    """-22: firmware, kernel command line, and a VM without one are different illnesses."""

    def setUp(self):
        super().setUp()
        self.machine.add_nic(group="")
        self.machine.file("/proc/cpuinfo", "vendor_id\t: GenuineIntel\n")
        self.machine.file("/proc/cmdline", "root=/dev/sda1 quiet\n")

    def problem(self, *words):
        out = self.run_devbind("doctor", code=devbind.EXIT_NOT_READY)
        for word in (*words, f"{NIC} is in no IOMMU group: vfio-pci refuses it with -22 (EINVAL)"):
            self.assertIn(word, out)

    def test_the_firmware_offers_none(self):
        self.problem("no ACPI table DMAR", "VT-d", "BIOS", "-device intel-iommu")

    def test_the_firmware_offers_one_and_the_kernel_does_not_use_it(self):
        self.machine.file("/sys/firmware/acpi/tables/DMAR")
        self.problem("Add intel_iommu=on", "update-grub && reboot")

    def test_it_is_switched_off_on_the_command_line(self):
        self.machine.file("/sys/firmware/acpi/tables/DMAR")
        self.machine.file("/proc/cmdline", "root=/dev/sda1 intel_iommu=off\n")
        self.problem("command line says intel_iommu=off")

    def test_amd_has_other_names(self):
        self.machine.file("/proc/cpuinfo", "vendor_id\t: AuthenticAMD\n")
        self.problem("no ACPI table IVRS", "AMD-Vi")

    def test_arm_has_other_names(self):
        self.machine.file("/proc/cpuinfo", "CPU implementer\t: 0x41\n")
        self.problem("SMMU")

    def test_the_groups_that_no_iommu_mode_makes_up_are_no_iommu(self):
        self.machine.file("/sys/kernel/iommu_groups/0/name", "vfio-noiommu\n")
        self.problem("There is no IOMMU group at all")

    def test_a_refused_bind_gives_the_same_advice(self):
        self.run_devbind("bind", NIC, code=devbind.EXIT_NOT_READY)
        self.assertIn("VT-d", self.err)


if __name__ == "__main__":
    unittest.main()

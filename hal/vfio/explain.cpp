#include "hal/vfio/explain.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ringside::hal::vfio::explain {

namespace {

std::string hex(std::uint64_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
    return text;
}

std::string reason(int error) { return std::strerror(error); }

bool denied(int error) { return error == EACCES || error == EPERM; }
bool absent(int error) { return error == ENOENT || error == ENODEV || error == ENXIO; }

std::string opening(const Function& f, const std::string& path, int error) {
    return f.name + ": opening " + path + ": " + reason(error);
}

std::string give_rights(const Function& f) {
    return "; as root, give the node to the user who runs this program: `./devbind bind -U USER " + f.name +
           "`";
}

std::string driver_of(const Function& f) {
    return f.driver.empty() ? ": no driver has this function"
                            : ": the driver " + f.driver + " has this function";
}

// The members of the group that keep the others from being used.
std::string spoilers(const std::vector<GroupMember>& members) {
    std::string text;
    for (const GroupMember& m : members)
        if (!is_harmless_driver(m.driver))
            text += (text.empty() ? "" : ", ") + m.name + " (driver " + m.driver + ")";
    return text;
}

std::string whole_group(const Function& f, const std::string& others) {
    return "IOMMU group " + f.group +
           " is not viable: the IOMMU cannot tell its members apart, so all of them "
           "must be free, but the kernel still uses " +
           others +
           "; hand over the whole group: "
           "`./devbind bind --whole-group " +
           f.name + "`";
}

std::string unsafe_interrupts(const std::string& module) {
    return "the IOMMU does not remap interrupts, so a device that is told to could raise any interrupt of "
           "the "
           "machine. On real machines switch VT-d's interrupt remapping (or x2APIC) on in the firmware, in "
           "QEMU say "
           "intremap=on. Where device and program are trusted, root may allow it: "
           "`echo 1 > /sys/module/" +
           module + "/parameters/allow_unsafe_interrupts`";
}

std::string mapping(const Mapping& m) {
    return m.who + ": mapping " + std::to_string(m.size) + " bytes at IOVA " + hex(value(m.iova)) +
           " for DMA: ";
}

std::string kib(std::uint64_t bytes) { return std::to_string((bytes + 1023) / 1024) + " KiB"; }

}  // namespace

// ---- before anything is opened ----

std::string no_such_function(const Function& f) {
    return f.name +
           ": there is no such PCI function in this machine; `./devbind status` lists the network cards";
}

std::string no_group(const Function& f) {
    return f.name +
           ": the function is in no IOMMU group, because this machine has no IOMMU or it is off. Switch VT-d "
           "or "
           "AMD-Vi on in the firmware (BIOS), add intel_iommu=on or amd_iommu=on to the kernel's command "
           "line and "
           "reboot; a virtual machine needs an emulated one. `./devbind doctor` looks closer";
}

std::string not_bound(const Function& f) {
    return f.name + driver_of(f) + "; hand it to vfio-pci: `./devbind bind " + f.name + "`";
}

std::string not_bound_without_iommu(const Function& f) {
    return f.name + driver_of(f) +
           "; hand it to vfio-pci, which needs to be told that there is no IOMMU: "
           "`./devbind bind --noiommu-mode " +
           f.name + "`";
}

std::string no_iommu_for(const Function& f) {
    return f.name +
           ": vfio-pci has this function without an IOMMU, so it could overwrite any memory of this machine. "
           "Switch "
           "the IOMMU on (`./devbind doctor` says how), or, if that is meant, add ,vfio=noiommu to the "
           "address";
}

std::string has_iommu_after_all(const Function& f) {
    return f.name + ": IOMMU group " + f.group +
           " is behind an IOMMU, so there is no reason to do without; leave ,vfio=noiommu away";
}

std::string no_cdev(const Function& f) {
    return f.name +
           ": the kernel makes no /dev/vfio/devices node for this function: it was built without "
           "CONFIG_VFIO_DEVICE_CDEV, as those of many distributions are; use vfio=container instead of "
           "vfio=iommufd";
}

std::string other_way_in_use(const Function& f) {
    return f.name + ": this program has opened another function of IOMMU group " + f.group +
           " in the other of the ways iommufd and container; a group can be used one way only: say the same "
           "vfio= "
           "for both, or none";
}

// ---- nodes in /dev ----

std::string container_node(const Function& f, int error) {
    const std::string text = opening(f, "/dev/vfio/vfio", error);
    if (absent(error))
        return text + "; VFIO is not loaded: `modprobe vfio-pci` as root (in a container, pass /dev/vfio in)";
    if (denied(error))
        return text + "; everybody may open it on a normal system: `chmod 666 /dev/vfio/vfio` as root";
    return text;
}

std::string group_node(const Function& f, const std::string& path, int error) {
    const std::string text = opening(f, path, error);
    if (error == EBUSY)
        return text + "; another program uses this function or another one of IOMMU group " + f.group +
               ", which only one program at a time may have: `fuser -v " + path + "` tells which";
    if (f.noiommu && denied(error)) return text + "; without an IOMMU only root may have a device";
    if (absent(error))
        return text +
               "; the kernel may be built without CONFIG_VFIO_GROUP: try vfio=iommufd; or in a container, "
               "/dev/vfio must be passed in";
    if (denied(error)) return text + give_rights(f);
    return text;
}

std::string iommufd_node(const Function& f, int error) {
    const std::string text = opening(f, "/dev/iommu", error);
    if (absent(error))
        return text +
               "; iommufd is not loaded (`modprobe iommufd` as root), or this kernel was built without "
               "CONFIG_IOMMUFD, as those of many distributions are: use vfio=container";
    if (denied(error))
        return text +
               "; as root: `setfacl -m u:USER:rw /dev/iommu`; or use vfio=container, whose nodes "
               "`./devbind bind -U USER " +
               f.name + "` gives away";
    return text;
}

std::string cdev_node(const Function& f, int error) {
    const std::string text = opening(f, f.cdev, error);
    if (error == EBUSY)
        return text + "; another program uses this function: `fuser -v " + f.cdev + "` tells which";
    if (denied(error)) return text + give_rights(f);
    if (absent(error))
        return text + "; in a container, /dev/vfio/devices must be passed in; or use vfio=container";
    return text;
}

// ---- container ----

std::string wrong_api(const Function& f, int version) {
    return f.name + ": VFIO of this kernel has API version " + std::to_string(version) +
           ", this program knows version 0 only, which has been the only one since Linux 3.6";
}

std::string no_type1(const Function& f) {
    return f.name +
           ": VFIO of this kernel knows no IOMMU of type 1 (version 2): `modprobe vfio_iommu_type1` as root";
}

std::string noiommu_off(const Function& f) {
    return f.name +
           ": VFIO without an IOMMU is switched off: `echo 1 > "
           "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode` as root, then bind the function again: "
           "`./devbind bind --noiommu-mode " +
           f.name + "`";
}

std::string not_viable(const Function& f, const std::vector<GroupMember>& members) {
    const std::string others = spoilers(members);
    return f.name + ": " +
           whole_group(f, others.empty() ? "one of them; `./devbind status` shows which" : others);
}

std::string cannot_attach_group(const Function& f, int error) {
    const std::string text = f.name + ": attaching IOMMU group " + f.group + ": " + reason(error);
    if (error == EPERM) return text + "; " + unsafe_interrupts("vfio_iommu_type1");
    if (error == EBUSY)
        return text + "; the group is in use: `fuser -v /dev/vfio/" + f.group + "` tells by whom";
    if (error == ENOMEM)
        return text + "; the memory that is mapped already cannot be locked once more: raise `ulimit -l`";
    return text + "; the kernel's log (`dmesg`) says more";
}

std::string cannot_get_device(const Function& f, int error) {
    const std::string text =
        f.name + ": taking the function from IOMMU group " + f.group + ": " + reason(error);
    if (error == EACCES)
        return text +
               "; it is a virtual function, and the program that drives the physical one has set a secret: "
               "add ,vf-token=UUID to the address";
    if (!f.vf_token.empty()) return text + "; perhaps the function takes no vf-token";
    return text + "; is it being unbound? `./devbind status` tells";
}

// ---- iommufd ----

std::string cannot_bind(const Function& f, int error, const std::vector<GroupMember>& members) {
    const std::string text = f.name + ": binding " + f.cdev + " to iommufd: " + reason(error);
    const std::string others = spoilers(members);
    const std::string fuser = "`fuser -v " + f.cdev + " /dev/vfio/" + f.group + " /dev/iommu` tells which";
    // Both numbers mean that the group has an owner; EPERM also that interrupts are not safe.
    if ((error == EBUSY || error == EPERM) && !others.empty()) return text + "; " + whole_group(f, others);
    if (error == EBUSY)
        return text + "; another program uses this function or another one of IOMMU group " + f.group + ": " +
               fuser;
    if (error == EPERM && members.size() > 1)
        return text + "; perhaps another program uses another function of IOMMU group " + f.group + ": " +
               fuser + ". If none does, " + unsafe_interrupts("iommufd");
    if (error == EPERM) return text + "; " + unsafe_interrupts("iommufd");
    if (error == EACCES)
        return text +
               "; it is a virtual function, and the program that drives the physical one has set a secret: "
               "add ,vf-token=UUID to the address";
    if (!f.vf_token.empty()) return text + "; kernels before 6.17 take a vf-token only with vfio=container";
    if (error == EINVAL)
        return text + "; most likely another program uses this function: `fuser -v " + f.cdev +
               "` tells which";
    return text + "; the kernel's log (`dmesg`) says more";
}

std::string cannot_attach_device(const Function& f, int error) {
    const std::string text =
        f.name + ": attaching the function to an address space of iommufd: " + reason(error);
    if (error == EPERM) return text + "; " + unsafe_interrupts("iommufd");
    return text + "; the kernel's log (`dmesg`) says more, and vfio=container may do";
}

// ---- device ----

std::string disobedient(const std::string& who, std::uint32_t command) {
    return who +
           ": the function's command register should have memory space (bit 1) on and bus mastering (bit 2) "
           "off, but of these bits it reads " +
           hex(command) +
           "; it may be broken or asleep: power the machine off "
           "and on";
}

std::string cannot_reset(const std::string& who, int error) {
    const std::string text = who + ": resetting the function: " + reason(error);
    if (error == EAGAIN) return text + "; the kernel is busy with it (is it being unbound?): try again";
    return text + "; the kernel's log (`dmesg`) says more";
}

std::string unexpected(const std::string& who, const std::string& what, int error) {
    return who + ": " + what + ": " + reason(error);
}

// ---- memory ----

std::string not_whole_pages(const Mapping& m) {
    return mapping(m) + "memory must be whole pages of 4096 bytes, in this process and on the bus";
}

std::string cannot_map(const Mapping& m, int error) {
    const std::string text = mapping(m) + reason(error);
    switch (error) {
        case ENOMEM:
            if (!m.limit)
                return text + "; there is no limit on locked memory, so the kernel itself has none left";
            return text + "; the memory would be locked, and this user may lock " + kib(*m.limit) +
                   " (RLIMIT_MEMLOCK), of which " + kib(m.bytes) +
                   " are mapped here already. Raise it: `ulimit -l " +
                   std::to_string((m.bytes + m.size + 1023) / 1024) +
                   "` as root before the program starts, or lines \"USER - memlock unlimited\" in "
                   "/etc/security/limits.conf and a new login";
        case ENOSPC:
            return text + "; the IOMMU driver takes no more mappings, " + std::to_string(m.maps) +
                   " are there already. Use fewer and larger ones (huge pages), or raise "
                   "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
        case EEXIST: return text + "; something is mapped there already";
        case EFAULT: return text + "; there is no memory at this address of the process";
        default: break;
    }
    std::string where;
    for (const IovaRange& r : m.ranges)
        where += (where.empty() ? "" : ", ") + hex(value(r.first)) + " to " + hex(value(r.last));
    return text + "; the devices of this address space can use " + (where.empty() ? "no address" : where);
}

std::string noiommu_warning(const Function& f) {
    return f.name +
           ": WARNING: no IOMMU. This device can read and overwrite ANY memory of this machine, the kernel's "
           "included, and a wrong address in a descriptor does it. Use it only on a machine that you can "
           "lose";
}

std::string not_physical(const Mapping& m, std::uint64_t offset, std::uint64_t physical) {
    if (physical == 0)
        return mapping(m) + "without an IOMMU its physical address is needed, which only root may know";
    return mapping(m) + "without an IOMMU a device sees physical addresses, and byte " +
           std::to_string(offset) + " of this memory lies at " + hex(physical) + ", not at " +
           hex(value(m.iova) + offset) + "; use huge pages and map each by itself, at its physical address";
}

std::string not_contiguous(const Mapping& m, std::uint64_t offset) {
    return m.who + ": without an IOMMU a device sees physical addresses, and of the " +
           std::to_string(m.size) + " bytes it shall reach those from " + std::to_string(offset) +
           " on do not follow the others there; take pages of 1 GiB, within which they do: reserve them at "
           "boot "
           "(hugepagesz=1G hugepages=1 on the kernel's command line), and start the forwarder with --pages "
           "1g";
}

std::string no_pagemap(const Mapping& m, int error) {
    return mapping(m) + "asking /proc/self/pagemap for its physical address: " + reason(error);
}

// ---- interrupts ----

std::string too_many_interrupts(const std::string& who, std::size_t asked, std::size_t has) {
    return who + ": asked for " + std::to_string(asked) + " interrupts, the function has " +
           std::to_string(has) + " of this kind";
}

std::string cannot_set_interrupts(const std::string& who, std::size_t asked, int answer) {
    const std::string text = who + ": setting up " + std::to_string(asked) + " interrupts: ";
    if (answer >= 0)
        return text + "the machine has only " + std::to_string(answer) +
               " vectors left for it; use fewer queues";
    if (answer == -ENOSPC) return text + "the machine has no vectors left; use fewer queues";
    return text + reason(-answer);
}

}  // namespace ringside::hal::vfio::explain

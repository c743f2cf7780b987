#include "hal/vfio/sysfs.hpp"

#include <charconv>

namespace ringside::hal::vfio {

namespace {

constexpr const char* devices = "/sys/bus/pci/devices/";
constexpr const char* groups = "/sys/kernel/iommu_groups/";

// The last part of where a link leads: drivers and groups are known by it.
std::string link_name(Kernel& kernel, const std::string& path) {
    const std::string target = kernel.read_link(path).value_or("");
    return target.substr(target.rfind('/') + 1);  // npos + 1 is 0: the whole
}

std::string cdev_of(Kernel& kernel, const std::string& device) {
    for (const std::string& name : kernel.list(device + "/vfio-dev"))
        if (name.starts_with("vfio")) return "/dev/vfio/devices/" + name;
    return {};
}

int number_in(Kernel& kernel, const std::string& path, int otherwise) {
    const std::string text = kernel.read_file(path).value_or("");
    int number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

Function look_up(Kernel& kernel, const PciAddress& address) {
    Function f;
    f.name = pci_name(address);
    f.vf_token = address.vf_token;
    const std::string device = devices + f.name;
    f.exists = kernel.exists(device);
    if (!f.exists) return f;
    f.driver = link_name(kernel, device + "/driver");
    f.group = link_name(kernel, device + "/iommu_group");
    f.noiommu = !f.group.empty() && kernel.read_file(groups + f.group + "/name") == "vfio-noiommu";
    f.cdev = cdev_of(kernel, device);
    f.numa_node = number_in(kernel, device + "/numa_node", -1);
    return f;
}

std::vector<GroupMember> group_members(Kernel& kernel, const std::string& group) {
    std::vector<GroupMember> members;
    for (const std::string& name : kernel.list(groups + group + "/devices"))
        members.push_back({name, link_name(kernel, devices + name + "/driver")});
    return members;
}

bool is_vfio_driver(const std::string& driver) { return driver.find("vfio") != std::string::npos; }

bool is_harmless_driver(const std::string& driver) {
    return driver.empty() || is_vfio_driver(driver) || driver == "pcieport" || driver == "pci-stub";
}

}  // namespace ringside::hal::vfio

#include "hal/vfio/container.hpp"

#include "hal/error.hpp"
#include "hal/vfio/explain.hpp"
#include "hal/vfio/space.hpp"
#include "hal/vfio/uapi.hpp"

#include <algorithm>

namespace ringside::hal::vfio {

namespace {

Handle open_group(Kernel& kernel, const Function& f) {
    const std::string path = "/dev/vfio/" + std::string(f.noiommu ? "noiommu-" : "") + f.group;
    const int fd = kernel.open_read_write(path);
    if (fd < 0) throw Error(explain::group_node(f, path, -fd));
    return {kernel, fd};
}

Handle open_container(Kernel& kernel, const Function& f) {
    const int fd = kernel.open_read_write("/dev/vfio/vfio");
    if (fd < 0) throw Error(explain::container_node(f, -fd));
    return {kernel, fd};
}

}  // namespace

Group::Group(Kernel& kernel, const Function& f) : kernel_(kernel), fd_(open_group(kernel, f)) {
    GroupStatus status{sizeof(GroupStatus), 0};
    const int result = kernel.call(fd(), group_get_status, status);
    if (result < 0) throw Error(explain::unexpected(f.name, "asking about IOMMU group " + f.group, -result));
    if ((status.flags & group_viable) == 0)
        throw Error(explain::not_viable(f, group_members(kernel, f.group)));
}

Handle Group::open_device(const Function& f) const {
    const std::string name = f.vf_token.empty() ? f.name : f.name + " vf_token=" + f.vf_token;
    const int device = patiently(kernel_, [&] {
        return kernel_.ioctl(fd(), group_get_device_fd, reinterpret_cast<std::uintptr_t>(name.c_str()));
    });
    if (device < 0) throw Error(explain::cannot_get_device(f, -device));
    return {kernel_, device};
}

Container::Container(Kernel& kernel, const Function& f, std::uintptr_t iommu)
    : kernel_(kernel), fd_(open_container(kernel, f)), iommu_(iommu) {
    const int version = kernel.ioctl(fd(), get_api_version, 0);
    if (version != api_version) throw Error(explain::wrong_api(f, version));
    if (kernel.ioctl(fd(), check_extension, iommu) <= 0)
        throw Error(iommu == noiommu_iommu ? explain::noiommu_off(f) : explain::no_type1(f));
}

bool Container::holds(const std::string& group) const {
    const auto found = groups_.find(group);
    return found != groups_.end() && !found->second.expired();
}

bool Container::empty() const {
    return std::all_of(groups_.begin(), groups_.end(), [](const auto& g) { return g.second.expired(); });
}

void Container::put_in(const Group& group, const Function& f) {
    const bool first = empty();
    int container = fd();
    int result = kernel_.call(group.fd(), group_set_container, container);
    if (result < 0 && !first) throw CannotShare(explain::cannot_attach_group(f, -result));
    // The IOMMU can be chosen only when there is a group.
    if (result >= 0 && first) result = kernel_.ioctl(fd(), set_iommu, iommu_);
    if (result < 0) throw Error(explain::cannot_attach_group(f, -result));
}

std::shared_ptr<Group> Container::join(const Function& f) {
    if (auto group = groups_[f.group].lock()) return group;
    auto group = std::make_shared<Group>(kernel_, f);
    put_in(*group, f);
    groups_[f.group] = group;
    return group;
}

}  // namespace ringside::hal::vfio

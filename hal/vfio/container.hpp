// VFIO's first interface, in all kernels: IOMMU groups are put into a container, which is one address space.
#pragma once

#include "hal/vfio/kernel.hpp"
#include "hal/vfio/sysfs.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace ringside::hal::vfio {

// An open IOMMU group. Closing it takes it out of its container, once all its devices are closed.
class Group {
public:
    // Opens the group of `f`, which can be open once only in the whole system. Throws Error.
    Group(Kernel& kernel, const Function& f);

    int fd() const noexcept { return fd_.get(); }
    // Opens a function of the group, which must be in a container. Throws Error.
    Handle open_device(const Function& f) const;

private:
    Kernel& kernel_;
    Handle fd_;
};

class Container {
public:
    // `iommu`: type1v2_iommu or noiommu_iommu. `f` is for error sentences. Throws Error.
    Container(Kernel& kernel, const Function& f, std::uintptr_t iommu);

    int fd() const noexcept { return fd_.get(); }
    // The group of `f`: the one that is in already, or else opened and put in. With the first one in comes
    // the IOMMU, with the last one out it goes, and with it all mappings. Throws CannotShare if the groups
    // that are in and this one do not go together, or Error.
    std::shared_ptr<Group> join(const Function& f);
    bool holds(const std::string& group) const;
    bool empty() const;

private:
    void put_in(const Group& group, const Function& f);

    Kernel& kernel_;
    Handle fd_;
    std::uintptr_t iommu_;
    std::map<std::string, std::weak_ptr<Group>> groups_;  // the devices own them
};

}  // namespace ringside::hal::vfio

#include "hal/vfio/open.hpp"

#include "hal/error.hpp"
#include "hal/vfio/device.hpp"
#include "hal/vfio/explain.hpp"
#include "hal/vfio/ioas_space.hpp"
#include "hal/vfio/noiommu_space.hpp"
#include "hal/vfio/space.hpp"
#include "hal/vfio/sysfs.hpp"
#include "hal/vfio/type1_space.hpp"

#include <vector>

namespace ringside::hal::vfio {

namespace {

// Throws unless the function is there, vfio-pci has it, and behind an IOMMU unless that is not wanted.
void check_bound(const Function& f, VfioWay way) {
    if (!f.exists) throw Error(explain::no_such_function(f));
    const bool bound = is_vfio_driver(f.driver);
    if (way == VfioWay::noiommu && !bound) throw Error(explain::not_bound_without_iommu(f));
    if (f.group.empty()) throw Error(explain::no_group(f));
    if (!bound) throw Error(explain::not_bound(f));
    if (way == VfioWay::noiommu && !f.noiommu) throw Error(explain::has_iommu_after_all(f));
    if (way != VfioWay::noiommu && f.noiommu) throw Error(explain::no_iommu_for(f));
}

VfioWay choose_way(Kernel& kernel, const Function& f) {
    const bool offered = !f.cdev.empty() && kernel.exists("/dev/iommu") && kernel.exists(f.cdev);
    // /dev/iommu is often root's alone, while /dev/vfio/vfio is for all.
    const bool allowed = offered && kernel.usable("/dev/iommu") && kernel.usable(f.cdev);
    return allowed || (offered && !kernel.exists("/dev/vfio/vfio")) ? VfioWay::iommufd : VfioWay::container;
}

std::shared_ptr<Space> new_space(Kernel& kernel, const Function& f, VfioWay way) {
    switch (way) {
        case VfioWay::iommufd: return std::make_shared<IoasSpace>(kernel, f);
        case VfioWay::noiommu: return std::make_shared<NoIommuSpace>(kernel, f);
        default: return std::make_shared<Type1Space>(kernel, f);
    }
}

}  // namespace

std::unique_ptr<Device> open(const PciAddress& address, std::span<const std::shared_ptr<DmaSpace>> join,
                             Kernel& kernel) {
    const Function f = look_up(kernel, address);
    check_bound(f, address.way);

    std::vector<std::shared_ptr<Space>> spaces;
    for (const auto& space : join)
        if (auto ours = std::dynamic_pointer_cast<Space>(space)) spaces.push_back(std::move(ours));

    // An IOMMU group cannot be in two spaces, so group-mates decide.
    for (const auto& space : spaces)
        if (space->holds(f.group)) {
            if (address.way != VfioWay::automatic && address.way != space->way())
                throw Error(explain::other_way_in_use(f));
            return std::make_unique<KernelDevice>(kernel, f, space);
        }

    const VfioWay way = address.way == VfioWay::automatic ? choose_way(kernel, f) : address.way;
    if (way == VfioWay::iommufd && f.cdev.empty()) throw Error(explain::no_cdev(f));
    for (const auto& space : spaces)
        if (space->way() == way) try {
                return std::make_unique<KernelDevice>(kernel, f, space);
            } catch (const CannotShare&) {  // then not
            }
    return std::make_unique<KernelDevice>(kernel, f, new_space(kernel, f, way));
}

}  // namespace ringside::hal::vfio

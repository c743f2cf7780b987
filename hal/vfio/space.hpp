// An address space that the kernel gives to devices, and into which further devices may come.
#pragma once

#include "hal/device.hpp"
#include "hal/error.hpp"
#include "hal/vfio/explain.hpp"
#include "hal/vfio/kernel.hpp"
#include "hal/vfio/sysfs.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ringside::hal::vfio {

// This space cannot take the function, but another one could.
struct CannotShare : Error {
    using Error::Error;
};

// A function that belongs to a space. Its fd is closed before it leaves: members are destroyed from the last.
struct Joined {
    std::shared_ptr<void> membership;  // while one of a group is in, so is the group
    Handle device;                     // ready for VFIO_DEVICE_GET_INFO
};

class Space : public DmaSpace {
public:
    virtual VfioWay way() const noexcept = 0;
    // True while functions of this IOMMU group are in: the group's others can be nowhere else.
    virtual bool holds(const std::string& group) const = 0;
    // Takes the function in. The space must outlive what it returns. Throws CannotShare, or Error where
    // another space would not help; the space is then as it was.
    virtual Joined join(const Function& f) = 0;
};

// The regions that are mapped in a space, by IOVA.
class MappedRegions {
public:
    void add(const DmaRegion& region) { regions_.emplace(value(region.iova), region); }
    // False if exactly this was never mapped.
    bool remove(Iova iova, std::size_t size) noexcept;
    std::size_t count() const noexcept { return regions_.size(); }
    std::uint64_t bytes() const noexcept;
    auto begin() const noexcept { return regions_.begin(); }
    auto end() const noexcept { return regions_.end(); }

private:
    std::map<std::uint64_t, DmaRegion> regions_;
};

// For the error sentences about a region.
explain::Mapping describe(const std::string& who, const DmaRegion& region,
                          const std::vector<IovaRange>& ranges, const MappedRegions& mapped, Kernel& kernel);

// Throws Error unless the region is whole pages that end within the address space.
void check_whole_pages(const explain::Mapping& mapping, const DmaRegion& region);

// What the kernel says about addresses, as DmaSpace::ranges() promises it: sorted and disjoint. Ranges that
// end before they begin are left out.
std::vector<IovaRange> tidy(std::vector<IovaRange> ranges);

}  // namespace ringside::hal::vfio

// The address space of a container behind an IOMMU.
#pragma once

#include "hal/vfio/container.hpp"
#include "hal/vfio/space.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace ringside::hal::vfio {

class Type1Space final : public Space {
public:
    // An empty space, meant for `f`. Throws Error.
    Type1Space(Kernel& kernel, const Function& f);

    VfioWay way() const noexcept override { return VfioWay::container; }
    bool holds(const std::string& group) const override { return container_.holds(group); }
    Joined join(const Function& f) override;

    void map(const DmaRegion& region) override;
    void unmap(Iova iova, std::size_t size) noexcept override;
    std::vector<IovaRange> ranges() const override { return ranges_; }
    std::size_t max_maps() const override { return max_maps_; }

private:
    int map_in_kernel(const DmaRegion& region);
    void map_again();
    void learn(const std::string& who);

    Kernel& kernel_;
    std::string who_;
    Container container_;
    std::vector<IovaRange> ranges_;
    std::size_t max_maps_;
    MappedRegions mapped_;
};

}  // namespace ringside::hal::vfio

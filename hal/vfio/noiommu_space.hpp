// No address space at all: without an IOMMU a device sees physical addresses, and all of them. The last
// resort on machines that have none.
#pragma once

#include "hal/vfio/container.hpp"
#include "hal/vfio/space.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ringside::hal::vfio {

class NoIommuSpace final : public Space {
public:
    // Says loudly what it means. Throws Error.
    NoIommuSpace(Kernel& kernel, const Function& f);

    VfioWay way() const noexcept override { return VfioWay::noiommu; }
    bool holds(const std::string& group) const override { return container_.holds(group); }
    Joined join(const Function& f) override;

    std::optional<Iova> fixed_iova(const DmaRegion& region) override;
    // Maps nothing: throws Error unless the IOVA of each page is its physical address already.
    void map(const DmaRegion& region) override;
    void unmap(Iova iova, std::size_t size) noexcept override;
    std::vector<IovaRange> ranges() const override;
    std::size_t max_maps() const override;

private:
    Kernel& kernel_;
    std::string who_;
    Container container_;
    MappedRegions mapped_;
};

}  // namespace ringside::hal::vfio

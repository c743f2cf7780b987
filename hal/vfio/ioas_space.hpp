// VFIO's second interface, since Linux 6.6: an address space of iommufd (IOAS), to which devices are
// attached.
#pragma once

#include "hal/vfio/space.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ringside::hal::vfio {

class IoasSpace final : public Space {
public:
    // An empty space, meant for `f`. Throws Error.
    IoasSpace(Kernel& kernel, const Function& f);

    VfioWay way() const noexcept override { return VfioWay::iommufd; }
    bool holds(const std::string& group) const override;
    Joined join(const Function& f) override;

    void map(const DmaRegion& region) override;
    void unmap(Iova iova, std::size_t size) noexcept override;
    std::vector<IovaRange> ranges() const override { return ranges_; }
    std::size_t max_maps() const override;

private:
    bool empty() const;
    void bind(const Handle& device, const Function& f);
    void attach(const Handle& device, const Function& f);
    void learn(const std::string& who);

    Kernel& kernel_;
    std::string who_;
    Handle iommufd_;
    std::uint32_t ioas_ = 0;
    std::vector<IovaRange> ranges_;
    MappedRegions mapped_;
    std::map<std::string, std::weak_ptr<void>> groups_;  // whose members are in
};

}  // namespace ringside::hal::vfio

#include "hal/vfio/space.hpp"

#include <algorithm>

namespace ringside::hal::vfio {

bool MappedRegions::remove(Iova iova, std::size_t size) noexcept {
    const auto found = regions_.find(value(iova));
    if (found == regions_.end() || found->second.size != size) return false;
    regions_.erase(found);
    return true;
}

std::uint64_t MappedRegions::bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [iova, region] : regions_) sum += region.size;
    return sum;
}

explain::Mapping describe(const std::string& who, const DmaRegion& region,
                          const std::vector<IovaRange>& ranges, const MappedRegions& mapped, Kernel& kernel) {
    return {who, region.iova, region.size, ranges, mapped.count(), mapped.bytes(), kernel.memlock_limit()};
}

void check_whole_pages(const explain::Mapping& mapping, const DmaRegion& region) {
    constexpr std::uint64_t page = 4096;
    const bool whole = reinterpret_cast<std::uintptr_t>(region.address) % page == 0 &&
                       value(region.iova) % page == 0 && region.size % page == 0;
    if (region.address == nullptr || region.size == 0 || !whole ||
        value(region.iova) + (region.size - 1) < value(region.iova))
        throw Error(explain::not_whole_pages(mapping));
}

std::vector<IovaRange> tidy(std::vector<IovaRange> ranges) {
    std::erase_if(ranges, [](const IovaRange& r) { return r.last < r.first; });
    std::sort(ranges.begin(), ranges.end());
    std::vector<IovaRange> result;
    for (const IovaRange& r : ranges) {
        if (!result.empty() && r.first <= result.back().last)
            result.back().last = std::max(result.back().last, r.last);
        else
            result.push_back(r);
    }
    return result;
}

}  // namespace ringside::hal::vfio

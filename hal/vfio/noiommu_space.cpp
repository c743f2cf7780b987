#include "hal/vfio/noiommu_space.hpp"

#include "hal/notice.hpp"
#include "hal/vfio/uapi.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>

namespace ringside::hal::vfio {

namespace {

constexpr std::uint64_t page = 4096;

// Linux, Documentation/admin-guide/mm/pagemap.rst: 8 bytes per page of the process.
constexpr std::uint64_t page_present = std::uint64_t{1} << 63;
constexpr std::uint64_t frame_mask = (std::uint64_t{1} << 55) - 1;  // zero for those who may not know

// Bits of a physical address.
constexpr unsigned address_width = 52;

// Makes sure that each page exists. Changes nothing, not even while a device writes there.
void touch(const DmaRegion& region) {
    auto* const bytes = reinterpret_cast<unsigned char*>(region.address);
    for (std::size_t at = 0; at < region.size; at += page) {
        const std::atomic_ref<unsigned char> byte(bytes[at]);
        unsigned char as_it_is = byte.load();
        // A write in any case, where compilers make a mere read of fetch_or(0).
        byte.compare_exchange_strong(as_it_is, as_it_is);
    }
}

// Calls visit(offset in the region, physical address or 0) for each page.
template <class Visit> int for_each_page(Kernel& kernel, const DmaRegion& region, Visit visit) {
    const Handle pagemap(kernel, kernel.open_read_only("/proc/self/pagemap"));
    if (!pagemap) return pagemap.get();
    const std::uint64_t first = reinterpret_cast<std::uintptr_t>(region.address) / page;
    const std::uint64_t count = region.size / page;
    std::array<std::uint64_t, 512> entries{};
    for (std::uint64_t done = 0; done < count;) {
        const auto batch = std::span(entries).first(std::min<std::size_t>(entries.size(), count - done));
        const std::int64_t got =
            kernel.pread(pagemap.get(), std::as_writable_bytes(batch), (first + done) * 8);
        if (got < 0) return static_cast<int>(got);
        if (static_cast<std::size_t>(got) != batch.size_bytes()) return -EIO;
        for (const std::uint64_t entry : batch)
            visit(page * done++, (entry & page_present) != 0 ? (entry & frame_mask) * page : 0);
    }
    return 0;
}

}  // namespace

NoIommuSpace::NoIommuSpace(Kernel& kernel, const Function& f)
    : kernel_(kernel), who_(f.name), container_(kernel, f, noiommu_iommu) {}

Joined NoIommuSpace::join(const Function& f) {
    auto group = container_.join(f);
    Handle device = group->open_device(f);
    notice(explain::noiommu_warning(f));
    return {std::move(group), std::move(device)};
}

std::optional<Iova> NoIommuSpace::fixed_iova(const DmaRegion& region) {
    const explain::Mapping mapping = describe(who_, region, ranges(), mapped_, kernel_);
    touch(region);
    std::uint64_t first = 0;
    const int result = for_each_page(kernel_, region, [&](std::uint64_t offset, std::uint64_t physical) {
        if (offset == 0) first = physical;
        if (physical == 0) throw Error(explain::not_physical(mapping, offset, physical));
        if (physical != first + offset) throw Error(explain::not_contiguous(mapping, offset));
    });
    if (result < 0) throw Error(explain::no_pagemap(mapping, -result));
    return Iova{first};
}

void NoIommuSpace::map(const DmaRegion& region) {
    const explain::Mapping mapping = describe(who_, region, ranges(), mapped_, kernel_);
    check_whole_pages(mapping, region);
    touch(region);
    const int result = for_each_page(kernel_, region, [&](std::uint64_t offset, std::uint64_t physical) {
        if (physical == 0 || physical != value(region.iova) + offset)
            throw Error(explain::not_physical(mapping, offset, physical));
    });
    if (result < 0) throw Error(explain::no_pagemap(mapping, -result));
    mapped_.add(region);
}

void NoIommuSpace::unmap(Iova iova, std::size_t size) noexcept {
    if (!mapped_.remove(iova, size)) notice(who_ + ": unmapping DMA memory that was never mapped");
}

std::vector<IovaRange> NoIommuSpace::ranges() const {
    return {{Iova{0}, Iova{(std::uint64_t{1} << address_width) - 1}}};
}

std::size_t NoIommuSpace::max_maps() const { return std::numeric_limits<std::size_t>::max(); }

}  // namespace ringside::hal::vfio

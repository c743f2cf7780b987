#include "hal/vfio/type1_space.hpp"

#include "hal/notice.hpp"
#include "hal/vfio/capability_chain.hpp"
#include "hal/vfio/uapi.hpp"

#include <optional>

namespace ringside::hal::vfio {

namespace {

// What holds where the kernel does not say (before 5.4 and 5.10): what all IOMMUs translate, without the
// window in which x86 sends interrupts.
const std::vector<IovaRange> default_ranges{{Iova{0}, Iova{0xFEDF'FFFF}},
                                            {Iova{0xFEF0'0000}, Iova{(std::uint64_t{1} << 39) - 1}}};
constexpr std::size_t default_max_maps = 65535;
constexpr std::uint32_t max_info_size = 64 * 1024;

std::vector<std::byte> iommu_info(Kernel& kernel, int container, const std::string& who) {
    std::vector<std::byte> answer(sizeof(IommuInfo));
    for (bool asked_again = false;; asked_again = true) {
        IommuInfo info{static_cast<std::uint32_t>(answer.size()), 0, 0, 0, 0};
        std::memcpy(answer.data(), &info, sizeof info);
        const int result =
            kernel.ioctl(container, iommu_get_info, reinterpret_cast<std::uintptr_t>(answer.data()));
        if (result < 0) throw Error(explain::unexpected(who, "asking about the IOMMU", -result));
        std::memcpy(&info, answer.data(), sizeof info);
        if (info.argsz <= answer.size()) return answer;
        if (asked_again || info.argsz > max_info_size)
            throw ProtocolError(who + ": the kernel's description of the IOMMU does not fit " +
                                std::to_string(answer.size()) + " bytes");
        answer.assign(info.argsz, std::byte{0});
    }
}

std::vector<IovaRange> read_ranges(std::span<const std::byte> answer, std::size_t at,
                                   const std::string& complaint) {
    const auto list = read_at<IovaRangeCapability>(answer, at, complaint);
    const std::size_t first = at + sizeof list;
    if (list.count > (answer.size() - first) / sizeof(AddressRange))
        throw ProtocolError(complaint + " more address ranges than the answer has room for");
    std::vector<IovaRange> ranges;
    for (std::size_t i = 0; i < list.count; ++i) {
        const auto r = read_at<AddressRange>(answer, first + i * sizeof(AddressRange), complaint);
        ranges.push_back({Iova{r.first}, Iova{r.last}});
    }
    return tidy(std::move(ranges));
}

}  // namespace

Type1Space::Type1Space(Kernel& kernel, const Function& f)
    : kernel_(kernel),
      who_(f.name),
      container_(kernel, f, type1v2_iommu),
      ranges_(default_ranges),
      max_maps_(default_max_maps) {}

Joined Type1Space::join(const Function& f) {
    const bool was_empty = container_.empty();
    auto group = container_.join(f);
    if (was_empty) map_again();
    learn(f.name);
    Handle device = group->open_device(f);
    return {std::move(group), std::move(device)};
}

// Each device that comes in may leave fewer addresses to all.
void Type1Space::learn(const std::string& who) {
    const std::string complaint = who + ": the kernel describes the IOMMU with";
    const std::vector<std::byte> answer = iommu_info(kernel_, container_.fd(), who);
    const auto info = read_at<IommuInfo>(answer, 0, complaint);
    std::vector<IovaRange> ranges = default_ranges;
    std::size_t max_maps = default_max_maps;
    if ((info.flags & iommu_info_caps) != 0)
        for_each_capability(answer, info.cap_offset, offsetof(IommuInfo, padding), complaint,
                            [&](std::uint16_t id, std::size_t at) {
                                if (id == capability_iova_range) ranges = read_ranges(answer, at, complaint);
                                if (id == capability_dma_avail)
                                    max_maps = read_at<DmaAvailCapability>(answer, at, complaint).available +
                                               mapped_.count();
                            });
    ranges_ = std::move(ranges);
    max_maps_ = max_maps;
}

int Type1Space::map_in_kernel(const DmaRegion& region) {
    MapDma request{sizeof(MapDma), map_dma_read | map_dma_write,
                   reinterpret_cast<std::uintptr_t>(region.address), value(region.iova), region.size};
    return kernel_.call(container_.fd(), iommu_map_dma, request);
}

// The mappings went with the last group, but our user was promised that they last.
void Type1Space::map_again() {
    for (const auto& [iova, region] : mapped_)
        if (const int result = map_in_kernel(region); result < 0)
            throw CannotShare(
                explain::cannot_map(describe(who_, region, ranges_, mapped_, kernel_), -result));
}

void Type1Space::map(const DmaRegion& region) {
    check_whole_pages(describe(who_, region, ranges_, mapped_, kernel_), region);
    // Without a group there is no IOMMU to tell; the next one to come in is told.
    const int result = container_.empty() ? 0 : map_in_kernel(region);
    if (result < 0)
        throw Error(explain::cannot_map(describe(who_, region, ranges_, mapped_, kernel_), -result));
    mapped_.add(region);
}

void Type1Space::unmap(Iova iova, std::size_t size) noexcept {
    if (!mapped_.remove(iova, size)) {
        notice(who_ + ": unmapping DMA memory that was never mapped");
        return;
    }
    if (container_.empty()) return;  // the mapping went with the last group
    UnmapDma request{sizeof(UnmapDma), 0, value(iova), size};
    const int result = kernel_.call(container_.fd(), iommu_unmap_dma, request);
    if (result < 0)
        notice(explain::unexpected(who_, "unmapping DMA memory", -result));
    else if (request.size != size)
        notice(who_ + ": unmapping " + std::to_string(size) + " bytes of DMA memory: the kernel took back " +
               std::to_string(request.size));
}

}  // namespace ringside::hal::vfio

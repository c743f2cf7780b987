#include "hal/vfio/region_info.hpp"

#include "hal/error.hpp"
#include "hal/vfio/capability_chain.hpp"

namespace ringside::hal::vfio {

namespace {

constexpr std::uint64_t page = 4096;

// One answer, and how to complain about it.
struct Answer {
    std::span<const std::byte> bytes;
    std::string complaint;  // "the vfio-user server describes region 0 with"
    RegionInfo info;

    [[noreturn]] void fail(const std::string& what) const { throw ProtocolError(complaint + " " + what); }
};

RegionDescription::Area checked_area(SparseArea area, const Answer& answer) {
    const RegionInfo& info = answer.info;
    if (area.size == 0 || area.size > info.size || area.offset > info.size - area.size)
        answer.fail("a mappable area outside the region");
    const std::uint64_t in_file = info.offset + area.offset;
    if (in_file < info.offset || in_file > INT64_MAX - area.size)
        answer.fail("a mappable area at an impossible place of its file");
    if (area.offset % page != 0 || area.size % page != 0 || in_file % page != 0)
        answer.fail("a mappable area that is not made of whole pages");
    return {area.offset, area.size, in_file};
}

void read_sparse(const Answer& answer, std::size_t at, RegionDescription& region) {
    const auto sparse = read_at<SparseMmap>(answer.bytes, at, answer.complaint);
    const std::size_t first = at + sizeof(SparseMmap);
    if (sparse.nr_areas > (answer.bytes.size() - first) / sizeof(SparseArea))
        answer.fail("more mappable areas than the message has room for");
    for (std::size_t i = 0; i < sparse.nr_areas; ++i)
        region.areas.push_back(checked_area(
            read_at<SparseArea>(answer.bytes, first + i * sizeof(SparseArea), answer.complaint), answer));
}

// True if the chain says which areas may be mapped; if none does, it is the whole region.
bool read_capabilities(const Answer& answer, RegionDescription& region) {
    bool sparse = false;
    for_each_capability(answer.bytes, answer.info.cap_offset, sizeof(RegionInfo), answer.complaint,
                        [&](std::uint16_t id, std::size_t at) {
                            if (id == capability_msix_mappable) region.msix_mappable = true;
                            if (id != capability_sparse_mmap) return;
                            if (sparse) answer.fail("two lists of mappable areas");
                            read_sparse(answer, at, region);
                            sparse = true;
                        });
    return sparse;
}

}  // namespace

RegionDescription parse_region_info(std::span<const std::byte> reply, std::uint32_t index,
                                    const std::string& who) {
    Answer answer{reply, who + " describes region " + std::to_string(index) + " with", {}};
    const RegionInfo info = answer.info = read_at<RegionInfo>(reply, 0, answer.complaint);
    if (info.index != index) answer.fail("the index of another, " + std::to_string(info.index));
    if (info.size > max_region_size) answer.fail("a size of " + std::to_string(info.size) + " bytes");

    RegionDescription region;
    region.size = info.size;
    region.offset = info.offset;
    region.readable = (info.flags & region_info_read) != 0;
    region.writable = (info.flags & region_info_write) != 0;
    region.has_file = info.size != 0 && (info.flags & region_info_mmap) != 0;
    const bool sparse = (info.flags & region_info_caps) != 0 && read_capabilities(answer, region);
    if (!region.has_file)
        region.areas.clear();
    else if (!sparse)
        region.areas.push_back(checked_area({0, info.size}, answer));
    return region;
}

}  // namespace ringside::hal::vfio

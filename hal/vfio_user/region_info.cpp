#include "hal/vfio_user/region_info.hpp"

#include "hal/error.hpp"

#include <cstring>
#include <string>

namespace ringside::hal::vfio_user {

namespace {

constexpr std::uint64_t page = 4096;

[[noreturn]] void fail(std::uint32_t index, const std::string& what) {
    throw ProtocolError("the vfio-user server describes region " + std::to_string(index) + " with " + what);
}

template <class T> T read_at(std::span<const std::byte> bytes, std::size_t offset, std::uint32_t index) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        fail(index, "a structure that ends after the message");
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

RegionDescription::Area checked_area(SparseArea area, const RegionInfo& info) {
    if (area.size == 0 || area.size > info.size || area.offset > info.size - area.size)
        fail(info.index, "a mappable area outside the region");
    const std::uint64_t in_file = info.offset + area.offset;
    if (in_file < info.offset || in_file > INT64_MAX - area.size)
        fail(info.index, "a mappable area at an impossible place of its file");
    if (area.offset % page != 0 || area.size % page != 0 || in_file % page != 0)
        fail(info.index, "a mappable area that is not made of whole pages");
    return {area.offset, area.size, in_file};
}

void read_sparse(std::span<const std::byte> reply, std::size_t at, const RegionInfo& info,
                 RegionDescription& region) {
    const auto sparse = read_at<SparseMmap>(reply, at, info.index);
    const std::size_t first = at + sizeof(SparseMmap);
    if (sparse.nr_areas > (reply.size() - first) / sizeof(SparseArea))
        fail(info.index, "more mappable areas than the message has room for");
    for (std::size_t i = 0; i < sparse.nr_areas; ++i)
        region.areas.push_back(
            checked_area(read_at<SparseArea>(reply, first + i * sizeof(SparseArea), info.index), info));
}

// True if the chain says which areas may be mapped; if none does, it is the whole region.
bool read_capabilities(std::span<const std::byte> reply, const RegionInfo& info, RegionDescription& region) {
    bool sparse = false;
    for (std::size_t at = info.cap_offset, previous = sizeof(RegionInfo) - 1; at != 0;) {
        // Servers append to the chain; one that points backwards never ends.
        if (at <= previous) fail(info.index, "a capability chain that runs in circles");
        const auto header = read_at<CapabilityHeader>(reply, at, info.index);
        if (header.id == capability_sparse_mmap) {
            if (sparse) fail(info.index, "two lists of mappable areas");
            read_sparse(reply, at, info, region);
            sparse = true;
        }
        previous = at;
        at = header.next;
    }
    return sparse;
}

}  // namespace

RegionDescription parse_region_info(std::span<const std::byte> reply, std::uint32_t index) {
    const auto info = read_at<RegionInfo>(reply, 0, index);
    if (info.index != index) fail(index, "the index of another, " + std::to_string(info.index));
    if (info.size > max_region_size) fail(index, "a size of " + std::to_string(info.size) + " bytes");

    RegionDescription region;
    region.size = info.size;
    region.readable = (info.flags & region_info_read) != 0;
    region.writable = (info.flags & region_info_write) != 0;
    region.has_file = info.size != 0 && (info.flags & region_info_mmap) != 0;
    const bool sparse = (info.flags & region_info_caps) != 0 && read_capabilities(reply, info, region);
    if (!region.has_file)
        region.areas.clear();
    else if (!sparse)
        region.areas.push_back(checked_area({0, info.size}, info));
    return region;
}

}  // namespace ringside::hal::vfio_user

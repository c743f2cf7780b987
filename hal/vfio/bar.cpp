#include "hal/vfio/bar.hpp"

#include "hal/error.hpp"
#include "hal/vfio/explain.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace ringside::hal::vfio {

std::vector<RegionDescription::Area> around(const std::vector<RegionDescription::Area>& areas,
                                            const Hole& hole) {
    constexpr std::uint64_t page = 4096;
    const std::uint64_t first = hole.first / page * page;
    const std::uint64_t end = (hole.end + page - 1) / page * page;
    std::vector<RegionDescription::Area> result;
    for (const auto& area : areas) {
        const std::uint64_t area_end = area.offset + area.size;
        const std::uint64_t left = std::min(area_end, first);
        if (left > area.offset) result.push_back({area.offset, left - area.offset, area.in_file});
        const std::uint64_t right = std::max(area.offset, end);
        if (right < area_end)
            result.push_back({right, area_end - right, area.in_file + (right - area.offset)});
    }
    return result;
}

KernelBar::KernelBar(Kernel& kernel, int device, std::string who, unsigned index,
                     const RegionDescription& region)
    : kernel_(kernel),
      device_(device),
      who_(std::move(who)),
      index_(index),
      size_(region.size),
      place_(region.offset) {
    if (place_ > INT64_MAX - size_)
        throw ProtocolError(who_ + ": the kernel describes BAR " + std::to_string(index) +
                            " at an impossible place of its file");
    for (const auto& area : region.areas) {
        std::byte* address = nullptr;
        const int result = kernel.mmap(device, area.in_file, area.size, address);
        if (result < 0)
            throw Error(explain::unexpected(
                who_, "mapping " + std::to_string(area.size) + " bytes of BAR " + std::to_string(index),
                -result));
        areas_.push_back({area.offset, MappedRegisters(kernel, address, area.size)});
    }
}

void KernelBar::check(std::uint32_t offset) const {
    if (offset % 4 != 0 || offset + std::uint64_t{4} > size_)
        throw Error(who_ + ": there is no register at offset " + std::to_string(offset) + " of BAR " +
                    std::to_string(index_));
}

volatile std::uint32_t* KernelBar::find(std::uint32_t offset) const noexcept {
    for (const MappedArea& area : areas_)
        if (offset >= area.offset && offset - area.offset < area.registers.size())
            return reinterpret_cast<volatile std::uint32_t*>(area.registers.data() + (offset - area.offset));
    return nullptr;
}

volatile std::uint32_t* KernelBar::direct(std::uint32_t offset) {
    check(offset);
    return find(offset);
}

std::uint32_t KernelBar::load32(std::uint32_t offset) {
    check(offset);
    if (const auto* const mapped = find(offset)) return *mapped;
    std::uint32_t bits = 0;
    const auto bytes = std::as_writable_bytes(std::span(&bits, 1));
    return kernel_.pread(device_, bytes, place_ + offset) == sizeof bits ? bits : ~0u;
}

void KernelBar::store32(std::uint32_t offset, std::uint32_t value) {
    check(offset);
    if (auto* const mapped = find(offset))
        *mapped = value;
    else
        kernel_.pwrite(device_, std::as_bytes(std::span(&value, 1)), place_ + offset);
}

}  // namespace ringside::hal::vfio

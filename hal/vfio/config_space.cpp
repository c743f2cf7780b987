#include "hal/vfio/config_space.hpp"

#include "hal/error.hpp"

#include <span>
#include <utility>

namespace ringside::hal::vfio {

ConfigSpace::ConfigSpace(Kernel& kernel, int device, std::string who, const RegionDescription& region)
    : kernel_(kernel), device_(device), who_(std::move(who)), place_(region.offset), size_(region.size) {
    if (size_ < 256 || size_ > 4096 || place_ > INT64_MAX - size_)
        throw ProtocolError(who_ + ": the kernel describes configuration space with a size of " +
                            std::to_string(size_) + " bytes at offset " + std::to_string(place_));
}

void ConfigSpace::check(std::uint32_t offset, unsigned width) const {
    if ((width != 1 && width != 2 && width != 4) || offset % width != 0 ||
        std::uint64_t{offset} + width > size_)
        throw Error(who_ + ": there are no " + std::to_string(width) + " bytes at offset " +
                    std::to_string(offset) + " of configuration space");
}

std::uint32_t ConfigSpace::read(std::uint32_t offset, unsigned width) const {
    check(offset, width);
    std::uint32_t bits = 0;
    const auto bytes = std::as_writable_bytes(std::span(&bits, 1)).first(width);  // the low ones come first
    if (kernel_.pread(device_, bytes, place_ + offset) != static_cast<std::int64_t>(width))
        return ~0u >> (32 - 8 * width);
    return bits;
}

void ConfigSpace::write(std::uint32_t offset, std::uint32_t value, unsigned width) const {
    check(offset, width);
    kernel_.pwrite(device_, std::as_bytes(std::span(&value, 1)).first(width), place_ + offset);
}

}  // namespace ringside::hal::vfio

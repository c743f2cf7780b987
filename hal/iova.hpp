// Addresses as a device sees them.
#pragma once

#include <compare>
#include <cstdint>

namespace ringside::hal {

// Never a pointer, never a physical address: the IOMMU (or the vfio-user server) translates it.
enum class Iova : std::uint64_t {};

constexpr std::uint64_t value(Iova a) noexcept { return static_cast<std::uint64_t>(a); }
constexpr Iova operator+(Iova a, std::uint64_t bytes) noexcept { return Iova{value(a) + bytes}; }
constexpr std::uint64_t operator-(Iova a, Iova b) noexcept { return value(a) - value(b); }
constexpr std::uint32_t low32(Iova a) noexcept { return static_cast<std::uint32_t>(value(a)); }
constexpr std::uint32_t high32(Iova a) noexcept { return static_cast<std::uint32_t>(value(a) >> 32); }

// Addresses a device may be given: first and last byte, both inclusive, as the kernel reports them.
struct IovaRange {
    Iova first{};
    Iova last{};
    friend constexpr auto operator<=>(const IovaRange&, const IovaRange&) = default;
};

}  // namespace ringside::hal

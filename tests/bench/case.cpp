#include "tests/bench/case.hpp"

#include "hal/vector.hpp"
#include "tests/bench/floor_loop.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>

namespace ringside::bench {

namespace {

template <class E, std::size_t N> std::string_view pick(const std::array<std::string_view, N>& names, E e) {
    return names[static_cast<std::size_t>(e)];
}

}  // namespace

std::string_view name(CardName card) {
    return pick(std::array<std::string_view, 4>{"ixgbe", "igb", "e1000e", "e1000"}, card);
}
std::string_view name(Work work) {
    return pick(std::array<std::string_view, 3>{"receive", "transmit", "forward"}, work);
}
std::string_view name(NicSide nic) { return nic == NicSide::near ? "near" : "far"; }
std::string_view name(Path path) {
    return pick(std::array<std::string_view, 4>{"reference", "floor", "scalar", "vector"}, path);
}
std::string name(std::optional<mem::PageSize> pages) {
    if (!pages) return "usual";
    return *pages == mem::PageSize::small ? "4K" : *pages == mem::PageSize::huge ? "2M" : "1G";
}

std::optional<std::string> impossible(const Case& c) {
    if (!std::has_single_bit(c.ring) || c.ring < 64 || c.ring > 4096)
        return fmt::format(
            "a ring of {} descriptors is not possible: these cards' "
            "rings have 64 to 4096 here, a power of two",
            c.ring);
    if (c.burst < 1 || c.burst > max_burst)
        return fmt::format("a burst of {} packets is not possible: choose 1 to {}", c.burst, max_burst);
    if (c.backlog != 0 && (c.backlog % c.burst != 0 || c.work != Work::forward))
        return fmt::format("a backlog of {} is forwarded, in bursts of a size that divides it, not of {}",
                           c.backlog, c.burst);
    // Transmit descriptors come back in groups of 32, so up to 31 of them are still out.
    if (c.waiting() + 32 > c.ring)
        return fmt::format("a burst of {} needs a ring of at least {}, not {}", c.waiting(),
                           std::bit_ceil(c.waiting() + 32), c.ring);
    // The reference takes it for granted that at least one whole group is out when it looks for one.
    if (c.burst + 63 > c.ring && 32 % c.burst != 0)
        return fmt::format(
            "bursts of {} on a ring of {} are more than the reference can do: choose a burst that "
            "divides 32, or a ring of at least {}",
            c.burst, c.ring, std::bit_ceil(c.burst + 63));
    if (c.size < 60 || c.size > 1514)
        return fmt::format("frames of {} bytes are not possible: choose 60 to 1514 (without CRC)", c.size);
    if (c.queues < 1 || c.queues > 8)
        return fmt::format("{} queues are not possible: choose 1 to 8", c.queues);
    if (c.stride < 1536 || c.stride > 16384 || c.stride % 64 != 0)
        return fmt::format(
            "a stride of {} is not possible: choose a multiple of "
            "64 from 1536 to 16384",
            c.stride);
    return std::nullopt;
}

std::optional<std::string> impossible(const Case& c, Path path) {
    const bool pooled = path == Path::scalar || path == Path::vector;
    if (pooled && !pool_shape(c.stride))
        return fmt::format(
            "the packet pool cannot place buffers {} bytes apart: it uses odd numbers of cache lines, "
            "so only the bare loops are measured",
            c.stride);
    if (path == Path::vector && hal::best_vector() == hal::Vector::none)
        return "this build or this processor has no vector path: only the scalar "
               "one is measured";
    if (path == Path::floor && !floor_possible()) return "this processor has no AVX2: there is no floor";
    return std::nullopt;
}

std::optional<PoolShape> pool_shape(std::uint32_t stride) {
    if (stride / 64 % 2 == 0) return std::nullopt;
    const std::uint32_t room = stride < 3 * 1024 ? (stride - 64) / 1024 * 1024 : 2048;
    if (room == 0 || stride - room > 4096) return std::nullopt;
    return PoolShape{room, stride - room};
}

}  // namespace ringside::bench

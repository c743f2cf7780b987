#include "tests/cache/llc_model.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace ringside::cache_model {

namespace {

// A good mixer: every bit of the result depends on every bit of the argument (Stafford's variant 13).
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9;
    x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EB;
    return x ^ (x >> 31);
}

std::uint32_t low_bits(std::uint32_t count) { return count >= 32 ? ~0u : (1u << count) - 1; }

}  // namespace

LlcModel::LlcModel(const LlcShape& shape) : shape_(shape) {
    if (shape.slices == 0 || !std::has_single_bit(shape.sets) || shape.ways == 0 || shape.ways > 32 ||
        shape.io_ways == 0 || shape.io_ways > shape.ways)
        throw std::invalid_argument("no such cache");
    core_mask_ = low_bits(shape.ways);
    device_mask_ = core_mask_ & ~low_bits(shape.ways - shape.io_ways);
    ways_.resize(std::size_t{shape.slices} * shape.sets * shape.ways);
    lately_.resize(std::size_t{shape.slices} * shape.sets);
}

LlcModel::Way* LlcModel::set_of(std::uint64_t line) {
    const std::uint64_t set = line & (shape_.sets - 1), rest = line / shape_.sets;
    std::uint64_t slice = 0;
    switch (shape_.hash) {
        case SliceHash::none: slice = rest % shape_.slices; break;
        // Groups of `slices` neighbours are spread in turn, beginning anywhere.
        case SliceHash::even:
            slice = (rest + mixed(rest / shape_.slices * shape_.sets + set)) % shape_.slices;
            break;
        case SliceHash::random: slice = mixed(line) % shape_.slices; break;
    }
    return &ways_[(slice * shape_.sets + set) * shape_.ways];
}

std::uint32_t LlcModel::dice() {
    dice_ ^= dice_ << 13;
    dice_ ^= dice_ >> 7;
    dice_ ^= dice_ << 17;
    return static_cast<std::uint32_t>(dice_ >> 32);
}

std::uint32_t LlcModel::victim(const Way* set, std::uint32_t lately, std::uint32_t may_fill) {
    for (std::uint32_t w = 0; w < shape_.ways; ++w)
        if ((may_fill >> w & 1) != 0 && set[w].line == ~0ull) return w;
    if (shape_.replacement == Replacement::lru) {
        std::uint32_t oldest = 32;
        for (std::uint32_t w = 0; w < shape_.ways; ++w)
            if ((may_fill >> w & 1) != 0 && (oldest == 32 || set[w].used < set[oldest].used)) oldest = w;
        return oldest;
    }
    std::uint32_t candidates = may_fill;
    if (shape_.replacement == Replacement::nru && (may_fill & ~lately) != 0) candidates = may_fill & ~lately;
    std::uint32_t skip = dice() % static_cast<std::uint32_t>(std::popcount(candidates));
    for (; skip > 0; --skip) candidates &= candidates - 1;
    return static_cast<std::uint32_t>(std::countr_zero(candidates));
}

void LlcModel::touch(Way* set, std::uint32_t way) {
    set[way].used = ++now_;
    std::uint32_t& lately = lately_[static_cast<std::size_t>(set - ways_.data()) / shape_.ways];
    lately |= 1u << way;
    if (lately == core_mask_) lately = 1u << way;
}

void LlcModel::access(std::uint64_t address, std::uint32_t may_fill, Counts& counts) {
    const std::uint64_t line = address / 64;
    Way* const set = set_of(line);
    for (std::uint32_t w = 0; w < shape_.ways; ++w)
        if (set[w].line == line) {
            ++counts.hits;
            touch(set, w);
            return;
        }
    ++counts.misses;
    const std::uint32_t lately = lately_[static_cast<std::size_t>(set - ways_.data()) / shape_.ways];
    const std::uint32_t w = victim(set, lately, may_fill);
    set[w].line = line;
    touch(set, w);
}

void LlcModel::device_reads(std::uint64_t address) {
    const std::uint64_t line = address / 64;
    const Way* const set = set_of(line);
    const bool there = std::any_of(set, set + shape_.ways, [&](const Way& w) { return w.line == line; });
    ++(there ? reads_.hits : reads_.misses);
}

std::uint64_t PageMap::physical(std::uint64_t address) const {
    // A machine of 2^44 bytes: that two pages of one program come to lie on each other is very unlikely.
    const std::uint64_t pages = (1ull << 44) / page_size_;
    return mixed(address / page_size_ + seed_ * 0x1'0000'0001) % pages * page_size_ + address % page_size_;
}

}  // namespace ringside::cache_model

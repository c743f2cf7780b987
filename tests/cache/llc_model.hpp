// A model of a last-level cache that devices write into: sets and ways, and who may fill which. Counts hits
// and misses; knows no time, no smaller caches and no other cores.
#pragma once

#include <cstdint>
#include <vector>

namespace ringside::cache_model {

enum class Replacement {
    lru,     // the way that was not used for the longest time
    nru,     // one that was not used lately: a bit for each way, all cleared but one when all are set
    random,  // any
};

// Which slice a line is in, and so how evenly lines spread over the sets.
enum class SliceHash {
    none,    // one slice: sets follow the address
    even,    // neighbouring lines of the same set number go to different slices in turn, as far as a page
             // reaches
    random,  // like dice
};

struct LlcShape {
    std::uint32_t slices = 18;
    std::uint32_t sets = 2048;  // of a slice, a power of two
    std::uint32_t ways = 11;    // at most 32
    std::uint32_t io_ways = 2;  // the last of them
    Replacement replacement = Replacement::nru;
    SliceHash hash = SliceHash::random;

    std::uint64_t bytes() const { return std::uint64_t{64} * slices * sets * ways; }
    std::uint64_t io_bytes() const { return bytes() / ways * io_ways; }
};
// The processor of the published measurements: Xeon Gold 6140, 24.75 MiB in 18 slices of 11 ways.
inline constexpr LlcShape xeon_6140{};

struct Counts {
    std::uint64_t hits = 0, misses = 0;
    double hit_percent() const {
        return hits + misses == 0 ? 100
                                  : 100 * static_cast<double>(hits) / static_cast<double>(hits + misses);
    }
};

class LlcModel {
public:
    explicit LlcModel(const LlcShape& shape);

    // All take a physical address, any byte of the line.
    //
    // A device's write: what is there already is updated where it is, in whatever way; else it gets one of
    // the ways for devices.
    void device_writes(std::uint64_t address) { access(address, device_mask_, writes_); }
    // A device's read takes from the cache what is there, and leaves no trace.
    void device_reads(std::uint64_t address);
    // The processor's read or write: may fill any way.
    void core_uses(std::uint64_t address) { access(address, core_mask_, core_); }

    const Counts& device_write_counts() const { return writes_; }
    const Counts& device_read_counts() const { return reads_; }
    const Counts& core_counts() const { return core_; }
    void forget_counts() { writes_ = reads_ = core_ = {}; }

private:
    struct Way {
        std::uint64_t line = ~0ull;
        std::uint64_t used = 0;  // lru: when
    };
    Way* set_of(std::uint64_t line);
    void access(std::uint64_t address, std::uint32_t may_fill, Counts& counts);
    std::uint32_t victim(const Way* set, std::uint32_t lately, std::uint32_t may_fill);
    void touch(Way* set, std::uint32_t way);
    std::uint32_t dice();

    LlcShape shape_;
    std::uint32_t core_mask_, device_mask_;
    std::vector<Way> ways_;
    std::vector<std::uint32_t> lately_;  // of each set: which ways were used of late
    std::uint64_t now_ = 0, dice_ = 0x9E37'79B9'7F4A'7C15;
    Counts writes_, reads_, core_;
};

// Where the pages of a program lie in the machine: anywhere, but always the same for the same seed.
class PageMap {
public:
    explicit PageMap(std::uint64_t page_size, std::uint64_t seed) : page_size_(page_size), seed_(seed) {}
    std::uint64_t physical(std::uint64_t address) const;

private:
    std::uint64_t page_size_, seed_;
};

}  // namespace ringside::cache_model

// The memory of the driver as the data path reaches it: translations are remembered for one round of the
// model.
#pragma once

#include "sim/ixgbe/strict.hpp"
#include "sim/ports.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringside::sim::ixgbe {

class DmaView {
public:
    explicit DmaView(Strict& strict) : strict_(strict) {}

    void attach(Dma& dma) noexcept { dma_ = &dma; }
    // Windows are valid until the function returns to its server: to be called at the start of each round.
    void new_round() noexcept { ++round_; }

    // The bytes themselves, or nullptr if no single mapping holds them all: then read() or write() copies or
    // refuses.
    std::byte* at(std::uint64_t iova, std::size_t size, DmaAccess access) {
        Entry& e = entries_[access == DmaAccess::write ? 1 : 0][(iova >> page_shift) % entry_count];
        if (e.round == round_ && e.page == iova >> page_shift) [[likely]] {
            const std::size_t inside = iova & page_mask;
            if (e.base != nullptr && inside + size <= page_mask + 1) [[likely]]
                return e.base + inside;
        } else {
            e = {round_, iova >> page_shift,
                 dma_->window(hal::Iova{iova & ~std::uint64_t{page_mask}}, page_mask + 1, access)};
            if (e.base != nullptr && (iova & page_mask) + size <= page_mask + 1)
                return e.base + (iova & page_mask);
        }
        return dma_->window(hal::Iova{iova}, size, access);
    }

    // Copies. False if the memory is not mapped: flagged, and nothing was transferred.
    bool read(std::uint64_t iova, std::byte* to, std::size_t size) {
        if (const std::byte* from = at(iova, size, DmaAccess::read)) {
            std::memcpy(to, from, size);
            return true;
        }
        return dma_->read(hal::Iova{iova}, {to, size}) || refused("read of IOVA", iova);
    }
    bool write(std::uint64_t iova, const std::byte* from, std::size_t size) {
        if (std::byte* to = at(iova, size, DmaAccess::write)) {
            std::memcpy(to, from, size);
            return true;
        }
        return dma_->write(hal::Iova{iova}, {from, size}) || refused("write of IOVA", iova);
    }
    std::uint64_t refusals() const noexcept { return refusals_; }

private:
    static constexpr unsigned page_shift = 21;  // packet memory is mapped in pieces of this size and more
    static constexpr std::size_t page_mask = (std::size_t{1} << page_shift) - 1;
    static constexpr std::size_t entry_count = 16;

    struct Entry {
        std::uint64_t round = 0;
        std::uint64_t page = 0;
        std::byte* base = nullptr;  // nullptr: not one mapping
    };

    bool refused(const char* what, std::uint64_t iova) {
        ++refusals_;
        strict_.flag(Mistake::dma_unmapped, what, -1, iova);
        return false;
    }

    Strict& strict_;
    Dma* dma_ = nullptr;
    std::uint64_t round_ = 1;
    std::uint64_t refusals_ = 0;
    std::array<std::array<Entry, entry_count>, 2> entries_{};
};

}  // namespace ringside::sim::ixgbe

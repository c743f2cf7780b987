// What the registers hold, by offset; with mapped doorbells, also what the client's view of them holds.
#pragma once

#include "sim/ixgbe/doorbells.hpp"
#include "sim/ixgbe/registers_table.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace ringside::sim::ixgbe {

class RegisterStore {
public:
    explicit RegisterStore(bool map_doorbells) : values_(register_space / 4) {
        if (map_doorbells) doorbells_.emplace();
    }

    std::uint32_t get(std::uint32_t offset) const noexcept { return values_[offset / 4]; }
    std::uint32_t get(std::uint32_t offset, std::uint32_t index) const noexcept {
        return get(offset + 4 * index);
    }
    void set(std::uint32_t offset, std::uint32_t value) noexcept {
        values_[offset / 4] = value;
        if (doorbells_ && Doorbells::covers(offset)) doorbells_->store(offset, value);
    }
    // The tail as the driver last wrote it, by message or by memory; what it wrote before is visible after
    // this.
    std::uint32_t take_tail(std::uint32_t offset) noexcept {
        if (doorbells_) values_[offset / 4] = doorbells_->load(offset);
        return values_[offset / 4];
    }
    // What the driver may have written to the register by memory.
    std::uint32_t seen(std::uint32_t offset) noexcept {
        return doorbells_ ? doorbells_->load(offset) : values_[offset / 4];
    }
    // True if the driver has written nothing by memory to the 16 registers from `offset` on.
    bool block_unchanged(std::uint32_t offset) noexcept {
        return !doorbells_ || doorbells_->equal(offset, &values_[offset / 4], 16);
    }
    // All registers as the table says they are after a reset.
    void reset() {
        for (const RegisterRow& row : register_rows())
            for (std::uint32_t i = 0; i < row.count; ++i) set(row.offset + i * row.stride, row.reset);
    }
    Doorbells* doorbells() noexcept { return doorbells_ ? &*doorbells_ : nullptr; }
    const Doorbells* doorbells() const noexcept { return doorbells_ ? &*doorbells_ : nullptr; }

private:
    std::vector<std::uint32_t> values_;
    std::optional<Doorbells> doorbells_;
};

}  // namespace ringside::sim::ixgbe

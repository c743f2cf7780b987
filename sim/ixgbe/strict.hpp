// Strict mode: the mistakes of drivers that the real card would answer with silence, corruption or a hang.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ringside::sim::ixgbe {

enum class Mistake : std::uint8_t {
    access_during_reset,
    tail_before_enable,
    tail_out_of_range,
    head_written_while_enabled,
    ring_written_while_enabled,
    ring_misaligned,
    crc_strip_unequal,
    secrx_not_stopped,
    enable_before_te,
    mtqc_without_arbdis,
    sync_without_semaphore,
    sync_foreign_bits,
    eeprom_out_of_range,
    eeprom_interrupted,
    dma_unmapped,
    unknown_descriptor,
    zero_length,
    missing_end_of_packet,
    context_with_end_of_packet,
    frame_too_short,
    frame_too_long,
    too_many_descriptors,
    stale_context,
    checksum_outside_frame,
    segmentation_header,
    segmentation_size,
    payload_length_wrong,
    rx_descriptor_done,
    dca_bit_12,
    flow_control_threshold_zero,
    time_stamp_off,
    time_stamp_waiting,
    time_stands_still,
    rate_factor_below_one,
    mailbox_not_owned,
    read_only_written,
    access_width,
    unknown_register,
    count,
};
inline constexpr std::size_t mistake_count = static_cast<std::size_t>(Mistake::count);

enum class StrictMode { off, report, fatal };

// Counts mistakes and remembers the first of each kind. In fatal mode the first one throws hal::Error.
class Strict {
public:
    explicit Strict(StrictMode mode) : mode_(mode) {}

    // `where` is a register or a place ("RDT"), `index` its number (or -1), `value` what was written or
    // found.
    void flag(Mistake mistake, const char* where, int index, std::uint64_t value);

    std::uint64_t count(Mistake mistake) const noexcept {
        return entries_[static_cast<std::size_t>(mistake)].count;
    }
    std::uint64_t total() const noexcept;
    // Short names with dashes, as in the JSON report.
    static const char* name(Mistake mistake) noexcept;
    // One line for each kind of mistake that was made; empty if there was none.
    std::string report() const;
    std::string report_json() const;  // an object: name to count

private:
    struct Entry {
        std::uint64_t count = 0;
        std::string first;
    };
    StrictMode mode_;
    std::array<Entry, mistake_count> entries_{};
};

}  // namespace ringside::sim::ixgbe

// TCP and UDP segmentation (datasheet 7.2.4): one header and a long payload become frames, each with a header
// of its own.
#pragma once

#include "sim/ixgbe/tx_context.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// Which of TCP's flags stay: DTXTCPFLGL and DTXTCPFLGH, 12 bits each.
struct FlagMasks {
    std::uint16_t first = 0xFF6, middle = 0xFF6, last = 0xF7F;
};

class Segmenter {
public:
    static constexpr std::size_t longest_header = 240;
    static constexpr std::size_t most_segments = 4096;

    enum class Fault { none, bad_header, bad_size };
    // What would be wrong with cutting `payload` bytes up like this, into frames of at most `longest` bytes.
    static Fault check(const TxContext& context, std::size_t payload, std::size_t longest) noexcept;

    struct Work {
        bool ip_sum = false, l4_sum = false;  // POPTS: IXSM, TXSM
        FlagMasks masks;
    };
    // check() found nothing wrong. `header` has the context's header_length().
    Segmenter(std::span<const std::byte> header, const TxContext& context, std::size_t payload,
              const Work& work) noexcept;

    bool more() const noexcept { return left_ != 0; }
    // Of the next segment's payload.
    std::size_t next_payload() const noexcept;
    // `frame` has room for the header, followed by the next segment's payload: gives it its header.
    void dress(std::span<std::byte> frame) noexcept;

private:
    void number_ip(std::span<std::byte> frame) const noexcept;
    void number_tcp(std::byte* tcp, bool last) const noexcept;

    std::array<std::byte, longest_header> header_{};
    TxContext context_;
    Work work_;
    std::size_t left_;        // payload not yet in a segment
    std::uint32_t done_ = 0;  // payload in segments
    std::uint32_t segments_ = 0;
};

}  // namespace ringside::sim::ixgbe

// Checksums that the card puts into frames it sends (datasheet 7.2.5).
#pragma once

#include "sim/ixgbe/tx_context.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// The IPv4 header's checksum. What is in its place counts: software puts 0 there, or what cancels bytes that
// the context's IPLEN covers but the header does not. False: the frame ends before the header does.
bool insert_ip_sum(std::span<std::byte> frame, const TxContext& context) noexcept;
// TCP's, UDP's or SCTP's. Software has put the pseudo header's sum into the field, which `extra` completes.
// False: the frame ends before the field does.
bool insert_l4_sum(std::span<std::byte> frame, const TxContext& context, std::uint32_t extra = 0) noexcept;
// As a legacy descriptor asks: the sum of all bytes from `start` on, at `place`. Ignored outside of the
// frame.
void insert_legacy_sum(std::span<std::byte> frame, std::size_t start, std::size_t place) noexcept;

}  // namespace ringside::sim::ixgbe

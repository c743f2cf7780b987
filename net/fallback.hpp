// Does to one frame in software what its request asks of a card. Cutting is in net/segment.hpp.
#pragma once

#include "driver/tx_request.hpp"
#include "mem/packet.hpp"
#include "mem/packet_pool.hpp"

#include <cstdint>
#include <span>

namespace ringside::net {

// Whether the request makes sense: the headers are large enough, in the first part, and there is something to
// cut if it is to be cut. `frame` is one frame.
bool fits(std::span<const mem::Packet> frame, const TxRequest& request) noexcept;

// Fills in the checksums that the request asks for. fits() was true, and the frame is prepared as the
// request's description demands.
void insert_checksums(std::span<const mem::Packet> frame, const TxRequest& request) noexcept;

// Puts a VLAN tag in behind the addresses; `first` is the frame's first part. False, and nothing done, if the
// buffer has no room for it on either side.
bool insert_vlan(mem::Packet& first, const mem::PacketPool& pool, std::uint16_t tag) noexcept;

}  // namespace ringside::net

// Segmentation in software (GSO): one large TCP frame becomes frames of a given size, as a card cuts it.
#pragma once

#include "driver/tx_request.hpp"
#include "mem/packet.hpp"
#include "mem/packet_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::net {

// Copies; the large frame stays as it is and the caller's. Each new frame has the headers of the large one,
// and in them: IPv4's identification counted up, IP's length, TCP's sequence number, FIN and PSH only in the
// last frame, CWR only in the first, and all checksums. A frame that fits in one segment keeps its flags.
class Segmenter {
public:
    // Has nothing to cut.
    Segmenter() = default;
    // `frame` is one frame, with all its parts and bytes valid until the last next(). fits(frame, request)
    // was true, and the frame is prepared for the request.
    Segmenter(std::span<const mem::Packet> frame, const TxRequest& request) noexcept;

    // Whether there are frames still to be made.
    bool more() const noexcept { return left_ != 0; }
    // Makes the next one in fresh buffers: one, or several where the pool's buffers are smaller than the
    // frame. Returns how many handles were filled in; 0, and nothing is lost, if `out` has no room for
    // them or the pool has no buffers.
    std::uint32_t next(mem::PacketCache& cache, std::span<mem::Packet> out) noexcept;

private:
    void copy_payload(std::byte* to, std::uint32_t size) noexcept;
    void dress(std::span<const mem::Packet> frame, std::uint32_t payload) const noexcept;

    std::span<const mem::Packet> frame_;
    TxRequest request_;
    std::size_t part_ = 0;      // where the payload not yet copied begins …
    std::uint32_t offset_ = 0;  // … in that part
    std::uint32_t left_ = 0;    // bytes of it
    std::uint32_t done_ = 0;    // bytes already in frames
    std::uint32_t frames_ = 0;  // made so far
};

}  // namespace ringside::net

// Sends frames with what they ask for, whatever the card can do of it.
#pragma once

#include "driver/nic.hpp"
#include "mem/packet_pool.hpp"
#include "net/segment.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace ringside::net {

// Over one transmit queue, for its thread. What the card can do goes to it as it is; the rest is done in
// software first: checksums and VLAN tags in the frame's own buffers, segmentation by copies. Frames leave in
// the order of the calls.
class Sender {
public:
    struct Counters {
        std::uint64_t checksummed = 0;  // frames that got a checksum in software
        std::uint64_t tagged = 0;       // frames that got a VLAN tag in software
        std::uint64_t segmented = 0;    // large frames that were cut in software …
        std::uint64_t segments = 0;     // … into so many
        // Frames given back to the cache: with an impossible request (net::fits), no room for a tag, or more
        // than most_parts parts.
        std::uint64_t refused = 0;
    };
    // Of a frame that is to be worked on.
    static constexpr std::size_t most_parts = 128;

    // Queue and cache, the calling thread's, must outlive the sender.
    Sender(TxQueue& queue, mem::PacketCache& cache) noexcept;
    // What it still holds goes back to the cache unsent.
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    // As TxQueue::send(): takes packets from the front of `in`, whole frames, while there is room, and
    // returns how many are no longer the caller's; `requests` is at least as long. Frames it has worked on
    // are the sender's from then on, sent or not: the rest of them goes first in the next call.
    std::uint32_t send(std::span<const mem::Packet> in, std::span<const TxRequest> requests) noexcept;
    // Tries to send what the sender holds; says whether nothing is left. For threads that go idle.
    bool flush() noexcept;
    const Counters& counters() const noexcept { return counters_; }

private:
    bool card_can(const TxRequest& request) const noexcept { return (request.flags & ~card_) == 0; }
    std::size_t easy_prefix(std::span<const mem::Packet> in,
                            std::span<const TxRequest> requests) const noexcept;
    void take_over(std::span<const mem::Packet> frame, TxRequest request) noexcept;
    void queue_up(std::span<const mem::Packet> frame, const TxRequest& request) noexcept;
    void refuse(std::span<const mem::Packet> frame) noexcept;
    void make_segments() noexcept;
    void end_segments() noexcept;
    std::span<const mem::Packet> waiting() const noexcept { return {ready_.data() + begin_, end_ - begin_}; }

    TxQueue* queue_;
    mem::PacketCache* cache_;
    std::uint8_t card_;  // TxQueue::accepts(), and what asks for nothing

    // Ready for the card.
    std::array<mem::Packet, 2 * most_parts> ready_;
    std::array<TxRequest, 2 * most_parts> requests_;
    std::size_t begin_ = 0, end_ = 0;
    // The large frame that is being cut; its segments come behind what is ready.
    std::array<mem::Packet, most_parts> large_;
    std::size_t large_parts_ = 0;
    TxRequest segment_request_;  // what is left for the card to do to each segment
    Segmenter segmenter_;
    Counters counters_;
};

}  // namespace ringside::net

#include "net/sender.hpp"

#include "net/fallback.hpp"
#include "net/frame.hpp"

#include <algorithm>

namespace ringside::net {
namespace {

constexpr std::uint8_t checksum_flags =
    TxRequest::ip_checksum | TxRequest::tcp_checksum | TxRequest::udp_checksum | TxRequest::sctp_checksum;
constexpr std::uint8_t tag_size = 4;

}  // namespace

// "IPv6" says what the frame is and asks for nothing.
Sender::Sender(TxQueue& queue, mem::PacketCache& cache) noexcept
    : queue_(&queue), cache_(&cache), card_(static_cast<std::uint8_t>(queue.accepts() | TxRequest::ipv6)) {}

Sender::~Sender() {
    for (const mem::Packet& packet : waiting()) cache_->give(packet);
    end_segments();
}

std::uint32_t Sender::send(std::span<const mem::Packet> in, std::span<const TxRequest> requests) noexcept {
    std::size_t taken = 0;
    while (taken < in.size()) {
        const auto rest = in.subspan(taken);
        const auto asked = requests.subspan(taken, rest.size());
        if (const std::size_t easy = easy_prefix(rest, asked); easy > 0) {
            if (!flush()) break;
            const std::uint32_t sent = queue_->send(*cache_, rest.first(easy), asked.first(easy));
            taken += sent;
            if (sent < easy) break;
        } else {
            const std::size_t parts = parts_of_frame(rest);
            const bool room = !segmenter_.more() && ready_.size() - end_ >= parts;
            if (!room && !flush()) break;
            take_over(rest.first(parts), asked[0]);
            taken += parts;
        }
    }
    flush();
    return static_cast<std::uint32_t>(taken);
}

// How many packets at the front are frames with which the card needs no help. A frame without an end is the
// queue's to judge.
std::size_t Sender::easy_prefix(std::span<const mem::Packet> in,
                                std::span<const TxRequest> requests) const noexcept {
    std::size_t easy = 0;
    while (easy < in.size() && card_can(requests[easy])) {
        const std::size_t parts = parts_of_frame(in.subspan(easy));
        if (parts == 0) return in.size();
        easy += parts;
    }
    if (easy < in.size() && parts_of_frame(in.subspan(easy)) == 0) return in.size();
    return easy;
}

bool Sender::flush() noexcept {
    for (;;) {
        make_segments();
        if (waiting().empty()) return !segmenter_.more();
        const std::uint32_t sent =
            queue_->send(*cache_, waiting(), {requests_.data() + begin_, end_ - begin_});
        begin_ += sent;
        if (begin_ != end_) return false;
    }
}

// The frame is ours from here on.
void Sender::take_over(std::span<const mem::Packet> frame, TxRequest request) noexcept {
    if (frame.size() > most_parts || !fits(frame, request)) return refuse(frame);
    std::copy(frame.begin(), frame.end(), large_.begin());
    const std::span<mem::Packet> ours(large_.data(), frame.size());

    if (request.asks(TxRequest::vlan) && (card_ & TxRequest::vlan) == 0) {
        if (request.l2_length > 255 - tag_size ||
            !insert_vlan(ours.front(), cache_->pool(), request.vlan_tag))
            return refuse(frame);
        request.flags &= static_cast<std::uint8_t>(~TxRequest::vlan);
        request.vlan_tag = 0;
        if (request.l2_length != 0)
            request.l2_length = static_cast<std::uint8_t>(request.l2_length + tag_size);
        ++counters_.tagged;
    }
    if (request.asks(TxRequest::segment) && (card_ & TxRequest::segment) == 0) {
        large_parts_ = frame.size();
        segmenter_ = Segmenter(ours, request);
        segment_request_ = {};
        segment_request_.flags = request.flags & TxRequest::vlan;
        segment_request_.vlan_tag = request.vlan_tag;
        ++counters_.segmented;
        return;
    }
    TxRequest ours_to_do = request;
    ours_to_do.flags = static_cast<std::uint8_t>(request.flags & checksum_flags & ~card_);
    if (!request.asks(TxRequest::segment) && ours_to_do.flags != 0) {
        insert_checksums(ours, ours_to_do);
        ++counters_.checksummed;
    }
    request.flags &= card_;
    queue_up(ours,
             request.asks(checksum_flags | TxRequest::segment | TxRequest::vlan) ? request : TxRequest{});
}

void Sender::queue_up(std::span<const mem::Packet> frame, const TxRequest& request) noexcept {
    for (const mem::Packet& part : frame) {
        ready_[end_] = part;
        requests_[end_++] = request;
    }
}

void Sender::refuse(std::span<const mem::Packet> frame) noexcept {
    for (const mem::Packet& part : frame) cache_->give(part);
    ++counters_.refused;
}

// As many as there is room and buffers for.
void Sender::make_segments() noexcept {
    if (begin_ == end_) begin_ = end_ = 0;
    bool reclaimed = false;
    while (segmenter_.more()) {
        const std::span<mem::Packet> space(ready_.data() + end_, ready_.size() - end_);
        const std::uint32_t parts = segmenter_.next(*cache_, space);
        if (parts == 0) {
            // Out of buffers, perhaps, while the card is done with some.
            if (begin_ != end_ || reclaimed) return;
            queue_->reclaim(*cache_);
            reclaimed = true;
            continue;
        }
        std::fill_n(requests_.begin() + static_cast<std::ptrdiff_t>(end_), parts, segment_request_);
        end_ += parts;
        ++counters_.segments;
    }
    end_segments();
}

void Sender::end_segments() noexcept {
    for (std::size_t i = 0; i < large_parts_; ++i) cache_->give(large_[i]);
    large_parts_ = 0;
    segmenter_ = {};
}

}  // namespace ringside::net

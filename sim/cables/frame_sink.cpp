#include "sim/cables/frame_sink.hpp"

#include <algorithm>
#include <cstring>

namespace ringside::sim {
namespace {

enum class Verdict { intact, corrupted, foreign };

// A frame without the magic, or with a broken VLAN tag, is still a generator's if it has the addresses and
// the port.
bool looks_generated(std::span<const std::byte> frame) {
    for (const std::size_t tag : {std::size_t{0}, test_frame::tag_size}) {
        if (frame.size() < tag + test_frame::min_size) break;
        const std::byte* ip = frame.data() + tag + test_frame::ip_offset;
        if (test_frame::load_big16(ip + 12) == (198 << 8 | 18) &&
            test_frame::load_big16(ip + 16) == (198 << 8 | 19) && test_frame::load_big16(ip + 22) == 9)
            return true;
    }
    return false;
}

// The length that the IPv4 header states must be the frame's, and what fills it the filler of its number.
bool rest_is_intact(std::span<const std::byte> frame, std::size_t tag, const test_frame::Tail& tail) {
    const std::size_t stated =
        test_frame::load_big16(frame.data() + tag + test_frame::ip_offset + 2) + tag + test_frame::ip_offset;
    if (stated != frame.size() || stated > test_frame::max_size) return false;
    const std::size_t header = tag + test_frame::min_size;
    if (frame.size() == header) return true;
    const auto filler = test_frame::filler(tail.flow, tail.sequence, frame.size() - header);
    return std::memcmp(frame.data() + header, filler.data(), filler.size()) == 0;
}

Verdict check(std::span<const std::byte> frame, test_frame::Tail& tail) {
    if (frame.size() < test_frame::min_size) return Verdict::foreign;
    const bool tagged = test_frame::load_big16(frame.data() + 12) == 0x8100;
    const std::size_t tag = tagged ? test_frame::tag_size : 0;
    if (frame.size() < tag + test_frame::min_size) return Verdict::foreign;

    test_frame::Words w;
    std::memcpy(w.data(), frame.data() + tag + test_frame::words_offset, sizeof w);
    std::uint32_t tag_word = 0;
    if (tagged) std::memcpy(&tag_word, frame.data() + test_frame::words_offset, sizeof tag_word);
    if (test_frame::magic_of(w[3], w[4]) != test_frame::magic)
        return looks_generated(frame) ? Verdict::corrupted : Verdict::foreign;

    tail = test_frame::tail_of(w[4], w[5]);
    const std::uint64_t headers = test_frame::mix_headers(w[0], w[1], w[2], w[3], tag_word);
    if (test_frame::check_value(headers, w[4], w[5] & 0xFFFFFFFF) != tail.check) return Verdict::corrupted;
    return rest_is_intact(frame, tag, tail) ? Verdict::intact : Verdict::corrupted;
}

}  // namespace

void FrameSink::receive(std::span<const std::byte> frame) {
    test_frame::Tail tail;
    switch (check(frame, tail)) {
        case Verdict::foreign: ++counters_.foreign; return;
        case Verdict::corrupted: ++counters_.corrupted; return;
        case Verdict::intact: break;
    }
    if (Flow* flow = find(tail.stream, tail.flow))
        count(*flow, tail.sequence);
    else
        ++counters_.untracked;
}

FrameSink::Flow* FrameSink::find(std::uint16_t stream_id, std::uint16_t flow) {
    Stream* stream = find_stream(stream_id);
    if (stream == nullptr) return nullptr;
    if (flow < stream->flows.size() && stream->flows[flow]) return stream->flows[flow].get();
    if (flow_count_ == max_flows) return nullptr;
    if (flow >= stream->flows.size()) stream->flows.resize(flow + std::size_t{1});
    stream->flows[flow] = std::make_unique<Flow>();
    ++flow_count_;
    return stream->flows[flow].get();
}

FrameSink::Stream* FrameSink::find_stream(std::uint16_t id) {
    if (last_stream_ < streams_.size() && streams_[last_stream_].id == id) return &streams_[last_stream_];
    for (last_stream_ = 0; last_stream_ < streams_.size(); ++last_stream_)
        if (streams_[last_stream_].id == id) return &streams_[last_stream_];
    if (streams_.size() == max_streams) return nullptr;
    return &streams_.emplace_back(Stream{id, {}});
}

void FrameSink::count(Flow& flow, std::uint64_t sequence) {
    ++counters_.received;
    if (sequence < flow.next) {
        count_late(flow, sequence);
        return;
    }
    // Forget the numbers that fall out of the window: those that were skipped have not been seen.
    const std::uint64_t forget_from = std::max(flow.next, sequence - std::min(sequence, window - 1));
    for (std::uint64_t n = forget_from; n < sequence; ++n) flow.seen[n % window / 64] &= ~(1ull << n % 64);
    flow.seen[sequence % window / 64] |= 1ull << sequence % 64;
    flow.next = sequence + 1;
    ++flow.distinct;
}

void FrameSink::count_late(Flow& flow, std::uint64_t sequence) {
    if (flow.next - sequence > window) {
        ++counters_.too_late;
        return;
    }
    std::uint64_t& word = flow.seen[sequence % window / 64];
    const std::uint64_t bit = 1ull << sequence % 64;
    if ((word & bit) != 0) {
        ++counters_.duplicated;
        return;
    }
    word |= bit;
    ++counters_.reordered;
    ++flow.distinct;
}

SinkCounters FrameSink::counters() const {
    SinkCounters counters = counters_;
    for (const Stream& stream : streams_)
        for (const auto& flow : stream.flows)
            if (flow) counters.lost += flow->next - flow->distinct;
    return counters;
}

}  // namespace ringside::sim

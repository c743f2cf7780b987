#include "sim/cables/frame_source.hpp"

#include <algorithm>
#include <cstring>

namespace ringside::sim {
namespace {

constexpr std::size_t filler_starts = 1024;

std::vector<std::byte> make_filler_table() {
    std::vector<std::byte> table(test_frame::max_size + filler_starts);
    Random random(0x52696E67);
    for (std::byte& b : table) b = static_cast<std::byte>(random.next());
    return table;
}

// RFC 1071 over the 20 bytes of an IPv4 header.
std::uint16_t internet_checksum(const std::byte* header) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < 20; i += 2) sum += test_frame::load_big16(header + i);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

}  // namespace

std::span<const std::byte> test_frame::filler(std::uint16_t flow, std::uint64_t sequence, std::size_t size) {
    static const std::vector<std::byte> table = make_filler_table();
    const std::size_t start = (sequence * 37 + flow) % filler_starts;
    return {table.data() + start, size};
}

FrameSource::FrameSource(const TrafficPlan& plan)
    : plan_(plan),
      tag_(plan.vlan ? test_frame::tag_size : 0),
      random_(plan.seed),
      sequences_(plan.flows, 0),
      frame_(test_frame::max_size) {
    write_constant_headers();
}

void FrameSource::write_constant_headers() {
    std::byte* frame = frame_.data();
    std::copy(plan_.destination.begin(), plan_.destination.end(), frame);
    std::copy(plan_.source.begin(), plan_.source.end(), frame + 6);
    if (plan_.vlan) {
        test_frame::store_big16(frame + 12, 0x8100);
        test_frame::store_big16(frame + 14, *plan_.vlan);
    }
    test_frame::store_big16(frame + tag_ + 12, 0x0800);
    constexpr std::array<unsigned char, 28> ip_and_udp = {
        0x45, 0,  0, 0, 0,   0,  0x40, 0, 64, 17, 0, 0,  // don't fragment, time to live 64, UDP
        198,  18, 0, 0, 198, 19, 0,    1,                // from, to
        0,    0,  0, 9, 0,   0,  0,    0};               // to the discard port, no UDP checksum
    std::memcpy(frame + tag_ + test_frame::ip_offset, ip_and_udp.data(), ip_and_udp.size());
    std::memcpy(frame + tag_ + 42, &test_frame::magic, sizeof test_frame::magic);
}

void FrameSource::write_headers(std::uint16_t flow, std::size_t size) noexcept {
    std::byte* ip = frame_.data() + tag_ + test_frame::ip_offset;
    test_frame::store_big16(ip + 2, size - tag_ - test_frame::ip_offset);
    test_frame::store_big16(ip + 10, 0);
    test_frame::store_big16(ip + 14, flow);
    test_frame::store_big16(ip + 10, internet_checksum(ip));
    test_frame::store_big16(ip + 20, 1024 + flow % 64512u);  // no flow uses a reserved port
    test_frame::store_big16(ip + 24, size - tag_ - test_frame::ip_offset - 20);

    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), frame_.data() + tag_ + test_frame::words_offset, sizeof words);
    std::uint32_t tag = 0;
    if (tag_ != 0) std::memcpy(&tag, frame_.data() + test_frame::words_offset, sizeof tag);
    mixed_headers_ = test_frame::mix_headers(words[0], words[1], words[2], words[3], tag);
    written_flow_ = flow;
    written_size_ = size;
}

std::size_t FrameSource::next_size() noexcept {
    switch (plan_.sizes.kind) {
        case SizePlan::Kind::fixed: return plan_.sizes.low;
        case SizePlan::Kind::uniform:
            return plan_.sizes.low +
                   random_.below(static_cast<std::uint32_t>(plan_.sizes.high - plan_.sizes.low + 1));
        case SizePlan::Kind::imix: break;
    }
    // The simple Internet mix: of 12 frames 7 have 64 bytes, 4 have 594, 1 has 1518.
    const std::uint32_t draw = random_.below(12);
    const std::size_t with_fcs = draw < 7 ? 64 + tag_ : draw < 11 ? 594 : 1518;
    return with_fcs - test_frame::fcs_size;
}

std::span<const std::byte> FrameSource::next() noexcept {
    const std::size_t size = next_size();
    const auto flow = static_cast<std::uint16_t>(next_flow_);
    if (++next_flow_ == plan_.flows) next_flow_ = 0;
    if (flow != written_flow_ || size != written_size_) write_headers(flow, size);

    const std::uint64_t sequence = sequences_[flow]++ & test_frame::sequence_mask;
    test_frame::Tail tail{plan_.stream, flow, sequence, 0};
    const std::uint64_t w4 = test_frame::word4(tail);
    tail.check = test_frame::check_value(mixed_headers_, w4, test_frame::word5(tail));
    const std::uint64_t w5 = test_frame::word5(tail);
    std::byte* words = frame_.data() + tag_ + test_frame::words_offset;
    std::memcpy(words + 32, &w4, sizeof w4);
    std::memcpy(words + 40, &w5, sizeof w5);

    const std::size_t header = tag_ + test_frame::min_size;
    if (size > header) {
        const auto filler = test_frame::filler(flow, sequence, size - header);
        std::memcpy(frame_.data() + header, filler.data(), filler.size());
    }
    return {frame_.data(), size};
}

}  // namespace ringside::sim

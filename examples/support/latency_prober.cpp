#include "examples/support/latency_prober.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace ringside::examples {

using namespace std::chrono_literals;

namespace {

// A Sync message of PTP version 2 over Ethernet, which cards stamp: header, time, and behind them what tells
// our frames from others'.
constexpr std::array<std::uint8_t, 2> ether_type{0x88, 0xF7};
constexpr std::size_t ptp_at = 14, number_at = ptp_at + 44;
constexpr std::array<std::uint8_t, 8> mark{'r', 'i', 'n', 'g', 's', 'i', 'd', 'e'};

template <class Bytes> void put(std::byte* to, const Bytes& bytes) {
    std::memcpy(to, std::data(bytes), std::size(bytes));
}

}  // namespace

ClockComparison compare(HardwareClock& first, HardwareClock& second, int attempts) {
    ClockComparison best{0ns, std::chrono::nanoseconds::max()};
    for (int i = 0; i < attempts; ++i) {
        const HardwareTime before = first.now(), other = second.now(), after = first.now();
        const auto half = (after - before) / 2;
        if (half < best.uncertainty) best = {other - (before + half), half};
    }
    return best;
}

LatencyProber::LatencyProber(Nic& out, Nic& in, mem::PacketPool& pool, Time time, std::uint32_t length)
    : out_(out), in_(in), cache_(pool), time_(time), length_(length) {}

// Frames that came since, and stamps that nobody fetched, would be taken for ours. Crystals differ by some
// 10 ns in a millisecond.
void LatencyProber::prepare_clocks() {
    static_cast<void>(receive());
    static_cast<void>(in_.clock().take_rx_stamp());
    static_cast<void>(out_.clock().take_tx_stamp());
    if (&in_ == &out_ || (comparison_ && Clock::now() - compared_ < 100ms)) return;
    comparison_ = compare(out_.clock(), in_.clock());
    uncertainty_ = std::max(uncertainty_.value_or(0ns), comparison_->uncertainty);
    compared_ = Clock::now();
}

void LatencyProber::write_probe(mem::Packet& packet) const {
    std::memset(packet.data, 0, length_);
    put(packet.data, in_.mac().bytes);
    put(packet.data + 6, out_.mac().bytes);
    put(packet.data + 12, ether_type);
    packet.data[ptp_at + 1] = std::byte{2};   // version
    packet.data[ptp_at + 3] = std::byte{44};  // length of the message
    packet.data[ptp_at + 30] = static_cast<std::byte>(sequence_ >> 8);
    packet.data[ptp_at + 31] = static_cast<std::byte>(sequence_);
    std::memcpy(packet.data + number_at, &sequence_, sizeof sequence_);
    put(packet.data + number_at + sizeof sequence_, mark);
    packet.length = static_cast<std::uint16_t>(length_);
}

// Counts what is not the frame we wait for.
bool LatencyProber::is_ours(const mem::Packet& packet) {
    std::uint32_t number = 0;
    if (packet.length < min_length || (packet.flags & mem::Packet::more) != 0 ||
        std::memcmp(packet.data + number_at + sizeof number, mark.data(), mark.size()) != 0) {
        ++others_;
        return false;
    }
    std::memcpy(&number, packet.data + number_at, sizeof number);
    if (number == sequence_) return true;
    ++late_;
    return false;
}

bool LatencyProber::send() {
    auto packet = cache_.allocate();
    if (!packet) throw hal::Error("the packet pool has run dry: buffers were lost");
    write_probe(*packet);
    TxQueue& queue = out_.tx(0);
    queue.reclaim(cache_);
    TxRequest request;
    if (time_ == Time::hardware) request.flags = TxRequest::time_stamp;
    if (queue.send(cache_, {&*packet, 1}, {&request, 1}) == 1) return true;
    cache_.give(*packet);  // earlier ones fill the ring: the link is down
    return false;
}

// What is said of our frame, if it has come.
std::optional<RxInfo> LatencyProber::receive() {
    std::array<mem::Packet, 32> packets;
    std::array<RxInfo, 32> infos;
    const std::uint32_t n = in_.rx(0).receive(cache_, packets, infos);
    std::optional<RxInfo> ours;
    for (std::uint32_t i = 0; i < n; ++i) {
        if (is_ours(packets[i]))
            ours = infos[i];
        else if (time_ == Time::hardware && (infos[i].flags & RxInfo::time_stamped) != 0)
            static_cast<void>(in_.clock().take_rx_stamp());  // makes room for ours
        cache_.give(packets[i]);
    }
    return ours;
}

std::optional<std::chrono::nanoseconds> LatencyProber::stamped_latency(const RxInfo& info,
                                                                       Clock::time_point end) {
    if ((info.flags & RxInfo::time_stamped) == 0) return std::nullopt;
    const auto received = in_.clock().take_rx_stamp();
    auto sent = out_.clock().take_tx_stamp();
    while (!sent && Clock::now() < end) sent = out_.clock().take_tx_stamp();
    if (!received || !sent) return std::nullopt;
    return *received - *sent - (comparison_ ? comparison_->offset : 0ns);
}

LatencyProber::Result LatencyProber::probe(std::chrono::nanoseconds limit) {
    ++sequence_;
    if (time_ == Time::hardware) prepare_clocks();
    const auto begin = Clock::now(), end = begin + limit;
    if (!send()) return {};
    for (auto now = begin; now < end;) {
        const auto info = receive();
        now = Clock::now();
        if (!info) continue;
        if (time_ == Time::software) return {true, now - begin};
        return {true, stamped_latency(*info, end)};
    }
    return {};
}

}  // namespace ringside::examples

#include "driver/vf/nic.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace ringside::vf {

namespace {

MacAddress mac_in(const Message& m) {
    MacAddress mac;
    for (unsigned i = 0; i < 6; ++i) mac.bytes[i] = static_cast<std::uint8_t>(m[1 + i / 4] >> (8 * (i % 4)));
    return mac;
}

// Locally administered, for one station.
MacAddress made_up_mac() {
    std::random_device random;
    MacAddress mac;
    for (std::uint8_t& byte : mac.bytes) byte = static_cast<std::uint8_t>(random());
    mac.bytes[0] = static_cast<std::uint8_t>((mac.bytes[0] & 0xFC) | 0x02);
    return mac;
}

}  // namespace

VfNic::VfNic(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock,
             const Limits& limits, std::unique_ptr<MailboxPort> (*make_mailbox)(const hal::RegisterFile&),
             unsigned byte_counter_bits)
    : NicBase(domain, std::move(device), clock, limits),
      port_(make_mailbox(regs_)),
      mailbox_(regs_, *port_),
      rx_bytes_(byte_counter_bits),
      tx_bytes_(byte_counter_bits) {}

void VfNic::shut_down(WayDown& down) noexcept {
    sign_off();
    down.step([this] { mask_interrupts(); });
    down.step([this] { disable_receive(); });
    down.step([this] { disable_transmit(); });
    down.step([this] { reset_function(); });
}

// Zeros go with the request, so that words which the answer leaves as they are say nothing.
Message VfNic::report_in() {
    known_ = false;
    mailbox_.start_over();
    const Message answer = mailbox_.ask({request::reset}, 5);
    const MacAddress mac = mac_in(answer);
    const bool given = (answer[0] & granted) && !mac.is_zero() && !mac.is_multicast();
    assigned_ = given ? mac : MacAddress{};
    told_mac_ = assigned_;
    told_groups_ = 0;
    told_vlans_ = {};
    told_mode_ = ReceiveMode::multicast_filters;
    known_ = true;
    return answer;
}

void VfNic::hash_groups_by(std::uint32_t filter_type) {
    constexpr std::uint32_t shifts[] = {4, 3, 2, 0};
    if (filter_type > 3)
        throw hal::Error(regs_.who() + ": the physical function says that its multicast filter is of type " +
                         std::to_string(filter_type) + ", which does not exist; reload its driver");
    multicast_shift_ = shifts[filter_type];
}

MacAddress VfNic::own_mac() { return assigned_.is_zero() ? made_up_mac() : assigned_; }

void VfNic::ask_for_frame_size(std::uint32_t bytes) {
    if (!granted_by_pf({request::frame_size, bytes}, 2))
        throw hal::Error(
            regs_.who() + ": the physical function refuses frames of " + std::to_string(bytes) +
            " bytes; choose a smaller MTU, or give the physical function's interface a larger one");
}

void VfNic::listen_to_pf() {
    if (known_) mailbox_.take_notices();
}

Message VfNic::about(std::uint32_t first_word, const MacAddress& mac) {
    Message m{first_word};
    for (unsigned i = 0; i < 6; ++i) m[1 + i / 4] |= std::uint32_t{mac.bytes[i]} << (8 * (i % 4));
    return m;
}

void VfNic::begin_counters() {
    const Traffic now = read_traffic();
    rx_packets_.begin(now.rx_packets);
    rx_bytes_.begin(now.rx_bytes);
    tx_packets_.begin(now.tx_packets);
    tx_bytes_.begin(now.tx_bytes);
    static_cast<void>(read_dropped());
    dropped_ = 0;
}

// Counters of packets may be a frame ahead of those of bytes.
Statistics VfNic::read_counters() {
    const auto without_crc = [](std::uint64_t bytes, std::uint64_t packets) {
        return bytes - std::min(bytes, 4 * packets);
    };
    const Traffic now = read_traffic();
    rx_packets_.update(now.rx_packets);
    rx_bytes_.update(now.rx_bytes);
    tx_packets_.update(now.tx_packets);
    tx_bytes_.update(now.tx_bytes);
    dropped_ += read_dropped();
    Statistics s;
    s.rx_packets = rx_packets_.total();
    s.rx_bytes = without_crc(rx_bytes_.total(), rx_packets_.total());
    s.tx_packets = tx_packets_.total();
    s.tx_bytes = without_crc(tx_bytes_.total(), tx_packets_.total());
    s.rx_dropped.no_descriptor = dropped_;
    s.rx_wire_packets = s.rx_packets + dropped_;
    s.rx_queues.push_back({s.rx_packets, s.rx_bytes, dropped_});
    s.tx_queues.push_back({s.tx_packets, s.tx_bytes, 0});
    return s;
}

std::string VfNic::why_no_link() {
    return "it is the physical function's: see that the interface of that is up, and its cable plugged in";
}

std::uint32_t VfNic::blink_leds() {
    throw hal::Error(regs_.who() +
                     ": a virtual function has no LEDs; have those of its physical function blink");
}

}  // namespace ringside::vf

#include "sim/ixgbe_vf/physical_function.hpp"

#include "sim/ixgbe/bits.hpp"

#include <algorithm>
#include <bit>

namespace ringside::sim::ixgbe_vf {
namespace {

using ixgbe::bit;
using ixgbe::field;
namespace reg = ixgbe::reg;
namespace HLREG0 = ixgbe::HLREG0;
namespace FCTRL = ixgbe::FCTRL;

// The first word of a message.
constexpr std::uint32_t granted = bit(31), refused = bit(30), clear_to_send = bit(29);
constexpr unsigned info_shift = 16;  // 23:16
enum Request : std::uint32_t {
    reset_request = 0x01,
    mac_request = 0x02,
    groups_request = 0x03,
    vlan_request = 0x04,
    frame_size_request = 0x05,
    filter_request = 0x06,
    version_request = 0x08,
    queues_request = 0x09,
    mode_request = 0x0C,
    notice = 0x100,  // from here: look at the link
};
// Versions of the language: numbers in the order in which they came.
constexpr std::uint32_t version_1_1 = 2, version_1_2 = 3, version_1_3 = 4, newest_version = 5;
// What the function may see besides what it has named.
constexpr std::uint32_t mode_groups = 1, mode_all_groups = 2, mode_everything = 3;

constexpr std::size_t most_further = 16;  // unicast addresses
constexpr int most_vlans = 64;            // with the one for frames of no VLAN
constexpr std::uint32_t shortest_limit = 68 + 18, ordinary_frame = 1518;

// MRQC: the mode and what is hashed; MTQC.
constexpr std::uint32_t pools32_rss = 0xA, pools64_rss = 0xB, hashed_types = 0x00330000;
constexpr std::uint32_t virtualised = bit(1);
constexpr unsigned pools_shift = 2;
// GPIE: several messages, masking by EIAM, pending bits.
constexpr std::uint32_t GPIE = 0x898, GPIE_SETTING = bit(4) | bit(30) | bit(31);

std::uint32_t info_of(const Message& m) { return m[0] >> info_shift & 0xFF; }

std::array<std::uint8_t, 6> mac_in(const Message& m) {
    std::array<std::uint8_t, 6> mac{};
    for (unsigned i = 0; i < mac.size(); ++i)
        mac[i] = static_cast<std::uint8_t>(m[1 + i / 4] >> (8 * (i % 4)));
    return mac;
}

bool is_station(const std::array<std::uint8_t, 6>& mac) {
    return (mac[0] & 1) == 0 && mac != std::array<std::uint8_t, 6>{};
}

}  // namespace

PhysicalFunction::PhysicalFunction(const Options& options, ixgbe::Nic82599& card, Mailbox& mailbox,
                                   hal::Clock& clock)
    : options_(options), card_(card), mailbox_(mailbox), clock_(clock) {
    set_up_card();
    mailbox_.set_in_reset(options_.pf_absent);
}

// ------------------------------------------------------------------------------------------- the card

void PhysicalFunction::set_up_card() {
    set_up_transmit();
    set_up_receive();
    set_up_interrupts();
    start_link();
}

// Pools of as many queues as the function was promised; it has the first pool, and is alone.
void PhysicalFunction::set_up_receive() {
    set(reg::HLREG0, get(reg::HLREG0) | HLREG0::JUMBOEN);
    set(reg::RDRXCTL, get(reg::RDRXCTL) | bit(1));  // strips the CRC, as HLREG0 does
    set(reg::FCRTH, 0x7A000);
    set(reg::RXCSUM, bit(13));  // the hash, not the sum of fragments
    set(reg::VLNCTRL, 0x8100 | bit(30));
    set(reg::MRQC, hashed_types | (options_.queues == 2 ? pools64_rss : pools32_rss));
    for (std::uint32_t i = 0; i < 10; ++i) set(reg::RSSRK + 4 * i, 0x6D5A56DAu * (2 * i + 1));
    spread(0);
    write_filters();
}

void PhysicalFunction::receive(bool on) {
    if (in_reset() || ((get(reg::RXCTRL) & 1) != 0) == on) return;
    set(reg::SECRXCTRL, get(reg::SECRXCTRL) | bit(1));
    set(reg::RXCTRL, on ? 1 : 0);
    set(reg::SECRXCTRL, get(reg::SECRXCTRL) & ~bit(1));
}

void PhysicalFunction::set_up_transmit() {
    const std::uint32_t arbiter = get(reg::RTTDCS);
    set(reg::RTTDCS, arbiter | bit(6));
    set(reg::MTQC, virtualised | (options_.queues == 2 ? 1u : 2u) << pools_shift);
    set(reg::RTTDCS, arbiter & ~bit(6));
    set(reg::DMATXCTL, get(reg::DMATXCTL) | 1);
}

// An SFP+ card speaks 10 Gb/s by its serial interface; an X540's PHY negotiates by itself.
void PhysicalFunction::start_link() {
    if (options_.is_x540()) return;
    constexpr std::uint32_t serial_10g = 3u << 13, restart = bit(12), sfi = 2u << 16;
    set(reg::AUTOC2, (get(reg::AUTOC2) & ~(3u << 16)) | sfi);
    set(reg::AUTOC, (get(reg::AUTOC) & ~(7u << 13)) | serial_10g | restart);
}

void PhysicalFunction::set_up_interrupts() { set(GPIE, GPIE_SETTING); }

void PhysicalFunction::spread(std::uint32_t log2) {
    const std::uint32_t queues = std::min(1u << std::min(log2, 2u), options_.queues);
    for (std::uint32_t i = 0; i < 128; i += 4) {
        std::uint32_t word = 0;
        for (std::uint32_t n = 0; n < 4; ++n) word |= (i + n) % queues << (8 * n);
        set(reg::RETA + i, word);
    }
}

void PhysicalFunction::write_receive_address(std::uint32_t entry, const std::optional<Mac>& mac) {
    std::uint32_t low = 0, high = 0;
    if (mac) {
        for (unsigned i = 0; i < 4; ++i) low |= std::uint32_t{(*mac)[i]} << (8 * i);
        high = (*mac)[4] | std::uint32_t{(*mac)[5]} << 8 | bit(31);
    }
    set(reg::RAL + 8 * entry, low);
    set(reg::RAH + 8 * entry, high);
}

// All of them: there are few, and they change seldom.
void PhysicalFunction::write_filters() {
    write_receive_address(0, asked_.own);
    for (std::uint32_t i = 0; i < most_further; ++i)
        write_receive_address(i + 1,
                              i < asked_.further.size() ? std::optional(asked_.further[i]) : std::nullopt);
    std::array<std::uint32_t, 128> groups{};
    for (const std::uint32_t hash : asked_.groups) groups[hash >> 5 & 0x7F] |= bit(hash & 0x1F);
    for (std::uint32_t i = 0; i < groups.size(); ++i) set(reg::MTA + 4 * i, groups[i]);
    for (std::uint32_t i = 0; i < asked_.vlans.size(); ++i) set(reg::VFTA + 4 * i, asked_.vlans[i]);
    set(reg::MCSTCTRL, asked_.mode >= mode_groups ? bit(2) : 0);
    set(reg::FCTRL, FCTRL::BAM | (asked_.mode >= mode_all_groups ? FCTRL::MPE : 0) |
                        (asked_.mode >= mode_everything ? FCTRL::UPE : 0));
    set(reg::MAXFRS, asked_.frame_size << 16);
}

// ------------------------------------------------------------------------------------------- its life

bool PhysicalFunction::waiting() const {
    return back_at_ || reset_at_ || ((answer_ || news_) && mailbox_.has_room());
}

// A request is taken in one round and answered in the next.
bool PhysicalFunction::poll() {
    const hal::Clock::Duration now = clock_.now();
    if (reset_at_ && now >= *reset_at_) reset();
    if (back_at_ && now >= *back_at_) come_back();
    if (in_reset() || options_.pf_silent) return false;
    if (card_.link_up() != link_was_up_) {
        link_was_up_ = card_.link_up();
        news_ = true;
    }
    if (const std::optional<Message> request = mailbox_.take_request()) {
        take(*request);
        return true;
    }
    if (!mailbox_.has_room()) return false;
    if (answer_) {
        mailbox_.send(*answer_);
        answer_.reset();
        return true;
    }
    if (!news_) return false;
    news_ = false;
    mailbox_.send({notice | (knows_vf_ ? clear_to_send : 0)});
    return true;
}

void PhysicalFunction::vf_was_reset() {
    knows_vf_ = false;
    answer_.reset();
    news_ = false;
    asked_ = {};
    mailbox_.forget();
    if (in_reset()) return;
    receive(false);
    write_filters();
    spread(0);
    set_up_interrupts();
}

void PhysicalFunction::reset() {
    reset_at_.reset();
    mailbox_.set_in_reset(true);  // first: the interrupts go, too
    card_.mmio_write(reg::CTRL, ixgbe::CTRL::RST);
    knows_vf_ = false;
    answer_.reset();
    asked_ = {};
    back_at_ = clock_.now() + reset_time;
}

// The function is told twice: by RSTD, and by a message that does not know it.
void PhysicalFunction::come_back() {
    back_at_.reset();
    set_up_card();
    mailbox_.set_in_reset(false);
    news_ = true;
}

// ------------------------------------------------------------------------------------------- requests

void PhysicalFunction::take(const Message& request) {
    if ((request[0] & (granted | refused)) != 0) return;  // an answer of its own
    ++requests_;
    if (request[0] == reset_request) {
        answer_ = welcome();
        return;
    }
    Message answer = request;
    if (!knows_vf_) {
        answer = {request[0] | refused};
        ++refusals_;
    } else if (grants(answer)) {
        answer[0] |= granted | clear_to_send;
        write_filters();
    } else {
        answer[0] |= refused | clear_to_send;
        ++refusals_;
    }
    answer_ = answer;
}

// An address that the administrator has not chosen is the function's own business: "refused" says so.
Message PhysicalFunction::welcome() {
    asked_ = {};
    asked_.own = options_.mac;
    knows_vf_ = true;
    write_filters();
    if (!met_ && options_.pf_reset) reset_at_ = clock_.now() + *options_.pf_reset;
    met_ = true;
    Message answer{reset_request | (options_.mac ? granted : refused)};
    if (options_.mac)
        for (unsigned i = 0; i < 6; ++i)
            answer[1 + i / 4] |= std::uint32_t{(*options_.mac)[i]} << (8 * (i % 4));
    answer[3] = 0;  // MCSTCTRL.MO: how groups are hashed
    return answer;
}

bool PhysicalFunction::grants(Message& m) {
    switch (m[0] & 0xFFFF) {
        case mac_request: return set_mac(m);
        case groups_request: return set_groups(m);
        case vlan_request: return set_vlan(m);
        case frame_size_request: return set_frame_size(m[1]);
        case filter_request: return add_filter(m);
        case version_request: return agree_on(m[1]);
        case queues_request: return tell_queues(m);
        case mode_request: return set_mode(m);
        default: return false;
    }
}

bool PhysicalFunction::set_mac(const Message& m) {
    const Mac mac = mac_in(m);
    if (!is_station(mac) || (options_.mac && !options_.trusted && mac != *options_.mac)) return false;
    asked_.own = mac;
    return true;
}

bool PhysicalFunction::set_groups(const Message& m) {
    const std::uint32_t count = std::min(info_of(m), 2 * (mailbox_words - 1));
    asked_.groups.clear();
    for (std::uint32_t i = 0; i < count; ++i) asked_.groups.push_back(m[1 + i / 2] >> (16 * (i % 2)) & 0xFFF);
    return true;
}

bool PhysicalFunction::set_vlan(const Message& m) {
    const std::uint32_t id = m[1] & 0xFFF;
    const bool add = info_of(m) != 0;
    std::uint32_t& word = asked_.vlans[id / 32];
    if (!add) {
        if (id != 0) word &= ~bit(id % 32);
        return true;
    }
    int vlans = 0;
    for (const std::uint32_t w : asked_.vlans) vlans += std::popcount(w);
    if ((word & bit(id % 32)) == 0 && vlans == most_vlans) return false;
    word |= bit(id % 32);
    return true;
}

// The card has one limit for all of its functions: it is raised, and comes down by a reset only. An 82599
// cannot give jumbo frames to a function that does not know of them.
bool PhysicalFunction::set_frame_size(std::uint32_t bytes) {
    if (bytes < shortest_limit || bytes > options_.mtu + 18) return false;
    if (!options_.is_x540() && bytes > ordinary_frame && asked_.version < version_1_1) return false;
    asked_.frame_size = std::max(asked_.frame_size, bytes);
    return true;
}

bool PhysicalFunction::add_filter(const Message& m) {
    const std::uint32_t entry = info_of(m);
    if (entry != 0 && ((options_.mac && !options_.trusted) || !is_station(mac_in(m)))) return false;
    if (entry <= 1) asked_.further.clear();
    if (entry == 0) return true;
    if (asked_.further.size() == most_further) return false;
    asked_.further.push_back(mac_in(m));
    return true;
}

bool PhysicalFunction::agree_on(std::uint32_t version) {
    if (version > newest_version || version == 1) return false;
    asked_.version = version;
    return true;
}

bool PhysicalFunction::tell_queues(Message& m) const {
    if (asked_.version < version_1_1) return false;
    m[1] = m[2] = options_.queues;
    m[3] = m[4] = 0;  // no VLAN chosen by the administrator; the first queue is the default
    return true;
}

// Without trust less is granted than was asked for, and the answer says so.
bool PhysicalFunction::set_mode(Message& m) {
    if (asked_.version < (m[1] == mode_everything ? version_1_3 : version_1_2) || m[1] > mode_everything)
        return false;
    const std::uint32_t mode = options_.trusted ? m[1] : std::min(m[1], mode_groups);
    if (mode == mode_everything && !options_.is_x540()) return false;  // an 82599 cannot
    asked_.mode = m[1] = mode;
    return true;
}

}  // namespace ringside::sim::ixgbe_vf

#include "tests/driver/vf/fake_vf.hpp"

#include "hal/error.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace ringside::test {

namespace {

enum : std::uint32_t { REQ = 1, ACK = 2, VFU = 4, PFU = 8, PFSTS = 16, PFACK = 32, RSTI = 64, RSTD = 128 };
constexpr std::uint32_t enable = 1u << 25;

std::array<std::uint8_t, 6> mac_in(const PfMessage& m) {
    std::array<std::uint8_t, 6> mac{};
    std::memcpy(mac.data(), &m[1], 6);
    return mac;
}

bool usable(const std::array<std::uint8_t, 6>& mac) {
    return (mac[0] & 1) == 0 && mac != std::array<std::uint8_t, 6>{};
}

}  // namespace

// ------------------------------------------------------------------------------------- The physical function

std::uint64_t FakePf::count(std::uint32_t request) const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(asked, [&](const PfMessage& m) { return (m[0] & 0xFFFF) == request; }));
}

std::vector<PfMessage> FakePf::answers_to(const PfMessage& message) {
    asked.push_back(message);
    std::vector<PfMessage> answers;
    for (const std::uint32_t word : std::exchange(says_first, {})) answers.push_back({word});
    if (answers_instead != 0) return answers.push_back({answers_instead}), answers;
    PfMessage answer = message;
    const bool granted = grants(message, answer);
    answer[0] |= granted ? ok : no;
    if ((message[0] & 0xFFFF) != 1 && knows_us) answer[0] |= clear_to_send;
    answers.push_back(answer);
    return answers;
}

bool FakePf::grants(const PfMessage& m, PfMessage& answer) {
    const std::uint32_t request = m[0] & 0xFFFF, info = (m[0] >> 16) & 0xFF;
    if (refuses.contains(request)) return false;
    const bool ixgbe = family == VfFamily::ixgbevf;
    switch (request) {
        case 1: {
            const bool given = usable(mac);
            own = mac;
            unicast.clear(), groups.clear(), vlans.clear();
            mode = 1;
            version = 0;
            answer = {1};
            if (given) std::memcpy(&answer[1], mac.data(), 6);
            answer[3] = filter_type;
            return given || ack_zero_mac;
        }
        case 2: return !ixgbe && info != 0 ? add_filter(m) : set_mac(m);
        case 3:
            groups.clear();
            for (std::uint32_t i = 0; i < info; ++i) groups.insert((m[1 + i / 2] >> (16 * (i % 2))) & 0xFFFF);
            return info <= 30;
        case 4:
            if (info)
                vlans.insert(m[1]);
            else
                vlans.erase(m[1]);
            return true;
        case 5: frame_size = m[1]; return true;
        case 6:
            if (ixgbe) return add_filter(m);
            mode = (info & 2) ? 2 : 1;
            return (info & 1) == 0;  // igb never does that
        case 8:
            if (!ixgbe || m[1] > newest_version || m[1] == 1) return false;
            version = m[1];
            return true;
        case 9:
            answer[1] = answer[2] = queues;
            answer[3] = answer[4] = 0;
            return ixgbe && version >= 2;
        case 0x0C:
            if (!ixgbe || version < 3) return false;
            mode = m[1] > 1 && !trusts ? 1 : m[1];
            answer[1] = mode;
            return true;
        default: return false;
    }
}

bool FakePf::set_mac(const PfMessage& m) {
    if (!usable(mac_in(m))) return false;
    own = mac_in(m);
    return true;
}

// igb: info 1 clears, 2 adds. ixgbe: info 0 clears, 1 clears and adds, more add.
bool FakePf::add_filter(const PfMessage& m) {
    const std::uint32_t info = (m[0] >> 16) & 0xFF;
    const bool ixgbe = family == VfFamily::ixgbevf;
    if (ixgbe ? info <= 1 : info == 1) unicast.clear();
    if (!ixgbe && !usable(mac_in(m))) return false;  // it looks even when clearing
    if (ixgbe ? info == 0 : info == 1) return true;
    if (!usable(mac_in(m)) || unicast.size() >= filters) return false;
    unicast.insert(mac_in(m));
    return true;
}

// -------------------------------------------------------------------------------------- The virtual function

FakeVf::Places FakeVf::places(VfFamily family) {
    if (family == VfFamily::igbvf)
        return {.link = 0x8,
                .mailbox = 0xC40,
                .memory = 0x800,
                .eicr = 0x1580,
                .eims = 0x1524,
                .eimc = 0x1528,
                .eiac = 0x152C,
                .ivar = 0x1700,
                .ivar_misc = 0x1740,
                .rx = 0x2800,
                .tx = 0x3800,
                .stride = 0x100,
                .srrctl = 0xC,
                .gprc = 0xF10,
                .gptc = 0xF14,
                .gorc = 0xF18,
                .gotc = 0xF34};
    return {.link = 0x10,
            .mailbox = 0x2FC,
            .memory = 0x200,
            .eicr = 0x100,
            .eims = 0x108,
            .eimc = 0x10C,
            .eiac = 0x110,
            .ivar = 0x120,
            .ivar_misc = 0x140,
            .rx = 0x1000,
            .tx = 0x2000,
            .stride = 0x40,
            .srrctl = 0x14,
            .gprc = 0x101C,
            .gptc = 0x201C,
            .gorc = 0x1020,
            .gotc = 0x2020};
}

FakeVf::FakeVf(VfFamily family, FakeClock&, Quirks q) : quirks(q), family_(family), at_(places(family)) {
    pf.family = family;
    if (quirks.device_id == 0) quirks.device_id = family == VfFamily::igbvf ? 0x10CA : 0x10ED;
    if (quirks.pf_in_reset) mailbox_ |= RSTI;
    if (quirks.pf_keeps_mailbox) mailbox_ |= PFU;
    set_link(true);
}

std::uint32_t FakeVf::config_read(std::uint32_t offset, unsigned width) {
    std::uint32_t value = 0;
    if (offset == 0) value = 0x8086u | std::uint32_t{quirks.device_id} << 16;
    if (offset == 2) value = quirks.device_id;
    if (offset == 4) value = command_;
    if (offset == 8) value = 0x02000001;
    const std::uint32_t mask = ~0u >> (32 - 8 * width);
    return gone() ? mask : value & mask;
}

void FakeVf::config_write(std::uint32_t offset, std::uint32_t value, unsigned) {
    if (offset == 4 && !gone()) command_ = value;
}

hal::Bar& FakeVf::bar(unsigned index) {
    if (index != 0) throw hal::Error(address_ + ": there is no such BAR");
    return *this;
}

void FakeVf::reset() {
    command_ &= ~4u;
    if (!gone()) reset_queues();
}

void FakeVf::reset_queues() {
    for (std::uint32_t q = 0; q < 2; ++q)
        for (std::uint32_t i = 0; i < 0x40; i += 4) {
            const std::uint32_t rx = at_.rx + q * at_.stride + i, tx = at_.tx + q * at_.stride + i;
            const auto counts = [&](std::uint32_t r) {
                return r == at_.gprc || r == at_.gptc || (r & ~4u) == at_.gorc || (r & ~4u) == at_.gotc;
            };
            if (!counts(rx)) reg(rx) = 0;
            if (!counts(tx)) reg(tx) = 0;
        }
    for (const std::uint32_t offset : {at_.eicr, at_.eims, at_.eiac, at_.ivar, at_.ivar_misc})
        reg(offset) = 0;
    outgoing_.clear();
}

std::uint32_t FakeVf::load32(std::uint32_t offset) {
    ++accesses_;
    if (gone()) return ~0u;
    if ((command_ & 2) == 0) complain("a register is read with memory space off");
    if (offset == at_.mailbox) return load_mailbox();
    if (offset == at_.eicr) return std::exchange(reg(at_.eicr), 0);
    return reg(offset);
}

void FakeVf::store32(std::uint32_t offset, std::uint32_t value) {
    ++accesses_;
    if (gone()) return;
    if ((command_ & 2) == 0) complain("a register is written with memory space off");
    if (offset == 0) {
        if (value & 1u << 26) reset_queues();
        return;
    }
    if (offset == at_.mailbox) return store_mailbox(value);
    if (is_memory(offset) && !(mailbox_ & VFU)) complain("the mailbox's memory is written without owning it");
    if (offset == at_.eicr) value = reg(offset) & ~value;
    if (offset == at_.eimc) {
        reg(at_.eims) &= ~value;
        return;
    }
    if (offset == at_.eims) {
        reg(at_.eims) |= value;
        deliver();
        if (when_armed) std::exchange(when_armed, nullptr)();
        return;
    }
    for (std::uint32_t q = 0; q < 2; ++q)
        if (quirks.enable_never && offset == at_.rx + q * at_.stride + 0x28) value &= ~enable;
    reg(offset) = value;
    for (std::uint32_t q = 0; q < 2; ++q) {
        const std::uint32_t rx = at_.rx + q * at_.stride, tx = at_.tx + q * at_.stride;
        if (offset == rx + 0x18 || offset == tx + 0x18) {
            const std::uint32_t ring = offset - 0x18;
            if (value == 0 && reg(ring + 0x10) == 0) return;  // being set up
            if (value >= reg(ring + 8) / 16) complain("a tail beyond the ring");
            if ((reg(ring + 0x28) & enable) == 0) complain("a tail of a queue that is off");
            if (ring == tx) transmit(ring);
        }
    }
}

// ----------------------------------------------------------------------------------------------- The mailbox

std::uint32_t FakeVf::load_mailbox() {
    if (looks_left_ > 0)
        --looks_left_;
    else
        pf_steps();
    return std::exchange(mailbox_, mailbox_ & ~(PFSTS | PFACK | RSTD));
}

void FakeVf::store_mailbox(std::uint32_t value) {
    if (value & VFU) {
        if (!(mailbox_ & PFU)) mailbox_ |= VFU;
    } else {
        if (!(mailbox_ & VFU)) complain("the mailbox is let go of by somebody who does not have it");
        mailbox_ &= ~VFU;
    }
    if (value & REQ) {
        requested_ = true;
        answers_.clear();
        looks_left_ = quirks.slow;
    }
}

// One step at a time: acknowledge, then each message.
void FakeVf::pf_steps() {
    if (pf.silent || (mailbox_ & (VFU | PFSTS))) return;
    if (requested_) {
        requested_ = false;
        PfMessage message{};
        for (std::uint32_t i = 0; i < 16; ++i) message[i] = reg(at_.memory + 4 * i);
        answers_ = pf.answers_to(message);
        if (pf.only_acknowledges) answers_.clear();
        mailbox_ |= PFACK;
        raise(reg(at_.ivar_misc) & 0x80 ? 1u << (reg(at_.ivar_misc) & 3) : 0);
    } else if (!answers_.empty()) {
        const PfMessage next = answers_.front();
        answers_.erase(answers_.begin());
        for (std::uint32_t i = 0; i < 16; ++i) reg(at_.memory + 4 * i) = next[i];
        mailbox_ |= PFSTS;
        raise(reg(at_.ivar_misc) & 0x80 ? 1u << (reg(at_.ivar_misc) & 3) : 0);
    }
    looks_left_ = quirks.slow;
}

void FakeVf::say(std::uint32_t message) {
    reg(at_.memory) = message;
    mailbox_ |= PFSTS;
    raise(reg(at_.ivar_misc) & 0x80 ? 1u << (reg(at_.ivar_misc) & 3) : 0);
}

void FakeVf::pf_is_reset() {
    mailbox_ |= RSTD;
    reset_queues();
}

void FakeVf::set_link(bool up) {
    link_ = up;
    reg(at_.link) = family_ == VfFamily::igbvf ? (up ? 0x83u : 0u) : (up ? 0x70000000u : 0u);
}

// ----------------------------------------------------------------------------------- Interrupts and the
// rings

void FakeVf::raise(std::uint32_t cause_bits) {
    reg(at_.eicr) |= cause_bits;
    deliver();
}

void FakeVf::deliver() {
    const std::uint32_t calling = reg(at_.eicr) & reg(at_.eims);
    reg(at_.eicr) &= ~(calling & reg(at_.eiac));
    for (std::uint32_t v = 0; v < 3; ++v) {
        if (!(calling & 1u << v)) continue;
        ++messages_[v];
        if (v >= fds_.size() || fds_[v] < 0) continue;
        const std::uint64_t one = 1;
        if (::write(fds_[v], &one, sizeof one) != sizeof one) throw hal::Error("write to an eventfd failed");
    }
}

void FakeVf::count_from(std::uint32_t packets, std::uint32_t bytes) {
    reg(at_.gprc) = reg(at_.gptc) = packets;
    reg(at_.gorc) = reg(at_.gotc) = bytes;
    if (family_ == VfFamily::ixgbevf) reg(at_.gorc + 4) = reg(at_.gotc + 4) = 0xF;
}

namespace {

void count_bytes(std::uint32_t& low, std::uint32_t* high, std::uint64_t n) {
    const std::uint64_t sum = (low | (high ? std::uint64_t{*high} << 32 : 0)) + n;
    low = static_cast<std::uint32_t>(sum);
    if (high) *high = static_cast<std::uint32_t>(sum >> 32) & 0xF;
}

}  // namespace

bool FakeVf::arrive(const Frame& frame) {
    std::array<std::uint8_t, 6> to{};
    std::memcpy(to.data(), frame.data(), 6);
    const std::uint32_t hash = (std::uint32_t{to[5]} << 4 | to[4] >> 4) & 0xFFF;
    const bool broadcast = to == std::array<std::uint8_t, 6>{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const bool ours = to == pf.own || pf.unicast.contains(to) || broadcast || pf.mode == 3 ||
                      ((to[0] & 1) && (pf.mode == 2 || pf.groups.contains(hash)));
    const std::uint32_t ring = at_.rx, size = reg(ring + 8) / 16;
    const std::uint32_t room = (reg(ring + at_.srrctl) & 0x7F) * 1024;
    if (!ours || !bus_master() || !(reg(ring + 0x28) & enable) || frame.size() + 4 > pf.frame_size)
        return false;
    const std::uint32_t free = (reg(ring + 0x18) - reg(ring + 0x10) + size) % size;
    if (free < (frame.size() + room - 1) / room) return false;
    const std::uint64_t base = reg(ring) | std::uint64_t{reg(ring + 4)} << 32;
    for (std::size_t at = 0; at < frame.size(); at += room) {
        const std::size_t length = std::min<std::size_t>(room, frame.size() - at);
        std::byte* descriptor = memory_->find(base + 16 * reg(ring + 0x10), 16);
        if (descriptor == nullptr) return false;
        std::uint64_t words[2];
        std::memcpy(words, descriptor, 16);
        if (words[1] != 0) complain("a receive descriptor that is not empty");
        if (std::byte* data = memory_->find(words[0], length)) std::memcpy(data, frame.data() + at, length);
        words[0] = 0;
        words[1] = (at + length == frame.size() ? 3u : 1u) | std::uint64_t{length} << 32;
        std::memcpy(descriptor, words, 16);
        reg(ring + 0x10) = (reg(ring + 0x10) + 1) % size;
    }
    ++reg(at_.gprc);
    count_bytes(reg(at_.gorc), family_ == VfFamily::ixgbevf ? &reg(at_.gorc + 4) : nullptr, frame.size() + 4);
    raise(reg(at_.ivar) & 0x80 ? 1u << (reg(at_.ivar) & 3) : 0);
    return true;
}

void FakeVf::transmit(std::uint32_t ring) {
    if (!bus_master()) return;
    const std::uint32_t size = reg(ring + 8) / 16;
    const std::uint64_t base = reg(ring) | std::uint64_t{reg(ring + 4)} << 32;
    for (; reg(ring + 0x10) != reg(ring + 0x18); reg(ring + 0x10) = (reg(ring + 0x10) + 1) % size) {
        std::byte* at = memory_->find(base + 16 * reg(ring + 0x10), 16);
        if (at == nullptr) return;
        std::uint64_t buffer = 0, command = 0;
        std::memcpy(&buffer, at, 8);
        std::memcpy(&command, at + 8, 8);
        if (!(command & 1u << 29) || ((command >> 20) & 15) != 3) complain("a descriptor of another format");
        const std::size_t length = command & 0xFFFF;
        const std::byte* data = memory_->find(buffer, length);
        if (data != nullptr) outgoing_.insert(outgoing_.end(), data, data + length);
        if (command & 1u << 27) {
            command |= 1ull << 32;
            std::memcpy(at + 8, &command, 8);
        }
        if (!(command & 1u << 24)) continue;
        ++reg(at_.gptc);
        count_bytes(reg(at_.gotc), family_ == VfFamily::ixgbevf ? &reg(at_.gotc + 4) : nullptr,
                    outgoing_.size() + 4);
        sent.push_back(std::exchange(outgoing_, {}));
    }
}

}  // namespace ringside::test

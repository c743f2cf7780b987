#include "tests/driver/gigabit/fake_card.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace ringside::test {

using namespace std::chrono_literals;

namespace {

// Offsets, by name of the datasheets.
enum : std::uint32_t {
    CTRL = 0x0,
    STATUS = 0x8,
    EECD = 0x10,
    EERD = 0x14,
    CTRL_EXT = 0x18,
    MDIC = 0x20,
    ICR = 0xC0,
    ICS = 0xC8,
    IMS = 0xD0,
    IMC = 0xD8,
    EIAC_82574 = 0xDC,
    IVAR_82574 = 0xE4,
    RCTL = 0x100,
    TCTL = 0x400,
    EXTCNF_CTRL = 0xF00,
    PBA = 0x1000,
    EEMNGCTL = 0x1010,
    GPIE = 0x1514,
    EIMS = 0x1524,
    EIMC = 0x1528,
    EIAC = 0x152C,
    EICR = 0x1580,
    IVAR0 = 0x1700,
    IVAR_MISC = 0x1740,
    CRCERRS = 0x4000,
    MPC = 0x4010,
    GPRC = 0x4074,
    GPTC = 0x4080,
    GORCL = 0x4088,
    GOTCL = 0x4090,
    ROC = 0x40AC,
    TORL = 0x40C0,
    TOTL = 0x40C8,
    TPR = 0x40D0,
    TPT = 0x40D4,
    RXPBS = 0x2404,
    RLPML = 0x5004,
    RFCTL = 0x5008,
    SYNQF = 0x55FC,
    SAQF = 0x5980,
    DAQF = 0x59A0,
    SPQF = 0x59C0,
    FTQF = 0x59E0,
    IMIR = 0x5A80,
    IMIREXT = 0x5AA0,
    ETQF = 0x5CB0,
    MTA = 0x5200,
    RAL = 0x5400,
    RAH = 0x5404,
    TARC0 = 0x3840,
};
enum : std::uint32_t {
    ICR_TXDW = 1,
    ICR_LSC = 1 << 2,
    ICR_RXO = 1 << 6,
    ICR_RXT0 = 1 << 7,
    ICR_RXQ0 = 1 << 20,
    ICR_OTHER = 1 << 24
};

}  // namespace

std::byte* MappedMemory::find(std::uint64_t address, std::size_t size) {
    auto it = regions_.upper_bound(address);
    if (it != regions_.begin()) {
        --it;
        const std::uint64_t inside = address - it->first;
        if (inside <= it->second.size && size <= it->second.size - inside) return it->second.address + inside;
    }
    ++refused;
    return nullptr;
}

FakeCard::FakeCard(Family family, FakeClock& clock, Quirks q)
    : quirks(q),
      time(clock, family == Family::igb ? 16ns : 40ns, family == Family::igb),
      family_(family),
      clock_(clock) {
    if (quirks.device_id == 0)
        quirks.device_id = family == Family::e1000 ? 0x100E : family == Family::e1000e ? 0x10D3 : 0x10C9;
    // 52:54:00:12:34:56, low byte first; the last word makes the sum 0xBABA.
    eeprom.assign(64, 0);
    eeprom[0] = 0x5452;
    eeprom[1] = 0x1200;
    eeprom[2] = 0x5634;
    eeprom[63] = static_cast<std::uint16_t>(0xBABA - std::accumulate(eeprom.begin(), eeprom.end(), 0));
    phy[4] = 0x01E1;
    phy[5] = 0x41E1;
    power_on();
}

void FakeCard::power_on() {
    std::ranges::fill(registers_, 0u);
    time.reset();
    reg(CTRL) = family_ == Family::e1000 ? 0x00140240 : 0x00100249;
    reg(EECD) = (quirks.auto_read_never ? 0u : 1u << 9) | (quirks.eeprom_absent ? 0u : 1u << 8);
    reg(RAL) = 0x12005452;
    reg(RAH) = 1u << 31 | 0x5634;
    reg(PBA) = family_ == Family::e1000 ? 0x00100030 : 0x00140014;
    if (family_ == Family::e1000e) reg(TARC0) = reg(TARC0 + 0x100) = 0x403;
    if (family_ == Family::igb) {
        reg(rx_ring(0).control) = reg(tx_ring(0).control) = 1u << 25;
        for (std::uint32_t q = 0; q < queues(); ++q) reg(0xE014 + 0x40 * q) = 0x2A00;
        reg(EEMNGCTL) = 1u << (18 + quirks.function);
        const bool i210 =
            quirks.device_id == 0x1533 || quirks.device_id == 0x157B || quirks.device_id == 0x1539;
        reg(RXPBS) = five_tuples() ? 0x40 : i210 ? 0x22 : 0;
    }
    negotiating_ = false;
    link_ = cable_ && quirks.link_at_reset;
}

// -------------------------------------------------------------------------------------------- Configuration

std::uint32_t FakeCard::config_read(std::uint32_t offset, unsigned width) {
    std::uint32_t value = 0;
    if (offset == 0) value = 0x8086u | std::uint32_t{quirks.device_id} << 16;
    if (offset == 2) value = quirks.device_id;
    if (offset == 4) value = command_;
    if (offset == 8) value = 0x02000003;
    const std::uint32_t mask = ~0u >> (32 - 8 * width);
    return gone() ? mask : value & mask;
}

void FakeCard::config_write(std::uint32_t offset, std::uint32_t value, unsigned) {
    if (offset == 4 && !gone()) command_ = value;
}

hal::Bar& FakeCard::bar(unsigned index) {
    if (index != 0) throw hal::Error(address_ + ": there is no such BAR");
    return *this;
}

void FakeCard::reset() {
    command_ &= ~4u;  // the system restores the rest
    // PCI has no function level reset: nothing happens.
    if (pcie() && !gone()) power_on();
}

// ------------------------------------------------------------------------------------------------ Registers

std::uint32_t FakeCard::load32(std::uint32_t offset) {
    ++accesses_;
    if (gone()) return ~0u;
    if ((command_ & 2) == 0) complain("a register is read with memory space off");
    if (offset == ICR) {
        const std::uint32_t causes = reg(ICR), extended = reg(EICR);
        reg(ICR) = 0;
        update_interrupts(causes & reg(IMS), extended & reg(EIMS));
        return causes;
    }
    if (offset == STATUS) return load_status();
    if (pcie() && FakeTime::owns(offset)) return time.load(offset);
    const bool dropped =
        family_ == Family::igb && offset >= 0xC000 && offset < 0xC400 && offset % 0x40 == 0x30;
    if ((offset >= 0x4000 && offset < 0x4100) || dropped) return load_counter(offset);
    return reg(offset);
}

std::uint32_t FakeCard::load_status() {
    if (negotiating_ && clock_.now() >= link_comes_) {
        negotiating_ = false;
        if (cable_) {
            link_ = true;
            raise(ICR_LSC);
        }
    }
    const std::uint32_t speed = link_mbit == 1000 ? 2 : link_mbit == 100 ? 1 : 0;
    const bool master = pcie() && (quirks.master_stuck || (reg(CTRL) & 4) == 0);
    return (full_duplex ? 1u : 0u) | (link_ ? 2u : 0u) | quirks.function << 2 | speed << 6 |
           (quirks.pcix ? 1u << 13 : 0u) | (master ? 1u << 19 : 0u);
}

// Reading clears; of pairs, reading the upper half clears both.
std::uint32_t FakeCard::load_counter(std::uint32_t offset) {
    const std::uint32_t value = reg(offset);
    for (const std::uint32_t low : {GORCL, GOTCL, TORL, TOTL}) {
        if (offset == low) return value;
        if (offset == low + 4) reg(low) = 0;
    }
    reg(offset) = 0;
    return value;
}

void FakeCard::count(std::uint32_t offset, std::uint64_t n) { reg(offset) += static_cast<std::uint32_t>(n); }

void FakeCard::count_bytes(std::uint32_t low, std::uint64_t n) {
    const std::uint64_t sum = (reg(low) | std::uint64_t{reg(low + 4)} << 32) + n;
    reg(low) = static_cast<std::uint32_t>(sum);
    reg(low + 4) = static_cast<std::uint32_t>(sum >> 32);
}

void FakeCard::store32(std::uint32_t offset, std::uint32_t value) {
    ++accesses_;
    if (gone()) return;
    if ((command_ & 2) == 0) complain("a register is written with memory space off");
    if (offset == CTRL) return store_control(value);
    if (pcie() && FakeTime::owns(offset)) return time.store(offset, value);
    if (offset == EERD) return store_eerd(value);
    if (offset == MDIC) return store_mdic(value);
    if (offset == STATUS || (offset >= 0x4000 && offset < 0x4100)) return;  // read only
    if (store_interrupt_register(offset, value) || store_tail(offset, value)) return;
    if (family_ == Family::igb && quirks.enable_never && offset >= 0xC000 && offset < 0xC400 &&
        offset % 0x40 == 0x28)
        value &= ~(1u << 25);
    reg(offset) = value;
}

void FakeCard::store_control(std::uint32_t value) {
    if ((value & 1u << 26) == 0) {
        reg(CTRL) = value;
        return;
    }
    if (reg(RCTL) & 2) complain("CTRL.RST with RCTL.EN set");
    if (quirks.reset_stuck)
        reg(CTRL) = value;
    else if (quirks.reset_keeps_all)
        reg(CTRL) = value & ~(1u << 26);
    else {
        const std::uint32_t pba = reg(PBA);
        power_on();
        reg(PBA) = pba;  // what the reset is to make effective
    }
}

void FakeCard::store_eerd(std::uint32_t value) {
    reg(EERD) = value;
    if ((value & 1) == 0 || quirks.eeprom_absent) return;
    const std::uint32_t word = family_ == Family::e1000 ? (value >> 8) & 0xFF : (value >> 2) & 0x3FFF;
    const std::uint32_t done = family_ == Family::e1000 ? 1u << 4 : 1u << 1;
    reg(EERD) = (value & 0xFFFF & ~1u) | done | (word < eeprom.size() ? eeprom[word] : 0xFFFFu) << 16;
}

void FakeCard::store_mdic(std::uint32_t value) {
    reg(MDIC) = value;
    if (quirks.phy_silent) return;
    reg(MDIC) |= 1u << 28;
    const bool write = ((value >> 26) & 3) == 1, right = ((value >> 21) & 31) == 1;
    if (quirks.phy_error || !right) {
        reg(MDIC) |= 1u << 30;
        return;
    }
    const std::uint32_t which = (value >> 16) & 31;
    if (!write) {
        const bool complete = link_ && partner_negotiates;
        reg(MDIC) &= ~0xFFFFu;
        reg(MDIC) |= which == 1 ? 0x7949u | (complete ? 0x20u : 0u) : phy[which];
        return;
    }
    if (which != 0 && which != 4) complain("a write of the PHY's register " + std::to_string(which));
    phy[which] = static_cast<std::uint16_t>(value);
    // BMCR: autonegotiation on, and again.
    if (which == 0 && (value & 0x1200) == 0x1200) {
        link_ = false;
        negotiating_ = true;
        link_comes_ = clock_.now() + 500ms;
    }
}

// ----------------------------------------------------------------------------------------------- Interrupts

unsigned FakeCard::interrupt_count(hal::InterruptKind kind) {
    switch (kind) {
        case hal::InterruptKind::intx: return 1;
        case hal::InterruptKind::msi: return pcie() ? 1 : 0;
        case hal::InterruptKind::msix: break;
    }
    return family_ == Family::igb ? 10 : family_ == Family::e1000e ? 5 : 0;
}

void FakeCard::set_interrupts(hal::InterruptKind kind, std::span<const int> event_fds) {
    kind_ = kind;
    fds_.assign(event_fds.begin(), event_fds.end());
    line_masked_ = false;
}

void FakeCard::unmask_intx() {
    line_masked_ = false;
    if (line_high_ && kind_ == hal::InterruptKind::intx) {
        line_masked_ = true;
        signal(0);
    }
}

void FakeCard::signal(std::uint32_t vector) {
    ++messages_[vector];
    if (vector >= fds_.size() || fds_[vector] < 0) return;
    const std::uint64_t one = 1;
    if (::write(fds_[vector], &one, sizeof one) != sizeof one) throw hal::Error("write to an eventfd failed");
}

void FakeCard::raise(std::uint32_t causes) {
    const std::uint32_t old = reg(ICR) & reg(IMS), old_extended = reg(EICR) & reg(EIMS);
    reg(ICR) |= causes;
    if (family_ == Family::igb && (causes & ICR_RXT0) && (reg(GPIE) & 0x10) && (reg(IVAR0) & 0x80))
        reg(EICR) |= 1u << (reg(IVAR0) & 31);
    update_interrupts(old, old_extended);
}

// What is new and not masked calls.
void FakeCard::update_interrupts(std::uint32_t old_causes, std::uint32_t old_extended) {
    const bool messages = kind_ == hal::InterruptKind::msix && !fds_.empty();
    if (family_ == Family::e1000e && messages && (reg(ICR) & (ICR_LSC | ICR_RXO))) reg(ICR) |= ICR_OTHER;
    const std::uint32_t raised = reg(ICR) & reg(IMS) & ~old_causes;
    if (messages && family_ == Family::igb) {
        if ((raised & ICR_LSC) && (reg(IVAR_MISC) & 0x8000)) reg(EICR) |= 1u << ((reg(IVAR_MISC) >> 8) & 31);
        const std::uint32_t extended = reg(EICR) & reg(EIMS) & ~old_extended;
        reg(EICR) &= ~(extended & reg(EIAC));
        for (std::uint32_t v = 0; v < 10; ++v)
            if (extended & 1u << v) signal(v);
        return;
    }
    if (messages) {
        const auto send = [&](std::uint32_t cause, std::uint32_t shift) {
            const std::uint32_t entry = (reg(IVAR_82574) >> shift) & 0xF;
            if ((raised & cause) == 0 || (entry & 8) == 0) return;
            if (reg(EIAC_82574) & cause) {
                reg(ICR) &= ~cause;
                reg(IMS) &= ~cause;
            }
            signal(entry & 7);
        };
        send(ICR_RXQ0, 0);
        send(ICR_RXQ0 << 1, 4);
        send(ICR_OTHER, 16);
        return;
    }
    const bool high = (reg(ICR) & reg(IMS)) != 0;
    if (kind_ == hal::InterruptKind::msi && raised != 0) signal(0);
    if (kind_ == hal::InterruptKind::intx && high && !line_masked_ && !fds_.empty()) {
        line_masked_ = true;
        signal(0);
    }
    line_high_ = high;
}

bool FakeCard::store_interrupt_register(std::uint32_t offset, std::uint32_t value) {
    const std::uint32_t old = reg(ICR) & reg(IMS), old_extended = reg(EICR) & reg(EIMS);
    const bool igb = family_ == Family::igb;
    bool arms = false;
    if (offset == ICR)
        reg(ICR) &= ~value;
    else if (offset == ICS)
        reg(ICR) |= value;
    else if (offset == IMS)
        reg(IMS) |= value, arms = true;
    else if (offset == IMC)
        reg(IMS) &= ~value;
    else if (igb && offset == EIMS)
        reg(EIMS) |= value, arms = true;
    else if (igb && offset == EIMC)
        reg(EIMS) &= ~value;
    else if (igb && offset == EICR)
        reg(EICR) &= ~value;
    else if (igb && offset == EIAC && (reg(GPIE) & 0x10) == 0) {
        complain("EIAC before GPIE does not stick");
        return true;
    } else
        return false;
    update_interrupts(old, old_extended);
    if (arms && when_armed) std::exchange(when_armed, nullptr)();
    return true;
}

void FakeCard::set_link(bool up) {
    cable_ = up;
    negotiating_ = false;
    if (link_ != up) {
        link_ = up;
        raise(ICR_LSC);
    }
}

// ---------------------------------------------------------------------------------------------------- Rings

FakeCard::Ring FakeCard::rx_ring(std::uint32_t q) const {
    const std::uint32_t b = family_ == Family::igb ? 0xC000 + 0x40 * q : 0x2800 + 0x100 * q;
    return {b, b + 4, b + 8, b + 0x10, b + 0x18, b + 0x28, b + 0xC};
}

FakeCard::Ring FakeCard::tx_ring(std::uint32_t q) const {
    const std::uint32_t b = family_ == Family::igb ? 0xE000 + 0x40 * q : 0x3800 + 0x100 * q;
    return {b, b + 4, b + 8, b + 0x10, b + 0x18, b + 0x28, 0};
}

bool FakeCard::store_tail(std::uint32_t offset, std::uint32_t value) {
    for (std::uint32_t q = 0; q < queues(); ++q) {
        const Ring rx = rx_ring(q), tx = tx_ring(q);
        if (offset != rx.tail && offset != tx.tail) continue;
        const Ring& ring = offset == rx.tail ? rx : tx;
        reg(offset) = value;
        if (value == 0 && reg(ring.head) == 0) return true;
        if (value >= reg(ring.length) / 16) complain("a tail beyond the ring");
        const bool on = family_ != Family::igb || (reg(ring.control) & 1u << 25);
        if (!on) complain("a tail of a queue that is off");
        if (offset == rx.tail && (reg(RCTL) & 2) == 0) complain("RDT with receive off");
        if (offset == tx.tail && on) transmit(tx);
        return true;
    }
    return false;
}

void FakeCard::transmit(const Ring& ring) {
    if ((reg(TCTL) & 2) == 0 || !bus_master()) return;
    const std::uint32_t size = reg(ring.length) / 16;
    const std::uint64_t base = reg(ring.low) | std::uint64_t{reg(ring.high)} << 32;
    for (; reg(ring.head) != reg(ring.tail); reg(ring.head) = (reg(ring.head) + 1) % size) {
        std::byte* at = memory_->find(base + 16 * reg(ring.head), 16);
        if (at == nullptr) return;
        std::uint64_t buffer = 0, command = 0;
        std::memcpy(&buffer, at, 8);
        std::memcpy(&command, at + 8, 8);
        const std::size_t length = command & 0xFFFF;
        const bool extended = (command & 1u << 29) != 0, advanced = ((command >> 20) & 15) == 3;
        const std::uint64_t kind = (command >> 20) & 15;
        if (extended && kind == (family_ == Family::igb ? 2u : 0u)) {
            context_ = {buffer, command};
            continue;
        }
        // The 82574's frames that ask for a stamp take extended descriptors.
        const bool stamp = family_ == Family::igb      ? (command & 1u << 19) != 0
                           : family_ == Family::e1000e ? (command & 1ull << 36) != 0 && extended
                                                       : false;
        if (family_ == Family::igb ? !extended || !advanced : extended && kind != 1)
            complain("a descriptor of another format");
        if (outgoing_.empty()) asked = {command, context_};
        const std::byte* data = memory_->find(buffer, length);
        if (data != nullptr) outgoing_.insert(outgoing_.end(), data, data + length);
        if (command & 1u << 27) {
            command |= 1ull << 32;
            std::memcpy(at + 8, &command, 8);
            if ((command & 1u << 24) == 0) complain("RS without EOP");
        }
        if ((command & 1u << 24) == 0) continue;
        if (family_ == Family::igb && (command & 1u << 31) == 0 && command >> 46 != outgoing_.size())
            complain("PAYLEN is not the frame's");
        if ((command & 1u << 25) == 0) complain("a frame without IFCS");
        const std::size_t wire = std::max<std::size_t>(outgoing_.size(), 60) + 4;
        count(TPT), count(GPTC), count_bytes(TOTL, wire), count_bytes(GOTCL, wire);
        if (stamp) time.sent();
        sent.push_back(std::move(outgoing_));
        outgoing_.clear();
    }
}

bool FakeCard::accepts(const Frame& frame) const {
    const auto r = [&](std::uint32_t offset) { return registers_[offset / 4]; };
    const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(frame[i]); };
    const std::uint32_t low = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24,
                        high = byte(4) | byte(5) << 8;
    if (low == ~0u && high == 0xFFFF) return (r(RCTL) & 1u << 15) != 0;
    for (std::uint32_t i = 0; i < (family_ == Family::igb ? 24u : 16u); ++i) {
        const std::uint32_t at = i < 16 ? RAL + 8 * i : 0x54E0 + 8 * (i - 16);
        if (r(at) == low && (r(at + 4) & 0x8000FFFF) == (1u << 31 | high)) return true;
    }
    if ((low & 1) == 0) return (r(RCTL) & 8) != 0;
    const std::uint32_t index = (byte(5) << 4 | byte(4) >> 4) & 0xFFF;
    return (r(RCTL) & 16) != 0 || (r(MTA + index / 32 * 4) & 1u << index % 32) != 0;
}

std::uint32_t FakeCard::buffer_size(const Ring& ring) const {
    const auto r = [&](std::uint32_t offset) { return registers_[offset / 4]; };
    if (family_ == Family::igb) return (r(ring.buffers) & 0x7F) * 1024;
    const std::uint32_t plain = 2048u >> ((r(RCTL) >> 16) & 3);
    return r(RCTL) & 1u << 25 ? plain * 16 : plain;
}

void FakeCard::arrive(const Frame& frame, std::uint64_t errors) {
    if (!link_ || (reg(RCTL) & 2) == 0 || !bus_master()) return;
    count(TPR), count_bytes(TORL, frame.size() + 4);
    const std::uint32_t limit = family_ == Family::igb ? reg(RLPML) & 0x3FFF : reg(RCTL) & 32 ? 16384 : 1522;
    if (frame.size() + 4 > limit) return count(ROC);
    if (errors != 0) count(CRCERRS);
    if (errors != 0 && (reg(RCTL) & 4) == 0) return;
    if (!accepts(frame)) return;
    stamped_ = pcie() && time.received(frame, marked_as_ptp(frame));
    receive(rx_ring(queue_for(frame)), frame, errors);
}

bool FakeCard::marked_as_ptp(const Frame& frame) const {
    if (family_ != Family::igb || frame.size() < 14) return false;
    const std::uint32_t type =
        std::to_integer<std::uint32_t>(frame[12]) << 8 | std::to_integer<std::uint32_t>(frame[13]);
    for (std::uint32_t i = 0; i < 8; ++i) {
        const std::uint32_t filter = registers_[(ETQF + 4 * i) / 4];
        if ((filter & 1u << 26) != 0 && (filter & 0xFFFF) == type) return (filter & 1u << 30) != 0;
    }
    return false;
}

// igb: EtherType filters first, then SYN and tuples in the order that RFCTL.SYNQFP says, among tuples the one
// with the highest priority. There is no RSS here. Frames without VLAN tag and IPv4 options only.
std::uint32_t FakeCard::queue_for(const Frame& frame) const {
    if (family_ != Family::igb || frame.size() < 54) return 0;
    const auto r = [&](std::uint32_t offset) { return registers_[offset / 4]; };
    const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(frame[i]); };
    const std::uint32_t type = byte(12) << 8 | byte(13);
    for (std::uint32_t i = 0; i < 8; ++i)
        if ((r(ETQF + 4 * i) & (1u << 31 | 1u << 26 | 0xFFFF)) == (1u << 31 | 1u << 26 | type))
            return (r(ETQF + 4 * i) >> 16) & 7;
    if (type != 0x0800) return 0;
    const bool syn = (r(SYNQF) & 1) != 0 && byte(23) == 6 && (byte(47) & 0x12) == 2;
    if (syn && (r(RFCTL) & 1u << 19) != 0) return (r(SYNQF) >> 1) & 7;
    std::uint32_t best = 8;
    for (std::uint32_t i = 0; i < 8; ++i)
        if (tuple_matches(i, frame) && (best == 8 || r(IMIR + 4 * i) >> 29 > r(IMIR + 4 * best) >> 29))
            best = i;
    if (best < 8) return (r(FTQF + 4 * best) >> 16) & 15;
    return syn ? (r(SYNQF) >> 1) & 7 : 0;
}

bool FakeCard::tuple_matches(std::uint32_t filter, const Frame& frame) const {
    const auto r = [&](std::uint32_t offset) { return registers_[(offset + 4 * filter) / 4]; };
    const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(frame[i]); };
    const auto four = [&](std::size_t i) {
        return byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    };
    const auto two = [&](std::size_t i) { return byte(i) | byte(i + 1) << 8; };
    const std::uint32_t f = r(FTQF);
    if ((f & 1u << 8) == 0) return false;
    if ((r(IMIREXT) & (1u << 12 | 1u << 19)) != (1u << 12 | 1u << 19))
        return false;                       // size and flags compared
    if ((f & 1u << 15) == 0) return false;  // of one pool only
    if ((f & 1u << 28) == 0 && (f & 0xFF) != byte(23)) return false;
    if ((r(IMIR) & 1u << 17) == 0 && (r(IMIR) & 0xFFFF) != two(36)) return false;
    if (!five_tuples()) return (f & 0xE0000000) == 0xE0000000;  // reserved ones
    return ((f & 1u << 29) != 0 || r(SAQF) == four(26)) && ((f & 1u << 30) != 0 || r(DAQF) == four(30)) &&
           ((f & 1u << 31) != 0 || (r(SPQF) & 0xFFFF) == two(34));
}

void FakeCard::receive(const Ring& ring, const Frame& frame, std::uint64_t errors) {
    const std::uint32_t size = reg(ring.length) / 16, room = buffer_size(ring);
    const bool on = family_ != Family::igb || (reg(ring.control) & 1u << 25);
    const std::uint32_t free = size == 0 ? 0 : (reg(ring.tail) - reg(ring.head) + size) % size;
    const bool crc_stays = (reg(RCTL) & 1u << 26) == 0;
    if (crc_stays) complain("the CRC is not stripped");
    if (!on || free < (frame.size() + room - 1) / room) {
        count(family_ == Family::igb ? ring.low + 0x30 : MPC);
        if (family_ == Family::igb) count(GPRC), count_bytes(GORCL, frame.size() + 4);
        return raise(ICR_RXO);
    }
    count(GPRC), count_bytes(GORCL, frame.size() + 4);
    const std::uint64_t base = reg(ring.low) | std::uint64_t{reg(ring.high)} << 32;
    for (std::size_t at = 0; at < frame.size(); at += room) {
        const std::size_t length = std::min<std::size_t>(room, frame.size() - at);
        std::byte* descriptor = memory_->find(base + 16 * reg(ring.head), 16);
        if (descriptor == nullptr) return;
        std::uint64_t buffer = 0, second = 0;
        std::memcpy(&buffer, descriptor, 8);
        std::memcpy(&second, descriptor + 8, 8);
        if (second != 0) complain("a receive descriptor that is not empty");
        if (std::byte* to = memory_->find(buffer, length)) std::memcpy(to, frame.data() + at, length);
        write_back(descriptor, length, at + length == frame.size(), errors);
        reg(ring.head) = (reg(ring.head) + 1) % size;
    }
    raise(ICR_RXT0 | (family_ == Family::e1000e ? ICR_RXQ0 : 0u));
}

void FakeCard::write_back(std::byte* descriptor, std::size_t length, bool last, std::uint64_t errors) const {
    const std::uint64_t mark = stamped_ ? (family_ == Family::igb ? 1u << 16 : 1u << 8) : 0;
    const std::uint64_t status = last ? 3 | mark : 1;
    const std::uint64_t extended_format = registers_[RFCTL / 4] & 1u << 15;
    const bool legacy = family_ == Family::e1000 || (family_ == Family::e1000e && !extended_format);
    const std::uint64_t high = legacy ? length | status << 32 | (last ? errors : 0) << 40
                                      : status | (last ? errors : 0) << 24 | std::uint64_t{length} << 32;
    const std::uint64_t low = 0;
    if (!legacy) std::memcpy(descriptor, &low, 8);
    std::memcpy(descriptor + 8, &high, 8);
}

}  // namespace ringside::test

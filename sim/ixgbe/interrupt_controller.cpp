#include "sim/ixgbe/interrupt_controller.hpp"

#include "driver/ixgbe/registers.hpp"

#include <algorithm>
#include <bit>

namespace ringside::sim {
namespace {

using hal::Access;
using hal::BankedRegisterArray;
using hal::Register;
using hal::RegisterArray;
using ixgbe::EICR;

// §8.2.3.5, what the driver's table leaves out.
struct EICS : Register<EICS, 0x00808, Access::w1s> {};
struct EIAC : Register<EIAC, 0x00810, Access::rw> {};
struct EIMS : Register<EIMS, 0x00880, Access::w1s> {};
using ixgbe::EIMC;
struct EIAM : Register<EIAM, 0x00890, Access::rw> {};
struct EITRSEL : Register<EITRSEL, 0x00894, Access::rw> {};
struct GPIE : Register<GPIE, 0x00898, Access::rw> {
    static constexpr auto SDP_EN = field<2, 0>("SDP_EN");
    static constexpr auto MULTIPLE_MSIX = bit<4>("MULTIPLE_MSIX");
    static constexpr auto OCD = bit<5>("OCD");
    static constexpr auto EIMEN = bit<6>("EIMEN");
    static constexpr auto EIAME = bit<30>("EIAME");
    static constexpr auto PBA_SUPPORT = bit<31>("PBA_SUPPORT");
};
struct EITR : BankedRegisterArray<EITR, 0x00820, 4, 24, 0x12300, 128, Access::rw> {
    static constexpr auto INTERVAL = field<11, 3>("INTERVAL");  // in 2.048 µs
    static constexpr auto LLI_EN = bit<15>("LLI_EN");
    static constexpr auto LL_CREDIT = field<20, 16>("LL_CREDIT");
    static constexpr auto COUNTER = field<27, 21>("COUNTER");  // the upper 7 of the 9 bits
    static constexpr auto CNT_WDIS = bit<31>("CNT_WDIS");
};
struct IVAR : RegisterArray<IVAR, 0x00900, 4, 64, Access::rw> {};
struct IVAR_MISC : Register<IVAR_MISC, 0x00A00, Access::rw> {};
struct EICS_EX : RegisterArray<EICS_EX, 0x00A90, 4, 2, Access::w1s> {};
struct EIMS_EX : RegisterArray<EIMS_EX, 0x00AA0, 4, 2, Access::w1s> {};
using ixgbe::EIMC_EX;
struct EIAM_EX : RegisterArray<EIAM_EX, 0x00AD0, 4, 2, Access::rw> {};
// §8.2.3.4: pending bit clear. The first register lies apart; those from the third on are virtual functions'.
constexpr std::uint32_t pbacl_first = 0x11068, pbacl_second = 0x110C4, pbacl_last = 0x110DC;

constexpr std::uint32_t vector_causes = EICR::RTXQ.mask;
constexpr std::uint32_t tcp_timer = InterruptController::TCP_TIMER;
constexpr std::uint32_t other_causes = 0x3FFF0000;
constexpr std::uint32_t all_others = other_causes | tcp_timer;
constexpr unsigned sdp_causes_shift = 24;  // SDP0 in EICR; in GPIE it is bit 0

constexpr std::uint8_t entry_valid = 0x80, entry_vector = 0x3F;
constexpr std::chrono::nanoseconds moderation_unit{2048};
constexpr unsigned counter_shift = 2;

constexpr std::size_t table_bytes = InterruptController::vectors * 16;
constexpr std::size_t pba_offset = 0x2000;
constexpr std::uint32_t entry_masked = 1;  // vector control, bit 0

template <class R> constexpr bool in(std::uint32_t offset) {
    return offset >= R::offset(0) && offset <= R::offset(R::count - 1);
}

// The index in a pair of registers of 32 bits each that are one of 64.
template <class R> constexpr unsigned half(std::uint32_t offset) { return (offset - R::offset(0)) / 4; }
constexpr std::uint64_t widen(std::uint32_t value, unsigned half) {
    return std::uint64_t{value} << (32 * half);
}
constexpr std::uint32_t narrow(std::uint64_t value, unsigned half) {
    return static_cast<std::uint32_t>(value >> (32 * half));
}

constexpr bool is_eitr(std::uint32_t offset) {
    return (offset >= EITR::offset(0) && offset <= EITR::offset(23)) ||
           (offset >= EITR::offset(24) && offset <= EITR::offset(127));
}
constexpr unsigned eitr_index(std::uint32_t offset) {
    return offset <= EITR::offset(23) ? (offset - EITR::offset(0)) / 4 : 24 + (offset - EITR::offset(24)) / 4;
}

template <class Visit> void for_each_bit(std::uint64_t bits, Visit visit) {
    for (; bits != 0; bits &= bits - 1) visit(static_cast<unsigned>(std::countr_zero(bits)));
}

}  // namespace

InterruptController::InterruptController(hal::Clock& clock) : clock_(clock) {}

void InterruptController::attach(Interrupts& interrupts) {
    interrupts_ = &interrupts;
    update_line(false);
    deliver_due();
}

// ------------------------------------------------------------------------------------------------------
// registers

bool InterruptController::handles(std::uint32_t offset) {
    switch (offset) {
        case EICR::offset():
        case EICS::offset():
        case EIAC::offset():
        case EIMS::offset():
        case EIMC::offset():
        case EIAM::offset():
        case EITRSEL::offset():
        case GPIE::offset():
        case IVAR_MISC::offset():
        case pbacl_first: return true;
        default:
            return is_eitr(offset) || in<IVAR>(offset) || in<EICS_EX>(offset) || in<EIMS_EX>(offset) ||
                   in<EIMC_EX>(offset) || in<EIAM_EX>(offset) ||
                   (offset >= pbacl_second && offset <= pbacl_last);
    }
}

std::uint32_t InterruptController::read(std::uint32_t offset) {
    switch (offset) {
        case EICR::offset(): return read_and_clear_causes();
        case EICS::offset(): return read_causes();  // the card's drivers look here in order not to clear
        case EIAC::offset(): return auto_clear_;
        case EIMS::offset(): return narrow(mask_ & legacy_bits, 0) | others_mask_;
        case EIAM::offset(): return narrow(auto_mask_ & legacy_bits, 0) | others_auto_mask_;
        case EITRSEL::offset(): return eitrsel_;
        case GPIE::offset(): return gpie_;
        case pbacl_first: return narrow(pending_, 0);
        case pbacl_second: return narrow(pending_, 1);
        default: break;
    }
    if (is_eitr(offset)) return read_moderation(eitr_index(offset));
    if (in<EICS_EX>(offset)) return narrow(causes_, half<EICS_EX>(offset));
    if (in<EIMS_EX>(offset)) return narrow(mask_, half<EIMS_EX>(offset));
    if (in<EIAM_EX>(offset)) return narrow(auto_mask_, half<EIAM_EX>(offset));
    return read_map(offset);
}

void InterruptController::write(std::uint32_t offset, std::uint32_t value) {
    switch (offset) {
        case EICR::offset(): return clear_causes(value);
        case EICS::offset(): return set_causes(value & vector_causes, value & all_others);
        case EIAC::offset(): auto_clear_ = value & (vector_causes | all_others); return;
        case EIMS::offset(): return unmask(value & vector_causes, value & all_others);
        case EIMC::offset(): return mask(value & vector_causes, value & all_others);
        case EIAM::offset():
            auto_mask_ = (auto_mask_ & ~legacy_bits) | (value & vector_causes);
            others_auto_mask_ = value & all_others;
            return;
        case EITRSEL::offset(): eitrsel_ = value; return;
        case GPIE::offset(): return write_enable(value);
        case pbacl_first: pending_ &= ~widen(value, 0); return;
        case pbacl_second: pending_ &= ~widen(value, 1); return;
        default: break;
    }
    if (is_eitr(offset)) return write_moderation(eitr_index(offset), value);
    if (!write_map(offset, value)) write_extended(offset, value);
}

bool InterruptController::write_extended(std::uint32_t offset, std::uint32_t value) {
    if (in<EICS_EX>(offset)) {
        set_causes(widen(value, half<EICS_EX>(offset)), 0);
    } else if (in<EIMS_EX>(offset)) {
        unmask(widen(value, half<EIMS_EX>(offset)), 0);
    } else if (in<EIMC_EX>(offset)) {
        mask(widen(value, half<EIMC_EX>(offset)), 0);
    } else if (in<EIAM_EX>(offset)) {
        const unsigned index = half<EIAM_EX>(offset);
        auto_mask_ = (auto_mask_ & ~widen(~0u, index)) | widen(value, index);
    } else {
        return false;
    }
    return true;
}

std::uint32_t InterruptController::read_map(std::uint32_t offset) const {
    std::uint32_t value = 0;
    if (offset == IVAR_MISC::offset()) {
        value = other_map_[0] | std::uint32_t{other_map_[1]} << 8;
    } else if (in<IVAR>(offset)) {
        const std::size_t first = offset - IVAR::offset(0);  // four entries to a register, like bytes
        for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{queue_map_[first + i]} << (8 * i);
    }
    return value;
}

bool InterruptController::write_map(std::uint32_t offset, std::uint32_t value) {
    const auto entry = [value](unsigned i) {
        return static_cast<std::uint8_t>((value >> (8 * i)) & (entry_valid | entry_vector));
    };
    if (offset == IVAR_MISC::offset()) {
        other_map_ = {entry(0), entry(1)};
    } else if (in<IVAR>(offset)) {
        const std::size_t first = offset - IVAR::offset(0);
        for (unsigned i = 0; i < 4; ++i) queue_map_[first + i] = entry(i);
    } else {
        return false;
    }
    return true;
}

std::uint32_t InterruptController::read_moderation(unsigned vector) const {
    const Moderation& m = moderation_[vector];
    const hal::Clock::Duration now = clock_.now();
    if (m.not_before <= now) return m.setting;
    const auto counter = static_cast<std::uint64_t>((m.not_before - now) / moderation_unit) >> counter_shift;
    return m.setting | EITR::COUNTER(static_cast<std::uint32_t>(std::min<std::uint64_t>(counter, 0x7F))).bits;
}

void InterruptController::write_moderation(unsigned vector, std::uint32_t value) {
    Moderation& m = moderation_[vector];
    m.setting = value & (EITR::INTERVAL.mask | EITR::LLI_EN.mask | EITR::LL_CREDIT.mask);
    m.interval = EITR::INTERVAL.extract(value) * moderation_unit;
    if (EITR::CNT_WDIS.extract(value)) return;  // the counter goes on as it is
    const std::uint32_t counter = EITR::COUNTER.extract(value) << counter_shift;
    m.not_before = counter == 0 ? hal::Clock::Duration::min() : clock_.now() + counter * moderation_unit;
}

void InterruptController::write_enable(std::uint32_t value) {
    const bool was_multiple = multiple_msix_;
    gpie_ = value;
    multiple_msix_ = GPIE::MULTIPLE_MSIX.extract(value);
    vector_field_ = multiple_msix_ ? entry_vector : 0x0F;
    if (multiple_msix_ == was_multiple) return;
    wanted_ = 0;
    update_line(false);
    if (!multiple_msix_) return;
    notify(causes_ & mask_, false);
    notify_others(others_ & others_mask_, false);
}

std::uint32_t InterruptController::read_causes() const {
    return narrow(causes_ & legacy_bits, 0) | others_ | (others_ != 0 ? EICR::OTHER.mask : 0);
}

// With OCD ("other clear disable" of the queue causes) a read clears the other causes only.
std::uint32_t InterruptController::read_and_clear_causes() {
    const std::uint32_t value = read_causes();
    clear_causes(GPIE::OCD.extract(gpie_) ? other_causes : vector_causes | all_others);
    return value;
}

// By reading or by writing ones; where there is one interrupt for all, EIAM then masks.
void InterruptController::clear_causes(std::uint32_t value) {
    causes_ &= ~Bits{value & vector_causes};
    others_ &= ~value;
    if (multiple_msix_) return;
    mask_ &= ~auto_mask_;
    others_mask_ &= ~others_auto_mask_;
    update_line(false);
}

// EICS: as if it had happened, and EITR does not hold it back if EIMEN says so.
void InterruptController::set_causes(Bits vectors_set, std::uint32_t others) {
    if (!multiple_msix_) unmask(auto_mask_, others_auto_mask_);
    raise(vectors_set, others, GPIE::EIMEN.extract(gpie_));
}

void InterruptController::unmask(Bits vectors_set, std::uint32_t others) {
    const Bits fresh = vectors_set & ~mask_;
    const std::uint32_t fresh_others = others & ~others_mask_;
    mask_ |= vectors_set;
    others_mask_ |= others;
    if (GPIE::PBA_SUPPORT.extract(gpie_)) {
        // The pending bits go; what is still there to be told asks again.
        const Bits again = vectors_set & pending_;
        pending_ &= ~again;
        for_each_bit(again, [this](unsigned vector) { request(vector, false); });
    }
    notify(fresh & causes_, false);
    notify_others(fresh_others & others_, false);
}

void InterruptController::mask(Bits vectors_set, std::uint32_t others) {
    mask_ &= ~vectors_set;
    others_mask_ &= ~others;
    if (!multiple_msix_) update_line(false);
}

// -------------------------------------------------------------------------------------------- from cause to
// message

void InterruptController::rx_low_event(unsigned queue) {
    const std::uint8_t entry = queue_map_[queue * 2];
    if ((entry & entry_valid) == 0) return;
    const Bits cause = bit(entry & vector_field_);
    causes_ |= cause;
    notify(cause & mask_, true);
}

void InterruptController::other_event(std::uint32_t bits) {
    const std::uint32_t pins = SDP0 | SDP1 | SDP2;
    const std::uint32_t enabled = GPIE::SDP_EN.extract(gpie_) << sdp_causes_shift;
    raise(0, bits & all_others & (~pins | enabled), false);
}

void InterruptController::raise(Bits vectors_set, std::uint32_t others, bool immediate) {
    const Bits fresh = vectors_set & ~causes_;
    const std::uint32_t fresh_others = others & ~others_;
    causes_ |= vectors_set;
    others_ |= others;
    notify(fresh & mask_, immediate);
    notify_others(fresh_others & others_mask_, immediate);
}

// Vector causes that appeared and are not masked.
void InterruptController::notify(Bits due, bool immediate) {
    if (due == 0) return;
    if (!multiple_msix_) return signal_legacy(immediate);
    for_each_bit(due, [&](unsigned vector) { request(vector, immediate); });
}

void InterruptController::notify_others(std::uint32_t due, bool immediate) {
    if (due == 0) return;
    if (!multiple_msix_) return signal_legacy(immediate);
    const auto request_by = [&](std::uint8_t entry) {
        if ((entry & entry_valid) != 0) request(entry & entry_vector, immediate);
    };
    if ((due & tcp_timer) != 0) request_by(other_map_[0]);
    if ((due & other_causes) != 0) request_by(other_map_[1]);
}

void InterruptController::request(unsigned vector, bool immediate) {
    wanted_ |= bit(vector);
    deliver(vector, immediate);
}

// Sends what is wanted of a vector if nothing speaks against it any more.
void InterruptController::deliver(unsigned vector, bool immediate) {
    if (!active(vector)) {
        wanted_ &= ~bit(vector);
        return;
    }
    if (!immediate && !interval_over(vector)) return;
    if (interrupts_ == nullptr) return;
    if (!multiple_msix_ && !uses_messages()) {
        wanted_ &= ~bit(vector);
        return update_line(true);
    }
    if (!bus_master_) return;
    wanted_ &= ~bit(vector);
    const bool by_table = multiple_msix_ || interrupts_->msix_enabled();
    if (by_table && (function_masked_ || (table_masks_ & bit(vector)) != 0))
        pending_ |= bit(vector);
    else
        send(vector);
}

void InterruptController::deliver_due() {
    for_each_bit(wanted_, [this](unsigned vector) { deliver(vector, false); });
    if (!multiple_msix_) update_line(false);
}

void InterruptController::send(unsigned vector) {
    start_interval(vector);
    if (multiple_msix_) clear_and_mask_automatically(vector);
    interrupts_->message(vector);
}

void InterruptController::clear_and_mask_automatically(unsigned vector) {
    const std::uint32_t others = others_of(vector);
    causes_ &= ~(bit(vector) & (auto_clear_ | ~legacy_bits));
    others_ &= ~(others & auto_clear_);
    if (!GPIE::EIAME.extract(gpie_)) return;
    mask_ &= ~(bit(vector) & auto_mask_);
    others_mask_ &= ~(others & others_auto_mask_);
}

// The other causes that IVAR_MISC gives to a vector.
std::uint32_t InterruptController::others_of(unsigned vector) const {
    const auto leads_here = [vector](std::uint8_t entry) { return entry == (entry_valid | vector); };
    return (leads_here(other_map_[0]) ? tcp_timer : 0) | (leads_here(other_map_[1]) ? other_causes : 0);
}

// True if there is still something to tell by this vector.
bool InterruptController::active(unsigned vector) const {
    if (!multiple_msix_) return vector == 0 && legacy_active();
    return (causes_ & mask_ & bit(vector)) != 0 || (others_ & others_mask_ & others_of(vector)) != 0;
}

bool InterruptController::uses_messages() const {
    return interrupts_ != nullptr && (interrupts_->msix_enabled() || interrupts_->msi_enabled());
}

// One interrupt for all: a message, or the line.
void InterruptController::signal_legacy(bool immediate) {
    if (uses_messages())
        request(0, immediate);
    else
        update_line(immediate);
}

void InterruptController::update_line(bool immediate) {
    if (interrupts_ == nullptr) return;
    const bool level = line_wanted() && !line_disabled_ && !uses_messages();
    if (level == line_high_) return;
    if (level && !immediate && !interval_over(0)) {
        wanted_ |= bit(0);
        return;
    }
    if (level) start_interval(0);
    line_high_ = level;
    interrupts_->line(level);
}

bool InterruptController::interval_over(unsigned vector) const {
    const Moderation& m = moderation_[vector];
    return m.not_before == hal::Clock::Duration::min() || clock_.now() >= m.not_before;
}

void InterruptController::start_interval(unsigned vector) {
    Moderation& m = moderation_[vector];
    m.not_before = m.interval.count() == 0 ? hal::Clock::Duration::min() : clock_.now() + m.interval;
}

std::optional<hal::Clock::Duration> InterruptController::next_deadline() const {
    std::optional<hal::Clock::Duration> earliest;
    if (interrupts_ == nullptr || !bus_master_) return earliest;
    for_each_bit(wanted_, [&](unsigned vector) {
        const auto due = moderation_[vector].not_before;
        if (!earliest || due < *earliest) earliest = due;
    });
    return earliest;
}

// ------------------------------------------------------------------------------------------------- MSI-X and
// its BAR

void InterruptController::mask_vector(unsigned vector, bool masked) {
    if (vector >= vectors) return;
    table_[vector * 4 + 3] = masked ? entry_masked : 0;
    table_masks_ = masked ? table_masks_ | bit(vector) : table_masks_ & ~bit(vector);
    release_pending();
}

void InterruptController::mask_function(bool masked) {
    function_masked_ = masked;
    release_pending();
}

void InterruptController::set_bus_master(bool on) {
    bus_master_ = on;
    release_pending();
    if (on) deliver_due();
}

void InterruptController::disable_line(bool off) {
    line_disabled_ = off;
    update_line(false);
}

void InterruptController::release_pending() {
    if (function_masked_ || !bus_master_ || interrupts_ == nullptr) return;
    const Bits free = pending_ & ~table_masks_;
    pending_ &= ~free;
    for_each_bit(free, [this](unsigned vector) { send(vector); });
}

void InterruptController::bar4_read(std::uint64_t offset, std::span<std::byte> out) const {
    for (std::byte& byte : out) {
        const auto shift = static_cast<unsigned>(offset % 8) * 8;
        std::uint64_t word = 0;
        if (offset < table_bytes)
            word = std::uint64_t{table_[offset / 4]} << (offset / 4 % 2 * 32);
        else if (offset / 8 == pba_offset / 8)
            word = pending_;
        byte = static_cast<std::byte>(word >> shift);
        ++offset;
    }
}

// The pending bits are read only (PCI 3.0 §6.8.2.5), the rest of the BAR is empty.
void InterruptController::bar4_write(std::uint64_t offset, std::span<const std::byte> data) {
    for (std::size_t i = 0; i < data.size() && offset + i < table_bytes; ++i) {
        const std::uint64_t at = offset + i;
        const auto shift = static_cast<unsigned>(at % 4) * 8;
        std::uint32_t& word = table_[at / 4];
        word = (word & ~(0xFFu << shift)) | std::to_integer<std::uint32_t>(data[i]) << shift;
        if (at % 16 == 0) word &= ~0x3u;  // the address is a multiple of 4
    }
    const std::uint64_t last = std::min<std::uint64_t>(offset + data.size(), table_bytes);
    for (std::uint64_t control = offset / 16 * 16 + 12; control < last; control += 16)
        if (control + 4 > offset)
            mask_vector(static_cast<unsigned>(control / 16), (table_[control / 4] & 1) != 0);
}

// ------------------------------------------------------------------------------------------------------------
// reset

void InterruptController::reset() {
    causes_ = mask_ = auto_mask_ = 0;
    others_ = others_mask_ = others_auto_mask_ = 0;
    auto_clear_ = gpie_ = eitrsel_ = 0;
    multiple_msix_ = false;
    vector_field_ = 0x0F;
    queue_map_.fill(0);
    other_map_.fill(0);
    moderation_.fill({});
    wanted_ = pending_ = 0;
    update_line(false);
}

void InterruptController::reset_function() {
    reset();
    table_.fill(0);
    table_masks_ = 0;
}

}  // namespace ringside::sim

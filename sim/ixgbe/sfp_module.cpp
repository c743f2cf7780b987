#include "sim/ixgbe/sfp_module.hpp"

#include "driver/ixgbe/registers.hpp"

#include <algorithm>
#include <numeric>

namespace ringside::sim {
namespace {

using ixgbe::I2CCTL;

constexpr std::uint8_t first_device_address = 0xA0;  // 0xA2 is the second page; bit 0 says read

// SFF-8472 table 4-1, table 9-11: where the checksums are, and the bytes that they cover from `first` on.
void add_checksum(std::array<std::uint8_t, 256>& page, std::size_t first, std::size_t at) {
    page[at] = static_cast<std::uint8_t>(std::accumulate(page.begin() + static_cast<std::ptrdiff_t>(first),
                                                         page.begin() + static_cast<std::ptrdiff_t>(at), 0u));
}

void put16(std::array<std::uint8_t, 256>& page, std::size_t at, int value) {
    page[at] = static_cast<std::uint8_t>(value >> 8);
    page[at + 1] = static_cast<std::uint8_t>(value);
}

// Units of the diagnostics, SFF-8472 table 9-2.
constexpr int celsius(double degrees) { return static_cast<int>(degrees * 256); }
constexpr int volts(double v) { return static_cast<int>(v * 10'000); }
constexpr int milliamperes(double ma) { return static_cast<int>(ma * 500); }
constexpr int milliwatts(double mw) { return static_cast<int>(mw * 10'000); }

}  // namespace

SfpModule::SfpModule(SfpKind kind) : kind_(kind) {
    if (kind == SfpKind::absent) return;
    slaves_[0].answers = true;
    fill_identity();
    if (kind == SfpKind::da) return;  // a cable measures nothing
    slaves_[1].answers = true;
    fill_diagnostics();
}

// SFF-8472 chapter 5 and 7
void SfpModule::fill_identity() {
    Page& page = slaves_[0].bytes;
    const bool optical = kind_ != SfpKind::da;
    const bool sr = kind_ == SfpKind::sr;
    page[0] = 0x03;                                           // an SFP or SFP+
    page[1] = 0x04;                                           // identified by this page alone
    page[2] = optical ? 0x07 : 0x21;                          // connector: LC; copper pigtail
    page[3] = !optical ? 0x00 : sr ? 0x10 : 0x20;             // 10GBASE-SR, 10GBASE-LR
    page[8] = optical ? 0x00 : 0x04;                          // passive cable
    page[11] = optical ? 0x06 : 0x00;                         // 64B/66B
    page[12] = 103;                                           // nominal rate, in 100 MBd
    if (kind_ == SfpKind::lr) page[14] = 10, page[15] = 100;  // reach: kilometres, 100 m
    if (sr) page[16] = 8, page[17] = 3, page[19] = 30;        // OM2, OM1, OM3, in 10 m
    if (!optical) page[18] = 1;                               // length of the cable in metres
    text(page, 20, 16, "Ringside");
    page[37] = 0x00, page[38] = 0x1B, page[39] = 0x21;  // OUI: what cards that take only their maker's accept
    text(page, 40, 16, sr ? "SIM-SFP-10G-SR" : optical ? "SIM-SFP-10G-LR" : "SIM-SFP-10G-DA1M");
    text(page, 56, 4, "1");
    if (optical)
        put16(page, 60, sr ? 850 : 1310);  // wavelength in nm
    else
        page[60] = 0x01;        // passive cable after SFF-8431 appendix E
    add_checksum(page, 0, 63);  // CC_BASE

    page[65] = optical ? 0x1A : 0x00;  // has TX_DISABLE, TX_FAULT, LOS
    text(page, 68, 16, "SIM0000001");
    text(page, 84, 8, "260101");
    page[92] = optical ? 0x68 : 0x00;  // diagnostics, calibrated inside, average power
    page[94] = optical ? 0x05 : 0x00;  // SFF-8472 revision 11
    add_checksum(page, 64, 95);        // CC_EXT
}

// SFF-8472 chapter 9
void SfpModule::fill_diagnostics() {
    Page& page = slaves_[1].bytes;
    struct Quantity {
        int high_alarm, low_alarm, high_warning, low_warning, now;
    };
    const std::array<Quantity, 5> quantities{{
        {celsius(78), celsius(-13), celsius(73), celsius(-8), celsius(35.5)},
        {volts(3.7), volts(2.9), volts(3.6), volts(3.0), volts(3.3)},
        {milliamperes(13.2), milliamperes(4), milliamperes(12.6), milliamperes(5), milliamperes(6)},
        {milliwatts(2.0), milliwatts(0.1), milliwatts(1.5), milliwatts(0.2), milliwatts(0.6)},
        {milliwatts(2.0), milliwatts(0.02), milliwatts(1.5), milliwatts(0.05), milliwatts(0.5)},
    }};
    for (std::size_t i = 0; i < quantities.size(); ++i) {
        const Quantity& q = quantities[i];
        put16(page, 8 * i, q.high_alarm);
        put16(page, 8 * i + 2, q.low_alarm);
        put16(page, 8 * i + 4, q.high_warning);
        put16(page, 8 * i + 6, q.low_warning);
        put16(page, 96 + 2 * i, q.now);
    }
    // Calibration: everything is calibrated inside, so factors are 1 and offsets 0.
    put16(page, 68, 0x3F80);  // receive power, linear term: 1.0f
    for (std::size_t slope = 76; slope <= 88; slope += 4) put16(page, slope, 0x0100);
    add_checksum(page, 0, 95);
}

void SfpModule::text(Page& page, std::size_t at, std::size_t width, const std::string& what) {
    for (std::size_t i = 0; i < width; ++i)
        page[at + i] = i < what.size() ? static_cast<std::uint8_t>(what[i]) : std::uint8_t{' '};
}

std::span<const std::uint8_t> SfpModule::identity() const {
    if (!slaves_[0].answers) return {};
    return slaves_[0].bytes;
}

std::span<const std::uint8_t> SfpModule::diagnostics() const {
    if (!slaves_[1].answers) return {};
    return slaves_[1].bytes;
}

std::uint32_t SfpModule::read() const {
    return (I2CCTL::CLK_IN(clock_level()) | I2CCTL::DATA_IN(data_level()) | I2CCTL::CLK_OUT(clock_) |
            I2CCTL::DATA_OUT(data_))
        .bits;
}

void SfpModule::write(std::uint32_t value) {
    drive(I2CCTL::CLK_OUT.extract(value), I2CCTL::DATA_OUT.extract(value));
}

// Where both lines change at once, data changes while the clock is low, so that it is neither start nor stop.
void SfpModule::drive(bool clock, bool data) {
    if (clock_ && !clock) {
        clock_ = false;
        clock_falls();
    }
    if (data != data_) {
        const bool before = data_level();
        data_ = data;
        if (clock_ && data_level() != before) data_edge(data_level());
    }
    if (!clock_ && clock) {
        clock_ = true;
        clock_rises();
    }
}

// Data moves while the clock is high: start (falls), also in the midst of a transfer, or stop (rises). The
// module does not pull at that moment, or the line would not have moved.
void SfpModule::data_edge(bool level) {
    phase_ = !level && present() ? Phase::device_address : Phase::idle;
    bits_ = 0;
    shift_ = 0;
}

void SfpModule::clock_rises() {
    switch (phase_) {
        case Phase::device_address:
        case Phase::word_address:
        case Phase::data_in:
            if (acknowledging_) return;
            shift_ = static_cast<std::uint8_t>(shift_ << 1 | (data_level() ? 1 : 0));
            ++bits_;
            return;
        case Phase::master_ack:
            // Not acknowledged: the master has enough, and the lines are its own until the next start.
            phase_ = data_level() ? Phase::idle : Phase::data_out;
            return;
        default: return;
    }
}

void SfpModule::clock_falls() {
    if (acknowledging_) {
        acknowledging_ = false;
        pulls_low_ = false;
    }
    if (phase_ == Phase::data_out) return next_byte_out();
    if (bits_ == 8) {
        bits_ = 0;
        byte_received();
    }
}

// The eighth bit is in: acknowledge, and know what comes next. Not for us: silence until the next start.
void SfpModule::byte_received() {
    switch (phase_) {
        case Phase::device_address: {
            const unsigned page = (shift_ & 0xFEu) == first_device_address       ? 0
                                  : (shift_ & 0xFEu) == first_device_address + 2 ? 1
                                                                                 : 2;
            if (page == 2 || !slaves_[page].answers) {
                phase_ = Phase::idle;
                return;
            }
            chosen_ = &slaves_[page];
            phase_ = (shift_ & 1u) != 0 ? Phase::data_out : Phase::word_address;
            break;
        }
        case Phase::word_address:
            chosen_->pointer = shift_;
            phase_ = Phase::data_in;
            break;
        default: break;  // data: write protected, acknowledged all the same
    }
    shift_ = 0;
    acknowledging_ = true;
    pulls_low_ = true;
}

// A falling edge while we are sending: the next bit, or after the eighth the line for the master's
// acknowledge.
void SfpModule::next_byte_out() {
    if (bits_ == 8) {
        bits_ = 0;
        ++chosen_->pointer;
        pulls_low_ = false;
        phase_ = Phase::master_ack;
        return;
    }
    pulls_low_ = (chosen_->bytes[chosen_->pointer] >> (7 - bits_) & 1u) == 0;
    ++bits_;
}

}  // namespace ringside::sim

#include "sim/ixgbe/eeprom.hpp"

#include "driver/ixgbe/registers.hpp"
#include "hal/error.hpp"

#include <algorithm>
#include <string>

namespace ringside::sim {
namespace {

constexpr std::uint16_t erased = 0xFFFF;
constexpr std::uint16_t end_of_list = 0xFFFF;

// §8.2.3.2.1, the wires of the chip; PRES and ARD are known to the driver's table.
struct Eec : hal::Register<Eec, ixgbe::EEC::offset(), hal::Access::rw> {
    static constexpr auto SK = bit<0>("SK");
    static constexpr auto CS = bit<1>("CS");
    static constexpr auto DI = bit<2>("DI");
    static constexpr auto DO = bit<3>("DO");
    static constexpr auto FWE = field<5, 4>("FWE");
    static constexpr auto REQ = bit<6>("REQ");
    static constexpr auto GNT = bit<7>("GNT");
    static constexpr auto PRES = bit<8>("PRES");
    static constexpr auto ARD = bit<9>("ARD");
    static constexpr auto ADDR_SIZE = bit<10>("ADDR_SIZE");  // 1: 16 bits
    static constexpr auto SIZE = field<14, 11>("SIZE");      // words = 1 << (SIZE + 6)
};
// §8.2.3.2.2; EEWR has the same fields.
using ixgbe::EERD;
constexpr std::uint32_t eewr_offset = 0x10018;

constexpr std::uint32_t eec_writable =
    Eec::SK.mask | Eec::CS.mask | Eec::DI.mask | Eec::FWE.mask | Eec::REQ.mask | Eec::ADDR_SIZE.mask;
constexpr std::uint32_t eec_reset = (Eec::FWE(3) | Eec::ADDR_SIZE(true)).bits;
constexpr std::uint32_t size_code = 2;
static_assert(EepromImage::size == 1u << (size_code + 6));

// Commands of serial EEPROMs. Small chips take the ninth address bit in bit 3 of READ.
constexpr std::uint32_t command_read = 0x03, command_read_upper = 0x0B, command_read_status = 0x05;

// The kinds of module that the lists of word 0x2B are for, as drivers number them: one for each port.
constexpr std::uint16_t direct_attach_port0 = 3, direct_attach_port1 = 4, optical_port0 = 5,
                        optical_port1 = 6;

}  // namespace

EepromImage::EepromImage() {
    words_.fill(erased);
    std::fill_n(words_.begin(), std::size_t{first_free}, std::uint16_t{0});
}

std::uint16_t EepromImage::append(std::span<const std::uint16_t> words) {
    if (words.size() > size - next_)
        throw hal::Error("add " + std::to_string(words.size()) + " words to an EEPROM image: only " +
                         std::to_string(size - next_) + " are free");
    const auto address = static_cast<std::uint16_t>(next_);
    std::ranges::copy(words, words_.begin() + address);
    next_ += words.size();
    return address;
}

void EepromImage::append_section(std::uint16_t pointer_word, std::span<const std::uint16_t> words) {
    const std::array<std::uint16_t, 1> length{static_cast<std::uint16_t>(words.size())};
    if (words.size() + 1 > size - next_) throw hal::Error("add a section to an EEPROM image: no room for it");
    set(pointer_word, append(length));
    append(words);
}

std::uint16_t EepromImage::checksum() const {
    const auto usable = [](std::size_t pointer) { return pointer != 0 && pointer < size; };
    unsigned sum = 0;
    for (std::size_t i = 0; i < checksum_word; ++i) sum += words_[i];
    for (std::size_t i = first_pointer; i <= last_pointer; ++i) {
        const std::size_t section = words_[i];
        if (!usable(section)) continue;
        const std::size_t length = words_[section];
        if (length == 0 || length >= size - section) continue;
        for (std::size_t j = section + 1; j <= section + length; ++j) sum += words_[j];
    }
    return static_cast<std::uint16_t>(checksum_sum - sum);
}

EepromImage make_eeprom(const std::array<std::uint8_t, 6>& mac, bool sfp) {
    EepromImage image;
    const auto pair = [&mac](std::size_t i) { return static_cast<std::uint16_t>(mac[i] | mac[i + 1] << 8); };
    const std::array<std::uint16_t, 3> address{pair(0), pair(2), pair(4)};
    image.append_section(EepromImage::core0_pointer, address);
    if (sfp) {
        // Firmware: a pointer at its word 4 leads to a block whose word 7 is the version.
        const std::array<std::uint16_t, 8> version{0, 0, 0, 0, 0, 0, 0, 6};
        const std::uint16_t version_block = image.append(version);
        const std::array<std::uint16_t, 5> firmware{0, erased, erased, erased, version_block};
        image.set(EepromImage::firmware_pointer, image.append(firmware));

        // Each list: its length, words for CORECTL, end.
        const std::array<std::uint16_t, 4> direct_attach{2, 0x0101, 0x0202, end_of_list};
        const std::array<std::uint16_t, 4> optical{2, 0x0303, 0x0404, end_of_list};
        const std::uint16_t da = image.append(direct_attach), sr = image.append(optical);
        const std::array<std::uint16_t, 10> index{4,  direct_attach_port0, da, direct_attach_port1,
                                                  da, optical_port0,       sr, optical_port1,
                                                  sr, end_of_list};
        image.set(EepromImage::sfp_init_list_pointer, image.append(index));
        image.set(EepromImage::device_capabilities, 1u << 7);  // link needs no look at the module-present pin
    }
    image.seal();
    return image;
}

// ------------------------------------------------------------------------------------------------------ SPI
// chip

void SpiEeprom::deselect() {
    selected_ = false;
    clock_ = false;
    data_out_ = false;
}

void SpiEeprom::drive(bool select, bool clock, bool data_in, unsigned address_bits) {
    if (select) return deselect();
    if (!selected_) {
        selected_ = true;
        phase_ = Phase::command;
        shift_ = 0;
        bits_ = 0;
        clock_ = clock;
        return;
    }
    const bool rises = clock && !clock_, falls = !clock && clock_;
    clock_ = clock;
    if (rises) rising_edge(data_in, address_bits);
    if (falls) falling_edge();
}

void SpiEeprom::rising_edge(bool data_in, unsigned address_bits) {
    if (phase_ != Phase::command && phase_ != Phase::address) return;
    shift_ = shift_ << 1 | (data_in ? 1u : 0u);
    ++bits_;
    if (phase_ == Phase::command && bits_ == 8) return decode_command();
    if (phase_ == Phase::address && bits_ == address_bits) {
        address_ |= shift_;
        phase_ = Phase::read;
        bits_ = 0;
    }
}

void SpiEeprom::decode_command() {
    // Where the address has 16 bits of its own, the ninth bit means what bit 8 of the address means.
    address_ = shift_ == command_read_upper ? 0x100 : 0;
    const bool read = shift_ == command_read || shift_ == command_read_upper;
    phase_ = read ? Phase::address : shift_ == command_read_status ? Phase::status : Phase::ignore;
    shift_ = 0;
    bits_ = 0;
}

// The master samples at the rising edge, so the bit must be there after the falling edge before it.
void SpiEeprom::falling_edge() {
    data_out_ = false;
    if (phase_ != Phase::read) return;  // status: ready, nothing protected: all zeros
    data_out_ = (byte_at(address_) >> (7 - bits_) & 1u) != 0;
    if (++bits_ == 8) {
        bits_ = 0;
        ++address_;
    }
}

std::uint8_t SpiEeprom::byte_at(std::uint32_t address) const {
    const std::uint16_t word = image_[address / 2 % EepromImage::size];
    return static_cast<std::uint8_t>(address % 2 == 0 ? word : word >> 8);
}

// ------------------------------------------------------------------------------------------------------
// registers

Eeprom::Eeprom(const EepromImage& image, const Options& options, hal::Clock& clock)
    : image_(image), options_(options), clock_(clock), chip_(image_) {
    reset();
}

void Eeprom::reset() {
    control_ = eec_reset;
    reading_ = {};
    writing_ = {};
    chip_.deselect();
    auto_read_done_ = clock_.now() + options_.auto_read_time;
}

std::uint32_t Eeprom::read(std::uint32_t offset) {
    if (offset == ixgbe::EEC::offset()) return read_control();
    // A write takes effect in its time, whether or not somebody waits for it.
    finished(writing_);
    finished(reading_);
    return registered(offset == eewr_offset ? writing_ : reading_);
}

void Eeprom::write(std::uint32_t offset, std::uint32_t value) {
    if (offset == ixgbe::EEC::offset()) return write_control(value);
    Access& access = offset == eewr_offset ? writing_ : reading_;
    if ((value & EERD::START.mask) != 0) start(access, value);
}

std::uint32_t Eeprom::read_control() {
    const bool granted = (control_ & Eec::REQ.mask) != 0;  // nobody else wants the wires
    const bool data_out = options_.present && granted && chip_.data_out();
    return control_ | (Eec::DO(data_out) | Eec::GNT(granted) | Eec::PRES(options_.present) |
                       Eec::ARD(clock_.now() >= auto_read_done_) | Eec::SIZE(size_code))
                          .bits;
}

void Eeprom::write_control(std::uint32_t value) {
    control_ = value & eec_writable;
    if ((value & Eec::REQ.mask) == 0) return chip_.deselect();
    chip_.drive((value & Eec::CS.mask) != 0, (value & Eec::SK.mask) != 0, (value & Eec::DI.mask) != 0,
                (value & Eec::ADDR_SIZE.mask) != 0 ? 16 : 8);
}

// DONE and the data of the access before are gone with START.
void Eeprom::start(Access& access, std::uint32_t value) {
    if (access.busy && !finished(access)) ++interrupted_;
    access = {};
    access.address = static_cast<std::uint16_t>(EERD::ADDR.extract(value));
    access.data = static_cast<std::uint16_t>(EERD::DATA.extract(value));
    access.busy = true;
    access.ready_at = clock_.now() + options_.access_time;
    if (access.address >= EepromImage::size) ++out_of_range_;
}

// Finishes the access if its time has come.
bool Eeprom::finished(Access& access) {
    if (!access.busy || clock_.now() < access.ready_at) return !access.busy;
    if (&access == &writing_)
        store(access.address, access.data);
    else
        access.data = fetch(access.address);
    access.busy = false;
    access.done = true;
    return true;
}

std::uint32_t Eeprom::registered(const Access& access) {
    const auto address = EERD::ADDR(access.address);
    if (!access.done) return address.bits;
    return (address | EERD::DONE(true) | EERD::DATA(access.data)).bits;
}

std::uint16_t Eeprom::fetch(std::uint16_t address) const {
    return options_.present && address < EepromImage::size ? image_[address] : erased;
}

void Eeprom::store(std::uint16_t address, std::uint16_t value) {
    if (options_.present && address < EepromImage::size) image_.set(address, value);
}

}  // namespace ringside::sim

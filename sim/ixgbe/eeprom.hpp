// The 82599's EEPROM: its words, and the registers through which a driver reaches them (EEC, EERD, EEWR;
// datasheet 8.2.3.2, content chapter 6).
//
// One thread.
#pragma once

#include "hal/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim {

// 256 words of 16 bits. Unused words are erased: 0xFFFF.
class EepromImage {
public:
    static constexpr std::size_t size = 256;  // in words
    // Addresses of words that drivers look at.
    static constexpr std::uint16_t first_pointer = 0x03,
                                   last_pointer = 0x0E;  // sections that the checksum covers
    static constexpr std::uint16_t core0_pointer = 0x09, core1_pointer = 0x0A;
    static constexpr std::uint16_t firmware_pointer = 0x0F;
    static constexpr std::uint16_t sfp_init_list_pointer = 0x2B;
    static constexpr std::uint16_t device_capabilities = 0x2C;
    static constexpr std::uint16_t checksum_word = 0x3F;
    static constexpr std::uint16_t first_free = 0x40;  // of the words for sections
    static constexpr std::uint16_t checksum_sum = 0xBABA;

    // Words 0x00 to 0x3F are 0, the rest is erased. No checksum yet: seal().
    EepromImage();

    // The word at `address`, which must be below size.
    std::uint16_t operator[](std::size_t address) const { return words_.at(address); }
    void set(std::size_t address, std::uint16_t value) { words_.at(address) = value; }

    // Puts a block of words at the next free address and returns that address. Throws hal::Error if it is
    // full.
    std::uint16_t append(std::span<const std::uint16_t> words);
    // A section as the checksum knows it: its length, then its words; `pointer_word` will point to it.
    void append_section(std::uint16_t pointer_word, std::span<const std::uint16_t> words);

    // What word 0x3F must be: 0xBABA less all words 0x00 to 0x3E and the words, but not the lengths, of the
    // sections.
    std::uint16_t checksum() const;
    void seal() { set(checksum_word, checksum()); }
    bool valid() const { return words_[checksum_word] == checksum(); }

private:
    std::array<std::uint16_t, size> words_;
    std::size_t next_ = first_free;
};

// The least that Linux's and DPDK's ixgbe accept. `sfp`: with what they want of a card with an SFP+ cage: a
// firmware version above 5, and CORECTL lists for direct-attach (types 3, 4) and SR or LR modules (types 5,
// 6) of both ports.
EepromImage make_eeprom(const std::array<std::uint8_t, 6>& mac, bool sfp);

// The serial EEPROM chip behind EEC's four wires: SPI mode 0, READ and RDSR.
class SpiEeprom {
public:
    explicit SpiEeprom(const EepromImage& image) : image_(image) {}
    // The levels of the wires; select is low active.
    void drive(bool select, bool clock, bool data_in, unsigned address_bits);
    bool data_out() const { return data_out_; }
    void deselect();

private:
    enum class Phase { command, address, read, status, ignore };
    void rising_edge(bool data_in, unsigned address_bits);
    void falling_edge();
    void decode_command();
    std::uint8_t byte_at(std::uint32_t address) const;

    const EepromImage& image_;
    Phase phase_ = Phase::command;
    bool selected_ = false, clock_ = false, data_out_ = false;
    std::uint32_t shift_ = 0;
    unsigned bits_ = 0;
    std::uint32_t address_ = 0;  // in bytes
};

class Eeprom {
public:
    struct Options {
        // No valid EEPROM: EEC.PRES reads 0, all words read as ones. EEC.ARD is set all the same.
        bool present = true;
        hal::Clock::Duration access_time{};     // from START to DONE, in EERD and EEWR
        hal::Clock::Duration auto_read_time{};  // from reset to EEC.ARD
    };

    // The clock must outlive the object.
    Eeprom(const EepromImage& image, const Options& options, hal::Clock& clock);
    Eeprom(const Eeprom&) = delete;  // the chip refers to the image
    Eeprom& operator=(const Eeprom&) = delete;

    static constexpr bool handles(std::uint32_t offset) {
        return offset == 0x10010 || offset == 0x10014 || offset == 0x10018;
    }
    std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);

    // A device reset: registers return to their reset values and auto-read starts again. The words stay.
    void reset();

    const EepromImage& image() const { return image_; }
    // Driver mistakes: an address beyond the last word (reads as ones, is not written); a START while the
    // access before it was not done.
    std::uint64_t out_of_range() const { return out_of_range_; }
    std::uint64_t interrupted() const { return interrupted_; }

private:
    // EERD or EEWR: one word at a time.
    struct Access {
        std::uint16_t address = 0;
        std::uint16_t data = 0;
        bool busy = false, done = false;
        hal::Clock::Duration ready_at{};
    };
    std::uint32_t read_control();
    void write_control(std::uint32_t value);
    void start(Access& access, std::uint32_t value);
    bool finished(Access& access);
    static std::uint32_t registered(const Access& access);
    std::uint16_t fetch(std::uint16_t address) const;
    void store(std::uint16_t address, std::uint16_t value);

    EepromImage image_;
    Options options_;
    hal::Clock& clock_;
    SpiEeprom chip_;
    std::uint32_t control_ = 0;  // the writable bits of EEC
    Access reading_, writing_;
    hal::Clock::Duration auto_read_done_{};
    std::uint64_t out_of_range_ = 0, interrupted_ = 0;
};

}  // namespace ringside::sim

// What sits in an 82599's SFP+ cage, as seen over the two wires of its I2C bus (SFF-8472; I2CCTL,
// datasheet 8.2.3.1.5).
//
// The module is a slave with two pages of 256 bytes: identity at device address 0xA0 and, on optical modules,
// diagnostics at 0xA2. It is write protected: written bytes are acknowledged and forgotten. It never
// stretches the clock. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ringside::sim {

enum class SfpKind {
    absent,  // an empty cage: the lines are pulled up and nothing answers
    sr,      // 10GBASE-SR
    lr,      // 10GBASE-LR
    da,      // passive direct-attach copper
};

class SfpModule {
public:
    explicit SfpModule(SfpKind kind);

    SfpKind kind() const { return kind_; }
    bool present() const { return kind_ != SfpKind::absent; }

    // What the master drives. Lines are open-drain: true releases, false pulls low.
    void drive(bool clock, bool data);
    // What is on the wires: low if anyone pulls low.
    bool clock_level() const { return clock_; }
    bool data_level() const { return data_ && !pulls_low_; }

    // The same as the register I2CCTL.
    static constexpr bool handles(std::uint32_t offset) { return offset == 0x00028; }
    std::uint32_t read() const;
    void write(std::uint32_t value);
    // A device reset: the master lets go of both lines. The module notices nothing but that.
    void reset() { drive(true, true); }

    // The pages, for those who look without wires. Empty if there is none.
    std::span<const std::uint8_t> identity() const;
    std::span<const std::uint8_t> diagnostics() const;

private:
    using Page = std::array<std::uint8_t, 256>;
    struct Slave {
        bool answers = false;
        Page bytes{};
        std::uint8_t pointer = 0;  // the current address: one further than the last access
    };
    enum class Phase { idle, device_address, word_address, data_in, data_out, master_ack };

    void fill_identity();
    void fill_diagnostics();
    static void text(Page& page, std::size_t at, std::size_t width, const std::string& what);

    void data_edge(bool level);
    void clock_rises();
    void clock_falls();
    void byte_received();
    void next_byte_out();

    SfpKind kind_;
    std::array<Slave, 2> slaves_;  // 0xA0, 0xA2
    Slave* chosen_ = nullptr;
    Phase phase_ = Phase::idle;
    bool clock_ = true, data_ = true;  // what the master drives
    bool pulls_low_ = false;           // the module, on the data line
    std::uint8_t shift_ = 0;
    unsigned bits_ = 0;
    bool acknowledging_ = false;  // the ninth clock of a byte that we received
};

}  // namespace ringside::sim

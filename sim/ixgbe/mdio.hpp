// The management interface of a PHY (IEEE 802.3 clause 45; MSCA and MSRWD, datasheet 8.2.3.22.11), and the
// 10GBASE-T PHY inside an X540, as far as drivers look at it. The other cards have none: nobody answers.
//
// One thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

class Mdio {
public:
    explicit Mdio(bool has_phy);

    std::uint32_t read(std::uint32_t offset) const noexcept;
    void write(std::uint32_t offset, std::uint32_t value) noexcept;
    // A reset of the card: the PHY keeps its registers.
    void reset() noexcept;
    // What the PHY says of the link.
    void set_link(bool up) noexcept;

    // A register of the PHY: in MMD `device`.
    struct PhyRegister {
        std::uint8_t device;
        std::uint16_t address;
        std::uint16_t value;
        std::uint16_t writable;
        std::uint16_t self_clearing = 0;
    };

private:
    static constexpr std::uint32_t phy_address = 0;  // that of the first port
    static constexpr std::size_t phy_registers = 22, devices = 32;

    void run(std::uint32_t command) noexcept;
    PhyRegister* find(std::uint32_t device, std::uint16_t address) noexcept;

    bool has_phy_;
    std::uint32_t command_ = 0;
    std::uint16_t data_out_ = 0, data_in_ = 0;
    std::array<std::uint16_t, devices> addresses_{};  // set by address cycles
    std::array<PhyRegister, phy_registers> phy_;
};

}  // namespace ringside::sim::ixgbe

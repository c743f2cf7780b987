#include "sim/ixgbe/mdio.hpp"

#include "sim/ixgbe/bits.hpp"

namespace ringside::sim::ixgbe {
namespace {

namespace MSCA {
constexpr std::uint32_t COMMAND = bit(30);
constexpr std::uint32_t address_cycle = 0, write = 1, read_and_increment = 2;  // 3: read
constexpr std::uint32_t operation(std::uint32_t v) { return field(v, 27, 26); }
constexpr std::uint32_t phy(std::uint32_t v) { return field(v, 25, 21); }
constexpr std::uint32_t device(std::uint32_t v) { return field(v, 20, 16); }
}  // namespace MSCA

// MMDs, and registers that they have in common.
constexpr std::uint8_t pma = 1, pcs = 3, phy_xs = 4, an = 7, vendor1 = 30;
constexpr std::uint16_t control = 0, status = 1, id1 = 2, id2 = 3, devices1 = 5, status2 = 8;
constexpr std::uint16_t present = 0x8000;      // in status 2
constexpr std::uint16_t has_devices = 0x009A;  // PMA, PCS, PHY XS, AN
constexpr std::uint16_t link_bit = 0x0004;
constexpr std::uint16_t x540_id1 = 0x0154, x540_id2 = 0x0200;
constexpr std::uint16_t nobody = 0xFFFF;

constexpr std::array<Mdio::PhyRegister, 22> x540_phy = {{
    {pma, control, 0x2040, 0x7FFF, 0x8000},
    {pma, status, 0, 0},
    {pma, id1, x540_id1, 0},
    {pma, id2, x540_id2, 0},
    {pma, 4, 0x0031, 0},  // speeds: 10G, 1G, 100M
    {pma, devices1, has_devices, 0},
    {pma, 6, 0xC000, 0},
    {pma, status2, present, 0},
    {pma, 11, 0x00A4, 0},  // 10GBASE-T, 1000BASE-T, 100BASE-TX
    {pcs, status, 0, 0},
    {pcs, devices1, has_devices, 0},
    {pcs, status2, present, 0},
    {phy_xs, status2, present, 0},
    {an, control, 0x3000, 0xFDFF, 0x8200},  // restart and reset are done at once
    {an, status, 0x0020, 0},                // complete
    {an, 0x0010, 0x0D81, 0xFFFF},           // advertised: pause, 100M
    {an, 0x0017, 0x4000, 0xFFFF},
    {an, 0x0020, 0x1001, 0xFFFF},  // advertised: 10G
    {an, 0xC400, 0x8000, 0xFFFF},  // advertised: 1G
    {an, 0xC800, 0x0007, 0},       // negotiated: 10G, full duplex
    {vendor1, control, 0, 0xFFFF},
    {vendor1, status2, present, 0},
}};

}  // namespace

Mdio::Mdio(bool has_phy) : has_phy_(has_phy), phy_(x540_phy) {}

void Mdio::reset() noexcept {
    command_ = 0;
    data_out_ = data_in_ = 0;
}

void Mdio::set_link(bool up) noexcept {
    for (PhyRegister& r : phy_)
        if (r.address == status && r.device != vendor1)
            r.value = static_cast<std::uint16_t>(up ? r.value | link_bit : r.value & ~link_bit);
}

std::uint32_t Mdio::read(std::uint32_t offset) const noexcept {
    return offset == reg::MSCA ? command_ : std::uint32_t{data_in_} << 16 | data_out_;
}

void Mdio::write(std::uint32_t offset, std::uint32_t value) noexcept {
    if (offset == reg::MSRWD) {
        data_out_ = static_cast<std::uint16_t>(value);
        return;
    }
    command_ = value & 0x3FFFFFFF;  // done at once
    if ((value & MSCA::COMMAND) != 0) run(value);
}

Mdio::PhyRegister* Mdio::find(std::uint32_t device, std::uint16_t address) noexcept {
    for (PhyRegister& r : phy_)
        if (r.device == device && r.address == address) return &r;
    return nullptr;
}

void Mdio::run(std::uint32_t value) noexcept {
    const std::uint32_t device = MSCA::device(value), operation = MSCA::operation(value);
    std::uint16_t& address = addresses_[device];
    if (!has_phy_ || MSCA::phy(value) != phy_address) {
        data_in_ = nobody;
        return;
    }
    if (operation == MSCA::address_cycle) {
        address = static_cast<std::uint16_t>(value);
        return;
    }
    PhyRegister* r = find(device, address);
    if (operation == MSCA::write) {
        if (r == nullptr) return;
        const std::uint16_t taken = data_out_ & r->writable & static_cast<std::uint16_t>(~r->self_clearing);
        r->value = static_cast<std::uint16_t>((r->value & ~r->writable) | taken);
        return;
    }
    data_in_ = r == nullptr ? std::uint16_t{0} : r->value;
    if (operation == MSCA::read_and_increment) ++address;
}

}  // namespace ringside::sim::ixgbe

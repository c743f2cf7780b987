// What an X540 does differently: a PHY of its own behind MDIO, no AUTOC, another guard of SW_FW_SYNC.
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t MSCA = 0x425C, MSRWD = 0x4260, MACC = 0x4330;
constexpr std::uint32_t command = 1u << 30, address_cycle = 0, write_op = 1u << 26, read_op = 3u << 26;
constexpr std::uint32_t pma = 1, pcs = 3, an = 7;

class X540 : public Model {
protected:
    void SetUp() override { open("id=1528"); }
    void run(std::uint32_t phy, std::uint32_t mmd, std::uint32_t operation, std::uint32_t address) {
        set(MSCA, command | operation | phy << 21 | mmd << 16 | address);
        EXPECT_EQ(get(MSCA) & command, 0u) << "done";
    }
    std::uint32_t phy_read(std::uint32_t mmd, std::uint32_t address, std::uint32_t phy = 0) {
        run(phy, mmd, address_cycle, address);
        run(phy, mmd, read_op, address);
        return get(MSRWD) >> 16;
    }
    void phy_write(std::uint32_t mmd, std::uint32_t address, std::uint32_t value) {
        set(MSRWD, value);
        run(0, mmd, address_cycle, address);
        run(0, mmd, write_op, address);
    }
};

TEST_F(X540, SaysWhatItIs) {
    EXPECT_EQ(device->config_read(2, 2), 0x1528u);
    EXPECT_EQ(get(r::RXPBSIZE0), 384u << 10);
}

TEST_F(X540, ItsPhyAnswersAtThePortsAddress) {
    EXPECT_EQ(phy_read(pma, 8) & 0xC000, 0x8000u) << "present";
    EXPECT_EQ(phy_read(pcs, 8) & 0xC000, 0x8000u);
    EXPECT_EQ(phy_read(pma, 2) << 16 | phy_read(pma, 3), 0x01540200u);
    EXPECT_EQ(phy_read(pma, 4) & 0x31, 0x31u) << "10G, 1G, 100M";
    EXPECT_EQ(phy_read(pma, 8, 5), 0xFFFFu) << "nobody at another address";
    EXPECT_EQ(phy_read(29, 1234), 0u) << "no such register";
}

TEST_F(X540, PhyRegistersKeepWhatIsWrittenButCommands) {
    phy_write(an, 0x20, 0x0001);
    EXPECT_EQ(phy_read(an, 0x20), 0x0001u);
    phy_write(an, 0, 0x3200);
    EXPECT_EQ(phy_read(an, 0), 0x3000u) << "the restart is done";
    phy_write(pma, 2, 0xDEAD);
    EXPECT_EQ(phy_read(pma, 2), 0x0154u) << "read only";
    set(r::CTRL, 1u << 26);
    clock.sleep(20ms);
    EXPECT_EQ(phy_read(an, 0x20), 0x0001u) << "the card's reset is not the PHY's";
}

TEST_F(X540, ReadsMayCountUp) {
    run(0, pma, address_cycle, 2);
    run(0, pma, 2u << 26, 0);
    EXPECT_EQ(get(MSRWD) >> 16, 0x0154u);
    run(0, pma, 2u << 26, 0);
    EXPECT_EQ(get(MSRWD) >> 16, 0x0200u);
}

TEST_F(X540, TheLinkNeedsAPartnerOnly) {
    link_up();
    EXPECT_NE(phy_read(pma, 1) & 4, 0u);
    wire->connected = false;
    device->pump();
    EXPECT_EQ(get(r::LINKS) & (1u << 30), 0u);
    EXPECT_EQ(phy_read(pma, 1) & 4, 0u);
    set(MACC, 1);
    link_up();
}

TEST_F(X540, ReadingTheSynchronizationRegisterTakesItsGuard) {
    constexpr std::uint32_t guard = 1u << 31;
    EXPECT_EQ(get(r::SW_FW_SYNC), 0u);
    EXPECT_EQ(get(r::SW_FW_SYNC), guard) << "taken";
    set(r::SW_FW_SYNC, guard | 1);
    EXPECT_EQ(get(r::SW_FW_SYNC), guard | 1);
    set(r::SW_FW_SYNC, 1);
    EXPECT_EQ(get(r::SW_FW_SYNC), 1u) << "given back";
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
}

TEST_F(X540, The82599HasNeitherPhyNorGuard) {
    open("id=10fb");
    EXPECT_EQ(phy_read(pma, 8), 0xFFFFu);
    EXPECT_EQ(get(r::SW_FW_SYNC), 0u);
    EXPECT_EQ(get(r::SW_FW_SYNC), 0u);
}

}  // namespace
}  // namespace ringside::test

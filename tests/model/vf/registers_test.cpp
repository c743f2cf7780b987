// The registers of a virtual function, its interrupts and its resets; and that the simulator's list of them
// and the driver's, typed by different hands, agree.
#include "driver/ixgbevf/registers.hpp"
#include "driver/ixgbevf/register_list.hpp"
#include "tests/model/vf/fixture.hpp"

namespace ringside::test {
namespace {

TEST_F(VfModel, TheFunctionIsWhatVfioShowsOfOne) {
    EXPECT_EQ(device->config_read(0, 4), 0x10ED8086u);
    EXPECT_EQ(device->config_read(0x3D, 1), 0u) << "no INTx";
    EXPECT_EQ(device->config_read(0x34, 1), 0x70u) << "MSI-X first";
    EXPECT_EQ(device->config_read(0x72, 2), 2u) << "of three vectors";
    EXPECT_EQ(device->config_read(0x74, 4), 3u) << "in BAR 3";
    EXPECT_EQ(device->config_read(0x71, 1), 0xA0u) << "then PCI Express";
    EXPECT_EQ(function->region(0).size, 16u * 1024);
    EXPECT_EQ(function->region(0).fd, -1) << "no page may be mapped";
    EXPECT_EQ(function->region(2).size, 0u);
    EXPECT_EQ(function->region(3).size, 16u * 1024);
    EXPECT_EQ(function->interrupt_count(hal::InterruptKind::msix), 3u);
    EXPECT_EQ(function->interrupt_count(hal::InterruptKind::intx), 0u);
    EXPECT_EQ(function->interrupt_count(hal::InterruptKind::msi), 0u);
    open("id=1515");
    EXPECT_EQ(device->config_read(0, 4), 0x15158086u);
}

TEST_F(VfModel, EveryRegisterThatTheDriverKnowsIsThere) {
    for (const hal::RegisterInfo& info : ixgbevf::register_list())
        for (std::uint32_t i = 0; i < (info.count == ixgbevf::max_queues ? 4 : info.count); ++i)
            get(info.offset(i));
    get(v::MAILBOX);
    get(v::FRTIMER);
    get(v::RXMEMWRAP);
    get(v::EICS);
    get(v::EIAM);
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
    get(0x304);
    EXPECT_EQ(device->strict_total(), 1u) << "and no others";
}

TEST_F(VfModel, SettingsReadBackAsWritten) {
    report_in();
    for (std::uint32_t q = 0; q < 4; ++q)
        for (const std::uint32_t reg :
             {v::rx(q, r::BAL), v::rx(q, r::LEN), v::tx(q, r::BAL), v::tx(q, r::LEN)}) {
            set(reg, 0x1280 + q * 0x80);
            EXPECT_EQ(get(reg), 0x1280 + q * 0x80) << std::hex << reg;
        }
    set(v::IVAR0 + 4, 0xFFFFFFFF);
    EXPECT_EQ(get(v::IVAR0 + 4), 0x83838383u);
    set(v::IVAR_MISC, 0xFFFFFFFF);
    EXPECT_EQ(get(v::IVAR_MISC), 0x83u);
    set(v::EIMS, 0xFFFFFFFF);
    EXPECT_EQ(get(v::EIMS), 7u);
    set(v::EIMC, 2);
    EXPECT_EQ(get(v::EIMS), 5u);
    EXPECT_EQ(get(v::STATUS), 0u);
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
}

TEST_F(VfModel, FramesGoBothWaysAndAreCounted) {
    report_in();
    for (std::uint32_t q = 0; q < 4; ++q) enable_tx(q);
    enable_rx();
    const Frame frame = make_frame(100, own_mac);
    wire->to_nic.push_back(frame);
    device->pump();
    EXPECT_EQ(rx_ring(0)[0].high >> 32 & 0xFFFF, 100u);
    EXPECT_EQ(std::memcmp(bytes() + rx_buffers, frame.data(), 100), 0);
    for (std::uint32_t q = 0; q < 4; ++q) send(make_frame(200, stranger, static_cast<std::uint8_t>(q)), q);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    EXPECT_EQ(wire->from_nic[3], make_frame(200, stranger, 3));
    for (int look = 0; look < 2; ++look) {
        EXPECT_EQ(get(v::GPRC), 1u) << "reading does not clear it";
        EXPECT_EQ(get(v::GORC_LSB), 104u);
        EXPECT_EQ(get(v::GORC_MSB), 0u);
        EXPECT_EQ(get(v::GPTC), 4u);
        EXPECT_EQ(get(v::GOTC_LSB), 4 * 204u);
    }
}

TEST_F(VfModel, QueuesOfAFunctionThatIsNotKnownStayOff) {
    clock.sleep(5ms);
    set(v::rx(0, r::LEN), 512);
    set(v::rx(0, r::DCTL), r::ENABLE);
    clock.sleep(1ms);
    EXPECT_EQ(get(v::rx(0, r::DCTL)) & r::ENABLE, 0u);
}

TEST_F(VfModel, FramesWaitInACableThatCanWaitUntilThereIsAQueue) {
    wire->waits = true;
    wire->to_nic.push_back(make_frame(60, own_mac));
    report_in();
    EXPECT_EQ(wire->to_nic.size(), 1u);
    enable_rx();
    device->pump();
    EXPECT_TRUE(wire->to_nic.empty());
    EXPECT_EQ(get(v::GPRC), 1u);
}

TEST_F(VfModel, VfpsrtypeSaysOverHowManyQueuesFramesSpread) {
    report_in();
    for (std::uint32_t q = 0; q < 4; ++q) enable_rx(q);
    for (const std::uint32_t log2 : {0u, 1u, 2u}) {
        set(v::PSRTYPE, log2 << 29);
        std::uint32_t before[4], used = 0;
        for (std::uint32_t q = 0; q < 4; ++q) before[q] = get(v::rx(q, r::H));
        for (std::uint8_t i = 0; i < 20; ++i) {
            Frame f = make_frame(60, own_mac);
            const std::uint8_t header[] = {0x45, 0, 0,  46, 0, 0, 0,  0, 64, 253,
                                           0,    0, 10, 0,  0, i, 10, 0, 1,  1};
            std::memcpy(f.data() + 14, header, sizeof header);
            wire->to_nic.push_back(f);
        }
        device->pump();
        for (std::uint32_t q = 0; q < 4; ++q) {
            const std::uint32_t now = get(v::rx(q, r::H));
            used += now != before[q];
            set(v::rx(q, r::DCTL), 0);
            clock.sleep(100us);
            set(v::rx(q, r::H), 0);
            enable_rx(q);
        }
        EXPECT_EQ(used, 1u << log2);
    }
}

// --- Interrupts.

TEST_F(VfModel, FramesAndTheMailboxInterruptByTheVectorsThatWereChosen) {
    const int fds[] = {-1, -1, -1};
    device->set_interrupts(hal::InterruptKind::msix, fds);
    report_in();
    enable_rx();
    set(v::IVAR0, 0x81);      // receive queue 0: vector 1
    set(v::IVAR_MISC, 0x82);  // the mailbox: vector 2
    set(v::EIAC, 7);
    set(v::EIMS, 7);
    EXPECT_TRUE(passes(own_mac));
    EXPECT_EQ(device->interrupts().messages[1], 1u);
    ask({8, 4});
    EXPECT_EQ(device->interrupts().messages[2], 2u) << "read, and answered";
    EXPECT_EQ(device->interrupts().messages[0], 0u);
    set(v::EIMC, 2);
    EXPECT_TRUE(passes(own_mac));
    EXPECT_EQ(device->interrupts().messages[1], 1u) << "masked";
    EXPECT_EQ(get(v::EICR), 2u) << "but there";
    EXPECT_EQ(get(v::EICR), 0u) << "until it is read";
}

// --- Resets.

TEST_F(VfModel, ItsOwnResetTakesQueuesInterruptsAndFilters) {
    open("trust=on");
    report_in();
    enable_rx();
    enable_tx();
    ASSERT_TRUE(grants(about(2, stranger)));
    set(v::IVAR_MISC, 0x81);
    set(v::EIMS, 7);
    set(v::PSRTYPE, 1u << 29);
    set(v::CTRL, v::RST);
    EXPECT_EQ(get(v::CTRL), 0u);
    EXPECT_EQ(get(v::rx(0, r::DCTL)) & r::ENABLE, 0u);
    EXPECT_EQ(get(v::tx(0, r::DCTL)) & r::ENABLE, 0u);
    EXPECT_EQ(get(v::rx(0, r::BAL)) | get(v::IVAR_MISC) | get(v::EIMS) | get(v::PSRTYPE), 0u);
    EXPECT_EQ(get(v::rx(0, r::SRRCTL)), 0x402u);
    EXPECT_NE(get(v::LINKS) & 1u << 30, 0u) << "the link is not its own";
    report_in();
    enable_rx();
    EXPECT_TRUE(passes(own_mac));
    EXPECT_FALSE(passes(stranger));
}

TEST_F(VfModel, AFunctionLevelResetDoesTheSame) {
    report_in();
    enable_rx();
    device->config_write(0xA8, 0x8000, 2);
    device->config_write(4, 0x6, 2);
    EXPECT_EQ(get(v::rx(0, r::DCTL)) & r::ENABLE, 0u);
    report_in();
    enable_rx();
    EXPECT_TRUE(passes(own_mac));
    device->reset();
    EXPECT_EQ(get(v::MAILBOX), ~0u) << "memory space is off";
    device->config_write(4, 0x6, 2);
    EXPECT_EQ(verdict({8, 4}), v::refused);
}

TEST_F(VfModel, AResetOfThePhysicalFunctionIsSeenAndTakesEverything) {
    const int fds[] = {-1, -1, -1};
    device->set_interrupts(hal::InterruptKind::msix, fds);
    report_in();
    enable_rx();
    set(v::IVAR_MISC, 0x80);
    set(v::EIMS, 1);
    seen = 0;
    function->reset_physical_function();
    EXPECT_EQ(device->interrupts().messages[0], 1u) << "who sleeps is told";
    EXPECT_TRUE(sees(v::RSTI));
    EXPECT_EQ(get(v::LINKS), 0u);
    EXPECT_EQ(get(v::rx(0, r::DCTL)), 0u);
    set(v::rx(0, r::DCTL), r::ENABLE);
    seen = 0;
    clock.sleep(11ms);
    EXPECT_TRUE(sees(v::RSTD | v::PFSTS));
    EXPECT_EQ(get(v::MAILBOX) & (v::RSTI | v::RSTD), 0u);
    EXPECT_EQ(message()[0], 0x100u) << "without clear to send";
    EXPECT_EQ(get(v::rx(0, r::DCTL)) & r::ENABLE, 0u);
    set(v::rx(0, r::T), 5);
    EXPECT_EQ(device->strict_total(), 0u) << "who does not know yet is not to blame";
    report_in();
    enable_rx();
    EXPECT_TRUE(passes(own_mac));
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
}

TEST_F(VfModel, AResetMayBeOrderedForLater) {
    open("pf-reset=20");
    report_in();
    clock.sleep(10ms);
    EXPECT_FALSE(sees(v::RSTI));
    clock.sleep(11ms);
    EXPECT_TRUE(sees(v::RSTI));
    clock.sleep(11ms);
    report_in();
    clock.sleep(100ms);
    EXPECT_EQ(get(v::MAILBOX) & (v::RSTI | v::RSTD), 0u) << "once";
}

TEST_F(VfModel, AfterSoManyAccessesItIsGone) {
    open("dead-after=5");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(get(v::STATUS), 0u);
    EXPECT_EQ(get(v::STATUS), ~0u);
    EXPECT_EQ(device->config_read(0, 4), ~0u);
    EXPECT_FALSE(function->must_be_polled());
}

TEST_F(VfModel, NothingStrangeIsDangerous) {
    report_in();
    for (std::uint32_t offset = 0; offset < 16 * 1024; offset += 4) {
        set(offset, 0xFFFFFFFF);
        get(offset);
    }
    set(v::CTRL, 0xFFFFFFFF);
    for (int i = 0; i < 5; ++i) clock.sleep(10ms);
    set(v::MAILBOX, v::ACK);
    report_in();
    enable_rx();
    EXPECT_TRUE(passes(own_mac));
}

}  // namespace
}  // namespace ringside::test

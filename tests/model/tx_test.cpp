// Sending: behaviours 34 to 41 and 44 to 47.
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

class Tx : public Model {
protected:
    void ready(std::uint32_t txdctl = 0, std::uint32_t tdwbal = 0) {
        link_up();
        enable_tx(0, txdctl, tdwbal);
    }
    void send(std::uint32_t tail) {
        set(r::tx(0, r::T), tail);
        device->pump();
    }
    bool done(std::uint32_t slot) { return (tx_ring()[slot].high & tx_dd) != 0; }
};

TEST_F(Tx, Behaviour34_QueueDoesNotEnableWhileTransmitIsOff) {
    set(r::tx(0, r::LEN), 512);
    set(r::tx(0, r::DCTL), r::ENABLE);
    EXPECT_EQ(flags("enable-before-te"), 1u);
    clock.sleep(1ms);
    EXPECT_EQ(get(r::tx(0, r::DCTL)) & r::ENABLE, 0u);
    set(r::DMATXCTL, 0x81000005);
    EXPECT_NE(get(r::tx(0, r::DCTL)) & r::ENABLE, 0u);
}

TEST_F(Tx, Behaviour34_NothingIsSentWhileTheLinkIsDown) {
    wire->connected = false;
    enable_tx();
    put_tx(0, make_frame(64, stranger));
    send(1);
    EXPECT_TRUE(wire->from_nic.empty());
    EXPECT_FALSE(done(0));
    wire->connected = true;
    clock.sleep(5ms);
    EXPECT_EQ(wire->from_nic.size(), 1u);
}

TEST_F(Tx, Behaviour35_FetchesFromHeadToTailAndWraps) {
    ready();
    for (std::uint32_t round = 0; round < 3; ++round)
        for (std::uint32_t i = 0; i < ring_size; ++i) {
            put_tx(i, make_frame(64, stranger, static_cast<std::uint8_t>(i)));
            send((i + 1) % ring_size);
            EXPECT_EQ(get(r::tx(0, r::H)), (i + 1) % ring_size);
        }
    ASSERT_EQ(wire->from_nic.size(), 3 * ring_size);
    EXPECT_EQ(wire->from_nic[70], make_frame(64, stranger, 70 % ring_size));
}

TEST_F(Tx, Behaviour35_TailOutOfTheRingIsFlagged) {
    ready();
    send(ring_size);
    EXPECT_EQ(flags("tail-out-of-range"), 1u);
    EXPECT_EQ(get(r::tx(0, r::H)), 0u);
}

TEST_F(Tx, Behaviour36_HeadWrittenWhileEnabledIsFlagged) {
    ready();
    set(r::tx(0, r::H), 5);
    EXPECT_EQ(flags("head-written-while-enabled"), 1u);
    EXPECT_EQ(get(r::tx(0, r::H)), 0u);
}

TEST_F(Tx, Behaviour37_CompletionsCanBeHeldAndReleasedInBatches) {
    open("dd-delay,seed=3");
    ready();
    std::vector<std::uint32_t> seen;
    for (std::uint32_t i = 0; i < 20; ++i) {
        put_tx(i, make_frame(64, stranger));
        send(i + 1);
        std::uint32_t n = 0;
        while (n <= i && done(n)) ++n;
        seen.push_back(n);
    }
    EXPECT_EQ(wire->from_nic.size(), 20u) << "the frames themselves are not held";
    EXPECT_LT(seen[0] + seen[1] + seen[2], 6u);
    clock.sleep(2ms);
    EXPECT_TRUE(done(19)) << "in the end all are released";
}

TEST_F(Tx, Behaviour38_WithoutThresholdOnlyDescriptorsThatAskAreReported) {
    ready();
    put_tx(0, make_frame(64, stranger), tx_eop | tx_ifcs);
    put_tx(1, make_frame(64, stranger), tx_eop | tx_ifcs | tx_rs);
    const std::uint64_t before = tx_ring()[0].high;
    send(2);
    EXPECT_EQ(tx_ring()[0].high, before);
    EXPECT_TRUE(done(1));
}

TEST_F(Tx, Behaviour38_WithThresholdReportsComeInGroups) {
    ready(4u << 16);
    for (std::uint32_t i = 0; i < 6; ++i) {
        put_tx(i, make_frame(64, stranger));
        send(i + 1);
        EXPECT_EQ(done(0), i >= 3) << i;
    }
    EXPECT_TRUE(done(3));
    EXPECT_FALSE(done(5));
    clock.sleep(1s);
    EXPECT_FALSE(done(5)) << "without moderation nothing ever reports the rest";
    set(0x898, 1u << 4);               // GPIE: multiple MSI-X
    set(r::EITR0 + 4 * 7, 100u << 3);  // 204.8 us
    set(r::IVAR0, 0x8700);             // transmit queue 0: vector 7
    clock.sleep(1ms);
    EXPECT_TRUE(done(5)) << "the vector's interval is over";
}

TEST_F(Tx, Behaviour39_WriteBackOverwritesTheWholeDescriptor) {
    ready();
    put_tx(0, make_frame(64, stranger));
    send(1);
    EXPECT_EQ(tx_ring()[0].low, 0u);
    EXPECT_EQ(tx_ring()[0].high, tx_dd);
}

TEST_F(Tx, Behaviour40_HeadWriteBackLeavesDescriptorsAlone) {
    ready(0, static_cast<std::uint32_t>(iova(head_place)) | 1);
    put_tx(0, make_frame(64, stranger), tx_eop | tx_ifcs);
    put_tx(1, make_frame(64, stranger));
    const std::uint64_t before = tx_ring()[1].high;
    send(1);
    std::uint32_t head = 0;
    std::memcpy(&head, bytes() + head_place, 4);
    EXPECT_EQ(head, 0u) << "the first did not ask";
    send(2);
    std::memcpy(&head, bytes() + head_place, 4);
    EXPECT_EQ(head, 2u);
    EXPECT_EQ(tx_ring()[1].high, before);
}

TEST_F(Tx, Behaviour41_ShortFramesArePadded) {
    ready();
    Frame frame = make_frame(20, stranger);
    put_tx(0, frame);
    send(1);
    frame.resize(60);
    EXPECT_EQ(wire->from_nic.at(0), frame);
    EXPECT_EQ(get(r::PTC64), 1u);
    set(r::HLREG0, get(r::HLREG0) & ~(1u << 10));
    put_tx(1, make_frame(20, stranger));
    send(2);
    EXPECT_EQ(wire->from_nic.at(1).size(), 20u) << "TXPADEN is off";
}

TEST_F(Tx, Behaviour41_WithoutCrcInsertionTheDriversOwnCrcEndsTheFrame) {
    ready();
    put_tx(0, make_frame(104, stranger), tx_eop | tx_rs);
    send(1);
    Frame frame = make_frame(104, stranger);
    frame.resize(100);
    EXPECT_EQ(wire->from_nic.at(0), frame);
}

TEST_F(Tx, Behaviour41_FramesBelow17BytesAreFlagged) {
    ready();
    put_tx(0, make_frame(16, stranger));
    send(1);
    EXPECT_EQ(flags("frame-too-short"), 1u);
    EXPECT_TRUE(done(0));
}

TEST_F(Tx, Behaviour41_TailInTheMiddleOfAFrameIsFlaggedOnceAndTheFrameWaits) {
    ready();
    const Frame frame = make_frame(200, stranger);
    put_tx(0, Frame(frame.begin(), frame.begin() + 100), tx_ifcs);
    send(1);
    send(1);
    EXPECT_EQ(flags("missing-end-of-packet"), 1u);
    EXPECT_TRUE(wire->from_nic.empty());
    put_tx(1, Frame(frame.begin() + 100, frame.end()));
    send(2);
    EXPECT_EQ(wire->from_nic.at(0), frame);
}

TEST_F(Tx, Behaviour41_FramesOfManyPiecesArePutTogether) {
    ready();
    const Frame frame = make_frame(900, stranger);
    for (std::uint32_t i = 0; i < 9; ++i)
        put_tx(i, Frame(frame.begin() + i * 100, frame.begin() + (i + 1) * 100),
               tx_ifcs | (i == 8 ? tx_eop | tx_rs : 0));
    send(9);
    EXPECT_EQ(wire->from_nic.at(0), frame);
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
}

TEST_F(Tx, Behaviour44_ContextsSurviveUntilTheQueueIsReset) {
    ready();
    tx_ring()[0] = {100ull << 16, tx_context | tx_dext};
    tx_ring()[1] = {200ull << 16, tx_context | tx_dext | 1ull << 36};
    for (std::uint32_t i = 2; i < 5; ++i)
        put_tx(i, make_frame(64, stranger), tx_eop | tx_ifcs | tx_rs | tx_vle | (i == 3 ? 1ull << 36 : 0));
    send(5);
    EXPECT_EQ(wire->from_nic.at(0), tagged(make_frame(64, stranger), 100));
    EXPECT_EQ(wire->from_nic.at(1), tagged(make_frame(64, stranger), 200));
    EXPECT_EQ(wire->from_nic.at(2), tagged(make_frame(64, stranger), 100));
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
    set(r::tx(0, r::DCTL), 0);
    clock.sleep(100us);
    enable_tx();
    put_tx(0, make_frame(64, stranger), tx_eop | tx_ifcs | tx_vle);
    send(1);
    EXPECT_EQ(flags("stale-context"), 1u);
}

TEST_F(Tx, Behaviour45_LegacyDescriptorsCarryTheTagThemselves) {
    ready();
    const Frame frame = make_frame(64, stranger);
    std::memcpy(tx_buffer(0), frame.data(), frame.size());
    tx_ring()[0] = {iova(tx_buffers), 0x3042ull << 48 | tx_eop | tx_ifcs | tx_rs | tx_vle | 64};
    send(1);
    EXPECT_EQ(wire->from_nic.at(0), tagged(frame, 0x3042));
    EXPECT_TRUE(done(0));
}

TEST_F(Tx, Behaviour45_TheTagsEtherTypeIsDmatxctls) {
    set(r::DMATXCTL, 0x88A80005);
    ready();
    tx_ring()[0] = {100ull << 16, tx_context | tx_dext};
    put_tx(1, make_frame(64, stranger), tx_eop | tx_ifcs | tx_vle);
    send(2);
    EXPECT_EQ(wire->from_nic.at(0).at(12), std::byte{0x88});
    EXPECT_EQ(wire->from_nic.at(0).at(13), std::byte{0xA8});
}

TEST_F(Tx, Behaviour46_StrangeDescriptorsAreFlaggedAndTheirFramesDropped) {
    ready();
    put_tx(0, make_frame(64, stranger));
    tx_ring()[0].high = (tx_ring()[0].high & ~(0xFull << 20)) | 7ull << 20;
    tx_ring()[1] = {0, tx_context | tx_dext | tx_eop};
    tx_ring()[2] = {iova(tx_buffers), tx_data | tx_dext | tx_eop | tx_ifcs | tx_rs};
    send(3);
    EXPECT_EQ(flags("unknown-descriptor"), 1u);
    EXPECT_EQ(flags("context-with-end-of-packet"), 1u);
    EXPECT_EQ(flags("zero-length"), 1u);
    EXPECT_TRUE(wire->from_nic.empty());
    EXPECT_EQ(get(r::tx(0, r::H)), 3u) << "the queue goes on";
    EXPECT_TRUE(done(2));
}

TEST_F(Tx, Behaviour47_OrderOfAQueueIsKeptAndAllQueuesGetTheirTurn) {
    ready();
    enable_tx(1);
    enable_tx(127);
    for (std::uint32_t q : {0u, 1u, 127u})
        for (std::uint32_t i = 0; i < 8; ++i) {
            std::memcpy(tx_buffer(q % 4 * 8 + i), make_frame(64, q, static_cast<std::uint8_t>(i)).data(), 64);
            tx_ring(q)[i] = {iova(tx_buffers + (q % 4 * 8 + i) * buffer_size),
                             64ull << 46 | tx_data | tx_dext | tx_eop | tx_ifcs | tx_rs | 64};
        }
    for (std::uint32_t q : {127u, 1u, 0u}) set(r::tx(q, r::T), 8);
    device->pump();
    ASSERT_EQ(wire->from_nic.size(), 24u);
    for (std::uint32_t q : {0u, 1u, 127u}) {
        std::uint8_t next = 0;
        for (const Frame& f : wire->from_nic)
            if (f[5] == static_cast<std::byte>(q)) { EXPECT_EQ(f, make_frame(64, q, next++)); }
        EXPECT_EQ(next, 8);
    }
}

TEST_F(Tx, DmaFromMemoryThatIsNotMappedIsRefusedAndFlagged) {
    ready();
    put_tx(0, make_frame(64, stranger));
    tx_ring()[0].low = 0xDEAD0000;
    put_tx(1, make_frame(64, stranger, 9));
    send(2);
    EXPECT_EQ(flags("dma-unmapped"), 1u);
    EXPECT_EQ(device->dma().refused, 1u);
    EXPECT_EQ(wire->from_nic.size(), 1u);
}

TEST_F(Tx, ARingThatCannotBeReadIsFlaggedOnceAndStandsStillUntilItIsEnabledAgain) {
    ready();
    set(r::tx(0, r::DCTL), 0);
    clock.sleep(1ms);
    set(r::tx(0, r::BAL), 0xDEAD0000);
    set(r::tx(0, r::DCTL), r::ENABLE);
    clock.sleep(100us);
    for (std::uint32_t tail = 1; tail < 4; ++tail) send(tail);
    EXPECT_EQ(device->dma().refused, 1u);
    EXPECT_EQ(flags("dma-unmapped"), 1u);
    set(r::tx(0, r::DCTL), 0);
    clock.sleep(1ms);
    ready();
    put_tx(0, make_frame(64, stranger));
    send(1);
    EXPECT_EQ(wire->from_nic.size(), 1u);
}

TEST_F(Tx, InternalLoopbackBringsFramesBackWithoutACable) {
    wire->connected = false;
    enable_rx();
    start_receiving();
    give_rx(10);
    enable_tx();
    set(r::HLREG0, get(r::HLREG0) | 1u << 15);
    const Frame frame = make_frame(80, own_mac);
    put_tx(0, frame);
    send(1);
    ASSERT_TRUE(received(0));
    EXPECT_EQ(contents(0), frame);
    EXPECT_TRUE(wire->from_nic.empty());
}

}  // namespace
}  // namespace ringside::test

// The driver of virtual functions on the software 82599's, whose physical function is played by the
// simulator: what it says to a stranger, and not only to the fake that was written for it.
#include "sim/ixgbe_vf/function.hpp"
#include "tests/driver/nic_fixture.hpp"

#include <cstring>

namespace ringside::test {
namespace {

constexpr MacAddress group{{0x01, 0x00, 0x5E, 0, 0, 0xFB}};
constexpr MacAddress mac_of(int last) { return {{0x02, 0x44, 0, 0, 0, static_cast<std::uint8_t>(last)}}; }

Frame in_vlan(const MacAddress& to, int id, std::uint32_t number = 1) {
    return ethernet(to, number, 100, {0x81, 0x00, id >> 8, id & 0xFF, 0x88, 0xB5});
}

// From another sender for each number.
Frame ip(const MacAddress& to, std::uint8_t number) {
    Frame f = ethernet(to, number, 64, {0x08, 0x00});
    const std::uint8_t header[] = {0x45, 0, 0, 50, 0, 0, 0, 0, 64, 253, 0, 0, 10, 0, 0, number, 10, 0, 1, 1};
    std::memcpy(f.data() + 14, header, sizeof header);
    return f;
}

class OnVfModel : public OnModel {
protected:
    void open(const std::string& options = "") {
        auto owned = std::make_unique<sim::VirtualFunction82599>(sim::ixgbe_vf::parse_options(options),
                                                                 std::make_unique<TestCable>(wire), clock);
        function = owned.get();
        auto as_device = std::make_unique<InProcessDevice>(std::move(owned), clock, "test:82599vf");
        device = as_device.get();
        nic = open_nic(domain, std::move(as_device), clock);
    }
    bool passes(const Frame& frame) {
        arrive(frame);
        return received().size() == 1;
    }
    bool passes(const MacAddress& to) { return passes(ethernet(to, 1, 64)); }

    sim::VirtualFunction82599* function = nullptr;
};

TEST_F(OnVfModel, OpeningSaysWhatItIs) {
    open();
    EXPECT_EQ(nic->info().model, "Intel 82599 virtual function (ixgbevf)");
    EXPECT_EQ(nic->mac(), own);
    EXPECT_EQ(nic->info().max_rx_queues, 2u);
    EXPECT_EQ(nic->info().max_tx_queues, 4u);
    EXPECT_FALSE(nic->info().direct_doorbells);
    nic.reset();
    open("id=1515,queues=2,mac=02:01:02:03:04:05");
    EXPECT_EQ(nic->info().model, "Intel X540 virtual function (ixgbevf)");
    EXPECT_EQ(nic->info().max_tx_queues, 2u);
    EXPECT_EQ(to_string(nic->mac()), "02:01:02:03:04:05");
    start_and_link();
    EXPECT_EQ(to_string(nic->link()), "up, 10 Gb/s");
}

TEST_F(OnVfModel, FramesOfEveryLengthGoThroughTheLoopByteByByte) {
    loop_cable();
    open();
    start_and_link();
    expect_every_length_back();
}

TEST_F(OnVfModel, JumboFramesGoBothWays) {
    loop_cable();
    open();
    make_pool({.buffers = 4096, .room = 2048});
    start_and_link({.mtu = 9000});
    std::vector<Frame> frames;
    for (const std::size_t length : {60u, 2047u, 2048u, 2049u, 4097u, 9000u, 9014u})
        frames.push_back(ethernet(own, static_cast<std::uint32_t>(length), length));
    send(frames);
    EXPECT_EQ(received(), frames);
}

TEST_F(OnVfModel, AnMtuBeyondThePhysicalFunctionsIsRefused) {
    open("mtu=1500");
    make_pool();
    expect_says(sentence<hal::Error>([&] { nic->start(pool, {.mtu = 1501}); }),
                "refuses frames of 1519 bytes; choose a smaller MTU");
    start_and_link();
    EXPECT_TRUE(passes(own));
}

TEST_F(OnVfModel, AllItsQueuesCarryFrames) {
    open();
    make_pool({.buffers = 8192});
    start_and_link({.rx_queues = 2, .tx_queues = 4});
    std::vector<Frame> frames;
    for (std::uint32_t q = 0; q < 4; ++q) {
        frames.push_back(ethernet(other, q, 100 + q));
        send({frames.back()}, q);
    }
    EXPECT_EQ(on_wire(), frames);
    for (std::uint8_t i = 0; i < 100; ++i) wire->to_nic.push_back(ip(own, i));
    device->pump();
    const std::size_t first = received(0).size(), second = received(1).size();
    EXPECT_EQ(first + second, 100u);
    EXPECT_GT(first, 20u);
    EXPECT_GT(second, 20u);
    nic->stop();
    start_and_link({.rx_queues = 1});
    for (std::uint8_t i = 0; i < 100; ++i) wire->to_nic.push_back(ip(own, i));
    device->pump();
    EXPECT_EQ(received(0).size(), 100u) << "with one queue all come there";
}

TEST_F(OnVfModel, FiltersAreThePhysicalFunctions) {
    open("trust=on");
    start_and_link();
    const auto passing = [&] {
        return std::vector<bool>{passes(own), passes(broadcast), passes(other), passes(mac_of(1)),
                                 passes(group)};
    };
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, false, false, false}));
    nic->set_unicast_filters(std::vector{other, mac_of(1)});
    nic->set_multicast_filters(std::vector{group});
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, true, true, true}));
    nic->set_unicast_filters(std::vector{mac_of(1)});
    nic->set_multicast_filters({});
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, false, true, false}));
    nic->set_all_multicast(true);
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, false, true, true}));
    nic->set_all_multicast(false);
    nic->set_unicast_filters({});
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, false, false, false}));
    std::vector<MacAddress> many;
    for (int i = 0; i < 17; ++i) many.push_back(mac_of(i));
    expect_says(sentence<hal::Error>([&] { nic->set_unicast_filters(many); }), "its table is full");
    EXPECT_TRUE(passes(own));
}

TEST_F(OnVfModel, MulticastHashesMeanTheSameToBothSides) {
    open();
    start_and_link();
    for (int i = 0; i < 200; ++i) {
        const MacAddress one{{0x33, 0x33, 0, static_cast<std::uint8_t>(i * 3),
                              static_cast<std::uint8_t>(i * 77), static_cast<std::uint8_t>(i * 151)}};
        nic->set_multicast_filters(std::vector{one});
        ASSERT_TRUE(passes(one)) << to_string(one);
    }
}

TEST_F(OnVfModel, VlansAreThoseThatWereAskedForAndTagsAreTakenOff) {
    open();
    start_and_link({.strip_vlan = true});
    EXPECT_FALSE(passes(in_vlan(own, 7)));
    nic->set_vlan_filters(std::vector<std::uint16_t>{7, 4094});
    EXPECT_TRUE(passes(in_vlan(own, 4094)));
    EXPECT_FALSE(passes(in_vlan(own, 8)));
    EXPECT_TRUE(passes(own)) << "without a tag";
    arrive(in_vlan(own, 7));
    EXPECT_EQ(received().at(0).size(), 96u);
    nic->stop();
    start_and_link();
    arrive(in_vlan(own, 7));
    EXPECT_EQ(received(), (Frames{in_vlan(own, 7)})) << "asked for again, and left on";
    nic->set_vlan_filters({});
    EXPECT_FALSE(passes(in_vlan(own, 7)));
}

TEST_F(OnVfModel, TheAddressMayBeChangedByTheTrustedOnly) {
    open();
    start_and_link();
    expect_says(sentence<hal::Error>([&] { nic->set_mac(other); }),
                "refuses the address 02:11:22:33:44:55; its administrator has chosen");
    EXPECT_TRUE(passes(own));
    nic->stop();
    nic.reset();
    open("trust=on");
    start_and_link();
    nic->set_mac(other);
    EXPECT_TRUE(passes(other));
    EXPECT_FALSE(passes(own));
    nic->stop();
    start_and_link();
    EXPECT_EQ(nic->mac(), other);
    EXPECT_TRUE(passes(other));
    EXPECT_FALSE(passes(own));
}

TEST_F(OnVfModel, WithoutAnAddressItMakesOneUp) {
    open("mac=none");
    const MacAddress made_up = nic->mac();
    EXPECT_EQ(made_up.bytes[0] & 3, 2);
    for (int i = 0; i < 2; ++i) {
        start_and_link();
        EXPECT_EQ(nic->mac(), made_up);
        EXPECT_TRUE(passes(made_up));
        nic->stop();
    }
}

TEST_F(OnVfModel, PromiscuousModeIsForTrustedFunctionsOfAnX540) {
    for (const char* options : {"", "trust=on", "id=1515"}) {
        open(options);
        start_and_link();
        expect_says(sentence<hal::Error>([&] { nic->set_promiscuous(true); }), "refuses promiscuous mode");
        EXPECT_FALSE(passes(other)) << options;
        EXPECT_FALSE(passes(group)) << "nor half of it: " << options;
        nic->stop();
        nic.reset();
    }
    open("id=1515,trust=on");
    start_and_link({.promiscuous = true});
    EXPECT_TRUE(passes(other));
    nic->set_promiscuous(false);
    EXPECT_FALSE(passes(other));
}

TEST_F(OnVfModel, StatisticsCountFramesAndBytesBothWays) {
    open();
    for (int round = 0; round < 2; ++round) {
        start_and_link({.rx_queues = 2, .tx_queues = 3});
        EXPECT_EQ(nic->statistics().rx_packets, 0u) << "they count since start()";
        arrive(ethernet(own, 1, 100));
        arrive(ethernet(own, 1, 1000));
        send({ethernet(other, 1, 60), ethernet(other, 2, 200)}, 0);
        send({ethernet(other, 3, 300)}, 2);
        EXPECT_EQ(received().size(), 2u);
        for (int look = 0; look < 2; ++look) {
            const Statistics s = nic->statistics();
            EXPECT_EQ(s.rx_packets, 2u);
            EXPECT_EQ(s.rx_bytes, 1100u);
            EXPECT_EQ(s.tx_packets, 3u);
            EXPECT_EQ(s.tx_bytes, 560u);
        }
        nic->stop();
    }
}

TEST_F(OnVfModel, BytesOfFramesWithTagsTakenOffAreThoseOfTheWire) {
    open();
    start_and_link({.strip_vlan = true});
    nic->set_vlan_filters(std::vector<std::uint16_t>{7});
    arrive(in_vlan(own, 7));
    EXPECT_EQ(received().size(), 1u);
    EXPECT_EQ(nic->statistics().rx_bytes, 100u);
}

TEST_F(OnVfModel, TheLinkIsFollowed) {
    open();
    start_and_link();
    EXPECT_EQ(nic->link().mbit_per_second, 10000u);
    for (int round = 0; round < 3; ++round) {
        wire->connected = false;
        device->pump();
        EXPECT_FALSE(nic->link().up);
        expect_says(sentence<hal::Timeout>([&] { nic->wait_for_link(100ms); }),
                    "it is the physical function's");
        wire->connected = true;
        nic->wait_for_link(1s);
        EXPECT_TRUE(passes(own));
    }
}

TEST_F(OnVfModel, RequestsWorkWhileTheLinkGoesUpAndDown) {
    open("trust=on");
    start_and_link();
    for (int i = 0; i < 50; ++i) {
        wire->connected = i % 2 != 0;
        device->pump();
        clock.sleep(2ms);
        nic->set_unicast_filters(std::vector{mac_of(i)});
        static_cast<void>(nic->link());
    }
    nic->wait_for_link(1s);
    EXPECT_TRUE(passes(mac_of(49)));
}

TEST_F(OnVfModel, ItStartsAgainManyTimes) {
    open();
    for (unsigned n = 0; n < 20; ++n) {
        start_and_link({.rx_queues = 1 + n % 2, .rx_descriptors = n % 2 ? 64u : 512u});
        ASSERT_TRUE(passes(ethernet(own, n, 64)));
        send({ethernet(other, n, 64)});
        ASSERT_EQ(on_wire().size(), 1u);
        nic->stop();
    }
}

TEST_F(OnVfModel, ARestartInTheMiddleOfTrafficLosesNoBuffer) {
    loop_cable();
    open();
    for (int n = 0; n < 10; ++n) {
        start_and_link({.rx_descriptors = 64, .tx_descriptors = 64});
        send({ethernet(own, 1, 1000), ethernet(own, 2, 1000), ethernet(own, 3, 1000)});
        nic->stop();
    }
}

TEST_F(OnVfModel, AResetOfThePhysicalFunctionIsToldAndAStartBeginsAnew) {
    open();
    for (int n = 0; n < 3; ++n) {
        start_and_link();
        EXPECT_TRUE(passes(own));
        function->reset_physical_function();
        send({ethernet(other, 1, 64)});  // in mid-flight: into the void
        if (n == 1) clock.sleep(20ms);   // it may be over before anybody looks
        for (int look = 0; look < 2; ++look)
            expect_says(sentence<hal::Error>([&] { static_cast<void>(nic->link()); }),
                        "was reset, or its driver loaded again, and has forgotten this virtual function");
        expect_says(sentence<hal::Error>([&] { nic->set_vlan_filters(std::vector<std::uint16_t>{5}); }),
                    "has forgotten");
        EXPECT_FALSE(passes(own));
        nic->stop();
    }
    start_and_link();
    EXPECT_TRUE(passes(own));
    send({ethernet(other, 1, 64)});
    EXPECT_EQ(on_wire().size(), 1u);
}

TEST_F(OnVfModel, ASleeperIsWokenByFramesByTheLinkAndByAReset) {
    open();
    start_and_link({.interrupts = Interrupts::msix});
    static_cast<void>(nic->wait_for_link_change(0s));
    for (int n = 0; n < 20; ++n) {
        arrive(ethernet(own, 1, 64));
        ASSERT_TRUE(nic->wait_for_frames(0, 10s));
        ASSERT_EQ(received().size(), 1u);
        clock.sleep(1ms);
        EXPECT_FALSE(nic->wait_for_frames(0, 0s));
        wire->connected = n % 2 != 0;
        device->pump();
        clock.sleep(5ms);
        ASSERT_TRUE(nic->wait_for_link_change(10s)) << n;
        EXPECT_EQ(nic->link().up, n % 2 != 0);
        if (n % 2 == 0) wire->connected = true, nic->wait_for_link(1s);
    }
    static_cast<void>(nic->wait_for_link_change(0s));
    function->reset_physical_function();
    EXPECT_TRUE(nic->wait_for_link_change(10s));
    expect_says(sentence<hal::Error>([&] { static_cast<void>(nic->link()); }), "has forgotten");
}

TEST_F(OnVfModel, WhoeverDoesNotAnswerIsNotWaitedForForEver) {
    const auto refusal = [this](const char* options) {
        const auto before = clock.now();
        std::string text;
        text = sentence<hal::Timeout>([&] { open(options); });
        EXPECT_LE(clock.now() - before, 5s);
        nic.reset();
        return text;
    };
    expect_says(refusal("pf=absent"), "in reset, or nobody drives it");
    expect_says(refusal("pf=silent"), "does not answer request 0x1");
    open("enable=never");
    make_pool();
    expect_says(sentence<hal::Timeout>([&] { nic->start(pool, {}); }), "may not have enabled this one");
}

TEST_F(OnVfModel, AFunctionThatIsGoneIsSaidToBeGone) {
    for (const int accesses : {1, 20, 60, 100, 150, 200}) {
        try {
            open("dead-after=" + std::to_string(accesses));
            start_and_link();
            for (int i = 0; i < 200; ++i) static_cast<void>(nic->link());
            ADD_FAILURE() << "it has gone after " << accesses << " accesses";
        } catch (const hal::Error& error) {
            EXPECT_NE(std::string(error.what()).find("the device was removed"), std::string::npos)
                << error.what();
        }
        if (nic) nic->stop();
        nic.reset();
    }
}

TEST_F(OnVfModel, CompletionsThatComeLateAndTogetherLoseNothing) {
    loop_cable();
    open("dd-delay,seed=7");
    start_and_link({.rx_descriptors = 128, .tx_descriptors = 64});
    expect_back(500);
}

TEST_F(OnVfModel, RegistersAndRingsCanBeLookedAtWithoutHarm) {
    open();
    start_and_link({.rx_queues = 2, .tx_queues = 2});
    arrive(ethernet(own, 1, 64));
    EXPECT_GT(nic->read_registers().size(), 30u);
    const auto rings = nic->rings();
    ASSERT_EQ(rings.size(), 4u);
    EXPECT_TRUE(rings[0].enabled.value());
    EXPECT_EQ(rings[0].head, 1u);
    EXPECT_EQ(received().size(), 1u);
    nic->set_multicast_filters(std::vector{group});
    EXPECT_TRUE(passes(group));
}

}  // namespace
}  // namespace ringside::test

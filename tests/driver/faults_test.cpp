// The driver on a software 82599 that misbehaves: each failure is a sentence, in limited time, and what was
// begun is undone.
#include "tests/driver/nic_fixture.hpp"

namespace ringside::test {
namespace {

class Faults : public OnModel {
protected:
    // Starting must fail with a sentence that says `what` within `limit` of simulated time, and leave the
    // card stopped with all buffers back.
    template <class Expected> void start_fails(const std::string& what, hal::Clock::Duration limit) {
        make_pool();
        const auto before = clock.now();
        const std::string text = sentence<Expected>([&] { nic->start(pool, {}); });
        expect_says(text, what);
        expect_says(text, "test:82599");
        EXPECT_LE(clock.now() - before, limit);
        EXPECT_FALSE(nic->running());
        cache.reset();
        EXPECT_EQ(pool->available(), pool->size());
    }
    void config_fails(const NicConfig& config, const std::string& what) {
        const std::string text = sentence<hal::Error>([&] { start(config); });
        expect_says(text, what);
        expect_says(text, "test:82599: ");
        EXPECT_FALSE(nic->running());
    }
};

// --- The link.

TEST_F(Faults, ALinkThatNeverComesUpIsATimeoutWithASentence) {
    for (const char* options : {"link=down", "id=10f9,link=down"}) {
        open(options);
        start();
        const auto before = clock.now();
        const std::string text = sentence<hal::Timeout>([&] { nic->wait_for_link(2s); });
        EXPECT_GE(clock.now() - before, 2s);
        EXPECT_LE(clock.now() - before, 2s + 10ms) << "the limit is kept";
        expect_says(text, "test:82599: the link did not come up within 2000 ms");
        expect_says(text, "check that the cable is plugged in at both ends");
        EXPECT_TRUE(nic->running()) << "the caller decides";
        TearDown();
    }
}

TEST_F(Faults, ACableWithoutAPartnerIsNoLink) {
    wire->connected = false;
    open();
    start();
    expect_says(sentence<hal::Timeout>([&] { nic->wait_for_link(50ms); }), "within 50 ms");
}

TEST_F(Faults, AnEmptyCageIsNamedAsTheReason) {
    open("module=absent");
    start();
    expect_says(sentence<hal::Timeout>([&] { nic->wait_for_link(100ms); }),
                "there is no SFP+ module in the cage");
}

TEST_F(Faults, AWaitOfNoTimeLooksOnce) {
    open();
    start_and_link();
    nic->wait_for_link(0s);
    wire->connected = false;
    device->pump();
    expect_says(sentence<hal::Timeout>([&] { nic->wait_for_link(0s); }), "the link is down");
}

// --- A card that does not do what it must.

TEST_F(Faults, AResetThatNeverEndsIsATimeout) {
    open("reset=stuck");
    start_fails<hal::Timeout>("the reset does not end; the card needs a power cycle", 1s);
}

TEST_F(Faults, AMasterThatDoesNotStopIsResetTwice) {
    struct Resets final : hal::RegisterObserver {
        void saw(const Event& e) override {
            if (e.direction == 'W' && std::string(e.name) == "CTRL" && (e.raw & 1u << 26) != 0) ++count;
            if (e.direction == 'W' && std::string(e.name) == "GCR_EXT" && (e.raw & 1u << 30) != 0) ++cleared;
        }
        int count = 0, cleared = 0;
    } resets;
    open("master=stuck");
    nic->observe_registers(&resets);
    start();
    EXPECT_EQ(resets.count, 2) << "one reset is not enough then";
    EXPECT_EQ(resets.cleared, 1);
    nic->wait_for_link(1s);
    arrive(ethernet(own, 1, 100));
    EXPECT_EQ(received().size(), 1u);
    nic->stop();
    EXPECT_EQ(resets.count, 3) << "stopping has to reset as well";
    nic->observe_registers(nullptr);
}

TEST_F(Faults, ACardWithoutAnEepromCannotBeOpened) {
    const std::string text = sentence<hal::Error>([&] { open("eeprom=absent"); });
    expect_says(text, "test:82599: the card has no valid EEPROM (EEC.PRES is 0)");
}

TEST_F(Faults, AnEepromThatTakesItsTimeIsWaitedForAndOneThatTakesForEverIsNot) {
    open("init-delay=500000");
    start_and_link();
    TearDown();
    const auto before = clock.now();
    expect_says(
        sentence<hal::Timeout>([&] { open("init-delay=5000000"); }),
        "EEC did not become {ARD=1} within 1000 ms, it is {ARD=0}; the device cannot read its EEPROM");
    EXPECT_LE(clock.now() - before, 2s);
}

TEST_F(Faults, ADmaEngineThatNeverInitializesIsATimeout) {
    open("dmaidone=never");
    start_fails<hal::Timeout>("RDRXCTL did not become {DMAIDONE=1} within 1000 ms", 2s);
}

TEST_F(Faults, AQueueThatNeverStartsIsATimeout) {
    open("enable=never");
    start_fails<hal::Timeout>("RXDCTL[0] did not become {ENABLE=1} within 100 ms", 1s);
}

TEST_F(Faults, AfterAFailedStartTheNextOneStartsFromTheBeginning) {
    open();
    auto small = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 100});
    expect_says(sentence<hal::Error>([&] { nic->start(small, {}); }), "pool of 100 buffers is too small");
    EXPECT_FALSE(nic->running());
    EXPECT_EQ(small->available(), 100u);
    start_and_link();
    arrive(ethernet(own, 1, 100));
    EXPECT_EQ(received().size(), 1u);
}

TEST_F(Faults, APoolThatFillsSomeQueuesOnlyGetsAllBuffersBack) {
    open();
    auto small = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 300});
    sentence<hal::Error>([&] { nic->start(small, {.rx_queues = 5, .rx_descriptors = 64}); });
    EXPECT_EQ(small->available(), 300u);
}

// --- A card that disappears.

TEST_F(Faults, ACardThatIsGoneAtAnyMomentIsReportedAsGone) {
    // As many register accesses as opening and starting take, and a few more.
    std::uint64_t completed = 0;
    for (std::uint64_t n = 0; n < 4000; n += n < 120 ? 1 : 37) {
        FakeClock its_clock;
        auto owned = std::make_unique<InProcessDevice>("dead-after=" + std::to_string(n), wire, its_clock);
        CheckedDma& dma = owned->dma();
        const auto space = owned->dma_space();
        const auto its_pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 700});
        const auto before = its_clock.now();
        try {
            const auto its_nic = open_nic(domain, std::move(owned), its_clock);
            its_nic->start(its_pool, {.rx_descriptors = 64, .tx_descriptors = 64});
            ++completed;
            static_cast<void>(its_nic->link());
        } catch (const hal::DeviceGone& e) {
            expect_says(e.what(), "test:82599: ");
        } catch (const std::exception& e) {
            ADD_FAILURE() << "dead after " << n << " accesses: " << e.what();
        }
        EXPECT_LE(its_clock.now() - before, 5s);
        EXPECT_EQ(its_pool->available(), 700u) << "dead after " << n << " accesses";
        EXPECT_EQ(dma.refused, 0u);
    }
    EXPECT_GT(completed, 0u) << "the range must reach beyond a whole start";
}

TEST_F(Faults, ACardThatIsPulledOutSaysSoEverywhere) {
    open();
    start_and_link();
    device->unplug();
    const std::string text = sentence<hal::DeviceGone>([&] { static_cast<void>(nic->link()); });
    expect_says(text, "test:82599: all registers read as ones");
    sentence<hal::DeviceGone>([&] { nic->wait_for_link(1s); });
    sentence<hal::DeviceGone>([&] { static_cast<void>(nic->statistics()); });
    sentence<hal::DeviceGone>([&] { nic->set_promiscuous(true); });
    std::vector<mem::Packet> none(32);
    EXPECT_EQ(nic->rx(0).receive(*cache, none), 0u);
    const auto parts = parts_of(ethernet(own, 1, 100));
    EXPECT_EQ(nic->tx(0).send(*cache, parts), 1u) << "the ring is memory; nobody reads it any more";
    EXPECT_EQ(nic->tx(0).reclaim(*cache), 1u);
    nic->stop();
    EXPECT_FALSE(nic->running());
    sentence<hal::DeviceGone>([&] { nic->start(pool, {}); });
}

TEST_F(Faults, ADeviceThatIsGoneCannotBeOpened) {
    auto owned = std::make_unique<InProcessDevice>("", wire, clock);
    owned->unplug();
    sentence<hal::DeviceGone>([&] { open_nic(domain, std::move(owned), clock); });
}

// --- What cannot be.

TEST_F(Faults, AConfigurationThatTheCardCannotDoIsASentence) {
    open();
    config_fails({.rx_queues = 0}, "rx_queues = 0 is not possible on Intel 82599 (SFP+): choose 1 to 128");
    config_fails({.rx_queues = 129}, "rx_queues = 129");
    config_fails({.tx_queues = 0}, "tx_queues = 0");
    config_fails({.tx_queues = 65}, "tx_queues = 65 is not possible on Intel 82599 (SFP+): choose 1 to 64");
    config_fails({.rx_descriptors = 32}, "rx_descriptors = 32");
    config_fails({.rx_descriptors = 8192}, "choose 64 to 4096");
    config_fails({.rx_descriptors = 1000},
                 "rx_descriptors = 1000 is not a power of two; the nearest are 512 and 1024");
    config_fails({.tx_descriptors = 0}, "tx_descriptors = 0");
    config_fails({.tx_descriptors = 65}, "the nearest are 64 and 128");
    config_fails({.mtu = 67}, "mtu = 67");
    config_fails({.mtu = 9711}, "mtu = 9711 is not possible on Intel 82599 (SFP+): choose 68 to 9710");
}

TEST_F(Faults, AWrongConfigurationDoesNotDisturbARunningCard) {
    open();
    start_and_link();
    sentence<hal::Error>([&] { nic->start(pool, {.mtu = 1}); });
    EXPECT_TRUE(nic->running());
    arrive(ethernet(own, 1, 100));
    EXPECT_EQ(received().size(), 1u);
}

TEST_F(Faults, ACardThatNobodyKnowsIsNamed) {
    class Unknown final : public hal::Device {
    public:
        const std::string& address() const override { return address_; }
        std::uint32_t config_read(std::uint32_t offset, unsigned) override {
            return offset == 0 ? 0x8086 : 0x0001;  // no such card
        }
        void config_write(std::uint32_t, std::uint32_t, unsigned) override {}
        hal::Bar& bar(unsigned) override { throw hal::Error("there is none"); }
        std::shared_ptr<hal::DmaSpace> dma_space() override { return nullptr; }
        unsigned interrupt_count(hal::InterruptKind) override { return 0; }
        void set_interrupts(hal::InterruptKind, std::span<const int>) override {}
        void unmask_intx() override {}
        void reset() override {}
        hal::Condition condition() override { return hal::Condition::working; }
        int numa_node() override { return -1; }

    private:
        std::string address_ = "test:other";
    };
    expect_says(sentence<hal::Error>([&] { open_nic(domain, std::make_unique<Unknown>(), clock); }),
                "test:other is a PCI function 8086:0001, for which there is no driver here");
}

}  // namespace
}  // namespace ringside::test

// Mapped doorbell pages: a client that writes registers as memory, without a message.
#include "hal/mapping.hpp"
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

// Like InProcessDevice, but with the pages mapped as a client of a vfio-user server would.
class Doorbells : public testing::Test {
protected:
    static constexpr std::uint64_t base = 0x100000;
    static constexpr std::size_t size = 1 << 18;

    Doorbells() {
        function->attach(dma, interrupts);
        dma.map({reinterpret_cast<std::byte*>(memory.data()), size, -1, 0, hal::Iova{base}});
        const std::uint16_t command = 6;
        function->write(7, 4, std::as_bytes(std::span(&command, 1)));
        region = function->region(0);
        pages = hal::Mapping::shared(region.fd, 0, 0xE000, "doorbells");
    }
    void set(std::uint32_t offset, std::uint32_t value) {
        function->write(0, offset, std::as_bytes(std::span(&value, 1)));
        function->poll();
    }
    std::uint32_t get(std::uint32_t offset) {
        std::uint32_t value = 0;
        function->read(0, offset, std::as_writable_bytes(std::span(&value, 1)));
        return value;
    }
    volatile std::uint32_t& mapped(std::uint32_t offset) {
        return *reinterpret_cast<volatile std::uint32_t*>(pages.bytes().data() + offset);
    }
    void pass(hal::Clock::Duration time) {
        clock.advance(time);
        function->poll();
    }
    // 32 descriptors at the start of the memory, buffers from 64 KiB on; a transmit ring in between.
    void rings() {
        pass(5ms);
        pass(5ms);
        set(r::FCRTH0, 0x1000);
        set(r::RDRXCTL, get(r::RDRXCTL) | 2);
        set(r::rx(0, r::BAL), base);
        set(r::rx(0, r::LEN), 512);
        set(r::rx(0, r::SRRCTL), 1u << 25 | 2);
        set(r::rx(0, r::DCTL), r::ENABLE);
        set(r::SECRXCTRL, 2);
        set(r::RXCTRL, 1);
        set(r::SECRXCTRL, 0);
        set(r::DMATXCTL, 0x81000005);
        set(r::tx(0, r::BAL), base + 4096);
        set(r::tx(0, r::LEN), 512);
        set(r::tx(0, r::DCTL), r::ENABLE);
        pass(1ms);
        for (std::uint32_t i = 0; i < 32; ++i) ring(0)[i] = {base + 0x10000 + i * 2048, 0};
    }
    Descriptor* ring(std::size_t offset) {
        return reinterpret_cast<Descriptor*>(memory.data()) + offset / 16;
    }

    FakeClock clock;
    CheckedDma dma;
    EventFdInterrupts interrupts;
    std::shared_ptr<Wire> wire = std::make_shared<Wire>();
    std::vector<std::uint64_t> memory = std::vector<std::uint64_t>(size / 8);
    std::unique_ptr<sim::PciFunction> function =
        sim::make_82599("", std::make_unique<TestCable>(wire), clock);
    sim::Region region;
    hal::Mapping pages;
};

TEST_F(Doorbells, ThreeAreasAreOffered) {
    ASSERT_EQ(region.areas.size(), 3u);
    EXPECT_EQ(region.areas[0].offset, 0x1000u);
    EXPECT_EQ(region.areas[1].offset, 0x6000u);
    EXPECT_EQ(region.areas[1].size, 0x2000u);
    EXPECT_EQ(region.areas[2].offset, 0xD000u);
    EXPECT_TRUE(function->must_be_polled());
}

TEST_F(Doorbells, NothingIsOfferedIfTheyAreTrapped) {
    const auto trapped = sim::make_82599("doorbells=trapped", std::make_unique<TestCable>(wire), clock);
    EXPECT_EQ(trapped->region(0).fd, -1);
    EXPECT_TRUE(trapped->region(0).areas.empty());
}

TEST_F(Doorbells, TailsAreTakenFromMemory) {
    wire->loop = true;
    rings();
    mapped(r::rx(0, r::T)) = 31;
    const Frame frame = make_frame(64, own_mac);
    std::memcpy(reinterpret_cast<std::byte*>(memory.data()) + 0x8000, frame.data(), 64);
    ring(4096)[0] = {base + 0x8000, tx_data | tx_dext | tx_eop | tx_ifcs | tx_rs | 64};
    mapped(r::tx(0, r::T)) = 1;
    function->poll();
    EXPECT_NE(ring(0)[0].high & rx_dd, 0u);
    EXPECT_NE(ring(4096)[0].high & tx_dd, 0u);
    EXPECT_EQ(get(r::tx(0, r::T)), 1u) << "a message sees it too";
}

TEST_F(Doorbells, MemoryShowsWhatAMessageWouldRead) {
    rings();
    EXPECT_EQ(mapped(r::rx(0, r::LEN)), 512u);
    EXPECT_EQ(mapped(r::rx(5, r::SRRCTL)), 0x402u);
    EXPECT_EQ(mapped(r::rx(127, r::SRRCTL)), 0x402u);
    EXPECT_NE(mapped(r::rx(0, r::DCTL)) & r::ENABLE, 0u);
    mapped(r::rx(0, r::T)) = 31;
    wire->to_nic.push_back(make_frame(64, own_mac));
    function->poll();
    EXPECT_EQ(mapped(r::rx(0, r::H)), 1u);
    pass(1ms);
    EXPECT_EQ(mapped(r::rx(0, r::QPRC)), 1u);
    EXPECT_EQ(get(r::rx(0, r::QPRC)), 1u) << "looking at memory does not clear it";
    pass(1ms);
    EXPECT_EQ(mapped(r::rx(0, r::QPRC)), 0u);
}

TEST_F(Doorbells, OtherRegistersWrittenAsMemoryAreFoundWithinAFewHundredMicroseconds) {
    rings();
    mapped(r::rx(3, r::BAL)) = base + 0x2000;
    mapped(r::rx(3, r::LEN)) = 512;
    mapped(r::rx(3, r::DCTL)) = r::ENABLE;
    mapped(r::tx(9, r::LEN)) = 1024;
    pass(150us);
    pass(150us);
    EXPECT_EQ(get(r::rx(3, r::BAL)), base + 0x2000);
    EXPECT_NE(get(r::rx(3, r::DCTL)) & r::ENABLE, 0u);
    EXPECT_EQ(get(r::tx(9, r::LEN)), 1024u);
}

TEST_F(Doorbells, AQueueThatIsRunningIsDisabledWithoutDelayByAWriteToMemory) {
    rings();
    mapped(r::rx(0, r::T)) = 31;
    function->poll();
    mapped(r::rx(0, r::DCTL)) = 0;
    function->poll();
    pass(15us);
    wire->to_nic.push_back(make_frame(64, own_mac));
    function->poll();
    EXPECT_EQ(ring(0)[0].high & rx_dd, 0u);
    EXPECT_EQ(mapped(r::rx(0, r::DCTL)), 0u);
}

TEST_F(Doorbells, TailsOutOfTheRingDoNoHarm) {
    rings();
    for (const std::uint32_t tail : {32u, 0xFFFFu, 0xFFFFFFFFu, 0x80000020u}) {
        mapped(r::rx(0, r::T)) = tail;
        mapped(r::tx(0, r::T)) = tail;
        wire->to_nic.push_back(make_frame(64, own_mac));
        function->poll();
        EXPECT_EQ(get(r::rx(0, r::H)), 0u);
        EXPECT_EQ(get(r::tx(0, r::H)), 0u);
    }
    EXPECT_EQ(dma.refused, 0u);
}

}  // namespace
}  // namespace ringside::test

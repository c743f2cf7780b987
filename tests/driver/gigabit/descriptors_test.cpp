// The rings with each family's descriptors, against a device that is only memory. Bits are typed from the
// datasheets' tables, not taken from the descriptors.
#include "driver/e1000/queues.hpp"
#include "driver/e1000e/queues.hpp"
#include "driver/igb/queues.hpp"
#include "driver/rx_info.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace ringside::test {
namespace {

// Where status and errors lie: the rest follows.
struct LegacyFormat {
    using Rx = e1000::RxDescriptor;
    static std::uint64_t word(std::uint64_t length, std::uint64_t status, std::uint64_t errors) {
        return length | status << 32 | errors << 40;
    }
};
struct ExtendedFormat {
    using Rx = e1000e::RxDescriptor;
    static std::uint64_t word(std::uint64_t length, std::uint64_t status, std::uint64_t errors) {
        return status | errors << 24 | length << 32;
    }
};
struct AdvancedFormat : ExtendedFormat {
    using Rx = igb::RxDescriptor;
};

template <class Format> class ReceiveRing : public testing::Test {
protected:
    using Descriptor = typename Format::Rx;
    static constexpr std::uint64_t DD = 1, EOP = 2;

    void complete(std::uint64_t length, std::uint64_t status, std::uint64_t errors = 0) {
        Descriptor& d = queue.ring()[head];
        d.high = Format::word(length, status, errors);
        head = (head + 1) % 64;
    }
    std::vector<mem::Packet> receive() {
        std::vector<mem::Packet> out(32);
        out.resize(queue.receive(cache, out));
        for (const mem::Packet& p : out) cache.give(p);
        return out;
    }

    mem::DmaDomain domain{{.page_size = mem::PageSize::small, .numa_node = -1}};
    std::shared_ptr<mem::PacketPool> pool =
        std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 1024});
    volatile std::uint32_t tail = 0;
    RxRing<Descriptor> queue{domain, pool, 64, hal::Doorbell(tail)};
    mem::PacketCache cache{*pool};
    std::uint32_t head = 0;
};
using Formats = testing::Types<LegacyFormat, ExtendedFormat, AdvancedFormat>;
TYPED_TEST_SUITE(ReceiveRing, Formats);

TYPED_TEST(ReceiveRing, AWholeFrameComesWithItsLength) {
    EXPECT_FALSE(this->queue.ready());
    this->complete(60, 3);
    EXPECT_TRUE(this->queue.ready());
    const auto got = this->receive();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].length, 60);
    EXPECT_EQ(got[0].flags, 0);
    EXPECT_EQ(this->tail, 0u) << "the tail is one behind the next";
    EXPECT_EQ(this->queue.ring()[0].high, 0u) << "the descriptor is empty again";
}

TYPED_TEST(ReceiveRing, EveryLengthOfABufferIsTakenAndNoOther) {
    for (const std::uint64_t length : {1u, 1514u, 2048u}) {
        this->complete(length, 3);
        EXPECT_EQ(this->receive().size(), 1u) << length;
    }
    for (const std::uint64_t length : {0u, 2049u, 0xFFFFu}) {
        this->complete(length, 3);
        EXPECT_EQ(this->receive().size(), 0u) << length;
    }
    EXPECT_EQ(this->queue.counters().bad_descriptors, 3u);
}

TYPED_TEST(ReceiveRing, AChainIsOneFrameAndWaitsForItsEnd) {
    this->complete(2048, 1);
    this->complete(2048, 1);
    EXPECT_EQ(this->receive().size(), 0u);
    this->complete(100, 3);
    const auto got = this->receive();
    ASSERT_EQ(got.size(), 3u);
    EXPECT_EQ(got[0].flags, mem::Packet::more);
    EXPECT_EQ(got[1].flags, mem::Packet::more);
    EXPECT_EQ(got[2].flags, 0);
    EXPECT_EQ(got[2].length, 100);
}

TYPED_TEST(ReceiveRing, EachErrorOfTheMacDropsTheFrameAndTheOthersDoNot) {
    // 0 CE, 1 SE, 2 SEQ, 4 CXE, 7 RXE; 5 and 6 are checksums, 3 is reserved.
    for (unsigned bit = 0; bit < 8; ++bit) {
        const bool mac = bit <= 2 || bit == 4 || bit == 7;
        this->complete(60, 3, 1u << bit);
        EXPECT_EQ(this->receive().size(), mac ? 0u : 1u) << bit;
    }
    EXPECT_EQ(this->queue.counters().damaged, 5u);
}

TYPED_TEST(ReceiveRing, ADamagedChainIsDroppedAsAWhole) {
    this->complete(2048, 1);
    this->complete(100, 3, 1);
    this->complete(60, 3);
    EXPECT_EQ(this->receive().size(), 1u);
    EXPECT_EQ(this->queue.counters().damaged, 1u);
}

TYPED_TEST(ReceiveRing, TheRingGoesRound) {
    for (int n = 0; n < 1000; ++n) {
        this->complete(60 + static_cast<std::uint64_t>(n) % 1000, 3);
        const auto got = this->receive();
        ASSERT_EQ(got.size(), 1u);
        EXPECT_EQ(got[0].length, 60 + n % 1000);
    }
}

// --- What a descriptor says of its frame.

unsigned legacy(std::uint64_t status, std::uint64_t errors) {
    return e1000::RxDescriptor::describe(0, LegacyFormat::word(60, status, errors)).flags;
}
unsigned extended(std::uint64_t status, std::uint64_t errors, std::uint64_t low = 0) {
    return e1000e::RxDescriptor::describe(low, ExtendedFormat::word(60, status, errors)).flags;
}
unsigned advanced(std::uint64_t status, std::uint64_t errors, std::uint64_t low = 0) {
    return igb::RxDescriptor::describe(low, AdvancedFormat::word(60, status, errors)).flags;
}

TEST(Describe, ChecksumsAreToldWhereTheyWereChecked) {
    constexpr unsigned ip = RxInfo::ip_checked, ip_bad = RxInfo::ip_bad, l4 = RxInfo::l4_checked,
                       l4_bad = RxInfo::l4_bad;
    for (const auto flags : {legacy, +[](std::uint64_t s, std::uint64_t e) { return extended(s, e); },
                             +[](std::uint64_t s, std::uint64_t e) { return advanced(s, e); }}) {
        EXPECT_EQ(flags(3, 0), 0u);
        EXPECT_EQ(flags(0x63, 0), ip | l4);
        EXPECT_EQ(flags(0x63, 0x40), ip | ip_bad | l4);
        EXPECT_EQ(flags(0x63, 0x20), ip | l4 | l4_bad);
        EXPECT_EQ(flags(3, 0x60), 0u) << "a verdict on what was not checked is none";
    }
    EXPECT_EQ(legacy(0x67, 0x60), 0u) << "IXSM: nothing was checked";
    EXPECT_EQ(extended(0x67, 0x60), 0u);
    EXPECT_EQ(advanced(0x23, 0x20, 1u << (4 + 6)), unsigned{RxInfo::sctp}) << "erratum: short SCTP frames";
}

TEST(Describe, TagsHashesAndProtocolsAreTold) {
    const auto tagged = e1000::RxDescriptor::describe(0, LegacyFormat::word(60, 0xB, 0) | 0x0123ull << 48);
    EXPECT_EQ(tagged.flags, unsigned{RxInfo::vlan_stripped});
    EXPECT_EQ(tagged.vlan, 0x123);
    const auto hashed = igb::RxDescriptor::describe(0xCAFE0011ull << 32 | 0x11 << 4 | 1, 3);
    EXPECT_EQ(hashed.flags, unsigned{RxInfo::hash_valid | RxInfo::ipv4 | RxInfo::tcp});
    EXPECT_EQ(hashed.rss_hash, 0xCAFE0011u);
    EXPECT_EQ(extended(3, 0, 0xCAFE0011ull << 32 | 1), unsigned{RxInfo::hash_valid});
    EXPECT_EQ(advanced(3, 0, 0xFFF1ull << 4), 0u) << "an EtherType filter's index is not a protocol";
}

// --- What is sent.

template <class Descriptor> std::vector<std::uint64_t> commands(const std::vector<std::uint16_t>& lengths) {
    mem::DmaDomain domain{{.page_size = mem::PageSize::small, .numa_node = -1}};
    auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 256});
    volatile std::uint32_t tail = 0;
    TxRing<Descriptor> queue(domain, pool, 64, hal::Doorbell(tail));
    mem::PacketCache cache(*pool);
    std::vector<mem::Packet> in;
    for (const std::uint16_t length : lengths) {
        in.push_back(cache.allocate().value());
        in.back().length = length;
        in.back().flags = in.size() < lengths.size() ? mem::Packet::more : std::uint16_t{0};
    }
    EXPECT_EQ(queue.send(cache, in), in.size());
    std::vector<std::uint64_t> out;
    for (std::uint32_t i = 0; i < tail; ++i) out.push_back(queue.ring()[i].command);
    return out;
}

TEST(Commands, AreTheLegacyOnesOnE1000AndE1000e) {
    constexpr std::uint64_t EOP = 1 << 24, IFCS = 1 << 25, RS = 1 << 27;
    using Words = std::vector<std::uint64_t>;
    EXPECT_EQ(commands<e1000::TxDescriptor>({100}), (Words{100 | EOP | IFCS | RS}));
    EXPECT_EQ(commands<e1000::TxDescriptor>({2000, 2000, 7}),
              (Words{2000 | IFCS, 2000 | IFCS, 7 | EOP | IFCS | RS}));
    EXPECT_EQ(commands<e1000e::TxDescriptor>({60}), (Words{60 | EOP | IFCS | RS}));
}

TEST(Commands, AreTheAdvancedOnesOnIgb) {
    constexpr std::uint64_t data = 3 << 20 | 1 << 25 | 1 << 29, EOP = 1 << 24, RS = 1 << 27;
    EXPECT_EQ(
        commands<igb::TxDescriptor>({2000, 50}),
        (std::vector<std::uint64_t>{2000 | data | 2050ull << 46, 50 | data | EOP | RS | 2050ull << 46}));
}

}  // namespace
}  // namespace ringside::test

// The flow director: behaviour 31, and its place in behaviour 32.
#include "sim/ixgbe/flow_director.hpp"
#include "tests/model/steering_fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t FDIRCTRL = 0xEE00, FDIRIPSA = 0xEE18, FDIRIPDA = 0xEE1C, FDIRPORT = 0xEE20,
                        FDIRVLAN = 0xEE24, FDIRHASH = 0xEE28, FDIRCMD = 0xEE2C, FDIRFREE = 0xEE38,
                        FDIRDIP4M = 0xEE3C, FDIRSIP4M = 0xEE40, FDIRTCPM = 0xEE44, FDIRUDPM = 0xEE48,
                        FDIRUSTAT = 0xEE50, FDIRFSTAT = 0xEE54, FDIRMATCH = 0xEE58, FDIRMISS = 0xEE5C,
                        FDIRHKEY = 0xEE68, FDIRSKEY = 0xEE6C, FDIRM = 0xEE70;
constexpr std::uint32_t bucket_key = 0x3DAD14E2, signature_key = 0x174D3614;
constexpr std::uint32_t add = 1, remove = 2, query = 3, valid = 1u << 2, update = 1u << 3, last = 1u << 11,
                        drop = 1u << 9, queue_en = 1u << 15;
constexpr std::uint32_t flow_udp = 1, flow_tcp = 2;

// The card's hash, from its description: 32 bits of key choose windows of the words that slide by one bit.
std::uint32_t reference_hash(std::uint32_t key, std::uint32_t flow, std::uint32_t mixed) {
    std::uint32_t hash = 0;
    for (unsigned i = 0; i < 32; ++i) {
        if ((key >> i & 1) == 0) continue;
        if (i >= 16) {
            hash ^= (mixed ^ flow ^ flow >> 16) >> (i - 16);
        } else {
            std::uint32_t low = mixed << 16 | mixed >> 16;
            if (i != 0) low ^= flow ^ flow << 16;
            hash ^= low >> i;
        }
    }
    return hash & 0x7FFF;
}

std::uint32_t word(const std::string& text) {
    const Bytes b = address(text);
    return static_cast<std::uint32_t>(b[0]) << 24 | static_cast<std::uint32_t>(b[1]) << 16 |
           static_cast<std::uint32_t>(b[2]) << 8 | b[3];
}
std::uint32_t swap(std::uint32_t v) { return __builtin_bswap32(v); }

std::uint32_t type_of(const Packet& p) { return p.protocol == proto_tcp ? flow_tcp : flow_udp; }
std::uint32_t mixed_of(const Packet& p) {
    return word(p.source) ^ word(p.destination) ^
           (static_cast<std::uint32_t>(p.source_port) << 16 | p.destination_port);
}

class FlowDirectorTest : public SteeringTest {
protected:
    void keys() {
        set(FDIRHKEY, bucket_key);
        set(FDIRSKEY, signature_key);
    }
    // As Linux does it: 64 KiB, report matches, drop queue 127, flexible bytes at the EtherType.
    void perfect(std::uint32_t fdirm = 0x37, std::uint32_t more = 0) {
        keys();
        set(FDIRCTRL, 1 | 1u << 4 | 1u << 5 | 127u << 8 | 6u << 16 | 10u << 24 | 4u << 28 | more);
        EXPECT_NE(get(FDIRCTRL) & 8, 0u) << "INIT_DONE";
        set(FDIRM, fdirm);
    }
    void signature() {
        keys();
        set(FDIRCTRL, 1 | 6u << 16 | 10u << 24 | 4u << 28);
        EXPECT_NE(get(FDIRCTRL) & 8, 0u) << "INIT_DONE";
    }
    // `hash` without the software index.
    void add_perfect(const Packet& p, std::uint32_t hash, std::uint32_t index, std::uint32_t queue,
                     std::uint32_t flags = queue_en) {
        set(FDIRIPSA, swap(word(p.source)));
        set(FDIRIPDA, swap(word(p.destination)));
        set(FDIRPORT, static_cast<std::uint32_t>(p.destination_port) << 16 | p.source_port);
        set(FDIRVLAN, p.tci.value_or(0));
        set(FDIRHASH, hash | index << 16);
        set(FDIRCMD, add | update | last | flags | type_of(p) << 5 | queue << 16);
        EXPECT_EQ(get(FDIRCMD) & 3, 0u) << "the command is done";
    }
    static std::uint32_t bucket(const Packet& p, std::uint32_t vlan = 0) {
        return reference_hash(bucket_key, type_of(p) << 16 | vlan, mixed_of(p)) & 0x1FFF;
    }
    static Packet tcp() {
        Packet p;
        p.protocol = proto_tcp;
        return p;
    }
};

TEST_F(FlowDirectorTest, Behaviour31_TheReferenceAgreesWithTheKnownVectors) {
    EXPECT_EQ(bucket(tcp()), 0x086Bu);
    EXPECT_EQ(bucket(tcp(), 100), 0x0F69u);
    Packet p;
    p.source = "192.168.1.1", p.source_port = 53, p.destination = "192.168.1.2", p.destination_port = 5353;
    EXPECT_EQ(bucket(p), 0x10DBu);
}

TEST_F(FlowDirectorTest, Behaviour31_EveryBitOfTheKeyCounts) {
    const std::uint32_t flow = 0x00020064, mixed = 0x12345678;
    for (unsigned i = 0; i < 32; ++i)
        EXPECT_EQ(sim::ixgbe::flow_hash(1u << i, flow, mixed), reference_hash(1u << i, flow, mixed)) << i;
    EXPECT_EQ(sim::ixgbe::flow_hash(0x80800101, flow, mixed), reference_hash(0x80800101, flow, mixed));
}

TEST_F(FlowDirectorTest, Behaviour31_PerfectFilterSendsItsFlowToItsQueue) {
    perfect();
    add_perfect(tcp(), 0x086B, 77, 6);
    const Seen seen = arrives(tcp());
    EXPECT_EQ(seen.queue, 6u);
    EXPECT_TRUE(seen.flow_matched());
    EXPECT_EQ(seen.low & 0xF, 0xFu) << "in place of an RSS type";
    EXPECT_EQ(seen.low >> 32 & 0x1FFF, 77u) << "software index";
    EXPECT_EQ(seen.low >> 48 & 0x1FFF, 0x086Bu) << "hash";
    EXPECT_EQ(get(FDIRMATCH), 1u);
    EXPECT_EQ(get(FDIRMATCH), 0u) << "cleared by reading";
    EXPECT_EQ(get(FDIRUSTAT), 1u);
}

TEST_F(FlowDirectorTest, Behaviour31_EveryFieldMustMatch) {
    perfect();
    add_perfect(tcp(), 0x086B, 77, 6);
    std::vector<Packet> others(5, tcp());
    others[0].source = "10.0.0.3";
    others[1].destination = "10.0.0.3";
    others[2].source_port = 1001;
    others[3].destination_port = 2001;
    others[4].protocol = proto_udp;
    for (const Packet& p : others) {
        const Seen seen = arrives(p);
        EXPECT_EQ(seen.queue, 0u);
        EXPECT_FALSE(seen.flow_matched());
    }
    EXPECT_EQ(get(FDIRMISS), 5u);
    EXPECT_EQ(get(FDIRMATCH), 0u);
}

TEST_F(FlowDirectorTest, Behaviour31_SwappedEndsShareTheBucketButNotTheFilter) {
    perfect();
    add_perfect(tcp(), 0x086B, 77, 6);
    Packet back = tcp();
    std::swap(back.source, back.destination);
    ASSERT_EQ(bucket(back), 0x086Bu);
    EXPECT_EQ(arrives(back).queue, 0u);
}

TEST_F(FlowDirectorTest, Behaviour31_WithTheWrongHashAFilterIsNeverFound) {
    perfect();
    add_perfect(tcp(), 0x086C, 77, 6);
    EXPECT_EQ(arrives(tcp()).queue, 0u);
    EXPECT_EQ(get(FDIRMISS), 1u);
}

TEST_F(FlowDirectorTest, Behaviour31_VlanCountsUnlessItIsMasked) {
    perfect(0x36);  // the id counts
    Packet p = tcp();
    p.tci = 100;
    add_perfect(p, 0x0F69, 1, 3);
    EXPECT_EQ(arrives(p).queue, 3u);
    p.tci = 0xE000 | 100;
    EXPECT_EQ(arrives(p).queue, 3u) << "the priority is masked";
    p.tci = 101;
    EXPECT_EQ(arrives(p).queue, 0u);
    EXPECT_EQ(arrives(tcp()).queue, 0u) << "no tag";
}

TEST_F(FlowDirectorTest, Behaviour31_MasksTakeFieldsOut) {
    perfect();
    set(FDIRSIP4M, swap(0x000000FF));  // a network of 256
    set(FDIRDIP4M, 0xFFFFFFFF);        // any
    set(FDIRTCPM, 0x0000FFFF);         // any source port, this destination port
    Packet p = tcp();
    const std::uint32_t mixed = (word(p.source) & 0xFFFFFF00) ^ p.destination_port;
    add_perfect(p, reference_hash(bucket_key, flow_tcp << 16, mixed) & 0x1FFF, 5, 4);
    EXPECT_EQ(arrives(p).queue, 4u);
    p.source = "10.0.0.200", p.destination = "99.9.9.9", p.source_port = 9;
    EXPECT_EQ(arrives(p).queue, 4u);
    p.source = "10.0.1.200";
    EXPECT_EQ(arrives(p).queue, 0u);
    p.source = "10.0.0.1", p.destination_port = 2001;
    EXPECT_EQ(arrives(p).queue, 0u);
}

TEST_F(FlowDirectorTest, Behaviour31_PortMasksHaveTheirBitsReversed) {
    perfect();
    set(FDIRUDPM, 0x8000FFFF);  // source ignored; of the destination, bit 0
    Packet p;
    const std::uint32_t mixed = word(p.source) ^ word(p.destination) ^ (p.destination_port & 0xFFFEu);
    add_perfect(p, reference_hash(bucket_key, flow_udp << 16, mixed) & 0x1FFF, 5, 4);
    EXPECT_EQ(arrives(p).queue, 4u);
    p.destination_port = 2001;
    EXPECT_EQ(arrives(p).queue, 4u);
    p.destination_port = 2002;
    EXPECT_EQ(arrives(p).queue, 0u);
}

TEST_F(FlowDirectorTest, Behaviour31_WithTheL4TypeMaskedAnyProtocolMatches) {
    perfect(0x3F);
    Packet p = tcp();
    set(FDIRTCPM, 0xFFFFFFFF);
    set(FDIRIPSA, swap(word(p.source)));
    set(FDIRIPDA, swap(word(p.destination)));
    set(FDIRHASH, reference_hash(bucket_key, 0, word(p.source) ^ word(p.destination)) & 0x1FFF);
    set(FDIRCMD, add | update | last | queue_en | 8u << 16);
    EXPECT_EQ(arrives(p).queue, 8u);
    p.protocol = 1;
    EXPECT_EQ(arrives(p).queue, 8u) << "ICMP";
}

TEST_F(FlowDirectorTest, Behaviour31_FlexibleBytesAreTakenFromTheFrame) {
    perfect(0x27);  // they count; at the EtherType
    Packet p = tcp();
    const std::uint32_t mixed = mixed_of(p) ^ 0x0800u << 16;
    set(FDIRIPSA, swap(word(p.source)));
    set(FDIRIPDA, swap(word(p.destination)));
    set(FDIRPORT, static_cast<std::uint32_t>(p.destination_port) << 16 | p.source_port);
    set(FDIRVLAN, 0x0008u << 16);  // bytes 08, 00
    set(FDIRHASH, reference_hash(bucket_key, flow_tcp << 16, mixed) & 0x1FFF);
    set(FDIRCMD, add | update | last | queue_en | flow_tcp << 5 | 9u << 16);
    EXPECT_EQ(arrives(p).queue, 9u);
    p.tci = 5;
    EXPECT_EQ(arrives(p).queue, 0u) << "a tag stands there";
}

TEST_F(FlowDirectorTest, Behaviour31_QueryFindsAndRemoveRemoves) {
    perfect();
    add_perfect(tcp(), 0x086B, 77, 6);
    const std::uint32_t free = get(FDIRFREE) & 0xFFFF;
    set(FDIRHASH, 0x086B | 78u << 16);
    set(FDIRCMD, query);
    EXPECT_EQ(get(FDIRCMD) & (valid | 3), 0u) << "another index";
    set(FDIRHASH, 0x086B | 77u << 16);
    set(FDIRCMD, query);
    EXPECT_EQ(get(FDIRCMD) & (valid | 3), valid);
    set(FDIRCMD, remove);
    EXPECT_EQ(get(FDIRFREE) & 0xFFFF, free + 1);
    EXPECT_EQ(arrives(tcp()).queue, 0u);
    set(FDIRCMD, query);
    EXPECT_EQ(get(FDIRCMD) & (valid | 3), 0u);
    EXPECT_EQ(get(FDIRUSTAT), 1u | 1u << 16) << "one added, one removed";
    set(FDIRCMD, remove);
    EXPECT_EQ(get(FDIRFSTAT), 1u << 8);
}

TEST_F(FlowDirectorTest, Behaviour31_TheSameFilterAgainIsAnUpdate) {
    perfect();
    add_perfect(tcp(), 0x086B, 77, 6);
    const std::uint32_t free = get(FDIRFREE);
    add_perfect(tcp(), 0x086B, 77, 5);
    EXPECT_EQ(get(FDIRFREE), free);
    EXPECT_EQ(arrives(tcp()).queue, 5u);
}

TEST_F(FlowDirectorTest, Behaviour31_DropFiltersDropAndCount) {
    perfect();
    set(r::RQSMR0 + 4 * 31, 7u << 24);  // queue 127, where FDIRCTRL sends what is dropped
    add_perfect(tcp(), 0x086B, 77, 5, queue_en | drop);
    EXPECT_EQ(arrives(tcp()).queue, 999u) << "though queue 5 runs";
    EXPECT_EQ(get(FDIRMATCH), 1u);
    EXPECT_EQ(get(r::rx(7, r::QPRDC)), 1u);
}

TEST_F(FlowDirectorTest, Behaviour31_AllFiltersFitAndNoMore) {
    perfect();
    const std::uint32_t capacity = get(FDIRFREE) & 0xFFFF;
    EXPECT_EQ(capacity, 2046u);
    get(r::EICR);
    for (std::uint32_t i = 0; i < capacity; ++i) {
        set(FDIRHASH, i % 512 | i << 16);
        set(FDIRCMD, add | update | last | queue_en | flow_tcp << 5);
        if (i == capacity / 2) { EXPECT_EQ(get(r::EICR) & (1u << 16), 0u); }
    }
    EXPECT_EQ(get(FDIRFREE) & 0xFFFF, 0u);
    EXPECT_NE(get(r::EICR) & (1u << 16), 0u) << "the table is nearly full: FLOW_DIR";
    EXPECT_EQ(get(FDIRFSTAT), 0u);
    set(FDIRHASH, 0x1000 | 1u << 16);
    set(FDIRCMD, add | update | last | queue_en | flow_tcp << 5);
    EXPECT_EQ(get(FDIRFSTAT), 1u);
    EXPECT_EQ(get(FDIRUSTAT), capacity);
}

TEST_F(FlowDirectorTest, Behaviour31_ReinitialisationForgetsAllFilters) {
    perfect();
    add_perfect(tcp(), 0x086B, 77, 6);
    set(FDIRFREE, 0);
    set(FDIRCMD, 1u << 8);
    set(FDIRCMD, 0);
    set(FDIRHASH, 0);
    perfect();
    EXPECT_EQ(get(FDIRFREE) & 0xFFFF, 2046u);
    EXPECT_EQ(arrives(tcp()).queue, 0u);
}

TEST_F(FlowDirectorTest, Behaviour31_SignatureFiltersCompareASecondHash) {
    signature();
    EXPECT_EQ(get(FDIRFREE) & 0xFFFF, 8190u);
    const Packet p = tcp();
    const std::uint32_t flow = flow_tcp << 16, mixed = mixed_of(p) ^ 0x0800u << 16;  // flexible bytes count
    const std::uint32_t hash =
        reference_hash(bucket_key, flow, mixed) | reference_hash(signature_key, flow, mixed) << 16;
    set(FDIRHASH, hash);
    set(FDIRCMD, add | update | last | queue_en | flow_tcp << 5 | 11u << 16);
    const Seen seen = arrives(p);
    EXPECT_EQ(seen.queue, 11u);
    EXPECT_TRUE(seen.flow_matched());
    EXPECT_NE(seen.low & 0xF, 0xFu) << "not reported in the hash field";
    Packet back = p;
    std::swap(back.source, back.destination);
    EXPECT_EQ(arrives(back).queue, 11u) << "the hash does not tell the directions apart";
    Packet other = p;
    other.source_port = 1001;
    EXPECT_EQ(arrives(other).queue, 0u);
    set(FDIRHASH, hash ^ 1u << 16);
    set(FDIRCMD, query);
    EXPECT_EQ(get(FDIRCMD) & valid, 0u);
    set(FDIRHASH, hash);
    set(FDIRCMD, remove);
    EXPECT_EQ(arrives(p).queue, 0u);
}

TEST_F(FlowDirectorTest, Behaviour31_OneWideWriteOfHashAndCommandWorksAsTwo) {
    signature();
    const Packet p = tcp();
    const std::uint32_t flow = flow_tcp << 16, mixed = mixed_of(p) ^ 0x0800u << 16;
    const std::uint64_t both =
        static_cast<std::uint64_t>(add | update | last | queue_en | flow_tcp << 5 | 2u << 16) << 32 |
        reference_hash(bucket_key, flow, mixed) | reference_hash(signature_key, flow, mixed) << 16;
    device->function().write(0, FDIRHASH, std::as_bytes(std::span(&both, 1)));
    EXPECT_EQ(arrives(p).queue, 2u);
    EXPECT_EQ(device->strict_total(), 0u)
        << "the only wide access that drivers make: " << device->function().report();
}

TEST_F(FlowDirectorTest, Behaviour31_Ipv6FlowsHaveSignatures) {
    signature();
    Packet p = tcp();
    p.source = "2001:db8::1", p.destination = "2001:db8::2";
    std::uint32_t mixed =
        0x86DDu << 16 ^ (static_cast<std::uint32_t>(p.source_port) << 16 | p.destination_port);
    Bytes both = address(p.source);
    append(both, address(p.destination));
    for (std::size_t i = 0; i < 32; ++i) mixed ^= static_cast<std::uint32_t>(both[i]) << (24 - 8 * (i % 4));
    const std::uint32_t flow = (flow_tcp + 4) << 16;
    set(FDIRHASH, reference_hash(bucket_key, flow, mixed) | reference_hash(signature_key, flow, mixed) << 16);
    set(FDIRCMD, add | update | last | queue_en | (flow_tcp + 4) << 5 | 3u << 16);
    EXPECT_EQ(arrives(p).queue, 3u);
}

TEST_F(FlowDirectorTest, Behaviour31_WhileItIsOffNothingIsCountedOrAdded) {
    keys();
    set(FDIRHASH, 0x086B);
    set(FDIRCMD, add | update | last | queue_en | flow_tcp << 5 | 3u << 16);
    EXPECT_EQ(arrives(tcp()).queue, 0u);
    EXPECT_EQ(get(FDIRMISS), 0u);
    EXPECT_EQ(get(FDIRUSTAT), 0u);
}

TEST_F(FlowDirectorTest, Behaviour32_FlowDirectorStandsBetweenTuplesAndRss) {
    perfect();
    for (std::uint32_t i = 0; i < 32; ++i) set(0x5C00 + 4 * i, 0x0F0F0F0F);
    set(0x5818, 1 | 1u << 16);
    EXPECT_EQ(arrives(tcp()).queue, 15u) << "RSS";
    add_perfect(tcp(), 0x086B, 77, 6);
    EXPECT_EQ(arrives(tcp()).queue, 6u);
    set(0xE600, 1u << 31 | 0x3Fu << 25);
    set(0xE800, 4u << 21);
    EXPECT_EQ(arrives(tcp()).queue, 4u) << "5-tuple";
}

TEST_F(FlowDirectorTest, AResetForgetsTheFilters) {
    perfect();
    add_perfect(tcp(), 0x086B, 77, 6);
    set(r::CTRL, 1u << 26);
    clock.sleep(20ms);
    set(FDIRHASH, 0x086B | 77u << 16);
    set(FDIRCMD, query);
    EXPECT_EQ(get(FDIRCMD) & valid, 0u);
    EXPECT_EQ(get(FDIRCTRL) & 8, 0u) << "INIT_DONE";
}

}  // namespace
}  // namespace ringside::test

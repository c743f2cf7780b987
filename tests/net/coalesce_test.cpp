#include "net/coalesce.hpp"

#include "net/prepare.hpp"
#include "net/segment.hpp"
#include "tests/net/packets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

namespace ringside::net {
namespace {

using test::build;
using test::Bytes;
using test::cut;
using test::Description;
using test::L4;
using test::Packets;
using test::Random;

// Keeps a copy of what is delivered and gives the buffers back.
class Collector final : public FrameSink {
public:
    explicit Collector(Packets& packets) : packets_(packets) {}
    void deliver(std::span<const mem::Packet> frame, const RxInfo& info,
                 std::uint16_t segment_size) noexcept override {
        for (std::size_t i = 0; i < frame.size(); ++i)
            EXPECT_EQ(frame[i].flags, i + 1 < frame.size() ? mem::Packet::more : 0);
        frames.push_back(Packets::content(frame));
        infos.push_back(info);
        segment_sizes.push_back(segment_size);
        packets_.give(frame);
    }
    std::vector<Bytes> frames;
    std::vector<RxInfo> infos;
    std::vector<std::uint16_t> segment_sizes;

private:
    Packets& packets_;
};

constexpr RxInfo unchecked{};
constexpr RxInfo checked{0, 0, RxInfo::ip_checked | RxInfo::l4_checked};

class CoalescerTest : public testing::Test {
protected:
    void TearDown() override { EXPECT_EQ(packets_.missing(), 0u); }

    void add(Coalescer& coalescer, const std::vector<Bytes>& frames, RxInfo info = unchecked) {
        std::vector<mem::Packet> burst;
        for (const Bytes& bytes : frames)
            for (const mem::Packet& part : packets_.put(bytes)) burst.push_back(part);
        coalescer.add(burst, std::vector<RxInfo>(burst.size(), info));
    }
    // All in one burst; what comes out.
    std::vector<Bytes> coalesced(const std::vector<Bytes>& frames, RxInfo info = unchecked) {
        Collector out(packets_);
        Coalescer coalescer(packets_.cache, out);
        add(coalescer, frames, info);
        sizes_ = out.segment_sizes;
        infos_ = out.infos;
        return out.frames;
    }
    static std::vector<Bytes> built(const std::vector<Description>& all) {
        std::vector<Bytes> frames;
        for (const Description& d : all) frames.push_back(build(d).bytes);
        return frames;
    }
    // 300 bytes in three segments.
    static Description three_segments() {
        Description d;
        for (int i = 0; i < 300; ++i) d.payload.push_back(static_cast<std::uint8_t>(i));
        return d;
    }
    Packets packets_;
    std::vector<std::uint16_t> sizes_;
    std::vector<RxInfo> infos_;
};

TEST_F(CoalescerTest, MakesAgainWhatWasCut) {
    Random random(1);
    int joined = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto segment_size = static_cast<std::uint16_t>(1 + random.below(i % 3 == 0 ? 10 : 1400));
        Description d = random.tcp(std::min<std::uint32_t>(Coalescer::most_parts * segment_size, 3000));
        d.options.clear();
        const Bytes whole = build(d).bytes;
        std::vector<mem::Packet> frame = packets_.put(whole);
        const Prepared p = prepare(frame, find_headers(frame), {.segment_size = segment_size});
        ASSERT_TRUE(p);
        std::vector<Bytes> segments;
        if (p.request.asks(TxRequest::segment)) {
            Segmenter segmenter(frame, p.request);
            std::array<mem::Packet, 4> out;
            while (segmenter.more()) {
                const std::uint32_t parts = segmenter.next(packets_.cache, out);
                ASSERT_EQ(parts, 1u);
                segments.push_back(Packets::content(std::span(out).first(1)));
                packets_.give(std::span(out).first(1));
            }
        } else {
            segments.push_back(whole);
        }
        packets_.give(frame);
        for (Bytes& segment : segments)  // as cards send them
            if (segment.size() < 60) segment.resize(60, std::byte{0xAA});
        const std::vector<Bytes> result = coalesced(segments, i % 2 == 0 ? unchecked : checked);
        ASSERT_EQ(result.size(), 1u) << i;
        if (segments.size() > 1) {
            ASSERT_EQ(result[0], whole) << i;
            ASSERT_EQ(sizes_[0], segment_size);
            ++joined;
        } else {
            ASSERT_EQ(result[0], segments[0]);
            ASSERT_EQ(sizes_[0], 0);
        }
    }
    EXPECT_GT(joined, 5'000);
}

TEST_F(CoalescerTest, SaysThatTheChecksumsOfAJoinedFrameAreRight) {
    coalesced(built(cut(three_segments(), 100)));
    EXPECT_EQ(infos_[0].flags, RxInfo::ip_checked | RxInfo::l4_checked);
    Description v6 = three_segments();
    v6.v6 = true;
    coalesced(built(cut(v6, 100)));
    EXPECT_EQ(infos_[0].flags, RxInfo::l4_checked);
}

// One thing about the second of three segments is different: it is not joined to the first.
TEST_F(CoalescerTest, DoesNotJoinWhatDiffers) {
    const std::vector<std::pair<std::string, std::function<void(Description&)>>> differences{
        {"a gap", [](Description& d) { d.sequence += 1; }},
        {"a repetition", [](Description& d) { d.sequence -= 100; }},
        {"the acknowledgement", [](Description& d) { d.acknowledgement += 1; }},
        {"the window", [](Description& d) { d.window += 1; }},
        {"the urgent pointer", [](Description& d) { d.urgent += 1; }},
        {"SYN", [](Description& d) { d.tcp_flags |= 0x02; }},
        {"RST", [](Description& d) { d.tcp_flags |= 0x04; }},
        {"URG", [](Description& d) { d.tcp_flags |= 0x20; }},
        {"no ACK", [](Description& d) { d.tcp_flags &= 0xFEF; }},
        {"ECE", [](Description& d) { d.tcp_flags |= 0x40; }},
        {"CWR", [](Description& d) { d.tcp_flags |= 0x80; }},
        {"a reserved flag", [](Description& d) { d.tcp_flags |= 0x800; }},
        {"an option",
         [](Description& d) {
             d.tcp_options = {1, 1, 1, 2};
         }},
        {"no option", [](Description& d) { d.tcp_options.clear(); }},
        {"a longer payload", [](Description& d) { d.payload.push_back(0); }},
        {"no payload", [](Description& d) { d.payload.clear(); }},
        {"TOS", [](Description& d) { d.tos += 1; }},
        {"TTL", [](Description& d) { d.ttl += 1; }},
        {"don't-fragment", [](Description& d) { d.fragment ^= 0x4000; }},
        {"a MAC address", [](Description& d) { d.mac[3] = 9; }},
        {"a tag", [](Description& d) { d.tags[0] += 1; }},
        {"no tag", [](Description& d) { d.tags.clear(); }},
        {"an IP option", [](Description& d) { d.options.assign(8, 1); }},
        {"the source port", [](Description& d) { d.source_port += 1; }},
        {"the destination port", [](Description& d) { d.destination_port += 1; }},
        {"the source", [](Description& d) { d.addresses[3] += 1; }},
        {"the destination", [](Description& d) { d.addresses[7] += 1; }},
    };
    for (const bool v6 : {false, true})
        for (const auto& [name, differ] : differences) {
            if (v6 && name == "don't-fragment") continue;
            Description d = three_segments();
            d.v6 = v6;
            d.tags = {7};
            d.tcp_options = {1, 1, 1, 1};
            std::vector<Description> all = cut(d, 100);
            differ(all[1]);
            all.pop_back();
            const std::vector<Bytes> frames = built(all);
            EXPECT_EQ(coalesced(frames), frames) << name << (v6 ? ", IPv6" : ", IPv4");
            EXPECT_EQ(sizes_, (std::vector<std::uint16_t>{0, 0}));
        }
}

TEST_F(CoalescerTest, LetsFragmentsPassWhatWaits) {
    std::vector<Description> all = cut(three_segments(), 100);
    all[1].fragment = 0x2000;
    all.pop_back();
    const std::vector<Bytes> frames = built(all);
    EXPECT_EQ(coalesced(frames), (std::vector<Bytes>{frames[1], frames[0]}));
}

TEST_F(CoalescerTest, DoesNotJoinIdentificationsThatDoNotCount) {
    for (const int step : {0, 2, -1}) {
        std::vector<Description> all = cut(three_segments(), 100);
        all[1].identification = static_cast<std::uint16_t>(all[0].identification + step);
        all[0].fragment = all[1].fragment = 0;
        all.pop_back();
        EXPECT_EQ(coalesced(built(all)).size(), 2u) << step;
    }
    // With don't-fragment, standing still is as good as counting; changing one's mind is not.
    std::vector<Description> all = cut(three_segments(), 100);
    all[1].identification = all[2].identification = all[0].identification;
    Description whole = three_segments();
    EXPECT_EQ(coalesced(built(all)), built({whole}));
    all[2].identification = static_cast<std::uint16_t>(all[0].identification + 2);
    EXPECT_EQ(coalesced(built(all)).size(), 2u);
    all[1].identification = static_cast<std::uint16_t>(all[0].identification + 1);
    all[2].identification = all[0].identification;
    EXPECT_EQ(coalesced(built(all)).size(), 2u);
}

TEST_F(CoalescerTest, DoesNotJoinAVlanTagThatTheCardHasTakenOff) {
    const std::vector<Bytes> frames = built(cut(three_segments(), 150));
    std::vector<mem::Packet> burst;
    for (const Bytes& bytes : frames) burst.push_back(packets_.put(bytes)[0]);
    for (const RxInfo& second : {RxInfo{0, 6, RxInfo::vlan_stripped}, RxInfo{0, 5, 0}}) {
        Collector out(packets_);
        Coalescer coalescer(packets_.cache, out);
        std::vector<mem::Packet> copy;
        for (const Bytes& bytes : frames) copy.push_back(packets_.put(bytes)[0]);
        coalescer.add(copy, std::vector<RxInfo>{RxInfo{0, 5, RxInfo::vlan_stripped}, second});
        EXPECT_EQ(out.frames, frames);
    }
    packets_.give(burst);
}

TEST_F(CoalescerTest, DoesNotJoinAWrongChecksum) {
    std::vector<Bytes> frames = built(cut(three_segments(), 100));
    for (const std::size_t at : {24u, 60u}) {  // IPv4's checksum, the payload
        std::vector<Bytes> damaged = frames;
        damaged[1][at] ^= std::byte{1};
        EXPECT_EQ(coalesced(damaged), damaged);
        damaged = frames;
        damaged[0][at] ^= std::byte{1};
        EXPECT_EQ(coalesced(damaged).size(), 2u) << "the second and third";
    }
    for (const std::uint16_t bad : std::initializer_list<std::uint16_t>{RxInfo::ip_bad, RxInfo::l4_bad})
        EXPECT_EQ(
            coalesced(frames,
                      {0, 0, static_cast<std::uint16_t>(RxInfo::ip_checked | RxInfo::l4_checked | bad)}),
            frames);
}

TEST_F(CoalescerTest, EndsAFrameAtPushFinOrAShorterSegment) {
    for (const std::uint16_t flag : std::initializer_list<std::uint16_t>{0x01, 0x08}) {
        std::vector<Description> all = cut(three_segments(), 60);  // five
        all[1].tcp_flags |= flag;
        EXPECT_EQ(coalesced(built(all)).size(), 2u);
        EXPECT_EQ(sizes_, (std::vector<std::uint16_t>{60, 60}));
        all[0].tcp_flags |= flag;
        EXPECT_EQ(coalesced(built(all)).size(), 3u);
    }
    Description d = three_segments();
    std::vector<Description> all = cut(d, 70);  // the fifth is 20 bytes
    Description more = d;
    more.sequence += 300;
    more.identification = static_cast<std::uint16_t>(more.identification + all.size());
    all.push_back(more);
    more.sequence += 300;
    EXPECT_EQ(coalesced(built(all)).size(), 2u);
}

TEST_F(CoalescerTest, StopsAtThePartsAFrameMayHave) {
    Description d;
    d.payload.assign((Coalescer::most_parts + 3) * 10, 1);
    const std::vector<Bytes> frames = coalesced(built(cut(d, 10)));
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].size(), 54 + 10 * Coalescer::most_parts);
}

TEST_F(CoalescerTest, StopsWhereIpsLengthEnds) {
    Packets large({256, 16384, 0});
    Collector out(large);
    Coalescer coalescer(large.cache, out);
    Description d;
    d.payload.assign(9000, 0xFF);
    std::vector<mem::Packet> burst;
    for (int i = 0; i < 8; ++i) {  // 72000 bytes
        burst.push_back(large.put(build(d).bytes, 16384)[0]);
        d.sequence += 9000;
        ++d.identification;
    }
    coalescer.add(burst, std::vector<RxInfo>(8));
    ASSERT_EQ(out.frames.size(), 2u);
    EXPECT_EQ(out.frames[0].size(), 54u + 7 * 9000);
    EXPECT_EQ(find_headers(out.frames[0], static_cast<std::uint32_t>(out.frames[0].size())).packet_end,
              54u + 7 * 9000);
}

TEST_F(CoalescerTest, KeepsTheOrderOfEachConnection) {
    Random random(2);
    for (int round = 0; round < 300; ++round) {
        Collector out(packets_);
        Coalescer coalescer(packets_.cache, out, random.below(3));
        std::array<Description, 12> connections;  // more than can wait at once
        for (std::size_t c = 0; c < connections.size(); ++c)
            connections[c].source_port = static_cast<std::uint16_t>(c);
        std::array<Bytes, 12> sent, received;
        for (int burst = 0; burst < 10; ++burst) {
            std::vector<Bytes> frames;
            for (int i = 0; i < 20; ++i) {
                const std::uint32_t c = random.below(12);
                Description& d = connections[c];
                d.payload = random.bytes(random.below(4) == 0 ? random.below(50) : 50);
                d.tcp_flags = random.below(6) == 0 ? 0x18 : 0x10;
                if (random.below(8) == 0) ++d.window;
                frames.push_back(build(d).bytes);
                for (const std::uint8_t byte : d.payload) sent[c].push_back(std::byte{byte});
                d.sequence += static_cast<std::uint32_t>(d.payload.size());
                ++d.identification;
            }
            add(coalescer, frames);
        }
        coalescer.flush();
        for (const Bytes& frame : out.frames) {
            const Headers h = find_headers(frame, static_cast<std::uint32_t>(frame.size()));
            ASSERT_EQ(h.transport, Headers::Transport::tcp);
            Bytes& stream = received[std::to_integer<std::size_t>(frame[35])];
            stream.insert(stream.end(), frame.begin() + h.payload(), frame.begin() + h.packet_end);
        }
        ASSERT_EQ(sent, received);
        ASSERT_EQ(packets_.missing(), 0u);
    }
}

TEST_F(CoalescerTest, LetsAFrameWaitForAsManyBurstsAsItIsTold) {
    const std::vector<Bytes> frames = built(cut(three_segments(), 100));
    for (const std::uint32_t bursts : {0u, 1u, 2u}) {
        Collector out(packets_);
        Coalescer coalescer(packets_.cache, out, bursts);
        add(coalescer, {frames[0]});
        for (std::uint32_t i = 0; i < bursts; ++i) {
            EXPECT_TRUE(out.frames.empty());
            coalescer.add({}, {});
        }
        EXPECT_EQ(out.frames.size(), 1u);
    }
    Collector out(packets_);
    Coalescer coalescer(packets_.cache, out, 2);
    for (const Bytes& frame : frames) add(coalescer, {frame});
    EXPECT_EQ(out.frames, built({three_segments()})) << "counted from the first";
}

TEST_F(CoalescerTest, DeliversTheOldestWhereTooManyConnectionsWait) {
    Collector out(packets_);
    Coalescer coalescer(packets_.cache, out, 9);
    std::vector<Bytes> frames;
    for (std::size_t i = 0; i < Coalescer::connections + 3; ++i) {
        Description d = three_segments();
        d.source_port = static_cast<std::uint16_t>(i);
        frames.push_back(build(d).bytes);
    }
    add(coalescer, frames);
    EXPECT_EQ(out.frames, (std::vector<Bytes>{frames[0], frames[1], frames[2]}));
    coalescer.flush();
    EXPECT_EQ(out.frames.size(), frames.size());
}

TEST_F(CoalescerTest, PassesEverythingElseOnUntouched) {
    Random random(3);
    std::vector<Bytes> frames;
    for (int i = 0; i < 200; ++i) {
        Description d = random.description(100);
        if (d.l4 == L4::tcp) d.fragment = 0x2000, d.v6 = false, d.options.clear();
        frames.push_back(build(d).bytes);
    }
    EXPECT_EQ(coalesced(frames), frames);
}

TEST_F(CoalescerTest, PassesFramesOfSeveralPartsOnWhole) {
    Description d = three_segments();
    d.payload.resize(5000);
    const std::vector<Bytes> frames = built({d});
    EXPECT_EQ(coalesced(frames), frames);
}

TEST_F(CoalescerTest, GivesBackWhatWaitsAtTheEnd) {
    Collector out(packets_);
    {
        Coalescer coalescer(packets_.cache, out, 5);
        std::vector<Bytes> frames = built(cut(three_segments(), 100));
        add(coalescer, frames);
        EXPECT_EQ(packets_.missing(), 3u);
    }
    EXPECT_TRUE(out.frames.empty());
}

TEST_F(CoalescerTest, DoesWithAnyNoiseWhatItDoesWithFrames) {
    Random random(4);
    Collector out(packets_);
    Coalescer coalescer(packets_.cache, out, 1);
    std::size_t count = 0;
    for (int i = 0; i < 20'000; ++i) {
        Description d = three_segments();
        d.payload.resize(1 + random.below(20));
        std::vector<Description> all = cut(d, 7);
        std::vector<Bytes> frames = built(all);
        for (Bytes& frame : frames) {
            if (random.coin())
                frame[random.below(static_cast<std::uint32_t>(frame.size()))] ^= std::byte{0x11};
            if (random.below(4) == 0)
                frame.resize(1 + random.below(static_cast<std::uint32_t>(frame.size())));
        }
        count += frames.size();
        add(coalescer, frames, random.coin() ? checked : unchecked);
    }
    coalescer.flush();
    EXPECT_LE(out.frames.size(), count);
    EXPECT_GT(out.frames.size(), count / 2);
}

}  // namespace
}  // namespace ringside::net

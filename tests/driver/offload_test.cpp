// What the software 82599 does to frames, asked by the driver: checksums, tags and segmentation on the way
// out, verdicts and tags on the way in. What must come out is computed here in the plainest way.
#include "tests/driver/steering_fixture.hpp"

#include <random>

namespace ringside::test {
namespace {

constexpr std::uint8_t FIN = 0x01, PSH = 0x08, ACK = 0x10;

// --- Receiving.

class RxOffload : public Steered {
protected:
    void begin(const NicConfig& config = {}, const std::string& options = "") {
        open(options);
        start_queues(1, config);
    }
    static constexpr unsigned verdicts =
        RxInfo::ip_checked | RxInfo::ip_bad | RxInfo::l4_checked | RxInfo::l4_bad;
    unsigned verdict(const Packet& p) { return arrives(p).info.flags & verdicts; }
};

TEST_F(RxOffload, ChecksumsAreJudged) {
    begin();
    constexpr unsigned good = RxInfo::ip_checked | RxInfo::l4_checked;
    for (const std::uint8_t protocol : {proto_tcp, proto_udp, proto_sctp}) {
        Packet p = tcp();
        p.protocol = protocol;
        EXPECT_EQ(verdict(p), good) << int{protocol};
        p.payload = 101;
        p.ip_options = {7, 4, 4, 0};
        p.tci = 5;
        EXPECT_EQ(verdict(p), good) << int{protocol};
        p.wrong_ip_sum = true;
        EXPECT_EQ(verdict(p) & (RxInfo::ip_checked | RxInfo::ip_bad), RxInfo::ip_checked | RxInfo::ip_bad);
        p.wrong_ip_sum = false;
        p.wrong_sum = true;
        // The card may call UDP frames wrong that are not: its verdict "wrong" is none.
        const unsigned wrong = protocol == proto_udp ? 0 : RxInfo::l4_checked | RxInfo::l4_bad;
        EXPECT_EQ(verdict(p), RxInfo::ip_checked | wrong) << int{protocol};
    }
}

TEST_F(RxOffload, Ipv6HasNoHeaderChecksum) {
    begin();
    for (const std::uint8_t protocol : {proto_tcp, proto_udp}) {
        Packet p = tcp("fe80::1", 1, "fe80::2", 2);
        p.protocol = protocol;
        EXPECT_EQ(verdict(p), RxInfo::l4_checked + 0u);
    }
    Packet p = tcp("fe80::1", 1, "fe80::2", 2);
    p.wrong_sum = true;
    EXPECT_EQ(verdict(p), RxInfo::l4_checked | RxInfo::l4_bad);
}

TEST_F(RxOffload, WhatCannotBeCheckedIsNotJudged) {
    begin();
    Packet p = udp();
    p.no_udp_sum = true;
    EXPECT_EQ(verdict(p), RxInfo::ip_checked + 0u);
    p = tcp();
    p.fragment = 0x2000;
    EXPECT_EQ(verdict(p), RxInfo::ip_checked + 0u);
    p.fragment = 3;
    EXPECT_EQ(verdict(p), RxInfo::ip_checked + 0u);
    EXPECT_EQ(arrives(ethernet(own, 1, 100)).info.flags & verdicts, 0u);
}

TEST_F(RxOffload, AUdpFrameWithoutAChecksumIsNotCalledWrongByTheErratum) {
    begin({}, "erratum=udp-zero");
    Packet p = udp();
    p.no_udp_sum = true;
    EXPECT_EQ(verdict(p), RxInfo::ip_checked + 0u);
}

TEST_F(RxOffload, KindsOfPacketsAreTold) {
    begin();
    EXPECT_TRUE(has(arrives(tcp()).info, RxInfo::ipv4 | RxInfo::tcp));
    EXPECT_TRUE(has(arrives(udp("fe80::1", 1, "fe80::2", 2)).info, RxInfo::ipv6 | RxInfo::udp));
    EXPECT_FALSE(has(arrives(ethernet(own, 1, 100)).info, RxInfo::ipv4));
}

TEST_F(RxOffload, TagsAreTakenOffAndTold) {
    begin({.strip_vlan = true});
    Packet p = udp();
    p.tci = 0x6064;
    const Frame with = build(p);
    p.tci = std::nullopt;
    Seen seen = arrives(with);
    EXPECT_EQ(seen.frame, build(p));
    EXPECT_TRUE(has(seen.info, RxInfo::vlan_stripped));
    EXPECT_EQ(seen.info.vlan, 0x6064);
    seen = arrives(p);
    EXPECT_EQ(seen.frame, build(p));
    EXPECT_FALSE(has(seen.info, RxInfo::vlan_stripped));
}

TEST_F(RxOffload, TagsStayUnlessAskedFor) {
    begin();
    Packet p = udp();
    p.tci = 0x6064;
    const Seen seen = arrives(p);
    EXPECT_EQ(seen.frame, build(p));
    EXPECT_FALSE(has(seen.info, RxInfo::vlan_stripped));
}

TEST_F(RxOffload, OnlyChosenVlansAndUntaggedFramesPass) {
    begin();
    const auto passes = [&](std::optional<std::uint16_t> tci) {
        Packet p = udp();
        p.tci = tci;
        return queue_of(p).has_value();
    };
    EXPECT_TRUE(passes(7)) << "all, unless told otherwise";
    nic->set_vlan_filters(std::array<std::uint16_t, 3>{7, 100, 4094});
    for (const auto vlan : std::to_array<std::uint16_t>({7, 100, 4094, 0xE000 | 100}))
        EXPECT_TRUE(passes(vlan)) << vlan;
    for (const auto vlan : std::to_array<std::uint16_t>({1, 6, 8, 39, 101, 4093}))
        EXPECT_FALSE(passes(vlan)) << vlan;
    EXPECT_TRUE(passes(std::nullopt));
    EXPECT_TRUE(passes(0xE000)) << "a priority and no VLAN";
    nic->set_vlan_filters(std::array<std::uint16_t, 1>{8});
    EXPECT_FALSE(passes(7)) << "each list replaces the earlier";
    start_queues(1);
    EXPECT_TRUE(passes(8)) << "filters survive a restart";
    EXPECT_FALSE(passes(7));
    nic->set_vlan_filters({});
    EXPECT_TRUE(passes(7));
    for (const auto bad : std::to_array<std::uint16_t>({0, 4095}))
        expect_says(sentence<hal::Error>([&] { nic->set_vlan_filters(std::array{bad}); }), "1 to 4094");
}

// --- Sending.

struct Lengths {
    std::size_t l2, l3;
    std::size_t l4() const { return l2 + l3; }
};
Lengths lengths_of(const Packet& p) {
    Lengths l{p.tci ? 18u : 14u, p.v6() ? 40u : 20 + p.ip_options.size()};
    for (const auto& [type, bytes] : p.extensions) l.l3 += 1 + bytes.size();
    return l;
}
std::uint8_t checksum_flag(const Packet& p) {
    return p.protocol == proto_tcp   ? TxRequest::tcp_checksum
           : p.protocol == proto_udp ? TxRequest::udp_checksum
                                     : TxRequest::sctp_checksum;
}
// All checksums of `p`.
TxRequest checksums(const Packet& p) {
    const Lengths l = lengths_of(p);
    TxRequest r;
    r.flags = checksum_flag(p) | (p.v6() ? TxRequest::ipv6 : TxRequest::ip_checksum);
    r.l2_length = static_cast<std::uint8_t>(l.l2);
    r.l3_length = static_cast<std::uint8_t>(l.l3);
    return r;
}
TxRequest segments_of(const Packet& p, std::uint16_t size) {
    TxRequest r = checksums(p);
    r.flags = TxRequest::segment | (p.v6() ? TxRequest::ipv6 : 0);
    r.l4_length = 20;
    r.segment_size = size;
    return r;
}
TxRequest with_tag(TxRequest r, std::uint16_t tag) {
    r.flags |= TxRequest::vlan;
    r.vlan_tag = tag;
    return r;
}

// `p` without what `r` asks for, prepared as TxRequest says.
Frame unfinished(const Packet& p, const TxRequest& r) {
    Bytes bytes = bytes_of(build(p));
    const Lengths l = lengths_of(p);
    const bool segment = r.asks(TxRequest::segment);
    if (segment) put16(bytes, l.l2 + (p.v6() ? 4 : 2), 0);
    if (r.asks(TxRequest::ip_checksum) || (segment && !p.v6())) put16(bytes, l.l2 + 10, 0);
    const std::uint32_t pseudo = reference::ones_sum(pseudo_header(p, segment ? 0 : bytes.size() - l.l4()));
    if (segment || r.asks(TxRequest::tcp_checksum)) put16(bytes, l.l4() + 16, pseudo);
    if (r.asks(TxRequest::udp_checksum)) put16(bytes, l.l4() + 6, pseudo);
    if (r.asks(TxRequest::sctp_checksum)) put16(bytes, l.l4() + 8, 0), put16(bytes, l.l4() + 10, 0);
    return frame_of(bytes);
}

// The frames that a TCP packet is to be cut into.
Frames cut(const Packet& p, std::size_t size) {
    const Bytes whole = bytes_of(build(p));
    const Lengths l = lengths_of(p);
    const auto header = static_cast<std::ptrdiff_t>(l.l4() + 20);
    Frames frames;
    for (std::size_t at = 0; at < p.payload; at += size) {
        const std::size_t length = std::min(size, p.payload - at);
        const auto from = whole.begin() + header + static_cast<std::ptrdiff_t>(at);
        Bytes f(whole.begin(), whole.begin() + header);
        f.insert(f.end(), from, from + static_cast<std::ptrdiff_t>(length));
        const auto l3_size = static_cast<std::uint32_t>(f.size() - l.l2);
        if (p.v6()) {
            put16(f, l.l2 + 4, l3_size - 40);
        } else {
            put16(f, l.l2 + 2, l3_size);
            put16(f, l.l2 + 4, p.id + static_cast<std::uint32_t>(frames.size()));
            put16(f, l.l2 + 10, 0);
            const auto ip = f.begin() + static_cast<std::ptrdiff_t>(l.l2);
            put16(f, l.l2 + 10, reference::checksum(std::span(ip, l.l3)));
        }
        const std::uint32_t sequence = p.sequence + static_cast<std::uint32_t>(at);
        put16(f, l.l4() + 4, sequence >> 16), put16(f, l.l4() + 6, sequence);
        if (at + length < p.payload) f[l.l4() + 13] &= static_cast<std::uint8_t>(~(FIN | PSH));
        put16(f, l.l4() + 16, 0);
        Bytes summed = pseudo_header(p, f.size() - l.l4());
        summed.insert(summed.end(), f.begin() + static_cast<std::ptrdiff_t>(l.l4()), f.end());
        put16(f, l.l4() + 16, reference::checksum(summed));
        frames.push_back(frame_of(f));
    }
    return frames;
}

Frame padded(Frame f) {
    f.resize(std::max<std::size_t>(f.size(), 60));
    return f;
}

// What the program hands over, what it asks for, and what must be on the wire.
struct Job {
    Frame in;
    TxRequest request;
    Frames out;
    std::vector<std::size_t> parts = {};  // sizes; all in one if empty, and what is left over in the last
};
Job plain(const Frame& frame) { return {frame, {}, {padded(frame)}}; }
Job job(const Packet& p, const TxRequest& r) {
    Frames out = r.asks(TxRequest::segment) ? cut(p, r.segment_size) : Frames{build(p)};
    for (Frame& f : out) f = padded(r.asks(TxRequest::vlan) ? tagged(f, r.vlan_tag) : f);
    return {unfinished(p, r), r, out};
}

class TxOffload : public Steered {
protected:
    using D = ixgbe::TxDescriptor;
    void begin(std::uint32_t descriptors = 512, std::uint32_t tx_queues = 1) {
        open();
        make_pool({.buffers = 8192});
        start_and_link({.tx_queues = tx_queues, .tx_descriptors = descriptors});
    }
    void hand_over(const Job& j, std::vector<mem::Packet>& packets, std::vector<TxRequest>& requests) {
        std::size_t at = 0;
        for (std::size_t i = 0; at < j.in.size(); ++i) {
            std::size_t size = j.in.size() - at;
            if (i < j.parts.size()) size = std::min(size, j.parts[i]);
            size = std::min<std::size_t>(size, pool->room());
            mem::Packet p = cache->allocate().value();
            p.length = static_cast<std::uint16_t>(size);
            std::copy_n(j.in.begin() + static_cast<std::ptrdiff_t>(at), size, p.data);
            p.flags = at + size < j.in.size() ? mem::Packet::more : std::uint16_t{0};
            requests.push_back(at == 0 ? j.request : TxRequest{});
            packets.push_back(p);
            at += size;
        }
    }
    // In bursts of `burst` handles; the card gets to work when the ring is full.
    void send_jobs(const std::vector<Job>& jobs, std::size_t burst = 32, std::uint32_t queue = 0) {
        std::vector<mem::Packet> packets;
        std::vector<TxRequest> requests;
        for (const Job& j : jobs) hand_over(j, packets, requests);
        std::size_t sent = 0;
        for (int tries = 0; sent < packets.size() && tries < 10000; ++tries) {
            const std::size_t left = packets.size() - sent;
            std::size_t size = std::min(left, burst);
            while (size < left && (packets[sent + size - 1].flags & mem::Packet::more) != 0) ++size;
            const std::uint32_t n =
                nic->tx(queue).send(*cache, std::span<const mem::Packet>(packets).subspan(sent, size),
                                    std::span<const TxRequest>(requests).subspan(sent, size));
            sent += n;
            if (n < size) device->pump();
        }
        ASSERT_EQ(sent, packets.size());
    }
    static Frames all_out(const std::vector<Job>& jobs) {
        Frames frames;
        for (const Job& j : jobs) frames.insert(frames.end(), j.out.begin(), j.out.end());
        return frames;
    }
    void expect_sent(const std::vector<Job>& jobs) {
        const Frames is = on_wire(), wanted = all_out(jobs);
        ASSERT_EQ(is.size(), wanted.size());
        for (std::size_t i = 0; i < is.size(); ++i) ASSERT_EQ(is[i], wanted[i]) << "frame " << i;
        EXPECT_EQ(nic->tx(0).reclaim(*cache), 0u);
    }
    void send_and_expect(const std::vector<Job>& jobs, std::size_t burst = 32) {
        send_jobs(jobs, burst);
        expect_sent(jobs);
    }
    std::span<D> ring(std::uint32_t queue = 0) { return dynamic_cast<ixgbe::Device&>(*nic).tx(queue).ring(); }
    std::size_t contexts_in_ring(std::uint32_t queue = 0) {
        const std::uint64_t type = std::uint64_t{0xF} << D::dtyp_shift;
        return static_cast<std::size_t>(std::ranges::count_if(
            ring(queue), [&](const D& d) { return (d.command & type) == D::DTYP_CONTEXT; }));
    }
    static Packet packet(std::uint8_t protocol, bool v6, std::size_t payload = 32) {
        Packet p = v6 ? tcp("fe80::1:2", 1000, "2001:db8::9", 2000) : tcp();
        p.mac = 0x021122334455;
        p.protocol = protocol;
        p.payload = payload;
        return p;
    }
};

TEST_F(TxOffload, TheQueueAcceptsEverything) {
    begin();
    EXPECT_EQ(nic->tx(0).accepts(), TxRequest::everything);
}

TEST_F(TxOffload, ChecksumsAreFilledIn) {
    begin();
    for (const std::uint8_t protocol : {proto_tcp, proto_udp, proto_sctp})
        for (const bool v6 : {false, true}) {
            std::vector<Job> jobs;
            for (const std::size_t payload : {0u, 1u, 2u, 6u, 31u, 32u, 33u, 999u, 1000u, 1392u}) {
                Packet p = packet(protocol, v6, payload);
                p.seed = static_cast<std::uint8_t>(payload);
                jobs.push_back(job(p, checksums(p)));
            }
            Packet p = packet(protocol, v6, 77);
            if (v6)
                p.extensions = {{0, {0, 1, 4, 0, 0, 0, 0}}};
            else
                p.ip_options = {7, 7, 4, 0, 0, 0, 0, 0};
            jobs.push_back(job(p, checksums(p)));
            p.tci = 9;  // in the frame already
            jobs.push_back(job(p, checksums(p)));
            send_and_expect(jobs);
        }
}

TEST_F(TxOffload, AUdpChecksumOfZeroIsSentAsOnes) {
    begin();
    Packet p = packet(proto_udp, false, 10);
    const auto sum = [&] { return l4_of(p)[6] << 8 | l4_of(p)[7]; };
    while (sum() != 0xFFFF && p.source_port != 0) ++p.source_port;
    ASSERT_EQ(sum(), 0xFFFF);
    send_and_expect({job(p, checksums(p))});
}

TEST_F(TxOffload, OnlyWhatIsAskedForIsDone) {
    begin();
    Packet p = packet(proto_tcp, false);
    p.wrong_sum = true;
    TxRequest r = checksums(p);
    r.flags = TxRequest::ip_checksum;
    Packet q = packet(proto_tcp, false);
    q.wrong_ip_sum = true;
    TxRequest s = checksums(q);
    s.flags = TxRequest::tcp_checksum;
    send_and_expect({job(p, r), job(q, s), plain(build(p)), plain(build(q))});
}

TEST_F(TxOffload, TagsArePutIn) {
    begin();
    const Packet t = packet(proto_tcp, false), u = packet(proto_udp, true, 5);
    const Frame other_kind = ethernet(other, 3, 60);
    std::vector<Job> jobs;
    for (const auto tag : std::to_array<std::uint16_t>({1, 4094, 0xE123, 0xFFFF, 1, 0})) {
        jobs.push_back(job(t, with_tag(checksums(t), tag)));
        jobs.push_back(job(u, with_tag(checksums(u), tag)));
        jobs.push_back({other_kind, with_tag({}, tag), {tagged(other_kind, tag)}});
        const Frame short_one = ethernet(other, 3, 20);
        jobs.push_back({short_one, with_tag({}, tag), {padded(tagged(short_one, tag))}});
        jobs.push_back(plain(other_kind));
    }
    send_and_expect(jobs);
}

TEST_F(TxOffload, LargeSegmentsAreCutIntoFrames) {
    begin();
    std::vector<Job> jobs;
    for (const bool v6 : {false, true})
        for (const std::size_t payload : {1u, 1448u, 1449u, 2896u, 9999u, 60000u}) {
            Packet p = packet(proto_tcp, v6, payload);
            p.id = 0xFFFE;  // it wraps around
            p.sequence = 0xFFFFF000;
            p.tcp_flags = FIN | PSH | ACK;
            jobs.push_back(job(p, segments_of(p, 1448)));
            jobs.push_back(job(p, with_tag(segments_of(p, 536), 0x2005)));
        }
    send_and_expect(jobs);
}

TEST_F(TxOffload, SmallFramesAreCutToo) {
    begin();
    for (const bool v6 : {false, true}) {
        const Packet p = packet(proto_tcp, v6, 500);
        std::vector<Job> jobs(10, job(p, segments_of(p, 100)));
        jobs.push_back(plain(build(p)));
        jobs.push_back(jobs.front());
        send_and_expect(jobs);
    }
}

TEST_F(TxOffload, SegmentsComeInManyParts) {
    begin();
    for (const bool v6 : {false, true}) {
        Packet p = packet(proto_tcp, v6, 20000);
        if (!v6) p.ip_options = {1, 1, 1, 0};
        const std::size_t header = lengths_of(p).l4() + 20;
        std::vector<Job> jobs(5, job(p, segments_of(p, 1000)));
        jobs[0].parts = {header};
        jobs[1].parts = {header, 1, 1, 1, 997, 1, 2000};
        jobs[2].parts = {header + 1, 999, 1000, 1000, 1001};
        jobs[3].parts = {header, 63, 65, 2048, 2047};
        send_and_expect(jobs);
    }
}

TEST_F(TxOffload, ChecksumsReachOverParts) {
    begin();
    std::vector<Job> jobs;
    for (const std::size_t first : {54u, 55u, 61u, 200u})
        for (const std::size_t second : {1u, 2u, 101u}) {
            jobs.push_back(job(packet(proto_tcp, false, 1001), checksums(packet(proto_tcp, false))));
            jobs.back().parts = {first, second, 3, 300};
        }
    send_and_expect(jobs);
}

// --- Contexts.

TEST_F(TxOffload, ARequestThatIsRepeatedTakesOneContext) {
    begin();
    const Packet p = packet(proto_tcp, false);
    send_and_expect(std::vector<Job>(100, job(p, checksums(p))));
    EXPECT_EQ(contexts_in_ring(), 1u);
}

TEST_F(TxOffload, TwoRequestsInTurnTakeTwoContexts) {
    begin();
    const Packet t = packet(proto_tcp, false), u = packet(proto_udp, false);
    std::vector<Job> jobs;
    for (int i = 0; i < 50; ++i) {
        jobs.push_back(job(t, checksums(t)));
        jobs.push_back(plain(ethernet(other, static_cast<std::uint32_t>(i), 60)));
        jobs.push_back(job(u, checksums(u)));
    }
    send_and_expect(jobs);
    EXPECT_EQ(contexts_in_ring(), 2u) << "plain frames in between leave them alone";
}

TEST_F(TxOffload, RequestsThatDifferOnlyInTheFrameShareAContext) {
    begin();
    const Packet p = packet(proto_tcp, false);
    TxRequest ip = checksums(p);
    ip.flags = TxRequest::ip_checksum | TxRequest::tcp_checksum;
    TxRequest l4 = ip;
    l4.flags = TxRequest::tcp_checksum;
    send_and_expect({job(p, ip), job(p, l4), job(p, ip), job(p, l4)});
    EXPECT_EQ(contexts_in_ring(), 1u) << "which checksums is said in the data descriptors";
}

TEST_F(TxOffload, OfThreeRequestsInTurnEachTakesAContextAnew) {
    begin();
    const Packet t = packet(proto_tcp, false), u = packet(proto_udp, true), s = packet(proto_sctp, false);
    std::vector<Job> jobs;
    for (int i = 0; i < 10; ++i)
        for (const Packet& p : {t, u, s}) jobs.push_back(job(p, checksums(p)));
    send_and_expect(jobs);
    EXPECT_EQ(contexts_in_ring(), 30u);
}

TEST_F(TxOffload, EveryQueueHasContextsOfItsOwn) {
    begin(512, 3);
    const Packet t = packet(proto_tcp, false), u = packet(proto_udp, false);
    for (int round = 0; round < 3; ++round)
        for (const std::uint32_t q : {0u, 2u}) {
            const Packet& p = q == 0 ? t : u;
            send_jobs({job(p, checksums(p))}, 32, q);
            EXPECT_EQ(on_wire(), job(p, checksums(p)).out);
        }
    EXPECT_EQ(contexts_in_ring(0), 1u);
    EXPECT_EQ(contexts_in_ring(1), 0u);
    EXPECT_EQ(contexts_in_ring(2), 1u);
}

TEST_F(TxOffload, AContextMayStandAnywhereInTheRing) {
    begin(64);
    const Packet t = packet(proto_tcp, false), u = packet(proto_udp, true),
                 big = packet(proto_tcp, true, 3000);
    for (std::uint32_t before = 0; before < 64; ++before) {
        std::vector<Job> jobs;
        for (std::uint32_t i = 0; i < before; ++i) jobs.push_back(plain(ethernet(other, i, 60)));
        jobs.push_back(job(t, checksums(t)));
        jobs.push_back(job(u, with_tag(checksums(u), static_cast<std::uint16_t>(before))));
        jobs.push_back(job(big, segments_of(big, 1000)));
        jobs.push_back(job(t, checksums(t)));
        send_and_expect(jobs, 1 + before % 40);
        if (HasFatalFailure()) return;
    }
}

TEST_F(TxOffload, AFrameThatNeedsAContextWaitsForRoomForBoth) {
    begin(64);
    // 62 plain frames leave one descriptor: enough for a frame, not for its context as well.
    std::vector<mem::Packet> packets;
    std::vector<TxRequest> requests;
    for (std::uint32_t i = 0; i < 62; ++i) hand_over(plain(ethernet(other, i, 60)), packets, requests);
    const Packet p = packet(proto_tcp, false);
    hand_over(job(p, checksums(p)), packets, requests);
    device->function().write(7, 4, std::as_bytes(std::span("\x02\x00", 2)));  // no DMA for a while
    EXPECT_EQ(nic->tx(0).send(*cache, packets, requests), 62u);
    device->function().write(7, 4, std::as_bytes(std::span("\x06\x00", 2)));
    EXPECT_EQ(on_wire().size(), 62u);
    const auto last = std::span<const mem::Packet>(packets).last(1);
    EXPECT_EQ(nic->tx(0).send(*cache, last, std::span<const TxRequest>(requests).last(1)), 1u);
    EXPECT_EQ(on_wire(), job(p, checksums(p)).out);
}

// --- What cannot be.

std::vector<Job> impossible_jobs() {
    Packet p;
    p.protocol = proto_tcp;
    p.payload = 300;
    const Frame frame = build(p);
    const TxRequest good = checksums(p), cutting = segments_of(p, 100);
    std::vector<Job> jobs;
    const auto add = [&](TxRequest r, auto&& change, const Frame& f) {
        change(r);
        jobs.push_back({f, r, {}});
    };
    add(
        good, [](TxRequest& r) { r.flags |= TxRequest::udp_checksum; }, frame);
    add(
        good, [](TxRequest& r) { r.l2_length = 13; }, frame);
    add(
        good, [](TxRequest& r) { r.l2_length = 128; }, frame);
    add(
        good, [](TxRequest& r) { r.l3_length = 19; }, frame);
    add(
        good, [](TxRequest& r) { r.flags |= TxRequest::ipv6, r.l3_length = 39; }, frame);
    add(
        good, [](TxRequest& r) { r.l3_length = 255; }, Frame(frame.begin(), frame.begin() + 200));
    add(
        good, [](TxRequest&) {}, Frame(frame.begin(), frame.begin() + 51));  // its checksum ends at 52
    add(
        with_tag({}, 5), [](TxRequest& r) { r.l2_length = 200; }, frame);
    add(
        cutting, [](TxRequest& r) { r.segment_size = 0; }, frame);
    add(
        cutting, [](TxRequest& r) { r.l4_length = 19; }, frame);
    add(
        cutting, [](TxRequest& r) { r.flags |= TxRequest::udp_checksum; }, frame);
    add(
        cutting, [](TxRequest& r) { r.l2_length = 127, r.l3_length = 94; }, frame);
    add(
        cutting, [](TxRequest& r) { r.l4_length = 255; }, frame);
    add(
        cutting, [](TxRequest& r) { r.segment_size = 65000; }, Frame(20000, std::byte{1}));
    add(
        good, [](TxRequest&) {}, Frame(20000, std::byte{1}));
    add(
        good, [](TxRequest&) {}, Frame(16, std::byte{1}));
    return jobs;
}

TEST_F(TxOffload, ImpossibleRequestsAreRefusedAndCounted) {
    begin();
    const std::vector<Job> bad = impossible_jobs();
    const Packet p = packet(proto_udp, false);
    for (std::size_t i = 0; i < bad.size(); ++i) {
        send_and_expect({job(p, checksums(p)), bad[i], job(p, checksums(p))});
        EXPECT_EQ(nic->tx(0).counters().refused, i + 1) << "request " << i;
    }
    EXPECT_EQ(nic->statistics().tx_refused, bad.size());
}

// --- All of it at once.

class RandomJobs {
public:
    explicit RandomJobs(unsigned seed) : random_(seed), bad_(impossible_jobs()) {}

    Job next() {
        Job j = any();
        if (j.out.empty() || below(3) != 0) return j;
        j.parts.push_back(std::max<std::size_t>(j.request.header_length(), 14) + below(100));
        for (std::size_t i = below(4); i > 0; --i) j.parts.push_back(1 + below(2048));
        return j;
    }

private:
    std::size_t below(std::size_t n) { return random_() % n; }
    std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
    Job any() {
        switch (below(10)) {
            case 0: return bad_[below(bad_.size())];
            case 1:
            case 2: return plain(ethernet({{2, 1, 1, 1, 1, 1}}, number(), 17 + below(1498)));
            case 3: {
                const Frame f = ethernet({{2, 1, 1, 1, 1, 1}}, number(), 17 + below(1498));
                const auto tag = static_cast<std::uint16_t>(below(3));
                return {f, with_tag({}, tag), {padded(tagged(f, tag))}};
            }
            default: return of_ip();
        }
    }
    Job of_ip() {
        Packet p;
        const bool v6 = below(2) != 0;
        if (v6) p.source = "fe80::1", p.destination = "2001:db8::77";
        p.mac = 0x021122334455;
        constexpr std::uint8_t protocols[] = {proto_tcp, proto_udp, proto_sctp};
        p.protocol = protocols[below(3)];
        p.payload = below(1400);
        p.seed = static_cast<std::uint8_t>(random_());
        p.source_port = static_cast<std::uint16_t>(random_());
        p.id = static_cast<std::uint16_t>(random_());
        p.sequence = number();
        p.tcp_flags = static_cast<std::uint8_t>(below(64) & ~2u);
        if (!v6 && below(4) == 0) p.ip_options.assign(4 * (1 + below(10)), 1);
        if (below(6) == 0) p.tci = static_cast<std::uint16_t>(below(4096));
        TxRequest r = checksums(p);
        if (p.protocol == proto_tcp && below(2) == 0) {
            p.payload = 1 + below(12000);
            r = segments_of(p, static_cast<std::uint16_t>(88 + below(1300)));
        }
        if (below(3) == 0) r = with_tag(r, static_cast<std::uint16_t>(below(3)));
        return job(p, r);
    }

    std::mt19937 random_;
    std::vector<Job> bad_;
};

TEST_F(TxOffload, TenThousandRandomFramesEqualTheReferenceInASmallRing) {
    begin(64);
    RandomJobs random(2026);
    std::mt19937 sizes(9);
    std::uint64_t refused = 0;
    for (int total = 0; total < 10000;) {
        std::vector<Job> jobs;
        for (std::size_t n = 1 + sizes() % 60; n > 0; --n, ++total) jobs.push_back(random.next());
        for (const Job& j : jobs) refused += j.out.empty();
        send_and_expect(jobs, 1 + sizes() % 40);
        if (HasFatalFailure()) return;
        // Every buffer is back: in the cache or in the pool, but for what the receive ring holds.
        ASSERT_EQ(pool->available() + cache->in_stock(), pool->size() - 512) << "after " << total;
    }
    EXPECT_EQ(nic->tx(0).counters().refused, refused);
    EXPECT_GT(refused, 100u);
}

}  // namespace
}  // namespace ringside::test

// The loops with vectors do exactly what the loops without do: the same rings, with the same device and the
// same program, once with and once without, for every format of descriptors. What the device writes and the
// program asks for is random, plain enough for groups and wild enough for everything else.
#include "driver/e1000/queues.hpp"
#include "driver/e1000e/queues.hpp"
#include "driver/igb/queues.hpp"
#include "driver/ixgbe/queues.hpp"
#include "hal/vector.hpp"
#include "tests/driver/ring_fixture.hpp"

#include <random>
#include <tuple>

namespace ringside::test {
namespace {

struct Random {
    std::mt19937_64 engine;
    std::uint64_t below(std::uint64_t limit) { return engine() % limit; }
    bool once_in(std::uint64_t n) { return below(n) == 0; }
};

constexpr std::uint32_t ring_size = 64;

// One half of a comparison: rings with or without vectors. Both halves have the same pool, so that the same
// numbers are the same buffers.
template <class Rx, class Tx> struct Half {
    explicit Half(hal::Vector vector)
        : memory({.buffers = 1024}),
          cache(*memory.pool),
          rx(memory.domain, memory.pool, ring_size, hal::Doorbell(rx_tail), std::nullopt, vector),
          tx(memory.domain, memory.pool, ring_size, hal::Doorbell(tx_tail), TxRequest::everything,
             0u - ring_size, vector) {
        rx.ring_doorbell(rx.first_tail());
    }
    // What a word that may be an address is in both halves.
    std::uint64_t place(std::uint64_t word) const {
        const std::uint64_t distance = word - hal::value(memory.pool->iova(0u));
        return distance < 1024 * 4096 ? distance : word;
    }

    volatile std::uint32_t rx_tail = 0, tx_tail = 0;
    PacketMemory memory;
    mem::PacketCache cache;
    Rx rx;
    Tx tx;
};

template <class Family> class Vectors : public ::testing::Test {
protected:
    using Rx = std::tuple_element_t<0, Family>;
    using Tx = std::tuple_element_t<1, Family>;
    using Pair = std::pair<Half<Rx, Tx>&, Half<Rx, Tx>&>;

    void SetUp() override {
        if (hal::best_vector() == hal::Vector::none)
            GTEST_SKIP() << "this processor, or this build, has no vectors";
    }

    // The same descriptor in both.
    void complete(std::uint64_t low, std::uint64_t high) {
        for (Half<Rx, Tx>* half : {&plain_, &vectors_}) {
            auto& d = half->rx.ring()[head_];
            if (!keeps_address) d.low = low;
            d.high = high;
        }
        head_ = (head_ + 1) % ring_size;
    }
    std::uint32_t owned() const { return (plain_.rx_tail - head_) % ring_size; }

    void compare_rings() {
        ASSERT_EQ(plain_.rx_tail, vectors_.rx_tail);
        ASSERT_EQ(plain_.tx_tail, vectors_.tx_tail);
        for (std::uint32_t i = 0; i < ring_size; ++i) {
            const auto &rx = plain_.rx.ring()[i], &rx_v = vectors_.rx.ring()[i];
            ASSERT_EQ(plain_.place(rx.low), vectors_.place(rx_v.low)) << "receive slot " << i;
            ASSERT_EQ(rx.high, rx_v.high) << "receive slot " << i;
            const auto &tx = plain_.tx.ring()[i], &tx_v = vectors_.tx.ring()[i];
            ASSERT_EQ(plain_.place(tx.buffer), vectors_.place(tx_v.buffer)) << "transmit slot " << i;
            ASSERT_EQ(tx.command, tx_v.command) << "transmit slot " << i;
        }
        ASSERT_EQ(plain_.cache.in_stock(), vectors_.cache.in_stock());
        const RxQueueCounters a = plain_.rx.counters(), b = vectors_.rx.counters();
        ASSERT_EQ(std::tie(a.no_buffers, a.bad_descriptors, a.damaged, a.too_long),
                  std::tie(b.no_buffers, b.bad_descriptors, b.damaged, b.too_long));
        ASSERT_EQ(plain_.tx.counters().refused, vectors_.tx.counters().refused);
    }

    // Receives in both, and sees that they got the same.
    std::vector<mem::Packet> receive(std::uint32_t burst, bool with_info) {
        std::vector<mem::Packet> out(burst), out_v(burst);
        std::vector<RxInfo> info(burst, RxInfo{9, 9, 9}), info_v = info;
        const std::uint32_t n =
            with_info ? plain_.rx.receive(plain_.cache, out, info) : plain_.rx.receive(plain_.cache, out);
        const std::uint32_t n_v = with_info ? vectors_.rx.receive(vectors_.cache, out_v, info_v)
                                            : vectors_.rx.receive(vectors_.cache, out_v);
        EXPECT_EQ(n, n_v);
        for (std::uint32_t i = 0; i < n; ++i) {
            EXPECT_EQ(out[i].index, out_v[i].index);
            EXPECT_EQ(out[i].length, out_v[i].length);
            EXPECT_EQ(out[i].flags, out_v[i].flags);
            EXPECT_EQ(out[i].data - plain_.memory.pool->data(0),
                      out_v[i].data - vectors_.memory.pool->data(0));
            EXPECT_EQ(info[i].flags, info_v[i].flags);
            EXPECT_EQ(info[i].rss_hash, info_v[i].rss_hash);
            EXPECT_EQ(info[i].vlan, info_v[i].vlan);
        }
        out.resize(n);
        return out;
    }
    // Sends the same in both; what does not fit is given back.
    void send(std::vector<mem::Packet> packets, const std::vector<TxRequest>& requests, bool with_requests) {
        std::vector<mem::Packet> packets_v = packets;
        for (mem::Packet& p : packets_v)
            p.data = vectors_.memory.pool->data(0) + (p.data - plain_.memory.pool->data(0));
        const auto call = [&](Half<Rx, Tx>& half, std::span<const mem::Packet> in) {
            const std::uint32_t n =
                with_requests ? half.tx.send(half.cache, in, requests) : half.tx.send(half.cache, in);
            for (const mem::Packet& p : in.subspan(n)) half.cache.give(p.index);
            return n;
        };
        EXPECT_EQ(call(plain_, packets), call(vectors_, packets_v));
    }
    // The device reports what it has sent, up to `limit` descriptors.
    void report(std::uint32_t limit) {
        for (; limit > 0 && tx_head_ != plain_.tx_tail; --limit, tx_head_ = (tx_head_ + 1) % ring_size)
            for (Half<Rx, Tx>* half : {&plain_, &vectors_}) {
                auto& d = half->tx.ring()[tx_head_];
                if (d.command & std::decay_t<decltype(d)>::RS) d.command |= std::decay_t<decltype(d)>::DD;
            }
    }

    static constexpr bool keeps_address = std::is_same_v<Rx, e1000::RxQueue>;
    Half<Rx, Tx> plain_{hal::Vector::none}, vectors_{hal::best_vector()};
    std::uint32_t head_ = 0, tx_head_ = 0;
};

using Families =
    ::testing::Types<std::tuple<ixgbe::RxQueue, ixgbe::TxQueue>, std::tuple<igb::RxQueue, igb::TxQueue>,
                     std::tuple<e1000e::RxQueue, e1000e::TxQueue>,
                     std::tuple<e1000::RxQueue, e1000::TxQueue>>;
TYPED_TEST_SUITE(Vectors, Families);

// The upper word of a good frame of `length` bytes.
template <class D> std::uint64_t good(std::uint64_t length) { return D::expected | length << D::length_at; }

TYPED_TEST(Vectors, GiveTheSameResultsOnRandomRings) {
    using D = std::decay_t<decltype(this->plain_.rx.ring()[0])>;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random{std::mt19937_64(seed)};
        const std::uint64_t wildness = 1 + random.below(40);
        TxRequest request{};
        for (int step = 0; step < 300; ++step) {
            for (std::uint64_t n = random.below(50); n > 0 && this->owned() > 0; --n) {
                std::uint64_t high = good<D>(60 + random.below(1455));
                if (random.once_in(wildness)) {
                    switch (random.below(5)) {
                        case 0: high = random.engine() | D::expected; break;  // anything that is done
                        case 1: high = good<D>(random.once_in(2) ? 0 : 2047 + random.below(3)); break;
                        case 2: high = good<D>(2049 + random.below(60000)); break;
                        case 3: high ^= D::expected ^ (D::expected & (0 - D::expected)); break;  // no EOP
                        default: high |= random.engine() & D::compared; break;                   // damaged
                    }
                } else {
                    high |= random.engine() & ~(D::compared | 0xFFFFull << D::length_at);
                }
                this->complete(random.engine(), high);
            }
            auto packets = this->receive(static_cast<std::uint32_t>(random.below(70)), random.once_in(2));
            ASSERT_FALSE(this->HasFailure()) << "seed " << seed << ", step " << step;
            std::vector<TxRequest> requests(packets.size());
            for (std::size_t i = 0; i < packets.size(); ++i) {
                if (random.once_in(wildness)) {
                    switch (random.below(3)) {
                        case 0: packets[i].length = static_cast<std::uint16_t>(random.below(80)); break;
                        case 1: packets[i].length = static_cast<std::uint16_t>(random.engine()); break;
                        default: packets[i].flags = mem::Packet::more; break;
                    }
                }
                if (random.once_in(wildness))
                    request = {static_cast<std::uint8_t>(random.engine() &
                                                         (TxRequest::everything ^ TxRequest::segment)),
                               14,
                               20,
                               20,
                               static_cast<std::uint16_t>(random.engine()),
                               0};
                requests[i] = request;
            }
            this->send(packets, requests, random.once_in(2));
            this->report(static_cast<std::uint32_t>(random.below(100)));
            this->compare_rings();
            ASSERT_FALSE(this->HasFailure()) << "seed " << seed << ", step " << step;
        }
    }
}

// So that the test above cannot pass by never using them: plain traffic at every position and of every burst.
TYPED_TEST(Vectors, TakePlainFramesAtEveryPosition) {
    using D = std::decay_t<decltype(this->plain_.rx.ring()[0])>;
    for (std::uint32_t burst = 1; burst <= 40; ++burst) {
        for (std::uint32_t round = 0; round < 2 * ring_size; ++round) {
            for (std::uint32_t n = burst; n > 0 && this->owned() > 0; --n)
                this->complete(round, good<D>(60 + (round + n) % 1455));
            const auto packets = this->receive(burst, round % 2 == 0);
            ASSERT_EQ(packets.size(), std::min(burst, ring_size - 1));
            this->send(packets, std::vector<TxRequest>(packets.size()), round % 3 == 0);
            this->report(~0u);
            this->compare_rings();
            ASSERT_FALSE(this->HasFailure()) << "burst " << burst << ", round " << round;
        }
    }
}

}  // namespace
}  // namespace ringside::test

#include "mem/packet_pool.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "mem/mpmc_ring.hpp"
#include "mem/spsc_ring.hpp"
#include "tests/mem/fake_dma_space.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::mem {
namespace {

constexpr DomainOptions small_pages{PageSize::small, -1};

PoolOptions buffers(std::uint32_t count) { return {count, 1024, 0}; }

// Everything the pool has, in the order in which one thread would get it.
std::vector<std::uint32_t> drain(PacketCache& cache) {
    std::vector<std::uint32_t> all;
    while (const auto packet = cache.allocate()) all.push_back(packet->index);
    return all;
}

void expect_every_index_once(PacketPool& pool) {
    EXPECT_EQ(pool.available(), pool.size());
    PacketCache cache(pool);
    std::vector<std::uint32_t> all = drain(cache);
    for (const std::uint32_t index : all) cache.give(index);
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all.size(), pool.size());
    ASSERT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "given out twice";
    ASSERT_LT(all.back(), pool.index_limit());
}

TEST(PacketPool, StrideIsAnOddNumberOfCacheLines) {
    DmaDomain domain(small_pages);
    for (const std::uint32_t room : {1024u, 2048u, 3072u, 9216u, 16384u}) {
        for (const std::uint32_t headroom : {0u, 64u, 128u, 192u}) {
            const PacketPool pool(domain, {16, room, headroom});
            EXPECT_EQ(pool.stride() % 128, 64u) << room << " + " << headroom;
            EXPECT_GE(pool.stride(), room + headroom);
            EXPECT_LE(pool.stride(), room + headroom + 64);
        }
    }
    EXPECT_EQ(PacketPool(domain, {16, 2048, 64}).stride(), 2112u);
}

TEST(PacketPool, NoBufferCrossesAMultipleOf2MiB) {
    DmaDomain domain(small_pages);
    const DmaBuffer before = domain.allocate(5000);  // so that the pool does not begin at a boundary
    for (const std::uint32_t room : {1024u, 2048u, 16384u}) {
        PacketPool pool(domain, {20000, room, 64});
        PacketCache cache(pool);
        const std::vector<std::uint32_t> all = drain(cache);
        for (const std::uint32_t index : all) {
            const std::uint64_t first = value(pool.iova(index)) - 64;
            ASSERT_EQ(first >> 21, (first + 64 + room - 1) >> 21) << index;
        }
        EXPECT_EQ(all.size(), 20000u);
        EXPECT_LE(pool.index_limit() - 20000,
                  std::uint64_t{pool.index_limit()} * pool.stride() / (2u << 20) + 1);
        for (const std::uint32_t index : all) cache.give(index);
    }
}

TEST(PacketPool, DeviceAndProgramSeeTheSameByteInEveryBuffer) {
    DmaDomain domain(small_pages);
    const auto nic = std::make_shared<FakeDmaSpace>();
    domain.attach(nic);
    const PacketPool pool(domain, {300, 2048, 64});
    for (std::uint32_t i = 0; i < pool.size(); ++i) {
        ASSERT_EQ(nic->at(pool.iova(i)), pool.data(i));
        ASSERT_EQ(nic->at(pool.iova(pool.data(i) + 100)), pool.data(i) + 100);
        ASSERT_EQ(nic->at(pool.iova(i) + 2047), pool.data(i) + 2047);
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(pool.data(i)) % 64, 0u);
    }
}

TEST(PacketPool, OwnsWhatLiesInOneOfItsBuffers) {
    DmaDomain domain(small_pages);
    const PacketPool pool(domain, {8, 2048, 64});
    EXPECT_TRUE(pool.owns({pool.data(3), 3, 2048, 0}));
    EXPECT_TRUE(pool.owns({pool.data(3) - 64, 3, 10, 0}));
    EXPECT_FALSE(pool.owns({pool.data(3) - 65, 3, 10, 0}));
    EXPECT_FALSE(pool.owns({pool.data(3) + 1, 3, 2048, 0}));
    EXPECT_FALSE(pool.owns({pool.data(3), 4, 10, 0}));
    EXPECT_FALSE(pool.owns({pool.data(3), 8, 10, 0}));
}

TEST(PacketPool, RefusesOptionsThatMakeNoSense) {
    DmaDomain domain(small_pages);
    EXPECT_THROW(PacketPool(domain, {0, 2048, 64}), hal::Error);
    EXPECT_THROW(PacketPool(domain, {16, 0, 64}), hal::Error);
    EXPECT_THROW(PacketPool(domain, {16, 1500, 64}), hal::Error);
    EXPECT_THROW(PacketPool(domain, {16, 17408, 64}), hal::Error);
    EXPECT_THROW(PacketPool(domain, {16, 2048, 32}), hal::Error);
}

TEST(PacketPool, SaysSoWhenTheDomainHasNoMemory) {
    DmaDomain domain(small_pages);
    const auto full = std::make_shared<FakeDmaSpace>();
    full->limit = 0;
    domain.attach(full);
    EXPECT_THROW(PacketPool(domain, buffers(16)), hal::Error);
}

TEST(PacketPool, HasAllBuffersOnceWhateverItsSize) {
    DmaDomain domain(small_pages);
    for (const std::uint32_t count : {1u, 2u, 127u, 128u, 129u, 512u, 1000u}) {
        PacketPool pool(domain, buffers(count));
        expect_every_index_once(pool);
    }
}

TEST(PacketPool, BuffersNeededCountsRingsAndCaches) {
    EXPECT_EQ(buffers_needed(1024, 2), 1024 + 2 * PacketCache::capacity);
}

TEST(PacketCache, GivesLowIndicesFirstFromAFreshPool) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(300));
    PacketCache cache(pool);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const auto packet = cache.allocate();
        ASSERT_TRUE(packet);
        EXPECT_EQ(packet->index, i);
        EXPECT_EQ(packet->data, pool.data(i));
        EXPECT_EQ(packet->length, 0);
        EXPECT_EQ(packet->flags, 0);
    }
    for (std::uint32_t i = 0; i < 3; ++i) cache.give(i);
}

TEST(PacketCache, ReusesTheLastBufferFirst) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(64));
    PacketCache cache(pool);
    std::array<std::uint32_t, 8> held{};
    for (std::uint32_t& index : held) index = cache.allocate()->index;
    cache.give(held.data(), 8);
    for (std::size_t i = 8; i-- > 0;) EXPECT_EQ(cache.allocate()->index, held[i]);
    cache.give(held.data(), 8);
}

TEST(PacketCache, PreparedBuffersAreTakenFromTheEndBackwards) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(64));
    PacketCache cache(pool);
    ASSERT_EQ(cache.prepare(3), 3u);
    const std::array taken{cache.end_of_stock()[-1], cache.end_of_stock()[-2]};
    cache.taken(2);
    EXPECT_EQ(taken, (std::array{0u, 1u}));
    EXPECT_EQ(cache.allocate()->index, 2u);
    cache.give(2);
    cache.give(taken.data(), 2);
}

TEST(PacketCache, SaysWhenThePoolIsExhaustedAndRecovers) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(200));
    PacketCache cache(pool);
    EXPECT_EQ(cache.prepare(PacketCache::max_burst), 200u);
    const std::vector<std::uint32_t> all = drain(cache);
    EXPECT_EQ(all.size(), 200u);
    EXPECT_EQ(cache.prepare(1), 0u);
    EXPECT_EQ(cache.allocate(), std::nullopt);
    cache.give(all[7]);
    EXPECT_EQ(cache.allocate()->index, all[7]);
    cache.give(all.data(), 200);
}

TEST(PacketCache, RefillsBelowWhatIsStillWarm) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(512));
    PacketCache cache(pool);
    std::vector<std::uint32_t> held;
    while (cache.in_stock() > 0 || held.empty()) held.push_back(cache.allocate()->index);
    const auto warm = static_cast<std::uint32_t>(held.size());
    cache.give(held.data(), warm);
    ASSERT_EQ(cache.prepare(PacketCache::max_burst), PacketCache::max_burst);
    EXPECT_GT(cache.in_stock(), warm);
    for (std::size_t i = warm; i-- > 0;) EXPECT_EQ(cache.allocate()->index, held[i]);
    cache.give(held.data(), warm);
}

TEST(PacketCache, FlushesTheLongestUnusedHalf) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(PacketCache::capacity + 1));
    PacketCache giver(pool);
    const std::vector<std::uint32_t> all = drain(giver);
    ASSERT_EQ(all.size(), PacketCache::capacity + 1);
    ASSERT_EQ(pool.available(), 0u);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) giver.give(all[i]);
    EXPECT_EQ(pool.available(), 0u) << "a full stock is not given away yet";
    giver.give(all.back());
    EXPECT_EQ(pool.available(), PacketCache::capacity / 2);
    EXPECT_EQ(giver.in_stock(), PacketCache::capacity / 2 + 1);
    EXPECT_EQ(giver.end_of_stock()[-1], all.back());

    PacketCache taker(pool);
    std::vector<std::uint32_t> got = drain(taker);
    std::sort(got.begin(), got.end());
    std::vector<std::uint32_t> oldest(all.begin(), all.begin() + PacketCache::capacity / 2);
    std::sort(oldest.begin(), oldest.end());
    EXPECT_EQ(got, oldest) << "another thread can have them";
    for (const std::uint32_t index : got) taker.give(index);
}

TEST(PacketCache, TakesAndGivesTheLargestBurst) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(3 * PacketCache::max_burst));
    {
        PacketCache cache(pool);
        std::vector<std::uint32_t> held;
        for (int i = 0; i < 3; ++i) {
            ASSERT_EQ(cache.prepare(PacketCache::max_burst), PacketCache::max_burst);
            held.insert(held.end(), cache.end_of_stock() - PacketCache::max_burst, cache.end_of_stock());
            cache.taken(PacketCache::max_burst);
        }
        for (std::size_t i = 0; i < 3; ++i)
            cache.give(held.data() + i * PacketCache::max_burst, PacketCache::max_burst);
    }
    expect_every_index_once(pool);
}

TEST(PacketCache, ReturnsItsStockWhenItEnds) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(1000));
    for (std::uint32_t held = 0; held <= PacketCache::max_burst; held += 32) {
        PacketCache cache(pool);
        ASSERT_EQ(cache.prepare(held), held);
        EXPECT_EQ(pool.available() + cache.in_stock(), 1000u);
    }
    expect_every_index_once(pool);
}

TEST(PacketCache, HundredsThatEndWithOneBufferEachLoseNothing) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(700));
    {
        PacketCache taker(pool);
        const std::vector<std::uint32_t> all = drain(taker);
        ASSERT_EQ(all.size(), 700u);
        std::vector<std::unique_ptr<PacketCache>> caches;
        for (const std::uint32_t index : all) {
            caches.push_back(std::make_unique<PacketCache>(pool));
            caches.back()->give(index);
        }
    }
    expect_every_index_once(pool);
}

TEST(PacketPool, IsSilentWhenAllBuffersCameBackAndCountsThoseThatDidNot) {
    std::vector<std::string> notices;
    auto previous = hal::set_notice_sink([&](const std::string& text) { notices.push_back(text); });
    DmaDomain domain(small_pages);
    {
        PacketPool pool(domain, buffers(300));
        PacketCache cache(pool);
        cache.give(*cache.allocate());
    }
    EXPECT_TRUE(notices.empty());
    {
        PacketPool pool(domain, buffers(300));
        PacketCache cache(pool);
        for (int i = 0; i < 3; ++i) static_cast<void>(cache.allocate());
    }
    hal::set_notice_sink(std::move(previous));
    ASSERT_EQ(notices.size(), 1u);
    EXPECT_EQ(notices[0],
              "packet pool: 3 of 300 buffers did not come back: a program kept packets, or a NIC was not "
              "stopped");
}

TEST(PacketPool, TakesPacketsBackOnAnotherThreadThanReceivedThem) {
    constexpr std::uint32_t total = 50'000;
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(2048));
    SpscRing<Packet> ring(64);
    std::uint32_t wrong = 0;
    std::thread receiver([&] {
        PacketCache cache(pool);
        for (std::uint32_t n = 0; n < total;) {
            auto packet = cache.allocate();
            if (!packet) {
                std::this_thread::yield();
                continue;
            }
            std::memcpy(packet->data, &n,
                        sizeof n);  // plain memory: ThreadSanitizer sees every missing order
            packet->length = sizeof n;
            while (!ring.push(*packet)) std::this_thread::yield();
            ++n;
        }
    });
    {
        PacketCache cache(pool);
        for (std::uint32_t n = 0; n < total;) {
            Packet packet{};
            if (!ring.pop(packet)) {
                std::this_thread::yield();
                continue;
            }
            std::uint32_t number = 0;
            std::memcpy(&number, packet.data, sizeof number);
            wrong += number != n;
            cache.give(packet);
            ++n;
        }
    }
    receiver.join();
    EXPECT_EQ(wrong, 0u);
    expect_every_index_once(pool);
}

// A thread that allocates, hands on, takes over and frees at random, and says when a buffer has two owners.
class Churner {
public:
    Churner(PacketPool& pool, MpmcRing<Packet>& ring, std::vector<std::atomic<bool>>& owned,
            std::uint32_t seed)
        : pool_(pool),
          ring_(ring),
          owned_(owned),
          random_(seed),
          cache_(std::make_unique<PacketCache>(pool)) {}

    void run(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            const std::size_t held = allocate(random_() % burst_.size());
            const std::size_t sent = ring_.push(std::span<const Packet>(burst_).first(held));
            for (std::size_t i = sent; i < held; ++i) free(burst_[i]);
            const std::size_t got = ring_.pop(std::span(burst_).first(random_() % burst_.size()));
            for (std::size_t i = 0; i < got; ++i) free(burst_[i]);
            if (random_() % 64 == 0) cache_ = std::make_unique<PacketCache>(pool_);  // threads come and go
        }
    }
    void drain() {
        for (Packet packet{}; ring_.pop(packet);) free(packet);
    }
    std::uint32_t doubly_owned() const { return doubly_owned_; }

private:
    std::size_t allocate(std::size_t wanted) {
        std::size_t count = 0;
        for (; count < wanted; ++count) {
            const auto packet = cache_->allocate();
            if (!packet) break;
            burst_[count] = *packet;
            doubly_owned_ += owned_[packet->index].exchange(true, std::memory_order_relaxed);
            packet->data[0] = std::byte{1};  // plain memory: a race if somebody else has it too
        }
        return count;
    }
    void free(const Packet& packet) {
        packet.data[0] = std::byte{2};
        doubly_owned_ += !owned_[packet.index].exchange(false, std::memory_order_relaxed);
        cache_->give(packet);
    }

    PacketPool& pool_;
    MpmcRing<Packet>& ring_;
    std::vector<std::atomic<bool>>& owned_;
    std::mt19937 random_;
    std::unique_ptr<PacketCache> cache_;
    std::array<Packet, 64> burst_{};
    std::uint32_t doubly_owned_ = 0;
};

TEST(PacketPool, NoBufferIsLostOrHasTwoOwnersWhenManyThreadsExchangeThem) {
    constexpr std::uint32_t size = 1500;  // fewer than the threads want: exhaustion is part of it
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(size));
    MpmcRing<Packet> ring(256);
    std::vector<std::atomic<bool>> owned(pool.index_limit());
    {
        std::vector<std::unique_ptr<Churner>> churners;
        for (std::uint32_t seed = 1; seed <= 4; ++seed)
            churners.push_back(std::make_unique<Churner>(pool, ring, owned, seed));
        std::vector<std::thread> threads;
        for (const auto& churner : churners) threads.emplace_back([&] { churner->run(4'000); });
        for (std::thread& t : threads) t.join();
        churners.front()->drain();
        for (const auto& churner : churners) EXPECT_EQ(churner->doubly_owned(), 0u);
    }
    expect_every_index_once(pool);
}

TEST(Batch, ReturnsWhatNobodyTook) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(128));
    PacketCache cache(pool);
    {
        Batch<8> batch(cache);
        while (batch.size() < 8) ASSERT_TRUE(batch.push(*cache.allocate()));
        EXPECT_EQ(cache.in_stock(), 120u);
    }
    EXPECT_EQ(cache.in_stock(), 128u);
}

TEST(Batch, DoesNotReturnWhatWasTaken) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(128));
    PacketCache cache(pool);
    std::array<Packet, 3> sent{};
    {
        Batch<8> batch(cache);
        while (batch.size() < 8) ASSERT_TRUE(batch.push(*cache.allocate()));
        std::copy_n(batch.begin(), 3, sent.begin());
        batch.taken(3);
        EXPECT_EQ(batch.size(), 5u);
        EXPECT_EQ(batch.begin()->index, 3u);
    }
    EXPECT_EQ(cache.in_stock(), 125u);
    for (const Packet& packet : sent) cache.give(packet);
}

TEST(Batch, RefusesAPacketThatDoesNotFit) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(128));
    PacketCache cache(pool);
    Batch<2> batch(cache);
    ASSERT_TRUE(batch.push(*cache.allocate()));
    ASSERT_TRUE(batch.push(*cache.allocate()));
    const Packet third = *cache.allocate();
    EXPECT_FALSE(batch.push(third));
    EXPECT_TRUE(batch.space().empty());
    cache.give(third);
}

TEST(Batch, IsFilledInItsSpaceAndEmptyAfterClear) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(128));
    PacketCache cache(pool);
    Batch<4> batch(cache);
    ASSERT_EQ(batch.space().size(), 4u);
    batch.space()[0] = *cache.allocate();
    batch.space()[1] = *cache.allocate();
    batch.filled(2);
    EXPECT_EQ(batch.packets().size(), 2u);
    EXPECT_EQ(batch.space().size(), 2u);
    EXPECT_EQ(batch.end() - batch.begin(), 2);
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.space().size(), 4u);
    EXPECT_EQ(cache.in_stock(), 128u);
}

TEST(Batch, HasAllItsSpaceAgainWhenEverythingWasTaken) {
    DmaDomain domain(small_pages);
    PacketPool pool(domain, buffers(128));
    PacketCache cache(pool);
    Batch<2> batch(cache);
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(batch.push(*cache.allocate()));
        ASSERT_TRUE(batch.push(*cache.allocate()));
        for (const Packet& packet : batch.packets()) cache.give(packet);
        batch.taken(2);
        EXPECT_EQ(batch.space().size(), 2u);
    }
    EXPECT_EQ(cache.in_stock(), 128u);
}

// Each cache that ends with a rest leaves a short magazine behind; they must not use up all magazines.
TEST(PacketPool, CachesThatEndWithARestMayComeAndGoForEver) {
    constexpr std::uint32_t count = 40'000, each = 129;
    DmaDomain domain(small_pages);
    PacketPool pool(domain, {.buffers = count, .room = 1024, .headroom = 0});
    std::vector<std::uint32_t> out;
    {
        PacketCache cache(pool);
        while (const auto packet = cache.allocate()) out.push_back(packet->index);
    }
    ASSERT_EQ(out.size(), count);
    for (std::uint32_t first = 0; first < count; first += each) {
        PacketCache cache(pool);
        const std::uint32_t n = std::min(each, count - first);
        cache.give(out.data() + first, n);
    }
    EXPECT_EQ(pool.available(), count);
}

}  // namespace
}  // namespace ringside::mem

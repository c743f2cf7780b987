// A receive queue that posts no more buffers than recent bursts call for: what the device has, which buffers
// those are, and that nothing else changes.
#include "driver/e1000/queues.hpp"
#include "driver/e1000e/queues.hpp"
#include "driver/igb/queues.hpp"
#include "driver/ixgbe/queues.hpp"
#include "tests/driver/ring_fixture.hpp"

#include <random>
#include <set>

namespace ringside::test {
namespace {

constexpr std::uint32_t ring_size = 1024;

template <class Descriptor> class PostingTest : public ::testing::Test {
protected:
    using D = Descriptor;

    PostingTest() { restart(mem::PostedBuffers(ring_size - 1)); }
    void restart(mem::PostedBuffers posting, hal::Vector vector = hal::best_vector()) {
        rx_.reset();
        head_ = 0;
        rx_ = std::make_unique<RxRing<D>>(memory_.domain, memory_.pool, ring_size, hal::Doorbell(tail_),
                                          posting, vector);
        rx_->ring_doorbell(rx_->first_tail());
    }

    std::uint32_t owned() const { return (tail_ - head_) % ring_size; }
    // The device writes a frame, or a part of one, into the next descriptor that it has.
    bool complete(std::span<const std::byte> data, std::uint64_t status = D::expected) {
        if (owned() == 0) return false;
        D& d = rx_->ring()[head_];
        EXPECT_EQ(d.high, 0u) << "a descriptor was handed over that is not empty: slot " << head_;
        std::byte* const buffer = memory_.at(d.low);
        used_.insert(buffer);
        std::copy(data.begin(), data.end(), buffer);
        d.high = status | std::uint64_t{data.size()} << D::length_at;
        head_ = (head_ + 1) % ring_size;
        return true;
    }
    bool deliver(std::uint32_t count, std::size_t length = 60) {
        for (; count > 0; --count)
            if (!complete(pattern(sent_++, length))) return --sent_, false;
        return true;
    }
    // Everything there is, in calls of `burst`; each frame must be the next one.
    std::uint32_t take_all(std::uint32_t burst = 32, std::size_t length = 60) {
        std::vector<mem::Packet> packets(burst);
        for (std::uint32_t all = 0;;) {
            const std::uint32_t n = rx_->receive(cache_, packets);
            if (n == 0) return all;
            all += n;
            for (const mem::Packet& p : std::span(packets).first(n)) {
                EXPECT_EQ(bytes_of(p), pattern(got_++, length));
                cache_.give(p);
            }
        }
    }
    // So many bursts, each taken before the next.
    void traffic(int bursts, std::uint32_t frames) {
        for (int i = 0; i < bursts; ++i) {
            ASSERT_TRUE(deliver(frames));
            ASSERT_EQ(take_all(), frames);
        }
    }
    void expect_no_buffer_missing() {
        EXPECT_EQ(cache_.in_stock() + memory_.pool->available(), memory_.pool->size() - ring_size);
        std::set<std::uint32_t> free;
        while (const auto packet = cache_.allocate()) EXPECT_TRUE(free.insert(packet->index).second);
        for (const std::uint32_t buffer : free) cache_.give(buffer);
        rx_.reset();
        EXPECT_EQ(free.size(), memory_.pool->size() - ring_size);
        EXPECT_EQ(cache_.in_stock() + memory_.pool->available(), memory_.pool->size());
    }

    volatile std::uint32_t tail_ = 0;
    PacketMemory memory_{{.buffers = 4096}};
    mem::PacketCache cache_{*memory_.pool};
    std::unique_ptr<RxRing<D>> rx_;
    std::uint32_t head_ = 0;
    std::uint64_t sent_ = 0, got_ = 0;
    std::set<const std::byte*> used_;  // buffers that the device has written to
};

using Formats =
    ::testing::Types<ixgbe::RxDescriptor, igb::RxDescriptor, e1000e::RxDescriptor, e1000::RxDescriptor>;
TYPED_TEST_SUITE(PostingTest, Formats);

TYPED_TEST(PostingTest, TheDeviceHasTenTimesTheLargestBurstOfLate) {
    EXPECT_EQ(this->owned(), ring_size - 1);
    this->traffic(400, 20);
    EXPECT_EQ(this->owned(), 200u);
    EXPECT_EQ(this->rx_->posted(), 200u);
    ASSERT_TRUE(this->deliver(40));
    ASSERT_EQ(this->take_all(), 40u);
    EXPECT_EQ(this->owned(), 400u);
    this->expect_no_buffer_missing();
}

TYPED_TEST(PostingTest, ALongRingUsesFewBuffersWhileTrafficIsLight) {
    this->traffic(400, 6);
    EXPECT_EQ(this->owned(), 64u);
    this->used_.clear();
    this->traffic(2000, 6);
    // Those that are posted and those of a burst, out of 1024 in the ring, which went round eleven times.
    EXPECT_LE(this->used_.size(), 64u + 6u);
    this->expect_no_buffer_missing();
}

TYPED_TEST(PostingTest, KeepsWithinItsLimits) {
    this->restart(mem::PostedBuffers(256, 128));
    EXPECT_EQ(this->owned(), 256u);
    this->traffic(400, 100);
    EXPECT_EQ(this->owned(), 256u);
    this->traffic(600, 1);
    EXPECT_EQ(this->owned(), 128u);
    this->expect_no_buffer_missing();
}

TYPED_TEST(PostingTest, ABurstIsWhatCameUntilNothingWasFound) {
    this->traffic(600, 32);  // a whole call, and one that finds nothing
    EXPECT_EQ(this->owned(), 320u);
    this->traffic(600, 96);
    EXPECT_EQ(this->owned(), 960u);
    this->expect_no_buffer_missing();
}

TYPED_TEST(PostingTest, FramesComeAsTheyWentInWhateverTheTrafficIs) {
    for (const hal::Vector vector : {hal::Vector::none, hal::best_vector()}) {
        this->restart(mem::PostedBuffers(ring_size - 1), vector);
        std::mt19937_64 random(1);
        for (int i = 0; i < 3000; ++i) {
            const auto most = std::uint32_t{1} << random() % 10;
            this->deliver(static_cast<std::uint32_t>(random() % most));
            this->take_all(1 + static_cast<std::uint32_t>(random() % 70));
            ASSERT_FALSE(this->HasFailure()) << i;
        }
        EXPECT_EQ(this->got_, this->sent_);
    }
    this->expect_no_buffer_missing();
}

TYPED_TEST(PostingTest, PartsOfFramesAndDamagedOnesGiveTheirDescriptorsBack) {
    constexpr std::uint64_t only_done = TypeParam::expected & (0 - TypeParam::expected);
    std::array<mem::Packet, 32> packets;
    for (int i = 0; i < 2000; ++i) {
        ASSERT_TRUE(this->complete(pattern(1, 2048), only_done));
        ASSERT_TRUE(this->complete(pattern(2, 100)));
        ASSERT_TRUE(this->complete(pattern(3, 60), TypeParam::compared));  // damaged
        ASSERT_EQ(this->rx_->receive(this->cache_, packets), 2u);
        for (const mem::Packet& p : std::span(packets).first(2)) this->cache_.give(p);
        ASSERT_EQ(this->rx_->receive(this->cache_, packets), 0u);
    }
    EXPECT_EQ(this->rx_->counters().damaged, 2000u);
    EXPECT_EQ(this->owned(), 64u);
    this->expect_no_buffer_missing();
}

// A device that completes descriptors it was not given: they are taken, and the ring stays in order.
TYPED_TEST(PostingTest, ADeviceThatRunsPastTheTailBreaksNothing) {
    this->restart(mem::PostedBuffers(64, 64));
    for (auto& d : this->rx_->ring()) d.high = TypeParam::expected | 60ull << TypeParam::length_at;
    std::array<mem::Packet, 256> packets;
    for (std::uint32_t n = 0; (n = this->rx_->receive(this->cache_, packets)) > 0;)
        for (const mem::Packet& p : std::span(packets).first(n)) this->cache_.give(p);
    EXPECT_LE(this->rx_->posted(), 64u);
    this->expect_no_buffer_missing();
}

}  // namespace
}  // namespace ringside::test

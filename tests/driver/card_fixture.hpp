// A driver on a fake card: deterministic, in simulated time. Card is the fake: what it was asked for and
// should not have been is in its `complaints`, accesses to memory that nobody lent it in its
// `memory().refused`.
#pragma once

#include "driver/nic.hpp"
#include "hal/notice.hpp"
#include "tests/driver/gigabit/fake_card.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/packet_parts.hpp"
#include "tests/support/sentence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringside::test {

using namespace std::chrono_literals;

template <class Card> class CardFixture : public testing::Test {
protected:
    static constexpr MacAddress broadcast{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
    static constexpr MacAddress other{{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
    static constexpr MacAddress group{{0x01, 0x00, 0x5E, 0x00, 0x00, 0xFB}};

    CardFixture() {
        previous_sink_ = hal::set_notice_sink([this](const std::string& text) { notices.push_back(text); });
    }
    ~CardFixture() override { hal::set_notice_sink(previous_sink_); }

    // Opens the card as the driver finds it.
    void open_card(std::unique_ptr<Card> owned) {
        card = owned.get();
        nic = open_nic(domain, std::move(owned), clock);
    }
    void make_pool(mem::PoolOptions options = {.buffers = 4096}) {
        cache.reset();
        pool = std::make_shared<mem::PacketPool>(domain, options);
        cache.emplace(*pool);
    }
    void start(const NicConfig& config = {}) {
        if (!pool) make_pool();
        nic->start(pool, config);
        nic->wait_for_link(1s);
    }

    static Frame frame(const MacAddress& to, std::size_t length, unsigned number = 0) {
        Frame f(length);
        for (std::size_t i = 0; i < f.size(); ++i) f[i] = static_cast<std::byte>(i * 31 + number);
        for (std::size_t i = 0; i < std::min<std::size_t>(6, length); ++i) f[i] = std::byte{to.bytes[i]};
        return f;
    }
    // Everything that has arrived, whole frames.
    std::vector<Frame> received(std::uint32_t queue = 0) {
        std::vector<Frame> frames;
        std::vector<mem::Packet> out(32);
        bool more = false;
        while (const std::uint32_t n = nic->rx(queue).receive(*cache, out)) {
            for (std::uint32_t i = 0; i < n; ++i) {
                if (!more) frames.emplace_back();
                frames.back().insert(frames.back().end(), out[i].data, out[i].data + out[i].length);
                more = (out[i].flags & mem::Packet::more) != 0;
                cache->give(out[i]);
            }
        }
        EXPECT_FALSE(more);
        return frames;
    }
    std::vector<mem::Packet> parts_of(const Frame& f) { return put(*cache, f); }
    void send(const Frame& f, std::uint32_t queue = 0) {
        const auto parts = parts_of(f);
        ASSERT_EQ(nic->tx(queue).send(*cache, parts), parts.size());
    }

    // Every test ends here: no mistake of the driver, no DMA where there is no memory, no buffer lost.
    void TearDown() override {
        if (nic) nic->stop();
        cache.reset();
        if (pool) { EXPECT_EQ(pool->available(), pool->size()) << "buffers were lost"; }
        if (nic) {
            for (const std::string& what : card->complaints) ADD_FAILURE() << what;
            EXPECT_EQ(card->memory().refused, 0u);
        }
        nic.reset();
        pool.reset();
    }

    FakeClock clock;
    std::vector<std::string> notices;
    mem::DmaDomain domain{{.page_size = mem::PageSize::small, .numa_node = -1}};
    std::shared_ptr<mem::PacketPool> pool;
    std::optional<mem::PacketCache> cache;
    std::unique_ptr<Nic> nic;
    Card* card = nullptr;

private:
    hal::NoticeSink previous_sink_;
};

}  // namespace ringside::test

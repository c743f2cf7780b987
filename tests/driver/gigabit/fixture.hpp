// A 1-gigabit card's driver on the fake card: deterministic, in simulated time.
#pragma once

#include "driver/nic.hpp"
#include "hal/notice.hpp"
#include "tests/driver/gigabit/fake_card.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::test {

using namespace std::chrono_literals;

inline const char* name_of(Family family) {
    return family == Family::e1000 ? "e1000" : family == Family::e1000e ? "e1000e" : "igb";
}

class OnFake : public testing::Test {
protected:
    static constexpr MacAddress own{{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}};
    static constexpr MacAddress broadcast{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
    static constexpr MacAddress other{{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
    static constexpr MacAddress group{{0x01, 0x00, 0x5E, 0x00, 0x00, 0xFB}};

    OnFake() {
        previous_sink_ = hal::set_notice_sink([this](const std::string& text) { notices.push_back(text); });
    }
    ~OnFake() override { hal::set_notice_sink(previous_sink_); }

    // A card that is not open yet: `prepare` may spoil its registers.
    void open(Family family, FakeCard::Quirks quirks = {},
              const std::function<void(FakeCard&)>& prepare = {}) {
        auto owned = std::make_unique<FakeCard>(family, clock, quirks);
        card = owned.get();
        if (prepare) prepare(*card);
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
    std::vector<mem::Packet> parts_of(const Frame& f) {
        std::vector<mem::Packet> parts;
        for (std::size_t at = 0; at < f.size(); at += pool->room()) {
            mem::Packet p = cache->allocate().value();
            p.length = static_cast<std::uint16_t>(std::min<std::size_t>(pool->room(), f.size() - at));
            p.flags = at + p.length < f.size() ? mem::Packet::more : std::uint16_t{0};
            std::copy_n(f.begin() + static_cast<std::ptrdiff_t>(at), p.length, p.data);
            parts.push_back(p);
        }
        return parts;
    }
    void send(const Frame& f, std::uint32_t queue = 0) {
        const auto parts = parts_of(f);
        ASSERT_EQ(nic->tx(queue).send(*cache, parts), parts.size());
    }

    // What an action that must fail says.
    template <class Expected, class Action> std::string sentence(Action&& action) {
        try {
            action();
        } catch (const Expected& e) { return e.what(); } catch (const std::exception& e) {
            ADD_FAILURE() << "another kind of error: " << e.what();
            return {};
        }
        ADD_FAILURE() << "nothing was thrown";
        return {};
    }
    static void expect_says(const std::string& text, const std::string& part) {
        EXPECT_NE(text.find(part), std::string::npos) << text;
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
    FakeCard* card = nullptr;

private:
    hal::NoticeSink previous_sink_;
};

// The same test on each family.
class EachFamily : public OnFake, public testing::WithParamInterface<Family> {
protected:
    Family family() const { return GetParam(); }
    bool igb() const { return family() == Family::igb; }
};
inline auto each_family() { return testing::Values(Family::e1000, Family::e1000e, Family::igb); }
inline std::string family_name(const testing::TestParamInfo<Family>& info) { return name_of(info.param); }

}  // namespace ringside::test

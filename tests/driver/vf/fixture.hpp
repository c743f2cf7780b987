// A virtual function's driver on the fake one: deterministic, in simulated time.
#pragma once

#include "driver/nic.hpp"
#include "hal/notice.hpp"
#include "tests/driver/vf/fake_vf.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringside::test {

using namespace std::chrono_literals;

class OnVf : public testing::TestWithParam<VfFamily> {
protected:
    static constexpr MacAddress given{{0x02, 0xAA, 0, 0, 0, 0x01}};
    static constexpr MacAddress broadcast{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
    static constexpr MacAddress other{{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
    static constexpr MacAddress group{{0x01, 0x00, 0x5E, 0x00, 0x00, 0xFB}};

    OnVf() {
        previous_sink_ = hal::set_notice_sink([this](const std::string& text) { notices.push_back(text); });
    }
    ~OnVf() override { hal::set_notice_sink(previous_sink_); }

    VfFamily family() const { return GetParam(); }
    bool igb() const { return family() == VfFamily::igbvf; }

    // `prepare` may change the physical function's mind before the driver meets it.
    void open(FakeVf::Quirks quirks = {}, const std::function<void(FakePf&)>& prepare = {}) {
        auto owned = std::make_unique<FakeVf>(family(), clock, quirks);
        card = owned.get();
        if (prepare) prepare(card->pf);
        nic = open_nic(domain, std::move(owned), clock);
    }
    void make_pool() {
        cache.reset();
        pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 4096});
        cache.emplace(*pool);
    }
    void start(const NicConfig& config = {}) {
        if (!pool) make_pool();
        nic->start(pool, config);
        nic->wait_for_link(1s);
    }
    void run(FakeVf::Quirks quirks = {}, const std::function<void(FakePf&)>& prepare = {}) {
        open(quirks, prepare);
        start();
    }

    static Frame frame(const MacAddress& to, std::size_t length, unsigned number = 0) {
        Frame f(length);
        for (std::size_t i = 0; i < f.size(); ++i) f[i] = static_cast<std::byte>(i * 31 + number);
        for (std::size_t i = 0; i < std::min<std::size_t>(6, length); ++i) f[i] = std::byte{to.bytes[i]};
        return f;
    }
    // Everything that has arrived, whole frames.
    std::vector<Frame> received() {
        std::vector<Frame> frames;
        std::vector<mem::Packet> out(32);
        bool more = false;
        while (const std::uint32_t n = nic->rx(0).receive(*cache, out)) {
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
    void send(const Frame& f, std::uint32_t queue = 0) {
        mem::Packet p = cache->allocate().value();
        p.length = static_cast<std::uint16_t>(f.size());
        std::ranges::copy(f, p.data);
        ASSERT_EQ(nic->tx(queue).send(*cache, {&p, 1}), 1u);
    }
    bool passes(const MacAddress& to) {
        static_cast<void>(card->arrive(frame(to, 64)));
        return received().size() == 1;
    }

    // What an action that must fail says.
    template <class Expected, class Action> std::string sentence(Action&& action) {
        const auto before = clock.now();
        std::string text;
        try {
            action();
            ADD_FAILURE() << "nothing was thrown";
        } catch (const Expected& e) { text = e.what(); } catch (const std::exception& e) {
            ADD_FAILURE() << "another kind of error: " << e.what();
        }
        EXPECT_LE(clock.now() - before, 5s) << "every wait has a limit";
        return text;
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
    FakeVf* card = nullptr;

private:
    hal::NoticeSink previous_sink_;
};

inline std::string vf_family_name(const testing::TestParamInfo<VfFamily>& info) {
    return info.param == VfFamily::igbvf ? "igbvf" : "ixgbevf";
}

}  // namespace ringside::test

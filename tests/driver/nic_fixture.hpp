// The driver on the software 82599, in process and in strict mode: deterministic, in simulated time.
#pragma once

#include "driver/ixgbe/device.hpp"
#include "driver/nic.hpp"
#include "hal/notice.hpp"
#include "tests/support/in_process_device.hpp"
#include "tests/support/packet_parts.hpp"
#include "tests/support/sentence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::test {

using namespace std::chrono_literals;

using Frames = std::vector<Frame>;

// A frame with these addresses, a number and a pattern, `length` bytes in all.
inline Frame ethernet(const MacAddress& to, std::uint32_t number, std::size_t length,
                      const std::vector<int>& after_addresses = {0x88, 0xB5}) {
    Frame frame(std::max<std::size_t>(length, 64));
    for (std::size_t i = 0; i < 6; ++i) frame[i] = std::byte{to.bytes[i]};
    for (std::size_t i = 6; i < 12; ++i) frame[i] = static_cast<std::byte>(i == 6 ? 2 : i);
    std::size_t at = 12;
    for (const int b : after_addresses) frame[at++] = static_cast<std::byte>(b);
    for (unsigned shift = 0; shift < 32; shift += 8) frame[at++] = static_cast<std::byte>(number >> shift);
    for (; at < length; ++at) frame[at] = static_cast<std::byte>(at * 31 + number);
    frame.resize(length);
    return frame;
}

class OnModel : public testing::Test {
protected:
    static constexpr MacAddress own{{0x02, 0x00, 0x00, 0x82, 0x59, 0x90}};
    static constexpr MacAddress broadcast{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
    static constexpr MacAddress other{{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};

    OnModel() {
        previous_sink_ = hal::set_notice_sink([this](const std::string& text) { notices.push_back(text); });
    }
    ~OnModel() override { hal::set_notice_sink(previous_sink_); }

    // Opens a card with these options of the model.
    void open(const std::string& options = "") {
        auto owned = std::make_unique<InProcessDevice>(options, wire, clock);
        device = owned.get();
        nic = open_nic(domain, std::move(owned), clock);
    }
    void make_pool(mem::PoolOptions options = {.buffers = 4096}) {
        pool = std::make_shared<mem::PacketPool>(domain, options);
        cache.emplace(*pool);
    }
    void start(const NicConfig& config = {}) {
        if (!pool) make_pool();
        nic->start(pool, config);
    }
    void start_and_link(const NicConfig& config = {}) {
        start(config);
        nic->wait_for_link(1s);
    }
    void loop_cable() {
        wire->loop = true;
        wire->waits = true;
    }

    void arrive(const Frame& frame) {
        wire->to_nic.push_back(frame);
        device->pump();
    }
    // Everything that has arrived, whole frames, in bursts of `burst`.
    std::vector<Frame> received(std::uint32_t queue = 0, std::size_t burst = 32) {
        std::vector<Frame> frames;
        std::vector<mem::Packet> out(burst);
        bool more = false;
        for (int idle = 0; idle < 2;) {
            device->pump();
            const std::uint32_t n = nic->rx(queue).receive(*cache, out);
            idle = n == 0 ? idle + 1 : 0;
            for (std::uint32_t i = 0; i < n; ++i) {
                if (!more) frames.emplace_back();
                frames.back().insert(frames.back().end(), out[i].data, out[i].data + out[i].length);
                more = (out[i].flags & mem::Packet::more) != 0;
                cache->give(out[i]);
            }
            EXPECT_FALSE(more) << "the parts of a frame come together";
        }
        return frames;
    }
    std::vector<mem::Packet> parts_of(const Frame& frame) { return put(*cache, frame); }
    // Sends frames of every length without a tag through a loop_cable(), and sees them come back.
    void expect_every_length_back() {
        for (std::uint32_t length = 60; length <= 1514;) {
            std::vector<Frame> some;
            for (; some.size() < 32 && length <= 1514; ++length)
                some.push_back(ethernet(own, length, length));
            send(some);
            ASSERT_EQ(received(), some);
        }
    }
    // Sends `count` frames through a loop_cable(), never more than the rings take, and sees them come back.
    void expect_back(std::uint32_t count) {
        Frames expected, got;
        const auto take = [&] {
            for (const Frame& f : received()) got.push_back(f);
        };
        for (std::uint32_t i = 0; i < count; ++i) {
            expected.push_back(ethernet(own, i, 60 + i % 1000));
            const auto parts = parts_of(expected.back());
            for (int tries = 0; tries < 100 && nic->tx(0).send(*cache, parts) == 0; ++tries)
                clock.sleep(100us);
            if (i % 20 == 19) take();
        }
        for (int i = 0; i < 20; ++i) {
            clock.sleep(1ms);
            take();
        }
        EXPECT_EQ(got.size(), expected.size());
        EXPECT_EQ(got, expected);
        EXPECT_EQ(nic->tx(0).reclaim(*cache), 0u);
    }
    void send(const std::vector<Frame>& frames, std::uint32_t queue = 0) {
        std::vector<mem::Packet> in;
        for (const Frame& f : frames) {
            const auto parts = parts_of(f);
            in.insert(in.end(), parts.begin(), parts.end());
        }
        std::size_t sent = 0;
        for (int tries = 0; sent < in.size() && tries < 1000; ++tries) {
            sent += nic->tx(queue).send(*cache, std::span<const mem::Packet>(in).subspan(sent));
            device->pump();
        }
        ASSERT_EQ(sent, in.size());
    }
    // The frames the card sent since the last call.
    std::vector<Frame> on_wire() {
        device->pump();
        std::vector<Frame> frames(wire->from_nic.begin(), wire->from_nic.end());
        wire->from_nic.clear();
        return frames;
    }

    // Every test ends here: no mistake of the driver, no DMA where there is no memory, no buffer lost.
    void TearDown() override {
        if (nic) nic->stop();
        cache.reset();
        if (pool) { EXPECT_EQ(pool->available(), pool->size()) << "buffers were lost"; }
        if (nic) {
            EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
            EXPECT_EQ(device->dma().refused, 0u);
        }
        const auto dma = nic ? std::static_pointer_cast<CheckedDma>(device->dma_space()) : nullptr;
        nic.reset();
        pool.reset();
        if (dma) { EXPECT_EQ(dma->bad_unmaps, 0u); }
    }

    FakeClock clock;
    std::shared_ptr<Wire> wire = std::make_shared<Wire>();
    std::vector<std::string> notices;
    mem::DmaDomain domain{{.page_size = mem::PageSize::small, .numa_node = -1}};
    std::shared_ptr<mem::PacketPool> pool;
    std::optional<mem::PacketCache> cache;
    std::unique_ptr<Nic> nic;
    InProcessDevice* device = nullptr;

private:
    hal::NoticeSink previous_sink_;
};

}  // namespace ringside::test

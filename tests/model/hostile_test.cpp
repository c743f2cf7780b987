// A driver that does anything at all: registers, descriptors and frames at random. The model must go on,
// touch nothing but mapped memory (the tests' DMA sees to that, sanitizers to the rest), and never work for
// long at one call.
#include "tests/model/packets.hpp"

namespace ringside::test {
namespace {

class Chaos {
public:
    explicit Chaos(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull | 1) {}
    std::uint64_t operator()() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_ * 0x2545F4914F6CDD1Dull;
    }
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>((*this)() >> 33) % limit; }

private:
    std::uint64_t state_;
};

class Hostile : public Model {
protected:
    static constexpr std::uint32_t queues = 8;

    void start() {
        link_up();
        for (std::uint32_t q = 0; q < queues; ++q) {
            enable_tx(q);
            enable_rx(q);
            give_rx(ring_size - 1, q);
        }
        start_receiving(1u << 10 | 1u << 9 | 1u << 8 | 1u << 1);
        set(0xEE00, 1 | 1u << 4 | 6u << 16);
    }
    std::uint32_t value(Chaos& chaos) {
        switch (chaos.below(4)) {
            case 0: return 0;
            case 1: return 0xFFFFFFFF;
            case 2: return 1u << chaos.below(32);
            default: return static_cast<std::uint32_t>(chaos());
        }
    }
    // Not CTRL (resets would end the game), and ring addresses mostly stay.
    void write_register(Chaos& chaos) {
        const std::uint32_t offset = chaos.below(0x20000 / 4) * 4;
        if (offset > 4) set(offset, value(chaos));
    }
    void write_filter_register(Chaos& chaos) {
        constexpr std::uint32_t places[] = {0x5000, 0x5080, 0x5088, 0x4240, 0x4268, 0xEE00, 0xEE28, 0xEE2C,
                                            0xEE70, 0x5128, 0xEC00, 0xEC30, 0xE600, 0xE800, 0xEC80, 0xEB00,
                                            0xEB80, 0x5188, 0x5120, 0x8C14, 0x3260, 0x3D00, 0x4294, 0x4A80,
                                            0x4A88, 0x51B0, 0x8120, 0x3C00, 0x8D00, 0x898,  0x900,  0x820};
        set(places[chaos.below(std::size(places))], value(chaos));
        set(r::RXCTRL, 1);
        set(r::DMATXCTL, get(r::DMATXCTL) | 1);
    }
    void write_descriptor(Chaos& chaos) {
        const std::uint32_t q = chaos.below(queues), slot = chaos.below(ring_size);
        std::uint64_t low = iova(tx_buffers) + chaos.below(0x10000);
        if (chaos.below(16) == 0) low = chaos();
        std::uint64_t high = chaos();
        if (chaos.below(2) == 0) high |= tx_dext | tx_ifcs;
        if (chaos.below(2) == 0)
            high = (high & ~(0xFull << 20)) | (chaos.below(2) == 0 ? tx_data : tx_context);
        tx_ring(q)[slot] = {low, high};
    }
    // A context and a frame that look right but for a few bits: these get far.
    void write_plausible(Chaos& chaos) {
        const std::uint32_t q = chaos.below(queues), slot = chaos.below(ring_size - 1);
        const std::uint64_t mss = chaos.below(3) == 0 ? chaos.below(20) : 500;
        std::uint64_t context = mss << 48 | 20ull << 40 | tx_dext | tx_context | 1ull << 11 | 1ull << 10;
        std::uint64_t data =
            2000ull << 46 | 3ull << 40 | tx_data | tx_dext | tx_ifcs | tx_rs | tx_eop | 1ull << 31 | 2054;
        if (chaos.below(2) == 0) context ^= 1ull << chaos.below(64);
        if (chaos.below(2) == 0) data ^= 1ull << chaos.below(64);
        tx_ring(q)[slot] = {14ull << 9 | 20, context};
        tx_ring(q)[slot + 1] = {iova(tx_buffers) + chaos.below(0x1000), data};
    }
    void write_receive_descriptor(Chaos& chaos) {
        const std::uint32_t q = chaos.below(queues), slot = chaos.below(ring_size);
        rx_ring(q)[slot].low = chaos.below(8) == 0 ? chaos() : iova(rx_buffers) + chaos.below(0x40000);
        rx_ring(q)[slot].high = 0;
    }
    Frame frame(Chaos& chaos) {
        Packet p;
        constexpr std::uint8_t protocols[] = {proto_tcp, proto_udp, proto_sctp, 1, 50};
        p.protocol = protocols[chaos.below(5)];
        p.payload = chaos.below(100);
        if (chaos.below(3) == 0) p.tci = static_cast<std::uint16_t>(chaos());
        if (chaos.below(2) == 0) {
            p.source = "2001:db8::1", p.destination = "2001:db8::2";
            for (std::uint32_t n = chaos.below(4); n != 0; --n) {
                constexpr std::uint8_t types[] = {0, 43, 60, 44};
                Bytes extension(7);
                for (std::uint8_t& byte : extension) byte = static_cast<std::uint8_t>(chaos.below(6));
                p.extensions.push_back({types[chaos.below(4)], extension});
            }
        } else if (chaos.below(3) == 0) {
            p.ip_options.assign(4 * chaos.below(10), 1);
        }
        Frame f = build(p);
        for (std::uint32_t n = chaos.below(4); n != 0; --n)
            f[chaos.below(static_cast<std::uint32_t>(f.size()))] = static_cast<std::byte>(chaos());
        if (chaos.below(4) == 0) f.resize(chaos.below(static_cast<std::uint32_t>(f.size()) + 1));
        return f;
    }
    void step(Chaos& chaos, bool everything) {
        switch (chaos.below(everything ? 9 : 8)) {
            case 0: return write_filter_register(chaos);
            case 1: return write_descriptor(chaos);
            case 2:
            case 3: return write_plausible(chaos);
            case 4: return write_receive_descriptor(chaos);
            case 5: return set(r::tx(chaos.below(queues), r::T), chaos.below(ring_size + 2));
            case 6: return set(r::rx(chaos.below(queues), r::T), chaos.below(ring_size + 2));
            case 7: {
                const Frame f = frame(chaos);
                if (!f.empty()) wire->to_nic.push_back(f);
                return;
            }
            default: return write_register(chaos);
        }
    }
    void play(std::uint64_t seed, bool everything) {
        open(seed % 3 == 0 ? "dd-delay" : "");
        start();
        Chaos chaos(seed);
        for (int i = 0; i < 2000; ++i) {
            step(chaos, everything);
            const std::size_t before = wire->from_nic.size();
            device->poll();
            EXPECT_LE(wire->from_nic.size() - before, queues * (64 + 4096)) << "no round is without bound";
            if (i % 64 == 0) {
                wire->from_nic.clear();
                clock.sleep(50us);
            }
        }
    }
};

TEST_F(Hostile, AnyDescriptorsAndFramesWithAnyFilters) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) play(seed, false);
}

TEST_F(Hostile, AnyRegisters) {
    for (std::uint64_t seed = 21; seed <= 40; ++seed) play(seed, true);
}

TEST_F(Hostile, FlowFiltersTakeNoMoreRoomThanTheCardHas) {
    set(0xEE00, 3);
    Chaos chaos(5);
    for (int i = 0; i < 40000; ++i) {
        set(0xEE28, static_cast<std::uint32_t>(chaos()));
        set(0xEE2C, 1u | 1u << 3 | 1u << 15);
    }
    EXPECT_EQ(get(0xEE38) & 0xFFFF, 0u);
    EXPECT_NE(get(0xEE54), 0u) << "the rest was refused";
}

}  // namespace
}  // namespace ringside::test

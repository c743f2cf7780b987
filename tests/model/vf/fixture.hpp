// A virtual function as a driver meets it that was typed in for the tests.
#pragma once

#include "sim/ixgbe_vf/function.hpp"
#include "tests/model/fixture.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace ringside::test {

namespace v {
inline constexpr std::uint32_t CTRL = 0x0, STATUS = 0x8, LINKS = 0x10, FRTIMER = 0x48, EICR = 0x100,
                               EICS = 0x104, EIMS = 0x108, EIMC = 0x10C, EIAC = 0x110, EIAM = 0x114,
                               IVAR0 = 0x120, IVAR_MISC = 0x140, RXMEMWRAP = 0x190, MBMEM = 0x200,
                               MAILBOX = 0x2FC, PSRTYPE = 0x300, EITR0 = 0x820, GPRC = 0x101C,
                               GORC_LSB = 0x1020, GORC_MSB = 0x1024, MPRC = 0x1034, GPTC = 0x201C,
                               GOTC_LSB = 0x2020;
inline std::uint32_t rx(std::uint32_t q, std::uint32_t reg) { return 0x1000 + 0x40 * q + reg; }
inline std::uint32_t tx(std::uint32_t q, std::uint32_t reg) { return 0x2000 + 0x40 * q + reg; }
inline constexpr std::uint32_t RST = 1u << 26;
// VFMAILBOX
inline constexpr std::uint32_t REQ = 1, ACK = 2, VFU = 4, PFU = 8, PFSTS = 16, PFACK = 32, RSTI = 64,
                               RSTD = 128;
// Messages
inline constexpr std::uint32_t granted = 1u << 31, refused = 1u << 30, cts = 1u << 29;
}  // namespace v

using MailboxMessage = std::array<std::uint32_t, 16>;

class VfModel : public testing::Test {
protected:
    static constexpr std::uint64_t base = 0x100000;
    static constexpr std::size_t memory_size = 1 << 20;
    static constexpr std::uint32_t ring_size = 32, buffer_size = 2048;
    static constexpr std::size_t tx_rings = 0x10000, rx_buffers = 0x20000, tx_buffers = 0x80000;

    void SetUp() override { open(""); }
    void open(const std::string& options) {
        device.reset();
        wire = std::make_shared<Wire>();
        auto owned = std::make_unique<sim::VirtualFunction82599>(sim::ixgbe_vf::parse_options(options),
                                                                 std::make_unique<TestCable>(wire), clock);
        function = owned.get();
        device = std::make_unique<InProcessDevice>(std::move(owned), clock, "test:82599vf");
        memory.assign(memory_size / 8, 0);
        device->dma().map({bytes(), memory_size, -1, 0, hal::Iova{base}});
        device->config_write(4, 0x6, 2);
        csr = &device->bar(0);
    }
    std::uint32_t get(std::uint32_t reg) { return csr->load32(reg); }
    void set(std::uint32_t reg, std::uint32_t value) { csr->store32(reg, value); }
    std::byte* bytes() { return reinterpret_cast<std::byte*>(memory.data()); }
    Descriptor* rx_ring(std::uint32_t q) {
        return reinterpret_cast<Descriptor*>(bytes() + q * ring_size * 16);
    }
    Descriptor* tx_ring(std::uint32_t q) {
        return reinterpret_cast<Descriptor*>(bytes() + tx_rings + q * ring_size * 16);
    }

    // What reading the register clears is collected until a test forgets it.
    bool sees(std::uint32_t bits) {
        seen |= get(v::MAILBOX);
        return (seen & bits) == bits;
    }
    // Writes a request, rings, and returns the answer, which is acknowledged.
    MailboxMessage ask(const MailboxMessage& request) {
        set(v::MAILBOX, v::VFU);
        EXPECT_NE(get(v::MAILBOX) & v::VFU, 0u);
        for (std::uint32_t i = 0; i < request.size(); ++i) set(v::MBMEM + 4 * i, request[i]);
        seen = 0;
        set(v::MAILBOX, v::REQ);
        for (int i = 0; i < 10 && !sees(v::PFACK | v::PFSTS); ++i) clock.sleep(10us);
        EXPECT_TRUE(sees(v::PFACK | v::PFSTS)) << "no answer to " << std::hex << request[0];
        return message();
    }
    MailboxMessage message() {
        MailboxMessage m;
        set(v::MAILBOX, v::VFU);
        for (std::uint32_t i = 0; i < m.size(); ++i) m[i] = get(v::MBMEM + 4 * i);
        set(v::MAILBOX, v::ACK);
        seen = 0;
        return m;
    }
    // The first word of the answer, less what was asked.
    std::uint32_t verdict(const MailboxMessage& request) { return ask(request)[0] ^ request[0]; }
    bool grants(const MailboxMessage& request) {
        const std::uint32_t word = verdict(request);
        EXPECT_TRUE(word == (v::granted | v::cts) || word == (v::refused | v::cts)) << std::hex << word;
        return (word & v::granted) != 0;
    }
    static MailboxMessage about(std::uint32_t first, std::uint64_t mac) {
        MailboxMessage m{first};
        for (unsigned i = 0; i < 6; ++i)
            m[1 + i / 4] |= static_cast<std::uint32_t>(mac >> (8 * (5 - i)) & 0xFF) << (8 * (i % 4));
        return m;
    }
    // Reported in, with the newest version of the language.
    void report_in() {
        clock.sleep(5ms);
        ask({1});
        ASSERT_TRUE(grants({8, 4}));
    }
    void enable_rx(std::uint32_t q = 0) {
        set(v::rx(q, r::BAL), static_cast<std::uint32_t>(base + q * ring_size * 16));
        set(v::rx(q, r::LEN), ring_size * 16);
        set(v::rx(q, r::SRRCTL), 1u << 25 | buffer_size / 1024);
        set(v::rx(q, r::DCA), 0);
        set(v::rx(q, r::DCTL), r::ENABLE);
        clock.sleep(100us);
        ASSERT_NE(get(v::rx(q, r::DCTL)) & r::ENABLE, 0u);
        for (std::uint32_t i = 0; i < ring_size; ++i)
            rx_ring(q)[i] = {base + rx_buffers + i * buffer_size, 0};
        set(v::rx(q, r::T), ring_size - 1);
    }
    void enable_tx(std::uint32_t q = 0) {
        set(v::tx(q, r::BAL), static_cast<std::uint32_t>(base + tx_rings + q * ring_size * 16));
        set(v::tx(q, r::LEN), ring_size * 16);
        set(v::tx(q, r::DCTL), r::ENABLE);
        clock.sleep(100us);
        ASSERT_NE(get(v::tx(q, r::DCTL)) & r::ENABLE, 0u);
    }
    void send(const Frame& frame, std::uint32_t q = 0) {
        const std::uint32_t i = get(v::tx(q, r::T));
        std::memcpy(bytes() + tx_buffers, frame.data(), frame.size());
        tx_ring(q)[i] = {base + tx_buffers,
                         tx_data | tx_dext | tx_eop | tx_ifcs | tx_rs | frame.size() | frame.size() << 46};
        set(v::tx(q, r::T), (i + 1) % ring_size);
        device->pump();
    }
    // Whether a frame for this address arrives at queue 0.
    bool passes(const Frame& frame) {
        const std::uint32_t before = get(v::rx(0, r::H));
        wire->to_nic.push_back(frame);
        device->pump();
        const bool arrived = get(v::rx(0, r::H)) != before;
        if (arrived) {
            rx_ring(0)[before] = {base + rx_buffers + before * buffer_size, 0};
            set(v::rx(0, r::T), before);
        }
        return arrived;
    }
    bool passes(std::uint64_t destination) { return passes(make_frame(60, destination)); }

    FakeClock clock;
    std::shared_ptr<Wire> wire;
    std::vector<std::uint64_t> memory;
    sim::VirtualFunction82599* function = nullptr;
    std::unique_ptr<InProcessDevice> device;
    hal::Bar* csr = nullptr;
    std::uint32_t seen = 0;
};

}  // namespace ringside::test

// What the tests of the model share: a card, its memory, and the few steps that every driver takes.
#pragma once

#include "tests/support/in_process_device.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace ringside::test {

using namespace std::chrono_literals;

// Registers and bits, typed in for the tests: a third hand beside the driver's and the model's.
namespace r {
inline constexpr std::uint32_t CTRL = 0x0, STATUS = 0x8, ESDP = 0x20, I2CCTL = 0x28, EEC = 0x10010,
                               EERD = 0x10014, EEMNGCTL = 0x10110, SWSM = 0x10140, SW_FW_SYNC = 0x10160,
                               EICR = 0x800, EICS = 0x808, EIAC = 0x810, EITR0 = 0x820, EIMS = 0x880,
                               EIMC = 0x888, EIAM = 0x890, GPIE = 0x898, IVAR0 = 0x900, IVAR_MISC = 0xA00,
                               EIMS_EX0 = 0xAA0, EIAM_EX0 = 0xAD0, RXCTRL = 0x3000, FCTRL = 0x5080,
                               VLNCTRL = 0x5088, MCSTCTRL = 0x5090, HLREG0 = 0x4240, MAXFRS = 0x4268,
                               RDRXCTL = 0x2F00, RXPBSIZE0 = 0x3C00, SECRXCTRL = 0x8D00, SECRXSTAT = 0x8D04,
                               FCRTH0 = 0x3260, RAL0 = 0xA200, RAH0 = 0xA204, MTA = 0x5200, VFTA = 0xA000,
                               RQSMR0 = 0x2300, TQSM0 = 0x8600, DMATXCTL = 0x4A80, MTQC = 0x8120,
                               RTTDCS = 0x4900, AUTOC = 0x42A0, LINKS = 0x42A4, AUTOC2 = 0x42A8;
inline constexpr std::uint32_t GPRC = 0x4074, BPRC = 0x4078, MPRC = 0x407C, GPTC = 0x4080, GORCL = 0x4088,
                               GORCH = 0x408C, GOTCL = 0x4090, RUC = 0x40A4, ROC = 0x40AC, TPR = 0x40D0,
                               PRC64 = 0x405C, PRC127 = 0x4060, PRC1522 = 0x4070, PTC64 = 0x40D8,
                               MPC0 = 0x3FA0, LXOFFRXCNT = 0x41A8, BPTC = 0x40F4, QPTC0 = 0x8680;
inline std::uint32_t rx(std::uint32_t q, std::uint32_t reg) {
    return (q < 64 ? 0x1000 + 0x40 * q : 0xD000 + 0x40 * (q - 64)) + reg;
}
inline std::uint32_t tx(std::uint32_t q, std::uint32_t reg) { return 0x6000 + 0x40 * q + reg; }
// Within a queue's block.
inline constexpr std::uint32_t BAL = 0x00, BAH = 0x04, LEN = 0x08, DCA = 0x0C, H = 0x10, SRRCTL = 0x14,
                               T = 0x18, DCTL = 0x28, QPRC = 0x30, QPRDC = 0x430, TDWBAL = 0x38,
                               TDWBAH = 0x3C;
inline constexpr std::uint32_t ENABLE = 1u << 25, VME = 1u << 30, DROP_EN = 1u << 28;
}  // namespace r

struct Descriptor {
    std::uint64_t low = 0, high = 0;
};

// Bits of descriptors.
inline constexpr std::uint64_t rx_dd = 1, rx_eop = 2, rx_vp = 8;
inline constexpr std::uint64_t tx_eop = 1u << 24, tx_ifcs = 1u << 25, tx_rs = 1u << 27, tx_dext = 1u << 29,
                               tx_vle = 1u << 30, tx_data = 3u << 20, tx_context = 2u << 20,
                               tx_dd = 1ull << 32;

inline Frame make_frame(std::size_t length, std::uint64_t destination, std::uint8_t seed = 1) {
    Frame f(length);
    for (std::size_t i = 0; i < length; ++i) f[i] = static_cast<std::byte>(i * 7 + seed);
    for (std::size_t i = 0; i < 6; ++i) f[i] = static_cast<std::byte>(destination >> (8 * (5 - i)));
    if (length >= 14) f[12] = std::byte{0x08}, f[13] = std::byte{0x00};  // IPv4
    return f;
}
inline Frame tagged(Frame f, std::uint16_t tci) {
    const std::byte tag[] = {std::byte{0x81}, std::byte{0x00}, static_cast<std::byte>(tci >> 8),
                             static_cast<std::byte>(tci)};
    f.insert(f.begin() + 12, std::begin(tag), std::end(tag));
    return f;
}

inline constexpr std::uint64_t own_mac = 0x020000825990, broadcast = 0xFFFFFFFFFFFF,
                               some_group = 0x01005E0000FB, stranger = 0x020000000077;

class Model : public testing::Test {
protected:
    static constexpr std::uint64_t iova_base = 0x100000;
    static constexpr std::size_t memory_size = 1 << 20;
    // Parts of the memory, as offsets; rings are 64 descriptors a queue.
    static constexpr std::size_t rx_rings = 0, tx_rings = 0x10000, rx_buffers = 0x20000, tx_buffers = 0x80000,
                                 head_place = 0xF0000;
    static constexpr std::uint32_t ring_size = 32, buffer_size = 2048;

    void SetUp() override { open(""); }
    void open(const std::string& options) {
        device.reset();
        wire = std::make_shared<Wire>();
        device = std::make_unique<InProcessDevice>(options, wire, clock);
        memory.assign(memory_size / 8, 0);
        device->dma().map({bytes(), memory_size, -1, 0, hal::Iova{iova_base}});
        device->config_write(4, 0x6, 2);
        csr = &device->bar(0);
    }

    std::uint32_t get(std::uint32_t reg) { return csr->load32(reg); }
    void set(std::uint32_t reg, std::uint32_t value) { csr->store32(reg, value); }
    std::byte* bytes() { return reinterpret_cast<std::byte*>(memory.data()); }
    Descriptor* rx_ring(std::uint32_t q = 0) {
        return reinterpret_cast<Descriptor*>(bytes() + rx_rings + q * ring_size * 16);
    }
    Descriptor* tx_ring(std::uint32_t q = 0) {
        return reinterpret_cast<Descriptor*>(bytes() + tx_rings + q * ring_size * 16);
    }
    std::byte* rx_buffer(std::uint32_t i) { return bytes() + rx_buffers + i * buffer_size; }
    std::byte* tx_buffer(std::uint32_t i) { return bytes() + tx_buffers + i * buffer_size; }
    static std::uint64_t iova(std::size_t offset) { return iova_base + offset; }

    void link_up() {
        clock.sleep(5ms);
        ASSERT_NE(get(r::LINKS) & (1u << 30), 0u);
    }
    // SRRCTL bits beyond one 2 KiB buffer, RXDCTL bits beyond ENABLE.
    void enable_rx(std::uint32_t q = 0, std::uint32_t srrctl = 1u << 25, std::uint32_t rxdctl = 0) {
        set(r::rx(q, r::BAL), static_cast<std::uint32_t>(iova(rx_rings + q * ring_size * 16)));
        set(r::rx(q, r::BAH), 0);
        set(r::rx(q, r::LEN), ring_size * 16);
        set(r::rx(q, r::H), 0);
        set(r::rx(q, r::T), 0);
        set(r::rx(q, r::SRRCTL), srrctl | buffer_size / 1024);
        set(r::rx(q, r::DCTL), r::ENABLE | rxdctl);
        clock.sleep(100us);
        ASSERT_NE(get(r::rx(q, r::DCTL)) & r::ENABLE, 0u);
    }
    void give_rx(std::uint32_t tail, std::uint32_t q = 0) {
        for (std::uint32_t i = 0; i < ring_size; ++i) rx_ring(q)[i] = {iova(rx_buffers + i * buffer_size), 0};
        set(r::rx(q, r::T), tail);
    }
    void start_receiving(std::uint32_t fctrl = 1u << 10) {
        set(r::FCRTH0, 0x7A000);
        set(r::RDRXCTL, (get(r::RDRXCTL) & ~(0x1Fu << 17)) | 1u << 1);
        set(r::FCTRL, fctrl);
        set(r::SECRXCTRL, 2);
        set(r::RXCTRL, 1);
        set(r::SECRXCTRL, 0);
    }
    // A card that receives broadcast and its own address, with `ring_size - 1` descriptors.
    void receive_all(std::uint32_t srrctl = 1u << 25, std::uint32_t rxdctl = 0,
                     std::uint32_t fctrl = 1u << 10) {
        link_up();
        enable_rx(0, srrctl, rxdctl);
        start_receiving(fctrl);
        give_rx(ring_size - 1);
    }
    void enable_tx(std::uint32_t q = 0, std::uint32_t txdctl = 0, std::uint32_t tdwbal = 0) {
        set(r::DMATXCTL, get(r::DMATXCTL) | 1);
        set(r::tx(q, r::BAL), static_cast<std::uint32_t>(iova(tx_rings + q * ring_size * 16)));
        set(r::tx(q, r::BAH), 0);
        set(r::tx(q, r::LEN), ring_size * 16);
        set(r::tx(q, r::H), 0);
        set(r::tx(q, r::T), 0);
        set(r::tx(q, r::TDWBAL), tdwbal);
        set(r::tx(q, r::DCTL), r::ENABLE | txdctl);
        clock.sleep(100us);
        ASSERT_NE(get(r::tx(q, r::DCTL)) & r::ENABLE, 0u);
    }
    // Writes a data descriptor for `frame`, whose bytes go into TX buffer `slot`.
    void put_tx(std::uint32_t slot, const Frame& frame, std::uint64_t flags = tx_eop | tx_ifcs | tx_rs,
                std::uint32_t q = 0) {
        std::memcpy(tx_buffer(slot), frame.data(), frame.size());
        tx_ring(q)[slot] = {
            iova(tx_buffers + slot * buffer_size),
            static_cast<std::uint64_t>(frame.size()) << 46 | tx_data | tx_dext | flags | frame.size()};
    }
    void arrive(const Frame& frame) {
        wire->to_nic.push_back(frame);
        device->pump();
    }
    bool received(std::uint32_t i) { return (rx_ring()[i].high & rx_dd) != 0; }
    std::size_t length(std::uint32_t i) { return (rx_ring()[i].high >> 32) & 0xFFFF; }
    Frame contents(std::uint32_t i) { return Frame(rx_buffer(i), rx_buffer(i) + length(i)); }
    std::uint64_t flags(const std::string& mistake) {
        const std::string json = device->function().report_json();
        const std::string key = "\"" + mistake + "\":";
        const std::size_t at = json.find(key);
        return at == std::string::npos ? 0 : std::stoull(json.substr(at + key.size()));
    }

    FakeClock clock;
    std::shared_ptr<Wire> wire;
    std::vector<std::uint64_t> memory;
    std::unique_ptr<InProcessDevice> device;
    hal::Bar* csr = nullptr;
};

}  // namespace ringside::test

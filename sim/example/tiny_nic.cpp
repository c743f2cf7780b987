#include "sim/example/tiny_nic.hpp"

#include "sim/pci/config_space.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace ringside::sim {
namespace {

constexpr unsigned registers_bar = 0, msix_bar = ConfigSpace::msix_bar, config_region = 7;
constexpr std::uint64_t registers_size = 4096, msix_size = 16 * 1024;
constexpr std::uint64_t ADDRESS = 0x0, SEND = 0x4, RECEIVE = 0x8;
constexpr std::size_t shortest = 14, longest = 1514;

PciIdentity identity() {
    PciIdentity i;
    i.vendor = 0x1234;  // an identity that no driver looks for
    i.device = 0x0001;
    return i;
}

std::array<PciBar, 6> bars() {
    std::array<PciBar, 6> b{};
    b[registers_bar] = {PciBar::Kind::memory32, registers_size, false};
    b[msix_bar] = {PciBar::Kind::memory64, msix_size, false};
    return b;
}

class TinyNic final : public PciFunction {
public:
    explicit TinyNic(std::unique_ptr<Cable> cable)
        : cable_(std::move(cable)), config_(identity(), bars(), hooks()) {}

    void attach(Dma& dma, Interrupts& interrupts) override {
        dma_ = &dma;
        interrupts_ = &interrupts;
    }

    Region region(unsigned index) const override {
        Region r;
        if (index == registers_bar) r.size = registers_size;
        if (index == msix_bar) r.size = msix_size;
        if (index == config_region) r.size = ConfigSpace::size;
        return r;
    }
    void read(unsigned region, std::uint64_t offset, std::span<std::byte> out) override;
    void write(unsigned region, std::uint64_t offset, std::span<const std::byte> data) override;

    unsigned interrupt_count(hal::InterruptKind kind) const override {
        return kind == hal::InterruptKind::msix ? ConfigSpace::msix_vectors : 0;
    }
    void mask_msix(unsigned vector, bool masked) override {
        if (vector != 0) return;
        masked_ = masked;
        interrupt();
    }

    void reset() override {
        forget();
        config_.reset();
    }
    void driver_left() override { reset(); }
    bool poll() override;
    bool must_be_polled() const override { return cable_->timed(); }
    int wake_fd() const override { return cable_->wake_fd(); }
    std::string report() const override {
        return cable_->report() + "\ntiny: " + std::to_string(refused_) + " frames refused\n";
    }
    std::string report_json() const override { return "{\"refused\":" + std::to_string(refused_) + "}"; }

private:
    // A guest behind QEMU resets a function by its configuration space, not by a message.
    ConfigSpace::Hooks hooks() {
        ConfigSpace::Hooks h;
        h.function_level_reset = h.power_restored = [this] { forget(); };
        return h;
    }
    void forget() {
        address_ = room_ = received_ = 0;
        masked_ = pending_ = false;
    }
    void send(std::uint32_t length);
    // A message that is masked is not lost: it waits.
    void interrupt() {
        if (!pending_ || masked_ || !config_.bus_master()) return;
        pending_ = false;
        interrupts_->message(0);
    }

    std::unique_ptr<Cable> cable_;
    ConfigSpace config_;
    Dma* dma_ = nullptr;
    Interrupts* interrupts_ = nullptr;
    std::uint32_t address_ = 0, room_ = 0, received_ = 0;
    bool masked_ = false, pending_ = false;
    std::uint64_t refused_ = 0;
};

// The server has checked that the access lies in the region, nothing else.
void TinyNic::read(unsigned region, std::uint64_t offset, std::span<std::byte> out) {
    if (region == config_region) return config_.read(offset, out);
    if (!config_.memory_enabled()) return std::fill(out.begin(), out.end(), std::byte{0xFF});
    std::fill(out.begin(), out.end(), std::byte{0});
    if (region != registers_bar || out.size() != sizeof(std::uint32_t)) return;
    const std::uint32_t value = offset == ADDRESS ? address_ : offset == RECEIVE ? received_ : 0;
    std::memcpy(out.data(), &value, sizeof value);
}

void TinyNic::write(unsigned region, std::uint64_t offset, std::span<const std::byte> data) {
    if (region == config_region) return config_.write(offset, data);
    std::uint32_t value = 0;
    if (!config_.memory_enabled() || region != registers_bar || data.size() != sizeof value) return;
    std::memcpy(&value, data.data(), sizeof value);
    if (offset == ADDRESS) address_ = value;
    if (offset == SEND) send(value);
    if (offset == RECEIVE) {
        room_ = value;
        received_ = 0;
    }
}

// What the driver says is checked before it is a length; what it gave as an address is Dma's to check.
void TinyNic::send(std::uint32_t length) {
    std::array<std::byte, longest> frame;
    const bool good = config_.bus_master() && length >= shortest && length <= longest &&
                      dma_->read(hal::Iova{address_}, {frame.data(), length});
    if (good)
        cable_->transmit({frame.data(), length});
    else
        ++refused_;
}

// First the frame, then the length that tells of it, then the interrupt.
bool TinyNic::poll() {
    cable_->poll();
    const std::span<const std::byte> frame = cable_->peek();
    if (frame.empty() || room_ == 0 || !config_.bus_master()) return false;
    if (frame.size() <= room_ && dma_->write(hal::Iova{address_}, frame)) {
        received_ = static_cast<std::uint32_t>(frame.size());
        room_ = 0;
        pending_ = true;
        interrupt();
    } else {
        ++refused_;
    }
    cable_->pop();
    return true;
}

}  // namespace

std::unique_ptr<PciFunction> make_tiny_nic(std::unique_ptr<Cable> cable) {
    return std::make_unique<TinyNic>(std::move(cable));
}

}  // namespace ringside::sim

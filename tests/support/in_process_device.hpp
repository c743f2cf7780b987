// The software 82599 as a hal::Device without a socket, a thread or a clock of its own: deterministic.
//
//   FakeClock clock;
//   auto wire = std::make_shared<Wire>();
//   InProcessDevice device("id=10fb,strict=fatal", wire, clock);
//
// Every access to a register is followed by one round of the model, and so is every step of the clock.
// Between two accesses nothing happens: code that only looks at memory needs a clock.sleep() or a
// device.pump() now and then. One thread. Interrupts arrive as writes to eventfds, and are counted.
#pragma once

#include "hal/device.hpp"
#include "hal/error.hpp"
#include "sim/ixgbe/function.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_cable.hpp"

#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::test {

// Memory that the driver mapped: everything else is refused and counted, never touched.
class CheckedDma final : public sim::Dma, public hal::DmaSpace {
public:
    // The device's side.
    bool read(hal::Iova from, std::span<std::byte> to) override {
        const std::byte* p = find(hal::value(from), to.size());
        if (p == nullptr) return refuse(hal::value(from));
        std::memcpy(to.data(), p, to.size());
        return true;
    }
    bool write(hal::Iova to, std::span<const std::byte> from) override {
        std::byte* p = find(hal::value(to), from.size());
        if (p == nullptr) return refuse(hal::value(to));
        std::memcpy(p, from.data(), from.size());
        return true;
    }
    std::byte* window(hal::Iova address, std::size_t size, sim::DmaAccess) override {
        return windows ? find(hal::value(address), size) : nullptr;
    }

    // The driver's side.
    void map(const hal::DmaRegion& region) override {
        const std::uint64_t first = hal::value(region.iova);
        for (const auto& [iova, r] : regions_)
            if (first < iova + r.size && iova < first + region.size)
                throw hal::Error("map IOVA range that overlaps another mapping");
        regions_[first] = region;
    }
    void unmap(hal::Iova iova, std::size_t size) noexcept override {
        const auto it = regions_.find(hal::value(iova));
        if (it == regions_.end() || it->second.size != size)
            ++bad_unmaps;
        else
            regions_.erase(it);
    }
    std::vector<hal::IovaRange> ranges() const override {
        return {{hal::Iova{0x1000}, hal::Iova{0xFEDFFFFF}}, {hal::Iova{0xFEF00000}, hal::Iova{0x7FFFFFFFFF}}};
    }
    std::size_t max_maps() const override { return 65535; }

    std::size_t mapped() const { return regions_.size(); }

    bool windows = true;             // false: the device must copy by read() and write()
    std::uint64_t refused = 0;       // accesses of the device to what is not mapped
    std::uint64_t last_refused = 0;  // the IOVA of the last one
    std::uint64_t bad_unmaps = 0;    // unmaps of what was not mapped like that

private:
    std::byte* find(std::uint64_t address, std::size_t size) {
        auto it = regions_.upper_bound(address);
        if (it == regions_.begin()) return nullptr;
        --it;
        const std::uint64_t inside = address - it->first;
        if (inside > it->second.size || size > it->second.size - inside) return nullptr;
        return it->second.address + inside;
    }
    bool refuse(std::uint64_t address) {
        ++refused;
        last_refused = address;
        return false;
    }
    std::map<std::uint64_t, hal::DmaRegion> regions_;
};

class EventFdInterrupts final : public sim::Interrupts {
public:
    bool msix_enabled() const override { return kind == hal::InterruptKind::msix && !fds.empty(); }
    bool msi_enabled() const override { return kind == hal::InterruptKind::msi && !fds.empty(); }
    void message(unsigned vector) override {
        if (vector < messages.size()) ++messages[vector];
        signal(vector);
    }
    void line(bool high) override {
        const bool rose = high && !line_high;
        line_high = high;
        if (rose) raise_intx();
    }
    void set(hal::InterruptKind k, std::span<const int> event_fds) {
        kind = k;
        fds.assign(event_fds.begin(), event_fds.end());
        intx_masked = false;
        if (line_high) raise_intx();
    }
    void unmask_intx() {
        intx_masked = false;
        if (line_high) raise_intx();
    }

    std::array<std::uint64_t, 64> messages{};  // sent, by vector; with or without an eventfd
    std::uint64_t intx_signals = 0;
    bool line_high = false;

private:
    void raise_intx() {
        if (kind != hal::InterruptKind::intx || fds.empty() || intx_masked) return;
        intx_masked = true;
        ++intx_signals;
        signal(0);
    }
    void signal(unsigned index) {
        if (index >= fds.size() || fds[index] < 0) return;
        const std::uint64_t one = 1;
        if (::write(fds[index], &one, sizeof one) != sizeof one)
            throw hal::Error("write to an eventfd failed");
    }
    hal::InterruptKind kind = hal::InterruptKind::intx;
    std::vector<int> fds;
    bool intx_masked = false;
};

class InProcessDevice final : public hal::Device {
public:
    // `options` as for make_82599(); doorbells are always trapped. The clock must outlive the device.
    InProcessDevice(const std::string& options, std::shared_ptr<Wire> wire, FakeClock& clock)
        : InProcessDevice(options, std::make_unique<TestCable>(std::move(wire)), clock) {}
    InProcessDevice(const std::string& options, std::unique_ptr<sim::Cable> cable, FakeClock& clock)
        : InProcessDevice(
              sim::make_82599(options.empty() ? "doorbells=trapped" : "doorbells=trapped," + options,
                              std::move(cable), clock),
              clock, "test:82599") {}
    // Another function, which must not let its registers be mapped.
    InProcessDevice(std::unique_ptr<sim::PciFunction> function, FakeClock& clock, std::string address)
        : clock_(clock), function_(std::move(function)), address_(std::move(address)) {
        function_->attach(*dma_, interrupts_);
        for (unsigned i = 0; i < bars_.size(); ++i) bars_[i] = std::make_unique<TrappedBar>(*this, i);
        listener_ = clock_.listen([this] { poll(); });
    }
    ~InProcessDevice() override { clock_.forget(listener_); }
    InProcessDevice(const InProcessDevice&) = delete;
    InProcessDevice& operator=(const InProcessDevice&) = delete;

    // hal::Device
    const std::string& address() const override { return address_; }
    std::uint32_t config_read(std::uint32_t offset, unsigned width) override {
        std::uint32_t value = 0;
        function_->read(config_region, offset, std::as_writable_bytes(std::span(&value, 1)).first(width));
        return unplugged_ ? ~0u >> (32 - 8 * width) : value;
    }
    void config_write(std::uint32_t offset, std::uint32_t value, unsigned width) override {
        if (unplugged_) return;
        function_->write(config_region, offset, std::as_bytes(std::span(&value, 1)).first(width));
        poll();
    }
    hal::Bar& bar(unsigned index) override {
        if (index >= bars_.size() || function_->region(index).size == 0)
            throw hal::Error(address_ + ": there is no BAR " + std::to_string(index));
        return *bars_[index];
    }
    std::shared_ptr<hal::DmaSpace> dma_space() override { return dma_; }
    unsigned interrupt_count(hal::InterruptKind kind) override { return function_->interrupt_count(kind); }
    void set_interrupts(hal::InterruptKind kind, std::span<const int> event_fds) override {
        interrupts_.set(kind, event_fds);
        poll();
    }
    void unmask_intx() override { interrupts_.unmask_intx(); }
    void reset() override { function_->reset(); }
    hal::Condition condition() override {
        return unplugged_ || config_read(0, 4) == ~0u ? hal::Condition::gone : hal::Condition::working;
    }
    int numa_node() override { return -1; }

    // For tests.
    // One round of the model. True if it had anything to do.
    bool poll() {
        if (unplugged_) return false;
        const bool worked = function_->poll();
        function_->caught_up();  // accesses are calls: none is ever on its way
        return worked;
    }
    // Rounds until there is nothing to do, but at most `limit`.
    void pump(int limit = 1000) {
        while (limit-- > 0 && poll()) {}
    }
    // From now on all registers read as ones, as of a card that was pulled out.
    void unplug() { unplugged_ = true; }
    sim::PciFunction& function() { return *function_; }
    CheckedDma& dma() { return *dma_; }
    EventFdInterrupts& interrupts() { return interrupts_; }
    // How many mistakes of the driver strict mode has counted; what they were is in function().report().
    std::uint64_t strict_total() const {
        const std::string json = function_->report_json();
        const std::string key = "\"strict_total\":";
        return std::stoull(json.substr(json.find(key) + key.size()));
    }

private:
    static constexpr unsigned config_region = 7;

    class TrappedBar final : public hal::Bar {
    public:
        TrappedBar(InProcessDevice& device, unsigned index) : device_(device), index_(index) {}
        std::uint64_t size() const override { return device_.function_->region(index_).size; }
        std::uint32_t load32(std::uint32_t offset) override {
            if (device_.unplugged_) return ~0u;
            std::uint32_t value = 0;
            device_.function_->read(index_, offset, std::as_writable_bytes(std::span(&value, 1)));
            device_.poll();
            return value;
        }
        void store32(std::uint32_t offset, std::uint32_t value) override {
            if (device_.unplugged_) return;
            device_.function_->write(index_, offset, std::as_bytes(std::span(&value, 1)));
            device_.poll();
        }
        volatile std::uint32_t* direct(std::uint32_t) override { return nullptr; }

    private:
        InProcessDevice& device_;
        unsigned index_;
    };

    FakeClock& clock_;
    std::shared_ptr<CheckedDma> dma_ = std::make_shared<CheckedDma>();
    EventFdInterrupts interrupts_;
    std::unique_ptr<sim::PciFunction> function_;
    std::array<std::unique_ptr<TrappedBar>, 6> bars_;
    std::string address_;
    bool unplugged_ = false;
    int listener_ = 0;
};

}  // namespace ringside::test

// A PCI function that only remembers what was done to it.
#pragma once

#include "hal/error.hpp"
#include "hal/fd.hpp"
#include "sim/pci_function.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::sim::test {

class FakeFunction final : public PciFunction {
public:
    static constexpr std::uint64_t bar0_size = 0x8000, rom_size = 0x100, config_size = 0x1000;
    static constexpr unsigned msix_vectors = 8;

    FakeFunction() : doorbells_(::memfd_create("doorbells", MFD_CLOEXEC)) {
        hal::check(::ftruncate(doorbells_.get(), bar0_size), "sizing the doorbell memory");
        for (std::size_t i = 0; i < memory_.size(); ++i)
            memory_[i].resize(region_size(static_cast<unsigned>(i)), std::byte(0x10 + i));
    }

    void attach(Dma& dma, Interrupts& interrupts) override {
        dma_ = &dma;
        interrupts_ = &interrupts;
    }
    // BAR 0 has two mappable pages, BAR 2 none; the ROM is read-only.
    Region region(unsigned index) const override {
        Region region{region_size(index), index != 6, -1, {}};
        if (index == 0) region.fd = doorbells_.get();
        if (index == 0) region.areas = {{0x1000, 0x1000}, {0x6000, 0x2000}};
        return region;
    }
    void read(unsigned region, std::uint64_t offset, std::span<std::byte> out) override {
        ++reads;
        std::memcpy(out.data(), memory_.at(region).data() + offset, out.size());
    }
    void write(unsigned region, std::uint64_t offset, std::span<const std::byte> data) override {
        ++writes;
        std::memcpy(memory_.at(region).data() + offset, data.data(), data.size());
    }
    unsigned interrupt_count(hal::InterruptKind kind) const override {
        return kind == hal::InterruptKind::msix ? msix_vectors : 1;
    }
    void mask_msix(unsigned vector, bool masked) override { masks.emplace_back(vector, masked); }
    void reset() override { ++resets; }
    void driver_left() override { ++departures; }
    bool poll() override { return false; }
    bool must_be_polled() const override { return false; }
    int wake_fd() const override { return -1; }
    std::string report() const override { return "a fake function\n"; }
    std::string report_json() const override { return "{}"; }

    Dma& dma() { return *dma_; }
    Interrupts& interrupts() { return *interrupts_; }
    std::span<std::byte> memory(unsigned region) { return memory_.at(region); }

    int reads = 0, writes = 0, resets = 0, departures = 0;
    std::vector<std::pair<unsigned, bool>> masks;

private:
    static std::uint64_t region_size(unsigned index) {
        if (index == 0) return bar0_size;
        if (index == 2) return 0x20;
        if (index == 6) return rom_size;
        return index == 7 ? config_size : 0;
    }

    hal::Fd doorbells_;
    std::array<std::vector<std::byte>, 8> memory_;
    Dma* dma_ = nullptr;
    Interrupts* interrupts_ = nullptr;
};

}  // namespace ringside::sim::test

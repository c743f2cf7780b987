// A device that remembers which memory it was given, so that a test can take some of it away and give it back
// behind the driver's back.
#pragma once

#include "hal/device.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::guest {

class RecordingSpace final : public hal::DmaSpace {
public:
    explicit RecordingSpace(std::shared_ptr<hal::DmaSpace> real) : real_(std::move(real)) {}

    void map(const hal::DmaRegion& region) override {
        real_->map(region);
        regions_.push_back(region);
    }
    void unmap(hal::Iova iova, std::size_t size) noexcept override {
        real_->unmap(iova, size);
        std::erase_if(regions_, [&](const hal::DmaRegion& r) { return r.iova == iova; });
    }
    std::vector<hal::IovaRange> ranges() const override { return real_->ranges(); }
    std::size_t max_maps() const override { return real_->max_maps(); }

    const std::vector<hal::DmaRegion>& regions() const { return regions_; }

private:
    std::shared_ptr<hal::DmaSpace> real_;
    std::vector<hal::DmaRegion> regions_;
};

class RecordingDevice final : public hal::Device {
public:
    explicit RecordingDevice(std::unique_ptr<hal::Device> real)
        : real_(std::move(real)), space_(std::make_shared<RecordingSpace>(real_->dma_space())) {}

    const std::shared_ptr<RecordingSpace>& space() const { return space_; }

    const std::string& address() const override { return real_->address(); }
    std::uint32_t config_read(std::uint32_t offset, unsigned width) override {
        return real_->config_read(offset, width);
    }
    void config_write(std::uint32_t offset, std::uint32_t value, unsigned width) override {
        real_->config_write(offset, value, width);
    }
    hal::Bar& bar(unsigned index) override { return real_->bar(index); }
    std::shared_ptr<hal::DmaSpace> dma_space() override { return space_; }
    unsigned interrupt_count(hal::InterruptKind kind) override { return real_->interrupt_count(kind); }
    void set_interrupts(hal::InterruptKind kind, std::span<const int> event_fds) override {
        real_->set_interrupts(kind, event_fds);
    }
    void unmask_intx() override { real_->unmask_intx(); }
    void reset() override { real_->reset(); }
    hal::Condition condition() override { return real_->condition(); }
    int numa_node() override { return real_->numa_node(); }

private:
    std::unique_ptr<hal::Device> real_;
    std::shared_ptr<RecordingSpace> space_;
};

}  // namespace ringside::guest

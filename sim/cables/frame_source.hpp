// Makes the frames of one stream, one after the other, always the same for the same plan.
#pragma once

#include "sim/cables/options.hpp"
#include "sim/cables/random.hpp"
#include "sim/cables/test_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ringside::sim {

// Frame sizes, without the FCS.
struct SizePlan {
    enum class Kind { fixed, uniform, imix };
    Kind kind = Kind::fixed;
    std::size_t low = test_frame::min_size;
    std::size_t high = test_frame::min_size;
};

struct TrafficPlan {
    std::uint16_t stream = 0;
    SizePlan sizes;
    std::uint32_t flows = 1;  // at most 65536
    std::optional<std::uint16_t> vlan;
    MacAddress destination{};
    MacAddress source{};
    std::uint64_t seed = 1;
};

class FrameSource {
public:
    explicit FrameSource(const TrafficPlan& plan);

    // The next frame; its bytes stay until the next call.
    std::span<const std::byte> next() noexcept;

private:
    std::size_t next_size() noexcept;
    void write_constant_headers();
    void write_headers(std::uint16_t flow, std::size_t size) noexcept;

    TrafficPlan plan_;
    std::size_t tag_;  // bytes that the VLAN tag adds: 0 or 4
    Random random_;
    std::vector<std::uint64_t> sequences_;  // the next number of each flow
    std::uint32_t next_flow_ = 0;

    // The frame as it was last sent, so that only what differs is written.
    std::uint32_t written_flow_ = ~std::uint32_t{0};
    std::size_t written_size_ = 0;
    std::uint64_t mixed_headers_ = 0;
    std::vector<std::byte> frame_;
};

}  // namespace ringside::sim

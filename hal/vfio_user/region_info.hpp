// What a vfio-user server says about one region of its device, checked.
#pragma once

#include "hal/vfio_user/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ringside::hal::vfio_user {

struct RegionDescription {
    struct Area {
        std::uint64_t offset;  // in the region
        std::uint64_t size;
        std::uint64_t in_file;  // where it lies in the fd that came with the reply
    };
    std::uint64_t size = 0;  // 0: there is no such region
    bool readable = false;
    bool writable = false;
    bool has_file = false;    // exactly one fd comes with the reply
    std::vector<Area> areas;  // what may be mapped: inside the region, whole pages, not empty
};

// The largest region that is believed.
inline constexpr std::uint64_t max_region_size = std::uint64_t{1} << 40;
// The largest reply worth asking for: a thousand areas.
inline constexpr std::uint32_t max_region_info_size = 32 * 1024;

// `reply` is the payload of a DEVICE_GET_REGION_INFO reply about region `index`. Throws ProtocolError for
// whatever does not fit together: another index, sizes that overflow, a capability chain that ends outside or
// runs in circles.
RegionDescription parse_region_info(std::span<const std::byte> reply, std::uint32_t index);

}  // namespace ringside::hal::vfio_user

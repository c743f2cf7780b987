// What the kernel, or a vfio-user server, says about one region of a device, checked.
#pragma once

#include "hal/vfio/uapi.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ringside::hal::vfio {

struct RegionDescription {
    struct Area {
        std::uint64_t offset;  // in the region
        std::uint64_t size;
        std::uint64_t
            in_file;  // where it lies in the device's fd, or the fd that came with a vfio-user reply
    };
    std::uint64_t size = 0;    // 0: there is no such region
    std::uint64_t offset = 0;  // in the device's fd
    bool readable = false;
    bool writable = false;
    bool has_file = false;       // some of it may be mapped
    bool msix_mappable = false;  // even the page with the MSI-X table
    std::vector<Area> areas;     // what may be mapped: inside the region, whole pages, not empty
};

// The largest region that is believed.
inline constexpr std::uint64_t max_region_size = std::uint64_t{1} << 40;
// The largest reply worth asking for: a thousand areas.
inline constexpr std::uint32_t max_region_info_size = 32 * 1024;

// `reply` is a RegionInfo about region `index`, with the capabilities that follow it. Throws ProtocolError
// for whatever does not fit together: another index, sizes that overflow, a capability chain that ends
// outside or runs in circles. `who` says it: "the vfio-user server".
RegionDescription parse_region_info(std::span<const std::byte> reply, std::uint32_t index,
                                    const std::string& who);

}  // namespace ringside::hal::vfio

// What a vfio-user server says about one region of its device, checked.
#pragma once

#include "hal/vfio/region_info.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::hal::vfio_user {

// Here `has_file` means that exactly one fd comes with the reply.
using vfio::max_region_info_size;
using vfio::max_region_size;
using vfio::RegionDescription;

// `reply` is the payload of a DEVICE_GET_REGION_INFO reply about region `index`.
inline RegionDescription parse_region_info(std::span<const std::byte> reply, std::uint32_t index) {
    return vfio::parse_region_info(reply, index, "the vfio-user server");
}

}  // namespace ringside::hal::vfio_user

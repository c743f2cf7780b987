// The JSON text that both ends of a vfio-user connection exchange in their VERSION messages.
#pragma once

#include "hal/vfio_user/wire.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::hal::vfio_user {

// What an end can take. The defaults are the specification's: what holds when the text does not say.
struct Capabilities {
    std::uint64_t max_msg_fds = 1;
    std::uint64_t max_data_xfer_size = 1u << 20;
    std::uint64_t max_dma_maps = 65535;
    std::uint64_t pgsizes = 4096;
    bool write_multiple = false;
};

// Reads {"capabilities":{…}}; keys it does not know are skipped, whatever their value. An empty text means
// all defaults. Throws ProtocolError for what is not JSON, nests deeper than 16 levels or gives a known key a
// value of the wrong type. The numbers themselves are not judged.
Capabilities parse_capabilities(std::string_view json);

}  // namespace ringside::hal::vfio_user

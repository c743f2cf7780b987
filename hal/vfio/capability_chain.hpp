// The list of capabilities behind an answer of VFIO: each names the place of the next.
#pragma once

#include "hal/error.hpp"
#include "hal/vfio/uapi.hpp"

#include <cstddef>
#include <cstring>
#include <span>
#include <string>

namespace ringside::hal::vfio {

// The T that lies `offset` bytes into `answer`. Throws ProtocolError, which begins with `who`, if it ends
// outside.
template <class T> T read_at(std::span<const std::byte> answer, std::size_t offset, const std::string& who) {
    if (offset > answer.size() || answer.size() - offset < sizeof(T))
        throw ProtocolError(who + " a structure that ends after the message");
    T value;
    std::memcpy(&value, answer.data() + offset, sizeof value);
    return value;
}

// Calls visit(id, offset) for each capability. `first` is the offset of the first one, 0 for none; the chain
// begins behind a structure of `after` bytes. Throws ProtocolError for a chain that ends outside the answer
// or never ends.
template <class Visit>
void for_each_capability(std::span<const std::byte> answer, std::size_t first, std::size_t after,
                         const std::string& who, Visit visit) {
    // Kernels and servers append to the chain; one that points backwards never ends.
    for (std::size_t at = first, previous = after - 1; at != 0;) {
        if (at <= previous) throw ProtocolError(who + " a capability chain that runs in circles");
        const auto header = read_at<CapabilityHeader>(answer, at, who);
        visit(header.id, at);
        previous = at;
        at = header.next;
    }
}

}  // namespace ringside::hal::vfio

// What the fast checksums are compared with.
#pragma once

#include "tests/support/reference.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::test {

using Bytes = std::vector<std::byte>;

// Of bytes `from` to `to`.
inline std::uint32_t slow_sum(const Bytes& bytes, std::size_t from, std::size_t to, std::uint32_t sum = 0) {
    return reference::ones_sum(std::span(bytes).subspan(from, to - from), sum);
}
inline std::uint32_t slow_crc32c(const Bytes& bytes, std::size_t from, std::size_t to) {
    return reference::crc32c(std::span(bytes).subspan(from, to - from));
}

}  // namespace ringside::test

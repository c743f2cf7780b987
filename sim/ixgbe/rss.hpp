// Receive side scaling (datasheet 7.1.2.8): a Toeplitz hash over addresses and ports chooses a queue from a
// table of 128 entries.
#pragma once

#include "sim/ixgbe/headers.hpp"
#include "sim/ixgbe/register_store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// The Toeplitz hash with one key, four bits at a step.
class Toeplitz {
public:
    static constexpr std::size_t key_size = 40, longest_input = 36;
    using Key = std::array<std::uint8_t, key_size>;

    void set_key(const Key& key) noexcept;
    // At most longest_input bytes.
    std::uint32_t operator()(std::span<const std::byte> input) const noexcept;

private:
    std::array<std::array<std::uint32_t, 16>, 2 * longest_input> table_{};
};

class Rss {
public:
    struct Result {
        std::uint32_t hash = 0;
        std::uint8_t type = 0;  // as in bits 3:0 of a descriptor; 0: no hash
        std::uint8_t queue = 0;
    };

    // After a write to MRQC, RETA, RSSRK or PFVTCTL.
    void reload(const RegisterStore& registers) noexcept;
    Result choose(std::span<const std::byte> frame, const Headers& headers) const noexcept {
        if (fields_ == 0 || headers.l3 == 0) return {0, 0, first_queue_};
        return hash(frame, headers);
    }

private:
    Result hash(std::span<const std::byte> frame, const Headers& headers) const noexcept;
    std::uint8_t type_of(const Headers& headers) const noexcept;
    std::uint8_t ipv6_type_of(const Headers& headers) const noexcept;
    bool enabled(unsigned field) const noexcept { return (fields_ & (1u << field)) != 0; }

    Toeplitz toeplitz_;
    std::array<std::uint8_t, 128> table_{};  // RETA, less the bits that the mode does not use
    std::uint32_t fields_ = 0;               // MRQC's enabled hash types; 0 also in modes without RSS
    std::uint8_t first_queue_ = 0;           // of the default pool
    std::array<std::uint32_t, 10> key_words_{};
    bool has_key_ = false;
};

}  // namespace ringside::sim::ixgbe

// Statistics of pools, as virtual functions read them: reading does not clear them, and they wrap.
#pragma once

#include "sim/ixgbe/register_store.hpp"

#include <cstddef>
#include <cstdint>

namespace ringside::sim::ixgbe {

class PoolCounters {
public:
    explicit PoolCounters(RegisterStore& registers) : registers_(registers) {}

    // After a write to MRQC or MTQC.
    void reload() noexcept;

    void received(std::uint32_t queue, std::size_t bytes, bool multicast) noexcept {
        if (rx_queues_ != 0) [[unlikely]]
            count_received(queue / rx_queues_, bytes, multicast);
    }
    void sent(std::uint32_t queue, std::size_t bytes) noexcept {
        if (tx_queues_ != 0) [[unlikely]]
            count_sent(queue / tx_queues_, bytes);
    }

private:
    void count_received(std::uint32_t pool, std::size_t bytes, bool multicast) noexcept;
    void count_sent(std::uint32_t pool, std::size_t bytes) noexcept;
    void add(std::uint32_t offset, std::uint32_t n) noexcept;
    void add_long(std::uint32_t low, std::uint32_t high, std::size_t n) noexcept;

    RegisterStore& registers_;
    std::uint32_t rx_queues_ = 0, tx_queues_ = 0;  // of a pool; 0: there are no pools
};

}  // namespace ringside::sim::ixgbe

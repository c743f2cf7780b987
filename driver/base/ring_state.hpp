// The state of a ring: the device's half, from its registers, and the queue's half.
#pragma once

#include "driver/inspection.hpp"
#include "hal/register_file.hpp"

#include <cstdint>

namespace ringside {

template <class Head, class Tail, class Control, class Queue>
RingState ring_state(const hal::RegisterFile& regs, std::uint32_t q, const Queue& queue) {
    RingState s = queue.state();
    s.queue = q;
    s.head = regs.read<Head>(q)[Head::HEAD];
    s.tail = regs.read<Tail>(q)[Tail::TAIL];
    s.possible = s.head < s.size && s.tail < s.size;
    if (s.possible) s.device_owns = (s.tail - s.head) & (s.size - 1);
    if constexpr (requires { Control::ENABLE; }) s.enabled = regs.read<Control>(q)[Control::ENABLE];
    return s;
}

}  // namespace ringside

// The state of a ring: the device's half, from its registers, and the queue's half.
#pragma once

#include "driver/inspection.hpp"
#include "hal/register_file.hpp"

#include <cstdint>
#include <vector>

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

// Of all queues that are running, receive first.
template <class RxHead, class RxTail, class RxControl, class TxHead, class TxTail, class TxControl,
          class Card>
std::vector<RingState> ring_states(const hal::RegisterFile& regs, Card& card, std::uint32_t rx,
                                   std::uint32_t tx) {
    std::vector<RingState> all;
    for (std::uint32_t q = 0; q < rx; ++q)
        all.push_back(ring_state<RxHead, RxTail, RxControl>(regs, q, card.rx(q)));
    for (std::uint32_t q = 0; q < tx; ++q)
        all.push_back(ring_state<TxHead, TxTail, TxControl>(regs, q, card.tx(q)));
    return all;
}

}  // namespace ringside

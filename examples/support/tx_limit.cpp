#include "examples/support/tx_limit.hpp"

#include "hal/error.hpp"

namespace ringside::examples {

TxLimit::TxLimit(std::uint32_t mbit_per_second, std::uint32_t queues, std::vector<Nic*> nics)
    : mbit_per_second_(mbit_per_second), queues_(queues) {
    if (mbit_per_second == 0) return;
    for (Nic* nic : nics) {
        if (!nic->info().features.has(Feature::tx_rate_limit))
            throw hal::Error(
                nic->info().address + ": " + nic->info().model +
                " cannot limit what its queues send: leave out --tx-rate, or take an 82599 or X540");
        limited_.push_back({nic, 0});
    }
}

void TxLimit::update() {
    for (Limited& one : limited_) {
        const Link link = one.nic->link();
        if (!link.up || link.mbit_per_second == one.link_speed) continue;
        for (std::uint32_t q = 0; q < queues_; ++q) one.nic->set_tx_rate(q, mbit_per_second_);
        one.link_speed = link.mbit_per_second;
    }
}

}  // namespace ringside::examples

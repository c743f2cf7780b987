// What the transmit queues of some NICs may send at most.
#pragma once

#include "driver/nic.hpp"

#include <cstdint>
#include <vector>

namespace ringside::examples {

class TxLimit {
public:
    // `mbit_per_second` for each of the first `queues` transmit queues, in frames from the destination
    // address to the CRC; 0: no limit. The NICs must outlive this. Throws hal::Error if one of them has no
    // such limits.
    TxLimit(std::uint32_t mbit_per_second, std::uint32_t queues, std::vector<Nic*> nics);

    // To be called when the links are up, and once in a while: a limit is a part of the link's speed, so that
    // it is set anew when that has changed. The NICs are running. Throws hal::Error if the limit is not
    // possible.
    void update();

private:
    struct Limited {
        Nic* nic;
        std::uint32_t link_speed;  // that the limit was set for; 0: not yet
    };
    const std::uint32_t mbit_per_second_, queues_;
    std::vector<Limited> limited_;  // none without a limit
};

}  // namespace ringside::examples

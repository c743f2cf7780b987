#include "driver/igb/descriptors.hpp"
#include "driver/ixgbe/descriptors.hpp"

bool use(std::uint64_t high) {
    return ringside::igb::RxDescriptor::Word(high).any(ringside::ixgbe::RxDescriptor::CE);
}

#include "driver/e1000e/descriptors.hpp"
#include "driver/igb/descriptors.hpp"

bool use(std::uint64_t high) {
    return ringside::igb::RxDescriptor::Word(high).any(ringside::e1000e::RxDescriptor::CE);
}

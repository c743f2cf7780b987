// What the other files do wrong, done right: must compile, or their failures prove nothing.
#include "driver/e1000/device.hpp"
#include "driver/e1000e/device.hpp"
#include "driver/igb/device.hpp"
#include "driver/ixgbe/descriptors.hpp"

using namespace ringside;

constexpr auto ours = igb::RxDescriptor::CE | igb::RxDescriptor::RXE;
constexpr auto theirs = ixgbe::RxDescriptor::CE | ixgbe::RxDescriptor::LE;
constexpr bool masked = (0x1000000 & theirs) != 0;
constexpr bool bad = igb::RxDescriptor::Word(1).any(igb::RxDescriptor::CE);
constexpr auto offset = igb::RDT::offset(15);
igb::Device& same(igb::Device& device) { return device; }

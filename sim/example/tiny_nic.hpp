// The smallest software NIC, to show what one consists of; docs/model.md explains it. Three registers in
// BAR 0, one buffer, one frame at a time:
//
//   0x0 ADDRESS  IOVA of the buffer, below 4 GiB
//   0x4 SEND     writing n sends the first n bytes of the buffer
//   0x8 RECEIVE  writing n: one frame of up to n bytes may be put into the buffer; reads 0 until it is there,
//                then its length. MSI-X vector 0 tells.
#pragma once

#include "sim/cable.hpp"
#include "sim/pci_function.hpp"

#include <memory>

namespace ringside::sim {

std::unique_ptr<PciFunction> make_tiny_nic(std::unique_ptr<Cable> cable);

}  // namespace ringside::sim

// The software Intel 82599 as a PCI function.
#pragma once

#include "hal/clock.hpp"
#include "sim/cable.hpp"
#include "sim/pci_function.hpp"

#include <memory>
#include <string>

namespace ringside::sim {

// `options` as in nic_help(), without the cable: "id=10fb,strict=fatal". Throws hal::Error with a sentence if
// they are wrong. The clock must outlive the function.
std::unique_ptr<PciFunction> make_82599(const std::string& options, std::unique_ptr<Cable> cable,
                                        hal::Clock& clock);

// The options, for people: one line each.
std::string nic_help();

}  // namespace ringside::sim

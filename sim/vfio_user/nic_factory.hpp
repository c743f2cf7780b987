// From the text that describes a software NIC to the NIC: "82599[,KEY=VALUE...][,cable=CABLE]", or 82599vf.
#pragma once

#include "hal/clock.hpp"
#include "sim/pci_function.hpp"

#include <memory>
#include <string>

namespace ringside::sim {

struct NicSpec {
    std::string model;    // "82599" or "82599vf"
    std::string options;  // the NIC's keys, separated by commas
    std::string cable;    // all that follows ",cable=", commas included; empty: nothing is plugged in
};

// Throws AddressError if there is no such model. The options and the cable are looked at by make_nic() only.
NicSpec parse_nic_spec(const std::string& spec);

// Makes the NIC with its cable. Throws Error with a sentence if anything in the spec, or anything that it
// names, is wrong (AddressError: with the text itself). `clock` must outlive the NIC.
std::unique_ptr<PciFunction> make_nic(const std::string& spec, hal::Clock& clock);

// How a spec is written: models, keys and cables, for --help.
std::string nic_spec_help();

}  // namespace ringside::sim

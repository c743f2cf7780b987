// How a user names a device, and the one way to open it.
#pragma once

#include "hal/device.hpp"

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace ringside::hal {

// A PCI function of this machine: "0000:03:00.0", or "03:00.0" for domain 0.
struct PciAddress {
    std::uint32_t domain = 0;
    std::uint8_t bus = 0;
    std::uint8_t device = 0;    // 0 to 31
    std::uint8_t function = 0;  // 0 to 7
    friend constexpr auto operator<=>(const PciAddress&, const PciAddress&) = default;
};

// A device that another process serves on a Unix socket: "vfio-user:/run/nic.sock".
struct VfioUserAddress {
    std::string path;
    friend auto operator<=>(const VfioUserAddress&, const VfioUserAddress&) = default;
};

// A device of Ringside's simulator, started for us: "sim:82599,cable=loop". What follows "sim:" is for the
// simulator to understand.
struct SimAddress {
    std::string spec;
    friend auto operator<=>(const SimAddress&, const SimAddress&) = default;
};

using Address = std::variant<PciAddress, VfioUserAddress, SimAddress>;

// Throws AddressError, with examples of the three forms.
Address parse_address(const std::string& text);
// The full form: "0000:03:00.0".
std::string to_string(const Address& address);

// Opens the device. Throws AddressError, or Error if it cannot be reached.
std::unique_ptr<Device> open_device(const std::string& address);

}  // namespace ringside::hal

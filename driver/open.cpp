// From a device to its driver. The only file that knows all cards.
#include "driver/ixgbe/card.hpp"
#include "driver/ixgbe/device.hpp"
#include "driver/nic.hpp"
#include "hal/address.hpp"
#include "hal/error.hpp"
#include "hal/pci.hpp"

#include <cstdio>

namespace ringside {

std::unique_ptr<Nic> open_nic(mem::DmaDomain& domain, const std::string& address, hal::Clock& clock) {
    return open_nic(domain, hal::open_device(address), clock);
}

std::unique_ptr<Nic> open_nic(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device,
                              hal::Clock& clock) {
    const hal::PciId id = hal::PciConfig(*device).id();
    if (ixgbe::find_card(id.vendor, id.device) != nullptr)
        return std::make_unique<ixgbe::Device>(domain, std::move(device), clock);
    char ids[16];
    std::snprintf(ids, sizeof ids, "%04x:%04x", id.vendor, id.device);
    throw hal::Error(
        device->address() + " is a PCI function " + ids +
        ", for which there is no driver here; driver/ixgbe/card.cpp lists the cards that have one");
}

}  // namespace ringside

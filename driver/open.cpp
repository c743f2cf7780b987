// From a device to its driver. The only file that knows all cards.
#include "driver/base/card_list.hpp"
#include "driver/cards.hpp"
#include "driver/e1000/device.hpp"
#include "driver/e1000e/device.hpp"
#include "driver/igb/device.hpp"
#include "driver/igbvf/device.hpp"
#include "driver/ixgbe/card.hpp"
#include "driver/ixgbe/device.hpp"
#include "driver/ixgbevf/device.hpp"
#include "driver/nic.hpp"
#include "hal/address.hpp"
#include "hal/error.hpp"
#include "hal/pci.hpp"

#include <cstdio>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside {

std::unique_ptr<Nic> open_nic(mem::DmaDomain& domain, const std::string& address, hal::Clock& clock) {
    return open_nic(domain, hal::open_device(address, domain.spaces()), clock);
}

std::unique_ptr<Nic> open_nic(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device,
                              hal::Clock& clock) {
    const hal::PciId id = hal::PciConfig(*device).id();
    if (ixgbe::find_card(id.vendor, id.device) != nullptr)
        return std::make_unique<ixgbe::Device>(domain, std::move(device), clock);
    if (igb::find_card(id.vendor, id.device) != nullptr)
        return std::make_unique<igb::Device>(domain, std::move(device), clock);
    if (igbvf::find_card(id.vendor, id.device) != nullptr)
        return std::make_unique<igbvf::Device>(domain, std::move(device), clock);
    if (ixgbevf::find_card(id.vendor, id.device) != nullptr)
        return std::make_unique<ixgbevf::Device>(domain, std::move(device), clock);
    if (e1000e::find_card(id.vendor, id.device) != nullptr)
        return std::make_unique<e1000e::Device>(domain, std::move(device), clock);
    if (e1000::find_card(id.vendor, id.device) != nullptr)
        return std::make_unique<e1000::Device>(domain, std::move(device), clock);
    char ids[16];
    std::snprintf(ids, sizeof ids, "%04x:%04x", id.vendor, id.device);
    throw hal::Error(
        device->address() + " is a PCI function " + ids +
        ", for which there is no driver here. Known are Intel's 82599, X540 and X550 (ixgbe), 82576, "
        "82580, I350 and I210 (igb), 82574 (e1000e), 82540, 82545 and 82546 (e1000), and the virtual "
        "functions "
        "of 82599 and X540 (ixgbevf), 82576 and I350 (igbvf); their ids are in driver/*/card.cpp");
}

namespace {

// `queues` says how many a card has, each way.
template <class Card, class Queues>
void add(std::vector<SupportedCard>& all, std::string_view driver, std::span<const Card> cards,
         Queues&& queues) {
    for (const Card& card : cards) {
        const auto [rx, tx] = queues(card);
        all.push_back({intel, card.device, card.model, driver, rx, tx, features_of(card)});
    }
}

}  // namespace

std::vector<SupportedCard> supported_cards() {
    using Both = std::pair<std::uint32_t, std::uint32_t>;
    std::vector<SupportedCard> all;
    add(all, "ixgbe", ixgbe::all_cards(), [](const ixgbe::Card&) {
        return Both{ixgbe::Device::max_rx_queues, ixgbe::Device::max_tx_queues};
    });
    add(all, "igb", igb::all_cards(), [](const igb::Card& c) { return Both{c.queues, c.queues}; });
    add(all, "igbvf", igbvf::all_cards(), [](const igbvf::Card& c) {
        return Both{igbvf::Device::rx_queues, c.tx_queues};
    });
    add(all, "ixgbevf", ixgbevf::all_cards(), [](const ixgbevf::Card&) {
        return Both{ixgbevf::Device::most_rx_queues, ixgbevf::Device::most_tx_queues};
    });
    add(all, "e1000e", e1000e::all_cards(), [](const e1000e::Card&) {
        return Both{e1000e::Device::queues, e1000e::Device::queues};
    });
    add(all, "e1000", e1000::all_cards(), [](const e1000::Card&) { return Both{1, 1}; });
    return all;
}

}  // namespace ringside

// The control path of the 8254x: Intel's PCI and PCI-X gigabit cards. bring_up() is the table of contents of
// the datasheet's chapter 14 (General Initialization and Reset Operation); each step is a function of its
// own.
#pragma once

#include "driver/e1000/card.hpp"
#include "driver/e1000/queues.hpp"
#include "driver/e1000/registers.hpp"
#include "driver/gigabit/nic.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ringside::e1000 {

class Device final : public gigabit::GigabitNic {
public:
    // Resets the function, reads its address, and leaves it silent. `domain` and `clock` must outlive the
    // device.
    Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock);
    ~Device() override { stop(); }

    // The concrete types: programs that know their card get bursts inlined.
    RxQueue& rx(std::uint32_t queue) override { return static_cast<RxQueue&>(NicBase::rx(queue)); }
    TxQueue& tx(std::uint32_t queue) override { return static_cast<TxQueue&>(NicBase::tx(queue)); }

    // inspection.cpp
    std::vector<hal::RegisterInfo> registers() const override;
    std::vector<RingState> rings() override;

    static constexpr std::uint32_t max_mtu = 16110;  // 16128 bytes on the wire
    static constexpr std::uint32_t receive_addresses = 16;

private:
    Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
           hal::Clock& clock);
    // device.cpp
    void bring_up() override;
    void shut_down(WayDown& down) noexcept override;
    Statistics read_counters() override;
    void route_interrupts(const InterruptLines& lines) override;
    // reset.cpp
    void check_bus();
    MacAddress read_mac();
    void reset_card();
    void choose_media();
    void manageability_off();
    // The smallest that these cards have: the checksum is in its last word.
    std::uint32_t eeprom_size() override { return 64; }
    std::uint16_t read_eeprom_word(std::uint32_t address) override { return eeprom_word<EERD>(address); }
    // queues.cpp
    void start_rx_queue();
    void start_tx_queue();

    const Card& card_;
};

}  // namespace ringside::e1000

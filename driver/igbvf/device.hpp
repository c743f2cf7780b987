// The control path of the virtual functions of the 82576 and the I350. bring_up() is the table of contents;
// what is asked of the physical function is in driver/vf.
#pragma once

#include "driver/igbvf/card.hpp"
#include "driver/igbvf/queues.hpp"
#include "driver/igbvf/registers.hpp"
#include "driver/vf/nic.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ringside::igbvf {

class Device final : public vf::VfNic {
public:
    // Resets the function, asks the physical function for its address, and leaves it silent. Throws
    // hal::Timeout if the physical function does not answer. `domain` and `clock` must outlive the device.
    Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock);
    ~Device() override { stop(); }

    // The concrete types: programs that know their card get bursts inlined.
    RxQueue& rx(std::uint32_t queue) override { return static_cast<RxQueue&>(NicBase::rx(queue)); }
    TxQueue& tx(std::uint32_t queue) override { return static_cast<TxQueue&>(NicBase::tx(queue)); }

    // inspection.cpp
    std::vector<hal::RegisterInfo> registers() const override;
    std::vector<RingState> rings() override;

    // The second receive queue gets frames by RSS only, which is the physical function's.
    static constexpr std::uint32_t rx_queues = 1;
    static constexpr std::uint32_t max_mtu = 9216;
    // Of those that the physical function has room for, which all its functions share.
    static constexpr std::uint32_t max_unicast_filters = 15;

private:
    static constexpr unsigned byte_counter_bits = 32;

    Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
           hal::Clock& clock);
    // device.cpp
    void bring_up() override;
    Traffic read_traffic() override;
    std::uint64_t read_dropped() override;
    Link read_link() override;
    void mask_interrupts() override;
    void reset_function() override;
    // filters.cpp
    bool forget_unicast_filters() override;
    bool add_unicast_filter(std::uint32_t entry, const MacAddress& mac) override;
    bool ask_for_mode(ReceiveMode mode) override;
    // interrupts.cpp
    void route_interrupts(const InterruptLines& lines) override;
    void arm(InterruptSource source) override;
    void disarm(InterruptSource source) override;
    // receive.cpp
    void start_rx_queue(std::uint32_t q);
    void disable_receive() override;
    // transmit.cpp
    void start_tx_queue(std::uint32_t q);
    void disable_transmit() override;

    const Card& card_;
    std::uint32_t link_cause_ = 0, rx_cause_ = 0;  // bits of VTEICR
};

}  // namespace ringside::igbvf

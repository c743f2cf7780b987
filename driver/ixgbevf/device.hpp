// The control path of the virtual functions of the 82599 and the X540. bring_up() is the table of contents;
// what is asked of the physical function is in driver/vf.
#pragma once

#include "driver/ixgbevf/card.hpp"
#include "driver/ixgbevf/queues.hpp"
#include "driver/ixgbevf/registers.hpp"
#include "driver/vf/nic.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ringside::ixgbevf {

class Device final : public vf::VfNic {
public:
    // Resets the function, asks the physical function for its address and how many queues it has, and leaves
    // it silent. Throws hal::Timeout if the physical function does not answer. `domain` and `clock` must
    // outlive the device.
    Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock);
    ~Device() override { stop(); }

    // The concrete types: programs that know their card get bursts inlined.
    RxQueue& rx(std::uint32_t queue) override { return static_cast<RxQueue&>(NicBase::rx(queue)); }
    TxQueue& tx(std::uint32_t queue) override { return static_cast<TxQueue&>(NicBase::tx(queue)); }

    // inspection.cpp
    std::vector<hal::RegisterInfo> registers() const override;
    std::vector<RingState> rings() override;

    // At most, if the physical function grants them.
    static constexpr std::uint32_t most_rx_queues = 2, most_tx_queues = 8;
    static constexpr std::uint32_t max_mtu = 9710;  // 9728 bytes on the wire
    // Of those that the physical function has room for, which all its functions share.
    static constexpr std::uint32_t max_unicast_filters = 30;

private:
    static constexpr unsigned byte_counter_bits = 36;

    Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
           hal::Clock& clock);
    // device.cpp
    void bring_up() override;
    Traffic read_traffic() override;
    std::uint64_t received_bytes() const;
    std::uint64_t sent_bytes() const;
    Link read_link() override;
    void mask_interrupts() override;
    void reset_function() override;
    // talk.cpp
    void agree_with_pf();
    void agree_on_version();
    void ask_for_queues();
    bool forget_unicast_filters() override;
    bool add_unicast_filter(std::uint32_t entry, const MacAddress& mac) override;
    bool ask_for_mode(ReceiveMode mode) override;
    // interrupts.cpp
    void route_interrupts(const InterruptLines& lines) override;
    void arm(InterruptSource source) override;
    void disarm(InterruptSource source) override;
    // receive.cpp
    void set_up_receive();
    void start_rx_queue(std::uint32_t q);
    void disable_receive() override;
    // transmit.cpp
    void start_tx_queue(std::uint32_t q);
    void disable_transmit() override;

    std::uint32_t version_ = 0;             // of the language, as numbered there: see talk.cpp
    std::uint32_t link_cause_ = 0;          // bits of VTEICR
    std::vector<std::uint32_t> rx_causes_;  // by queue
};

}  // namespace ringside::ixgbevf

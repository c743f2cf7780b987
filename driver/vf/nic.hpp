// What the control paths of virtual functions share. A virtual function has rings of its own, and nothing
// else: which frames are for it, how long they may be, and the link belong to the physical function, whose
// driver it asks through the mailbox, and which may refuse.
#pragma once

#include "driver/base/nic_base.hpp"
#include "driver/vf/counter.hpp"
#include "driver/vf/mailbox.hpp"
#include "driver/vf/messages.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringside::vf {

class VfNic : public NicBase {
protected:
    // `mailbox` is made for regs_, which is there by then. `byte_counter_bits`: where those wrap around.
    VfNic(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock,
          const Limits& limits, std::unique_ptr<MailboxPort> (*make_mailbox)(const hal::RegisterFile&),
          unsigned byte_counter_bits);

    // How long a function that was just reset is not to be touched.
    static constexpr std::chrono::milliseconds after_reset{10};

    // --- nic.cpp
    // Tells the physical function that we begin anew. It forgets what we have asked for, and says which
    // address it has given us; if none, it is one that we make up, the same from one start to the next. After
    // the function's reset. Returns the answer.
    Message report_in();
    // Which bits of a group's address its table is indexed by: MCSTCTRL.MO of the physical function.
    void hash_groups_by(std::uint32_t filter_type);
    // From now on the physical function has forgotten us: filters are remembered until the next start.
    void sign_off() noexcept { known_ = false; }
    MacAddress own_mac();
    // Asks for frames of that many bytes, CRC and tag included. Throws Error if that is refused.
    void ask_for_frame_size(std::uint32_t bytes);

    // Whether it was granted.
    bool granted_by_pf(const Message& request, std::uint32_t words) {
        return (mailbox_.ask(request, words)[0] & granted) != 0;
    }
    Message ask(const Message& request, std::uint32_t words) { return mailbox_.ask(request, words); }
    // Takes what the physical function has to say. Throws Error if it has forgotten us.
    void listen_to_pf();

    std::uint32_t largest_frame() const { return config_.mtu + 14 + 4; }

    // Tells the function where a ring is: with nothing in it.
    template <class BAL, class BAH, class LEN, class HEAD, class TAIL, class Queue>
    void place_ring(std::uint32_t q, const Queue& queue) {
        regs_.write(q, BAL::raw(hal::low32(queue.ring_iova())));
        regs_.write(q, BAH::raw(hal::high32(queue.ring_iova())));
        regs_.write(q, LEN::LEN(static_cast<std::uint32_t>(queue.ring().size_bytes())));
        regs_.write(q, HEAD::HEAD(0));
        regs_.write(q, TAIL::TAIL(0));
    }

    // A message with an address in words 1 and 2.
    static Message about(std::uint32_t first_word, const MacAddress& mac);

    // From now on, the function's counters count from 0: a step of bring_up().
    void begin_counters();

    // What the function's counters read. Bytes with the CRC.
    struct Traffic {
        std::uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
    };

    // What a physical function lets through besides what it was told of.
    enum class ReceiveMode : std::uint32_t { multicast_filters = 1, all_multicast = 2, everything = 3 };

private:
    // How the families' physical functions are asked. False: refused.
    virtual bool forget_unicast_filters() = 0;
    virtual bool add_unicast_filter(std::uint32_t entry, const MacAddress& mac) = 0;
    virtual bool ask_for_mode(ReceiveMode mode) = 0;

    virtual Traffic read_traffic() = 0;
    // Frames that found no descriptor, since the last call; 0 where the physical function alone counts them.
    virtual std::uint64_t read_dropped() { return 0; }

    // The function's own steps down.
    virtual void mask_interrupts() = 0;
    virtual void disable_receive() = 0;
    virtual void disable_transmit() = 0;
    virtual void reset_function() = 0;

    void shut_down(WayDown& down) noexcept final;
    Statistics read_counters() final;

    // --- filters.cpp
    void write_receive_address(std::uint32_t entry, const MacAddress& mac) final;
    void clear_receive_address(std::uint32_t entry) final;
    void write_multicast_table(const MulticastTable& table) final;
    void write_vlan_table(const VlanTable& table, bool filter) final;
    void write_receive_modes() final;
    void tell_mac(const MacAddress& mac);
    std::uint16_t multicast_hash(const MacAddress& group) const;
    [[noreturn]] void refuse_because(const std::string& what, const std::string& why) const;

    std::string why_no_link() final;
    InterruptCauses take_causes() final { return {true, true}; }
    std::uint32_t blink_leds() final;
    void restore_leds(std::uint32_t) final {}

    const std::unique_ptr<MailboxPort> port_;
    Mailbox mailbox_;
    bool known_ = false;                 // to the physical function
    MacAddress assigned_;                // by the physical function; zero if it leaves that to us
    std::uint32_t multicast_shift_ = 4;  // which bits of a group's address are its hash

    // What the physical function has been told since report_in().
    MacAddress told_mac_;
    std::uint32_t told_groups_ = 0;
    VlanTable told_vlans_{};
    ReceiveMode told_mode_ = ReceiveMode::multicast_filters;

    WrappingCounter rx_packets_, rx_bytes_, tx_packets_, tx_bytes_;
    std::uint64_t dropped_ = 0;
};

}  // namespace ringside::vf

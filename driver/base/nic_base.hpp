// What the control paths of all cards have in common: what is checked before a start, the life of the queues,
// the filters a program has asked for, waiting for interrupts. What a card does with its registers is its
// own: the private virtual functions, each a step of its datasheet.
#pragma once

#include "driver/base/interrupt_lines.hpp"
#include "driver/base/time_sync.hpp"
#include "driver/nic.hpp"
#include "hal/clock.hpp"
#include "hal/device.hpp"
#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "hal/register_file.hpp"
#include "mem/posting.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside {

class NicBase : public Nic {
public:
    ~NicBase() override;

    const NicInfo& info() const final { return info_; }
    void start(std::shared_ptr<mem::PacketPool> pool, const NicConfig& config) final;
    void stop() noexcept final;
    bool running() const noexcept final { return running_; }

    RxQueue& rx(std::uint32_t queue) override;
    TxQueue& tx(std::uint32_t queue) override;

    Link link() final;
    void wait_for_link(hal::Clock::Duration limit) final;
    bool wait_for_frames(std::uint32_t queue, hal::Clock::Duration limit) final;
    std::array<const hal::Event*, 2> listen(std::uint32_t queue) final;
    void stop_listening(std::uint32_t queue) final;
    bool wait_for_link_change(hal::Clock::Duration limit) final;

    MacAddress mac() const final { return mac_; }
    void set_mac(const MacAddress& mac) final;
    void set_promiscuous(bool on) final;
    void set_all_multicast(bool on) final;
    void set_unicast_filters(std::span<const MacAddress> addresses) final;
    void set_multicast_filters(std::span<const MacAddress> groups) final;
    void set_vlan_filters(std::span<const std::uint16_t> ids) final;

    void set_rss(const Rss& rss) final;
    Rss rss() final;
    RuleId add_rule(const Rule& rule) final;
    void remove_rule(RuleId id) final;
    std::vector<AddedRule> rules() const final { return rules_; }

    HardwareClock& clock() final;
    void set_tx_rate(std::uint32_t queue, std::uint32_t mbit_per_second) final;

    Statistics statistics() final;
    std::vector<CounterValue> counters() final;
    void observe_registers(hal::RegisterObserver* observer) final { regs_.observe(observer); }
    std::vector<RegisterValue> read_registers() final;
    bool bus_master() final;
    EepromInfo eeprom() final;
    std::vector<std::uint16_t> read_eeprom(std::uint32_t first, std::uint32_t count) final;
    std::vector<std::uint8_t> read_module(ModulePage page, std::uint32_t first, std::uint32_t count) final;
    void blink(bool on) final;

protected:
    // What is said of a card before it is opened; the rest of NicInfo comes from the device.
    struct Limits {
        const char* model;
        std::uint32_t max_rx_queues, max_tx_queues, max_mtu, max_unicast_filters;
        std::uint32_t presence;                 // a register that cannot read as all ones
        std::uint32_t tail;                     // the first receive tail, to see whether doorbells are direct
        std::chrono::milliseconds after_reset;  // how long the card is not to be touched
        std::uint32_t max_rss_queues = 1;
        Features features = {};
    };
    // Resets the function, so that whatever a program before us left running ends before any of our memory is
    // within its reach, and makes its registers accessible. `domain` and `clock` must outlive the NIC. The
    // card's own constructor goes on from there, and ends with enter_domain().
    NicBase(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock,
            const Limits& limits);
    void enter_domain(const MacAddress& own);
    // For functions that learn only later how many queues they have.
    void has_queues(std::uint32_t rx, std::uint32_t tx) {
        info_.max_rx_queues = rx;
        info_.max_tx_queues = tx;
    }

    // All bits of the hash table, of which bit n is bit n % 32 of word n / 32.
    using MulticastTable = std::array<std::uint32_t, 128>;
    // One bit for each of 4096 VLANs, of which VLAN n has bit n % 32 of word n / 32.
    using VlanTable = std::array<std::uint32_t, 128>;

    // Asked for by the configuration or by set_promiscuous(): a restart without either ends it.
    bool promiscuous() const { return promiscuous_ || config_.promiscuous; }
    bool all_multicast() const { return all_multicast_; }
    const std::vector<MacAddress>& multicast() const { return multicast_; }
    bool filters_vlans() const { return !vlans_.empty(); }
    // Writes all of the above, and the unicast filters, to the card, whose tables are clear.
    void apply_filters();

    // Of each receive queue, as NicConfig::post_buffers says.
    std::optional<mem::PostedBuffers> posting() const;
    // NicConfig::interrupt_gap in units of so many nanoseconds.
    std::uint32_t interrupt_gap(std::uint32_t unit) const {
        return static_cast<std::uint32_t>(std::chrono::nanoseconds(config_.interrupt_gap).count() / unit);
    }
    // How frames are to be spread, for bring_up().
    Rss wanted_rss() const;
    // Throws hal::Error: the card has no cage, and what instead.
    [[noreturn]] void no_module(const std::string& instead) const;
    // Throws hal::Error: the rule, and why it is not possible.
    [[noreturn]] void refuse(const Rule& rule, const std::string& why) const;

    void bus_master_on();
    void bus_master_off();

    // Takes a queue in before the card hears of it: should a later step fail, its memory must last until the
    // card has been stopped.
    template <class Queue> Queue& keep(std::unique_ptr<Queue> queue) {
        Queue& kept = *queue;
        if constexpr (std::is_base_of_v<RxQueue, Queue>)
            rx_.push_back(std::move(queue));
        else
            tx_.push_back(std::move(queue));
        return kept;
    }

    // One of the steps of bring_up(): interrupts as the configuration asks for.
    void set_up_interrupts();
    // And another: the clock, if it is asked for.
    void start_clock();
    // What transmit queues fulfil, if they can do `to_frames` to frames.
    std::uint8_t tx_accepts(std::uint8_t to_frames = TxRequest::everything) const {
        return static_cast<std::uint8_t>(to_frames | (config_.time_stamps ? TxRequest::time_stamp : 0));
    }

    // The way down: each step is tried whatever became of the one before. A device that is gone does no DMA
    // either.
    class WayDown {
    public:
        template <class Step> void step(Step&& step) noexcept {
            try {
                step();
            } catch (const hal::DeviceGone&) {
                // Nobody to stop; the program learns it from link().
            } catch (const std::exception& e) {
                hal::notice(std::string("while stopping: ") + e.what());
                failed_ = true;
            }
        }
        bool failed() const noexcept { return failed_; }

    private:
        bool failed_ = false;
    };

    mem::DmaDomain& domain_;
    const std::unique_ptr<hal::Device> device_;
    hal::RegisterFile regs_;
    NicConfig config_;
    std::shared_ptr<mem::PacketPool> pool_;

    std::uint32_t rx_count() const noexcept { return static_cast<std::uint32_t>(rx_.size()); }
    std::uint32_t tx_count() const noexcept { return static_cast<std::uint32_t>(tx_.size()); }

private:
    // From any state to receiving and sending, as config_ and pool_ say.
    virtual void bring_up() = 0;
    // From any state, also one that bring_up() left half-way, to a card that does no DMA.
    virtual void shut_down(WayDown& down) noexcept = 0;

    virtual Link read_link() = 0;
    virtual std::string why_no_link() = 0;

    // Entry 0 is the card's own address. An empty entry matches nothing.
    virtual void write_receive_address(std::uint32_t entry, const MacAddress& mac) = 0;
    virtual void clear_receive_address(std::uint32_t entry) = 0;
    virtual void write_multicast_table(const MulticastTable& table) = 0;
    // promiscuous() and all_multicast().
    virtual void write_receive_modes() = 0;

    // Which VLANs pass, if `filter`; all, if not.
    virtual void write_vlan_table(const VlanTable& table, bool filter) = 0;

    // Where frames go. For cards with Feature::rss: while receiving, too.
    virtual void write_rss(const Rss&) {}
    virtual Rss read_rss() { return Rss::off(); }
    // Tells the card of a rule, or refuse()s it; the card remembers by `id` where it put it. The rule makes
    // sense in itself.
    virtual void install_rule(RuleId id, const Rule& rule);
    virtual void uninstall_rule(RuleId id, const Rule& rule);

    // For cards with Feature::time_stamps: received messages and sent frames get stamps from now on. Returns
    // the registers of time.
    virtual std::unique_ptr<TimeCounter> set_up_time_stamps() { return nullptr; }
    // For cards with Feature::tx_rate_limit. 0: no limit. Throws hal::Error if the rate is not possible.
    virtual void write_tx_rate(std::uint32_t, std::uint32_t) {}

    // The card's counters since bring_up(), without what the driver itself counts.
    virtual Statistics read_counters() = 0;
    virtual std::vector<CounterValue> read_all_counters() { return {}; }

    // Interrupts. route: tells the card which source signals which vector (with MSI-X), everything masked.
    virtual void route_interrupts(const InterruptLines& lines) = 0;
    // Lets the source signal: also at once, for what happened since it was last disarmed.
    virtual void arm(InterruptSource source) = 0;
    // Ends that after the source has signalled, and forgets the cause: called before the program looks at
    // what caused it.
    virtual void disarm(InterruptSource source) = 0;
    // For a line that sources share (INTx, MSI): which of them have called, which this forgets.
    virtual InterruptCauses take_causes() = 0;

    // The EEPROM, with its checksum worked out; words that are there. For cards that have one.
    virtual EepromInfo describe_eeprom();
    virtual void read_eeprom_words(std::uint32_t first, std::span<std::uint16_t> out);
    // Bytes that are on the page. For cards with a cage.
    virtual void read_module_bytes(ModulePage page, std::uint32_t first, std::span<std::uint8_t> out);

    // All LEDs blink; returns what LEDCTL was before.
    virtual std::uint32_t blink_leds() = 0;
    virtual void restore_leds(std::uint32_t before) = 0;

    void check(const NicConfig& config) const;
    void check_condition();
    void let_go() noexcept;
    void write_multicast_filters();
    void write_vlan_filters();
    void need(Feature feature) const;
    void need_running(const char* what) const;
    void check_rss(const Rss& rss, std::uint32_t queues) const;
    void add_queue_counters(Statistics& s) const;
    InterruptLines& lines();
    bool service(InterruptSource own);

    // The device's DMA ends with this, before the device is closed.
    std::optional<mem::DomainAttachment> attachment_;
    NicInfo info_;

    MacAddress mac_;
    bool promiscuous_ = false, all_multicast_ = false;
    std::vector<MacAddress> unicast_, multicast_;
    std::vector<std::uint16_t> vlans_;
    std::vector<AddedRule> rules_;
    std::uint32_t next_rule_ = 1;

    bool running_ = false;
    // The queues return their buffers to the pool when they go: only after the device has stopped.
    std::vector<std::unique_ptr<RxQueue>> rx_;
    std::vector<std::unique_ptr<TxQueue>> tx_;
    Statistics past_;  // what queues that are gone had counted

    std::optional<CounterClock> clock_;         // while it runs
    std::optional<std::uint32_t> leds_before_;  // while they blink
    std::optional<InterruptLines> lines_;
    std::mutex interrupt_registers_;  // threads that sleep share them
};

}  // namespace ringside

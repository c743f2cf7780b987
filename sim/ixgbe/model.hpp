// The software Intel 82599: registers in, frames and interrupts out. A pure class: memory, interrupts, wire
// and clock are injected, and nothing happens but in a call. The registers are in registers_table.cpp; what
// the card does is listed, one test for each behaviour, in tests/model.
//
// One thread.
#pragma once

#include "sim/cable.hpp"
#include "sim/ixgbe/core.hpp"
#include "sim/ixgbe/eeprom.hpp"
#include "sim/ixgbe/link.hpp"
#include "sim/ixgbe/mdio.hpp"
#include "sim/ixgbe/rx.hpp"
#include "sim/ixgbe/semaphores.hpp"
#include "sim/ixgbe/sfp_module.hpp"
#include "sim/ixgbe/tx.hpp"
#include "sim/ports.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace ringside::sim::ixgbe {

class Nic82599 {
public:
    // The clock must outlive the object.
    Nic82599(const Options& options, std::unique_ptr<Cable> cable, hal::Clock& clock);

    // Once, before anything else. Both must outlive the object's use.
    void attach(Dma& dma, Interrupts& interrupts);

    // A register, by its offset in BAR 0: a multiple of 4 below register_space.
    std::uint32_t mmio_read(std::uint32_t offset);
    void mmio_write(std::uint32_t offset, std::uint32_t value);

    // Does what is due, at most a burst of frames each way. True if there was anything.
    bool poll();
    // What was sent before the last poll() has arrived.
    void caught_up() { caught_up_at_ = last_round_; }

    // Function level reset, or return from D3hot. The MSI-X table goes too.
    void reset_function();
    // What a virtual function's reset does to its share of the card: the first `count` queues each way, and
    // the interrupts, as after power-up. The MSI-X table stays.
    void reset_queues(std::uint32_t count);
    // PCI COMMAND bit 2, and power.
    void set_bus_master(bool on);

    // True if something will be due without a call: time passes, or a mapped doorbell may be written.
    bool must_be_polled() const;
    bool dead() const noexcept;
    bool link_up() const noexcept { return core_.link_up; }

    InterruptController& interrupts() noexcept { return core_.interrupts; }
    Strict& strict() noexcept { return core_.strict; }
    Cable& cable() noexcept { return *cable_; }
    const Cable& cable() const noexcept { return *cable_; }
    const Doorbells* doorbells() const noexcept { return core_.registers.doorbells(); }

    std::string report() const;
    std::string report_json() const;

private:
    bool begin_access();
    std::uint32_t read_register(const RegisterRef& ref);
    void write_register(const RegisterRef& ref, std::uint32_t value);
    std::uint32_t read_control(std::uint32_t offset);
    void write_control(const RegisterRef& ref, std::uint32_t value);
    void write_setting(const RegisterRef& ref, std::uint32_t value);
    void check_receive_enable();
    void write_filter(const RegisterRef& ref, std::uint32_t value);
    void write_eeprom(std::uint32_t offset, std::uint32_t value);
    void write_semaphore(std::uint32_t offset, std::uint32_t value);

    void reset_registers();
    void reload_settings();
    bool initialised() const { return core_.now >= init_ready_at_; }

    // Mapped doorbell pages.
    void adopt_direct_writes();
    void adopt_control(std::uint32_t base, std::uint32_t tail);
    void adopt_block(std::uint32_t base, std::uint32_t tail);
    void refresh_counters();

    Core core_;
    std::unique_ptr<Cable> cable_;
    Eeprom eeprom_;
    Semaphores semaphores_;
    Mdio mdio_;
    SfpModule module_;
    Link link_;
    RxUnit rx_;
    TxUnit tx_;
    hal::Clock::Duration last_round_{};    // when poll() last ran
    hal::Clock::Duration caught_up_at_{};  // what was sent before that has arrived
    hal::Clock::Duration quiet_until_{};   // after a reset: no access before this
    hal::Clock::Duration init_ready_at_{};
    hal::Clock::Duration next_scan_{};
    std::uint32_t reset_bits_ = 0;  // of CTRL, until the reset is over
    std::uint64_t accesses_ = 0;
};

}  // namespace ringside::sim::ixgbe

// A virtual function of the software 82599 or X540 as a PCI function. Behind it is a whole card (Nic82599),
// of which it has the first pool, and the driver of the physical function, which answers in the mailbox.
//
// One thread.
#pragma once

#include "hal/clock.hpp"
#include "sim/cable.hpp"
#include "sim/ixgbe/model.hpp"
#include "sim/ixgbe_vf/mailbox.hpp"
#include "sim/ixgbe_vf/options.hpp"
#include "sim/ixgbe_vf/physical_function.hpp"
#include "sim/pci/config_space.hpp"
#include "sim/pci_function.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace ringside::sim {

class VirtualFunction82599 final : public PciFunction {
public:
    static constexpr unsigned vectors = 3;

    // The clock must outlive the function.
    VirtualFunction82599(const ixgbe_vf::Options& options, std::unique_ptr<Cable> cable, hal::Clock& clock);

    void attach(Dma& dma, Interrupts& interrupts) override { card_.attach(dma, interrupts); }
    Region region(unsigned index) const override;
    void read(unsigned region, std::uint64_t offset, std::span<std::byte> out) override;
    void write(unsigned region, std::uint64_t offset, std::span<const std::byte> data) override;
    unsigned interrupt_count(hal::InterruptKind kind) const override {
        return kind == hal::InterruptKind::msix ? vectors : 0;
    }
    void mask_msix(unsigned vector, bool masked) override { card_.interrupts().mask_vector(vector, masked); }
    void reset() override;
    void driver_left() override { reset(); }
    void caught_up() override { card_.caught_up(); }
    bool poll() override;
    bool must_be_polled() const override;
    int wake_fd() const override { return card_.cable().wake_fd(); }
    std::string report() const override;
    std::string report_json() const override;

    // The physical function is reset, as by its administrator.
    void reset_physical_function() { pf_.reset(); }

private:
    ConfigSpace::Hooks hooks();
    bool dead() const { return options_.dead_after && accesses_ > *options_.dead_after; }
    bool answers(unsigned region) const;
    bool is_register_access(const char* what, std::uint64_t offset, std::size_t size);
    std::uint32_t read_register(std::uint32_t offset);
    void write_register(std::uint32_t offset, std::uint32_t value);
    void write_mailbox_memory(std::uint32_t offset, std::uint32_t value);
    void reset_function(bool table_too);
    void ring();

    const ixgbe_vf::Options options_;
    std::uint32_t mailbox_vector_ = 0;  // VTIVAR_MISC
    std::uint32_t split_type_ = 0;      // VFPSRTYPE
    std::uint64_t accesses_ = 0;
    ixgbe::Nic82599 card_;
    ixgbe_vf::Mailbox mailbox_;
    ixgbe_vf::PhysicalFunction pf_;
    ConfigSpace config_;
};

// `options` as in vf_help(), without the cable: "trust=on,strict=fatal". Throws hal::Error with a sentence if
// they are wrong. The clock must outlive the function.
std::unique_ptr<PciFunction> make_82599vf(const std::string& options, std::unique_ptr<Cable> cable,
                                          hal::Clock& clock);

// The options, for people: one line each.
std::string vf_help();

}  // namespace ringside::sim

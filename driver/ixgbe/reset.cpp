// From any state to a card that has forgotten everything: datasheet §4.2 (Reset), §4.6.3 (Initialization).
#include "driver/ixgbe/device.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbe {

using namespace std::chrono_literals;

// §4.6.3.1. EIMC is write-one-to-clear; writing zeros to EIMS would do nothing.
void Device::mask_interrupts() {
    regs_.write(EIMC::CAUSES(EIMC::CAUSES.max));
    for (std::uint32_t i = 0; i < EIMC_EX::count; ++i) regs_.write(i, EIMC_EX::raw(~0u));
    static_cast<void>(regs_.read<EICR>());  // reading clears what is pending
}

// No new DMA for packets: §4.5.2 says to stop receive and transmit before a reset.
void Device::quiesce() {
    disable_receive();
    disable_transmit();
}

// §5.2.5.3.2 Master Disable: the device finishes the transactions it has begun and starts no others.
void Device::disable_master() {
    // Of a reset that does not end the bits read as ones: writing them back would start another.
    regs_.update(CTRL::MASTER_DISABLE(true) | CTRL::RST(false) | CTRL::LRST(false));
    regs_.wait_for(CTRL::MASTER_DISABLE(true), 80ms, "the device ignores writes; reset it by its power");
    if (!regs_.reaches(0, STATUS::MASTER_ENABLE(false), 80ms)) unstick_master();
}

// §5.2.5.3.2, second half: a request that is stuck in the data path goes when the path is looped back and its
// buffers are cleared; the reset must then be done twice (§4.2.1.6.1).
void Device::unstick_master() {
    const std::uint32_t hlreg0 = regs_.read<HLREG0>().raw();
    const std::uint32_t gcr_ext = regs_.read<GCR_EXT>().raw();
    regs_.update(HLREG0::LPBK(true));
    regs_.update(RXCTRL::RXEN(false));
    regs_.update(GCR_EXT::BUFFERS_CLEAR(true));
    regs_.flush<STATUS>();
    regs_.sleep(20us);
    regs_.write(HLREG0::raw(hlreg0));
    regs_.write(GCR_EXT::raw(gcr_ext));
    request_reset();
}

void Device::request_reset() {
    regs_.update(CTRL::RST(true) | CTRL::LRST(true));
    // No reading back to push the write out: that would be an access already. It leaves long before the sleep
    // ends.
    regs_.sleep(1ms + 100us);
}

// §4.2.1.6.1 Software Reset. No register may be touched for a millisecond; PCI configuration survives.
void Device::reset() {
    request_reset();
    regs_.wait_for(CTRL::RST(false) | CTRL::LRST(false), 100ms,
                   "the reset does not end; the card needs a power cycle");
    regs_.sleep(card_.after_reset);
}

// §4.6.3: the device loads its settings from the EEPROM after each reset, and says when it has, EEPROM or
// not.
void Device::wait_for_auto_read() {
    regs_.wait_for(EEC::ARD(true), 1s,
                   "the device cannot read its EEPROM; look at the card with another driver");
    // The 82599 has an EEPROM; what X540 and X550 have is flash, for which this bit does not speak.
    if (card_.media != Media::base_t && !regs_.read<EEC>()[EEC::PRES])
        throw hal::Error(regs_.who() +
                         ": the card has no valid EEPROM (EEC.PRES is 0), so it has neither an address "
                         "nor link settings; Intel's EEPROM tools can write one");
}

void Device::wait_for_dma_init() {
    regs_.wait_for(RDRXCTL::DMAIDONE(true), 1s,
                   "the DMA engine does not initialize; reset or power-cycle the card");
}

// NS_DIS: we rely on cache-coherent DMA, so no request may ask to bypass the caches.
void Device::announce_driver() { regs_.update(CTRL_EXT::NS_DIS(true) | CTRL_EXT::DRV_LOAD(true)); }

void Device::dismiss_driver() { regs_.update(CTRL_EXT::DRV_LOAD(false)); }

}  // namespace ringside::ixgbe

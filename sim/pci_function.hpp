// A software PCI function, as a vfio-user server (or a test, in process) drives it.
#pragma once

#include "hal/device.hpp"
#include "sim/ports.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ringside::sim {

struct MappableArea {
    std::uint64_t offset;  // in the region, and in the region's fd; page aligned
    std::uint64_t size;
};

// One of the VFIO regions: BAR 0 to 5, ROM 6, configuration space 7.
struct Region {
    std::uint64_t size = 0;  // 0: there is no such region
    bool writable = true;
    int fd = -1;  // memory of the mappable areas, the function's own; -1 if nothing may be mapped
    std::vector<MappableArea> areas;
};

class PciFunction {
public:
    virtual ~PciFunction() = default;

    // Gives the function its surroundings; called once, before anything else. Both outlive the function's
    // use.
    virtual void attach(Dma& dma, Interrupts& interrupts) = 0;

    // The same for as long as the function lives.
    virtual Region region(unsigned index) const = 0;
    // The caller has checked that the access lies inside the region.
    virtual void read(unsigned region, std::uint64_t offset, std::span<std::byte> out) = 0;
    virtual void write(unsigned region, std::uint64_t offset, std::span<const std::byte> data) = 0;

    virtual unsigned interrupt_count(hal::InterruptKind kind) const = 0;
    // MSI-X masking as VFIO clients ask for it (SET_IRQS with MASK or UNMASK): the same as the table's mask
    // bit.
    virtual void mask_msix(unsigned vector, bool masked) = 0;

    // Function level reset (VFIO_DEVICE_RESET).
    virtual void reset() = 0;
    // The driver's process is gone: stop all DMA and interrupts, as the kernel does when a VFIO device is
    // closed.
    virtual void driver_left() = 0;

    // Everything the driver had sent by the time of the last poll() has arrived. An access that comes later
    // was made later: functions that judge how long a driver waited count from here.
    virtual void caught_up() {}

    // Does what is due: at most a burst of frames each way. Returns true if there was anything to do.
    virtual bool poll() = 0;

    // True if work may arrive without a message, through a mapped doorbell page or a timed cable.
    virtual bool must_be_polled() const = 0;
    // Becomes readable when there is work that no message announces (frames from a cable); -1 if none.
    virtual int wake_fd() const = 0;

    // What there is to say at the end: cables, drops, strict-mode flags. Lines for a person; a JSON object.
    virtual std::string report() const = 0;
    virtual std::string report_json() const = 0;
};

}  // namespace ringside::sim

// What a software device needs of the world, injected: memory to reach by DMA and a way to interrupt.
#pragma once

#include "hal/device.hpp"
#include "hal/iova.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim {

enum class DmaAccess { read, write };

// The memory that the driver has mapped for the device. An access that is not wholly mapped with the right
// permission is refused, counted and reported, never performed, not even in part.
class Dma {
public:
    virtual ~Dma() = default;
    virtual bool read(hal::Iova from, std::span<std::byte> to) = 0;
    virtual bool write(hal::Iova to, std::span<const std::byte> from) = 0;
    // The bytes themselves, if one mapping holds all of them with the right permission; else nullptr, with
    // nothing counted: the caller falls back to read() or write(). Valid until the function next returns to
    // its server.
    virtual std::byte* window(hal::Iova address, std::size_t size, DmaAccess access) = 0;
};

// The interrupts of a PCI function. Which kind is on is the driver's choice.
class Interrupts {
public:
    virtual ~Interrupts() = default;
    virtual bool msix_enabled() const = 0;
    virtual bool msi_enabled() const = 0;
    // One message of MSI-X vector `vector`, or of the only MSI vector (0). Lost if that kind is not enabled.
    virtual void message(unsigned vector) = 0;
    // The level of the INTx line. Signals on a rising edge, and again after an unmask if still high.
    virtual void line(bool high) = 0;
};

}  // namespace ringside::sim

// The vfio-user protocol, version 0.0, as bytes on a Unix stream socket: VFIO's device model as messages.
// Specification: QEMU, docs/interop/vfio-user.rst. Used by the client here and by the server in sim/.
// Host byte order (both ends share a machine); every message starts with a Header.
#pragma once

#include "hal/vfio/uapi.hpp"

#include <cstdint>

namespace ringside::hal::vfio_user {

enum class Command : std::uint16_t {
    version = 1,
    dma_map = 2,
    dma_unmap = 3,
    device_get_info = 4,
    device_get_region_info = 5,
    device_get_region_io_fds = 6,
    device_get_irq_info = 7,
    device_set_irqs = 8,
    region_read = 9,
    region_write = 10,
    dma_read = 11,   // server to client
    dma_write = 12,  // server to client
    device_reset = 13,
    region_write_multi = 15,
};

struct Header {
    std::uint16_t id;  // chosen by the sender of the command, echoed in the reply
    Command command;
    std::uint32_t size;  // of the whole message, this header included
    std::uint32_t flags;
    std::uint32_t error;  // errno, if flag_error
};
static_assert(sizeof(Header) == 16);

inline constexpr std::uint32_t flag_type_mask = 0xF;  // 0 command, 1 reply
inline constexpr std::uint32_t flag_reply = 1;
inline constexpr std::uint32_t flag_no_reply = 1u << 4;
inline constexpr std::uint32_t flag_error = 1u << 5;

struct Version {  // followed by a JSON text and a NUL
    std::uint16_t major;
    std::uint16_t minor;
};
static_assert(sizeof(Version) == 4);

struct DmaMap {  // with one fd if the memory can be mapped
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint64_t offset;  // in the fd
    std::uint64_t iova;
    std::uint64_t size;
};
static_assert(sizeof(DmaMap) == 32);
inline constexpr std::uint32_t dma_map_readable = 1u << 0;
inline constexpr std::uint32_t dma_map_writable = 1u << 1;

struct DmaUnmap {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint64_t iova;
    std::uint64_t size;
};
static_assert(sizeof(DmaUnmap) == 24);
inline constexpr std::uint32_t dma_unmap_all = 1u << 1;

// What is asked about a device is asked with the kernel's own structures. The fds of SetIrqs come beside it.
using vfio::capability_sparse_mmap;
using vfio::CapabilityHeader;
using vfio::device_info_pci;
using vfio::device_info_reset;
using vfio::DeviceInfo;
using vfio::irq_info_automasked;
using vfio::irq_info_eventfd;
using vfio::irq_info_maskable;
using vfio::irq_info_noresize;
using vfio::IrqInfo;
using vfio::region_info_caps;
using vfio::region_info_mmap;
using vfio::region_info_read;
using vfio::region_info_write;
using vfio::RegionInfo;
using vfio::set_irqs_data_bool;
using vfio::set_irqs_data_eventfd;
using vfio::set_irqs_data_none;
using vfio::set_irqs_mask;
using vfio::set_irqs_trigger;
using vfio::set_irqs_unmask;
using vfio::SetIrqs;
using vfio::SparseArea;
using vfio::SparseMmap;

struct RegionAccess {  // followed by `count` bytes in a write and in the reply to a read
    std::uint64_t offset;
    std::uint32_t region;
    std::uint32_t count;
};
static_assert(sizeof(RegionAccess) == 16);

struct DmaAccess {  // followed by `count` bytes in a write and in the reply to a read
    std::uint64_t address;
    std::uint64_t count;
};
static_assert(sizeof(DmaAccess) == 16);

struct WriteMultiEntry {
    std::uint64_t offset;
    std::uint32_t region;
    std::uint32_t count;  // at most 8
    std::uint8_t data[8];
};
static_assert(sizeof(WriteMultiEntry) == 24);

// Region and interrupt indices of a PCI device.
using vfio::num_irqs;
using vfio::num_regions;
using vfio::region_bar0;
using vfio::region_config;
using vfio::region_rom;
using vfio::region_vga;

// Limits that both our ends keep, whatever the peer proposes.
inline constexpr std::uint32_t max_message_fds = 16;
inline constexpr std::uint32_t max_data_transfer = 1u << 20;

}  // namespace ringside::hal::vfio_user

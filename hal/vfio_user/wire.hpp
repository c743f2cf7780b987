// The vfio-user protocol, version 0.0, as bytes on a Unix stream socket: VFIO's device model as messages.
// Specification: QEMU, docs/interop/vfio-user.rst. Used by the client here and by the server in sim/.
// Host byte order (both ends share a machine); every message starts with a Header.
#pragma once

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

struct DeviceInfo {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t num_regions;
    std::uint32_t num_irqs;
};
static_assert(sizeof(DeviceInfo) == 16);
inline constexpr std::uint32_t device_info_reset = 1u << 0;
inline constexpr std::uint32_t device_info_pci = 1u << 1;

struct RegionInfo {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t index;
    std::uint32_t cap_offset;
    std::uint64_t size;
    std::uint64_t offset;  // in the fd that comes with the reply
};
static_assert(sizeof(RegionInfo) == 32);
inline constexpr std::uint32_t region_info_read = 1u << 0;
inline constexpr std::uint32_t region_info_write = 1u << 1;
inline constexpr std::uint32_t region_info_mmap = 1u << 2;
inline constexpr std::uint32_t region_info_caps = 1u << 3;

struct CapabilityHeader {
    std::uint16_t id;
    std::uint16_t version;
    std::uint32_t next;
};
static_assert(sizeof(CapabilityHeader) == 8);
inline constexpr std::uint16_t capability_sparse_mmap = 1;

struct SparseMmap {  // followed by nr_areas SparseArea
    CapabilityHeader header;
    std::uint32_t nr_areas;
    std::uint32_t reserved;
};
static_assert(sizeof(SparseMmap) == 16);
struct SparseArea {
    std::uint64_t offset;  // in the region; add RegionInfo::offset for the place in the fd
    std::uint64_t size;
};
static_assert(sizeof(SparseArea) == 16);

struct IrqInfo {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t index;
    std::uint32_t count;
};
static_assert(sizeof(IrqInfo) == 16);
inline constexpr std::uint32_t irq_info_eventfd = 1u << 0;
inline constexpr std::uint32_t irq_info_maskable = 1u << 1;
inline constexpr std::uint32_t irq_info_automasked = 1u << 2;
inline constexpr std::uint32_t irq_info_noresize = 1u << 3;

struct SetIrqs {  // with `count` fds (data_eventfd), or followed by `count` bytes (data_bool)
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t index;
    std::uint32_t start;
    std::uint32_t count;
};
static_assert(sizeof(SetIrqs) == 20);
inline constexpr std::uint32_t set_irqs_data_none = 1u << 0;
inline constexpr std::uint32_t set_irqs_data_bool = 1u << 1;
inline constexpr std::uint32_t set_irqs_data_eventfd = 1u << 2;
inline constexpr std::uint32_t set_irqs_mask = 1u << 3;
inline constexpr std::uint32_t set_irqs_unmask = 1u << 4;
inline constexpr std::uint32_t set_irqs_trigger = 1u << 5;

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

// Region indices of a PCI device, as in VFIO.
inline constexpr std::uint32_t region_bar0 = 0;
inline constexpr std::uint32_t region_rom = 6;
inline constexpr std::uint32_t region_config = 7;
inline constexpr std::uint32_t region_vga = 8;
inline constexpr std::uint32_t num_regions = 9;
// Interrupt indices: INTx, MSI, MSI-X, error, request.
inline constexpr std::uint32_t num_irqs = 5;

// Limits that both our ends keep, whatever the peer proposes.
inline constexpr std::uint32_t max_message_fds = 16;
inline constexpr std::uint32_t max_data_transfer = 1u << 20;

}  // namespace ringside::hal::vfio_user

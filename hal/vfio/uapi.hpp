// What VFIO and iommufd understand: Linux, include/uapi/linux/vfio.h and iommufd.h, as far as it is used
// here. Written down instead of included, because a distribution's headers are often older than its kernel.
// The structures about devices, regions and interrupts are also what vfio-user sends. Host byte order.
// `argsz` and `size`, where a structure begins with them, are the structure's own size.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::hal::vfio {

// The number of a system call ioctl(): both kinds are of type ';' and say nothing about size or direction.
constexpr unsigned long vfio_request(unsigned number) noexcept { return 0x3B00 + 100 + number; }
constexpr unsigned long iommufd_request(unsigned number) noexcept { return 0x3B00 + number; }

// ---- container: /dev/vfio/vfio, an address space that groups are put into ----

inline constexpr unsigned long get_api_version = vfio_request(0);  // answers api_version
inline constexpr unsigned long check_extension = vfio_request(1);  // argument: a kind of IOMMU
inline constexpr unsigned long set_iommu = vfio_request(2);        // argument: a kind of IOMMU
inline constexpr unsigned long iommu_get_info = vfio_request(12);
inline constexpr unsigned long iommu_map_dma = vfio_request(13);
inline constexpr unsigned long iommu_unmap_dma = vfio_request(14);

inline constexpr int api_version = 0;

// Kinds of IOMMU.
inline constexpr std::uintptr_t type1v2_iommu = 3;  // page tables; takes back exactly what was mapped
inline constexpr std::uintptr_t noiommu_iommu = 8;  // none: the device reaches all memory

struct IommuInfo {  // followed by capabilities
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint64_t page_sizes;  // bit n: pages of 2^n bytes
    std::uint32_t cap_offset;  // of the first capability, from the start of this structure; 0: none
    std::uint32_t padding;
};
static_assert(sizeof(IommuInfo) == 24 && offsetof(IommuInfo, cap_offset) == 16);
inline constexpr std::uint32_t iommu_info_caps = 1u << 1;

struct MapDma {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint64_t address;  // in this process
    std::uint64_t iova;
    std::uint64_t size;
};
static_assert(sizeof(MapDma) == 32);
inline constexpr std::uint32_t map_dma_read = 1u << 0;
inline constexpr std::uint32_t map_dma_write = 1u << 1;

struct UnmapDma {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint64_t iova;
    std::uint64_t size;  // in the answer: how much was unmapped
};
static_assert(sizeof(UnmapDma) == 24);

// ---- capabilities: what follows an answer, chained ----

struct CapabilityHeader {
    std::uint16_t id;
    std::uint16_t version;
    std::uint32_t next;  // offset from the start of the answer; 0: this is the last
};
static_assert(sizeof(CapabilityHeader) == 8);

// In IommuInfo.
inline constexpr std::uint16_t capability_iova_range = 1;
inline constexpr std::uint16_t capability_dma_avail = 3;

struct IovaRangeCapability {  // followed by `count` AddressRange
    CapabilityHeader header;
    std::uint32_t count;
    std::uint32_t reserved;
};
static_assert(sizeof(IovaRangeCapability) == 16);

struct AddressRange {  // the same in iommufd
    std::uint64_t first;
    std::uint64_t last;  // inclusive
};
static_assert(sizeof(AddressRange) == 16);

struct DmaAvailCapability {
    CapabilityHeader header;
    std::uint32_t available;  // mappings that may still be made
};
static_assert(sizeof(DmaAvailCapability) == 12);

// In RegionInfo.
inline constexpr std::uint16_t capability_sparse_mmap = 1;
inline constexpr std::uint16_t capability_msix_mappable = 3;

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

// ---- group: /dev/vfio/N, the functions that an IOMMU cannot tell apart ----

inline constexpr unsigned long group_get_status = vfio_request(3);
inline constexpr unsigned long group_set_container = vfio_request(4);  // argument: the address of an int
inline constexpr unsigned long group_get_device_fd = vfio_request(6);  // argument: a name; answers an fd

struct GroupStatus {
    std::uint32_t argsz;
    std::uint32_t flags;
};
static_assert(sizeof(GroupStatus) == 8);
inline constexpr std::uint32_t group_viable = 1u << 0;

// ---- device ----

inline constexpr unsigned long device_get_info = vfio_request(7);
inline constexpr unsigned long device_get_region_info = vfio_request(8);
inline constexpr unsigned long device_get_irq_info = vfio_request(9);
inline constexpr unsigned long device_set_irqs = vfio_request(10);
inline constexpr unsigned long device_reset = vfio_request(11);
inline constexpr unsigned long device_bind_iommufd = vfio_request(18);
inline constexpr unsigned long device_attach_iommufd_pt = vfio_request(19);

struct DeviceInfo {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t num_regions;
    std::uint32_t num_irqs;
};
static_assert(sizeof(DeviceInfo) == 16);
inline constexpr std::uint32_t device_info_reset = 1u << 0;
inline constexpr std::uint32_t device_info_pci = 1u << 1;

struct RegionInfo {  // followed by capabilities
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t index;
    std::uint32_t cap_offset;
    std::uint64_t size;
    std::uint64_t offset;  // in the fd: the device's, or the one that comes with a vfio-user reply
};
static_assert(sizeof(RegionInfo) == 32);
inline constexpr std::uint32_t region_info_read = 1u << 0;
inline constexpr std::uint32_t region_info_write = 1u << 1;
inline constexpr std::uint32_t region_info_mmap = 1u << 2;
inline constexpr std::uint32_t region_info_caps = 1u << 3;

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
inline constexpr std::uint32_t irq_info_noresize = 1u << 3;  // all vectors are turned on at once

struct SetIrqs {  // followed by `count` fds (data_eventfd; vfio-user: beside it) or bytes (data_bool)
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

// Region indices of a PCI device.
inline constexpr std::uint32_t region_bar0 = 0;
inline constexpr std::uint32_t region_rom = 6;
inline constexpr std::uint32_t region_config = 7;
inline constexpr std::uint32_t region_vga = 8;
inline constexpr std::uint32_t num_regions = 9;

// Interrupt indices of a PCI device.
inline constexpr std::uint32_t irq_intx = 0;
inline constexpr std::uint32_t irq_msi = 1;
inline constexpr std::uint32_t irq_msix = 2;
inline constexpr std::uint32_t irq_error = 3;    // PCI Express reported an uncorrectable error
inline constexpr std::uint32_t irq_request = 4;  // the kernel wants the function back
inline constexpr std::uint32_t num_irqs = 5;

struct BindIommufd {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::int32_t iommufd;
    std::uint32_t out_devid;
    std::uint64_t token;  // address of the 16 bytes of a VF token
};
static_assert(sizeof(BindIommufd) == 24);
inline constexpr std::uint32_t bind_iommufd_size_without_token = 16;
inline constexpr std::uint32_t bind_iommufd_token = 1u << 0;  // Linux 6.17 and later

struct AttachIommufdPt {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t pt_id;  // of the IOAS; in the answer that of the page table
};
static_assert(sizeof(AttachIommufdPt) == 12);

// ---- iommufd: /dev/iommu, which has address spaces (IOAS) ----

inline constexpr unsigned long ioas_alloc = iommufd_request(0x81);
inline constexpr unsigned long ioas_iova_ranges = iommufd_request(0x84);
inline constexpr unsigned long ioas_map = iommufd_request(0x85);
inline constexpr unsigned long ioas_unmap = iommufd_request(0x86);

struct IoasAlloc {
    std::uint32_t size;
    std::uint32_t flags;
    std::uint32_t out_ioas_id;
};
static_assert(sizeof(IoasAlloc) == 12);

struct IoasIovaRanges {
    std::uint32_t size;
    std::uint32_t ioas_id;
    std::uint32_t num_iovas;  // room for so many; in the answer (also of EMSGSIZE) how many there are
    std::uint32_t reserved;
    std::uint64_t allowed_iovas;  // address of an array of AddressRange
    std::uint64_t out_iova_alignment;
};
static_assert(sizeof(IoasIovaRanges) == 32);

struct IoasMap {
    std::uint32_t size;
    std::uint32_t flags;
    std::uint32_t ioas_id;
    std::uint32_t reserved;
    std::uint64_t address;  // in this process
    std::uint64_t length;
    std::uint64_t iova;
};
static_assert(sizeof(IoasMap) == 40);
inline constexpr std::uint32_t ioas_map_fixed_iova = 1u << 0;
inline constexpr std::uint32_t ioas_map_writeable = 1u << 1;
inline constexpr std::uint32_t ioas_map_readable = 1u << 2;

struct IoasUnmap {
    std::uint32_t size;
    std::uint32_t ioas_id;
    std::uint64_t iova;
    std::uint64_t length;  // in the answer: how much was unmapped
};
static_assert(sizeof(IoasUnmap) == 24);

}  // namespace ringside::hal::vfio

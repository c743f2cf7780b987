// Our numbers and layouts against the kernel's header, as far as this machine's knows them.
#include "hal/vfio/uapi.hpp"

#include <gtest/gtest.h>
#include <linux/vfio.h>

namespace ringside::hal::vfio {
namespace {

TEST(Uapi, has_the_numbers_of_the_kernels_header) {
    EXPECT_EQ(get_api_version, VFIO_GET_API_VERSION);
    EXPECT_EQ(check_extension, VFIO_CHECK_EXTENSION);
    EXPECT_EQ(set_iommu, VFIO_SET_IOMMU);
    EXPECT_EQ(iommu_get_info, VFIO_IOMMU_GET_INFO);
    EXPECT_EQ(iommu_map_dma, VFIO_IOMMU_MAP_DMA);
    EXPECT_EQ(iommu_unmap_dma, VFIO_IOMMU_UNMAP_DMA);
    EXPECT_EQ(group_get_status, VFIO_GROUP_GET_STATUS);
    EXPECT_EQ(group_set_container, VFIO_GROUP_SET_CONTAINER);
    EXPECT_EQ(group_get_device_fd, VFIO_GROUP_GET_DEVICE_FD);
    EXPECT_EQ(device_get_info, VFIO_DEVICE_GET_INFO);
    EXPECT_EQ(device_get_region_info, VFIO_DEVICE_GET_REGION_INFO);
    EXPECT_EQ(device_get_irq_info, VFIO_DEVICE_GET_IRQ_INFO);
    EXPECT_EQ(device_set_irqs, VFIO_DEVICE_SET_IRQS);
    EXPECT_EQ(device_reset, VFIO_DEVICE_RESET);
    EXPECT_EQ(type1v2_iommu, std::uintptr_t{VFIO_TYPE1v2_IOMMU});
    EXPECT_EQ(noiommu_iommu, std::uintptr_t{VFIO_NOIOMMU_IOMMU});
    EXPECT_EQ(capability_iova_range, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
    EXPECT_EQ(capability_dma_avail, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL);
    EXPECT_EQ(capability_sparse_mmap, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
    EXPECT_EQ(capability_msix_mappable, VFIO_REGION_INFO_CAP_MSIX_MAPPABLE);
    EXPECT_EQ(region_config, std::uint32_t{VFIO_PCI_CONFIG_REGION_INDEX});
    EXPECT_EQ(num_regions, std::uint32_t{VFIO_PCI_NUM_REGIONS});
    EXPECT_EQ(irq_error, std::uint32_t{VFIO_PCI_ERR_IRQ_INDEX});
    EXPECT_EQ(irq_request, std::uint32_t{VFIO_PCI_REQ_IRQ_INDEX});
    EXPECT_EQ(num_irqs, std::uint32_t{VFIO_PCI_NUM_IRQS});
#ifdef VFIO_DEVICE_BIND_IOMMUFD
    EXPECT_EQ(device_bind_iommufd, VFIO_DEVICE_BIND_IOMMUFD);
    EXPECT_EQ(device_attach_iommufd_pt, VFIO_DEVICE_ATTACH_IOMMUFD_PT);
#endif
}

TEST(Uapi, has_the_flags_of_the_kernels_header) {
    EXPECT_EQ(group_viable, std::uint32_t{VFIO_GROUP_FLAGS_VIABLE});
    EXPECT_EQ(device_info_reset, std::uint32_t{VFIO_DEVICE_FLAGS_RESET});
    EXPECT_EQ(device_info_pci, std::uint32_t{VFIO_DEVICE_FLAGS_PCI});
    EXPECT_EQ(iommu_info_caps, std::uint32_t{VFIO_IOMMU_INFO_CAPS});
    EXPECT_EQ(map_dma_read, std::uint32_t{VFIO_DMA_MAP_FLAG_READ});
    EXPECT_EQ(map_dma_write, std::uint32_t{VFIO_DMA_MAP_FLAG_WRITE});
    EXPECT_EQ(region_info_mmap, std::uint32_t{VFIO_REGION_INFO_FLAG_MMAP});
    EXPECT_EQ(region_info_caps, std::uint32_t{VFIO_REGION_INFO_FLAG_CAPS});
    EXPECT_EQ(irq_info_eventfd, std::uint32_t{VFIO_IRQ_INFO_EVENTFD});
    EXPECT_EQ(irq_info_noresize, std::uint32_t{VFIO_IRQ_INFO_NORESIZE});
    EXPECT_EQ(set_irqs_data_none, std::uint32_t{VFIO_IRQ_SET_DATA_NONE});
    EXPECT_EQ(set_irqs_data_eventfd, std::uint32_t{VFIO_IRQ_SET_DATA_EVENTFD});
    EXPECT_EQ(set_irqs_unmask, std::uint32_t{VFIO_IRQ_SET_ACTION_UNMASK});
    EXPECT_EQ(set_irqs_trigger, std::uint32_t{VFIO_IRQ_SET_ACTION_TRIGGER});
}

TEST(Uapi, has_the_layouts_of_the_kernels_header) {
    EXPECT_EQ(offsetof(IommuInfo, cap_offset), offsetof(vfio_iommu_type1_info, cap_offset));
    EXPECT_EQ(offsetof(MapDma, address), offsetof(vfio_iommu_type1_dma_map, vaddr));
    EXPECT_EQ(offsetof(MapDma, iova), offsetof(vfio_iommu_type1_dma_map, iova));
    EXPECT_EQ(sizeof(MapDma), sizeof(vfio_iommu_type1_dma_map));
    EXPECT_EQ(offsetof(UnmapDma, size), offsetof(vfio_iommu_type1_dma_unmap, size));
    EXPECT_EQ(sizeof(CapabilityHeader), sizeof(vfio_info_cap_header));
    EXPECT_EQ(sizeof(IovaRangeCapability), sizeof(vfio_iommu_type1_info_cap_iova_range));
    EXPECT_EQ(offsetof(DmaAvailCapability, available), offsetof(vfio_iommu_type1_info_dma_avail, avail));
    EXPECT_EQ(offsetof(RegionInfo, offset), offsetof(vfio_region_info, offset));
    EXPECT_EQ(sizeof(RegionInfo), sizeof(vfio_region_info));
    EXPECT_EQ(sizeof(SparseMmap), sizeof(vfio_region_info_cap_sparse_mmap));
    EXPECT_EQ(offsetof(IrqInfo, count), offsetof(vfio_irq_info, count));
    EXPECT_EQ(offsetof(SetIrqs, count), offsetof(vfio_irq_set, count));
    EXPECT_EQ(sizeof(SetIrqs), sizeof(vfio_irq_set));
}

}  // namespace
}  // namespace ringside::hal::vfio

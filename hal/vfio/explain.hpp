// What the kernel's answers mean, and the command that helps. All sentences about VFIO are here, so that they
// can be read, and tested, side by side.
#pragma once

#include "hal/device.hpp"
#include "hal/vfio/sysfs.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::hal::vfio::explain {

// Before anything is opened.
std::string no_such_function(const Function& f);
std::string no_group(const Function& f);
std::string not_bound(const Function& f);
std::string not_bound_without_iommu(const Function& f);
std::string no_iommu_for(const Function& f);         // it was bound without one, but that was not asked for
std::string has_iommu_after_all(const Function& f);  // vfio=noiommu, but there is an IOMMU
std::string no_cdev(const Function& f);
std::string other_way_in_use(const Function& f);  // a group-mate is open in this program, the other way

// Opening a node in /dev failed with `error`.
std::string container_node(const Function& f, int error);
std::string group_node(const Function& f, const std::string& path, int error);
std::string iommufd_node(const Function& f, int error);
std::string cdev_node(const Function& f, int error);

// The container.
std::string wrong_api(const Function& f, int version);
std::string no_type1(const Function& f);
std::string noiommu_off(const Function& f);
std::string not_viable(const Function& f, const std::vector<GroupMember>& members);
std::string cannot_attach_group(const Function& f, int error);
std::string cannot_get_device(const Function& f, int error);

// iommufd.
std::string cannot_bind(const Function& f, int error, const std::vector<GroupMember>& members);
std::string cannot_attach_device(const Function& f, int error);

// The device.
std::string disobedient(const std::string& who, std::uint32_t command);
std::string cannot_reset(const std::string& who, int error);

// Any other call that should not fail: "0000:03:00.0: asking about region 0 (VFIO_...): reason".
std::string unexpected(const std::string& who, const std::string& what, int error);

// Mapping memory.
struct Mapping {
    std::string who;
    Iova iova{};
    std::size_t size = 0;
    std::vector<IovaRange> ranges;       // where memory may lie
    std::size_t maps = 0;                // how many regions are mapped
    std::uint64_t bytes = 0;             // and how much they hold
    std::optional<std::uint64_t> limit;  // RLIMIT_MEMLOCK; nothing: none
};
std::string not_whole_pages(const Mapping& m);
std::string cannot_map(const Mapping& m, int error);

// Without an IOMMU.
std::string noiommu_warning(const Function& f);
// The page at `offset` of the memory lies at `physical`; 0: nobody says where.
std::string not_physical(const Mapping& m, std::uint64_t offset, std::uint64_t physical);
std::string not_contiguous(const Mapping& m, std::uint64_t offset);
std::string no_pagemap(const Mapping& m, int error);

// Interrupts.
std::string too_many_interrupts(const std::string& who, std::size_t asked, std::size_t has);
std::string cannot_set_interrupts(const std::string& who, std::size_t asked, int answer);

}  // namespace ringside::hal::vfio::explain

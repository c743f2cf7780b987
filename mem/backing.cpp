#include "mem/backing.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"

#include <string>

namespace ringside::mem {

namespace {

constexpr std::size_t bytes(PageSize page_size) { return static_cast<std::size_t>(page_size); }

std::size_t whole_pages(std::size_t size, PageSize page_size) {
    return (size + bytes(page_size) - 1) / bytes(page_size) * bytes(page_size);
}

}  // namespace

hal::SharedMemory BackingSource::from_system(std::size_t size, PageSize page_size, int numa_node) {
    return hal::SharedMemory(size, bytes(page_size), numa_node);
}

Backing BackingSource::take(std::size_t size, int numa_node) {
    if (insist_) return take_as(size, *insist_, numa_node);
    try {
        return take_as(size, PageSize::huge, numa_node);
    } catch (const hal::Error& error) {  // says how many pages are missing and how to get them
        if (!noticed_)
            hal::notice(
                std::string(error.what()) +
                "; using 4 KiB pages instead, which works but costs more IOTLB and TLB misses (DPDK has "
                "been measured 3.4 times slower per packet)");
        noticed_ = true;
    }
    return take_as(size, PageSize::small, numa_node);
}

Backing BackingSource::take_as(std::size_t size, PageSize page_size, int numa_node) {
    return {take_(whole_pages(size, page_size), page_size, numa_node), page_size};
}

}  // namespace ringside::mem

// Where the memory of a DmaDomain comes from: which pages, and what to say if they are not to be had.
#pragma once

#include "hal/shared_memory.hpp"
#include "mem/dma_domain.hpp"

#include <cstddef>
#include <functional>
#include <optional>

namespace ringside::mem {

// Memory that other processes and devices can be given, zeroed, and the pages it is made of.
struct Backing {
    hal::SharedMemory memory;
    PageSize page_size;
};

// Takes memory from the system. Remembers whether it has complained. One thread at a time.
class BackingSource {
public:
    // size in bytes (a multiple of the page size), page size, NUMA node or -1. Throws hal::Error if there is
    // none.
    using Take = std::function<hal::SharedMemory(std::size_t, PageSize, int)>;

    // Unset `insist`: 2 MiB pages, else 4 KiB pages and, once, a notice. Tests replace `take`.
    explicit BackingSource(std::optional<PageSize> insist, Take take = from_system) noexcept
        : insist_(insist), take_(std::move(take)) {}

    // At least `size` bytes, rounded up to whole pages. Throws Error, which says how to get the pages that
    // are missing.
    Backing take(std::size_t size, int numa_node);
    // The pages to be tried first.
    PageSize preferred() const noexcept { return insist_.value_or(PageSize::huge); }

private:
    Backing take_as(std::size_t size, PageSize page_size, int numa_node);
    static hal::SharedMemory from_system(std::size_t size, PageSize page_size, int numa_node);

    std::optional<PageSize> insist_;
    Take take_;
    bool noticed_ = false;
};

}  // namespace ringside::mem

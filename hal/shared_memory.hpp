// Memory that other processes and devices can be given: a file without a name (memfd), mapped here.
#pragma once

#include "hal/fd.hpp"
#include "hal/mapping.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::hal {

// Zeroed, shared, present from the start: a lack of pages is an Error from the constructor, never a SIGBUS
// later. Move-only; the memory lives until the last process that was given the fd lets go of it.
class SharedMemory {
public:
    SharedMemory() noexcept = default;
    // `size` bytes, rounded up to whole pages of `page_size` bytes: 4096, 2 MiB or 1 GiB; the latter two must
    // have been reserved with the kernel. `numa_node` is where the pages should come from, -1 for no
    // preference; a node that has none to give is only a notice where they are 4096 bytes.
    SharedMemory(std::size_t size, std::size_t page_size, int numa_node = -1);

    int fd() const noexcept { return fd_.get(); }
    // At least page aligned, as its page size demands.
    std::span<std::byte> bytes() const noexcept { return mapping_.bytes(); }
    std::size_t page_size() const noexcept { return page_size_; }

private:
    Fd fd_;
    Mapping mapping_;
    std::size_t page_size_ = 0;
};

}  // namespace ringside::hal

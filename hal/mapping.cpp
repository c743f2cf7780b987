#include "hal/mapping.hpp"

#include "hal/error.hpp"

#include <sys/mman.h>

namespace ringside::hal {

Mapping Mapping::shared(int fd, std::uint64_t offset, std::size_t size, const std::string& what,
                        int extra_flags, bool writable) {
    const int protection = PROT_READ | (writable ? PROT_WRITE : 0);
    void* address =
        ::mmap(nullptr, size, protection, MAP_SHARED | extra_flags, fd, static_cast<off_t>(offset));
    if (address == MAP_FAILED) throw_errno("mapping " + std::to_string(size) + " bytes of " + what);
    return {address, size};
}

Mapping::~Mapping() {
    if (address_ != nullptr) ::munmap(address_, size_);
}

}  // namespace ringside::hal

#include "sim/ixgbe/doorbells.hpp"

#include "hal/error.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace ringside::sim::ixgbe {
namespace {

hal::Fd make_memory() {
    hal::Fd fd(hal::check(::memfd_create("ringside-doorbells", MFD_CLOEXEC | MFD_ALLOW_SEALING),
                          "create memory for doorbell pages"));
    hal::check(::ftruncate(fd.get(), Doorbells::end), "size the memory for doorbell pages");
    // The client gets this file too: it must not be able to take the pages away from under us.
    hal::check(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
               "seal the memory for doorbell pages");
    return fd;
}

}  // namespace

Doorbells::Doorbells()
    : fd_(make_memory()),
      mapping_(hal::Mapping::shared(fd_.get(), 0, end, "doorbell pages")),
      words_(reinterpret_cast<std::uint32_t*>(mapping_.bytes().data())) {}

}  // namespace ringside::sim::ixgbe

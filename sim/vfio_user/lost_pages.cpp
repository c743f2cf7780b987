#include "sim/vfio_user/lost_pages.hpp"

#include "hal/error.hpp"

#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>

namespace ringside::sim {

namespace {

// A huge page can only be replaced whole.
constexpr std::array<std::size_t, 3> page_sizes{std::size_t{4} << 10, std::size_t{2} << 20,
                                                std::size_t{1} << 30};

// Only system calls in here: it runs in the middle of whatever touched the page, which then simply goes on.
void replace_page(int, siginfo_t* info, void*) {
    const int error = errno;
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    bool replaced = false;
    for (std::size_t i = 0; info->si_code == BUS_ADRERR && i < page_sizes.size() && !replaced; ++i) {
        void* const page = reinterpret_cast<void*>(address & ~(page_sizes[i] - 1));
        replaced = ::mmap(page, page_sizes[i], PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
    }
    if (!replaced) ::signal(SIGBUS, SIG_DFL);  // the access faults again, and that is the end
    errno = error;
}

}  // namespace

void survive_lost_pages() {
    struct sigaction action {};
    action.sa_sigaction = replace_page;
    action.sa_flags = SA_SIGINFO;
    hal::check(::sigaction(SIGBUS, &action, nullptr), "taking SIGBUS");
}

}  // namespace ringside::sim

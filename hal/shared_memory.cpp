#include "hal/shared_memory.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"

#include <fcntl.h>
#include <linux/memfd.h>
#include <numa.h>
#include <numaif.h>
#include <sys/mman.h>

#include <array>
#include <limits>
#include <string>

namespace ringside::hal {

namespace {

constexpr std::size_t small_page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t giant_page = std::size_t{1} << 30;

std::string name(std::size_t page_size) {
    if (page_size == small_page) return "4 KiB";
    return page_size == huge_page ? "2 MiB" : "1 GiB";
}

unsigned memfd_flags(std::size_t page_size) {
    switch (page_size) {
        case small_page: return MFD_CLOEXEC;
        case huge_page: return MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB;
        case giant_page: return MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_1GB;
        default:
            throw Error("memory has pages of 4096 bytes, 2 MiB or 1 GiB, not of " +
                        std::to_string(page_size) + " bytes");
    }
}

std::size_t round_up(std::size_t size, std::size_t page_size) {
    if (size == 0 || size > std::size_t{std::numeric_limits<std::int64_t>::max()} - page_size)
        throw Error("cannot make " + std::to_string(size) + " bytes of shared memory");
    return (size + page_size - 1) / page_size * page_size;
}

[[noreturn]] void fail(std::size_t size, std::size_t page_size, int error) {
    std::string text = "cannot get " + std::to_string(size / page_size) + " pages of " + name(page_size) +
                       ": " + std::strerror(error);
    if (page_size != small_page) {
        const std::string file = page_size == huge_page
                                     ? "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
                                     : "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages";
        text +=
            "; reserve that many more than there are (the file holds the total for all programs): echo "
            "$(($(cat " +
            file + ") + " + std::to_string(size / page_size) + ")) | sudo tee " + file;
    }
    throw Error(text);
}

// Says where pages should come from, before there are any. The policy sticks to the file.
void prefer_node(std::span<std::byte> bytes, int node) {
    constexpr int max_nodes = 1024;
    constexpr int bits = std::numeric_limits<unsigned long>::digits;
    const std::string where = "memory near NUMA node " + std::to_string(node);
    if (::numa_available() < 0 || node > ::numa_max_node() || node >= max_nodes) {
        notice(where + " was asked for, but there is no such node here; taking it from anywhere");
        return;
    }
    std::array<unsigned long, max_nodes / bits> mask{};
    mask[static_cast<std::size_t>(node / bits)] = 1ul << (node % bits);
    if (::mbind(bytes.data(), bytes.size(), MPOL_PREFERRED, mask.data(), max_nodes + 1, 0) != 0)
        notice(where + " was asked for, but the kernel refuses to bind it (" + std::strerror(errno) +
               "); taking it from anywhere");
}

// Every page exists afterwards, or none is used: touching a page that cannot be had would be a SIGBUS.
void populate(int fd, std::span<std::byte> bytes, std::size_t page_size) {
    int result;
    do {
        result = ::fallocate(fd, 0, 0, static_cast<off_t>(bytes.size()));
    } while (result != 0 && errno == EINTR);
    if (result != 0) fail(bytes.size(), page_size, errno);
#ifdef MADV_POPULATE_WRITE
    // Saves the page faults of the first touches. Linux before 5.14 does not know it; nothing is lost then.
    ::madvise(bytes.data(), bytes.size(), MADV_POPULATE_WRITE);
#endif
}

}  // namespace

SharedMemory::SharedMemory(std::size_t size, std::size_t page_size, int numa_node) : page_size_(page_size) {
    const unsigned flags = memfd_flags(page_size);
    size = round_up(size, page_size);
    fd_ = Fd(::memfd_create("ringside", flags));
    if (!fd_ || ::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) fail(size, page_size, errno);
    try {
        mapping_ = Mapping::shared(fd_.get(), 0, size, name(page_size) + " pages");
    } catch (const Error&) {
        fail(size, page_size, errno);  // mmap() reserves huge pages: this is where their lack shows
    }
    if (numa_node >= 0) prefer_node(mapping_.bytes(), numa_node);
    populate(fd_.get(), mapping_.bytes(), page_size);
}

}  // namespace ringside::hal

#include "hal/vfio/kernel.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace ringside::hal::vfio {

namespace {

// The result of a system call, -errno instead of -1; once more where a signal came in between.
template <class Call> auto result_of(Call call) -> decltype(call()) {
    for (;;) {
        const auto result = call();
        if (result >= 0) return result;
        if (errno != EINTR) return -errno;
    }
}

}  // namespace

int SystemKernel::open_read_write(const std::string& path) {
    return result_of([&] { return ::open(path.c_str(), O_RDWR | O_CLOEXEC); });
}

int SystemKernel::open_read_only(const std::string& path) {
    return result_of([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
}

void SystemKernel::close(int fd) noexcept { ::close(fd); }

int SystemKernel::ioctl(int fd, unsigned long request, std::uintptr_t argument) {
    return result_of([&] { return ::ioctl(fd, request, argument); });
}

std::int64_t SystemKernel::pread(int fd, std::span<std::byte> into, std::uint64_t offset) {
    return result_of([&] { return ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset)); });
}

std::int64_t SystemKernel::pwrite(int fd, std::span<const std::byte> from, std::uint64_t offset) {
    return result_of([&] { return ::pwrite(fd, from.data(), from.size(), static_cast<off_t>(offset)); });
}

int SystemKernel::mmap(int fd, std::uint64_t offset, std::size_t size, std::byte*& address) {
    void* const mapped =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (mapped == MAP_FAILED) return -errno;
    address = static_cast<std::byte*>(mapped);
    return 0;
}

void SystemKernel::munmap(std::byte* address, std::size_t size) noexcept { ::munmap(address, size); }

int SystemKernel::eventfd() {
    return result_of([] { return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); });
}

bool SystemKernel::take_event(int fd) {
    std::uint64_t count = 0;
    return result_of([&] { return ::read(fd, &count, sizeof count); }) == static_cast<ssize_t>(sizeof count);
}

std::optional<std::string> SystemKernel::read_link(const std::string& path) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(path, error);
    if (error) return std::nullopt;
    return target.string();
}

std::optional<std::string> SystemKernel::read_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

std::vector<std::string> SystemKernel::list(const std::string& path) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error))
        names.push_back(entry->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

bool SystemKernel::exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool SystemKernel::usable(const std::string& path) { return ::access(path.c_str(), R_OK | W_OK) == 0; }

std::optional<std::uint64_t> SystemKernel::memlock_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
    return limit.rlim_cur;
}

void SystemKernel::sleep(Clock::Duration duration) { SystemClock::instance().sleep(duration); }

SystemKernel& SystemKernel::instance() {
    static SystemKernel kernel;
    return kernel;
}

}  // namespace ringside::hal::vfio

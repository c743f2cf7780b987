// Everything that the VFIO backend asks of Linux, behind one interface, so that tests can answer instead.
#pragma once

#include "hal/clock.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::hal::vfio {

// The calls return what the system call returns, or -errno. Any thread.
class Kernel {
public:
    virtual ~Kernel() = default;

    virtual int open_read_write(const std::string& path) = 0;
    virtual int open_read_only(const std::string& path) = 0;
    virtual void close(int fd) noexcept = 0;
    // `argument` is a number or the address of a structure, as the request wants it.
    virtual int ioctl(int fd, unsigned long request, std::uintptr_t argument) = 0;
    // The number of bytes, or -errno.
    virtual std::int64_t pread(int fd, std::span<std::byte> into, std::uint64_t offset) = 0;
    virtual std::int64_t pwrite(int fd, std::span<const std::byte> from, std::uint64_t offset) = 0;
    // Maps device registers: shared, readable and writable. 0 or -errno.
    virtual int mmap(int fd, std::uint64_t offset, std::size_t size, std::byte*& address) = 0;
    virtual void munmap(std::byte* address, std::size_t size) noexcept = 0;
    // An eventfd that never blocks.
    virtual int eventfd() = 0;
    // True if the eventfd was signalled since the last look.
    virtual bool take_event(int fd) = 0;

    // Where a symbolic link leads, as it is written; nothing if there is no such link.
    virtual std::optional<std::string> read_link(const std::string& path) = 0;
    // A small file without its last newline; nothing if it cannot be read.
    virtual std::optional<std::string> read_file(const std::string& path) = 0;
    // The names in a directory, sorted; none if there is no such directory.
    virtual std::vector<std::string> list(const std::string& path) = 0;
    virtual bool exists(const std::string& path) = 0;
    // True if this process may open the path for reading and writing.
    virtual bool usable(const std::string& path) = 0;
    // How many bytes this process may lock; nothing if there is no limit.
    virtual std::optional<std::uint64_t> memlock_limit() = 0;
    virtual void sleep(Clock::Duration duration) = 0;

    template <class T> int call(int fd, unsigned long request, T& structure) {
        return ioctl(fd, request, reinterpret_cast<std::uintptr_t>(&structure));
    }
};

// The kernel this process runs on. Stateless.
class SystemKernel final : public Kernel {
public:
    int open_read_write(const std::string& path) override;
    int open_read_only(const std::string& path) override;
    void close(int fd) noexcept override;
    int ioctl(int fd, unsigned long request, std::uintptr_t argument) override;
    std::int64_t pread(int fd, std::span<std::byte> into, std::uint64_t offset) override;
    std::int64_t pwrite(int fd, std::span<const std::byte> from, std::uint64_t offset) override;
    int mmap(int fd, std::uint64_t offset, std::size_t size, std::byte*& address) override;
    void munmap(std::byte* address, std::size_t size) noexcept override;
    int eventfd() override;
    bool take_event(int fd) override;
    std::optional<std::string> read_link(const std::string& path) override;
    std::optional<std::string> read_file(const std::string& path) override;
    std::vector<std::string> list(const std::string& path) override;
    bool exists(const std::string& path) override;
    bool usable(const std::string& path) override;
    std::optional<std::uint64_t> memlock_limit() override;
    void sleep(Clock::Duration duration) override;

    static SystemKernel& instance();
};

// Calls again, for at most a second, while the answer is -EAGAIN: opening and resetting a function give up at
// once when somebody else holds its lock, such as udev shortly after it was bound.
template <class Call> int patiently(Kernel& kernel, Call call) {
    int result = call();
    for (int tries = 1; result == -EAGAIN && tries < 100; ++tries) {
        kernel.sleep(std::chrono::milliseconds(10));
        result = call();
    }
    return result;
}

// Owns a file descriptor of a Kernel: closed exactly once, moved, never copied. hal::Fd, but for fakes too.
class Handle {
public:
    Handle() noexcept = default;
    Handle(Kernel& kernel, int owned) noexcept : kernel_(&kernel), fd_(owned) {}
    Handle(Handle&& other) noexcept : kernel_(other.kernel_), fd_(std::exchange(other.fd_, -1)) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(kernel_, other.kernel_);
        std::swap(fd_, other.fd_);
        return *this;
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (fd_ >= 0) kernel_->close(fd_);
    }
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    Kernel* kernel_ = nullptr;
    int fd_ = -1;
};

// Owns mapped device registers: unmapped exactly once, moved, never copied.
class MappedRegisters {
public:
    MappedRegisters(Kernel& kernel, std::byte* address, std::size_t size) noexcept
        : kernel_(&kernel), address_(address), size_(size) {}
    MappedRegisters(MappedRegisters&& other) noexcept
        : kernel_(other.kernel_), address_(std::exchange(other.address_, nullptr)), size_(other.size_) {}
    MappedRegisters(const MappedRegisters&) = delete;
    MappedRegisters& operator=(const MappedRegisters&) = delete;
    ~MappedRegisters() {
        if (address_ != nullptr) kernel_->munmap(address_, size_);
    }
    std::byte* data() const noexcept { return address_; }
    std::size_t size() const noexcept { return size_; }

private:
    Kernel* kernel_;
    std::byte* address_;
    std::size_t size_;
};

}  // namespace ringside::hal::vfio

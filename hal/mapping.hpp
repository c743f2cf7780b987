// Owns a memory mapping: unmapped exactly once, moved, never copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace ringside::hal {

class Mapping {
public:
    Mapping() noexcept = default;
    // Maps `size` bytes of `fd` from `offset`, shared, readable and (unless `writable` is false) writable.
    // `what` names the thing in the error sentence. `extra_flags` are mmap flags such as MAP_POPULATE.
    static Mapping shared(int fd, std::uint64_t offset, std::size_t size, const std::string& what,
                          int extra_flags = 0, bool writable = true);

    Mapping(Mapping&& other) noexcept
        : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    Mapping& operator=(Mapping&& other) noexcept {
        Mapping old(std::move(*this));
        std::swap(address_, other.address_);
        std::swap(size_, other.size_);
        return *this;
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping();

    std::span<std::byte> bytes() const noexcept { return {static_cast<std::byte*>(address_), size_}; }
    explicit operator bool() const noexcept { return address_ != nullptr; }

private:
    Mapping(void* address, std::size_t size) noexcept : address_(address), size_(size) {}
    void* address_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace ringside::hal

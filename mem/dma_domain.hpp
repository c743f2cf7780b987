// The memory that a program's devices share, and the addresses at which they see it.
#pragma once

#include "hal/device.hpp"
#include "hal/iova.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace ringside::mem {

enum class PageSize : std::uint64_t { small = 4096, huge = 2u << 20, giant = 1u << 30 };

struct DomainOptions {
    // The page size to insist on. Unset: 2 MiB pages, and if there are none 4 KiB pages with a notice that
    // says what that costs and how to get huge pages.
    std::optional<PageSize> page_size;
    // NUMA node to take memory from; -1: that of the first attached device that has one.
    int numa_node = -1;
};

class DmaDomain;

// Memory the devices of a domain may read and write, for exactly as long as this object lives. Move-only.
// The devices must have stopped using it before it is destroyed, and it must be destroyed before its domain.
class DmaBuffer {
public:
    DmaBuffer() noexcept = default;
    DmaBuffer(DmaBuffer&&) noexcept;
    DmaBuffer& operator=(DmaBuffer&&) noexcept;
    ~DmaBuffer();

    std::span<std::byte> bytes() const noexcept { return bytes_; }
    // Of the first byte; the rest follows without a gap, on every device of the domain alike.
    hal::Iova iova() const noexcept { return iova_; }
    explicit operator bool() const noexcept { return domain_ != nullptr; }

private:
    friend class DmaDomain;
    DmaBuffer(DmaDomain& domain, std::span<std::byte> bytes, hal::Iova iova) noexcept
        : domain_(&domain), bytes_(bytes), iova_(iova) {}
    DmaDomain* domain_ = nullptr;
    std::span<std::byte> bytes_;
    hal::Iova iova_{};
};

// Every chunk of memory is mapped for every attached device at the same IOVA, so that a buffer which one NIC
// received another can send. Chunks are whole pages; buffers are cut from them, so that all rings of all NICs
// share a page or two (IOTLB reach). IOVAs are compact and low: not every IOMMU translates 64 bits; address 0
// is never used, so that a descriptor of zeroes faults. A chunk is 2 MiB, or as large as the first buffer cut
// from it; it goes when its last buffer goes, except that the first one stays. Control path; threads that
// start a NIC each may use it at the same time.
class DmaDomain {
public:
    explicit DmaDomain(DomainOptions options = {});
    ~DmaDomain();
    DmaDomain(const DmaDomain&) = delete;
    DmaDomain& operator=(const DmaDomain&) = delete;

    // Lets the devices of `space` reach all memory of this domain, present and future. The same space may be
    // attached again. `numa_node`: where its device is, or -1. Throws Error, and leaves everything as it was,
    // if memory already handed out lies where this space has no addresses (it may have fewer of them each
    // time it is attached, with one more device in it), or if the space refuses it.
    void attach(std::shared_ptr<hal::DmaSpace> space, int numa_node = -1);

    // Takes back one attach(): with the last one of a space, its devices reach the domain's memory no more.
    void detach(const std::shared_ptr<hal::DmaSpace>& space) noexcept;

    // The address spaces attached so far; valid until one is attached or detached.
    std::span<const std::shared_ptr<hal::DmaSpace>> spaces() const noexcept;

    // Zeroed memory, aligned to `alignment` bytes (a power of two, up to 4096) in this process and on the
    // bus. It shares no cache line with another buffer. Throws Error, and leaves everything as it was, if the
    // system has no such memory, the devices have no common addresses left, or a space refuses it.
    DmaBuffer allocate(std::size_t size, std::size_t alignment = 128);

    // Size of the pages that back the memory allocated so far (or to be allocated first).
    PageSize page_size() const noexcept;

private:
    friend class DmaBuffer;
    void release(std::span<std::byte> bytes) noexcept;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The devices of `space` reach the memory of `domain` as long as this lives. The domain must outlive it.
class DomainAttachment {
public:
    DomainAttachment(DmaDomain& domain, std::shared_ptr<hal::DmaSpace> space, int numa_node)
        : domain_(domain), space_(std::move(space)) {
        domain_.attach(space_, numa_node);
    }
    ~DomainAttachment() { domain_.detach(space_); }
    DomainAttachment(const DomainAttachment&) = delete;
    DomainAttachment& operator=(const DomainAttachment&) = delete;

private:
    DmaDomain& domain_;
    std::shared_ptr<hal::DmaSpace> space_;
};

}  // namespace ringside::mem

// The memory that a vfio-user client has granted to the device: its DMA_MAPs, as the device's sim::Dma.
//
// Each file (a memfd, say) is mapped whole, once, however many grants name parts of it: a client behind a
// virtual IOMMU makes thousands of 4 KiB grants, more than a process may have mappings. What the device may
// touch is decided by the grants alone; they may be adjacent, and an access may run over several.
//
// One thread. Errors of the control calls are errno values, as the protocol carries them; 0 is success.
#pragma once

#include "hal/fd.hpp"
#include "hal/mapping.hpp"
#include "sim/ports.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace ringside::sim {

// What a client grants: `size` bytes at `iova`, which are those of its file from `offset` on.
struct DmaGrant {
    std::uint64_t iova = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    bool readable = false;  // by the device
    bool writable = false;
};

class DmaMap final : public Dma {
public:
    // Prints one line about the client's or the driver's mistakes.
    using Say = std::function<void(const std::string&)>;
    static constexpr std::size_t default_limit = 65535;  // as VFIO's dma_entry_limit
    static constexpr std::size_t file_limit = 4096;      // different files at a time
    static constexpr std::uint64_t refusals_in_detail = 8;

    explicit DmaMap(Say say, std::size_t limit = default_limit) : say_(std::move(say)), limit_(limit) {}
    // The look-up cache points into the object itself.
    DmaMap(const DmaMap&) = delete;
    DmaMap& operator=(const DmaMap&) = delete;

    // Grants memory. Without an fd the grant is noted, and every access to it refused: this server does no
    // DMA by message. EEXIST: overlaps an older grant. EINVAL: empty, beyond 2^64, beyond the end of the
    // file, or not a regular file. EACCES: writable by the device, but not by us. ENOSPC: too many. ENOMEM:
    // cannot be mapped.
    //
    // A file that can be sealed against shrinking is sealed: touching a page that its owner has cut off would
    // kill this process (SIGBUS). For a file that cannot be sealed, see survive_lost_pages().
    int map(const DmaGrant& grant, hal::Fd file);

    // Takes back all of [iova, iova + size), whatever grants lie in it, cutting those that reach beyond: that
    // nothing was granted there is a success. The range may end exactly at 2^64. EINVAL: empty or beyond
    // 2^64. ENOSPC: cutting a hole in a grant would make too many.
    int unmap(std::uint64_t iova, std::uint64_t size);
    void unmap_all();
    // The client has gone: takes back everything.
    void clear();

    bool read(hal::Iova from, std::span<std::byte> to) override;
    bool write(hal::Iova to, std::span<const std::byte> from) override;
    std::byte* window(hal::Iova address, std::size_t size, DmaAccess access) override {
        for (const Mapped* mapped : recent_)
            if (mapped->holds(value(address), size)) [[likely]]
                return mapped->at(value(address), access);
        return find_window(value(address), size, access);
    }

    std::size_t maps() const { return maps_.size(); }
    std::size_t files() const { return files_.size(); }
    // Accesses refused since the beginning, over all clients.
    std::uint64_t refused() const { return refused_; }

private:
    using FileId = std::pair<std::uint64_t, std::uint64_t>;  // st_dev, st_ino
    struct File {
        FileId id;
        hal::Mapping mapping;
        bool writable;
    };
    struct Mapped {
        std::uint64_t first = 0;
        std::uint64_t size = 0;
        std::array<std::byte*, 2> bytes{};  // by DmaAccess; nullptr: not allowed, or no file behind it
        std::shared_ptr<const File> file;

        bool holds(std::uint64_t address, std::uint64_t count) const noexcept {
            const std::uint64_t offset = address - first;  // huge if the address is below
            return offset < size && count <= size - offset;
        }
        std::byte* at(std::uint64_t address, DmaAccess access) const noexcept {
            std::byte* const begin = bytes[static_cast<std::size_t>(access)];
            return begin == nullptr ? nullptr : begin + (address - first);
        }
        std::uint64_t last() const noexcept { return first + (size - 1); }
    };
    using Maps = std::map<std::uint64_t, Mapped>;  // by first address

    bool overlaps(std::uint64_t first, std::uint64_t last) const;
    int open_file(const DmaGrant& grant, int fd, std::shared_ptr<const File>& file);
    int map_file(const FileId& id, std::uint64_t size, bool writable, int fd,
                 std::shared_ptr<const File>& file);
    void forget(Maps::iterator mapped);
    void insert_tail(const Mapped& whole, std::uint64_t first);
    const Mapped* find(std::uint64_t address) const;
    std::byte* find_window(std::uint64_t address, std::size_t size, DmaAccess access);
    bool allowed(std::uint64_t address, std::uint64_t size, DmaAccess access);
    void refuse(std::uint64_t address, std::uint64_t size, DmaAccess access, std::uint64_t where,
                const char* why);

    Say say_;
    std::size_t limit_;
    Maps maps_;
    std::map<FileId, std::shared_ptr<const File>> files_;
    const Mapped nothing_;  // holds no address
    // The last few grants that were found by search: descriptor rings and buffers alternate.
    std::array<const Mapped*, 4> recent_{&nothing_, &nothing_, &nothing_, &nothing_};
    std::size_t next_recent_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t refused_from_client_ = 0;
};

}  // namespace ringside::sim

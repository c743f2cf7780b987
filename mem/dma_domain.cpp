#include "mem/dma_domain.hpp"

#include "hal/error.hpp"
#include "mem/backing.hpp"
#include "mem/iova_allocator.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <functional>
#include <limits>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ringside::mem {

using hal::Iova;
using hal::IovaRange;

namespace {

// What small buffers, such as the rings of all queues, are cut from.
constexpr std::size_t chunk_size = 2u << 20;
// Two buffers never share a cache line: one may be written by a device while the other is written by us.
constexpr std::size_t grain = 64;
constexpr std::size_t max_alignment = 4096;
// A descriptor of zeroes must not name memory, so nothing is ever mapped at its address.
constexpr Iova lowest_iova{chunk_size};
constexpr IovaRange all_iovas{Iova{0}, Iova{std::numeric_limits<std::uint64_t>::max()}};

// A region is mapped in a space exactly as long as this lives.
class MappedRegion {
public:
    MappedRegion(std::shared_ptr<hal::DmaSpace> space, const hal::DmaRegion& region)
        : space_(std::move(space)), iova_(region.iova), size_(region.size) {
        space_->map(region);
    }
    MappedRegion(MappedRegion&&) noexcept = default;
    MappedRegion& operator=(MappedRegion&& other) noexcept {
        std::swap(space_, other.space_);
        std::swap(iova_, other.iova_);
        std::swap(size_, other.size_);
        return *this;
    }
    bool is_in(const std::shared_ptr<hal::DmaSpace>& space) const noexcept { return space_ == space; }
    ~MappedRegion() {
        if (space_ != nullptr) space_->unmap(iova_, size_);
    }

private:
    std::shared_ptr<hal::DmaSpace> space_;
    Iova iova_;
    std::size_t size_;
};

// Memory that appears at one IOVA in every space of the domain, and the buffers cut from it.
class Chunk {
public:
    Chunk(Backing backing, Iova iova)
        : backing_(std::move(backing)), iova_(iova), buffers_({iova, iova + (size() - 1)}) {}

    Iova iova() const noexcept { return iova_; }
    std::size_t size() const noexcept { return backing_.memory.bytes().size(); }
    PageSize page_size() const noexcept { return backing_.page_size; }
    bool unused() const noexcept { return buffers_.empty(); }

    bool contains(const std::byte* address) const noexcept {
        const std::span<std::byte> memory = backing_.memory.bytes();
        return std::greater_equal<>()(address, memory.data()) &&
               std::less<>()(address, memory.data() + memory.size());
    }
    hal::DmaRegion region() const noexcept {
        return {backing_.memory.bytes().data(), size(), backing_.memory.fd(), 0, iova_};
    }

    // Keeps the region mapped as long as the chunk lives. Does not throw if room was reserved.
    void add(MappedRegion mapped) { mapped_.push_back(std::move(mapped)); }
    void reserve(std::size_t spaces) { mapped_.reserve(spaces); }
    void remove(const std::shared_ptr<hal::DmaSpace>& space) noexcept {
        std::erase_if(mapped_, [&](const MappedRegion& m) { return m.is_in(space); });
    }

    // Aligned alike in this process and on the bus, since the chunk starts at a page boundary in both.
    std::optional<Iova> cut(std::size_t size, std::size_t alignment) {
        return buffers_.allocate(size, alignment);
    }
    void put_back(Iova iova, std::size_t size) noexcept { buffers_.release(iova, size); }

    std::byte* address_of(Iova iova) const noexcept {
        return backing_.memory.bytes().data() + (iova - iova_);
    }
    Iova iova_of(const std::byte* address) const noexcept {
        return iova_ + static_cast<std::uint64_t>(address - backing_.memory.bytes().data());
    }

private:
    Backing backing_;  // destroyed last: taken from the devices first, from the process second
    Iova iova_;
    IovaAllocator buffers_;
    std::vector<MappedRegion> mapped_;  // one per space
};

std::size_t occupied(std::size_t size) { return (size + grain - 1) / grain * grain; }

}  // namespace

struct DmaDomain::Impl {
    explicit Impl(const DomainOptions& options) : source(options.page_size), numa_node(options.numa_node) {}

    Chunk& add_chunk(std::size_t size);
    void require_maps(const hal::DmaSpace& space, std::size_t count) const;

    std::mutex mutex;  // over all below
    BackingSource source;
    int numa_node;
    IovaAllocator iovas{all_iovas, lowest_iova};
    std::vector<std::shared_ptr<hal::DmaSpace>> spaces;
    std::vector<unsigned> attached;  // how often each of them
    std::list<Chunk> chunks;         // destroyed before the spaces, from which it unmaps
};

void DmaDomain::Impl::require_maps(const hal::DmaSpace& space, std::size_t count) const {
    if (count > space.max_maps())
        throw hal::Error("map " + std::to_string(count) +
                         " pieces of memory for a device: its IOMMU takes only " +
                         std::to_string(space.max_maps()) + "; use fewer and larger pools");
}

Chunk& DmaDomain::Impl::add_chunk(std::size_t size) {
    for (const auto& space : spaces) require_maps(*space, chunks.size() + 1);

    Backing backing = source.take(size, numa_node);
    const std::size_t taken = backing.memory.bytes().size();
    IovaAllocator next_iovas = iovas;
    const hal::DmaRegion region{backing.memory.bytes().data(), taken, backing.memory.fd(), 0, Iova{0}};
    std::optional<Iova> iova;
    for (const auto& space : spaces)
        if (const auto fixed = space->fixed_iova(region)) iova = fixed;
    if (!iova)
        iova = next_iovas.allocate(taken, static_cast<std::uint64_t>(backing.page_size));
    else if (!next_iovas.claim(*iova, taken))
        iova.reset();
    if (!iova)
        throw hal::Error(
            "find " + std::to_string(taken) +
            " bytes of address space that every device of the domain can use: too little is left");

    std::list<Chunk> added;
    Chunk& chunk = added.emplace_back(std::move(backing), *iova);
    chunk.reserve(spaces.size());
    for (const auto& space : spaces) chunk.add(MappedRegion(space, chunk.region()));

    // Nothing below can fail.
    iovas = std::move(next_iovas);
    chunks.splice(chunks.end(), added);
    return chunk;
}

DmaDomain::DmaDomain(DomainOptions options) : impl_(std::make_unique<Impl>(options)) {}

DmaDomain::~DmaDomain() {
    assert(
        std::all_of(impl_->chunks.begin(), impl_->chunks.end(), [](const Chunk& c) { return c.unused(); }) &&
        "a DmaBuffer outlives its DmaDomain");
}

void DmaDomain::attach(std::shared_ptr<hal::DmaSpace> space, int numa_node) {
    assert(space != nullptr);
    Impl& d = *impl_;
    const std::lock_guard lock(d.mutex);
    if (const auto known = std::find(d.spaces.begin(), d.spaces.end(), space); known != d.spaces.end()) {
        IovaAllocator next = d.iovas;
        next.restrict(space->ranges());
        d.iovas = std::move(next);
        ++d.attached[static_cast<std::size_t>(known - d.spaces.begin())];
        return;
    }

    d.require_maps(*space, d.chunks.size());
    IovaAllocator next_iovas = d.iovas;
    next_iovas.restrict(space->ranges());
    d.spaces.reserve(d.spaces.size() + 1);
    d.attached.reserve(d.spaces.size() + 1);
    for (Chunk& chunk : d.chunks) chunk.reserve(d.spaces.size() + 1);
    std::vector<MappedRegion> mapped;
    mapped.reserve(d.chunks.size());
    for (const Chunk& chunk : d.chunks) mapped.emplace_back(space, chunk.region());

    // Nothing below can fail.
    auto next = mapped.begin();
    for (Chunk& chunk : d.chunks) chunk.add(std::move(*next++));
    d.iovas = std::move(next_iovas);
    d.spaces.push_back(std::move(space));
    d.attached.push_back(1);
    if (d.numa_node < 0) d.numa_node = numa_node;
}

void DmaDomain::detach(const std::shared_ptr<hal::DmaSpace>& space) noexcept {
    Impl& d = *impl_;
    const std::lock_guard lock(d.mutex);
    const auto known = std::find(d.spaces.begin(), d.spaces.end(), space);
    assert(known != d.spaces.end() && "this space is not attached");
    if (known == d.spaces.end()) return;
    const auto users = d.attached.begin() + (known - d.spaces.begin());
    if (--*users > 0) return;
    for (Chunk& chunk : d.chunks) chunk.remove(space);
    d.attached.erase(users);
    d.spaces.erase(known);
}

std::span<const std::shared_ptr<hal::DmaSpace>> DmaDomain::spaces() const noexcept { return impl_->spaces; }

DmaBuffer DmaDomain::allocate(std::size_t size, std::size_t alignment) {
    if (size == 0 || size > std::size_t{1} << 46)
        throw hal::Error("allocate a DMA buffer of " + std::to_string(size) +
                         " bytes: that is no sensible size");
    if (!std::has_single_bit(alignment) || alignment > max_alignment)
        throw hal::Error("allocate a DMA buffer aligned to " + std::to_string(alignment) +
                         " bytes: choose a power of two up to " + std::to_string(max_alignment));

    const std::lock_guard lock(impl_->mutex);
    Chunk* chunk = nullptr;
    std::optional<Iova> iova;
    for (Chunk& c : impl_->chunks) {
        chunk = &c;
        if ((iova = c.cut(occupied(size), alignment))) break;
    }
    if (!iova) {
        chunk = &impl_->add_chunk(std::max(occupied(size), chunk_size));
        iova = chunk->cut(occupied(size), alignment);
        assert(iova && "a new chunk has room for the buffer it was made for");
    }
    const std::span<std::byte> bytes{chunk->address_of(*iova), size};
    std::memset(bytes.data(), 0, bytes.size());
    return DmaBuffer(*this, bytes, *iova);
}

PageSize DmaDomain::page_size() const noexcept {
    const std::lock_guard lock(impl_->mutex);
    PageSize smallest = impl_->chunks.empty() ? impl_->source.preferred() : impl_->chunks.front().page_size();
    for (const Chunk& chunk : impl_->chunks) smallest = std::min(smallest, chunk.page_size());
    return smallest;
}

void DmaDomain::release(std::span<std::byte> bytes) noexcept {
    const std::lock_guard lock(impl_->mutex);
    auto& chunks = impl_->chunks;
    const auto chunk =
        std::find_if(chunks.begin(), chunks.end(), [&](const Chunk& c) { return c.contains(bytes.data()); });
    assert(chunk != chunks.end() && "this buffer is not from this domain");
    if (chunk == chunks.end()) return;
    chunk->put_back(chunk->iova_of(bytes.data()), occupied(bytes.size()));
    // The first chunk stays: rings come and go with every restart of a queue.
    if (!chunk->unused() || chunk == chunks.begin()) return;
    impl_->iovas.release(chunk->iova(), chunk->size());
    chunks.erase(chunk);
}

DmaBuffer::DmaBuffer(DmaBuffer&& other) noexcept
    : domain_(std::exchange(other.domain_, nullptr)),
      bytes_(std::exchange(other.bytes_, {})),
      iova_(std::exchange(other.iova_, {})) {}

DmaBuffer& DmaBuffer::operator=(DmaBuffer&& other) noexcept {
    DmaBuffer old(std::move(*this));
    std::swap(domain_, other.domain_);
    std::swap(bytes_, other.bytes_);
    std::swap(iova_, other.iova_);
    return *this;
}

DmaBuffer::~DmaBuffer() {
    if (domain_ != nullptr) domain_->release(bytes_);
}

}  // namespace ringside::mem

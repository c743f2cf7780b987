#include "mem/packet_pool.hpp"

#include "hal/barrier.hpp"
#include "hal/error.hpp"
#include "hal/notice.hpp"

#include <algorithm>
#include <string>

namespace ringside::mem {

namespace {

constexpr std::uint32_t cache_line = 64;

PoolOptions checked(const PoolOptions& o) {
    if (o.buffers == 0 || o.buffers > (1u << 26))
        throw hal::Error("a packet pool of " + std::to_string(o.buffers) +
                         " buffers is not possible: choose between 1 and 67108864");
    if (o.room == 0 || o.room % 1024 != 0 || o.room > 16384)
        throw hal::Error(
            "a packet buffer of " + std::to_string(o.room) +
            " bytes is not possible: NICs count buffers in KiB, choose a multiple of 1024 up to 16384");
    if (o.headroom % cache_line != 0 || o.headroom > 4096)
        throw hal::Error("a headroom of " + std::to_string(o.headroom) +
                         " bytes is not possible: choose a multiple of 64 up to 4096");
    return o;
}

std::uint32_t odd_lines(std::uint32_t bytes) {
    const std::uint32_t lines = (bytes + cache_line - 1) / cache_line;
    return (lines | 1) * cache_line;
}

// Physical memory is in one piece at least within a page of this size, if there are large pages at all, and
// one entry of an IOTLB covers it. A buffer that goes on in the next one costs two; and QEMU's e1000e and igb
// do not send it, because they map a part of a frame with one call, which ends there.
constexpr std::uint64_t huge_page = 2u << 20;

// How many places it takes for `buffers` that do not cross such a boundary: each costs one place at most.
std::uint32_t places_for(std::uint32_t buffers, std::uint32_t stride) {
    std::uint64_t places = buffers;
    for (std::uint64_t before = 0; before != places;) {
        before = places;
        places = buffers + places * stride / huge_page + 1;
    }
    return static_cast<std::uint32_t>(places);
}

}  // namespace

std::uint32_t buffers_needed(std::uint32_t descriptors, std::uint32_t threads) noexcept {
    return descriptors + threads * PacketCache::capacity;
}

PacketPool::PacketPool(DmaDomain& domain, PoolOptions options)
    : domain_(&domain),
      options_(checked(options)),
      stride_(odd_lines(options_.headroom + options_.room)),
      places_(places_for(options_.buffers, stride_)),
      memory_(domain.allocate(std::size_t{places_} * stride_, 4096)),
      data_(memory_.bytes().data() + options_.headroom),
      data_iova_(memory_.iova() + options_.headroom) {
    // Besides the full ones, a few for the partly filled that threads ending at the same moment leave behind.
    const std::uint32_t full = (options_.buffers + magazine_size - 1) / magazine_size;
    magazine_count_ = full + spare_magazines;
    magazines_ = std::make_unique<Magazine[]>(magazine_count_);
    for (std::uint32_t m = magazine_count_; m-- > full;) empty_.push(magazines_.get(), m);
    const std::vector<std::uint32_t> usable = usable_places();
    for (std::uint32_t m = full; m-- > 0;) {
        Magazine& magazine = magazines_[m];
        const std::uint32_t first = m * magazine_size;
        magazine.count = std::min(magazine_size, options_.buffers - first);
        // Taken from the end: low indices first, so that a lightly used pool stays small in the cache.
        for (std::uint32_t i = 0; i < magazine.count; ++i)
            magazine.indices[i] = usable[first + magazine.count - 1 - i];
        (magazine.count == magazine_size ? full_ : partial_).push(magazines_.get(), m);
    }
    available_ = options_.buffers;
}

std::vector<std::uint32_t> PacketPool::usable_places() const {
    std::vector<std::uint32_t> usable;
    usable.reserve(places_);
    for (std::uint32_t place = 0; place < places_; ++place) {
        const std::uint64_t begin = value(memory_.iova()) + std::uint64_t{place} * stride_;
        const std::uint64_t last = begin + options_.headroom + options_.room - 1;
        if (begin / huge_page == last / huge_page) usable.push_back(place);
    }
    return usable;
}

PacketPool::~PacketPool() {
    if (const std::uint32_t back = available(); back != size())
        hal::notice("packet pool: " + std::to_string(size() - back) + " of " + std::to_string(size()) +
                    " buffers did not come back: a program kept packets, or a NIC was not stopped");
}

std::uint32_t PacketPool::available() const noexcept { return available_.load(std::memory_order_relaxed); }

void PacketPool::MagazineStack::push(Magazine* all, std::uint32_t magazine) noexcept {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    std::uint64_t mine;
    do {
        all[magazine].next.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
        mine = (((head >> 32) + 1) << 32) | magazine;
        // Release: whoever pops this magazine sees its contents.
    } while (!head_.compare_exchange_weak(head, mine, std::memory_order_release, std::memory_order_relaxed));
}

std::uint32_t PacketPool::MagazineStack::pop(Magazine* all) noexcept {
    std::uint64_t head = head_.load(std::memory_order_acquire);
    for (;;) {
        const auto magazine = static_cast<std::uint32_t>(head);
        if (magazine == none) return none;
        // May be stale if another thread pops it meanwhile; then the count in the head differs and we try
        // again.
        const std::uint64_t next = all[magazine].next.load(std::memory_order_relaxed);
        const std::uint64_t mine = (((head >> 32) + 1) << 32) | next;
        if (head_.compare_exchange_weak(head, mine, std::memory_order_acquire, std::memory_order_acquire))
            return magazine;
    }
}

bool PacketPool::take_magazine(std::span<std::uint32_t, magazine_size> out, std::uint32_t& count) noexcept {
    std::uint32_t m = full_.pop(magazines_.get());
    if (m == none) m = partial_.pop(magazines_.get());
    if (m == none) return false;
    count = magazines_[m].count;
    std::memcpy(out.data(), magazines_[m].indices.data(), count * sizeof(std::uint32_t));
    empty_.push(magazines_.get(), m);
    available_.fetch_sub(count, std::memory_order_relaxed);
    return true;
}

void PacketPool::give_magazine(std::span<const std::uint32_t> indices, MagazineStack& to) noexcept {
    std::uint32_t m = empty_.pop(magazines_.get());
    // There are more magazines than can hold something; all others can be in the hands of threads only for
    // the few instructions between two stacks.
    while (m == none) {
        hal::spin_hint();
        m = empty_.pop(magazines_.get());
    }
    magazines_[m].count = static_cast<std::uint32_t>(indices.size());
    std::memcpy(magazines_[m].indices.data(), indices.data(), indices.size_bytes());
    // Counted before anybody can take them away and count that.
    available_.fetch_add(static_cast<std::uint32_t>(indices.size()), std::memory_order_relaxed);
    to.push(magazines_.get(), m);
}

void PacketPool::give_rest(std::span<const std::uint32_t> indices) noexcept {
    // Topped up with another short one, so that they do not add up as threads come and go.
    std::array<std::uint32_t, 2 * magazine_size> all;
    std::uint32_t count = 0;
    if (const std::uint32_t m = partial_.pop(magazines_.get()); m != none) {
        count = magazines_[m].count;
        std::memcpy(all.data(), magazines_[m].indices.data(), count * sizeof(std::uint32_t));
        empty_.push(magazines_.get(), m);
        available_.fetch_sub(count, std::memory_order_relaxed);
    }
    std::memcpy(all.data() + count, indices.data(), indices.size_bytes());
    count += static_cast<std::uint32_t>(indices.size());
    std::uint32_t first = 0;
    if (count >= magazine_size) {
        give_magazine({all.data(), magazine_size}, full_);
        first = magazine_size;
    }
    if (count > first) give_magazine({all.data() + first, count - first}, partial_);
}

PacketCache::~PacketCache() {
    std::uint32_t first = 0;
    for (; top_ - first >= PacketPool::magazine_size; first += PacketPool::magazine_size)
        pool_->give_magazine(std::span(stock_).subspan(first, PacketPool::magazine_size), pool_->full_);
    if (first < top_) pool_->give_rest(std::span(stock_).subspan(first, top_ - first));
}

void PacketCache::refill(std::uint32_t wanted) noexcept {
    // New buffers go below those in stock: what was used last is still to be used first.
    while (top_ < wanted) {
        std::array<std::uint32_t, PacketPool::magazine_size> fresh;
        std::uint32_t count = 0;
        if (!pool_->take_magazine(fresh, count)) return;
        std::memmove(stock_.data() + count, stock_.data(), top_ * sizeof(std::uint32_t));
        std::memcpy(stock_.data(), fresh.data(), count * sizeof(std::uint32_t));
        top_ += count;
    }
}

void PacketCache::flush() noexcept {
    constexpr std::uint32_t half = capacity / 2;
    for (std::uint32_t first = 0; first < half; first += PacketPool::magazine_size)
        pool_->give_magazine(std::span(stock_).subspan(first, PacketPool::magazine_size), pool_->full_);
    top_ -= half;
    std::memmove(stock_.data(), stock_.data() + half, top_ * sizeof(std::uint32_t));
}

}  // namespace ringside::mem

#include "net/spread.hpp"

#include "hal/error.hpp"
#include "net/frame.hpp"
#include "net/headers.hpp"

#include <algorithm>
#include <cassert>
#include <string>

namespace ringside::net {

Spreader::Spreader(const Rss& rss, std::uint32_t workers, std::size_t capacity) : rss_(rss) {
    if (workers == 0 || workers > rss.table.size())
        throw hal::Error("cannot spread frames over " + std::to_string(workers) + " workers: choose 1 to " +
                         std::to_string(rss.table.size()));
    if (capacity < mem::PacketCache::max_burst)
        throw hal::Error("a ring of " + std::to_string(capacity) +
                         " packets is too small for a burst: choose a power of two from " +
                         std::to_string(mem::PacketCache::max_burst) + " on");
    for (std::uint32_t i = 0; i < workers; ++i) lanes_.push_back(std::make_unique<Lane>(capacity));
}

std::uint32_t Spreader::worker_of(std::span<const mem::Packet> frame, const RxInfo& info) const noexcept {
    const std::uint32_t queue = (info.flags & RxInfo::hash_valid) != 0
                                    ? rss_.queue_of(info.rss_hash)
                                    : rss_(frame.front().bytes(), find_headers(frame)).queue;
    return queue % workers();
}

void Spreader::hand_out(mem::PacketCache& cache, std::span<const mem::Packet> in,
                        std::span<const RxInfo> info) noexcept {
    for (std::size_t i = 0, parts = 0; i < in.size(); i += parts) {
        parts = std::max<std::size_t>(parts_of_frame(in.subspan(i)), 1);
        Lane& lane = *lanes_[worker_of(in.subspan(i, parts), info[i])];
        assert(parts <= lane.stage.size());
        if (lane.staged + parts > lane.stage.size()) push(lane, cache);
        for (std::size_t p = i; p < i + parts; ++p) lane.stage[lane.staged++] = {in[p], info[p]};
    }
    // One push for each worker, so that the ring's lines change sides once a burst.
    for (const auto& lane : lanes_)
        if (lane->staged != 0) push(*lane, cache);
}

// What has been staged, as far as whole frames find room; the rest is dropped.
void Spreader::push(Lane& lane, mem::PacketCache& cache) noexcept {
    const std::span<const Handed> staged(lane.stage.data(), lane.staged);
    lane.staged = 0;
    std::size_t count = staged.size();
    // Workers only make room, so there is at least this much.
    if (const std::size_t room = lane.ring.capacity() - lane.ring.size(); room < count) {
        count = room;
        while (count > 0 && (staged[count - 1].packet.flags & mem::Packet::more) != 0) --count;
    }
    lane.ring.push(staged.first(count));
    std::uint64_t frames = 0;
    for (const Handed& handed : staged.subspan(count)) {
        frames += (handed.packet.flags & mem::Packet::more) == 0;
        cache.give(handed.packet);
    }
    lane.dropped.add(frames);
}

std::uint32_t Spreader::take(std::uint32_t worker, std::span<mem::Packet> out,
                             std::span<RxInfo> info) noexcept {
    std::array<Handed, 64> piece;
    std::uint32_t taken = 0;
    for (;;) {
        const std::size_t wanted = std::min<std::size_t>(out.size() - taken, piece.size());
        const std::size_t count = lanes_[worker]->ring.pop(std::span(piece).first(wanted));
        for (std::size_t i = 0; i < count; ++i, ++taken) {
            out[taken] = piece[i].packet;
            info[taken] = piece[i].info;
        }
        if (count < piece.size()) return taken;
    }
}

}  // namespace ringside::net

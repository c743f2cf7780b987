#include "tests/cache/experiment.hpp"

#include "driver/ixgbe/queues.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "mem/posting.hpp"
#include "tests/cache/recording_nic.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace ringside::cache_model {

namespace {

constexpr std::uint32_t burst = 32;
constexpr std::uint32_t touched = 64;  // bytes of a frame that the program reads: its headers
constexpr std::uint32_t peak_every = 100;

class Forwarding {
public:
    Forwarding(const Experiment& e, mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool)
        : experiment_(e),
          pool_(pool),
          llc_(e.llc),
          pages_(e.page_size, e.seed),
          recorder_(llc_, pages_),
          rx_(domain, pool, e.ring, hal::Doorbell(rx_tail_), posting(e)),
          tx_(domain, pool, e.ring, hal::Doorbell(tx_tail_)),
          nic_in_(rx_.ring(), value(rx_.ring_iova()), recorder_),
          nic_out_(tx_.ring(), value(tx_.ring_iova()), recorder_),
          cache_(*pool) {
        rx_.ring_doorbell(rx_.first_tail());
    }

    Outcome run() {
        // The first rounds fill the cache; what counts is what comes after.
        forward(4ull * experiment_.ring + 1024);
        llc_.forget_counts();
        outcome_ = {};
        looks_ = 0;
        posted_ = 0;
        forward(std::max<std::uint64_t>(4ull * experiment_.ring, 8192));
        outcome_.device_writes = llc_.device_write_counts();
        outcome_.device_reads = llc_.device_read_counts();
        outcome_.core = llc_.core_counts();
        outcome_.posted = static_cast<double>(posted_) / static_cast<double>(looks_);
        return outcome_;
    }

private:
    static std::optional<mem::PostedBuffers> posting(const Experiment& e) {
        if (e.posting == Posting::full) return std::nullopt;
        return mem::PostedBuffers(std::min(e.ring - 1, e.posted_at_most), e.posted_at_least);
    }
    void forward(std::uint64_t frames) {
        for (const std::uint64_t end = outcome_.frames + frames; outcome_.frames < end;) {
            posted_ += rx_.posted();
            arrive();
            while (take_burst() == burst) {}
        }
    }
    void arrive() {
        std::uint32_t count = experiment_.arriving;
        if (experiment_.peak != 0 && looks_ % peak_every == peak_every - 1) count = experiment_.peak;
        ++looks_;
        const bool everything = count == 0;
        if (everything) count = experiment_.ring;
        const std::uint32_t n = nic_in_.deliver(count, experiment_.frame, rx_tail_);
        if (!everything) outcome_.lost += count - n;
    }
    // Also what the processor does to memory that the NIC shares, in the driver's stead: the driver does not
    // report it.
    std::uint32_t take_burst() {
        std::array<mem::Packet, burst> packets;
        const std::uint32_t n = rx_.receive(cache_, packets);
        for (std::uint32_t i = 0; i < n; ++i) {
            use_descriptor(rx_.ring_iova(), rx_position_++);
            recorder_.core_uses(value(pool_->iova(packets[i].data)), touched);
        }
        const std::uint32_t sent = tx_.send(cache_, {packets.data(), n});
        for (std::uint32_t i = 0; i < sent; ++i) use_descriptor(tx_.ring_iova(), tx_position_++);
        for (std::uint32_t i = sent; i < n; ++i) cache_.give(packets[i]);
        nic_out_.send_up_to(tx_tail_);
        outcome_.frames += n;
        if (experiment_.arriving == 0)  // the ring is full again before we come back
            nic_in_.deliver(experiment_.ring, experiment_.frame, rx_tail_);
        return experiment_.arriving == 0 ? 0 : n;
    }
    void use_descriptor(hal::Iova ring, std::uint64_t position) {
        recorder_.core_uses(value(ring) + position % experiment_.ring * 16, 16);
    }

    const Experiment& experiment_;
    std::shared_ptr<mem::PacketPool> pool_;
    LlcModel llc_;
    PageMap pages_;
    Recorder recorder_;
    alignas(64) volatile std::uint32_t rx_tail_ = 0, tx_tail_ = 0;
    ixgbe::RxQueue rx_;
    ixgbe::TxQueue tx_;
    RecordingReceiver nic_in_;
    RecordingSender nic_out_;
    mem::PacketCache cache_;
    Outcome outcome_;
    std::uint64_t rx_position_ = 0, tx_position_ = 0, looks_ = 0, posted_ = 0;
};

}  // namespace

Outcome run(const Experiment& e) {
    // Which pages the memory really has does not matter here: only addresses are looked at.
    mem::DmaDomain domain(mem::DomainOptions{.page_size = mem::PageSize::small});
    const auto pool = std::make_shared<mem::PacketPool>(
        domain, mem::PoolOptions{.buffers = mem::buffers_needed(2 * e.ring, 1) + burst});
    return Forwarding(e, domain, pool).run();
}

}  // namespace ringside::cache_model

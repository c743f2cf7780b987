#include "examples/support/listening.hpp"

#include "hal/error.hpp"
#include "hal/event.hpp"
#include "mem/packet_pool.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>

namespace ringside::examples {

using namespace std::chrono_literals;

namespace {

class AddressCounts {
public:
    explicit AddressCounts(const MacAddress& own) : own_(own.bytes) {}

    void take(std::span<const mem::Packet> packets) {
        for (const mem::Packet& packet : packets) {
            if (!inside_frame_ && packet.length >= 6) count(packet.data);
            inside_frame_ = (packet.flags & mem::Packet::more) != 0;
        }
    }
    Destinations result() const {
        Destinations d;
        for (const auto& [bytes, frames] : counts_) {
            const MacAddress address{bytes};
            if (bytes == own_)
                d.own += frames;
            else if (bytes == broadcast)
                d.broadcast += frames;
            else {
                (address.is_multicast() ? d.multicast : d.other) += frames;
                d.most.push_back({address, frames});
            }
        }
        d.other += further_;
        std::ranges::stable_sort(d.most, std::greater(), &Destinations::Address::frames);
        d.most.resize(std::min<std::size_t>(d.most.size(), 8));
        return d;
    }

private:
    using Bytes = std::array<std::uint8_t, 6>;
    static constexpr Bytes broadcast{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    static constexpr std::size_t most_addresses = 4096;  // a sender may count them up for ever

    void count(const std::byte* frame) {
        Bytes bytes;
        std::memcpy(bytes.data(), frame, bytes.size());
        if (counts_.size() < most_addresses || counts_.contains(bytes))
            ++counts_[bytes];
        else
            ++further_;
    }

    const Bytes own_;
    std::map<Bytes, std::uint64_t> counts_;
    std::uint64_t further_ = 0;
    bool inside_frame_ = false;
};

// The frames of queue 0, until time is up; whether an interrupt came, if that is to be tried.
void listen(Nic& nic, mem::PacketPool& pool, const Listening& how, hal::Clock& clock, Evidence& evidence) {
    mem::PacketCache cache(pool);
    mem::Batch<32> batch(cache);
    AddressCounts counts(nic.mac());
    const auto end = clock.now() + how.duration;
    auto looked = clock.now();
    for (auto now = looked; now < end; now = clock.now()) {
        if (nic.rx(0).receive(batch) > 0) {
            counts.take(batch.packets());
            for (const mem::Packet& packet : batch) cache.give(packet);
            batch.taken(batch.size());
            continue;
        }
        if (evidence.woken == false) {
            const auto events = nic.listen(0);
            evidence.woken = hal::Event::wait(events, std::min<hal::Clock::Duration>(end - now, 100ms));
            nic.stop_listening(0);
            continue;
        }
        clock.sleep(100us);
        if (now - looked < 100ms) continue;
        looked = now;
        static_cast<void>(nic.link());  // throws if the card is gone, or wanted back
    }
    evidence.destinations = counts.result();
}

void wait_for_link(Nic& nic, const Listening& how, Evidence& evidence) {
    try {
        if (how.interrupts && !nic.link().up) evidence.woken = nic.wait_for_link_change(how.link_timeout);
        nic.wait_for_link(how.link_timeout);
    } catch (const hal::Timeout& e) { evidence.why_no_link = e.what(); }
}

// 82599: RXCTRL.RXEN; the 1-gigabit cards: RCTL.EN.
void look_at_receiver(Nic& nic, Evidence& evidence) {
    for (const RegisterValue& r : nic.read_registers())
        for (const auto& [name, bit] :
             {std::pair<std::string_view, std::string_view>{"RXCTRL", "RXEN"}, {"RCTL", "EN"}})
            for (const hal::FieldInfo& f : r.info.fields)
                if (r.info.name == name && f.name == bit) {
                    evidence.receiver_name = std::string(name) + "." + std::string(bit);
                    evidence.receiver_on = ((r.value >> f.lo) & 1) != 0;
                }
}

// A virtual function may be refused frames for others: then its own have to do.
void start(Nic& nic, const std::shared_ptr<mem::PacketPool>& pool, NicConfig& config) {
    try {
        return nic.start(pool, config);
    } catch (const hal::DeviceGone&) { throw; } catch (const hal::Error&) {
        config.promiscuous = false;
    }
    nic.start(pool, config);
}

}  // namespace

Evidence listen_to(Nic& nic, mem::DmaDomain& domain, const Listening& how, hal::Clock& clock) {
    Evidence evidence;
    evidence.port = nic.info().address;
    evidence.model = nic.info().model;
    evidence.mac = nic.mac();
    if (how.interrupts) evidence.woken = false;

    NicConfig config{.promiscuous = true, .interrupts = how.interrupts ? Interrupts::best : Interrupts::off};
    const std::uint32_t buffers = mem::buffers_needed(config.rx_descriptors + config.tx_descriptors, 1);
    const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = buffers + 64});
    try {
        start(nic, pool, config);
    } catch (const hal::DeviceGone&) { throw; } catch (const hal::Error& e) {
        evidence.start_failure = e.what();
        return evidence;
    }
    wait_for_link(nic, how, evidence);
    listen(nic, *pool, how, clock, evidence);
    evidence.seconds = std::chrono::duration<double>(how.duration).count();
    evidence.rings = nic.rings();
    evidence.link = nic.link();
    evidence.bus_master = nic.bus_master();
    evidence.statistics = nic.statistics();
    look_at_receiver(nic, evidence);
    nic.stop();
    return evidence;
}

}  // namespace ringside::examples

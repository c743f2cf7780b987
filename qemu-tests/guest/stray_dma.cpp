// Makes the card use addresses that it may not reach, once for sending and once for receiving, and looks what
// became of the memory there. Cards may report success all the same: only memory and the kernel's log tell.
#include "driver/nic.hpp"
#include "hal/address.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "qemu-tests/guest/arguments.hpp"
#include "qemu-tests/guest/recording_device.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <exception>
#include <memory>

using namespace ringside;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t nowhere = 0x5a5a5000;  // mapped for nobody
constexpr std::byte pattern{0xA5};

// What a queue is used through.
struct Port {
    Nic& nic;
    mem::PacketPool& pool;
    mem::PacketCache cache{pool};
    mem::Batch<32> batch{cache};

    // Until frames have come; how many they are.
    std::uint32_t receive(Clock::duration limit) {
        batch.clear();
        for (const auto end = Clock::now() + limit; batch.empty() && Clock::now() < end;)
            nic.rx(0).receive(batch);
        return batch.size();
    }
    // Until the card has no buffer left to send.
    bool finish_sending(Clock::duration limit) {
        for (const auto end = Clock::now() + limit; Clock::now() < end;)
            if (nic.tx(0).reclaim(cache) == 0) return true;
        return false;
    }
};

void print(const char* what, bool yes) {
    std::printf("{\"%s\":%s}\n", what, yes ? "true" : "false");
    std::fflush(stdout);
}

// A frame whose descriptor points to where nothing is.
void send_from_nowhere(Port& port) {
    mem::Packet packet = port.cache.allocate().value();
    const auto away =
        static_cast<std::ptrdiff_t>(nowhere - static_cast<std::uint64_t>(port.pool.iova(packet.index)));
    packet.data = reinterpret_cast<std::byte*>(reinterpret_cast<std::intptr_t>(packet.data) + away);
    packet.length = 60;
    port.nic.tx(0).send(port.cache, {&packet, 1});
    print("sent_from_nowhere", port.finish_sending(2s));
}

// Takes all packet buffers away from the card, which goes on receiving into them.
void receive_into_nowhere(Port& port, guest::RecordingSpace& space) {
    const auto where = static_cast<std::uint64_t>(port.pool.iova(std::uint32_t{0}));
    const auto found = std::find_if(
        space.regions().begin(), space.regions().end(),
        [&](const hal::DmaRegion& r) { return where - static_cast<std::uint64_t>(r.iova) < r.size; });
    if (found == space.regions().end())
        throw hal::Error("the packet buffers are not in the memory that was mapped");
    const hal::DmaRegion region = *found;
    const std::span<std::byte> memory{port.pool.data(0),
                                      std::size_t{port.pool.size() - 1} * port.pool.stride()};
    std::fill(memory.begin(), memory.end(), pattern);
    space.unmap(region.iova, region.size);
    std::printf("{\"taken_away\":[%" PRIu64 ",%zu]}\n", static_cast<std::uint64_t>(region.iova), region.size);
    std::fflush(stdout);
    print("received_into_nowhere", port.receive(20s) > 0);
    print("untouched", std::all_of(memory.begin(), memory.end(), [](std::byte b) { return b == pattern; }));
    space.map(region);
    port.batch.clear();
    print("given_back", true);
}

// From here on it is a program like any other.
void go_on(Port& port) {
    const bool came = port.receive(20s) > 0;
    if (came) port.nic.tx(0).send(port.batch);
    print("went_on", came && port.finish_sending(2s));
}

void run(const guest::Arguments& arguments) {
    mem::DmaDomain domain;
    auto device = std::make_unique<guest::RecordingDevice>(hal::open_device(arguments.port, domain.spaces()));
    const std::shared_ptr<guest::RecordingSpace> space = device->space();
    // The first piece of memory, in which the rings will be; the pool is too large for it and gets its own.
    const mem::DmaBuffer first = domain.allocate(4096);
    const auto nic = open_nic(domain, std::move(device));
    const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 4096});
    nic->start(pool, {});
    nic->wait_for_link(10s);
    Port port{*nic, *pool};
    print("ready", true);
    send_from_nowhere(port);
    receive_into_nowhere(port, *space);
    go_on(port);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(guest::parse(argc, argv));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "stray_dma: %s\n", e.what());
        return 1;
    }
}

// Prints the link, and again whenever the card's interrupt says that it may have changed, until it is killed.
#include "driver/nic.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "qemu-tests/guest/arguments.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>

using namespace ringside;
using namespace std::chrono_literals;

namespace {

void print(const Link& link) {
    std::printf("{\"up\":%s,\"mbit_per_second\":%u}\n", link.up ? "true" : "false", link.mbit_per_second);
    std::fflush(stdout);
}

void run(const guest::Arguments& arguments) {
    mem::DmaDomain domain;
    const auto nic = open_nic(domain, arguments.port);
    const NicConfig config{.interrupts = arguments.interrupts};
    const std::uint32_t buffers = mem::buffers_needed(config.rx_descriptors + config.tx_descriptors, 1);
    nic->start(std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = buffers}), config);
    nic->wait_for_link(10s);
    print(nic->link());
    for (;;)
        if (nic->wait_for_link_change(10s)) print(nic->link());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(guest::parse(argc, argv));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "watch_link: %s\n", e.what());
        return 1;
    }
}

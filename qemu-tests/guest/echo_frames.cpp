// Sends every frame back as it came, and sleeps on the card's interrupt while there is none. Filters are
// changed by lines on stdin while frames flow. Prints one JSON object a line.
//
//   promiscuous on|off      all-multicast on|off
//   unicast MAC...          multicast MAC...
//   quit
#include "driver/nic.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "qemu-tests/guest/arguments.hpp"

#include <atomic>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace ringside;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// The longest sleep. A frame that is found only when it is over has woken nobody. Long enough for a busy
// host, which may not let the whole machine run for a while.
constexpr auto patience = 5s;

struct Counts {
    std::uint64_t frames = 0, sleeps = 0, lost_wake_ups = 0;
};

void sleep(Nic& nic, Counts& counts) {
    const auto began = Clock::now();
    const bool frames = nic.wait_for_frames(0, patience);
    ++counts.sleeps;
    if (frames && Clock::now() - began >= patience) ++counts.lost_wake_ups;
}

Counts send_back(Nic& nic, mem::PacketPool& pool, bool may_sleep, const std::atomic<bool>& stop) {
    Counts counts;
    mem::PacketCache cache(pool);
    mem::Batch<32> batch(cache);
    while (!stop) {
        if (batch.empty()) counts.frames += nic.rx(0).receive(batch);
        if (!batch.empty())
            nic.tx(0).send(batch);
        else if (may_sleep)
            sleep(nic, counts);
    }
    for (const auto end = Clock::now() + 1s; nic.tx(0).reclaim(cache) > 0 && Clock::now() < end;) {}
    return counts;
}

MacAddress mac(const std::string& text) {
    MacAddress address;
    auto& b = address.bytes;
    if (std::sscanf(text.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &b[0], &b[1], &b[2], &b[3], &b[4],
                    &b[5]) != 6)
        throw hal::Error(text + " is no MAC address");
    return address;
}

void obey(Nic& nic, const std::string& command, const std::vector<std::string>& words) {
    std::vector<MacAddress> addresses;
    if (command == "unicast" || command == "multicast")
        for (const std::string& word : words) addresses.push_back(mac(word));
    const bool on = words == std::vector<std::string>{"on"};
    if (command == "promiscuous")
        nic.set_promiscuous(on);
    else if (command == "all-multicast")
        nic.set_all_multicast(on);
    else if (command == "unicast")
        nic.set_unicast_filters(addresses);
    else if (command == "multicast")
        nic.set_multicast_filters(addresses);
    else
        throw hal::Error("there is no command " + command);
}

// Until "quit" or the end of stdin.
void obey_all(Nic& nic) {
    int done = 0;
    for (std::string line; std::getline(std::cin, line) && line != "quit";) {
        std::istringstream in(line);
        std::string command;
        in >> command;
        std::vector<std::string> words;
        for (std::string word; in >> word;) words.push_back(word);
        obey(nic, command, words);
        std::printf("{\"done\":%d}\n", ++done);
        std::fflush(stdout);
    }
}

void run(const guest::Arguments& arguments) {
    mem::DmaDomain domain;
    const auto nic = open_nic(domain, arguments.port);
    const NicConfig config{.interrupts = arguments.interrupts};
    const std::uint32_t buffers = mem::buffers_needed(config.rx_descriptors + config.tx_descriptors, 1);
    const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = buffers});
    nic->start(pool, config);
    nic->wait_for_link(10s);
    std::signal(SIGUSR1, [](int) {});
    std::printf("{\"ready\":true,\"mac\":\"%s\",\"model\":\"%s\"}\n", to_string(nic->mac()).c_str(),
                nic->info().model.c_str());
    std::fflush(stdout);

    std::atomic<bool> stop = false;
    Counts counts;
    std::exception_ptr failure;
    std::atomic<bool> over = false;
    std::thread data_path([&] {
        try {
            counts = send_back(*nic, *pool, arguments.interrupts != Interrupts::off, stop);
        } catch (...) { failure = std::current_exception(); }
        over = true;
    });
    try {
        obey_all(*nic);
    } catch (const std::exception& e) { std::fprintf(stderr, "%s\n", e.what()); }
    stop = true;
    while (!over) {  // a signal ends its sleep
        ::pthread_kill(data_path.native_handle(), SIGUSR1);
        std::this_thread::sleep_for(10ms);
    }
    data_path.join();
    if (failure) std::rethrow_exception(failure);
    std::printf("{\"frames\":%" PRIu64 ",\"sleeps\":%" PRIu64 ",\"lost_wake_ups\":%" PRIu64 "}\n",
                counts.frames, counts.sleeps, counts.lost_wake_ups);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(guest::parse(argc, argv));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "echo_frames: %s\n", e.what());
        return 1;
    }
}

// Gives a port an IPv4 address and answers those who look for it (ARP) and ping it. With --sleep it sleeps on
// the card's interrupt while nothing arrives: the way to write a program that need not burn a core.
#include "driver/nic.hpp"
#include "examples/support/ipv4_host.hpp"
#include "examples/support/register_trace.hpp"
#include "examples/support/signals.hpp"
#include "hal/address.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

using namespace ringside;
using namespace ringside::examples;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct Options {
    std::string port;
    std::string ip;
    bool sleep = false, json = false, trace_registers = false;
    std::string interrupts = "best";
    std::uint64_t answers = 0;  // 0: without end
    double seconds = 0;         // 0: without end
    double link_timeout = 10;
};

struct Counts {
    std::uint64_t frames = 0, arp = 0, echo = 0, wake_ups = 0, unsent = 0;
};

Interrupts interrupts(const Options& options) {
    if (!options.sleep) return Interrupts::off;
    if (options.interrupts == "intx") return Interrupts::intx;
    if (options.interrupts == "msi") return Interrupts::msi;
    if (options.interrupts == "msix") return Interrupts::msix;
    return Interrupts::best;
}

// Answers what it can, and gives the buffers of everything else back.
void answer(mem::Batch<32>& in, mem::Batch<32>& out, const Ipv4Host& host, Counts& counts) {
    for (bool rest = false; const mem::Packet& packet : in) {
        const bool part =
            rest || (packet.flags & mem::Packet::more) != 0;  // of a frame too long for a question
        rest = (packet.flags & mem::Packet::more) != 0;
        counts.frames += !rest;
        const auto kind = part ? Ipv4Host::Answer::none : host.answer(packet.bytes());
        counts.arp += kind == Ipv4Host::Answer::arp;
        counts.echo += kind == Ipv4Host::Answer::echo;
        if (kind == Ipv4Host::Answer::none || !out.push(packet)) in.cache().give(packet);
    }
    in.taken(in.size());
}

Counts respond(const Options& options, const Signals& signals, Nic& nic, mem::PacketPool& pool,
               const Ipv4Host& host) {
    mem::PacketCache cache(pool);
    mem::Batch<32> in(cache), out(cache);
    RxQueue& rx = nic.rx(0);
    TxQueue& tx = nic.tx(0);
    Counts counts;
    const auto begin = Clock::now();
    for (auto looked = begin; !signals.received();) {
        if (options.answers > 0 && counts.arp + counts.echo >= options.answers && out.empty()) break;
        rx.receive(in);
        if (!in.empty()) {
            answer(in, out, host, counts);
        } else if (options.sleep && out.empty()) {
            tx.reclaim(cache);  // buffers do not wait in the ring while we sleep
            counts.wake_ups += nic.wait_for_frames(0, 100ms);
        }
        while (!out.empty() && !signals.received()) tx.send(out);
        const auto now = Clock::now();
        if (options.seconds > 0 && now - begin > std::chrono::duration<double>(options.seconds)) break;
        if (now - looked < 100ms) continue;
        looked = now;
        static_cast<void>(nic.link());  // throws if the card is gone, or wanted back
    }
    for (const auto end = Clock::now() + 1s; (counts.unsent = tx.reclaim(cache)) > 0 && Clock::now() < end;) {
    }
    return counts;
}

int run(const Options& options, const Ipv4Address& address) {
    const Signals signals;
    RegisterTrace trace(stderr);
    mem::DmaDomain domain;
    const auto nic = open_nic(domain, options.port);
    if (options.trace_registers) nic->observe_registers(&trace);
    const NicConfig config{.interrupts = interrupts(options)};
    const std::uint32_t buffers = mem::buffers_needed(config.rx_descriptors + config.tx_descriptors, 1);
    const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = buffers + 64});
    nic->start(pool, config);
    nic->wait_for_link(std::chrono::nanoseconds(static_cast<std::int64_t>(options.link_timeout * 1e9)));
    fmt::print(stderr, "responder: {} ({}), {}, answers for {}\n", nic->info().address, nic->info().model,
               to_string(nic->mac()), options.ip);

    Counts c;
    try {
        c = respond(options, signals, *nic, *pool, Ipv4Host(nic->mac(), address));
    } catch (const hal::DeviceWanted& e) {
        fmt::print(stderr, "responder: {}\n", e.what());  // an administrator's wish, like Ctrl-C
        return 0;
    }
    if (options.json)
        fmt::print("{{\"frames\":{},\"arp\":{},\"echo\":{},\"wake_ups\":{},\"unsent\":{}}}\n", c.frames,
                   c.arp, c.echo, c.wake_ups, c.unsent);
    else
        fmt::print("received {} frames; answered {} ARP requests and {} pings; woken {} times\n", c.frames,
                   c.arp, c.echo, c.wake_ups);
    return c.unsent == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options o;
    CLI::App app{
        "Answers ARP requests and pings for an IPv4 address on a port.\n"
        "A PORT is a PCI function bound to vfio-pci (0000:03:00.0), vfio-user:/PATH/nic.sock, or a "
        "software NIC such as sim:82599,cable=tap:NAME; see forwarder --help.",
        "responder"};
    app.footer(
        "Example:\n  responder sim:82599,cable=tap:rs0 --ip 192.0.2.2 --sleep\n"
        "Exit codes: 0 all went well; 1 something failed, and a sentence on stderr says what; 2 the "
        "command line makes no sense.");
    app.add_option("PORT", o.port, "the port")->required();
    app.add_option("--ip", o.ip, "the address to answer for")->required();
    app.add_flag("--sleep", o.sleep,
                 "sleep on the card's interrupt while nothing arrives, instead of polling");
    app.add_option("--interrupts", o.interrupts, "with --sleep: best, intx, msi or msix")
        ->check(CLI::IsMember({"best", "intx", "msi", "msix"}))
        ->capture_default_str();
    app.add_option("--answers", o.answers, "stop after this many answers (default: never)");
    app.add_option("-d,--duration", o.seconds, "stop after this many seconds (default: never)")
        ->check(CLI::Range(0.0, 1e9));
    app.add_option("--link-timeout", o.link_timeout, "seconds to wait for the link")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    app.add_flag("--json", o.json, "for machines: one JSON object at the end");
    app.add_flag("--trace-registers", o.trace_registers,
                 "print every register access of the control path on stderr");
    try {
        app.parse(argc, argv);
        static_cast<void>(hal::parse_address(o.port));
        const auto address = parse_ipv4(o.ip);
        if (!address) throw hal::AddressError("--ip " + o.ip + " is not an IPv4 address such as 192.0.2.2");
        return run(o, *address);
    } catch (const CLI::Success& e) { return app.exit(e); } catch (const CLI::ParseError& e) {
        fmt::print(stderr, "responder: {}; see responder --help\n", e.what());
        return 2;
    } catch (const hal::AddressError& e) {
        fmt::print(stderr, "responder: {}\n", e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "responder: {}\n", e.what());
        return 1;
    }
}

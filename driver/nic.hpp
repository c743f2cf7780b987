// The poll-mode interface of a network card, the same for every card.
//
// A Nic is the control path: one thread opens, configures, starts and stops it; it may throw, sleep and
// allocate. Its queues are the data path: each belongs to one thread at a time, shares nothing with the
// others, and never throws, logs, allocates, blocks or calls the kernel (a trapped doorbell excepted, see
// hal/device.hpp). The choice of card costs one indirect call per burst; a program that knows its card uses
// the concrete queue class, and the compiler inlines it.
#pragma once

#include "driver/clock.hpp"
#include "driver/features.hpp"
#include "driver/inspection.hpp"
#include "driver/rss.hpp"
#include "driver/rule.hpp"
#include "driver/rx_info.hpp"
#include "driver/tx_request.hpp"
#include "hal/clock.hpp"
#include "hal/event.hpp"
#include "hal/register_file.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet.hpp"
#include "mem/packet_pool.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside {

// Six bytes in the order in which they travel.
struct MacAddress {
    std::array<std::uint8_t, 6> bytes{};

    constexpr bool is_multicast() const { return (bytes[0] & 1) != 0; }
    constexpr bool is_zero() const { return bytes == std::array<std::uint8_t, 6>{}; }
    friend constexpr bool operator==(const MacAddress&, const MacAddress&) = default;
};
std::string to_string(const MacAddress& mac);

// Counts of what a queue could not do, kept by the driver (what the card drops is in Statistics).
struct RxQueueCounters {
    std::uint64_t no_buffers = 0;       // bursts cut short, with frames waiting, for want of free buffers
    std::uint64_t bad_descriptors = 0;  // frames dropped: the device reported an impossible length or chain
    std::uint64_t damaged = 0;          // frames dropped: the device reported a MAC error
    std::uint64_t too_long = 0;         // frames dropped: more parts than fit the program's burst
};
struct TxQueueCounters {
    // Frames given back: shorter than 17 bytes, too long, never completed, or with an impossible request.
    std::uint64_t refused = 0;
};

class RxQueue {
public:
    virtual ~RxQueue() = default;

    // Moves what has arrived, oldest first, into `out`, and offers the device fresh buffers from `cache` in
    // their place. Returns how many handles were filled in. Parts of one frame always come together in one
    // call; a frame of more parts than `out` has room for is dropped and counted, so with jumbo frames leave
    // room for them: an empty batch. `cache` is the calling thread's, of the pool the NIC was started with.
    virtual std::uint32_t receive(mem::PacketCache& cache, std::span<mem::Packet> out) noexcept = 0;
    // The same, and what the card knows about each frame; `info` is at least as long as `out`.
    virtual std::uint32_t receive(mem::PacketCache& cache, std::span<mem::Packet> out,
                                  std::span<RxInfo> info) noexcept = 0;
    // Whether the device has completed a descriptor that receive() has not taken yet.
    virtual bool ready() const noexcept = 0;
    virtual RxQueueCounters counters() const noexcept = 0;

    template <std::uint32_t N> std::uint32_t receive(mem::Batch<N>& batch) noexcept {
        const std::uint32_t n = receive(batch.cache(), batch.space());
        batch.filled(n);
        return n;
    }
};

class TxQueue {
public:
    virtual ~TxQueue() = default;

    // Hands packets from the front of `in` to the device while the ring has room and tells it once. Returns
    // how many are no longer the caller's: sent, or refused and counted. Only whole frames are taken. Buffers
    // the device is done with go to `cache`, the calling thread's, of the pool the NIC was started with.
    virtual std::uint32_t send(mem::PacketCache& cache, std::span<const mem::Packet> in) noexcept = 0;
    // The same, with what each frame asks the card to do; `requests` is at least as long as `in`. What is not
    // in accepts() is refused and counted: net::Sender does it in software instead.
    virtual std::uint32_t send(mem::PacketCache& cache, std::span<const mem::Packet> in,
                               std::span<const TxRequest> requests) noexcept = 0;
    // Takes back all buffers the device is done with; send() does that only as far as it needs to. For
    // threads that go idle, and before counting buffers. Returns how many are still in the device's hands.
    virtual std::uint32_t reclaim(mem::PacketCache& cache) noexcept = 0;
    // The TxRequest::Flags that this queue can fulfil, `ipv6` among them.
    virtual std::uint8_t accepts() const noexcept = 0;
    virtual TxQueueCounters counters() const noexcept = 0;

    template <std::uint32_t N> std::uint32_t send(mem::Batch<N>& batch) noexcept {
        const std::uint32_t n = send(batch.cache(), batch.packets());
        batch.taken(n);
        return n;
    }
};

// How a card calls for attention, for programs that sleep while nothing happens.
enum class Interrupts {
    off,   // it does not: the program polls
    best,  // MSI-X where the card has it, else MSI, else INTx
    intx,
    msi,
    msix,
};

// IEEE 802.3 pause frames: "send nothing for a while".
struct FlowControl {
    bool send = false;    // when our packet buffer fills up: with drop_when_full it never does
    bool honour = false;  // when the other side sends them
    friend constexpr bool operator==(FlowControl, FlowControl) = default;
};

// See NicConfig::post_buffers.
struct PostingLimits {
    std::uint32_t at_least = 64;  // 64 is the fewest: mem::Sizing::posted_at_least knows the poll gap
    std::uint32_t at_most = ~0u;  // one less than the ring has descriptors, if that is fewer
};

struct NicConfig {
    std::uint32_t rx_queues = 1;
    std::uint32_t tx_queues = 1;
    std::uint32_t rx_descriptors = 512;  // per queue, a power of two, 64 to 4096
    std::uint32_t tx_descriptors = 512;
    // How many of a queue's receive descriptors the card has at a time. Without it all but one. With it as
    // many as recent bursts call for, ten times the largest, within limits; so a long ring stays in the cache
    // as long as traffic is light (docs/sizing.md). Costs some thirty instructions a packet.
    std::optional<PostingLimits> post_buffers = std::nullopt;
    std::uint32_t mtu = 1500;  // largest payload of a frame, without header, tag and CRC
    bool promiscuous = false;  // receive frames for any address
    // True: a queue whose program does not keep up loses its own frames only. False: it holds up the others,
    // until the card's packet buffer overflows.
    bool drop_when_full = true;
    Interrupts interrupts = Interrupts::off;
    // The shortest time between two interrupts for the same queue; the first after a pause comes at once.
    // Up to 1000; the card rounds it.
    std::chrono::microseconds interrupt_gap{0};
    // How frames are spread over the receive queues. Without it: Rss::over() as many as the card can spread
    // over if there are several queues, Rss::off() if there is one.
    std::optional<Rss> rss = std::nullopt;
    // VLAN tags of received frames go to RxInfo::vlan. The e1000 and e1000e cards can then insert tags, too.
    bool strip_vlan = false;
    // Off, because one slow receiver then slows everybody down; two NICs that forward to each other can even
    // stop each other.
    FlowControl flow_control = {};
    // How many rules the card shall have room for in its flow table, which takes room from its packet buffer:
    // 64 KiB for up to 2046, 128 for 4094, 256 for 8190. Rules that drop, rules with prefixes and rules for
    // VLANs live there.
    std::uint32_t flow_rules = 0;
    // The card's clock runs, and notes when PTP's event messages come in and when frames go out that ask for
    // it: Nic::clock(). It takes one of the card's EtherType filters.
    bool time_stamps = false;
};

struct Link {
    bool up = false;
    std::uint32_t mbit_per_second = 0;  // 0 while down
};
std::string to_string(const Link& link);

// Since start(). Bytes count from the destination address to the end of the payload, without CRC.
struct Statistics {
    struct Queue {
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
        std::uint64_t dropped = 0;  // receive: no descriptor was free, or the queue was off
    };
    std::uint64_t rx_packets = 0;  // handed to the program's memory
    std::uint64_t rx_bytes = 0;
    std::uint64_t tx_packets = 0;  // put on the wire
    std::uint64_t tx_bytes = 0;
    std::uint64_t rx_wire_packets = 0;  // good frames that passed the filters, dropped later or not
    struct Dropped {
        std::uint64_t no_descriptor = 0;  // the program did not keep up: its rings were full
        std::uint64_t missed = 0;         // the card's packet buffer was full
        std::uint64_t crc = 0;            // damaged on the wire
        std::uint64_t length = 0;         // too short or too long
        std::uint64_t by_driver = 0;      // received, then dropped by the driver: see RxQueueCounters

        std::uint64_t total() const { return no_descriptor + missed + crc + length + by_driver; }
    } rx_dropped;
    std::uint64_t tx_refused = 0;
    std::uint64_t rx_no_buffers = 0;
    // One per queue in use; cards with fewer counters than queues add several queues up in one.
    std::vector<Queue> rx_queues, tx_queues;
};

struct NicInfo {
    std::string address;  // as the user gave it
    std::string model;    // "Intel 82599 (SFP+)"
    std::uint16_t vendor = 0, device = 0;
    std::uint32_t max_rx_queues = 0, max_tx_queues = 0;
    std::uint32_t max_mtu = 0;
    std::uint32_t max_unicast_filters = 0;  // besides the card's own address
    std::uint32_t max_rss_queues = 1;       // over how many of its queues RSS can spread
    Features features;
    int numa_node = -1;
    bool direct_doorbells = false;  // false: every burst costs a message
};

class Nic {
public:
    virtual ~Nic() = default;

    virtual const NicInfo& info() const = 0;

    // Brings the card from any state to receiving and sending. Throws hal::Error with the step that failed;
    // the card is then stopped (or goes on as it was, if the configuration itself is impossible). The card
    // holds the pool, which must be of the domain the NIC was opened in, until it stops.
    virtual void start(std::shared_ptr<mem::PacketPool> pool, const NicConfig& config) = 0;
    // Ends all DMA and gives all buffers back to the pool. Queue references die with it. Nothing happens if
    // the NIC is not running. Queues must not be in use.
    virtual void stop() noexcept = 0;
    virtual bool running() const noexcept = 0;

    // Valid while running, `queue` below what start() was given.
    virtual RxQueue& rx(std::uint32_t queue) = 0;
    virtual TxQueue& tx(std::uint32_t queue) = 0;

    // Throws hal::DeviceGone if the device is no longer there, hal::DeviceWanted if the kernel wants it back
    // (it is being unbound or unplugged), hal::Error if it has failed: programs look once in a while.
    virtual Link link() = 0;
    // Waits until the link is up; throws hal::Timeout with what can be said about the reason.
    virtual void wait_for_link(hal::Clock::Duration limit) = 0;

    // Sleeping, for NICs started with interrupts. Neither misses anything: what happened before the call, or
    // happens while the interrupt is being enabled, ends it at once. Both may return early, when a signal
    // handler has run. Each costs some register accesses and system calls, so a program polls as long as
    // there is work.
    //
    // Waits until receive queue `queue` is ready(), at most `limit`; says whether it is. Called by the thread
    // that owns the queue.
    virtual bool wait_for_frames(std::uint32_t queue, hal::Clock::Duration limit) = 0;
    // What the wait for several queues is made of (wait_for_frames() below). The first lets the queue call,
    // at once if there are frames that it has not called for, and returns the events that its call may come
    // by; the second ends that, and tells others whom the same call is for.
    virtual std::array<const hal::Event*, 2> listen(std::uint32_t queue) = 0;
    virtual void stop_listening(std::uint32_t queue) = 0;
    // Waits until the link may have changed since the last such call, at most `limit`; says whether. One
    // thread at a time.
    virtual bool wait_for_link_change(hal::Clock::Duration limit) = 0;

    virtual MacAddress mac() const = 0;
    // These hold until stop() at least, and may be used while running.
    virtual void set_mac(const MacAddress& mac) = 0;
    virtual void set_promiscuous(bool on) = 0;
    virtual void set_all_multicast(bool on) = 0;
    // Further addresses to receive; each call replaces the earlier list. Throws hal::Error if there are too
    // many.
    virtual void set_unicast_filters(std::span<const MacAddress> addresses) = 0;
    // Groups to receive. The card's table is a hash: other groups may come through as well.
    virtual void set_multicast_filters(std::span<const MacAddress> groups) = 0;

    // Only these VLANs, and frames without a tag; an empty list, the default, means all. Throws hal::Error if
    // the card cannot.
    virtual void set_vlan_filters(std::span<const std::uint16_t> ids) = 0;

    // How frames are spread over the queues: changed, or read back from the card's registers. While running.
    // Frames on their way keep the order of the queue they are in.
    virtual void set_rss(const Rss& rss) = 0;
    virtual Rss rss() = 0;

    // Rules, while running; they end with stop(). add_rule() throws hal::Error if the card cannot compare
    // what the rule asks for, or has no room.
    virtual RuleId add_rule(const Rule& rule) = 0;
    virtual void remove_rule(RuleId id) = 0;
    struct AddedRule {
        RuleId id;
        Rule rule;
    };
    virtual std::vector<AddedRule> rules() const = 0;

    // The card's clock and its time stamps, of a NIC started with NicConfig::time_stamps, until it stops.
    virtual HardwareClock& clock() = 0;

    // From now on, and until stop(), queue `queue` sends at most so much, in frames from the destination
    // address to the CRC; 0: as much as it can. It is a part of the link's speed: after a change of that, and
    // if the link was not up, call it again. Throws hal::Error if the card cannot, or not at this rate.
    virtual void set_tx_rate(std::uint32_t queue, std::uint32_t mbit_per_second) = 0;

    // To be called at least every 50 seconds at full rate: the card's byte counters stick when they are full.
    virtual Statistics statistics() = 0;
    // Every counter that the card has, since start(), while running. The words at statistics() apply.
    virtual std::vector<CounterValue> counters() = 0;

    // Called with every register access of the control path, for traces; nullptr ends it.
    virtual void observe_registers(hal::RegisterObserver* observer) = 0;

    // For looking inside, running or not. All registers that the driver knows, in the datasheet's order, and
    // what they read as: those that may be read without changing anything (RegisterInfo::left_out).
    virtual std::vector<hal::RegisterInfo> registers() const = 0;
    virtual std::vector<RegisterValue> read_registers() = 0;
    // The card's EEPROM, running or not. Throws hal::Error if there is none that the driver can read, or if
    // it does not answer.
    virtual EepromInfo eeprom() = 0;
    virtual std::vector<std::uint16_t> read_eeprom(std::uint32_t first, std::uint32_t count) = 0;
    // Bytes of the module in the card's cage, running or not; of 256 it takes a good second. Throws
    // hal::Error if the card has no cage, if nothing is in it, if the module has no such page, or if it stops
    // answering.
    virtual std::vector<std::uint8_t> read_module(ModulePage page, std::uint32_t first,
                                                  std::uint32_t count) = 0;
    // All rings while running, receive first; else none. No other thread may be using the queues.
    virtual std::vector<RingState> rings() = 0;
    // Whether PCI lets the card do DMA.
    virtual bool bus_master() = 0;
    // The port's LEDs blink, to be found among others, until they are told to be as before. A start ends it.
    virtual void blink(bool on) = 0;
};

// A receive queue of a NIC.
struct RxSource {
    Nic& nic;
    std::uint32_t queue;
};
// Waits until one of the queues is ready(), at most `limit`; says whether one is. For a thread that serves
// several queues, of the same NIC or of several; the words at Nic::wait_for_frames() apply.
bool wait_for_frames(std::span<const RxSource> sources, hal::Clock::Duration limit,
                     hal::Clock& clock = hal::SystemClock::instance());

// Opens the device at `address` (see hal/address.hpp) and the driver for it, attached to `domain`, which must
// outlive the NIC. The device is reset. Throws hal::Error if there is no driver for the device.
std::unique_ptr<Nic> open_nic(mem::DmaDomain& domain, const std::string& address,
                              hal::Clock& clock = hal::SystemClock::instance());
// The same for a device that is already open.
std::unique_ptr<Nic> open_nic(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device,
                              hal::Clock& clock = hal::SystemClock::instance());

}  // namespace ringside

#include "examples/support/diagnosis.hpp"

#include "examples/support/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::examples {

using State = Finding::State;

Diagnosis::Diagnosis(const Evidence& evidence) : evidence_(evidence) {
    add(State::good, "device",
        fmt::format("{} answers; its address is {}", evidence_.model, to_string(evidence_.mac)));
    look_at_start();
    if (!evidence_.start_failure.empty()) return;
    look_at_bus_master();
    look_at_link();
    look_at_receiver();
    for (const RingState& ring : evidence_.rings)
        if (!ring.transmit) look_at_ring(ring);
    look_at_counters();
    look_at_write_back();
    look_at_destinations();
    look_at_interrupts();
}

void Diagnosis::add(State state, const char* what, std::string saw, std::string advice) {
    findings_.push_back({state, what, std::move(saw), std::move(advice)});
}

const Finding* Diagnosis::reason() const {
    const auto it = std::ranges::find(findings_, State::bad, &Finding::state);
    return it == findings_.end() ? nullptr : &*it;
}

void Diagnosis::look_at_start() {
    if (evidence_.start_failure.empty())
        add(State::good, "start", "the driver has brought the card up");
    else
        add(State::bad, "start", evidence_.start_failure,
            "the sentence ends with what to do; ringside-regs PORT shows the registers after a reset");
}

void Diagnosis::look_at_bus_master() {
    if (evidence_.bus_master)
        add(State::good, "bus master", "PCI lets the card write to memory");
    else
        add(State::bad, "bus master", "off: the card may not write to memory",
            "the driver had turned it on, so something else has turned it off: another program that "
            "writes to the function's configuration space, or an error of the bus (see the kernel's log)");
}

void Diagnosis::look_at_link() {
    if (evidence_.link.up) return add(State::good, "link", to_string(evidence_.link));
    // "PORT: the link did not come up within 5000 ms; and what is known of the reason"
    const std::string& sentence = evidence_.why_no_link;
    const std::size_t reason = sentence.find("; ");
    add(State::bad, "link", "down",
        sentence.empty()              ? "it was up before: check the cable and the partner"
        : reason == std::string::npos ? sentence
                                      : sentence.substr(reason + 2));
}

void Diagnosis::look_at_receiver() {
    if (!evidence_.receiver_on)
        add(State::unknown, "receiver", "no register that says whether it is on");
    else if (*evidence_.receiver_on)
        add(State::good, "receiver", evidence_.receiver_name + " is 1");
    else
        add(State::bad, "receiver", evidence_.receiver_name + " is 0: the card does not listen",
            "the driver had turned it on: is another program driving the same function?");
}

void Diagnosis::look_at_ring(const RingState& ring) {
    const std::string what = fmt::format("queue {}", ring.queue);
    const auto say = [&](State state, std::string saw, std::string advice = "") {
        findings_.push_back({state, what, std::move(saw), std::move(advice)});
    };
    if (!ring.possible)
        return say(State::bad,
                   fmt::format("head {} and tail {} do not lie in its ring of {} descriptors", ring.head,
                               ring.tail, ring.size),
                   "the card's registers are not what the driver has written: reset or power-cycle it");
    if (ring.enabled == false)
        return say(State::bad, "it is off: what is meant for it is dropped",
                   "the driver had turned it on; a card turns it off when it finds its ring impossible");
    // A busy ring is empty now and then: that is no reason while frames arrive.
    if (ring.device_owns == 0 && !frames_arrive())
        return say(State::bad,
                   fmt::format("the card has no descriptor to write to (head and tail are {})", ring.head),
                   ring.done > 0 ? "frames are there, and the program does not take them"
                                 : "the tail was never written, or the write was lost");
    say(State::good, fmt::format("{}the card has {} of {} descriptors", ring.enabled ? "on; " : "",
                                 ring.device_owns, ring.size));
}

// What the MAC says it saw. Without a link or a receiver there is nothing to expect.
void Diagnosis::look_at_counters() {
    const Statistics& s = evidence_.statistics;
    const auto& d = s.rx_dropped;
    const std::string saw = fmt::format(
        "{} good frames; lost: {} damaged (CRC), {} of wrong length, {} as the packet buffer was full, {} "
        "for want of a descriptor, {} by the driver",
        s.rx_wire_packets, d.crc, d.length, d.missed, d.no_descriptor, d.by_driver);
    if (frames_arrive())
        return add(d.total() > 0 ? State::note : State::good, "wire", saw,
                   d.crc + d.length > 0 ? "clean or replace cable and modules" : "");
    if (reason() != nullptr) return add(State::unknown, "wire", saw);
    if (s.rx_wire_packets == 0 && d.total() == 0)
        return add(
            State::bad, "wire", fmt::format("not a single frame in {:g} s", evidence_.seconds),
            fmt::format("the partner sends nothing, or sends it elsewhere: let it send something (arping "
                        "-I INTERFACE 192.0.2.1), and look at the switch's port and its VLANs; {} is {}",
                        evidence_.port, to_string(evidence_.mac)));
    if (d.crc + d.length >= s.rx_wire_packets)
        return add(
            State::bad, "wire", saw,
            "what arrives is damaged: clean or replace cable and modules, and see that both ends have the "
            "same speed");
    if (d.missed + d.no_descriptor > 0)
        return add(State::bad, "wire", saw, "the card had nowhere to put them: see the queues above");
    if (d.by_driver > 0)
        return add(State::bad, "wire", saw, "the card reported impossible lengths: reset or power-cycle it");
    add(State::good, "wire", saw);
}

void Diagnosis::look_at_write_back() {
    if (frames_arrive()) return add(State::good, "write-back", "the card has written frames to memory");
    const std::uint64_t written = evidence_.statistics.rx_packets;
    if (reason() != nullptr || evidence_.statistics.rx_wire_packets == 0)
        return add(State::unknown, "write-back", "there was nothing to write");
    if (written > 0)
        return add(State::bad, "write-back",
                   fmt::format("the card says it wrote {} frames, and none is in the ring", written),
                   "its writes do not reach our memory: look for faults of the IOMMU in the kernel's log "
                   "(dmesg | grep -e DMAR -e AMD-Vi -e smmu)");
    add(State::bad, "write-back", "good frames came in, and none was written to memory",
        "a filter or rule drops them (VLANs, flow rules), or the card may not reach memory: look for faults "
        "of the IOMMU in the kernel's log (dmesg | grep -e DMAR -e AMD-Vi -e smmu)");
}

void Diagnosis::look_at_destinations() {
    const Destinations& d = evidence_.destinations;
    if (d.frames() == 0) return;
    std::string saw = fmt::format("{} frames for this port, {} broadcast, {} multicast, {} for others", d.own,
                                  d.broadcast, d.multicast, d.other);
    for (const auto& [address, frames] : d.most) saw += fmt::format("; {} ({})", to_string(address), frames);
    if (d.own + d.broadcast > 0) return add(State::good, "addresses", saw);
    add(State::note, "addresses", saw,
        fmt::format("they arrive only because the card is promiscuous now: have the sender use {}, or call "
                    "set_unicast_filters(), set_multicast_filters() or set_promiscuous()",
                    to_string(evidence_.mac)));
}

void Diagnosis::look_at_interrupts() {
    if (!evidence_.woken) return;
    if (*evidence_.woken)
        add(State::good, "interrupts", "one has come");
    else if (!frames_arrive())
        add(State::unknown, "interrupts", "there was nothing to call for");
    else
        add(State::note, "interrupts", "frames arrive, and no interrupt has come",
            "look at /proc/interrupts; polling works");
}

std::string Diagnosis::text() const {
    std::string out = fmt::format("{} ({}), {:g} s\n", evidence_.port, evidence_.model, evidence_.seconds);
    for (const Finding& f : findings_) {
        constexpr const char* marks[] = {"ok", "BAD", "note", "?"};
        out += fmt::format("{:<5} {:<11} {}\n", marks[static_cast<int>(f.state)], f.what, f.saw);
        if (!f.advice.empty()) out += fmt::format("{:<18}-> {}\n", "", f.advice);
    }
    const Finding* bad = reason();
    if (frames_arrive())
        out +=
            fmt::format("frames arrive: {} in {:g} s\n", evidence_.destinations.frames(), evidence_.seconds);
    else if (bad != nullptr)
        out += fmt::format("nothing arrives: {}: {}\n", bad->what, bad->saw);
    else
        out += "nothing arrives, and nothing is wrong here\n";
    return out;
}

std::string Diagnosis::json() const {
    std::string list, most;
    for (const Finding& f : findings_) {
        constexpr const char* states[] = {"good", "bad", "note", "unknown"};
        list += fmt::format("{}{{\"what\":{},\"state\":\"{}\",\"saw\":{},\"advice\":{}}}",
                            list.empty() ? "\n" : ",\n", json_string(f.what),
                            states[static_cast<int>(f.state)], json_string(f.saw), json_string(f.advice));
    }
    const Destinations& d = evidence_.destinations;
    for (const auto& [address, frames] : d.most)
        most += fmt::format("{}{{\"address\":\"{}\",\"frames\":{}}}", most.empty() ? "" : ",",
                            to_string(address), frames);
    return fmt::format(
        "{{\"port\":{},\"model\":{},\"mac\":\"{}\",\"seconds\":{:g},\"frames_arrive\":{},\"reason\":{},"
        "\"findings\":[{}],\n\"destinations\":{{\"own\":{},\"broadcast\":{},\"multicast\":{},"
        "\"other\":{},\"most\":[{}]}}}}\n",
        json_string(evidence_.port), json_string(evidence_.model), to_string(evidence_.mac),
        evidence_.seconds, frames_arrive(), reason() ? json_string(reason()->what) : "null", list, d.own,
        d.broadcast, d.multicast, d.other, most);
}

}  // namespace ringside::examples

// Why does nothing arrive? From what a NIC shows after some seconds of listening to a list of findings, in
// the order in which a frame meets what they are about.
#pragma once

#include "driver/nic.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::examples {

// Whom the frames were for that arrived while the card took all.
struct Destinations {
    std::uint64_t own = 0, broadcast = 0, multicast = 0, other = 0;
    struct Address {
        MacAddress address;
        std::uint64_t frames;
    };
    std::vector<Address> most;  // the ones seen most often that are neither ours nor broadcast, at most 8

    std::uint64_t frames() const { return own + broadcast + multicast + other; }
};

// What was seen.
struct Evidence {
    std::string port, model;
    MacAddress mac;
    double seconds = 0;  // listened

    std::string start_failure;  // the error's sentence; empty if the card was started. Then comes the rest:
    bool bus_master = false;
    Link link;
    std::string why_no_link;  // the driver's sentence
    // The bit that turns the receiver on, and what it reads as.
    std::string receiver_name;
    std::optional<bool> receiver_on;
    std::vector<RingState> rings;
    Statistics statistics;
    Destinations destinations;
    std::optional<bool> woken;  // by an interrupt, if that was tried
};

struct Finding {
    enum class State { good, bad, note, unknown };
    State state;
    std::string what;    // "link"
    std::string saw;     // what it looks like
    std::string advice;  // what to do about it, if anything
};

class Diagnosis {
public:
    explicit Diagnosis(const Evidence& evidence);

    const std::vector<Finding>& findings() const { return findings_; }
    bool frames_arrive() const { return evidence_.destinations.frames() > 0; }
    // The first thing that is wrong; nullptr if nothing is.
    const Finding* reason() const;

    std::string text() const;
    std::string json() const;

private:
    void add(Finding::State state, const char* what, std::string saw, std::string advice = "");
    void look_at_start();
    void look_at_bus_master();
    void look_at_link();
    void look_at_receiver();
    void look_at_ring(const RingState& ring);
    void look_at_counters();
    void look_at_write_back();
    void look_at_destinations();
    void look_at_interrupts();

    Evidence evidence_;
    std::vector<Finding> findings_;
};

}  // namespace ringside::examples

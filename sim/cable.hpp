// What is plugged into a software NIC's port. A frame here is from the destination address to the last byte
// of payload; padding to 60 bytes and the frame check sequence are the NIC's business.
#pragma once

#include "hal/clock.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace ringside::sim {

class Cable {
public:
    virtual ~Cable() = default;

    // True if there is a partner at the other end, so that the link can come up.
    virtual bool connected() = 0;

    // True if the partner holds a frame back until the NIC has room for it (a file being played, a test that
    // must not lose). False if frames arrive when they arrive and the NIC must drop what it cannot take.
    virtual bool waits() const = 0;
    // True if what the partner sends while the port is deaf (its link down, or looped back internally) is
    // gone, as on a wire. False if the partner keeps it until the port listens (a file, a generator).
    virtual bool forgets() const { return false; }

    // The next frame for the NIC, or an empty span if there is none now. The same frame is returned until
    // pop(). The bytes stay valid until pop() or the next call of transmit() or poll().
    virtual std::span<const std::byte> peek() = 0;
    virtual void pop() = 0;

    // A frame from the NIC. The bytes are valid during the call only. Whatever the partner cannot take, it
    // counts.
    virtual void transmit(std::span<const std::byte> frame) = 0;

    // Called once per round of the NIC, for cables with work of their own (flush buffers, reconnect).
    virtual void poll() {}

    // A file descriptor that becomes readable when peek() may have something again, or -1. Lets an idle
    // simulator sleep.
    virtual int wake_fd() const { return -1; }
    // True if frames may become due by the mere passing of time (a paced generator): do not sleep long.
    virtual bool timed() const { return false; }

    // One line for a person, and the same as a JSON object, about what went through; printed when the NIC
    // ends.
    virtual std::string report() const = 0;
    virtual std::string report_json() const = 0;
};

// Makes the cable that `spec` describes ("loop", "pcap:IN,OUT", "generate:size=64,count=1000", …; see
// `ringside-sim --help`). Throws hal::Error with a sentence if the spec or what it names is wrong.
// `clock` paces generators and must outlive the cable.
std::unique_ptr<Cable> make_cable(const std::string& spec, hal::Clock& clock);

}  // namespace ringside::sim

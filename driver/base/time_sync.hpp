// The clocks of all cards: a counter that adds a number of its own at every tick. What the registers are
// called is the families' own: TimeCounter.
#pragma once

#include "driver/clock.hpp"
#include "hal/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace ringside {

// IEEE 1588: where its messages are, over Ethernet and over UDP.
inline constexpr std::uint16_t ptp_ether_type = 0x88F7, ptp_event_port = 319;

// A card's registers of time. The counter has 64 bits and wraps.
class TimeCounter {
public:
    // A tick lasts `numerator` / `denominator` nanoseconds; one nanosecond is 2^fraction_bits in the counter.
    struct Rate {
        std::uint32_t numerator, denominator;
        unsigned fraction_bits;
        friend constexpr bool operator==(Rate, Rate) = default;
    };
    virtual ~TimeCounter() = default;
    // As the link is now.
    virtual Rate rate() = 0;
    virtual std::uint32_t max_increment() const = 0;
    virtual void write_increment(std::uint32_t increment) = 0;
    virtual std::uint64_t read() = 0;
    // What the counter was, if there is a stamp; makes room for the next.
    virtual std::optional<std::uint64_t> take_rx_stamp() = 0;
    virtual std::optional<std::uint64_t> take_tx_stamp() = 0;
};

// set() and step() move what is added to the counter, not the counter: that is exact and never in between.
class CounterClock final : public HardwareClock {
public:
    // Starts the counter. `host` must outlive the clock; `who` is the card's address, for error sentences.
    CounterClock(std::unique_ptr<TimeCounter> counter, hal::Clock& host, std::string who);

    HardwareTime now() override;
    void set(HardwareTime time) override;
    void step(HardwareTime by) override;
    void adjust_frequency(std::int32_t ppb) override;
    std::int32_t max_ppb() override;
    double resolution_ppb() override;
    double tick_nanoseconds() override;
    std::optional<HardwareTime> take_rx_stamp() override;
    std::optional<HardwareTime> take_tx_stamp() override;

private:
    void follow_link();
    void advance();
    void write_increment();
    std::uint64_t nominal_increment() const;
    std::int32_t largest_ppb() const;
    std::optional<HardwareTime> time_of(std::optional<std::uint64_t> stamp);
    HardwareTime host_since_base() const;

    const std::unique_ptr<TimeCounter> counter_;
    hal::Clock& host_;
    const std::string who_;
    TimeCounter::Rate rate_;
    std::int32_t ppb_ = 0;
    // The same moment, three times.
    HardwareTime base_time_{0};
    std::uint64_t base_count_;
    hal::Clock::Duration base_host_;
};

}  // namespace ringside

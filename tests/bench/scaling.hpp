// Whether more cores do more work, and whether queues and buffers that are merely there cost anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::bench {

// What two cores do at the same time, against what one of them does while the other sleeps.
struct CoresRow {
    std::string_view what;
    double one = 0, two = 0;                // packets, or loops, a second
    double ratio = 0, spread = 0;           // of two to one, from round to round: median, and its middle half
    double cycles_one = 0, cycles_two = 0;  // TSC, the driver's part of a packet; 0 where there is no driver
    double cycles_ratio = 0;  // the same ratio of the driver's part alone: the card's half left out
    std::uint32_t rounds = 0, disturbed = 0;
};

// Nothing but a core can be in the way of `registers`; `separate` is all that two forwarders can do here;
// `shared` is what the driver makes of that.
struct CoresRows {
    CoresRow shared, separate, registers;
};

// One queue's forwarding where there is little beside it, and where there is much.
struct SizeRow {
    std::string_view what, unit;
    std::uint32_t few = 0, many = 0;
    std::string pages;                       // of both
    double cycles_few = 0, cycles_many = 0;  // TSC, the driver's part of a packet
    double ratio = 0, spread = 0;
};

inline constexpr double cores_goal = 1.9, size_goal = 1.05;

// `first` and `second`: CPUs. All of these throw std::runtime_error if a frame is lost or spoiled.
CoresRows measure_cores(unsigned first, unsigned second, std::uint32_t rounds);
SizeRow measure_queues(std::uint32_t rounds);
// With as many buffers as half of the memory that is free holds, a million at most.
SizeRow measure_pool(std::uint32_t rounds);

std::string text(const CoresRows& rows);
std::string size_heading();
std::string text(const SizeRow& row);
std::string json(const CoresRows& rows);
std::string json(const SizeRow& row);

}  // namespace ringside::bench

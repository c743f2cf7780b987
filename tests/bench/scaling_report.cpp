// What the bench says of scaling, to people and to programs.
#include "tests/bench/report.hpp"
#include "tests/bench/scaling.hpp"

#include <fmt/format.h>

#include <string>

namespace ringside::bench {

namespace {

constexpr const char* explanation =
    "82599, vector path where there is one, burst 32, ring 512, frames of 60 bytes. Both cores do all of "
    "it,\n"
    "each on a pair of queues of its own: the card's half, receive, swap, send. In turns, in short windows: "
    "one\n"
    "core while the other sleeps, both, the other one alone; medians. `ratio` is what two do of what one "
    "does.\n"
    "shared: one NIC and one pool. separate: a NIC, a pool and memory each: nothing in common but the "
    "machine.\n"
    "registers: additions in registers, no memory: two virtual processors may be threads of one core.\n"
    "`driver` is the part of receive, swap, send in TSC cycles per packet, without the card's half.\n";

std::string line(const CoresRow& r, const char* unit, double scale) {
    std::string text = fmt::format("{:<10} {:>9.2f} {:>9.2f} {:<15} {:>6.3f} {:>7.3f}", r.what, r.one / scale,
                                   r.two / scale, unit, r.ratio, r.spread);
    if (r.cycles_one > 0)
        text += fmt::format(" | {:>7.2f} {:>7.2f} {:>6.3f}", r.cycles_one, r.cycles_two, r.cycles_ratio);
    return text + "\n";
}

std::string disturbances(const CoresRows& rows) {
    const std::uint32_t all = rows.shared.disturbed + rows.separate.disturbed + rows.registers.disturbed;
    if (all == 0) return "";
    return fmt::format("~ {} windows of {} were disturbed by other programs each time they were tried.\n",
                       all, 9 * rows.shared.rounds);
}

std::string verdict(double measured, bool reached, double goal, const char* least_or_most) {
    return fmt::format("{:.3f}, {} {} {}", measured, reached ? "as wanted:" : "NOT as wanted:", least_or_most,
                       goal);
}

std::string json(const CoresRow& r) {
    return fmt::format(
        "{{\"scaling\":\"cores\",\"what\":{},\"one\":{:.0f},\"two\":{:.0f},\"ratio\":{:.4f},\"spread\":{:.4f}"
        ","
        "\"cycles_one\":{:.3f},\"cycles_two\":{:.3f},\"cycles_ratio\":{:.4f},\"rounds\":{},\"disturbed\":{}}}"
        "\n",
        quoted(r.what), r.one, r.two, r.ratio, r.spread, r.cycles_one, r.cycles_two, r.cycles_ratio, r.rounds,
        r.disturbed);
}

}  // namespace

std::string text(const CoresRows& rows) {
    std::string text = explanation;
    text += fmt::format("\n{:<10} {:>9} {:>9} {:<15} {:>6} {:>7} | {:>7} {:>7} {:>6}\n", "two cores", "one",
                        "two", "", "ratio", "spread", "driver", "of two", "ratio");
    text += line(rows.shared, "million packets", 1e6);
    text += line(rows.separate, "million packets", 1e6);
    text += line(rows.registers, "million loops", 1e6);
    text += disturbances(rows);
    const double ours = rows.shared.ratio / rows.separate.ratio;
    text += fmt::format(
        "Two cores of one NIC and pool do {} times what one does.\n"
        "The machine's part: threads that have nothing in common reach {:.3f} of 2, in registers {:.3f}.\n"
        "Ours: what NIC and pool in common leave of that is {:.1f} %.\n",
        verdict(rows.shared.ratio, rows.shared.ratio >= cores_goal, cores_goal, "at least"),
        rows.separate.ratio, rows.registers.ratio, 100 * ours);
    return text;
}

std::string size_heading() {
    return fmt::format(
        "\nWhat is there and not used: one queue forwards, where there is little beside it and where there "
        "is\n"
        "much. TSC cycles per packet of the driver, in turns, in one run; medians. `ratio`: much to little, "
        "at\n"
        "most {} is wanted.\n{:<22} {:>9} {:>9} {:>6} {:>9} {:>9} {:>6} {:>7}\n",
        size_goal, "of", "little", "much", "pages", "little", "much", "ratio", "spread");
}

std::string text(const SizeRow& r) {
    return fmt::format("{:<22} {:>9} {:>9} {:>6} {:>9.2f} {:>9.2f} {:>6.3f} {:>7.3f}{}\n", r.unit, r.few,
                       r.many, r.pages, r.cycles_few, r.cycles_many, r.ratio, r.spread,
                       r.ratio <= size_goal ? "" : " NOT as wanted");
}

std::string json(const CoresRows& rows) {
    return json(rows.shared) + json(rows.separate) + json(rows.registers);
}

std::string json(const SizeRow& r) {
    return fmt::format(
        "{{\"scaling\":{},\"few\":{},\"many\":{},\"pages\":{},\"cycles_few\":{:.3f},\"cycles_many\":{:.3f},"
        "\"ratio\":{:.4f},\"spread\":{:.4f}}}\n",
        quoted(r.what), r.few, r.many, quoted(r.pages), r.cycles_few, r.cycles_many, r.ratio, r.spread);
}

}  // namespace ringside::bench

#include "tests/bench/report.hpp"

#include "tests/bench/machine.hpp"

#include <fmt/format.h>

namespace ringside::bench {

namespace {

std::string what_varies(std::string_view sweep, const Case& c) {
    const auto asked = [&] {
        return fmt::format("{}{}{}", name(c.work), c.metadata ? "+metadata" : "",
                           c.offloads ? "+offloads" : "");
    };
    if (sweep == "burst" || sweep == "backlog") return std::to_string(c.burst);
    if (sweep == "ring") return std::to_string(c.ring);
    if (sweep == "card") return fmt::format("{} {}", name(c.card), name(c.work));
    if (sweep == "work") return asked();
    if (sweep == "size") return std::to_string(c.size);
    if (sweep == "queue") return std::to_string(c.queues);
    if (sweep == "stride") return std::to_string(c.stride);
    if (sweep == "page") return name(c.pages);
    return fmt::format("{} {} {}/{}", name(c.card), asked(), c.burst, c.ring);
}

constexpr int first_column = 32;

std::string far_columns(const Row* far, Path path) {
    const Result* const r = far != nullptr ? far->find(path) : nullptr;
    if (r == nullptr) return "";
    return fmt::format(" | {:>7.2f}{} {:>9.2f} {:>5.2f} {:>5.0f}", r->cycles, far->noisy ? '~' : ' ',
                       far->results[0].cycles, r->ratio, far->round_trip);
}

std::string event_columns(const Result& r) {
    if (!r.events) return "";
    const Events& e = *r.events;
    return fmt::format(" | {:>6.1f} {:>5.2f} {:>6.3f}", e.instructions, e.instructions / e.core_cycles,
                       e.cache_misses);
}

}  // namespace

std::string preamble(bool counted, const std::string& why_not) {
    constexpr const char* text =
        "TSC cycles per packet: the mean of the middle half of all bursts, and their 5th and 95th\n"
        "percentile. `ratio` is to the reference, a bare hand-written loop that checks nothing, measured in\n"
        "turns with the path, in the same row. `floor` is the least that any driver has to do, with AVX2.\n"
        "near: the NIC's half is done by the same core between the timed parts; far: by another core, whose\n"
        "cache the lines come from; `trip` is how many cycles it takes to tell that core something and get\n"
        "an answer, which says how far away it is. `tails` are tail writes per packet.\n"
        "`~`: the spread stayed above the limit after several attempts, because the machine was busy.\n";
    return counted ? text
                   : fmt::format("{}Instructions and cache misses are not counted: {}.\n", text, why_not);
}

std::string heading(const Sweep& sweep) {
    return fmt::format(
        "\n{}\n{:<{}} {:<7} {:>8} {:>7} {:>7} {:>9} {:>5} {:>6} {:>6} | {:>8} {:>9} {:>5} {:>5}\n",
        sweep.title, sweep.name, first_column, "path", "near", "p5", "p95", "reference", "ratio", "floor",
        "tails", "far", "reference", "ratio", "trip");
}

std::string lines(std::string_view sweep, const Row& near, const Row* far) {
    std::string text;
    const Result* const floor = near.find(Path::floor);
    // A row without any path of the driver shows what the reference comes to.
    const bool bare = near.results.size() == (floor != nullptr ? 2u : 1u);
    for (const Result& r : near.results) {
        if ((r.path == Path::reference && !bare) || r.path == Path::floor) continue;
        text += fmt::format("{:<{}} {:<7} {:>7.2f}{} {:>7.2f} {:>7.2f} {:>9.2f} {:>5.2f} {:>6} {:>6}{}{}\n",
                            what_varies(sweep, near.of), first_column, name(r.path), r.cycles,
                            near.noisy ? '~' : ' ', r.p5, r.p95, near.results[0].cycles, r.ratio,
                            floor != nullptr ? fmt::format("{:.2f}", floor->cycles) : "-",
                            r.tail_writes ? fmt::format("{:.3f}", *r.tail_writes) : "-",
                            far_columns(far, r.path), event_columns(r));
    }
    return text;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
    return out + '"';
}

std::string machine_json() {
    std::string text;
    for (const auto& [key, value] : machine())
        text += fmt::format("{}{}:{}", text.empty() ? "" : ",", quoted(key), quoted(value));
    return fmt::format("{{\"machine\":{{{}}}}}\n", text);
}

std::string json(std::string_view sweep, const Row& row) {
    const Case& c = row.of;
    std::string paths;
    for (const Result& r : row.results) {
        paths += fmt::format(
            "{}{}:{{\"cycles\":{:.3f},\"p5\":{:.3f},\"p95\":{:.3f},"
            "\"ratio\":{:.4f},\"spread\":{:.4f}",
            paths.empty() ? "" : ",", quoted(name(r.path)), r.cycles, r.p5, r.p95, r.ratio, r.spread);
        if (r.tail_writes) paths += fmt::format(",\"tail_writes\":{:.5f}", *r.tail_writes);
        if (r.events)
            paths += fmt::format(
                ",\"instructions\":{:.3f},\"core_cycles\":{:.3f},"
                "\"cache_misses\":{:.5f}",
                r.events->instructions, r.events->core_cycles, r.events->cache_misses);
        paths += '}';
    }
    return fmt::format(
        "{{\"sweep\":{},\"card\":{},\"work\":{},\"nic\":{},\"burst\":{},\"backlog\":{},\"ring\":{},\"size\":{"
        "},"
        "\"queues\":{},\"stride\":{},\"pages\":{},\"metadata\":{},\"offloads\":{},\"attempts\":{},"
        "\"round_trip\":{:.0f},\"noisy\":{},\"paths\":{{{}}}}}\n",
        quoted(sweep), quoted(name(c.card)), quoted(name(c.work)), quoted(name(c.nic)), c.burst, c.waiting(),
        c.ring, c.size, c.queues, c.stride, quoted(row.pages), c.metadata, c.offloads, row.attempts,
        row.round_trip, row.noisy, paths);
}

}  // namespace ringside::bench

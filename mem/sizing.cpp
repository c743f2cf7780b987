#include "mem/sizing.hpp"

#include "hal/error.hpp"
#include "mem/packet_pool.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace ringside::mem {

namespace {

constexpr std::uint32_t smallest_ring = 64, largest_ring = 4096;
// What the cache allows is not used up beyond this: more than 34 us of the smallest frames at 10 Gb/s is for
// those who ask for it (--poll-gap), since a longer ring makes the frames in it older.
constexpr std::uint32_t enough = 512;
constexpr double good_rho = 0.25;
// Rings are powers of two and the measurements no finer than this.
constexpr double rounding = 1.05;
constexpr double usual_poll_gap = 20e-6;
constexpr std::uint32_t descriptor_size = 16, line = 64, crc = 4;
constexpr std::uint32_t smallest_frame = 64, largest_known_frame = 16384;
constexpr double preamble_and_gap = 20;     // bytes on the wire between frames
constexpr std::uint32_t report_every = 32;  // transmit descriptors: driver/base/tx_ring.hpp
// RSS spreads connections, not frames: one queue may well get twice its share.
constexpr double uneven = 2;

// Farshin et al., see sizing.hpp. tests/cache makes this of their table again.
constexpr std::array<HitPoint, 11> hits{{{0.0069, 100.0},
                                         {0.0139, 100.0},
                                         {0.0278, 99.93},
                                         {0.0521, 99.15},
                                         {0.1042, 98.92},
                                         {0.2083, 97.75},
                                         {0.3333, 90.80},
                                         {0.4444, 90.45},
                                         {0.6667, 80.10},
                                         {0.8889, 63.10},
                                         {1.3333, 39.30}}};

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...) {
    std::array<char, 512> text{};
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text.data(), text.size(), format, arguments);
    va_end(arguments);
    return text.data();
}

void require(bool good, const std::string& what) {
    if (!good) throw hal::Error("cannot say how large the rings should be: " + what);
}

void check_ring(const std::optional<std::uint32_t>& ring, const char* which) {
    require(!ring || (std::has_single_bit(*ring) && *ring >= smallest_ring && *ring <= largest_ring),
            formatted("a %s ring of %u descriptors; choose a power of two from %u to %u", which,
                      ring.value_or(0), smallest_ring, largest_ring));
}

void check(const SizingInput& in) {
    for (const FrameShare& f : in.frames) {
        require(f.bytes >= smallest_frame && f.bytes <= largest_known_frame,
                formatted("frames of %u bytes; with the CRC they have %u to %u", f.bytes, smallest_frame,
                          largest_known_frame));
        require(std::isfinite(f.share) && f.share > 0 && f.share <= 1e9,
                "the shares of the frame sizes must be above 0 and at most 1000000000");
    }
    require(in.largest_frame >= smallest_frame && in.largest_frame <= largest_known_frame,
            formatted("a largest frame of %u bytes; with the CRC they have %u to %u", in.largest_frame,
                      smallest_frame, largest_known_frame));
    require(in.ports > 0 && in.queues > 0 && in.threads > 0 && in.burst > 0,
            "there must be a port, a queue, a thread and a burst of one at least");
    require(in.room >= 1024 && in.room <= 16384 && in.room % 1024 == 0,
            formatted("buffers of %u bytes; choose a multiple of 1024 up to 16384", in.room));
    require(std::isfinite(in.bits_per_second) && in.bits_per_second > 0, "a port has a speed above 0");
    const double pps = in.packets_per_second.value_or(1), gap = in.poll_gap.value_or(0);
    require(std::isfinite(pps) && pps > 0, "packets a second must be above 0");
    require(std::isfinite(gap) && gap >= 0, "the poll gap must not be negative");
    check_ring(in.rx_descriptors, "receive");
    check_ring(in.tx_descriptors, "transmit");
}

// What frames make of buffers, on average over the mix: all of it per frame.
struct PerFrame {
    double buffers = 0, bytes_written = 0, bytes_on_wire = 0;
};

PerFrame average(const FrameMix& mix, std::uint32_t room) {
    PerFrame sum;
    double shares = 0;
    for (const FrameShare& f : mix) {
        const std::uint32_t stored = f.bytes - crc, full = (stored - 1) / room, rest = stored - full * room;
        sum.buffers += f.share * (full + 1);
        sum.bytes_written += f.share * (double(full) * room + (rest + line - 1) / line * line);
        sum.bytes_on_wire += f.share * (f.bytes + preamble_and_gap);
        shares += f.share;
    }
    return {sum.buffers / shares, sum.bytes_written / shares, sum.bytes_on_wire / shares};
}

FrameMix only(std::uint32_t bytes) { return {{bytes, 1}}; }

// How many frames come in the longest gap, and how many descriptors that takes.
void need_for_the_gap(Sizing& s) {
    const SizingInput& in = s.input;
    const PerFrame frame = average(in.frames.empty() ? only(smallest_frame) : in.frames, in.room);
    const double wire = in.bits_per_second / (8 * frame.bytes_on_wire);
    const double port = std::min(wire, in.packets_per_second.value_or(wire)) * frame.buffers;
    s.packets_per_second = in.queues == 1 ? port : std::min(port, uneven * port / in.queues);
    s.poll_gap = in.poll_gap.value_or(usual_poll_gap);
    s.frames_in_gap = s.packets_per_second * s.poll_gap;
    // One descriptor of a ring is never the card's.
    s.for_the_gap = std::exp2(std::ceil(std::log2(std::min(s.frames_in_gap, 1e15) + 1)));
}

double all_queues(const SizingInput& in) { return double(in.ports) * in.queues; }

// How many descriptors keep a quarter of the cache's budget.
void need_for_the_cache(Sizing& s) {
    const SizingInput& in = s.input;
    const PerFrame frame = average(in.frames.empty() ? only(in.largest_frame) : in.frames, in.room);
    s.bytes_written = frame.bytes_written / frame.buffers;
    const double fit = rounding * good_rho * static_cast<double>(in.cache.budget) /
                       (all_queues(in) * (s.bytes_written + descriptor_size));
    s.for_the_cache = std::bit_floor(static_cast<std::uint32_t>(std::min(fit, 1e9)));
}

std::uint32_t choose(const Sizing& s) {
    const double wanted = std::max(s.for_the_gap, double(std::min(s.for_the_cache, enough)));
    return static_cast<std::uint32_t>(std::clamp(wanted, double{smallest_ring}, double{largest_ring}));
}

// Buffers of a queue that are neither in the receive ring nor free: a burst in the program's hands or just
// sent, and in the transmit ring those that wait to be reported.
double in_flight(const Sizing& s) { return double(s.input.burst) + report_every; }

void reckon_cycle(Sizing& s) {
    s.cycling = all_queues(s.input) * (s.rx_descriptors + in_flight(s)) * (s.bytes_written + descriptor_size);
    s.rho = s.cycling / static_cast<double>(std::max<std::uint64_t>(s.input.cache.budget, 1));
    if (!s.input.cache.ddio) return;
    s.hit_percent = predicted_hit_percent(s.rho);
    s.beyond_data = s.rho > hits.back().rho;
}

void reckon_posting(Sizing& s) {
    const double ring = s.rx_descriptors;
    s.posted_at_least = static_cast<std::uint32_t>(std::clamp<double>(s.for_the_gap, smallest_ring, ring));
    s.posted_at_most =
        static_cast<std::uint32_t>(std::clamp<double>(s.for_the_cache, s.posted_at_least, ring));
}

void reckon_pool(Sizing& s) {
    const SizingInput& in = s.input;
    const double descriptors = all_queues(in) * (double(s.rx_descriptors) + s.tx_descriptors);
    const double buffers = descriptors + double(in.threads) * (double{PacketCache::capacity} + in.held);
    constexpr double most = 1u << 30;
    require(buffers <= most,
            formatted("%.0f descriptors for %u threads take %.0f buffers; a pool has at most %.0f",
                      descriptors, in.threads, buffers, most));
    s.pool_buffers =
        buffers_needed(static_cast<std::uint32_t>(descriptors), in.threads) + in.threads * in.held;
}

std::string hit_text(const Sizing& s) {
    return formatted(s.beyond_data ? "less than %.0f %%" : "%.0f %%", *s.hit_percent);
}

void warn(Sizing& s) {
    const double ring = s.rx_descriptors;
    if (s.frames_in_gap > ring - 1)
        s.warnings.push_back(
            formatted("A poll gap of %.6g us brings up to %.0f frames, and a ring of %.0f holds %.0f: the "
                      "others are lost. Look more often, or use more queues.",
                      s.poll_gap * 1e6, s.frames_in_gap, ring, ring - 1));
    if (s.for_the_cache < s.rx_descriptors && s.hit_percent)
        s.warnings.push_back(formatted(
            "Rings of %.0f are more than the cache's share for devices takes (%u at most, for 95 %% "
            "hits): %s are "
            "predicted. Fewer queues, shorter poll gaps or more ways for devices would help.",
            ring, s.for_the_cache, hit_text(s).c_str()));
}

std::string rate_text(double pps) {
    if (pps >= 1e6) return formatted("%.2f Mpps", pps / 1e6);
    return pps >= 1e3 ? formatted("%.1f kpps", pps / 1e3) : formatted("%.6g pps", pps);
}

std::string frames_text(const SizingInput& in) {
    if (in.frames.empty())
        return formatted("unknown: %u bytes for the rate, %u for the cache", smallest_frame,
                         in.largest_frame);
    std::string text;
    for (const FrameShare& f : in.frames)
        text += formatted("%s%u", text.empty() ? "" : ", ", f.bytes) +
                (in.frames.size() > 1 ? formatted(" (%.4g)", f.share) : "");
    return text + " bytes";
}

// Why this many: what decided.
std::string reason(const Sizing& s) {
    if (s.input.rx_descriptors) return "as asked for";
    const std::string gap = formatted("up to %.0f frames come in %.6g us (%s)", s.frames_in_gap,
                                      s.poll_gap * 1e6, rate_text(s.packets_per_second).c_str());
    if (s.for_the_gap > largest_ring) return gap + ", and this is the largest ring";
    if (s.rx_descriptors == s.for_the_gap) return gap;
    if (s.rx_descriptors == enough) return "the cache would take " + std::to_string(s.for_the_cache);
    if (s.rx_descriptors == s.for_the_cache) return "the most that keep to a quarter of the cache's share";
    return "the smallest ring";
}

std::string why_no_hits(const IoCache& cache) {
    return cache.virtual_machine ? "no DDIO, and a virtual machine" : "no DDIO";
}

std::string explain_cache(const Sizing& s) {
    const IoCache& c = s.input.cache;
    std::string text = "The cache\n";
    text += formatted("  processor                     %s%s\n", c.processor.c_str(),
                      c.virtual_machine ? ", virtual" : "");
    text += formatted("  last-level cache              %s%s\n",
                      c.llc_bytes == 0 ? "unknown" : bytes_as_text(static_cast<double>(c.llc_bytes)).c_str(),
                      c.llc_from_cpuid ? " (CPUID)" : "");
    text += "  C, what cycles should fit in  " + c.summary() + "\n";
    for (const std::string& note : c.notes) text += "  " + note + "\n";
    return text;
}

std::string explain_gap(const Sizing& s) {
    const SizingInput& in = s.input;
    std::string text = "The gap\n";
    text += "  frames                        " + frames_text(in) + "\n";
    text += formatted(
        "  descriptors filled, at most   %s a queue: %.6g Gb/s%s%s\n",
        rate_text(s.packets_per_second).c_str(), in.bits_per_second / 1e9,
        in.packets_per_second ? formatted(", %s", rate_text(*in.packets_per_second).c_str()).c_str() : "",
        in.queues > 1 ? formatted(" over %u queues, one with up to twice its share", in.queues).c_str() : "");
    text += formatted("  from one look to the next     %.6g us%s\n", s.poll_gap * 1e6,
                      in.poll_gap ? "" : " (assumed)");
    text += formatted(
        "  come meanwhile                %.4g -> a ring of %.0f, one of which is never the card's\n",
        s.frames_in_gap, s.for_the_gap);
    return text;
}

std::string explain_rings(const Sizing& s) {
    const SizingInput& in = s.input;
    std::string text = "The rings\n";
    text +=
        formatted("  written into a buffer         %.6g bytes, whole lines of %u, and a descriptor of %u\n",
                  s.bytes_written, line, descriptor_size);
    text += formatted("  a quarter of C holds          %u descriptors for each of %.0f queues\n",
                      s.for_the_cache, all_queues(in));
    text +=
        formatted("  receive ring                  max(%.0f, min(%u, %u)) within %u to %u -> %u%s\n",
                  s.for_the_gap, s.for_the_cache, enough, smallest_ring, largest_ring, choose(s),
                  in.rx_descriptors ? formatted("; but %u were asked for", *in.rx_descriptors).c_str() : "");
    text += formatted("  transmit ring                 %u%s\n", s.tx_descriptors,
                      in.tx_descriptors ? ", as asked for" : ": it can take all that is received");
    text += formatted(
        "  pool                          %u buffers: %.0f x (%u + %u) in rings, %u x (%u + %u) with "
        "threads\n",
        s.pool_buffers, all_queues(in), s.rx_descriptors, s.tx_descriptors, in.threads, PacketCache::capacity,
        in.held);
    text += formatted(
        "  a full ring lasts             %.4g us at that rate: no frame waits longer, if the program keeps "
        "up\n",
        s.rx_descriptors / s.packets_per_second * 1e6);
    return text;
}

std::string explain_cycle(const Sizing& s) {
    const SizingInput& in = s.input;
    std::string text = "What cycles\n";
    text += formatted(
        "  in flight                     %.0f buffers a queue: a burst of %u, and %u sent but not yet "
        "reported\n",
        in_flight(s), in.burst, report_every);
    text += formatted("  all queues                    %.0f x (%u + %.0f) x (%.6g + %u) = %s\n",
                      all_queues(in), s.rx_descriptors, in_flight(s), s.bytes_written, descriptor_size,
                      bytes_as_text(s.cycling).c_str());
    text += formatted("  rho                           %.0f bytes / %llu = %.3f\n", s.cycling,
                      static_cast<unsigned long long>(in.cache.budget), s.rho);
    if (s.hit_percent)
        text += formatted(
            "  predicted write hits          %s, from 24 measurements on a Xeon Gold 6140 (Farshin et al., "
            "2020)%s\n",
            hit_text(s).c_str(), s.beyond_data ? "; rho is beyond all of them" : "");
    else
        text += "  predicted write hits          none: " + why_no_hits(in.cache) + "\n";
    return text;
}

std::uint32_t whole_number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

}  // namespace

FrameMix parse_frame_mix(const std::string& text) {
    if (text == "imix") return {{64, 7}, {594, 4}, {1518, 1}};
    FrameMix mix;
    std::string_view rest = text;
    bool good = !rest.empty() && !rest.ends_with(',');
    while (good && !rest.empty()) {
        const std::string_view part = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        const std::size_t colon = part.find(':');
        const std::uint32_t bytes = whole_number(part.substr(0, colon));
        const std::uint32_t share = colon == part.npos ? 1 : whole_number(part.substr(colon + 1));
        good = bytes >= smallest_frame && bytes <= largest_known_frame && share > 0 && share <= 1'000'000;
        mix.push_back({bytes, double(share)});
        good = good && mix.size() <= 1000;
    }
    if (!good)
        throw hal::Error(
            "\"" + text.substr(0, 60) + "\" is not a mix of frame sizes; " +
            formatted("with the CRC they have %u to %u bytes. Examples: 1518; imix; 64:7,594:4,1518:1",
                      smallest_frame, largest_known_frame));
    return mix;
}

std::span<const HitPoint> measured_hits() noexcept { return hits; }

double predicted_hit_percent(double rho) noexcept {
    if (!(rho > hits.front().rho)) return hits.front().percent;
    if (rho >= hits.back().rho) return hits.back().percent * hits.back().rho / rho;
    const auto* const right =
        std::find_if(hits.begin(), hits.end(), [&](const HitPoint& point) { return point.rho > rho; });
    const HitPoint left = *(right - 1);
    return left.percent + (rho - left.rho) / (right->rho - left.rho) * (right->percent - left.percent);
}

Sizing size_buffers(const SizingInput& input) {
    check(input);
    Sizing s;
    s.input = input;
    need_for_the_gap(s);
    need_for_the_cache(s);
    s.rx_descriptors = input.rx_descriptors.value_or(choose(s));
    s.tx_descriptors = input.tx_descriptors.value_or(s.rx_descriptors);
    reckon_posting(s);
    reckon_pool(s);
    reckon_cycle(s);
    warn(s);
    return s;
}

std::array<std::string, 2> Sizing::summary() const {
    return {formatted("rings of %u and %u, %u buffers: %s", rx_descriptors, tx_descriptors, pool_buffers,
                      reason(*this).c_str()),
            formatted("%s cycle, %.0f %% of %s; ", bytes_as_text(cycling).c_str(), 100 * rho,
                      input.cache.summary().c_str()) +
                (hit_percent ? hit_text(*this) + " of the cards' writes should hit"
                             : "no hit rate predicted: " + why_no_hits(input.cache))};
}

std::string Sizing::explain() const {
    std::string text =
        explain_cache(*this) + explain_gap(*this) + explain_rings(*this) + explain_cycle(*this);
    for (const std::string& warning : warnings) text += warning + "\n";
    return text;
}

}  // namespace ringside::mem

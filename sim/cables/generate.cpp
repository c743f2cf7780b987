#include "sim/cables/generate.hpp"

#include "hal/error.hpp"
#include "sim/cables/cables.hpp"
#include "sim/cables/options.hpp"

namespace ringside::sim {
namespace {

const char* const size_form = "64 to 9018 (with the FCS), a range such as 64-1518, or imix";
const char* const rate_form =
    "max, bits per second such as 10G or 2.5Gbps, or frames such as 1.5Mpps or 100kpps";

// FNV-1a, folded: the id under which frames of this name travel.
std::uint16_t stream_id(std::string_view name) {
    std::uint32_t hash = 2166136261u;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return static_cast<std::uint16_t>(hash ^ hash >> 16);
}

std::size_t parse_size(const Options& options, std::string_view text) {
    const auto size = parse_number(text);
    if (!size || *size < test_frame::min_size + test_frame::fcs_size ||
        *size > test_frame::max_size + test_frame::fcs_size)
        options.reject("size", size_form);
    return static_cast<std::size_t>(*size) - test_frame::fcs_size;
}

SizePlan parse_sizes(const Options& options, bool tagged) {
    SizePlan sizes;
    const std::size_t smallest = test_frame::min_size + (tagged ? test_frame::tag_size : 0);
    sizes.low = sizes.high = smallest;
    const auto text = options.text("size");
    if (!text) return sizes;
    if (*text == "imix") {
        sizes.kind = SizePlan::Kind::imix;
        return sizes;
    }
    const std::size_t dash = text->find('-');
    sizes.low = sizes.high = parse_size(options, text->substr(0, dash));
    if (dash != std::string::npos) {
        sizes.kind = SizePlan::Kind::uniform;
        sizes.high = parse_size(options, text->substr(dash + 1));
    }
    if (sizes.high < sizes.low) options.reject("size", size_form);
    if (sizes.low < smallest)
        options.reject("size", "at least 68 when there is a vlan: the tag takes 4 bytes");
    return sizes;
}

}  // namespace

GeneratePlan parse_generate(const std::string& spec, std::string_view rest) {
    const Options options(spec, rest,
                          {"name", "size", "count", "rate", "flows", "vlan", "dst", "src", "seed", "source"});
    GeneratePlan plan;
    TrafficPlan& traffic = plan.traffic;
    plan.name = options.text("name").value_or(plan.name);
    traffic.stream = stream_id(plan.name);
    if (const auto vlan = options.number("vlan", 1, 4094)) traffic.vlan = static_cast<std::uint16_t>(*vlan);
    traffic.sizes = parse_sizes(options, traffic.vlan.has_value());
    traffic.flows = static_cast<std::uint32_t>(options.number("flows", 1, 65536).value_or(1));
    traffic.destination = options.mac("dst").value_or(
        MacAddress{std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0x99}});
    traffic.source = options.mac("src").value_or(
        MacAddress{std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0x98}});
    traffic.seed = options.number("seed", 0, ~std::uint64_t{0}).value_or(1);
    plan.count = options.number("count", 0, test_frame::sequence_mask).value_or(0);
    if (const auto rate = options.text("rate"); rate && *rate != "max") {
        plan.rate = parse_rate(*rate);
        if (!plan.rate) options.reject("rate", rate_form);
    }
    if (const auto source = options.text("source")) {
        if (*source != "on" && *source != "off")
            options.reject("source", "on or off (off: only check what arrives)");
        plan.source = *source == "on";
    }
    return plan;
}

Generator::Generator(std::string spec, const GeneratePlan& plan, hal::Clock& clock)
    : ReportingCable(std::move(spec)), plan_(plan), source_(plan.traffic) {
    if (plan.rate && plan.source) pace_.emplace(*plan.rate, clock);
}

std::span<const std::byte> Generator::peek() {
    if (!frame_.empty()) return frame_;
    if (finished() || (pace_ && !pace_->due())) return {};
    return frame_ = source_.next();
}

void Generator::pop() {
    to_nic_.add(frame_.size());
    if (pace_) pace_->advance(frame_.size());
    frame_ = {};
}

void Generator::transmit(std::span<const std::byte> frame) {
    from_nic_.add(frame.size());
    sink_.receive(frame);
}

void Generator::describe(Report& report) const {
    const SinkCounters seen = sink_.counters();
    report.text("stream", plan_.name);
    if (plan_.source && plan_.count != 0) report.trouble("not_yet_sent", plan_.count - to_nic_.frames);
    if (pace_)
        report.trouble("behind_ms",
                       static_cast<std::uint64_t>(
                           std::chrono::duration_cast<std::chrono::milliseconds>(pace_->behind()).count()));
    report.count("received", seen.received).count("lost", seen.lost).count("reordered", seen.reordered);
    report.count("duplicated", seen.duplicated)
        .count("corrupted", seen.corrupted)
        .count("foreign", seen.foreign);
    report.trouble("too_late", seen.too_late).trouble("untracked", seen.untracked);
    report.trouble("streams_seen", sink_.streams()).trouble("flows_seen", sink_.flows());
}

std::unique_ptr<Cable> make_generate(const std::string& spec, std::string_view rest, hal::Clock& clock) {
    return std::make_unique<Generator>(spec, parse_generate(spec, rest), clock);
}

}  // namespace ringside::sim

// generate: a source of traffic and a sink that checks what arrives.
#pragma once

#include "sim/cables/frame_sink.hpp"
#include "sim/cables/frame_source.hpp"
#include "sim/cables/pace.hpp"
#include "sim/cables/report.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::sim {

// What "generate:KEY=VALUE,…" asks for.
struct GeneratePlan {
    TrafficPlan traffic;
    std::string name = "traffic";
    bool source = true;
    std::uint64_t count = 0;   // frames to send; 0: endless
    std::optional<Rate> rate;  // none: as fast as the NIC takes them
};

// Throws hal::AddressError with a sentence that names the bad key and lists the good ones.
GeneratePlan parse_generate(const std::string& spec, std::string_view rest);

class Generator final : public ReportingCable {
public:
    Generator(std::string spec, const GeneratePlan& plan, hal::Clock& clock);

    bool connected() override { return true; }
    bool waits() const override { return !pace_; }
    std::span<const std::byte> peek() override;
    void pop() override;
    void transmit(std::span<const std::byte> frame) override;
    bool timed() const override { return pace_ && !finished(); }

    // For tests and for whoever compares a source with a sink.
    std::uint64_t sent() const { return to_nic_.frames; }
    SinkCounters counters() const { return sink_.counters(); }
    bool finished() const { return !plan_.source || (plan_.count != 0 && to_nic_.frames == plan_.count); }

private:
    void describe(Report& report) const override;

    GeneratePlan plan_;
    FrameSource source_;
    FrameSink sink_;
    std::optional<Pace> pace_;
    std::span<const std::byte> frame_;  // offered and not yet popped
};

}  // namespace ringside::sim

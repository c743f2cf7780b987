// loop: a plug that sends every frame back into the NIC that sent it.
#include "hal/error.hpp"
#include "sim/cables/cables.hpp"
#include "sim/cables/frame_queue.hpp"
#include "sim/cables/report.hpp"

namespace ringside::sim {
namespace {

class Loop final : public ReportingCable {
public:
    using ReportingCable::ReportingCable;

    bool connected() override { return true; }
    bool waits() const override { return true; }
    std::span<const std::byte> peek() override { return queue_.front(); }

    void pop() override {
        to_nic_.add(queue_.front().size());
        queue_.pop();
    }

    void transmit(std::span<const std::byte> frame) override {
        from_nic_.add(frame.size());
        if (!queue_.push(frame)) ++queue_full_;
    }

private:
    void describe(Report& report) const override { report.trouble("dropped_queue_full", queue_full_); }

    FrameQueue queue_;
    std::uint64_t queue_full_ = 0;
};

}  // namespace

std::unique_ptr<Cable> make_loop(const std::string& spec, std::string_view rest) {
    if (!rest.empty())
        throw hal::AddressError("cable '" + spec + "': loop takes nothing after its name; write just loop");
    return std::make_unique<Loop>(spec);
}

}  // namespace ringside::sim

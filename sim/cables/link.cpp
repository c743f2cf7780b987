// link:NAME: two NICs of one simulator back to back. The NICs may run in two threads: each direction is a
// queue between one sender and one receiver.
#include "hal/error.hpp"
#include "hal/fd.hpp"
#include "sim/cables/cables.hpp"
#include "sim/cables/frame_queue.hpp"
#include "sim/cables/report.hpp"

#include <sys/eventfd.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <string>

namespace ringside::sim {
namespace {

// One direction, with an event for a receiver that sleeps. The event stays raised while the receiver is busy,
// so that a steady stream costs no system call.
class Direction {
public:
    Direction()
        : event_(hal::check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "creating the event of a link cable")) {
    }

    FrameQueue queue;
    int event() const { return event_.get(); }

    // Exchanges, not loads and stores: of a raise() and a lower() at the same moment either the first sees
    // that it must write, or the second sees what was queued before the first.
    void raise() {
        if (raised_.exchange(true)) return;
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written =
            ::write(event_.get(), &one, sizeof one);  // cannot fail: counts to 2^64
    }

    void lower() {
        if (!raised_.load(std::memory_order_relaxed)) return;
        std::uint64_t count;
        [[maybe_unused]] const auto taken = ::read(event_.get(), &count, sizeof count);
        raised_.exchange(false);
        if (!queue.empty()) raise();  // pushed while the sender still saw the flag
    }

private:
    hal::Fd event_;
    std::atomic<bool> raised_{false};
};

struct Wire {
    std::array<Direction, 2> to;  // [side]: frames for the NIC at that side
    std::array<std::atomic<bool>, 2> present{};
};

// The links of this process by name. A link lives as long as one of its ends.
class Wires {
public:
    static Wires& instance() {
        static Wires wires;
        return wires;
    }

    // The wire and the side that was free, now taken.
    std::pair<std::shared_ptr<Wire>, std::size_t> take_end(const std::string& name) {
        const std::scoped_lock lock(mutex_);
        std::shared_ptr<Wire> wire = wires_[name].lock();
        if (!wire) wires_[name] = wire = std::make_shared<Wire>();
        for (std::size_t side : {0u, 1u})
            if (!wire->present[side].exchange(true)) return {wire, side};
        throw hal::AddressError("cable 'link:" + name + "': both ends of link " + name +
                                " are plugged in already; give this NIC a link of another name");
    }

    void return_end(const std::string& name, std::shared_ptr<Wire> wire, std::size_t side) {
        const std::scoped_lock lock(mutex_);
        wire->present[side] = false;
        wire->to[1 - side].raise();
        wire.reset();
        if (wires_[name].expired()) wires_.erase(name);
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<Wire>> wires_;
};

class Link final : public ReportingCable {
public:
    Link(const std::string& spec, std::string name) : ReportingCable(spec), name_(std::move(name)) {
        std::tie(wire_, side_) = Wires::instance().take_end(name_);
        in_ = &wire_->to[side_];
        out_ = &wire_->to[1 - side_];
        while (!in_->queue.front().empty()) {  // sent to whoever was plugged in here before
            in_->queue.pop();
            ++discarded_;
        }
        out_->raise();
    }

    ~Link() override { Wires::instance().return_end(name_, std::move(wire_), side_); }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    bool connected() override { return wire_->present[1 - side_].load(std::memory_order_relaxed); }
    bool waits() const override { return true; }
    bool forgets() const override { return true; }
    std::span<const std::byte> peek() override { return in_->queue.front(); }

    void pop() override {
        to_nic_.add(in_->queue.front().size());
        in_->queue.pop();
    }

    void transmit(std::span<const std::byte> frame) override {
        from_nic_.add(frame.size());
        if (!connected()) {
            ++no_partner_;
            return;
        }
        if (!out_->queue.push(frame)) ++queue_full_;
        unannounced_ = true;
    }

    void poll() override {
        if (unannounced_) {  // once a round, not once a frame
            unannounced_ = false;
            out_->raise();
        }
        if (!in_->queue.empty()) {
            idle_rounds_ = 0;
        } else if (++idle_rounds_ >= rounds_before_rest) {
            in_->lower();
        }
    }

    int wake_fd() const override { return in_->event(); }

private:
    static constexpr unsigned rounds_before_rest =
        64;  // less than a pause between two bursts should not count

    void describe(Report& report) const override {
        report.trouble("dropped_queue_full", queue_full_).trouble("dropped_no_partner", no_partner_);
        report.trouble("discarded_of_former_end", discarded_);
    }

    std::string name_;
    std::shared_ptr<Wire> wire_;
    std::size_t side_ = 0;
    Direction* in_ = nullptr;
    Direction* out_ = nullptr;
    bool unannounced_ = false;
    unsigned idle_rounds_ = 0;
    std::uint64_t queue_full_ = 0, no_partner_ = 0, discarded_ = 0;
};

}  // namespace

std::unique_ptr<Cable> make_link(const std::string& spec, std::string_view rest) {
    if (rest.empty())
        throw hal::AddressError(
            "cable '" + spec +
            "': a link needs a name, the same for both NICs; write for example link:middle");
    return std::make_unique<Link>(spec, std::string(rest));
}

}  // namespace ringside::sim

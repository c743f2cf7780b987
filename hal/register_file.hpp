// Typed, ordered access to a device's registers. Control path: any access may be a message to another
// process.
#pragma once

#include "hal/barrier.hpp"
#include "hal/clock.hpp"
#include "hal/device.hpp"
#include "hal/error.hpp"
#include "hal/register.hpp"
#include "hal/register_info.hpp"

#include <chrono>
#include <cstdio>
#include <string>

namespace ringside::hal {

// Told about every access, for traces. The golden traces in docs/traces are what one of these wrote.
class RegisterObserver {
public:
    struct Event {
        char direction;  // 'R' or 'W'
        const char* name;
        std::uint32_t count, index, raw;
        std::span<const FieldInfo> fields;
    };
    virtual ~RegisterObserver() = default;
    virtual void saw(const Event& event) = 0;
};

class RegisterFile {
public:
    // `presence` is the offset of a register that cannot read as all ones while the device is there.
    // `who` is the device's address, for error sentences. All references must outlive this object.
    RegisterFile(Bar& bar, std::uint32_t presence, Clock& clock, std::string who)
        : bar_(bar), presence_(presence), clock_(clock), who_(std::move(who)) {}

    void observe(RegisterObserver* observer) noexcept { observer_ = observer; }

    // Ordered access. What the device wrote to memory before we read R is visible to us after the read;
    // what we wrote to memory before we write R is visible to the device when it sees the write.
    // Throws DeviceGone if the device is no longer there.
    template <Readable R> [[nodiscard]] Snapshot<R> read(std::uint32_t i = 0) const {
        const std::uint32_t raw = bar_.load32(R::offset(i));
        dma_acquire_fence();
        if (raw == ~0u) check_presence();
        if (observer_ != nullptr) observer_->saw({'R', R::name, R::count, i, raw, fields_of<R>()});
        return Snapshot<R>(raw);
    }
    // The same for a register chosen at run time. The caller knows that reading it is harmless.
    [[nodiscard]] std::uint32_t read(const RegisterInfo& r, std::uint32_t i) const {
        const std::uint32_t raw = bar_.load32(r.offset(i));
        dma_acquire_fence();
        if (raw == ~0u) check_presence();
        if (observer_ != nullptr) observer_->saw({'R', r.name, r.count, i, raw, r.fields});
        return raw;
    }
    template <Writable R> void write(std::uint32_t i, Value<R> v) const {
        if (observer_ != nullptr) observer_->saw({'W', R::name, R::count, i, v.bits, fields_of<R>()});
        dma_release_fence();
        bar_.store32(R::offset(i), v.bits);
    }
    template <Writable R>
    requires Single<R>
    void write(Value<R> v) const { write(0, v); }

    // Read, change the named fields, write back: a slow round trip to the device, hence its own name.
    template <Updatable R> void update(std::uint32_t i, Value<R> v) const {
        const std::uint32_t old = read<R>(i).raw();
        write(i, R::raw((old & ~v.mask) | v.bits));
    }
    template <Updatable R>
    requires Single<R>
    void update(Value<R> v) const { update(0, v); }

    // Polls until the named fields have the wanted values; throws Timeout when `limit` has passed, with a
    // sentence that ends in `advice`. `interval` is the pause between two looks.
    template <Readable R>
    void wait_for(std::uint32_t i, Value<R> want, Clock::Duration limit, const char* advice,
                  Clock::Duration interval = std::chrono::microseconds(100)) const {
        if (!reaches(i, want, limit, interval)) throw Timeout(timeout_sentence<R>(i, want, limit, advice));
    }
    template <Readable R>
    requires Single<R>
    void wait_for(Value<R> want, Clock::Duration limit, const char* advice,
                  Clock::Duration interval = std::chrono::microseconds(100)) const {
        wait_for(0, want, limit, advice, interval);
    }
    // The same for waits that may fail: says whether the fields got there in time.
    template <Readable R>
    [[nodiscard]] bool reaches(std::uint32_t i, Value<R> want, Clock::Duration limit,
                               Clock::Duration interval = std::chrono::microseconds(100)) const {
        const auto deadline = clock_.now() + limit;
        for (;;) {
            // The time is taken before the look: a thread that was suspended in between looks once more.
            const bool last = clock_.now() >= deadline;
            if ((read<R>(i).raw() & want.mask) == want.bits) return true;
            if (last) return false;
            clock_.sleep(interval);
        }
    }

    // Pushes posted writes to the device: a read cannot overtake them.
    template <Readable R> void flush() const { static_cast<void>(read<R>()); }

    void sleep(Clock::Duration duration) const { clock_.sleep(duration); }
    Bar& bar() const noexcept { return bar_; }
    Clock& clock() const noexcept { return clock_; }
    const std::string& who() const noexcept { return who_; }

private:
    void check_presence() const {
        if (bar_.load32(presence_) == ~0u)
            throw DeviceGone(who_ +
                             ": all registers read as ones: the device was removed, has lost power, or the "
                             "process that simulates it has ended");
    }
    template <Readable R>
    std::string timeout_sentence(std::uint32_t i, Value<R> want, Clock::Duration limit,
                                 const char* advice) const {
        const std::string is = decode_masked(read<R>(i).raw(), want.mask, fields_of<R>());
        const std::string wanted = decode_masked(want.bits, want.mask, fields_of<R>());
        const auto us = std::chrono::duration_cast<std::chrono::microseconds>(limit).count();
        return who_ + ": " + register_name(R::name, R::count, i) + " did not become {" + wanted +
               "} within " +
               (us % 1000 == 0 ? std::to_string(us / 1000) + " ms" : std::to_string(us) + " us") +
               ", it is {" + is + "}; " + advice;
    }

    Bar& bar_;
    std::uint32_t presence_;
    Clock& clock_;
    std::string who_;
    RegisterObserver* observer_ = nullptr;
};

}  // namespace ringside::hal

// A thread on another core that does things when told, so that what it writes lies in that core's cache.
#pragma once

#include "hal/barrier.hpp"
#include "hal/cpu.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

namespace ringside::bench {

// One task at a time. While awake, both sides spin: a wake-up by the kernel would take longer than the
// task.
class OtherCore {
public:
    // To be made before the calling thread pins itself: threads inherit that.
    explicit OtherCore(unsigned cpu) : thread_([this, cpu] { serve(cpu); }) {}
    ~OtherCore() {
        const Awake awake(*this);
        give(nullptr, nullptr);
        thread_.join();
    }
    OtherCore(const OtherCore&) = delete;
    OtherCore& operator=(const OtherCore&) = delete;

    // While this lives, the other core waits for tasks; otherwise it sleeps.
    class Awake {
    public:
        explicit Awake(OtherCore& core) : core_(core) {
            core_.awake_ = true;
            core_.awake_.notify_one();
        }
        ~Awake() { core_.awake_ = false; }
        Awake(const Awake&) = delete;
        Awake& operator=(const Awake&) = delete;

    private:
        OtherCore& core_;
    };

    // Begins `task` there. It must not throw, and live until wait() has returned.
    template <class Task> void start(Task& task) {
        give([](void* it) { (*static_cast<Task*>(it))(); }, &task);
    }
    void wait() const {
        while (done_.load(std::memory_order_acquire) != given_.load(std::memory_order_relaxed))
            hal::spin_hint();
    }
    template <class Task> void run(Task& task) {
        start(task);
        wait();
    }

private:
    using Call = void (*)(void*);
    void give(Call call, void* task) {
        call_ = call;
        task_ = task;
        given_.store(given_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    void serve(unsigned cpu) {
        hal::pin_this_thread(cpu);
        for (std::uint32_t number = 1;; ++number) {
            while (given_.load(std::memory_order_acquire) != number) {
                if (!awake_.load(std::memory_order_relaxed)) awake_.wait(false);
                hal::spin_hint();
            }
            if (call_ == nullptr) return;
            call_(task_);
            done_.store(number, std::memory_order_release);
        }
    }

    Call call_ = nullptr;
    void* task_ = nullptr;
    std::atomic<bool> awake_{false};
    alignas(128) std::atomic<std::uint32_t> given_{0};
    alignas(128) std::atomic<std::uint32_t> done_{0};
    std::thread thread_;
};

}  // namespace ringside::bench

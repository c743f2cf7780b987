// A thread of the data path, for programs that watch over several.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <thread>
#include <utility>

namespace ringside::examples {

// A thread that ends when this does, and keeps what it threw for the main thread.
class Worker {
public:
    explicit Worker(std::function<void(const std::atomic<bool>&)> work)
        : thread_([this, work = std::move(work)] {
              try {
                  work(stop_);
              } catch (...) {
                  failure_ = std::current_exception();
                  failed_.store(true, std::memory_order_release);
              }
          }) {}
    ~Worker() { stop_.store(true, std::memory_order_relaxed); }  // the thread is joined after that
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void check() const {
        if (failed_.load(std::memory_order_acquire)) std::rethrow_exception(failure_);
    }

private:
    std::atomic<bool> stop_{false}, failed_{false};
    std::exception_ptr failure_;
    std::jthread thread_;
};

}  // namespace ringside::examples

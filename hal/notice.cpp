#include "hal/notice.hpp"

#include <cstdio>
#include <mutex>
#include <utility>

namespace ringside::hal {

namespace {

struct Notices {
    std::mutex mutex;
    NoticeSink sink;
};

// Never destroyed: destructors of other static objects may still have something to say.
Notices& notices() {
    static Notices& instance = *new Notices;
    return instance;
}

}  // namespace

void notice(const std::string& text) noexcept {
    try {
        Notices& n = notices();
        const std::lock_guard lock(n.mutex);
        if (n.sink)
            n.sink(text);
        else
            std::fprintf(stderr, "ringside: %s\n", text.c_str());
    } catch (...) {  // there is nobody left to tell
    }
}

NoticeSink set_notice_sink(NoticeSink sink) {
    Notices& n = notices();
    const std::lock_guard lock(n.mutex);
    return std::exchange(n.sink, std::move(sink));
}

}  // namespace ringside::hal

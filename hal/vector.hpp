// Which vector instructions the data path may use. Code for them is compiled for every processor and chosen
// when a queue is made; without them the same work is done one descriptor at a time.
#pragma once

namespace ringside::hal {

enum class Vector {
    none,
    avx2,  // x86-64 since 2013
};

// The best that this processor and its kernel support.
inline Vector best_vector() noexcept {
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)  // ThreadSanitizer knows nothing of these loads
    if (__builtin_cpu_supports("avx2")) return Vector::avx2;
#endif
    return Vector::none;
}

}  // namespace ringside::hal

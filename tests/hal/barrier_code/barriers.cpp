// One function per fence, to be looked at in assembly by check_barriers.py.
#include "hal/barrier.hpp"

using namespace ringside::hal;

extern "C" {

// A relaxed load, the fence, a plain load that must come after it.
int acquire(volatile const int* done, const int* data) {
    const int d = *done;
    dma_acquire_fence();
    return d + *data;
}

// A plain store, the fence, the doorbell that must come after it.
void release(volatile int* doorbell, int* data) {
    *data = 1;
    dma_release_fence();
    *doorbell = 2;
}

// A store, the fence, a load that must come after it.
int full(volatile int* armed, volatile const int* arrived) {
    *armed = 1;
    dma_full_fence();
    return *arrived;
}

void hint() { spin_hint(); }
}

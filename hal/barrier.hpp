// Ordering between this core and a cache-coherent PCIe device. Guarantees and reasons: docs/ordering.md.
#pragma once

namespace ringside::hal {

// Acquire: what follows happens after the load that told us the device is done.
//   while (!(ring[i].status & DD)) {}   dma_acquire_fence();   use(ring[i], buffer[i]);
inline void dma_acquire_fence() noexcept {
#if defined(__x86_64__)
    asm volatile("" ::: "memory");  // TSO: loads stay before later loads and stores
#elif defined(__aarch64__)
    asm volatile("dmb oshld" ::: "memory");  // outer shareable: the device is an observer too
#else
#error "teach hal/barrier.hpp about this architecture"
#endif
}

// Release: what precedes, reads as well as writes, happens before the store that hands over to the device.
//   fill(ring[i]);   dma_release_fence();   doorbell = i + 1;
inline void dma_release_fence() noexcept {
#if defined(__x86_64__)
    asm volatile("" ::: "memory");  // TSO: stores stay after earlier loads and stores, write-back or uncached
#elif defined(__aarch64__)
    asm volatile("dmb osh" ::
                     : "memory");  // not oshst: a buffer we have read must not be refilled before the read
#endif
}

// Full: the one order no architecture keeps by itself, our store before our later load.
//   arm_interrupt();   dma_full_fence();   if (anything_arrived()) disarm_and_poll();
inline void dma_full_fence() noexcept {
#if defined(__x86_64__)
    asm volatile("mfence" ::: "memory");
#elif defined(__aarch64__)
    asm volatile("dmb osh" ::: "memory");
#endif
}

// Tells the core that this is a spin loop: saves power and leaves the pipeline to a sibling thread.
inline void spin_hint() noexcept {
#if defined(__x86_64__)
    asm volatile("pause");
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace ringside::hal

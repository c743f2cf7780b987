// Fixed work for callgrind, which counts the instructions in counted_receive() and its like.
#pragma once

#include <string>

namespace ringside::bench {

// Runs all that is counted; says what, one JSON object per case and path, in the order in which it ran.
// Between them it calls bench_count_mark(), at which callgrind writes down what it has counted so far.
void count_only();

}  // namespace ringside::bench

extern "C" void bench_count_mark();

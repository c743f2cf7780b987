#include "tests/hal/test_registers.hpp"

using namespace ringside::hal::card;

constexpr auto value = QCTL::PTHRESH(128);

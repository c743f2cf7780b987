#include "tests/hal/test_registers.hpp"

using namespace ringside::hal::card;

constexpr auto offset = QCTL::offset(128);

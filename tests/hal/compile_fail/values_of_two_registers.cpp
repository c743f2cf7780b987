#include "tests/hal/test_registers.hpp"

using namespace ringside::hal::card;

auto value = QCTL::PTHRESH(36) | CTRL::RST(true);

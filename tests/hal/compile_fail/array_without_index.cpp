#include "hal/register_file.hpp"
#include "tests/hal/test_registers.hpp"

using namespace ringside::hal;
using namespace ringside::hal::card;

void use(RegisterFile& registers) { registers.write(QCTL::ENABLE(true)); }

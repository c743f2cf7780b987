#include "hal/register_file.hpp"
#include "tests/hal/test_registers.hpp"

using namespace ringside::hal;
using namespace ringside::hal::card;

bool use(RegisterFile& registers) { return registers.read<CTRL>()[QCTL::ENABLE]; }

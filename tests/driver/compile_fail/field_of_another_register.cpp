#include "driver/ixgbe/registers.hpp"
#include "hal/register_file.hpp"

using namespace ringside::hal;
using namespace ringside::ixgbe;

bool use(RegisterFile& registers) { return registers.read<LINKS>()[RXDCTL::ENABLE]; }

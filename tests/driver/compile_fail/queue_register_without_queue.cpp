#include "driver/ixgbe/registers.hpp"
#include "hal/register_file.hpp"

using namespace ringside::hal;
using namespace ringside::ixgbe;

void use(RegisterFile& registers) { registers.write(TXDCTL::ENABLE(true)); }

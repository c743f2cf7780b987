#include "hal/register.hpp"

using namespace ringside::hal;

struct RAH : Register<RAH, 0x5404, Access::rw> {
    static constexpr auto VALID = field<7, 0, bool>("VALID");
};

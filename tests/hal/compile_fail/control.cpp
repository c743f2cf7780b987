// What the other files do wrong, done right: must compile, or their failures prove nothing.
#include "hal/register_file.hpp"
#include "tests/hal/test_registers.hpp"

using namespace ringside::hal;
using namespace ringside::hal::card;

struct RIGHT : Register<RIGHT, 0x5404, Access::rw> {
    static constexpr auto name = "RIGHT";
    static constexpr auto VALID = bit<31>("VALID");
    static constexpr auto ADDRESS = field<15, 0>("ADDRESS");
    static constexpr auto fields = layout(VALID, ADDRESS);
};
constexpr auto widest = QCTL::PTHRESH(127);
constexpr auto joined = QCTL::PTHRESH(36) | QCTL::ENABLE(true);
bool use(RegisterFile& registers) {
    registers.write(0, joined);
    registers.write(CTRL::RST(true));
    registers.update(RIGHT::VALID(true));
    return registers.read<QCTL>(2)[QCTL::ENABLE] && registers.read<GPRC>()[GPRC::COUNT] != 0;
}

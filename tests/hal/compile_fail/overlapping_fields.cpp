#include "hal/register.hpp"

using namespace ringside::hal;

struct X : Register<X, 0, Access::rw> {
    static constexpr auto HIGH = field<9, 4>("HIGH");
    static constexpr auto LOW = field<4, 0>("LOW");
    static constexpr auto fields = layout(HIGH, LOW);
};

// What the other files do wrong, done right: must compile, or their failures prove nothing.
#include "driver/ixgbe/device.hpp"
#include "hal/iova.hpp"

#include <memory>

using namespace ringside;
using namespace ringside::hal;
using namespace ringside::ixgbe;

constexpr auto last = RDT::offset(127);
constexpr auto type = SRRCTL::BSIZEPACKET(16) | SRRCTL::DESCTYPE(RxDescriptorType::advanced_one_buffer);
constexpr auto low = RDBAL::raw(low32(Iova{0x1000}));

bool use(RegisterFile& registers) {
    registers.write(5, TXDCTL::ENABLE(true) | TXDCTL::WTHRESH(0));
    registers.write(EICR::LSC(true));
    registers.update(FCTRL::UPE(true));
    return registers.read<LINKS>()[LINKS::UP] && registers.read<GPRC>().raw() != 0;
}
ixgbe::RxQueue& first(std::unique_ptr<ixgbe::Device> device) {
    return static_cast<ixgbe::RxQueue&>(device->rx(0));
}

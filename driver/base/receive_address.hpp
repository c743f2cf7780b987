// The receive address registers: the same pair on all cards, at different places.
#pragma once

#include "driver/nic.hpp"
#include "hal/register_file.hpp"

#include <cstdint>

namespace ringside {

// The address in an entry; zero if the entry is not valid.
template <class RAL, class RAH>
MacAddress read_receive_address(const hal::RegisterFile& regs, std::uint32_t entry) {
    const std::uint32_t low = regs.read<RAL>(entry).raw();
    const auto high = regs.read<RAH>(entry);
    MacAddress mac;
    for (unsigned i = 0; i < 4; ++i) mac.bytes[i] = static_cast<std::uint8_t>(low >> (8 * i));
    for (unsigned i = 0; i < 2; ++i) mac.bytes[4 + i] = static_cast<std::uint8_t>(high[RAH::ADDR] >> (8 * i));
    return high[RAH::AV] ? mac : MacAddress{};
}

// From now on the entry matches nothing.
template <class RAH> void clear_receive_address(const hal::RegisterFile& regs, std::uint32_t entry) {
    regs.write(entry, RAH::ADDR(0) | RAH::AV(false));
}

template <class RAL, class RAH>
void write_receive_address(const hal::RegisterFile& regs, std::uint32_t entry, const MacAddress& mac) {
    std::uint32_t low = 0, high = 0;
    for (unsigned i = 0; i < 4; ++i) low |= std::uint32_t{mac.bytes[i]} << (8 * i);
    for (unsigned i = 0; i < 2; ++i) high |= std::uint32_t{mac.bytes[4 + i]} << (8 * i);
    clear_receive_address<RAH>(regs, entry);  // off while half of it is new
    regs.write(entry, RAL::raw(low));
    // AV belongs to every write of the address: without it the entry is dead.
    regs.write(entry, RAH::ADDR(high) | RAH::AV(true));
}

}  // namespace ringside

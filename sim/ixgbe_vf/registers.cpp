#include "sim/ixgbe_vf/registers.hpp"

#include "sim/ixgbe/bits.hpp"

namespace ringside::sim::ixgbe_vf {
namespace {

namespace card = ixgbe::reg;

constexpr std::uint32_t own_vectors = 0x7, own_map = 0x83838383;

struct Row {
    std::uint32_t offset, count, target;
    std::uint32_t mask = ~0u;
};

constexpr Row rows[] = {
    {0x0010, 1, card::LINKS},           // VFLINKS
    {0x0048, 1, card::FRTIMER},         // VFFRTIMER
    {0x0100, 1, 0x00800, own_vectors},  // VTEICR
    {0x0104, 1, 0x00808, own_vectors},  // VTEICS
    {0x0108, 1, 0x00880, own_vectors},  // VTEIMS
    {0x010C, 1, 0x00888, own_vectors},  // VTEIMC
    {0x0110, 1, 0x00810, own_vectors},  // VTEIAC
    {0x0114, 1, 0x00890, own_vectors},  // VTEIAM
    {0x0120, 4, card::IVAR, own_map},   // VTIVAR
    {0x0190, 1, 0x03190},               // VFRXMEMWRAP
    {0x0820, 3, card::EITR},            // VTEITR
    {0x101C, 1, 0x0101C},               // VFGPRC: of the first pool, as all of these
    {0x1020, 1, 0x01020},               // VFGORC_LSB
    {0x1024, 1, 0x0D020},               // VFGORC_MSB
    {0x1034, 1, 0x0D01C},               // VFMPRC
    {0x201C, 1, 0x08300},               // VFGPTC
    {0x2020, 1, 0x08400},               // VFGOTC_LSB
    {0x2024, 1, 0x08404},               // VFGOTC_MSB
};

constexpr std::uint32_t rx_first = 0x1000, tx_first = 0x2000, block = 0x40, most_queues = 8;
// Of a queue's block of sixteen registers, those that there are: base, length, DCA, head, SRRCTL, tail,
// control, RSCCTL; for transmission without SRRCTL and RSCCTL, with the head's write-back address.
constexpr std::uint32_t rx_registers = 0x0C7F, tx_registers = 0xC45F;

std::optional<Place> in_block(std::uint32_t offset, std::uint32_t first, std::uint32_t there,
                              std::uint32_t queues, std::uint32_t (*base)(std::uint32_t)) {
    if (offset < first || offset >= first + block * most_queues) return {};
    const std::uint32_t queue = (offset - first) / block, inside = (offset - first) % block;
    if (queue >= queues || (there >> (inside / 4) & 1) == 0) return {};
    const Part part = inside == card::RDT      ? Part::tail
                      : inside != card::RXDCTL ? Part::other
                      : first == rx_first      ? Part::rx_control
                                               : Part::tx_control;
    return Place{base(queue) + inside, ~0u, part};
}

}  // namespace

std::optional<Place> place_of(std::uint32_t offset, std::uint32_t queues) {
    for (const Row& row : rows)
        if (offset >= row.offset && offset < row.offset + 4 * row.count && offset % 4 == 0)
            return Place{row.target + offset - row.offset, row.mask};
    if (const auto rx = in_block(offset, rx_first, rx_registers, queues, card::rx_base)) return rx;
    return in_block(offset, tx_first, tx_registers, queues, card::tx_base);
}

}  // namespace ringside::sim::ixgbe_vf

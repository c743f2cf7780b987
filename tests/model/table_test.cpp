// The register table: consistent in itself, equal to what the driver thinks, and kept by the model.
#include "driver/ixgbe/register_list.hpp"
#include "sim/ixgbe/registers_table.hpp"
#include "tests/model/fixture.hpp"

#include <set>
#include <string>

namespace ringside::test {
namespace {

namespace d = ringside::ixgbe;
namespace m = ringside::sim::ixgbe;

TEST(RegisterTable, RowsLieInTheSpaceAndDoNotOverlap) {
    std::set<std::uint32_t> taken;
    for (const m::RegisterRow& row : m::register_rows())
        for (std::uint32_t i = 0; i < row.count; ++i) {
            const std::uint32_t offset = row.offset + i * row.stride;
            EXPECT_LT(offset, m::register_space) << row.name;
            EXPECT_EQ(offset % 4, 0u) << row.name;
            EXPECT_TRUE(taken.insert(offset).second) << row.name << " " << i;
        }
    for (const m::AliasRow& alias : m::alias_rows())
        for (std::uint32_t i = 0; i < alias.count; ++i)
            EXPECT_TRUE(taken.insert(alias.offset + i * alias.stride).second) << "alias at " << alias.offset;
}

TEST(RegisterTable, AliasesLeadToTheirRegisters) {
    EXPECT_EQ(m::find_register(0x00004).offset(), 0u);
    EXPECT_EQ(m::find_register(0x02100 + 4 * 15).offset(), 0x1014u + 0x40 * 15);
    EXPECT_EQ(m::find_register(0x05404).offset(), 0xA204u);
    EXPECT_EQ(m::find_register(0x05818).offset(), 0xEC80u);
    EXPECT_EQ(m::find_register(0x05C80).offset(), 0xEB80u);
    EXPECT_FALSE(m::find_register(0x1FFF0));
    EXPECT_EQ(m::find_register(0x0D028).index(), 64u);
}

// The driver's table, by another hand.
void expect_same(const hal::RegisterInfo& r) {
    std::uint32_t written = 0;
    const std::string name = r.name;
    // Lengths of rings are fields of 20 bits, but multiples of 128.
    const std::uint32_t always_zero = name == "RDLEN" || name == "TDLEN" ? 0x7F : 0;
    for (const hal::FieldInfo& f : r.fields)
        for (unsigned bit = f.lo; bit <= f.hi; ++bit) written |= 1u << bit;
    for (std::uint32_t i = 0; i < r.count; ++i) {
        const m::RegisterRef ref = m::find_register(r.offset(i));
        ASSERT_TRUE(ref) << r.name << " " << i;
        EXPECT_STREQ(ref.row->name, r.name) << "at " << r.offset(i);
        EXPECT_EQ(ref.index(), i) << r.name;
        EXPECT_EQ(ref.offset(), r.offset(i)) << r.name << ": not an alias";
        const bool counter = ref.row->unit == m::Unit::statistics;
        EXPECT_EQ(counter, r.access == hal::Access::rc) << r.name;
        if (ref.row->access == m::Access::ro) { EXPECT_EQ(r.access, hal::Access::ro) << r.name; }
        if (ref.row->access == m::Access::rw) {
            EXPECT_EQ(r.access, hal::Access::rw) << r.name;
            EXPECT_EQ(written & ~ref.row->writable & ~always_zero, 0u)
                << r.name << ": the driver names bits that cannot be written";
        }
    }
    // The next one of an array is something else.
    if (r.count > 1) {
        const std::uint32_t stride = r.offset(1) - r.offset(0);
        const m::RegisterRef next = m::find_register(r.offset(r.count - 1) + stride);
        EXPECT_TRUE(!next || std::string(next.row->name) != r.name) << r.name << " is longer";
    }
}

// That its list is complete is tested in tests/introspection.
TEST(RegisterTable, AgreesWithTheDriversTable) {
    for (const hal::RegisterInfo& info : d::register_list()) expect_same(info);
}

class ResetValues : public Model {};

TEST_F(ResetValues, AreTheDatasheets) {
    struct {
        std::uint32_t offset, value;
    } const expected[] = {
        {0x00000, 0},      {0x00008, 0x80000},    {0x00200, 0x05040100}, {0x10148, 0x8040},
        {0x10150, 0x4},    {0x04240, 0x08012C0B}, {0x04268, 0x05EE0000}, {0x02F00, 0x00108808},
        {0x05088, 0x8100}, {0x03C00, 0x80000},    {0x03C1C, 0x80000},    {0x08D00, 1},
        {0x08D04, 1},      {0x0100C, 0xA200},     {0x01014, 0x402},      {0x0D014, 0x402},
        {0x02100, 0x402},  {0x04A80, 0x81000004}, {0x04A88, 0x0FF60FF6}, {0x04A8C, 0xF7F},
        {0x08100, 0x10},   {0x04900, 0x00C00000}, {0x0CC00, 0x28000},    {0x04950, 0x96},
        {0x04954, 0},      {0x0600C, 0x2A00},     {0x04208, 0x02040000}, {0x04218, 0x1A0},
        {0x10010, 0x1730}, {0x00028, 0xF},        {0x0A204, 0x80009059}, {0x0A20C, 0},
    };
    clock.sleep(5ms);
    for (const auto& e : expected) EXPECT_EQ(get(e.offset), e.value) << std::hex << "offset 0x" << e.offset;
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
}

TEST_F(ResetValues, EveryRegisterReadsAsTheTableSays) {
    clock.sleep(5ms);
    for (const m::RegisterRow& row : m::register_rows()) {
        if (row.access == m::Access::special || row.unit == m::Unit::control) continue;
        for (std::uint32_t i = 0; i < row.count; ++i) {
            const std::uint32_t offset = row.offset + i * row.stride;
            if (offset == r::RAL0 || offset == r::RAH0 || offset == 0x4950) continue;
            EXPECT_EQ(get(offset), row.reset) << row.name << " " << i;
        }
    }
    EXPECT_EQ(device->strict_total(), 0u);
}

// Like the register test of `ethtool -t`: patterns go in, and what the mask lets through comes out.
TEST_F(ResetValues, PatternsStickInTheWritableBitsOfEveryRegister) {
    open("strict=off");
    for (const std::uint32_t pattern : {0x5A5A5A5Au, 0xA5A5A5A5u, 0x00000000u, 0xFFFFFFFFu}) {
        for (const m::RegisterRow& row : m::register_rows()) {
            if (row.access != m::Access::rw) continue;
            // ENABLE has a life of its own, and an enabled queue protects its head.
            const bool control =
                row.offset % 0x40 == 0x28 && (row.unit == m::Unit::rx_queue || row.unit == m::Unit::tx_queue);
            const std::uint32_t mask = control ? ~r::ENABLE : ~0u;
            for (std::uint32_t i = 0; i < row.count; ++i) {
                const std::uint32_t offset = row.offset + i * row.stride;
                const std::uint32_t before = get(offset);
                set(offset, pattern & mask);
                const std::uint32_t takes = row.writable & ~row.self_clearing & mask;
                EXPECT_EQ(get(offset) & mask, ((before & ~row.writable) | (pattern & takes)) & mask)
                    << row.name << " " << i << " pattern " << std::hex << pattern;
            }
        }
    }
}

TEST_F(ResetValues, ReadOnlyRegistersAndCountersIgnoreAllPatterns) {
    open("strict=off");
    for (const m::RegisterRow& row : m::register_rows()) {
        const bool counter = row.unit == m::Unit::statistics && row.writable == 0;
        if ((row.access != m::Access::ro && !counter) || row.unit == m::Unit::control) continue;
        for (std::uint32_t i = 0; i < row.count; ++i) {
            set(row.offset + i * row.stride, 0xFFFFFFFF);
            EXPECT_EQ(get(row.offset + i * row.stride), row.reset) << row.name << " " << i;
        }
    }
}

TEST_F(ResetValues, SizeCountersCanBeWritten) {
    set(r::PRC64, 77);
    EXPECT_EQ(get(r::PRC64), 77u);
    EXPECT_EQ(get(r::PRC64), 0u);
}

}  // namespace
}  // namespace ringside::test

// The clock of the 82574 and the 82576 (their datasheets' chapters on IEEE 1588), whose registers are the
// same.
#pragma once

#include "driver/base/time_sync.hpp"
#include "hal/register.hpp"
#include "hal/register_file.hpp"
#include "hal/register_info.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace ringside::gigabit {

using hal::Access;
using hal::Register;

// System Time
struct SYSTIML : Register<SYSTIML, 0x0B600, Access::rw> {
    static constexpr auto name = "SYSTIML";
};
struct SYSTIMH : Register<SYSTIMH, 0x0B604, Access::rw> {
    static constexpr auto name = "SYSTIMH";
};
// Increment Attributes: what is added, every so many ticks
struct TIMINCA : Register<TIMINCA, 0x0B608, Access::rw> {
    static constexpr auto name = "TIMINCA";
    static constexpr auto INCREMENT = field<23, 0>("INCREMENT");
    static constexpr auto PERIOD = field<31, 24>("PERIOD");
    static constexpr auto fields = layout(INCREMENT, PERIOD);
};
// Sent: whether there are stamps, and the stamp. Reading the upper half makes room for the next.
struct TSYNCTXCTL : Register<TSYNCTXCTL, 0x0B614, Access::rw> {
    static constexpr auto name = "TSYNCTXCTL";
    static constexpr auto VALID = bit<0>("VALID");
    static constexpr auto EN = bit<4>("EN");
    static constexpr auto fields = layout(VALID, EN);
};
struct TXSTMPL : Register<TXSTMPL, 0x0B618, Access::ro> {
    static constexpr auto name = "TXSTMPL";
};
struct TXSTMPH : Register<TXSTMPH, 0x0B61C, Access::ro> {
    static constexpr auto name = "TXSTMPH";
};
// Received: which messages get a stamp, the stamp, and who sent the message
enum class StampedMessages : std::uint32_t { l2_v2 = 0, l4_v1 = 1, l2_l4_v2 = 2, all = 4, event_v2 = 5 };
struct TSYNCRXCTL : Register<TSYNCRXCTL, 0x0B620, Access::rw> {
    static constexpr auto name = "TSYNCRXCTL";
    static constexpr auto VALID = bit<0>("VALID");
    static constexpr auto TYPE = field<3, 1, StampedMessages>("TYPE");
    static constexpr auto EN = bit<4>("EN");
    static constexpr auto fields = layout(VALID, TYPE, EN);
};
struct RXSTMPL : Register<RXSTMPL, 0x0B624, Access::ro> {
    static constexpr auto name = "RXSTMPL";
};
struct RXSTMPH : Register<RXSTMPH, 0x0B628, Access::ro> {
    static constexpr auto name = "RXSTMPH";
};
struct RXSATRH : Register<RXSATRH, 0x0B630, Access::ro> {
    static constexpr auto name = "RXSATRH";
    static constexpr auto SOURCE_HIGH = field<15, 0>("SOURCE_HIGH");
    static constexpr auto SEQUENCE = field<31, 16>("SEQUENCE");
    static constexpr auto fields = layout(SOURCE_HIGH, SEQUENCE);
};

inline constexpr const char* frees_stamp = "reading makes room for the next stamp";
inline constexpr auto time_registers =
    hal::join(hal::infos_of<SYSTIML, SYSTIMH, TIMINCA, TSYNCTXCTL, TXSTMPL>(),
              std::array{hal::info_of<TXSTMPH>(frees_stamp)}, hal::infos_of<TSYNCRXCTL, RXSTMPL>(),
              std::array{hal::info_of<RXSTMPH>(frees_stamp), hal::info_of<RXSATRH>(frees_stamp)});

class TimeSync final : public TimeCounter {
public:
    // Whether reading the counter's lower half keeps the upper one for the read that follows. If not, bits of
    // it may also be read wrongly (erratum of the 82574).
    enum class Reading { latched, doubtful };
    // `registers` must outlive the object.
    TimeSync(const hal::RegisterFile& registers, Rate rate, Reading reading)
        : regs_(registers), rate_(rate), reading_(reading) {}

    Rate rate() override { return rate_; }
    std::uint32_t max_increment() const override { return 0xFFFFFF; }
    void write_increment(std::uint32_t increment) override;
    std::uint64_t read() override;
    std::optional<std::uint64_t> take_rx_stamp() override;
    std::optional<std::uint64_t> take_tx_stamp() override;

    // Stamps for event messages of version 2, received, and for frames that ask for it, sent; none of before.
    static void enable(const hal::RegisterFile& registers);

private:
    std::uint64_t read_once() const;

    const hal::RegisterFile& regs_;
    const Rate rate_;
    const Reading reading_;
    std::uint32_t increment_ = 1;
};

}  // namespace ringside::gigabit

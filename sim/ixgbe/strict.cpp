#include "sim/ixgbe/strict.hpp"

#include "hal/error.hpp"

#include <cstdio>

namespace ringside::sim::ixgbe {
namespace {

struct Description {
    const char* name;
    const char* text;
};

constexpr std::array<Description, mistake_count> descriptions = {{
    {"access-during-reset", "a register was used within 1 ms after a reset"},
    {"tail-before-enable", "the tail was written before ENABLE read back as 1"},
    {"tail-out-of-range", "the tail is not below the number of descriptors of the ring"},
    {"head-written-while-enabled", "the head was written while the queue was enabled"},
    {"ring-written-while-enabled", "the ring was moved or resized while the queue was enabled"},
    {"ring-misaligned", "ring base and length must be multiples of 128, and the length not 0"},
    {"crc-strip-unequal", "HLREG0.RXCRCSTRP and RDRXCTL.CRCSTRIP differ when RXEN becomes 1"},
    {"secrx-not-stopped", "RXEN became 1 while SECRXCTRL.RX_DIS was 0"},
    {"enable-before-te", "TXDCTL.ENABLE was written before DMATXCTL.TE"},
    {"mtqc-without-arbdis", "MTQC was written while RTTDCS.ARBDIS was 0"},
    {"sync-without-semaphore", "SW_FW_SYNC was written without holding SWSM.SWESMBI"},
    {"sync-foreign-bits", "SW_FW_SYNC was written with bits that are the firmware's"},
    {"eeprom-out-of-range", "an EEPROM word was asked for that the EEPROM does not have"},
    {"eeprom-interrupted", "an EEPROM access was started before the one before was done"},
    {"dma-unmapped", "DMA to memory that is not mapped was refused"},
    {"unknown-descriptor", "a transmit descriptor has an unknown type"},
    {"zero-length", "a transmit data descriptor has no data"},
    {"missing-end-of-packet", "the tail was written in the middle of a frame"},
    {"context-with-end-of-packet", "a context descriptor ends a packet"},
    {"frame-too-short", "a frame shorter than 17 bytes was given to the card"},
    {"frame-too-long", "a frame longer than the card can send was given to it"},
    {"too-many-descriptors", "a frame has more than 40 descriptors"},
    {"stale-context", "a frame uses a context that was not written since the queue was enabled"},
    {"checksum-outside-frame", "a checksum was to be inserted behind the end of the frame"},
    {"segmentation-header",
     "the headers of a frame to be segmented are not TCP's or UDP's, or are over 240 bytes"},
    {"segmentation-size", "a frame is to be cut into no segments, too long ones, or more than 4096"},
    {"payload-length-wrong", "PAYLEN is not the length of the payload that is to be segmented"},
    {"rx-descriptor-done", "a receive descriptor was handed over as the card had written it back"},
    {"dca-bit-12", "a receive queue was enabled with DCA_RXCTRL bit 12 set"},
    {"flow-control-threshold-zero", "RXEN became 1 while FCRTH(0) was 0"},
    {"time-stamp-off", "a time stamp was asked for while TSYNCTXCTL.EN was 0"},
    {"time-stamp-waiting", "a time stamp was asked for while the one before was still to be read"},
    {"time-stands-still", "a time stamp was taken of a clock that stands still: TIMINCA is 0"},
    {"rate-factor-below-one", "a queue was limited to more than the speed of the link, or to nothing"},
    {"mailbox-not-owned", "a virtual function wrote to the mailbox's memory without holding VFU"},
    {"read-only-written", "a register that cannot be written was written"},
    {"access-width", "a register access was not 32 bits wide and aligned"},
    {"unknown-register", "there is no register at this offset"},
}};
static_assert(descriptions.back().name != nullptr, "one description for each mistake");

std::string sentence(Mistake mistake, const char* where, int index, std::uint64_t value) {
    char number[32];
    std::snprintf(number, sizeof number, "0x%llX", static_cast<unsigned long long>(value));
    std::string text = where;
    if (index >= 0) text += "[" + std::to_string(index) + "]";
    return text + " = " + number + ": " + descriptions[static_cast<std::size_t>(mistake)].text;
}

}  // namespace

void Strict::flag(Mistake mistake, const char* where, int index, std::uint64_t value) {
    if (mode_ == StrictMode::off) return;
    Entry& entry = entries_[static_cast<std::size_t>(mistake)];
    if (entry.count++ == 0) entry.first = sentence(mistake, where, index, value);
    if (mode_ == StrictMode::fatal)
        throw hal::Error("strict mode: " + sentence(mistake, where, index, value) + "; correct the driver");
}

std::uint64_t Strict::total() const noexcept {
    std::uint64_t sum = 0;
    for (const Entry& entry : entries_) sum += entry.count;
    return sum;
}

const char* Strict::name(Mistake mistake) noexcept {
    return descriptions[static_cast<std::size_t>(mistake)].name;
}

std::string Strict::report() const {
    std::string text;
    for (std::size_t i = 0; i < mistake_count; ++i)
        if (entries_[i].count != 0)
            text += std::string("strict: ") + descriptions[i].name + " (" +
                    std::to_string(entries_[i].count) + " times), first " + entries_[i].first + "\n";
    return text;
}

std::string Strict::report_json() const {
    std::string text = "{";
    for (std::size_t i = 0; i < mistake_count; ++i)
        if (entries_[i].count != 0)
            text += std::string(text.size() > 1 ? "," : "") + "\"" + descriptions[i].name +
                    "\":" + std::to_string(entries_[i].count);
    return text + "}";
}

}  // namespace ringside::sim::ixgbe

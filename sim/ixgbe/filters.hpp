// Which frames the card accepts: length, address and VLAN (datasheet 7.1.1). Decoded from the registers when
// these are written, looked at for every frame.
#pragma once

#include "sim/ixgbe/bytes.hpp"
#include "sim/ixgbe/register_store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace ringside::sim::ixgbe {

// What the front of a frame says.
struct FrameView {
    std::uint64_t destination = 0;  // byte 0 of the address in bits 7:0
    std::uint16_t ether_type = 0;   // of the outermost header
    std::uint16_t tci = 0;          // if tagged
    bool tagged = false;
    bool tagged_twice = false;
    bool multicast = false;  // and not broadcast
    bool broadcast = false;
};

// wrong_field: the IEEE 802.3 length field promises more than there is.
enum class Length { good, short_frame, long_frame, wrong_field };

class Filters {
public:
    static constexpr std::uint64_t broadcast_address = 0xFFFFFFFFFFFF;

    // To be called after a write to FCTRL, VLNCTRL, MCSTCTRL, HLREG0, MAXFRS, RAL or RAH.
    void reload(const RegisterStore& registers);

    // `frame` is at least 14 bytes long.
    FrameView look_at(std::span<const std::byte> frame) const noexcept {
        FrameView view;
        std::uint64_t first = 0;
        std::memcpy(&first, frame.data(), sizeof first);
        view.destination = first & broadcast_address;
        view.broadcast = view.destination == broadcast_address;
        view.multicast = !view.broadcast && (first & 1) != 0;
        view.ether_type = big_endian16(&frame[12]);
        view.tagged = view.ether_type == vlan_ether_type_ && frame.size() >= 18;
        if (view.tagged) {
            view.tci = big_endian16(&frame[14]);
            view.tagged_twice = big_endian16(&frame[16]) == vlan_ether_type_;
        }
        return view;
    }
    // `wire_length` counts the CRC.
    Length length(const FrameView& frame, std::size_t wire_length) const noexcept {
        constexpr std::size_t tag_size = 4, longest_field = 1500, header_and_crc = 18;
        const std::size_t tags = frame.tagged_twice ? 2 * tag_size : frame.tagged ? tag_size : 0;
        if (wire_length > max_length_ + tags) return Length::long_frame;
        if (wire_length < 64) return Length::short_frame;
        if (check_field_ && frame.ether_type <= longest_field &&
            frame.ether_type + header_and_crc > wire_length) [[unlikely]]
            return Length::wrong_field;
        return Length::good;
    }
    bool accepts(const FrameView& frame, const RegisterStore& registers) const noexcept {
        return accepts_address(frame, registers) && accepts_vlan(frame, registers);
    }
    bool stores_bad_packets() const noexcept { return store_bad_; }

private:
    bool accepts_address(const FrameView& frame, const RegisterStore& registers) const noexcept;
    bool accepts_vlan(const FrameView& frame, const RegisterStore& registers) const noexcept;

    std::array<std::uint64_t, 128> addresses_{};  // those with AV
    std::size_t address_count_ = 0;
    std::size_t max_length_ = 1518;
    std::uint16_t vlan_ether_type_ = 0x8100;
    unsigned multicast_shift_ = 36;
    bool all_multicast_ = false, all_unicast_ = false, broadcast_ = false, multicast_table_ = false;
    bool vlan_filter_ = false, cfi_filter_ = false, cfi_ = false, store_bad_ = false, check_field_ = false;
};

}  // namespace ringside::sim::ixgbe

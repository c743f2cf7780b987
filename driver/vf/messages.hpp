// What a virtual function and the driver of its physical function say to each other. No datasheet has it: the
// mailbox is hardware, the language is an agreement between drivers. This is how Linux's igb and ixgbe speak
// it as physical functions.
#pragma once

#include <array>
#include <cstdint>

namespace ringside::vf {

// A message fills the mailbox's memory, or the beginning of it. The first word says what it is.
using Message = std::array<std::uint32_t, 16>;

// Bits of the first word: what was asked is repeated in the answer, with the verdict.
inline constexpr std::uint32_t granted = 1u << 31, refused = 1u << 30;
// "Clear to send": the physical function knows us. An answer without it means that it has forgotten us.
inline constexpr std::uint32_t clear_to_send = 1u << 29;
inline constexpr std::uint32_t request_mask = 0xFFFF;  // which request
inline constexpr unsigned info_shift = 16;             // 23:16, details of some requests

namespace request {

inline constexpr std::uint32_t reset = 0x01;         // here I am: forget what I asked for, tell me my address
inline constexpr std::uint32_t mac = 0x02;           // words 1 and 2: my address. igb: or one of several
inline constexpr std::uint32_t multicast = 0x03;     // info: how many hashes follow, two in a word
inline constexpr std::uint32_t vlan = 0x04;          // info: 1 adds, 0 removes. Word 1: which
inline constexpr std::uint32_t frame_size = 0x05;    // word 1: bytes of the longest frame, CRC included
inline constexpr std::uint32_t igb_modes = 0x06;     // igb. Info: 1 all unicast, 2 all multicast
inline constexpr std::uint32_t ixgbe_filter = 0x06;  // ixgbe. Info: the how-manieth address, 0 removes all
inline constexpr std::uint32_t ixgbe_version = 0x08;  // ixgbe. Word 1: which version of this language
inline constexpr std::uint32_t ixgbe_queues = 0x09;   // ixgbe. Answer: words 1, 2: transmit, receive
inline constexpr std::uint32_t ixgbe_modes = 0x0C;    // ixgbe. Word 1: one of ReceiveMode; so the answer

}  // namespace request

// The physical function speaks without having been asked: mostly because its link has changed.
inline constexpr std::uint32_t notice_from_pf = 0x100;

}  // namespace ringside::vf

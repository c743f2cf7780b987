// The mailbox between a virtual function and the driver of its physical function (82599 datasheet
// 7.10.2.9.1): sixteen words of memory that both see, and a register each to take turns with and to ring.
//
// One thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace ringside::sim::ixgbe_vf {

inline constexpr std::uint32_t mailbox_words = 16;
using Message = std::array<std::uint32_t, mailbox_words>;

class Mailbox {
public:
    // `interrupt` is called whenever the physical function does something that the virtual one may wait for.
    explicit Mailbox(std::function<void()> interrupt) : interrupt_(std::move(interrupt)) {}

    // --- VFMAILBOX and VFMBMEM, as the virtual function has them.
    std::uint32_t read_control();
    void write_control(std::uint32_t value);
    std::uint32_t word(std::uint32_t i) const { return memory_[i]; }
    // False if the memory is not the virtual function's: nothing is written.
    bool set_word(std::uint32_t i, std::uint32_t value);
    // The virtual function was reset.
    void forget();

    // --- The physical function's side.
    // The request that the virtual function has rung for. Taking it acknowledges it.
    std::optional<Message> take_request();
    // Whether a message may be written: the memory is free, and the message before has been read.
    bool has_room() const { return !owned_ && !unread_; }
    void send(const Message& message);
    // RSTI. When a reset is over that is told once, by RSTD.
    void set_in_reset(bool on);

private:
    std::function<void()> interrupt_;
    Message memory_{};
    bool owned_ = false;      // VFU
    bool requested_ = false;  // REQ was written
    bool unread_ = false;     // a message of the physical function is in the memory
    bool in_reset_ = false;
    std::uint32_t until_read_ = 0;  // PFSTS, PFACK, RSTD
};

}  // namespace ringside::sim::ixgbe_vf

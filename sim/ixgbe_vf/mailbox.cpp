#include "sim/ixgbe_vf/mailbox.hpp"

#include <utility>

namespace ringside::sim::ixgbe_vf {
namespace {

constexpr std::uint32_t REQ = 1u << 0, ACK = 1u << 1, VFU = 1u << 2, PFSTS = 1u << 4, PFACK = 1u << 5,
                        RSTI = 1u << 6, RSTD = 1u << 7;

}  // namespace

std::uint32_t Mailbox::read_control() {
    return std::exchange(until_read_, 0) | (owned_ ? VFU : 0) | (in_reset_ ? RSTI : 0);
}

// The physical function holds the memory for no longer than it takes it to read or write: PFU is never seen.
void Mailbox::write_control(std::uint32_t value) {
    owned_ = (value & VFU) != 0;
    if ((value & (REQ | ACK)) != 0) unread_ = false;
    if ((value & REQ) != 0) requested_ = true;
}

bool Mailbox::set_word(std::uint32_t i, std::uint32_t value) {
    if (!owned_) return false;
    memory_[i] = value;
    return true;
}

void Mailbox::forget() {
    owned_ = requested_ = unread_ = false;
    until_read_ &= RSTD;
}

std::optional<Message> Mailbox::take_request() {
    if (!requested_ || owned_) return {};
    requested_ = false;
    until_read_ |= PFACK;
    interrupt_();
    return memory_;
}

void Mailbox::send(const Message& message) {
    memory_ = message;
    unread_ = true;
    until_read_ |= PFSTS;
    interrupt_();
}

void Mailbox::set_in_reset(bool on) {
    if (in_reset_ && !on) until_read_ |= RSTD;
    in_reset_ = on;
    interrupt_();
}

}  // namespace ringside::sim::ixgbe_vf

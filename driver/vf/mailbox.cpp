#include "driver/vf/mailbox.hpp"

#include "hal/error.hpp"

#include <cstdio>
#include <utility>

namespace ringside::vf {

using namespace std::chrono_literals;

namespace {

// All families have the same bits.
struct Bits : MailboxControl<Bits, 0> {};
constexpr std::uint32_t REQ = Bits::REQ.mask, ACK = Bits::ACK.mask, VFU = Bits::VFU.mask,
                        PFSTS = Bits::PFSTS.mask, PFACK = Bits::PFACK.mask, RSTI = Bits::RSTI.mask,
                        RSTD = Bits::RSTD.mask;
constexpr std::uint32_t cleared_by_reading = PFSTS | PFACK | RSTD;
constexpr auto interval = 100us;
constexpr std::uint32_t answer_words = 5;  // of the longest answer there is

std::string hex(std::uint32_t value) {
    char text[12];
    std::snprintf(text, sizeof text, "0x%x", value);
    return text;
}

}  // namespace

std::uint32_t Mailbox::look() {
    const std::uint32_t now = port_.control() | seen_;
    seen_ = now & cleared_by_reading;
    return now;
}

bool Mailbox::saw(std::uint32_t bits) {
    const bool there = (look() & bits) != 0;
    seen_ &= ~bits;
    return there;
}

bool Mailbox::waits_for(std::uint32_t bits) {
    const auto deadline = regs_.clock().now() + patience;
    for (;;) {
        // The time is taken before the look: a thread that was suspended in between looks once more.
        const bool last = regs_.clock().now() >= deadline;
        if (saw(bits)) return true;
        check_reset();
        if (last) return false;
        regs_.sleep(interval);
    }
}

void Mailbox::start_over() {
    seen_ = 0;
    forgotten_ = false;
    for (const auto deadline = regs_.clock().now() + patience; look() & RSTI; regs_.sleep(interval))
        if (regs_.clock().now() >= deadline)
            throw hal::Timeout(
                regs_.who() +
                ": the physical function is in reset, or nobody drives it; load its driver (igb "
                "or ixgbe) and set its interface up");
    seen_ = 0;
}

// A reset of the physical function takes our queues and filters with it.
void Mailbox::check_reset() {
    if (look() & (RSTI | RSTD)) forgotten_ = true;
    if (forgotten_) forgotten();
}

void Mailbox::forgotten() const {
    throw hal::Error(regs_.who() +
                     ": the physical function was reset, or its driver loaded again, and has forgotten this "
                     "virtual function; stop() and start() it again");
}

void Mailbox::heed(std::uint32_t message) {
    if ((message & clear_to_send) == 0) forgotten_ = true;
}

// The memory is ours only if the PF was not using it.
void Mailbox::lock() {
    const auto deadline = regs_.clock().now() + patience;
    for (;;) {
        const bool last = regs_.clock().now() >= deadline;
        port_.set_control(VFU);
        if (look() & VFU) return;
        if (last)
            throw hal::Timeout(regs_.who() +
                               ": the physical function does not let go of the mailbox; reload its driver");
        regs_.sleep(interval);
    }
}

Message Mailbox::take_message(std::uint32_t words) {
    lock();
    Message message{};
    for (std::uint32_t i = 0; i < words; ++i) message[i] = port_.word(i);
    port_.set_control(ACK);  // which also lets go of the memory
    return message;
}

void Mailbox::take_notices() {
    if (saw(PFSTS)) heed(take_message(1)[0]);
    check_reset();
}

// Nobody knows us while we report in.
Mailbox::Kind Mailbox::kind_of(std::uint32_t message, std::uint32_t asked) {
    const bool reporting = asked == request::reset;
    const std::uint32_t about = message & request_mask;
    // igb sends a bare refusal to whoever reads without being known.
    const bool unasked = about == notice_from_pf || about == 0;
    if (unasked && !reporting) heed(message);
    if (unasked) return Kind::notice;
    if (about != asked || (message & (granted | refused)) == 0) return Kind::wrong;
    if (!reporting) heed(message);
    return Kind::answer;
}

Message Mailbox::ask(const Message& request, std::uint32_t words) {
    const std::uint32_t asked = request[0] & request_mask;
    check_reset();
    lock();
    // What the PF has said before would be overwritten; and an old acknowledgement is not for this message.
    if (saw(PFSTS)) static_cast<void>(kind_of(port_.word(0), asked));
    seen_ &= ~PFACK;
    for (std::uint32_t i = 0; i < words; ++i) port_.set_word(i, request[i]);
    port_.set_control(REQ);  // which also lets go of the memory

    const std::string silent =
        regs_.who() + ": the physical function does not answer request " + hex(asked) +
        "; see that its interface is up, and what its driver writes to the kernel's log";
    if (!waits_for(PFACK)) throw hal::Timeout(silent);
    // Notices may come in between, but not for ever.
    for (int messages = 0; messages < 8; ++messages) {
        if (!waits_for(PFSTS)) break;
        const Message answer = take_message(answer_words);
        const Kind kind = kind_of(answer[0], asked);
        check_reset();
        if (kind == Kind::answer) return answer;
        if (kind == Kind::wrong)
            throw hal::Error(regs_.who() + ": the physical function said " + hex(answer[0]) +
                             ", which is no answer to request " + hex(asked) + "; reload its driver");
    }
    throw hal::Timeout(silent);
}

}  // namespace ringside::vf

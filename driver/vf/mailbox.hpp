// The mailbox between a virtual function and its physical function (82576 datasheet §7.10.2.9.1, 82599
// §7.10.2.9.1): sixteen words of memory that both see, and a register to take turns with and to ring.
#pragma once

#include "driver/vf/messages.hpp"
#include "hal/clock.hpp"
#include "hal/register_file.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace ringside::vf {

// The register, wherever a family has it. Four bits of it are cleared by reading: only Mailbox reads it.
template <class Self, std::uint32_t Offset>
struct MailboxControl : hal::Register<Self, Offset, hal::Access::w1s> {
    using Base = hal::Register<Self, Offset, hal::Access::w1s>;
    static constexpr auto REQ = Base::template bit<0>("REQ");      // a message for the PF is there
    static constexpr auto ACK = Base::template bit<1>("ACK");      // the PF's message has been read
    static constexpr auto VFU = Base::template bit<2>("VFU");      // the memory is ours
    static constexpr auto PFU = Base::template bit<3>("PFU");      // the memory is the PF's
    static constexpr auto PFSTS = Base::template bit<4>("PFSTS");  // a message from the PF is there
    static constexpr auto PFACK = Base::template bit<5>("PFACK");  // the PF has read ours
    static constexpr auto RSTI = Base::template bit<6>("RSTI");    // the PF is in reset, or nobody drives it
    static constexpr auto RSTD = Base::template bit<7>("RSTD");    // a reset of the PF is over
    static constexpr auto fields = Base::layout(REQ, ACK, VFU, PFU, PFSTS, PFACK, RSTI, RSTD);
};
inline constexpr const char* why_mailbox_left_out = "reading clears what the driver waits for";

// A family's mailbox registers.
class MailboxPort {
public:
    virtual ~MailboxPort() = default;
    virtual std::uint32_t control() const = 0;
    virtual void set_control(std::uint32_t bits) const = 0;
    virtual std::uint32_t word(std::uint32_t i) const = 0;
    virtual void set_word(std::uint32_t i, std::uint32_t value) const = 0;
};
template <class Control, class Memory> class MailboxAt final : public MailboxPort {
public:
    explicit MailboxAt(const hal::RegisterFile& regs) : regs_(regs) {}
    std::uint32_t control() const override { return regs_.read<Control>().raw(); }
    void set_control(std::uint32_t bits) const override { regs_.write(Control::raw(bits)); }
    std::uint32_t word(std::uint32_t i) const override { return regs_.read<Memory>(i).raw(); }
    void set_word(std::uint32_t i, std::uint32_t value) const override { regs_.write(i, Memory::raw(value)); }

private:
    const hal::RegisterFile& regs_;
};

// One thread.
class Mailbox {
public:
    // Both must outlive the mailbox.
    Mailbox(const hal::RegisterFile& regs, const MailboxPort& port) : regs_(regs), port_(port) {}

    // Begins anew: waits until the physical function is not in reset, and forgets what was. Throws Timeout if
    // nobody drives the physical function.
    void start_over();
    // Sends a request of `words` words and waits for the answer to it, which is returned. Throws Timeout, or
    // Error if the answer is to something else, or if the physical function has forgotten us meanwhile.
    Message ask(const Message& request, std::uint32_t words);
    // Takes what the physical function has sent without being asked. Throws Error if it has forgotten us.
    void take_notices();

    // How long the physical function may take, for each step of an answer: its driver needs a moment.
    static constexpr hal::Clock::Duration patience = std::chrono::seconds(1);

private:
    // Reads the register; what that clears is kept in seen_.
    std::uint32_t look();
    bool saw(std::uint32_t bits);  // … and takes it away from seen_
    bool waits_for(std::uint32_t bits);
    void lock();
    Message take_message(std::uint32_t words);
    enum class Kind { answer, notice, wrong };
    Kind kind_of(std::uint32_t message, std::uint32_t asked);
    void heed(std::uint32_t message);
    void check_reset();
    [[noreturn]] void forgotten() const;

    const hal::RegisterFile& regs_;
    const MailboxPort& port_;
    std::uint32_t seen_ = 0;
    bool forgotten_ = false;
};

}  // namespace ringside::vf

// Which eventfd is signalled when, and what SET_IRQS may ask for.
#include "sim/vfio_user/interrupts.hpp"
#include "tests/sim/server/raw_client.hpp"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <cerrno>
#include <csignal>

namespace ringside::sim::test {
namespace {

constexpr std::uint32_t none = 1, boolean = 2, by_fd = 4, mask = 8, unmask = 16, trigger = 32;
constexpr std::uint32_t intx = 0, msi = 1, msix = 2, error = 3, request = 4;

struct InterruptsTest : testing::Test {
    InterruptsTest() {
        interrupts.set_function({1, 2, 8, 1, 1},
                                [this](unsigned vector, bool masked) { masks.emplace_back(vector, masked); });
    }
    // The arguments in the order of SET_IRQS; the eventfds stay the caller's.
    int set(std::uint32_t flags, std::uint32_t index, std::uint32_t start, std::uint32_t count,
            const std::vector<int>& fds = {}, const Bytes& bools = {}) {
        std::vector<hal::Fd> owned;
        for (const int fd : fds) owned.emplace_back(::dup(fd));
        return interrupts.set({20, flags, index, start, count}, bools, std::move(owned));
    }
    int off(std::uint32_t index) { return set(none | trigger, index, 0, 0); }

    EventfdInterrupts interrupts;
    std::vector<std::pair<unsigned, bool>> masks;
    hal::Fd a = event(), b = event(), c = event();
};

TEST_F(InterruptsTest, EachMsixVectorSignalsItsOwnEventfd) {
    ASSERT_EQ(set(by_fd | trigger, msix, 0, 3, {a.get(), b.get(), c.get()}), 0);
    EXPECT_TRUE(interrupts.msix_enabled());
    interrupts.message(1);
    interrupts.message(1);
    interrupts.message(2);
    interrupts.message(5);    // no eventfd
    interrupts.message(800);  // no such vector
    EXPECT_EQ(signals(a), 0u);
    EXPECT_EQ(signals(b), 2u);
    EXPECT_EQ(signals(c), 1u);
}

TEST_F(InterruptsTest, MsiSignalsWhenItIsTheKindThatIsOn) {
    interrupts.message(0);
    ASSERT_EQ(set(by_fd | trigger, msi, 0, 1, {a.get()}), 0);
    EXPECT_TRUE(interrupts.msi_enabled());
    EXPECT_FALSE(interrupts.msix_enabled());
    interrupts.message(0);
    EXPECT_EQ(signals(a), 1u);
}

TEST_F(InterruptsTest, MsixCanBeSwitchedOnBeforeItHasVectors) {
    ASSERT_EQ(set(by_fd | trigger, msix, 0, 1), 0) << "as QEMU does";
    EXPECT_TRUE(interrupts.msix_enabled());
    interrupts.message(0);
    ASSERT_EQ(set(by_fd | trigger, msix, 3, 1, {a.get()}), 0);
    interrupts.message(3);
    EXPECT_EQ(signals(a), 1u);
}

TEST_F(InterruptsTest, ANewEventfdReplacesAndClosesTheOldOne) {
    const std::size_t before = open_fds();
    ASSERT_EQ(set(by_fd | trigger, msix, 0, 1, {a.get()}), 0);
    ASSERT_EQ(set(by_fd | trigger, msix, 0, 1, {b.get()}), 0);
    EXPECT_EQ(open_fds(), before + 1);
    interrupts.message(0);
    EXPECT_EQ(signals(a), 0u);
    EXPECT_EQ(signals(b), 1u);
    ASSERT_EQ(set(by_fd | trigger, msix, 0, 1), 0) << "no fd: that vector is taken off";
    EXPECT_EQ(open_fds(), before);
    EXPECT_TRUE(interrupts.msix_enabled());
}

TEST_F(InterruptsTest, SwitchingAKindOffClosesItsEventfds) {
    const std::size_t before = open_fds();
    set(by_fd | trigger, msix, 0, 2, {a.get(), b.get()});
    EXPECT_EQ(off(msix), 0);
    EXPECT_FALSE(interrupts.msix_enabled());
    EXPECT_EQ(open_fds(), before);
    interrupts.message(0);
    EXPECT_EQ(signals(a), 0u);
    EXPECT_EQ(off(msix), 0) << "twice does no harm";
}

TEST_F(InterruptsTest, OnlyOneOfIntxMsiAndMsixIsOnAtATime) {
    ASSERT_EQ(set(by_fd | trigger, intx, 0, 1, {a.get()}), 0);
    EXPECT_EQ(set(by_fd | trigger, msix, 0, 1, {b.get()}), EINVAL);
    EXPECT_EQ(set(by_fd | trigger, msi, 0, 1, {b.get()}), EINVAL);
    EXPECT_EQ(set(by_fd | trigger, error, 0, 1, {b.get()}), 0) << "not one of the three";
    ASSERT_EQ(off(intx), 0);
    EXPECT_EQ(set(by_fd | trigger, msix, 0, 1, {b.get()}), 0);
}

TEST_F(InterruptsTest, AHighLineSignalsOnceUntilUnmaskedAndAgainIfStillHigh) {
    ASSERT_EQ(set(by_fd | trigger, intx, 0, 1, {a.get()}), 0);
    interrupts.line(true);
    interrupts.line(true);
    EXPECT_EQ(signals(a), 1u);
    interrupts.line(false);
    interrupts.line(true);
    EXPECT_EQ(signals(a), 0u) << "masked by its own signal";
    ASSERT_EQ(set(none | unmask, intx, 0, 1), 0);
    EXPECT_EQ(signals(a), 1u) << "still high";
    interrupts.line(false);
    ASSERT_EQ(set(none | unmask, intx, 0, 1), 0);
    EXPECT_EQ(signals(a), 0u) << "low";
    interrupts.line(true);
    EXPECT_EQ(signals(a), 1u);
}

TEST_F(InterruptsTest, AMaskedLineWaitsForItsUnmask) {
    ASSERT_EQ(set(by_fd | trigger, intx, 0, 1, {a.get()}), 0);
    ASSERT_EQ(set(boolean | mask, intx, 0, 1, {}, bytes('\1')), 0);
    interrupts.line(true);
    EXPECT_EQ(signals(a), 0u);
    ASSERT_EQ(set(boolean | unmask, intx, 0, 1, {}, bytes('\0')), 0);
    EXPECT_EQ(signals(a), 0u) << "a bool of 0 leaves it as it is";
    ASSERT_EQ(set(boolean | unmask, intx, 0, 1, {}, bytes('\1')), 0);
    EXPECT_EQ(signals(a), 1u);
}

TEST_F(InterruptsTest, ALineThatIsHighWhenIntxComesOnSignals) {
    interrupts.line(true);
    ASSERT_EQ(set(by_fd | trigger, intx, 0, 1, {a.get()}), 0);
    EXPECT_EQ(signals(a), 1u);
    off(intx);
    ASSERT_EQ(set(by_fd | trigger, intx, 0, 1, {b.get()}), 0);
    EXPECT_EQ(signals(b), 1u) << "the mask went with the old client";
}

TEST_F(InterruptsTest, AClientMayTriggerItsOwnInterrupts) {
    ASSERT_EQ(set(by_fd | trigger, msix, 0, 3, {a.get(), b.get(), c.get()}), 0);
    EXPECT_EQ(set(none | trigger, msix, 1, 2), 0);
    EXPECT_EQ(set(boolean | trigger, msix, 0, 3, {}, bytes('\1', '\0', '\1')), 0);
    EXPECT_EQ(signals(a), 1u);
    EXPECT_EQ(signals(b), 1u);
    EXPECT_EQ(signals(c), 2u);
}

TEST_F(InterruptsTest, MaskingAVectorIsTheFunctionsBusiness) {
    ASSERT_EQ(set(by_fd | trigger, msix, 0, 1, {a.get()}), 0);
    EXPECT_EQ(set(none | mask, msix, 2, 2), 0);
    EXPECT_EQ(set(boolean | unmask, msix, 2, 2, {}, bytes('\0', '\1')), 0);
    const std::vector<std::pair<unsigned, bool>> expected{{2, true}, {3, true}, {3, false}};
    EXPECT_EQ(masks, expected);
}

TEST_F(InterruptsTest, ErrorAndRequestNotifyWhoAskedForIt) {
    interrupts.notify(IrqIndex::error);
    ASSERT_EQ(set(by_fd | trigger, error, 0, 1, {a.get()}), 0);
    ASSERT_EQ(set(by_fd | trigger, request, 0, 1, {b.get()}), 0);
    interrupts.notify(IrqIndex::error);
    EXPECT_EQ(signals(a), 1u);
    EXPECT_EQ(signals(b), 0u);
    interrupts.notify(IrqIndex::request);
    EXPECT_EQ(signals(b), 1u);
}

TEST_F(InterruptsTest, RangesOutsideTheFunctionAreRefused) {
    const std::size_t before = open_fds();
    EXPECT_EQ(set(by_fd | trigger, 5, 0, 1, {a.get()}), EINVAL);
    EXPECT_EQ(set(by_fd | trigger, msix, 8, 1, {a.get()}), EINVAL);
    EXPECT_EQ(set(by_fd | trigger, msix, 7, 2, {a.get(), b.get()}), EINVAL);
    EXPECT_EQ(set(by_fd | trigger, msix, ~0u, 2, {a.get(), b.get()}), EINVAL) << "start + count wraps";
    EXPECT_EQ(set(by_fd | trigger, msix, 1, ~0u), EINVAL);
    EXPECT_EQ(set(by_fd | trigger, intx, 0, 2, {a.get(), b.get()}), EINVAL);
    EXPECT_EQ(set(none | trigger, msix, 9, 0), EINVAL);
    EXPECT_EQ(set(none | trigger, msix, 1, 0), EINVAL) << "off means all of them";
    EXPECT_FALSE(interrupts.msix_enabled());
    EXPECT_EQ(open_fds(), before);
}

TEST_F(InterruptsTest, FlagsAreExactlyOneKindOfDataAndOneAction) {
    for (std::uint32_t flags = 0; flags < 128; ++flags) {
        const bool one_kind = (flags & 7) == none || (flags & 7) == boolean || (flags & 7) == by_fd;
        const std::uint32_t action = flags & 0x78;
        const bool one_action = action == mask || action == unmask || action == trigger;
        if (one_kind && one_action) continue;
        EXPECT_EQ(set(flags, msix, 0, 1, {a.get()}), EINVAL) << flags;
    }
}

TEST_F(InterruptsTest, DataThatDoesNotBelongToTheFlagsIsRefused) {
    EXPECT_EQ(set(by_fd | trigger, msix, 0, 2, {a.get()}), EINVAL) << "too few fds";
    EXPECT_EQ(set(by_fd | trigger, msix, 0, 1, {a.get(), b.get()}), EINVAL);
    EXPECT_EQ(set(by_fd | trigger, msix, 0, 0, {}), EINVAL);
    EXPECT_EQ(set(by_fd | trigger, msix, 0, 1, {a.get()}, Bytes(1)), EINVAL);
    EXPECT_EQ(set(by_fd | unmask, intx, 0, 1, {a.get()}), ENOTSUP);
    ASSERT_EQ(set(by_fd | trigger, msix, 0, 1, {a.get()}), 0);
    EXPECT_EQ(set(none | trigger, msix, 0, 1, {a.get()}), EINVAL) << "an fd for nothing";
    EXPECT_EQ(set(boolean | trigger, msix, 0, 2, {}, Bytes(1)), EINVAL);
    EXPECT_EQ(set(boolean | trigger, msix, 0, 2, {}, Bytes(3)), EINVAL);
    EXPECT_EQ(set(boolean | trigger, msix, 0, 0), EINVAL);
    EXPECT_EQ(set(none | mask, msix, 0, 0), EINVAL);
    EXPECT_EQ(set(none | mask, error, 0, 1), EINVAL) << "not maskable";
    EXPECT_EQ(signals(a), 0u);
}

TEST_F(InterruptsTest, AKindThatIsOffCanBeNeitherTriggeredNorMasked) {
    EXPECT_EQ(set(none | trigger, msix, 0, 1), EINVAL);
    EXPECT_EQ(set(none | mask, msix, 0, 1), EINVAL);
    EXPECT_EQ(set(none | unmask, intx, 0, 1), EINVAL);
    EXPECT_TRUE(masks.empty());
}

TEST_F(InterruptsTest, OnlyEventfdsAreTakenForEventfds) {
    const hal::Fd file = memory_file(8);
    EXPECT_EQ(set(by_fd | trigger, msix, 0, 2, {a.get(), file.get()}), EINVAL);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const hal::Fd out(ends[0]), in(ends[1]);
    EXPECT_EQ(set(by_fd | trigger, msix, 0, 1, {in.get()}), EINVAL);
    EXPECT_FALSE(interrupts.msix_enabled());
}

TEST_F(InterruptsTest, AFullEventfdLosesTheSignalAndIsCounted) {
    set(by_fd | trigger, msix, 0, 1, {a.get()});
    const std::uint64_t full = ~std::uint64_t{0} - 1;
    ASSERT_EQ(::write(a.get(), &full, sizeof full), 8);
    interrupts.message(0);
    EXPECT_EQ(interrupts.undelivered(), 1u);
    EXPECT_FALSE(interrupts.blocked()) << "a non-blocking eventfd does nobody harm";
}

TEST_F(InterruptsTest, AClientThatMakesItsEventfdBlockIsFoundOut) {
    const hal::Fd blocking(::eventfd(0, EFD_CLOEXEC));
    set(by_fd | trigger, msix, 0, 1, {blocking.get()});
    const std::uint64_t full = ~std::uint64_t{0} - 1;
    ASSERT_EQ(::write(blocking.get(), &full, sizeof full), 8);
    struct sigaction interrupt {
    }, before{};
    interrupt.sa_handler = [](int) {};
    ASSERT_EQ(::sigaction(SIGALRM, &interrupt, &before), 0);
    const itimerval often{{0, 10'000}, {0, 10'000}}, never{};
    ASSERT_EQ(::setitimer(ITIMER_REAL, &often, nullptr), 0);
    interrupts.message(0);
    EXPECT_TRUE(interrupts.blocked());
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);
    interrupts.message(0);  // not even tried
    EXPECT_EQ(interrupts.undelivered(), 2u);
    interrupts.clear();
    EXPECT_FALSE(interrupts.blocked());
}

}  // namespace
}  // namespace ringside::sim::test

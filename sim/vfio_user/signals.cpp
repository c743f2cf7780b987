#include "sim/vfio_user/signals.hpp"

#include "hal/error.hpp"

#include <sys/signalfd.h>
#include <sys/time.h>
#include <unistd.h>

namespace ringside::sim {

StopSignals::StopSignals(bool ignore_interrupt) {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    hal::check(::sigaction(SIGPIPE, &ignore, nullptr), "ignoring SIGPIPE");
    if (ignore_interrupt) hal::check(::sigaction(SIGINT, &ignore, nullptr), "ignoring SIGINT");

    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    if (!ignore_interrupt) sigaddset(&stop, SIGINT);
    hal::check(::sigprocmask(SIG_BLOCK, &stop, nullptr), "blocking signals");
    fd_ = hal::Fd(hal::check(::signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));

    struct sigaction interrupt {};  // without SA_RESTART: that it comes is all it does
    interrupt.sa_handler = [](int) {};
    hal::check(::sigaction(SIGALRM, &interrupt, nullptr), "taking SIGALRM");
    const itimerval every_second{{1, 0}, {1, 0}};
    hal::check(::setitimer(ITIMER_REAL, &every_second, nullptr), "setitimer");
}

bool StopSignals::arrived() {
    signalfd_siginfo info;
    return ::read(fd_.get(), &info, sizeof info) == sizeof info;
}

}  // namespace ringside::sim

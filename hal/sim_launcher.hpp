// sim: addresses: devices of the program ringside-sim, which is started here, once for all of them.
#pragma once

#include "hal/clock.hpp"
#include "hal/device.hpp"
#include "hal/fd.hpp"

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

namespace ringside::hal {

// Opens the device that `spec` (what follows "sim:") describes, in this process's simulator; starts that if
// it does not run. Its path is $RINGSIDE_SIM if that is set, else ringside-sim beside this program, in ../bin
// or
// ../libexec/ringside from there, or on the PATH. Any thread. Throws Error: no simulator, or it refuses the
// spec.
//
// When the last of its devices is destroyed the simulator is told to end and waited for (2 s), so that what
// it prints last comes before what this program does next. It also ends when this process does, however that
// happens.
std::unique_ptr<Device> open_sim_device(const std::string& spec);

// The simulator's path, as above. Throws Error if there is none.
std::string find_simulator();

// A running simulator and the control socket to it: one datagram with a spec and the device's vfio-user
// socket there, one datagram back, "ok" or "error: SENTENCE". Threads: one at a time.
class SimProcess {
public:
    // Starts `program`. The child ends by itself when it sees the end of the control socket.
    explicit SimProcess(const std::string& program, Clock::Duration reply_timeout = std::chrono::seconds(10));
    // Lets the child end, and ends it if it does not within 2 s.
    ~SimProcess();
    SimProcess(const SimProcess&) = delete;
    SimProcess& operator=(const SimProcess&) = delete;

    // Our end of the vfio-user socket of a new device.
    Fd add(const std::string& spec);
    // False once the child has ended or cannot be talked to any more.
    bool usable();

private:
    void send(const std::string& spec, const Fd& device_end);
    std::string receive(const std::string& spec);
    std::string how_it_ended();
    bool reap(Clock::Duration limit) noexcept;

    std::string program_;
    Clock::Duration reply_timeout_;
    Fd control_;
    pid_t pid_ = -1;   // -1 once reaped
    int status_ = -1;  // as waitpid() gives it; -1 if unknown
};

}  // namespace ringside::hal

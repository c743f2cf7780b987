// Runs software NICs: one thread that serves their clients and lets the NICs do what is due.
// It spins while there is work and shortly after, and sleeps otherwise.
#pragma once

#include "hal/clock.hpp"
#include "hal/fd.hpp"
#include "sim/pci_function.hpp"
#include "sim/vfio_user/server.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringside::sim {

// What is left of a NIC at its end.
struct FinalReport {
    std::string text;  // lines for a person
    std::string json;  // an object
};

// One thread.
class Simulator {
public:
    using Say = std::function<void(const std::string&)>;
    // Has a look at something besides the NICs (signals, a control socket); returns false to end the
    // simulator.
    using Look = std::function<bool()>;
    static constexpr unsigned rounds_between_looks = 256;
    // While there is traffic, a NIC's socket is looked at (a system call) only every so many rounds.
    static constexpr unsigned rounds_between_messages = 8;

    // `spin` is how long it goes on spinning when there is nothing to do. `clock` must outlive the simulator.
    Simulator(hal::Clock& clock, std::chrono::nanoseconds spin, Say say);
    ~Simulator();

    // `name` is how lines about the NIC begin.
    void add(const std::string& name, std::unique_ptr<PciFunction> function, hal::Fd socket,
             Server::Socket kind);

    // Runs until `look` returns false. It is called at least every 100 ms, and when one of `look_fds` is
    // readable.
    void run(const Look& look, const std::vector<int>& look_fds);

    // Hangs up on all clients; the reports of all NICs there ever were.
    std::vector<FinalReport> finish();

private:
    struct Nic;
    struct Waiting;

    bool round(bool check_all);
    bool serve(Nic& nic, bool check_messages);
    void retire_finished();
    void retire(Nic& nic);
    bool sleep(const std::vector<int>& look_fds);
    void watch(std::vector<Waiting>& waiting, Nic& nic);

    hal::Clock& clock_;
    std::chrono::nanoseconds spin_;
    Say say_;
    std::list<Nic> nics_;
    std::vector<FinalReport> reports_;
    unsigned round_ = 0;
    std::chrono::nanoseconds nap_;  // how long the next sleep may be if somebody must be polled
};

}  // namespace ringside::sim

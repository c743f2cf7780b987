#include "sim/vfio_user/simulator.hpp"

#include "hal/barrier.hpp"
#include "sim/vfio_user/json.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

namespace ringside::sim {

namespace {

using namespace std::chrono_literals;
constexpr std::chrono::nanoseconds shortest_nap = 50us, longest_nap = 1ms, sleep_limit = 100ms;

std::string server_text(const ServerCounts& counts) {
    std::string text = fmt::format("  clients: {}, messages: {}", counts.clients, counts.messages);
    if (counts.dropped > 0) text += fmt::format(", clients dropped: {}", counts.dropped);
    if (counts.refused_messages > 0) text += fmt::format(", messages refused: {}", counts.refused_messages);
    if (counts.refused_dma > 0) text += fmt::format(", DMA accesses refused: {}", counts.refused_dma);
    if (counts.lost_interrupts > 0) text += fmt::format(", interrupts lost: {}", counts.lost_interrupts);
    return text + "\n";
}

std::string server_json(const ServerCounts& counts) {
    return fmt::format(R"({{"clients":{},"dropped":{},"messages":{},"refused_messages":{},"refused_dma":{},)"
                       R"("lost_interrupts":{}}})",
                       counts.clients, counts.dropped, counts.messages, counts.refused_messages,
                       counts.refused_dma, counts.lost_interrupts);
}

}  // namespace

struct Simulator::Nic {
    Nic(std::string its_name, std::unique_ptr<PciFunction> its_function, hal::Fd socket, Server::Socket kind,
        const Say& say)
        : name(std::move(its_name)), function(std::move(its_function)) {
        server.emplace(*function, std::move(socket), kind,
                       [say, prefix = name + ": "](const std::string& line) { say(prefix + line); });
    }

    std::string name;
    std::unique_ptr<PciFunction> function;
    std::optional<Server> server;  // goes first: it tells the function
    bool served = false;  // whether the server, or the function, had anything to do in the last round
    bool worked = false;
    // Readable, but the owner did nothing about it (a frame for a NIC that does not receive): waiting for it
    // again at once would be spinning.
    bool ignore_socket = false, ignore_wake = false;
};

// Something that ends a sleep, and where to note that it did so in vain.
struct Simulator::Waiting {
    int fd;
    bool Nic::*did_something;
    bool Nic::*ignore;
    Nic* nic;
};

Simulator::Simulator(hal::Clock& clock, std::chrono::nanoseconds spin, Say say)
    : clock_(clock), spin_(spin), say_(std::move(say)), nap_(shortest_nap) {}

Simulator::~Simulator() = default;

void Simulator::add(const std::string& name, std::unique_ptr<PciFunction> function, hal::Fd socket,
                    Server::Socket kind) {
    nics_.emplace_back(name, std::move(function), std::move(socket), kind, say_);
}

void Simulator::run(const Look& look, const std::vector<int>& look_fds) {
    auto last_work = clock_.now();
    bool worked = true;
    for (unsigned until_look = 0;; --until_look) {
        if (until_look == 0) {
            if (!look()) return;
            until_look = rounds_between_looks;
        }
        worked = round(!worked);
        if (!worked && clock_.now() - last_work > spin_) {
            worked = sleep(look_fds);
            until_look = 1;
        }
        if (worked) {
            last_work = clock_.now();
            nap_ = shortest_nap;
            retire_finished();
        } else {
            hal::spin_hint();
        }
    }
}

// Every NIC has its turn. Returns true if any had something to do.
bool Simulator::round(bool check_all) {
    const bool check_messages = check_all || ++round_ % rounds_between_messages == 0;
    bool worked = false;
    for (Nic& nic : nics_) worked |= serve(nic, check_messages);
    return worked;
}

bool Simulator::serve(Nic& nic, bool check_messages) {
    nic.served = check_messages && nic.server->poll();
    nic.worked = nic.function->poll();
    if (nic.served) nic.ignore_socket = false;
    if (nic.served || nic.worked) nic.ignore_wake = false;
    return nic.served || nic.worked;
}

// Its only client has left: the NIC goes, with its files and sockets; what it has to say is kept.
void Simulator::retire_finished() {
    for (auto nic = nics_.begin(); nic != nics_.end();) {
        const bool finished = nic->server->finished();
        if (finished) retire(*nic);
        nic = finished ? nics_.erase(nic) : std::next(nic);
    }
}

void Simulator::retire(Nic& nic) {
    const bool driven = nic.server->has_client();
    const ServerCounts counts = nic.server->counts();
    nic.server.reset();
    if (driven) static_cast<void>(nic.function->poll());  // lets its cable write out what it still holds
    reports_.push_back({nic.name + "\n" + nic.function->report() + server_text(counts),
                        fmt::format(R"({{"name":{},"nic":{},"server":{}}})", json_string(nic.name),
                                    nic.function->report_json(), server_json(counts))});
}

std::vector<FinalReport> Simulator::finish() {
    for (Nic& nic : nics_) retire(nic);
    nics_.clear();
    return std::exchange(reports_, {});
}

void Simulator::watch(std::vector<Waiting>& waiting, Nic& nic) {
    if (!nic.ignore_socket) waiting.push_back({nic.server->fd(), &Nic::served, &Nic::ignore_socket, &nic});
    if (!nic.ignore_wake && nic.function->wake_fd() >= 0)
        waiting.push_back({nic.function->wake_fd(), &Nic::worked, &Nic::ignore_wake, &nic});
}

// Until something may be there to do. What is readable now is looked at by one more round; if its owner does
// nothing about it, it is left out until that NIC does something again, and the sleeps become naps.
bool Simulator::sleep(const std::vector<int>& look_fds) {
    std::vector<Waiting> waiting;
    bool nap = false;
    for (Nic& nic : nics_) {
        watch(waiting, nic);
        nap |= nic.function->must_be_polled() || nic.ignore_socket || nic.ignore_wake;
    }
    std::vector<pollfd> fds;
    fds.reserve(waiting.size() + look_fds.size());
    for (const Waiting& one : waiting) fds.push_back({one.fd, POLLIN, 0});
    for (const int fd : look_fds) fds.push_back({fd, POLLIN, 0});

    const auto limit = nap ? nap_ : sleep_limit;
    if (nap) nap_ = std::min(2 * nap_, longest_nap);
    const timespec timeout{0, static_cast<long>(limit.count())};
    if (::ppoll(fds.data(), fds.size(), &timeout, nullptr) <= 0) return false;

    const bool worked = round(true);
    for (std::size_t i = 0; i < waiting.size(); ++i)
        if (fds[i].revents != 0 && !(waiting[i].nic->*waiting[i].did_something))
            waiting[i].nic->*waiting[i].ignore = true;
    return worked;
}

}  // namespace ringside::sim

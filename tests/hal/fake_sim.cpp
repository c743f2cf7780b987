// Stands in for ringside-sim. Each spec is one way to behave. With --find it says where it would find a
// simulator.
#include "hal/error.hpp"
#include "hal/sim_launcher.hpp"
#include "tests/hal/fake_server.hpp"

#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <list>
#include <string>

namespace {

using ringside::hal::Fd;

std::string receive(int control, Fd& device) {
    std::string text(4096, '\0');
    alignas(cmsghdr) std::byte space[CMSG_SPACE(sizeof(int))];
    iovec piece{text.data(), text.size()};
    msghdr msg{};
    msg.msg_iov = &piece;
    msg.msg_iovlen = 1;
    msg.msg_control = space;
    msg.msg_controllen = sizeof space;
    const ssize_t n = ::recvmsg(control, &msg, MSG_CMSG_CLOEXEC);
    if (n <= 0) return {};
    int fd = -1;
    if (const cmsghdr* cmsg = CMSG_FIRSTHDR(&msg)) std::memcpy(&fd, CMSG_DATA(cmsg), sizeof fd);
    device = Fd(fd);
    text.resize(static_cast<std::size_t>(n));
    return text;
}

void say(int control, const std::string& text) { ::send(control, text.data(), text.size(), MSG_NOSIGNAL); }

int serve(int control) {
    std::list<ringside::hal::vfio_user::FakeServer> servers;
    std::string report;
    bool linger = false;
    for (;;) {
        Fd device;
        const std::string spec = receive(control, device);
        if (spec.empty()) break;
        if (spec == "exit") return 7;
        if (spec == "crash") std::raise(SIGKILL);
        if (spec == "silent") continue;
        if (spec == "nonsense") {
            say(control, "\x1b[31mhello");
            continue;
        }
        if (spec == "refuse") {
            say(control, "error: there is no such NIC; try 82599");
            continue;
        }
        if (spec.starts_with("report=")) report = spec.substr(7);
        if (spec == "linger") linger = true;
        auto& server = servers.emplace_back(std::move(device));
        const auto pid = static_cast<std::uint32_t>(::getpid());
        std::memcpy(server.config.data() + 0x40, &pid,
                    sizeof pid);  // so that the test can tell processes apart
        server.on(ringside::hal::vfio_user::Command::device_reset, [](auto&, auto&) { std::_Exit(1); });
        static_cast<void>(server.start());
        say(control, "ok");
    }
    while (linger) ::pause();
    if (!report.empty()) std::ofstream(report) << "done";
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string(argv[1]) == "--find") {
        try {
            std::cout << ringside::hal::find_simulator();
        } catch (const ringside::hal::Error& error) { std::cout << "Error: " << error.what(); }
        return 0;
    }
    if (argc != 3 || std::string(argv[1]) != "--control") return 2;
    return serve(std::atoi(argv[2]));
}

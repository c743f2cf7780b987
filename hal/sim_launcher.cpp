#include "hal/sim_launcher.hpp"

#include "hal/error.hpp"
#include "hal/vfio_user/client.hpp"
#include "hal/vfio_user/message.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::hal {

namespace {

constexpr const char* program_name = "ringside-sim";
constexpr int control_fd_in_child = 3;
constexpr std::size_t max_spec = 4096;
constexpr std::size_t max_reply = 4096;

bool is_program(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<std::filesystem::path> places() {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error)
        for (const char* place : {"", "../bin", "../libexec/ringside"})
            found.push_back((self.parent_path() / place / program_name).lexically_normal());
    const char* path_variable = ::secure_getenv("PATH");
    for (std::string_view path = path_variable != nullptr ? path_variable : ""; !path.empty();) {
        const std::string_view part = path.substr(0, path.find(':'));
        if (!part.empty()) found.push_back(std::filesystem::path(part) / program_name);
        path.remove_prefix(std::min(path.size(), part.size() + 1));
    }
    return found;
}

// posix_spawn's arguments, released on every path.
struct SpawnActions {
    SpawnActions() { ::posix_spawn_file_actions_init(&actions); }
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    posix_spawn_file_actions_t actions;
};
struct SpawnAttributes {
    SpawnAttributes() {
        ::posix_spawnattr_init(&attributes);
        // The child must see SIGTERM even if the thread that starts it blocks signals.
        sigset_t none;
        sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        // In a process group of its own: a signal that is meant to end this program, and goes to its group as
        // from a terminal or timeout(1), must not take the devices away while the program still ends cleanly.
        ::posix_spawnattr_setpgroup(&attributes, 0);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    }
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    posix_spawnattr_t attributes;
};

pid_t spawn(const std::string& program, const Fd& control) {
    SpawnActions files;
    const SpawnAttributes attributes;
    // The copy has no close-on-exec flag, not even if it has the same number.
    ::posix_spawn_file_actions_adddup2(&files.actions, control.get(), control_fd_in_child);
    std::string name = program, option = "--control", number = std::to_string(control_fd_in_child);
    std::array<char*, 4> arguments{name.data(), option.data(), number.data(), nullptr};
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, program.c_str(), &files.actions, &attributes.attributes,
                                    arguments.data(), environ);
    if (error != 0) throw_errno("starting the simulator " + program, error);
    return pid;
}

// What is printed must not play with the terminal.
std::string printable(std::string text) {
    constexpr std::size_t enough = 200;
    if (text.size() > enough) text.resize(enough);
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return text;
}

struct Simulators {
    std::mutex mutex;
    std::weak_ptr<SimProcess> current;
};
Simulators& simulators() {
    static Simulators instance;
    return instance;
}

// The device's socket, and the process that serves it.
Fd add_device(const std::string& spec, std::shared_ptr<void>& owner) {
    Simulators& all = simulators();
    const std::lock_guard lock(all.mutex);
    if (auto running = all.current.lock(); running && running->usable()) {
        try {
            Fd socket = running->add(spec);
            owner = std::move(running);
            return socket;
        } catch (const DeviceGone&) {  // it was about to end: a fresh one may do better
        }
    }
    auto fresh = std::make_shared<SimProcess>(find_simulator());
    all.current = fresh;
    Fd socket = fresh->add(spec);
    owner = std::move(fresh);
    return socket;
}

}  // namespace

std::string find_simulator() {
    if (const char* chosen = ::secure_getenv("RINGSIDE_SIM"); chosen != nullptr && *chosen != '\0') {
        if (is_program(chosen)) return chosen;
        throw Error(std::string("RINGSIDE_SIM is set to ") + chosen +
                    ", which is not a program that may be executed");
    }
    for (const auto& path : places())
        if (is_program(path)) return path;
    throw Error(
        std::string("sim: addresses need the program ") + program_name +
        ", which is neither beside this program nor on the PATH; build it, or set RINGSIDE_SIM to its path");
}

SimProcess::SimProcess(const std::string& program, Clock::Duration reply_timeout)
    : program_(program), reply_timeout_(reply_timeout) {
    int ends[2];
    check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends),
          "making the simulator's control socket");
    control_ = Fd(ends[0]);
    const Fd child_end(ends[1]);
    pid_ = spawn(program, child_end);
}

SimProcess::~SimProcess() {
    control_.reset();
    if (reap(std::chrono::seconds(2))) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
}

// True if the child has ended.
bool SimProcess::reap(Clock::Duration limit) noexcept {
    SystemClock clock;
    const auto deadline = clock.now() + limit;
    while (pid_ > 0) {
        const bool last = clock.now() >= deadline;
        int status = 0;
        const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended == pid_ || (ended < 0 && errno == ECHILD)) {  // ECHILD: somebody else has seen to it
            status_ = ended == pid_ ? status : -1;
            pid_ = -1;
        } else if (last) {
            return false;
        } else {
            clock.sleep(std::chrono::milliseconds(2));
        }
    }
    return true;
}

bool SimProcess::usable() { return control_ && !reap({}); }

Fd SimProcess::add(const std::string& spec) {
    if (spec.empty() || spec.size() > max_spec)
        throw AddressError("a sim: address has 1 to " + std::to_string(max_spec) +
                           " characters after \"sim:\", not " + std::to_string(spec.size()));
    auto [ours, theirs] = vfio_user::stream_socket_pair();
    send(spec, theirs);
    theirs.reset();  // so that the end of the child is the end of the connection
    const std::string reply = receive(spec);
    if (reply == "ok") return std::move(ours);
    constexpr std::string_view refusal = "error: ";
    if (reply.starts_with(refusal))
        throw Error("sim:" + spec + ": " + printable(reply.substr(refusal.size())));
    control_.reset();
    throw ProtocolError(
        "sim:" + spec + ": the simulator " + program_ + " answers \"" + printable(reply) +
        "\", which is neither \"ok\" nor \"error: ...\"; does RINGSIDE_SIM or the PATH lead to another "
        "program?");
}

void SimProcess::send(const std::string& spec, const Fd& device_end) {
    iovec piece{const_cast<char*>(spec.data()), spec.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    msghdr msg{};
    msg.msg_iov = &piece;
    msg.msg_iovlen = 1;
    msg.msg_control = control.data();
    msg.msg_controllen = control.size();
    cmsghdr* cmsg = CMSG_FIRSTHDR(&msg);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = device_end.get();
    std::memcpy(CMSG_DATA(cmsg), &fd, sizeof fd);
    ssize_t n;
    do { n = ::sendmsg(control_.get(), &msg, MSG_NOSIGNAL | MSG_DONTWAIT); } while (n < 0 && errno == EINTR);
    if (n >= 0) return;
    if (errno == EPIPE || errno == ECONNRESET) throw DeviceGone("sim:" + spec + ": " + how_it_ended());
    throw_errno("sim:" + spec + ": telling the simulator");
}

std::string SimProcess::receive(const std::string& spec) {
    std::string text(max_reply, '\0');
    if (!vfio_user::wait_ready(control_.get(), POLLIN, reply_timeout_)) {
        control_.reset();  // or the late answer would be taken for the next one's
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(reply_timeout_).count();
        throw Timeout("sim:" + spec + ": the simulator " + program_ + " has not answered within " +
                      std::to_string(ms) + " ms; is it Ringside's, and is the machine overloaded?");
    }
    ssize_t n;
    do {
        n = ::recv(control_.get(), text.data(), text.size(), MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) throw DeviceGone("sim:" + spec + ": " + how_it_ended());
    text.resize(static_cast<std::size_t>(n));
    return text;
}

std::string SimProcess::how_it_ended() {
    control_.reset();
    std::string text = "the simulator " + program_ + " hung up without an answer";
    if (reap(std::chrono::seconds(1)) && status_ != -1) {
        if (WIFEXITED(status_))
            text += ": it ended with exit status " + std::to_string(WEXITSTATUS(status_));
        else if (WIFSIGNALED(status_))
            text += std::string(": it was ended by a signal, ") + ::strsignal(WTERMSIG(status_));
    }
    return text + "; what it printed before may say why";
}

std::unique_ptr<Device> open_sim_device(const std::string& spec) {
    vfio_user::ClientOptions options;
    Fd socket = add_device(spec, options.keep_alive);
    return vfio_user::open_client(std::move(socket), "sim:" + spec, std::move(options));
}

}  // namespace ringside::hal

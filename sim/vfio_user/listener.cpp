#include "sim/vfio_user/listener.hpp"

#include "hal/error.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace ringside::sim {

namespace {

constexpr int waiting_clients = 8;

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        throw hal::AddressError("socket path '" + path + "': it must have 1 to " +
                                std::to_string(sizeof address.sun_path - 1) + " characters");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

hal::Fd new_socket() {
    return hal::Fd(hal::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// Removes a socket file behind which nobody listens any more.
void clear_the_way(const std::string& path, const sockaddr_un& address) {
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0) return;  // nothing there, or bind() will say what is wrong
    if (!S_ISSOCK(about.st_mode))
        throw hal::Error("socket path '" + path +
                         "': there is something that is not a socket; choose another path");
    const hal::Fd probe = new_socket();
    const bool refused =
        ::connect(probe.get(), generic(address), sizeof address) != 0 && errno == ECONNREFUSED;
    if (!refused)
        throw hal::Error("socket path '" + path +
                         "': a running program serves it; end that or choose another path");
    hal::check(::unlink(path.c_str()), "removing the stale socket " + path);
}

}  // namespace

Listener::Listener(std::string path) : path_(std::move(path)), socket_(new_socket()) {
    const sockaddr_un address = address_of(path_);
    clear_the_way(path_, address);
    hal::check(::bind(socket_.get(), generic(address), sizeof address), "making the socket " + path_);
    struct stat about {};
    hal::check(::stat(path_.c_str(), &about), "looking at the socket " + path_);
    device_ = about.st_dev;
    inode_ = about.st_ino;
    hal::check(::listen(socket_.get(), waiting_clients), "listening on " + path_);
}

Listener::Listener(Listener&& other) noexcept
    : path_(std::move(other.path_)),
      socket_(std::move(other.socket_)),
      device_(other.device_),
      inode_(other.inode_) {}

Listener::~Listener() {
    struct stat about {};
    if (!socket_ || ::lstat(path_.c_str(), &about) != 0) return;
    if (about.st_dev == device_ && about.st_ino == inode_) ::unlink(path_.c_str());
}

hal::Fd Listener::socket() const {
    return hal::Fd(hal::check(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0), "duplicating a socket"));
}

}  // namespace ringside::sim

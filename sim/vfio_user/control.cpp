#include "sim/vfio_user/control.hpp"

#include "hal/error.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

namespace ringside::sim {

namespace {

int socket_option(int fd, int option) {
    int value = -1;
    socklen_t length = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

// Takes ownership of every descriptor that came; more than one is one too many.
std::vector<hal::Fd> passed_fds(msghdr& msg) {
    std::vector<hal::Fd> fds;
    for (cmsghdr* c = CMSG_FIRSTHDR(&msg); c != nullptr; c = CMSG_NXTHDR(&msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        for (std::size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
            fds.emplace_back(fd);
        }
    }
    return fds;
}

}  // namespace

ControlSocket::ControlSocket(int fd, Add add) : add_(std::move(add)), buffer_(longest_spec) {
    if (socket_option(fd, SO_TYPE) != SOCK_SEQPACKET)
        throw hal::AddressError(
            "--control " + std::to_string(fd) +
            ": that is not a SOCK_SEQPACKET socket; this option is for the library's sim: "
            "addresses, use --socket by hand");
    socket_ = hal::Fd(fd);
    static_cast<void>(::fcntl(fd, F_SETFD, FD_CLOEXEC));
}

bool ControlSocket::poll() {
    for (;;) {
        Request request;
        const Received received = receive(request);
        if (received != Received::request) return received == Received::nothing;
        const std::string answer = answer_to(std::move(request));
        const ssize_t sent = ::send(socket_.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) return false;
    }
}

ControlSocket::Received ControlSocket::receive(Request& request) {
    iovec piece{buffer_.data(), buffer_.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(4 * sizeof(int))> control;
    msghdr msg{};
    msg.msg_iov = &piece;
    msg.msg_iovlen = 1;
    msg.msg_control = control.data();
    msg.msg_controllen = control.size();
    const ssize_t length = ::recvmsg(socket_.get(), &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length == 0) return Received::end;
    if (length < 0) return errno == EAGAIN || errno == EINTR ? Received::nothing : Received::end;
    std::vector<hal::Fd> fds = passed_fds(msg);
    request.spec.assign(buffer_.data(), static_cast<std::size_t>(length));
    const bool whole = (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    if (whole && fds.size() == 1) request.socket = std::move(fds.front());
    return Received::request;
}

std::string ControlSocket::answer_to(Request request) {
    if (!request.socket || socket_option(request.socket.get(), SO_TYPE) != SOCK_STREAM)
        return "error: a request is a spec of at most " + std::to_string(longest_spec) +
               " bytes and exactly one stream socket";
    try {
        add_(request.spec, std::move(request.socket));
    } catch (const std::exception& error) { return std::string("error: ") + error.what(); }
    return "ok";
}

}  // namespace ringside::sim

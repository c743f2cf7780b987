#include "hal/vfio_user/message.hpp"

#include "hal/error.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cassert>
#include <string>

namespace ringside::hal::vfio_user {

namespace {

constexpr std::size_t max_parts = 3;
constexpr std::size_t control_size = CMSG_SPACE(max_message_fds * sizeof(int));

bool means_end(int error) { return error == EPIPE || error == ECONNRESET || error == ENOTCONN; }
bool means_later(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

void attach_fds(msghdr& msg, std::span<std::byte> control, std::span<const int> fds) {
    msg.msg_control = control.data();
    msg.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* cmsg = CMSG_FIRSTHDR(&msg);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(cmsg), fds.data(), fds.size_bytes());
}

// Steps over `sent` bytes.
void advance(msghdr& msg, std::size_t sent) {
    while (msg.msg_iovlen > 0 && sent >= msg.msg_iov->iov_len) {
        sent -= msg.msg_iov->iov_len;
        ++msg.msg_iov;
        --msg.msg_iovlen;
    }
    if (msg.msg_iovlen > 0) {
        msg.msg_iov->iov_base = static_cast<std::byte*>(msg.msg_iov->iov_base) + sent;
        msg.msg_iov->iov_len -= sent;
    }
}

}  // namespace

bool wait_ready(int fd, short events, Clock::Duration limit) {
    using SteadyClock = std::chrono::steady_clock;
    const auto deadline = SteadyClock::now() + limit;
    for (;;) {
        pollfd p{fd, events, 0};
        // Rounded up, so that the last wait is not a spin.
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
        const int ms = static_cast<int>(std::clamp<long long>(left, 0, 1'000'000));
        const int n = ::poll(&p, 1, ms);
        if (n > 0) return true;
        if (n < 0 && errno != EINTR) throw_errno("poll on a socket");
        if (left <= 0) return false;
    }
}

SocketPair stream_socket_pair() {
    int fds[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
    return {Fd(fds[0]), Fd(fds[1])};
}

Channel::Channel(Fd socket, std::size_t max_size, Clock::Duration send_limit)
    : socket_(std::move(socket)), max_size_(max_size), send_limit_(send_limit) {}

Sent Channel::send(Header header, std::initializer_list<std::span<const std::byte>> parts,
                   std::span<const int> fds) {
    if (parts.size() > max_parts || fds.size() > max_message_fds)
        throw Error("a message with too many parts");
    std::array<iovec, 1 + max_parts> pieces;
    std::size_t count = 0, size = sizeof header;
    pieces[count++] = {&header, sizeof header};
    for (const auto part : parts) {
        // sendmsg() does not write to them; its interface only lacks the const.
        pieces[count++] = {const_cast<std::byte*>(part.data()), part.size()};
        size += part.size();
    }
    header.size = static_cast<std::uint32_t>(size);

    msghdr msg{};
    msg.msg_iov = pieces.data();
    msg.msg_iovlen = count;
    alignas(cmsghdr) std::array<std::byte, control_size> control{};
    if (!fds.empty()) attach_fds(msg, control, fds);

    for (std::size_t sent = 0; sent < size;) {
        const ssize_t n = ::sendmsg(socket_.get(), &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            sent += static_cast<std::size_t>(n);
            advance(msg, static_cast<std::size_t>(n));
            msg.msg_control = nullptr;  // the fds went with the first byte
            msg.msg_controllen = 0;
        } else if (means_end(errno)) {
            return Sent::end;
        } else if (means_later(errno)) {
            if (wait_ready(socket_.get(), POLLOUT, send_limit_)) continue;
            if (sent > 0) shut_down();  // half a message is out: nothing sensible can follow it
            return Sent::timed_out;
        } else if (errno != EINTR) {
            const int error = errno;
            if (sent > 0) shut_down();
            throw_errno("sending a vfio-user message", error);
        }
    }
    return Sent::done;
}

Received Channel::try_receive(Message& out) {
    if (shut_down_) return Received::end;
    if (const Received r = receive_header(); r != Received::message) return r;
    if (const Received r = receive_payload(); r != Received::message) return r;
    std::swap(out, pending_);
    pending_.fds.clear();
    header_have_ = payload_have_ = 0;
    return Received::message;
}

Received Channel::receive(Message& out, Clock::Duration limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        if (const Received r = try_receive(out); r != Received::nothing) return r;
        if (!wait_ready(socket_.get(), POLLIN, deadline - std::chrono::steady_clock::now()))
            return Received::nothing;
    }
}

Received Channel::receive_header() {
    while (header_have_ < sizeof(Header)) {
        iovec piece{header_bytes_.data() + header_have_, sizeof(Header) - header_have_};
        alignas(cmsghdr) std::array<std::byte, control_size> control;
        pending_.fds.reserve(2 * max_message_fds);  // so that owning what comes cannot fail
        msghdr msg{};
        msg.msg_iov = &piece;
        msg.msg_iovlen = 1;
        msg.msg_control = control.data();
        msg.msg_controllen = control.size();
        const ssize_t n = ::recvmsg(socket_.get(), &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (n == 0) return Received::end;
        if (n < 0) {
            if (errno == EINTR) continue;
            if (means_later(errno)) return Received::nothing;
            if (means_end(errno)) return Received::end;
            throw_errno("receiving a vfio-user message");
        }
        own_fds(msg);
        header_have_ += static_cast<std::size_t>(n);
        if (header_have_ < sizeof(Header)) continue;

        std::memcpy(&pending_.header, header_bytes_.data(), sizeof(Header));
        const std::uint32_t size = pending_.header.size;
        if (size < sizeof(Header) || size > max_size_)
            refuse("a message of " + std::to_string(size) + " bytes (allowed: " +
                   std::to_string(sizeof(Header)) + " to " + std::to_string(max_size_) + ")");
        pending_.payload.resize(size - sizeof(Header));
    }
    return Received::message;
}

Received Channel::receive_payload() {
    while (payload_have_ < pending_.payload.size()) {
        // No room for fds: those that do not come with the header are not part of the protocol; the kernel
        // drops them.
        const ssize_t n = ::recv(socket_.get(), pending_.payload.data() + payload_have_,
                                 pending_.payload.size() - payload_have_, MSG_DONTWAIT);
        if (n > 0) {
            payload_have_ += static_cast<std::size_t>(n);
        } else if (n == 0 || means_end(errno)) {
            return Received::end;
        } else if (means_later(errno)) {
            return Received::nothing;
        } else if (errno != EINTR) {
            throw_errno("receiving a vfio-user message");
        }
    }
    return Received::message;
}

// First of all the fds get an owner; only then may anything be found wrong.
void Channel::own_fds(msghdr& msg) {
    for (cmsghdr* cmsg = CMSG_FIRSTHDR(&msg); cmsg != nullptr; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
        if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        std::array<int, max_message_fds> raw;
        std::memcpy(raw.data(), CMSG_DATA(cmsg), std::min(count, raw.size()) * sizeof(int));
        for (std::size_t i = 0; i < std::min(count, raw.size()); ++i) pending_.fds.emplace_back(raw[i]);
    }
    if ((msg.msg_flags & MSG_CTRUNC) != 0 || pending_.fds.size() > max_message_fds)
        refuse("more file descriptors than can be taken (" + std::to_string(max_message_fds) +
               " per message)");
}

void Channel::refuse(const std::string& what) {
    pending_.fds.clear();
    shut_down();
    throw ProtocolError("the vfio-user peer sent " + what);
}

bool Channel::hung_up() const {
    if (shut_down_) return true;
    pollfd p{socket_.get(), 0, 0};
    return ::poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void Channel::shut_down() noexcept {
    shut_down_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
}

}  // namespace ringside::hal::vfio_user

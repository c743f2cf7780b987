// The other end of a vfio-user socket, written independently of hal's message code: a test says each byte
// itself.
#pragma once

#include "hal/error.hpp"
#include "hal/fd.hpp"
#include "hal/vfio_user/wire.hpp"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::sim::test {

namespace wire = hal::vfio_user;
using Bytes = std::vector<std::byte>;

template <class T> void append(Bytes& to, const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    to.insert(to.end(), bytes.begin(), bytes.end());
}
// The bytes of several fixed-size things in a row.
template <class... Ts> Bytes bytes(const Ts&... values) {
    Bytes result;
    (append(result, values), ...);
    return result;
}
inline Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}
inline Bytes text(std::string_view characters) {
    const auto b = std::as_bytes(std::span(characters));
    return {b.begin(), b.end()};
}

inline Bytes message(wire::Command command, const Bytes& payload = {}, std::uint32_t flags = 0,
                     std::uint16_t id = 7) {
    const auto size = static_cast<std::uint32_t>(sizeof(wire::Header) + payload.size());
    return bytes(wire::Header{id, command, size, flags, 0}) + payload;
}

struct Reply {
    wire::Header header{};
    Bytes payload;
    std::vector<hal::Fd> fds;

    std::uint32_t error() const { return header.error; }
    template <class T> T get(std::size_t offset = 0) const {
        T value{};
        if (offset + sizeof value > payload.size()) throw hal::Error("the reply is too short");
        std::memcpy(&value, payload.data() + offset, sizeof value);
        return value;
    }
};

class RawClient {
public:
    explicit RawClient(hal::Fd socket) : socket_(std::move(socket)) {}

    // True if the socket took all of it.
    bool send(std::span<const std::byte> data, std::span<const int> fds = {}) {
        iovec piece{const_cast<std::byte*>(data.data()), data.size()};
        msghdr msg{};
        msg.msg_iov = &piece;
        msg.msg_iovlen = 1;
        alignas(cmsghdr) char control[CMSG_SPACE(64 * sizeof(int))] = {};
        if (!fds.empty()) {
            msg.msg_control = control;
            msg.msg_controllen = CMSG_SPACE(fds.size_bytes());
            cmsghdr* const cmsg = CMSG_FIRSTHDR(&msg);
            cmsg->cmsg_level = SOL_SOCKET;
            cmsg->cmsg_type = SCM_RIGHTS;
            cmsg->cmsg_len = CMSG_LEN(fds.size_bytes());
            std::memcpy(CMSG_DATA(cmsg), fds.data(), fds.size_bytes());
        }
        const ssize_t sent = ::sendmsg(socket_.get(), &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent == static_cast<ssize_t>(data.size());
    }

    // A whole reply, or nothing if none is there. `wait` lets it come from another process.
    std::optional<Reply> receive(bool wait = false) {
        Reply reply;
        iovec piece{&reply.header, sizeof reply.header};
        msghdr msg{};
        msg.msg_iov = &piece;
        msg.msg_iovlen = 1;
        alignas(cmsghdr) char control[CMSG_SPACE(64 * sizeof(int))];
        msg.msg_control = control;
        msg.msg_controllen = sizeof control;
        const ssize_t got = ::recvmsg(socket_.get(), &msg, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
        if (got != sizeof reply.header) return std::nullopt;  // QEMU, too, wants the header in one piece
        for (cmsghdr* c = CMSG_FIRSTHDR(&msg); c != nullptr; c = CMSG_NXTHDR(&msg, c)) {
            std::vector<int> fds((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            std::memcpy(fds.data(), CMSG_DATA(c), fds.size() * sizeof(int));
            for (const int fd : fds) reply.fds.emplace_back(fd);
        }
        reply.payload.resize(reply.header.size - sizeof reply.header);
        if (reply.payload.empty()) return reply;
        const ssize_t rest = ::recv(socket_.get(), reply.payload.data(), reply.payload.size(), MSG_WAITALL);
        if (rest != static_cast<ssize_t>(reply.payload.size())) return std::nullopt;
        return reply;
    }

    // True if the server has hung up and nothing is left to read.
    bool hung_up() {
        char byte;
        const ssize_t n = ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
        return n == 0 || (n < 0 && errno == ECONNRESET);  // a reset: the server had not read everything
    }
    void close() { socket_.reset(); }
    int fd() const { return socket_.get(); }

private:
    hal::Fd socket_;
};

inline Bytes hello() { return message(wire::Command::version, bytes(wire::Version{0, 0}, '{', '}', '\0')); }

inline hal::Fd memory_file(std::size_t size, unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING) {
    hal::Fd fd(hal::check(::memfd_create("test memory", flags), "memfd_create"));
    hal::check(::ftruncate(fd.get(), static_cast<off_t>(size)), "ftruncate");
    return fd;
}

inline hal::Fd event() { return hal::Fd(hal::check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")); }

// How often an eventfd was signalled since the last call.
inline std::uint64_t signals(const hal::Fd& eventfd) {
    std::uint64_t count = 0;
    return ::read(eventfd.get(), &count, sizeof count) == sizeof count ? count : 0;
}

inline std::size_t open_fds() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace ringside::sim::test

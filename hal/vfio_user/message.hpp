// vfio-user messages on a Unix stream socket, with the file descriptors that travel with them.
// Used by the client here and by the server in sim/.
#pragma once

#include "hal/clock.hpp"
#include "hal/fd.hpp"
#include "hal/vfio_user/wire.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

struct msghdr;  // <sys/socket.h>

namespace ringside::hal::vfio_user {

// A message as it arrived. Its size is sound and its fds are owned; nothing else has been checked.
// Reuse one object for many messages: the payload keeps its memory.
struct Message {
    Header header{};
    std::vector<std::byte> payload;  // what follows the header
    std::vector<Fd> fds;             // at most max_message_fds; closed unless somebody takes them

    // The T that lies `offset` bytes into the payload; nothing if the payload ends before it does.
    template <class T> std::optional<T> get(std::size_t offset = 0) const {
        static_assert(std::is_trivially_copyable_v<T>);
        if (offset > payload.size() || payload.size() - offset < sizeof(T)) return std::nullopt;
        T value;
        std::memcpy(&value, payload.data() + offset, sizeof value);
        return value;
    }
    bool is_reply() const noexcept { return (header.flags & flag_type_mask) == flag_reply; }
    bool is_command() const noexcept { return (header.flags & flag_type_mask) == 0; }
    bool wants_reply() const noexcept { return is_command() && (header.flags & flag_no_reply) == 0; }
};

// The bytes of a fixed-size part of a message. The object must live until the message is sent.
template <class T> std::span<const std::byte> bytes_of(const T& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    return std::as_bytes(std::span(&value, 1));
}

enum class Received {
    message,  // a whole message is there
    nothing,  // not yet
    end,      // the peer has hung up, perhaps in the middle of a message; nothing will come any more
};
enum class Sent {
    done,
    end,        // the peer has hung up
    timed_out,  // the peer does not read; the channel is shut down if part of the message was already sent
};

// One end of a vfio-user connection.
// Threads: one may send while another receives; two must not send, or receive, at the same time.
class Channel {
public:
    // The largest message worth accepting: the largest transfer and the structures before it.
    static constexpr std::size_t default_max_size = max_data_transfer + 256;

    // Owns `socket`, a connected Unix stream socket, blocking or not. Messages that claim to be longer than
    // `max_size` bytes are refused. A send waits up to `send_limit` for a peer that does not read.
    explicit Channel(Fd socket, std::size_t max_size = default_max_size,
                     Clock::Duration send_limit = std::chrono::seconds(5));

    // Sends header, parts and fds with one system call; header.size is filled in. At most 3 parts and
    // max_message_fds fds, which stay the caller's. Allocates nothing.
    // Throws Error where the kernel refuses for a reason of ours (a bad fd, too many fds in flight).
    Sent send(Header header, std::initializer_list<std::span<const std::byte>> parts = {},
              std::span<const int> fds = {});

    // Takes what has arrived, without waiting. A message that is there only in part is kept and continued by
    // the next call. `out` changes only when the result is Received::message; its old payload memory is
    // reused. Throws ProtocolError for what cannot be a message (a size out of bounds, more fds than can be
    // taken); the channel is shut down then, since where the next message starts is unknown.
    Received try_receive(Message& out);
    // The same, but waits up to `limit` for a whole message.
    Received receive(Message& out, Clock::Duration limit);

    // True once the peer has hung up (messages of its may still be waiting) or the channel was shut down.
    bool hung_up() const;
    // Ends the conversation: both ends see the end, and nothing that is still waiting here will be received.
    void shut_down() noexcept;

    // For poll(): readable when there is something to receive.
    int fd() const noexcept { return socket_.get(); }

private:
    Received receive_header();
    Received receive_payload();
    void own_fds(msghdr& msg);
    [[noreturn]] void refuse(const std::string& what);

    Fd socket_;
    std::size_t max_size_;
    Clock::Duration send_limit_;
    std::atomic<bool> shut_down_{false};

    // The message that is being received: how many of its bytes are there.
    Message pending_;
    std::array<std::byte, sizeof(Header)> header_bytes_{};
    std::size_t header_have_ = 0;
    std::size_t payload_have_ = 0;
};

// Two connected Unix stream sockets, closed on exec.
struct SocketPair {
    Fd first, second;
};
SocketPair stream_socket_pair();

// Waits until `fd` is ready for `events` (POLLIN, POLLOUT), has hung up or is broken; false if `limit` passes
// first.
bool wait_ready(int fd, short events, Clock::Duration limit);

}  // namespace ringside::hal::vfio_user

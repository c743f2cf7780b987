// The client's end of a vfio-user connection: commands and their replies, and the server's requests for our
// memory.
#pragma once

#include "hal/clock.hpp"
#include "hal/device.hpp"
#include "hal/fd.hpp"
#include "hal/vfio_user/capabilities.hpp"
#include "hal/vfio_user/message.hpp"
#include "hal/vfio_user/wire.hpp"

#include <atomic>
#include <initializer_list>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace ringside::hal::vfio_user {

// Threads: any. One call is under way at a time; posting never waits for a call, only for another sender.
// Once the server has hung up, fallen silent or broken the protocol, the connection is shut down for good.
class Connection {
public:
    using Parts = std::initializer_list<std::span<const std::byte>>;

    // A reply, and the right to look at it: no other call starts as long as this lives.
    struct Reply {
        std::unique_lock<std::mutex> lock;
        Message& message;
    };

    // Agrees on the protocol version. `who` is the device's address, for error sentences. Throws Error.
    Connection(Fd socket, std::string who, Clock::Duration reply_timeout);

    const std::string& who() const noexcept { return who_; }
    const Capabilities& server() const noexcept { return server_; }

    // Sends a command and waits for its reply, whose payload has at least `min_payload` bytes. Only a caller
    // that says `takes_fds` accepts fds with the reply. Requests of the server that arrive meanwhile are
    // answered. Throws DeviceGone, Timeout, ProtocolError, or Error if the server refuses; `what` says what
    // is being tried.
    Reply call(Command command, const char* what, Parts parts, std::size_t min_payload,
               bool takes_fds = false, std::span<const int> fds = {});

    // Sends a command that has no reply: one system call, no allocation. Does nothing once the server is
    // gone.
    void post(Command command, Parts parts) noexcept;

    // Notices a server that has hung up since the last look. Never goes back.
    bool gone();
    bool known_gone() const noexcept { return gone_.load(std::memory_order_relaxed); }
    void close() noexcept;

    // The memory that the server may ask for by message. Called while no call is under way on this thread.
    void remember(const DmaRegion& region);
    bool forget(Iova iova, std::size_t size) noexcept;  // false if exactly this was never remembered

private:
    void agree_on_version();
    void transmit(const Header& header, const char* what, Parts parts, std::span<const int> fds);
    void await_reply(std::uint16_t id, Command command, const char* what);
    void check_reply(std::uint16_t id, Command command, const char* what);

    void answer(const Message& request);
    void answer_read(const Message& request);
    void answer_write(const Message& request);
    void refuse(const Message& request, int error);
    bool reachable(std::uint64_t address, std::uint64_t count) const;
    template <class Visit> void for_each_piece(std::uint64_t address, std::uint64_t count, Visit visit) const;

    [[noreturn]] void lost(const char* what);
    [[noreturn]] void broken(const char* what, const std::string& how);

    std::string who_;
    Clock::Duration reply_timeout_;
    Capabilities server_;
    std::atomic<bool> gone_{false};
    std::atomic<std::uint16_t> next_id_{0};
    Channel channel_;

    std::mutex send_mutex_;  // one sender at a time; held for one system call
    std::mutex call_mutex_;  // one call at a time; taken before send_mutex_. Guards all below.
    Message reply_;
    std::vector<std::byte> scratch_;
    std::map<std::uint64_t, DmaRegion> regions_;  // by IOVA; disjoint
};

// "REGION_READ", for sentences.
const char* name(Command command) noexcept;

}  // namespace ringside::hal::vfio_user

// A vfio-user server: makes a software PCI function drivable by another process, one client at a time.
// A client of any kind, hostile ones included, can upset nothing but its own session.
#pragma once

#include "hal/fd.hpp"
#include "hal/vfio_user/message.hpp"
#include "sim/pci_function.hpp"
#include "sim/vfio_user/dma_map.hpp"
#include "sim/vfio_user/interrupts.hpp"
#include "sim/vfio_user/session.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ringside::sim {

// What a server has seen since its beginning.
struct ServerCounts {
    std::uint64_t clients = 0;           // that connected
    std::uint64_t dropped = 0;           // of them thrown out for breaking the protocol
    std::uint64_t messages = 0;          // commands received
    std::uint64_t refused_messages = 0;  // of them answered with an error
    std::uint64_t refused_dma = 0;       // accesses of the device to memory that was not granted
    std::uint64_t lost_interrupts = 0;   // that no eventfd took
};

// One thread. Never waits, but for at most half a second for a client that does not read its reply; such a
// client is dropped.
class Server {
public:
    // Prints one line for a person.
    using Say = std::function<void(const std::string&)>;
    static constexpr unsigned burst = 32;  // messages handled by one poll()

    enum class Socket {
        listening,  // serves one client after the other; who comes early waits in the socket's queue
        connected,  // serves this one client
    };

    // Attaches itself to `function`, which must outlive it and be attached to nothing else.
    Server(PciFunction& function, hal::Fd socket, Socket kind, Say say);
    // A client that is still there is hung up on; the function learns that its driver has left.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Handles what has arrived, up to a burst. Returns true if there was anything.
    bool poll();

    // Becomes readable when poll() has something to do; -1 when finished.
    int fd() const;
    bool has_client() const { return client_.has_value(); }
    // True once a server of one connected client has lost it.
    bool finished() const { return !client_ && !listener_; }

    ServerCounts counts() const;

private:
    struct Client {
        Client(hal::Fd socket, Server& server);
        hal::vfio_user::Channel channel;
        Session session;
    };

    bool accept();
    bool serve();
    void complain(const std::string& about_client);
    void drop();

    PciFunction& function_;
    Say say_;
    DmaMap dma_;
    EventfdInterrupts interrupts_;
    hal::Fd listener_;
    std::optional<Client> client_;
    hal::vfio_user::Message message_;  // its memory is reused
    bool accept_failed_ = false;
    ServerCounts counts_;
};

}  // namespace ringside::sim

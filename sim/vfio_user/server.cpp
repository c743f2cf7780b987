#include "sim/vfio_user/server.hpp"

#include "hal/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <utility>

namespace ringside::sim {

using namespace hal::vfio_user;

namespace {

constexpr auto send_limit = std::chrono::milliseconds(500);

EventfdInterrupts::Counts interrupts_of(const PciFunction& function) {
    constexpr std::uint32_t error = 1, request = 1;  // VFIO's own, one each
    return {function.interrupt_count(hal::InterruptKind::intx),
            function.interrupt_count(hal::InterruptKind::msi),
            function.interrupt_count(hal::InterruptKind::msix), error, request};
}

void make_non_blocking(int fd) {
    const int flags = hal::check(::fcntl(fd, F_GETFL), "reading the listening socket's flags");
    hal::check(::fcntl(fd, F_SETFL, flags | O_NONBLOCK), "making the listening socket non-blocking");
}

}  // namespace

Server::Client::Client(hal::Fd socket, Server& server)
    : channel(std::move(socket), Channel::default_max_size, send_limit),
      session(channel, server.function_, server.dma_, server.interrupts_, server.say_) {}

Server::Server(PciFunction& function, hal::Fd socket, Socket kind, Say say)
    : function_(function), say_(std::move(say)), dma_(say_) {
    function_.attach(dma_, interrupts_);
    interrupts_.set_function(interrupts_of(function_),
                             [this](unsigned vector, bool masked) { function_.mask_msix(vector, masked); });
    if (kind == Socket::listening) {
        make_non_blocking(socket.get());
        listener_ = std::move(socket);
    } else {
        client_.emplace(std::move(socket), *this);
        ++counts_.clients;
    }
}

Server::~Server() {
    if (client_) drop();
}

int Server::fd() const { return client_ ? client_->channel.fd() : listener_.get(); }

bool Server::poll() {
    if (!client_ && !accept()) return false;
    return serve();
}

bool Server::accept() {
    if (!listener_) return false;
    hal::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
        accept_failed_ = false;
        client_.emplace(std::move(socket), *this);
        ++counts_.clients;
        return true;
    }
    const bool nobody = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED;
    if (!nobody && !std::exchange(accept_failed_, true))
        say_(fmt::format("cannot accept a client: {}", std::strerror(errno)));
    return false;
}

// Returns true if anything came from the client, its end included.
bool Server::serve() {
    try {
        for (unsigned handled = 0; handled < burst; ++handled) {
            if (interrupts_.blocked()) throw hal::ProtocolError("it keeps its interrupt's eventfd full");
            const Received received = client_->channel.try_receive(message_);
            if (received == Received::nothing) {
                function_.caught_up();
                return handled > 0;
            }
            if (received == Received::message) ++counts_.messages;
            if (received == Received::end || !client_->session.handle(message_)) {
                drop();
                return true;
            }
        }
    } catch (const std::exception& error) {
        complain(error.what());
        drop();
    }
    return true;
}

void Server::complain(const std::string& about_client) {
    ++counts_.dropped;
    say_("dropped the client: " + about_client);
}

// As when the kernel closes a VFIO device: the function stops first, then its ways to the client's memory go.
void Server::drop() {
    function_.driver_left();
    counts_.refused_messages += client_->session.refused();
    message_ = Message();  // the fds of a message that was not finished
    client_.reset();
    interrupts_.clear();
    dma_.clear();
}

ServerCounts Server::counts() const {
    ServerCounts counts = counts_;
    if (client_) counts.refused_messages += client_->session.refused();
    counts.refused_dma = dma_.refused();
    counts.lost_interrupts = interrupts_.undelivered();
    return counts;
}

}  // namespace ringside::sim

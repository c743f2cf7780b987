// How the library's `sim:` addresses talk to the simulator that they start: over a SOCK_SEQPACKET socket
// whose every datagram is a NIC's spec, together with one end of the stream socket on which the NIC is to be
// served. The answer is "ok", or "error: " and a sentence. When the other end of the socket is closed, the
// simulator ends.
#pragma once

#include "hal/fd.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace ringside::sim {

class ControlSocket {
public:
    // Serves the NIC `spec` on a connected socket; throws Error if that cannot be.
    using Add = std::function<void(const std::string& spec, hal::Fd socket)>;
    static constexpr std::size_t longest_spec = 65536;

    // Owns `fd`. Throws Error if it is not such a socket.
    ControlSocket(int fd, Add add);

    // Answers all requests that have arrived. Returns false once the other end is gone.
    bool poll();
    int fd() const { return socket_.get(); }

private:
    enum class Received { request, nothing, end };
    struct Request {
        std::string spec;
        hal::Fd socket;  // invalid if there was not exactly one, or if the spec was cut
    };

    Received receive(Request& request);
    std::string answer_to(Request request);

    hal::Fd socket_;
    Add add_;
    std::vector<char> buffer_;
};

}  // namespace ringside::sim

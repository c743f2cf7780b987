// A PCI function that another process serves over the vfio-user protocol.
#pragma once

#include "hal/clock.hpp"
#include "hal/device.hpp"
#include "hal/fd.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace ringside::hal::vfio_user {

struct ClientOptions {
    // How long the server may take to answer, or to make room for a posted write, before it is given up.
    Clock::Duration reply_timeout = std::chrono::seconds(5);
    // Released after the connection is closed, when the device is destroyed.
    std::shared_ptr<void> keep_alive;
};

// Connects to the Unix socket at `path` and learns what is there. The device's address is "vfio-user:PATH".
// Throws Error (or one of its kinds), always with a sentence.
//
// How the device behaves:
// - load32() and store32() are messages, in order, even where the register could be mapped; store32() is
//   posted: one system call without a reply, so it may come from the data path of another thread. It never
//   throws for what the server does; a server that is gone is noticed by the next read (all ones) or by
//   condition().
// - Bar::direct() gives the address in the page that the server offers for mapping, if it does. A store there
//   overtakes posted writes that are still under way: after its last store32() and before it first rings a
//   mapped doorbell, a driver reads a register (any will do).
// - A server without access to our memory (it cannot map the fd) is served by message, but only while this
//   process waits for a reply: a driver that polls memory alone starves such a server.
// - The server is not trusted: all that it says is checked. What cannot be checked: it may shrink the file
//   behind a mapped page, and the next access raises SIGBUS.
std::unique_ptr<Device> connect(const std::string& path, ClientOptions options = {});

// The same on a Unix stream socket that is connected already. `address` is for error sentences.
std::unique_ptr<Device> open_client(Fd socket, std::string address, ClientOptions options = {});

}  // namespace ringside::hal::vfio_user

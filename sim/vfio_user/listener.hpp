// A listening Unix socket with a name in the file system, which lasts as long as this object.
#pragma once

#include "hal/fd.hpp"

#include <cstdint>
#include <string>

namespace ringside::sim {

class Listener {
public:
    // A socket file that a dead program left behind is replaced. Throws Error if a living program listens
    // there, if something else has that name, or if the socket cannot be made.
    explicit Listener(std::string path);
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&&) = delete;
    // Removes the name, unless somebody has put something else there.
    ~Listener();

    const std::string& path() const { return path_; }
    // Another descriptor of the socket, for a server to own.
    hal::Fd socket() const;

private:
    std::string path_;
    hal::Fd socket_;
    std::uint64_t device_ = 0, inode_ = 0;  // of the socket's file
};

}  // namespace ringside::sim

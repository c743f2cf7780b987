// Owns a file descriptor: closed exactly once, moved, never copied.
#pragma once

#include <unistd.h>

#include <utility>

namespace ringside::hal {

class Fd {
public:
    Fd() noexcept = default;
    explicit Fd(int owned) noexcept : fd_(owned) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        Fd old(std::exchange(fd_, std::exchange(other.fd_, -1)));  // closed at the end of this line's scope
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }

    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept { *this = Fd(); }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

}  // namespace ringside::hal

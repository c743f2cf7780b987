// Frames over a connected stream socket, each behind its length in four bytes, big endian: the framing of
// QEMU's "stream" and "socket" network back-ends. Neither direction ever blocks or allocates after
// construction.
#pragma once

#include "hal/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::sim {

class FrameStream {
public:
    static constexpr std::size_t max_frame = std::size_t{64} * 1024;

    enum class State { open, closed_by_peer, bad_length, failed };

    explicit FrameStream(hal::Fd connected);

    // The next whole frame, or an empty span if it has not arrived yet or the stream is no longer open. The
    // same until pop().
    std::span<const std::byte> peek() noexcept;
    void pop() noexcept;

    // Takes the frame for sending; false if too much is waiting to be sent already, or the peer
    // reads no more.
    bool push(std::span<const std::byte> frame) noexcept;
    // Sends what the peer takes now.
    void flush() noexcept;
    bool pending() const noexcept { return out_begin_ != out_end_; }

    // The socket was found empty: peek() does not ask again before this is called, once a round.
    void new_round() noexcept { drained_ = false; }

    State state() const noexcept { return state_; }
    int error() const noexcept { return error_; }                  // errno, if failed
    std::uint32_t bad_length() const noexcept { return length_; }  // if bad_length
    int fd() const noexcept { return fd_.get(); }

private:
    bool receive_more() noexcept;
    void fail(int error) noexcept;
    void discard_output() noexcept;

    hal::Fd fd_;
    State state_ = State::open;
    int error_ = 0;
    bool drained_ = false;
    bool peer_reads_ = true;
    std::uint32_t length_ = 0;  // of the frame at in_begin_; 0 while not known
    std::vector<std::byte> in_, out_;
    std::size_t in_begin_ = 0, in_end_ = 0;
    std::size_t out_begin_ = 0, out_end_ = 0;
};

}  // namespace ringside::sim

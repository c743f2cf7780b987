#include "sim/cables/frame_stream.hpp"

#include <sys/socket.h>
#include <cerrno>
#include <cstring>

namespace ringside::sim {
namespace {

constexpr std::size_t prefix = 4;
constexpr std::size_t in_size = 4 * (prefix + FrameStream::max_frame);
// What a peer that is busy for a while may find waiting.
constexpr std::size_t out_size = std::size_t{1} << 20;
constexpr std::size_t flush_above = std::size_t{64} * 1024;

std::uint32_t load_big32(const std::byte* at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < prefix; ++i) value = value << 8 | std::to_integer<std::uint32_t>(at[i]);
    return value;
}

}  // namespace

FrameStream::FrameStream(hal::Fd connected) : fd_(std::move(connected)), in_(in_size), out_(out_size) {}

std::span<const std::byte> FrameStream::peek() noexcept {
    while (state_ == State::open) {
        const std::size_t available = in_end_ - in_begin_;
        if (available >= prefix) {
            length_ = load_big32(in_.data() + in_begin_);
            if (length_ == 0 || length_ > max_frame) {
                state_ = State::bad_length;
                break;
            }
            if (available >= prefix + length_) return {in_.data() + in_begin_ + prefix, length_};
        }
        if (!receive_more()) break;
    }
    return {};
}

void FrameStream::pop() noexcept {
    in_begin_ += prefix + length_;
    length_ = 0;
}

bool FrameStream::receive_more() noexcept {
    if (drained_) return false;
    if (in_.size() - in_begin_ < prefix + max_frame || in_begin_ == in_end_) {
        std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
        in_end_ -= in_begin_;
        in_begin_ = 0;
    }
    const ssize_t got = ::recv(fd_.get(), in_.data() + in_end_, in_.size() - in_end_, MSG_DONTWAIT);
    if (got > 0) {
        in_end_ += static_cast<std::size_t>(got);
        return true;
    }
    if (got == 0)
        state_ = State::closed_by_peer;
    else if (errno == EAGAIN || errno == EINTR)
        drained_ = true;
    else
        fail(errno);
    return false;
}

bool FrameStream::push(std::span<const std::byte> frame) noexcept {
    if (frame.empty() || frame.size() > max_frame || !peer_reads_) return false;
    if (out_.size() - out_end_ < prefix + frame.size() && out_begin_ != 0) {
        std::memmove(out_.data(), out_.data() + out_begin_, out_end_ - out_begin_);
        out_end_ -= out_begin_;
        out_begin_ = 0;
    }
    if (out_.size() - out_end_ < prefix + frame.size()) return false;
    for (std::size_t i = 0; i < prefix; ++i)
        out_[out_end_ + i] = static_cast<std::byte>(frame.size() >> 8 * (prefix - 1 - i));
    std::memcpy(out_.data() + out_end_ + prefix, frame.data(), frame.size());
    out_end_ += prefix + frame.size();
    if (out_end_ - out_begin_ >= flush_above) flush();
    return true;
}

void FrameStream::flush() noexcept {
    while (state_ == State::open && pending()) {
        const ssize_t sent =
            ::send(fd_.get(), out_.data() + out_begin_, out_end_ - out_begin_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EPIPE || errno == ECONNRESET)
                discard_output();  // what the peer sent before it closed can still be read
            else if (errno != EAGAIN && errno != EINTR)
                fail(errno);
            return;
        }
        out_begin_ += static_cast<std::size_t>(sent);
    }
    if (!pending()) out_begin_ = out_end_ = 0;
}

void FrameStream::fail(int error) noexcept {
    state_ = error == ECONNRESET ? State::closed_by_peer : State::failed;
    error_ = error;
}

void FrameStream::discard_output() noexcept {
    peer_reads_ = false;
    out_begin_ = out_end_ = 0;
}

}  // namespace ringside::sim

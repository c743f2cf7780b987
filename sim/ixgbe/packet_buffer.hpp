// The card's receive packet buffer: frames in the order in which they came, waiting for descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace ringside::sim::ixgbe {

// Note: what else is remembered of a frame.
template <class Note> class PacketBuffer {
    static_assert(std::is_trivially_copyable_v<Note>);

public:
    static constexpr std::size_t capacity = 512 * 1024;  // bytes, of frames with their CRC

    PacketBuffer() : bytes_(capacity + capacity / 4) {}

    // RXPBSIZE(0): how much of it may be used.
    void set_limit(std::size_t limit) noexcept { limit_ = limit < capacity ? limit : capacity; }
    // False: full. `frame` is at most 16 KiB long.
    bool push(std::span<const std::byte> frame, const Note& note) noexcept {
        const std::size_t cost = frame.size() + crc;
        if (used_ + cost > limit_) return false;
        const std::size_t need = header + frame.size();
        if (count_ == 0) clear();
        if (bytes_.size() - write_ < need) {
            // Never into a frame that still waits: there is a quarter more room than the limit allows to use.
            end_ = write_;
            write_ = 0;
        }
        if (count_ != 0 && write_ < read_ && read_ - write_ < need) return false;
        const Header head{static_cast<std::uint32_t>(frame.size()), note};
        std::memcpy(&bytes_[write_], &head, sizeof head);
        std::memcpy(&bytes_[write_ + header], frame.data(), frame.size());
        write_ += need;
        used_ += cost;
        ++count_;
        return true;
    }
    bool empty() const noexcept { return count_ == 0; }
    std::size_t used() const noexcept { return used_; }
    // The oldest frame and its note; there must be one. The bytes are valid until pop().
    std::span<const std::byte> front() noexcept {
        turn();
        return {&bytes_[read_ + header], head().length};
    }
    Note front_note() noexcept {
        turn();
        return head().note;
    }
    void pop() noexcept {
        const std::size_t length = front().size();
        read_ += header + length;
        used_ -= length + crc;
        --count_;
    }
    void clear() noexcept {
        read_ = write_ = used_ = count_ = 0;
        end_ = none;
    }

private:
    struct Header {
        std::uint32_t length;
        Note note;
    };
    static constexpr std::size_t header = sizeof(Header), crc = 4, none = ~std::size_t{0};

    void turn() noexcept {
        if (read_ != end_) return;
        read_ = 0;
        end_ = none;
    }
    Header head() const noexcept {
        Header h;
        std::memcpy(&h, &bytes_[read_], sizeof h);
        return h;
    }

    std::vector<std::byte> bytes_;
    std::size_t limit_ = capacity;
    std::size_t read_ = 0, write_ = 0;
    std::size_t end_ = none;  // where the writer turned back to the start
    std::size_t used_ = 0, count_ = 0;
};

}  // namespace ringside::sim::ixgbe

// Writes a capture file that is valid at every moment: only whole records reach the file, and when the disk
// is full what reached it in part is taken back. (libpcap's writer leaves half a record behind.)
#pragma once

#include "hal/clock.hpp"
#include "hal/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ringside::sim {

class CaptureWriter {
public:
    // Creates or empties the file. `clock` dates the frames, relative to the time of day now, and must
    // outlive this. Throws hal::Error if the file cannot be written.
    CaptureWriter(std::string path, hal::Clock& clock);
    ~CaptureWriter() { flush(); }
    CaptureWriter(const CaptureWriter&) = delete;
    CaptureWriter& operator=(const CaptureWriter&) = delete;

    // Keeps the frame until the buffer is full or somebody flushes.
    void write(std::span<const std::byte> frame) noexcept;
    void flush() noexcept;
    // Flushes if the last frame is at least a millisecond old.
    void flush_if_idle() noexcept;

    bool pending() const noexcept { return used_ != 0; }
    std::uint64_t frames_lost() const noexcept { return frames_lost_; }
    // Why frames were lost, a sentence; empty if none was.
    std::string problem() const;

private:
    bool write_all(std::span<const std::byte> bytes) noexcept;
    void append(const void* bytes, std::size_t size) noexcept;

    std::string path_;
    hal::Clock& clock_;
    hal::Clock::Duration day_offset_;  // clock_ + day_offset_: time since 1970
    hal::Clock::Duration last_write_{};
    hal::Fd file_;
    std::vector<std::byte> buffer_;
    std::size_t used_ = 0;
    std::uint64_t frames_pending_ = 0;
    std::uint64_t file_size_ = 0;  // whole records only
    std::uint64_t frames_lost_ = 0;
    int error_ = 0;
};

}  // namespace ringside::sim

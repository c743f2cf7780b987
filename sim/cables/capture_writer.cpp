#include "sim/cables/capture_writer.hpp"

#include "hal/error.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <chrono>
#include <cstring>

namespace ringside::sim {
namespace {

constexpr std::size_t buffer_size = std::size_t{256} * 1024;
constexpr hal::Clock::Duration idle_time = std::chrono::milliseconds(1);

// The classic format, see pcap-savefile(5), with nanoseconds.
struct FileHeader {
    std::uint32_t magic = 0xA1B23C4D;
    std::uint16_t major = 2, minor = 4;
    std::uint32_t zone = 0, accuracy = 0;
    std::uint32_t longest = 262144;
    std::uint32_t link_type = 1;  // Ethernet
};
static_assert(sizeof(FileHeader) == 24);

struct RecordHeader {
    std::uint32_t seconds, nanoseconds;
    std::uint32_t captured, length;
};
static_assert(sizeof(RecordHeader) == 16);

}  // namespace

CaptureWriter::CaptureWriter(std::string path, hal::Clock& clock)
    : path_(std::move(path)),
      clock_(clock),
      day_offset_(std::chrono::duration_cast<hal::Clock::Duration>(
                      std::chrono::system_clock::now().time_since_epoch()) -
                  clock.now()),
      file_(hal::check(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644),
                       "creating the capture file " + path_)),
      buffer_(buffer_size) {
    const FileHeader header;
    if (!write_all(std::as_bytes(std::span(&header, 1))))
        hal::throw_errno("writing to the capture file " + path_, error_);
    file_size_ = sizeof header;
}

void CaptureWriter::write(std::span<const std::byte> frame) noexcept {
    if (used_ + sizeof(RecordHeader) + frame.size() > buffer_.size()) flush();
    if (sizeof(RecordHeader) + frame.size() > buffer_.size()) {
        ++frames_lost_;
        error_ = EMSGSIZE;
        return;
    }
    last_write_ = clock_.now();
    const auto date = last_write_ + day_offset_;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(date);
    const auto length = static_cast<std::uint32_t>(frame.size());
    const RecordHeader header{static_cast<std::uint32_t>(seconds.count()),
                              static_cast<std::uint32_t>((date - seconds).count()), length, length};
    append(&header, sizeof header);
    append(frame.data(), frame.size());
    ++frames_pending_;
}

void CaptureWriter::append(const void* bytes, std::size_t size) noexcept {
    std::memcpy(buffer_.data() + used_, bytes, size);
    used_ += size;
}

void CaptureWriter::flush() noexcept {
    if (used_ == 0) return;
    if (write_all({buffer_.data(), used_})) {
        file_size_ += used_;
    } else {
        frames_lost_ += frames_pending_;
        // Both fail on a pipe, where nothing can be taken back.
        const auto size = static_cast<off_t>(file_size_);
        if (::ftruncate(file_.get(), size) == 0) ::lseek(file_.get(), size, SEEK_SET);
    }
    used_ = 0;
    frames_pending_ = 0;
}

void CaptureWriter::flush_if_idle() noexcept {
    if (pending() && clock_.now() - last_write_ >= idle_time) flush();
}

bool CaptureWriter::write_all(std::span<const std::byte> bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            error_ = written < 0 ? errno : ENOSPC;
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

std::string CaptureWriter::problem() const {
    if (frames_lost_ == 0) return {};
    return "writing to " + path_ + " failed: " + std::strerror(error_) + "; the file holds only what fitted";
}

}  // namespace ringside::sim

// Reads the Ethernet frames of a capture file, whichever of libpcap's formats it has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct pcap;

namespace ringside::sim {

class CaptureReader {
public:
    // Throws hal::Error if the file is missing, no capture or not of Ethernet frames; and, for a file small
    // enough to be read twice, if one of its records is cut short.
    explicit CaptureReader(const std::string& path);

    // The next frame, or an empty span at the end of the file or after a bad record (see problem()). The
    // bytes stay until the next call.
    std::span<const std::byte> next();

    bool ended() const { return ended_; }
    // Why playing ended early, a sentence; empty if it did not.
    const std::string& problem() const { return problem_; }

private:
    struct Close {
        void operator()(pcap* capture) const noexcept;
    };
    void open();

    std::string path_;
    std::unique_ptr<pcap, Close> capture_;
    std::uint64_t records_ = 0;
    bool ended_ = false;
    std::string problem_;
};

}  // namespace ringside::sim

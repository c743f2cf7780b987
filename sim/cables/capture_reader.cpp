#include "sim/cables/capture_reader.hpp"

#include "hal/error.hpp"

#include <pcap/pcap.h>
#include <sys/stat.h>

namespace ringside::sim {
namespace {

constexpr std::uint64_t checked_before_playing = 64u << 20;

bool worth_checking(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           static_cast<std::uint64_t>(status.st_size) <= checked_before_playing;
}

}  // namespace

void CaptureReader::Close::operator()(pcap* capture) const noexcept { ::pcap_close(capture); }

CaptureReader::CaptureReader(const std::string& path) : path_(path) {
    open();
    if (!worth_checking(path)) return;
    while (!next().empty()) {}
    if (!problem_.empty()) throw hal::Error(problem_ + "; record it again or cut it there (editcap -r)");
    open();
}

void CaptureReader::open() {
    char reason[PCAP_ERRBUF_SIZE] = "";
    capture_.reset(::pcap_open_offline(path_.c_str(), reason));
    if (!capture_) {
        // libpcap begins most of its reasons with the path.
        std::string why(reason);
        if (why.starts_with(path_ + ": ")) why.erase(0, path_.size() + 2);
        throw hal::Error("opening the capture file " + path_ + ": " + why);
    }
    if (const int type = ::pcap_datalink(capture_.get()); type != DLT_EN10MB) {
        const char* name = ::pcap_datalink_val_to_description(type);
        throw hal::Error("the capture file " + path_ + " does not hold Ethernet frames but " +
                         (name != nullptr ? name : "link type " + std::to_string(type)) +
                         "; capture on one Ethernet interface (not on 'any')");
    }
    records_ = 0;
    ended_ = false;
}

std::span<const std::byte> CaptureReader::next() {
    if (ended_) return {};
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    const int result = ::pcap_next_ex(capture_.get(), &header, &bytes);
    ++records_;
    if (result == 1 && header->caplen == header->len && header->caplen != 0)
        return std::as_bytes(std::span(bytes, header->caplen));

    ended_ = true;
    const std::string where = "the capture file " + path_ + ", record " + std::to_string(records_) + ": ";
    if (result == 1)
        problem_ = where + "only " + std::to_string(header->caplen) + " of " + std::to_string(header->len) +
                   " bytes of the frame were captured (tcpdump -s 0 captures all)";
    else if (result != PCAP_ERROR_BREAK)
        problem_ = where + ::pcap_geterr(capture_.get());
    return {};
}

}  // namespace ringside::sim

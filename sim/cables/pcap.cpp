// pcap:IN,OUT: plays a capture file into the NIC and records what the NIC sends.
#include "hal/error.hpp"
#include "sim/cables/cables.hpp"
#include "sim/cables/capture_reader.hpp"
#include "sim/cables/capture_writer.hpp"
#include "sim/cables/report.hpp"

#include <sys/stat.h>
#include <optional>

namespace ringside::sim {
namespace {

class PcapCable final : public ReportingCable {
public:
    PcapCable(const std::string& spec, const std::string& in, const std::string& out, hal::Clock& clock)
        : ReportingCable(spec) {
        if (!in.empty()) reader_.emplace(in);
        if (!out.empty()) writer_.emplace(out, clock);
    }

    bool connected() override { return true; }
    bool waits() const override { return true; }

    std::span<const std::byte> peek() override {
        if (frame_.empty() && reader_) frame_ = reader_->next();
        return frame_;
    }

    void pop() override {
        to_nic_.add(frame_.size());
        frame_ = {};
    }

    void transmit(std::span<const std::byte> frame) override {
        from_nic_.add(frame.size());
        if (writer_) writer_->write(frame);
    }

    void poll() override {
        if (writer_) writer_->flush_if_idle();
    }

    bool timed() const override { return writer_ && writer_->pending(); }

private:
    void describe(Report& report) const override {
        if (reader_) {
            report.text("playing", reader_->ended() ? "ended" : "not ended");
            report.problem("problem_reading", reader_->problem());
        }
        if (writer_) {
            report.trouble("not_written", writer_->frames_lost());
            report.problem("problem_writing", writer_->problem());
        }
    }

    std::optional<CaptureReader> reader_;
    std::optional<CaptureWriter> writer_;
    std::span<const std::byte> frame_;
};

bool same_file(const std::string& a, const std::string& b) {
    struct stat first {
    }, second{};
    return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && S_ISREG(first.st_mode) &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

std::unique_ptr<Cable> make_pcap(const std::string& spec, std::string_view rest, hal::Clock& clock) {
    const std::size_t comma = rest.find(',');
    if (comma == std::string_view::npos || rest.size() == 1 ||
        rest.find(',', comma + 1) != std::string_view::npos)
        throw hal::AddressError("cable '" + spec +
                                "': write pcap:IN,OUT with one comma and at least one of the two files "
                                "(pcap:in.pcap, only plays, pcap:,out.pcap only records)");
    const std::string in(rest.substr(0, comma)), out(rest.substr(comma + 1));
    if (!in.empty() && !out.empty() && same_file(in, out))
        throw hal::AddressError("cable '" + spec + "': " + in + " and " + out +
                                " are the same file, which recording would empty; record into another one");
    return std::make_unique<PcapCable>(spec, in, out, clock);
}

}  // namespace ringside::sim

// What the tests of the cables share.
#pragma once

#include "hal/clock.hpp"
#include "hal/error.hpp"
#include "sim/cable.hpp"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace ringside::sim {

using Frame = std::vector<std::byte>;

// Time that passes when the test says so.
class FakeClock final : public hal::Clock {
public:
    Duration now() override { return now_; }
    void sleep(Duration duration) override { now_ += duration; }

private:
    Duration now_{std::chrono::seconds(1000)};
};

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "ringside-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) hal::throw_errno("making a temporary folder");
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

// A frame whose bytes count up from `first`.
inline Frame numbered(std::size_t size, unsigned first = 0) {
    Frame frame(size);
    for (std::size_t i = 0; i < size; ++i) frame[i] = static_cast<std::byte>(first + i);
    return frame;
}

inline Frame copy(std::span<const std::byte> frame) { return {frame.begin(), frame.end()}; }

// Everything the cable has for the NIC now.
inline std::vector<Frame> take_all(Cable& cable) {
    std::vector<Frame> frames;
    for (auto frame = cable.peek(); !frame.empty(); frame = cable.peek()) {
        frames.push_back(copy(frame));
        cable.pop();
    }
    return frames;
}

// What make_cable() has against the spec; empty if nothing.
inline std::string objection(const std::string& spec) {
    FakeClock clock;
    try {
        make_cable(spec, clock);
    } catch (const hal::Error& error) { return error.what(); }
    return {};
}

// The number that a cable's JSON gives for `name`, or -1.
inline long long reported(const Cable& cable, const std::string& name) {
    const std::string json = cable.report_json();
    const std::size_t at = json.find("\"" + name + "\": ");
    return at == std::string::npos ? -1 : std::atoll(json.c_str() + at + name.size() + 4);
}

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

}  // namespace ringside::sim

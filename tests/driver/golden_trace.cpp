#include "tests/driver/golden_trace.hpp"

#include "examples/support/register_trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace ringside::test {
namespace {

using Event = hal::RegisterObserver::Event;
using Lines = std::vector<std::string>;

bool same(const Event& a, const Event& b) {
    return a.direction == b.direction && std::strcmp(a.name, b.name) == 0 && a.raw == b.raw;
}

// How often the `period` events from `first` on occur in a row, each time with indices `step` higher.
std::size_t repeats(const std::vector<Event>& events, std::size_t first, std::size_t period,
                    std::uint32_t step) {
    std::size_t count = 1;
    for (; first + (count + 1) * period <= events.size(); ++count)
        for (std::size_t i = 0; i < period; ++i) {
            const Event& a = events[first + i];
            const Event& b = events[first + count * period + i];
            if (!same(a, b) || b.index != a.index + step * count) return count;
        }
    return count;
}

std::string range_line(const Event& event, std::size_t count) {
    std::string line = examples::trace_line(event);
    const std::string index = "[" + std::to_string(event.index);
    line.insert(line.find(index) + index.size(), ".." + std::to_string(event.index + count - 1));
    return line;
}

bool is_prose(const std::string& line) { return line.empty() || line[0] == '#'; }

Lines read_lines(const std::string& path) {
    std::ifstream file(path);
    Lines lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

Lines without_prose(const Lines& lines) {
    Lines out;
    std::ranges::copy_if(lines, std::back_inserter(out), [](const std::string& l) { return !is_prose(l); });
    return out;
}

// For each line of `a` the line of `b` that it is, or b.size(): a longest common subsequence.
std::vector<std::size_t> matches(const Lines& a, const Lines& b) {
    std::vector<std::vector<std::size_t>> longest(a.size() + 1, std::vector<std::size_t>(b.size() + 1, 0));
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            longest[i][j] =
                a[i] == b[j] ? longest[i + 1][j + 1] + 1 : std::max(longest[i + 1][j], longest[i][j + 1]);
    std::vector<std::size_t> found(a.size(), b.size());
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        if (a[i] == b[j])
            found[i++] = j++;
        else if (longest[i + 1][j] >= longest[i][j + 1])
            ++i;
        else
            ++j;
    }
    return found;
}

void rewrite(const std::string& path, const Lines& old, const Lines& lines) {
    const std::vector<std::size_t> now_at = matches(without_prose(old), lines);
    std::vector<std::string> prose(lines.size() + 1);
    std::size_t line = 0;
    for (const std::string& text : old) {
        if (!is_prose(text)) {
            ++line;
            continue;
        }
        std::size_t before = lines.size();
        for (std::size_t i = line; i < now_at.size() && before == lines.size(); ++i) before = now_at[i];
        prose[before] += text + "\n";
    }
    std::ofstream file(path);
    for (std::size_t i = 0; i <= lines.size(); ++i) {
        file << prose[i];
        if (i < lines.size()) file << lines[i] << "\n";
    }
    ASSERT_TRUE(file.flush()) << "cannot write " << path;
}

}  // namespace

Lines summarize(const std::vector<Event>& events) {
    Lines lines;
    for (std::size_t at = 0; at < events.size();) {
        std::size_t period = 1, count = 1;
        for (std::size_t p = 1; p <= 4 && count < 3; ++p)
            if (at + p <= events.size() && events[at].count > 1) {
                period = p;
                count = repeats(events, at, p, 1);
            }
        if (count >= 3) {
            for (std::size_t i = 0; i < period; ++i) lines.push_back(range_line(events[at + i], count));
            at += period * count;
            continue;
        }
        const std::size_t looks = repeats(events, at, 1, 0);
        lines.push_back(examples::trace_line(events[at]));
        if (looks > 1) lines.back() += "  (" + std::to_string(looks) + " times)";
        at += looks;
    }
    return lines;
}

void expect_golden(const std::string& name, const Lines& lines) {
    const std::string path = std::string(RINGSIDE_SOURCE_DIR) + "/docs/traces/" + name;
    const Lines old = read_lines(path);
    if (std::getenv("RINGSIDE_UPDATE_GOLDEN") != nullptr) return rewrite(path, old, lines);
    const Lines wanted = without_prose(old);
    for (std::size_t i = 0; i < std::max(wanted.size(), lines.size()); ++i) {
        const std::string is = i < lines.size() ? lines[i] : "(the end)";
        const std::string golden = i < wanted.size() ? wanted[i] : "(the end)";
        ASSERT_EQ(is, golden)
            << "access " << i + 1 << " differs from docs/traces/" << name
            << "; if that is meant, run this test with RINGSIDE_UPDATE_GOLDEN=1, look at the "
               "difference, and correct the prose";
    }
}

}  // namespace ringside::test

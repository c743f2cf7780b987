// The text after a cable's name, taken apart: "KEY=VALUE,KEY=VALUE". Whatever is wrong with it is a sentence
// that names the key and the keys there are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::sim {

using MacAddress = std::array<std::byte, 6>;

class Options {
public:
    // `cable` is how errors name the whole spec; `text` may be empty. Throws hal::AddressError if a part is
    // not KEY=VALUE, a key is none of `good_keys`, or a key is there twice.
    Options(std::string cable, std::string_view text, const std::vector<std::string>& good_keys);

    std::optional<std::string> text(std::string_view key) const;
    // The value in decimal, or nothing if the key is not there. Throws if it is no number in [low, high].
    std::optional<std::uint64_t> number(std::string_view key, std::uint64_t low, std::uint64_t high) const;
    std::optional<MacAddress> mac(std::string_view key) const;

    // Throws: the value of `key` is not `expected` (a phrase: "a number of frames such as 1000").
    [[noreturn]] void reject(std::string_view key, const std::string& expected) const;

private:
    struct Pair {
        std::string key, value;
    };
    void add(std::string_view part, const std::vector<std::string>& good_keys);

    std::string cable_;
    std::vector<Pair> pairs_;
};

// A whole decimal number without sign, space or trailing text; nothing if it is not one or does not fit.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace ringside::sim

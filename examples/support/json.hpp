// The little JSON that the programs need: text in quotes, and files that they wrote themselves.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::examples {

// With the quotes.
std::string json_string(std::string_view text);

// Text that is no JSON, or JSON that is not what was expected.
struct JsonError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Json {
    enum class Kind { null, boolean, number, string, array, object };
    Kind kind = Kind::null;
    bool boolean = false;
    double number = 0;
    std::string text;
    std::vector<Json> items;         // of an array; or the values of an object,
    std::vector<std::string> names;  // whose names are these

    bool has(std::string_view member) const;
    // Throw JsonError if it is not there, or of another kind.
    const Json& at(std::string_view member) const;
    const std::string& string() const;
    std::uint32_t word() const;
    const std::vector<Json>& array() const;
};

// A file is not to be trusted: what nests deeper than 32 levels is refused.
Json parse_json(std::string_view text);

}  // namespace ringside::examples

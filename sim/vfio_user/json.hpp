// The little that is needed to write JSON.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace ringside::sim {

// `text` as a JSON string, quotes included. Bytes that are not ASCII are taken to be UTF-8.
inline std::string json_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            quoted += c;
    }
    return quoted + "\"";
}

}  // namespace ringside::sim

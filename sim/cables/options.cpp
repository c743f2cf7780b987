#include "sim/cables/options.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <charconv>

namespace ringside::sim {
namespace {

std::string list(const std::vector<std::string>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
        out += words[i];
    }
    return out;
}

std::optional<MacAddress> parse_mac(std::string_view text) {
    MacAddress mac{};
    if (text.size() != 17) return std::nullopt;
    for (std::size_t i = 0; i < mac.size(); ++i) {
        const char* digits = text.data() + 3 * i;
        unsigned value = 0;
        const auto [end, error] = std::from_chars(digits, digits + 2, value, 16);
        if (error != std::errc{} || end != digits + 2) return std::nullopt;
        if (i > 0 && digits[-1] != ':') return std::nullopt;
        mac[i] = std::byte(value);
    }
    return mac;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Options::Options(std::string cable, std::string_view text, const std::vector<std::string>& good_keys)
    : cable_(std::move(cable)) {
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        add(text.substr(0, comma), good_keys);
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
}

void Options::add(std::string_view part, const std::vector<std::string>& good_keys) {
    const std::size_t equals = part.find('=');
    const std::string key(part.substr(0, equals));
    if (std::find(good_keys.begin(), good_keys.end(), key) == good_keys.end())
        throw hal::AddressError("cable '" + cable_ + "': there is no key '" + key + "'; the keys are " +
                                list(good_keys));
    if (equals == std::string_view::npos || equals + 1 == part.size())
        throw hal::AddressError("cable '" + cable_ + "': the key '" + key + "' has no value; write " + key +
                                "=VALUE");
    if (this->text(key))
        throw hal::AddressError("cable '" + cable_ + "': the key '" + key + "' is there twice; keep one");
    pairs_.push_back({key, std::string(part.substr(equals + 1))});
}

std::optional<std::string> Options::text(std::string_view key) const {
    for (const Pair& pair : pairs_)
        if (pair.key == key) return pair.value;
    return std::nullopt;
}

std::optional<std::uint64_t> Options::number(std::string_view key, std::uint64_t low,
                                             std::uint64_t high) const {
    const auto value = text(key);
    if (!value) return std::nullopt;
    const auto parsed = parse_number(*value);
    if (!parsed || *parsed < low || *parsed > high)
        reject(key, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return parsed;
}

std::optional<MacAddress> Options::mac(std::string_view key) const {
    const auto value = text(key);
    if (!value) return std::nullopt;
    const auto parsed = parse_mac(*value);
    if (!parsed) reject(key, "a MAC address such as 02:00:00:00:00:99");
    return parsed;
}

void Options::reject(std::string_view key, const std::string& expected) const {
    throw hal::AddressError("cable '" + cable_ + "': " + std::string(key) + "=" + text(key).value_or("") +
                            " is wrong; " + std::string(key) + " is " + expected);
}

}  // namespace ringside::sim

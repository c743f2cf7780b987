#include "driver/rule.hpp"

#include "hal/error.hpp"

#include <charconv>
#include <cstddef>
#include <utility>

namespace ringside {
namespace {

constexpr std::string_view spaces = " \t\r\n";
constexpr std::uint32_t least_ether_type = 0x600;  // below, the field is a length
constexpr std::uint32_t last_vlan = 4094, last_port = 65535, last_priority = 6;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// A number at the front of `text`, decimal or 0x…; removes it.
std::optional<std::uint32_t> take_number(std::string_view& text, bool hexadecimal_too) {
    const bool hexadecimal = hexadecimal_too && (text.starts_with("0x") || text.starts_with("0X"));
    if (hexadecimal) text.remove_prefix(2);
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::uint32_t mask_of(unsigned length) { return length == 0 ? 0 : ~0u << (32 - length); }

std::array<std::uint8_t, 4> bytes_of(std::uint32_t address) {
    return {static_cast<std::uint8_t>(address >> 24), static_cast<std::uint8_t>(address >> 16),
            static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address)};
}

std::string text_of(const Ipv4Prefix& prefix) {
    std::string text;
    for (const unsigned byte : prefix.address) text += (text.empty() ? "" : ".") + std::to_string(byte);
    if (prefix.length != 32) text += "/" + std::to_string(prefix.length);
    return text;
}

// The rule's words, one after the other, and what is wrong with them.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text), rest_(text) {}

    Rule parse() {
        while (const std::optional<std::string_view> word = next()) part(*word);
        check();
        return rule_;
    }

private:
    [[noreturn]] void fail(const std::string& why) const {
        throw hal::AddressError("the rule " + quoted(text_) + " " + why);
    }

    std::optional<std::string_view> next() {
        const std::size_t begin = rest_.find_first_not_of(spaces);
        if (begin == std::string_view::npos) return std::nullopt;
        rest_.remove_prefix(begin);
        const std::string_view word = rest_.substr(0, rest_.find_first_of(spaces));
        rest_.remove_prefix(word.size());
        return word;
    }
    std::string_view value_of(std::string_view word) {
        const std::optional<std::string_view> value = next();
        if (!value) fail("ends behind " + quoted(word) + ": its value is missing");
        return *value;
    }
    std::uint32_t number(std::string_view word, std::uint32_t least, std::uint32_t most) {
        const std::string_view text = value_of(word);
        std::string_view rest = text;
        const std::optional<std::uint32_t> value = take_number(rest, true);
        if (!value || !rest.empty() || *value < least || *value > most)
            fail("has " + quoted(text) + " behind " + quoted(word) + ": give a number from " +
                 std::to_string(least) + " to " + std::to_string(most));
        return *value;
    }
    Ipv4Prefix prefix(std::string_view word) {
        const std::string_view text = value_of(word);
        std::string_view rest = text;
        std::uint32_t address = 0, length = 32;
        bool good = true;
        for (int i = 0; good && i < 4; ++i) {
            if (i > 0) good = skip(rest, '.');
            const std::optional<std::uint32_t> byte = good ? take_number(rest, false) : std::nullopt;
            good = byte && *byte <= 255;
            if (good) address = address << 8 | *byte;
        }
        if (good && skip(rest, '/')) {
            const std::optional<std::uint32_t> bits = take_number(rest, false);
            good = bits && *bits <= 32;
            if (good) length = *bits;
        }
        if (!good || !rest.empty())
            fail("has " + quoted(text) + " behind " + quoted(word) +
                 ": give an IPv4 address such as 10.0.0.1, or a part of the network such as 10.0.0.0/8");
        const Ipv4Prefix whole{bytes_of(address & mask_of(length)), static_cast<std::uint8_t>(length)};
        if ((address & ~mask_of(length)) != 0)
            fail("has " + quoted(text) + ", an address with bits beyond its first " + std::to_string(length) +
                 ": did you mean " + text_of(whole) + "?");
        return whole;
    }
    static bool skip(std::string_view& text, char what) {
        if (!text.starts_with(what)) return false;
        text.remove_prefix(1);
        return true;
    }

    template <class T> void set(std::string_view word, std::optional<T>& field, T value) {
        if (field) fail("says " + quoted(word) + " a second time, or something that contradicts it");
        field = value;
    }
    void port(std::string_view word, std::optional<std::uint16_t>& field) {
        set(word, field, static_cast<std::uint16_t>(number(word, 0, last_port)));
    }

    void part(std::string_view word) {
        using enum Rule::Protocol;
        if (word == "ether")
            set(word, rule_.ether_type, static_cast<std::uint16_t>(number(word, least_ether_type, 0xFFFF)));
        else if (word == "vlan")
            set(word, rule_.vlan, static_cast<std::uint16_t>(number(word, 0, last_vlan)));
        else if (word == "tcp" || word == "udp" || word == "sctp")
            set(word, rule_.protocol, word == "tcp" ? tcp : word == "udp" ? udp : sctp);
        else if (word == "syn")
            rule_.syn = true;
        else if (word == "src")
            set(word, rule_.source, prefix(word));
        else if (word == "dst")
            set(word, rule_.destination, prefix(word));
        else if (word == "sport")
            port(word, rule_.source_port);
        else if (word == "dport")
            port(word, rule_.destination_port);
        else
            what_to_do(word);
    }
    void what_to_do(std::string_view word) {
        if (word == "priority")
            set(word, priority_, static_cast<std::uint8_t>(number(word, 0, last_priority)));
        else if (word == "queue" && !drop_)
            set(word, rule_.queue, number(word, 0, ~0u));
        else if (word == "drop" && !rule_.queue)
            drop_ = true;
        else if (word == "queue" || word == "drop")
            fail("wants its frames both dropped and in a queue");
        else
            fail("has an unknown word, " + quoted(word) +
                 ": there are ether, vlan, tcp, udp, sctp, syn, src, dst, sport, dport, priority, queue and "
                 "drop");
    }

    void check() {
        rule_.priority = priority_.value_or(0);
        if (!rule_.queue && !drop_) fail("does not say where its frames go: add queue N, or drop");
        const bool addresses = rule_.source || rule_.destination;
        const bool ports = rule_.source_port || rule_.destination_port;
        const bool more = rule_.vlan || addresses || ports;
        if (rule_.ether_type && (more || rule_.protocol || rule_.syn))
            fail("has more to compare than ether, which stands alone");
        if (rule_.syn && (more || rule_.protocol.value_or(Rule::Protocol::tcp) != Rule::Protocol::tcp))
            fail("has more to compare than \"tcp syn\", which stands alone");
        if (ports && !rule_.protocol) fail("has a port but no protocol: add tcp, udp or sctp");
        if (!rule_.ether_type && !rule_.syn && !rule_.protocol && !more)
            fail("matches everything: say which frames it is about");
    }

    std::string_view text_, rest_;
    Rule rule_;
    std::optional<std::uint8_t> priority_;
    bool drop_ = false;
};

std::string hexadecimal(std::uint16_t number) {
    std::array<char, 4> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
    const std::string text(digits.data(), end);
    return "0x" + std::string(4 - text.size(), '0') + text;
}

std::string_view name_of(Rule::Protocol protocol) {
    switch (protocol) {
        case Rule::Protocol::tcp: return "tcp";
        case Rule::Protocol::udp: return "udp";
        case Rule::Protocol::sctp: return "sctp";
    }
    return "";
}

}  // namespace

Rule parse_rule(std::string_view text) { return Parser(text).parse(); }

std::string to_string(const Rule& rule) {
    std::string text;
    const auto add = [&text](std::string_view word, const std::string& value) {
        text += std::string(word) + " " + value + " ";
    };
    if (rule.ether_type) add("ether", hexadecimal(*rule.ether_type));
    if (rule.vlan) add("vlan", std::to_string(*rule.vlan));
    if (rule.protocol) text += std::string(name_of(*rule.protocol)) + " ";
    if (rule.syn) text += "syn ";
    if (rule.source) add("src", text_of(*rule.source));
    if (rule.source_port) add("sport", std::to_string(*rule.source_port));
    if (rule.destination) add("dst", text_of(*rule.destination));
    if (rule.destination_port) add("dport", std::to_string(*rule.destination_port));
    if (rule.priority != 0) add("priority", std::to_string(rule.priority));
    return text + (rule.queue ? "queue " + std::to_string(*rule.queue) : "drop");
}

}  // namespace ringside

#include "examples/support/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace ringside::examples {

namespace {

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Json whole() {
        Json value = any(0);
        space();
        if (at_ != text_.size()) fail("the end");
        return value;
    }

private:
    static constexpr int deepest = 32;

    [[noreturn]] void fail(std::string_view expected) const {
        throw JsonError(fmt::format("no JSON: {} was expected at character {}", expected, at_));
    }
    void space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }
    bool take(std::string_view word) {
        space();
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    void need(std::string_view word) {
        if (!take(word)) fail(word);
    }

    Json any(int depth) {
        if (depth > deepest) fail("less depth");
        Json value;
        if (take("{")) return object(depth);
        if (take("[")) return array(depth);
        if (take("\"")) {
            value.kind = Json::Kind::string;
            value.text = rest_of_string();
        } else if (take("true")) {
            value.kind = Json::Kind::boolean;
            value.boolean = true;
        } else if (take("false")) {
            value.kind = Json::Kind::boolean;
        } else if (!take("null")) {
            value.kind = Json::Kind::number;
            const auto [end, error] =
                std::from_chars(text_.data() + at_, text_.data() + text_.size(), value.number);
            if (error != std::errc()) fail("a value");
            at_ = static_cast<std::size_t>(end - text_.data());
        }
        return value;
    }
    Json object(int depth) {
        Json value;
        value.kind = Json::Kind::object;
        if (take("}")) return value;
        do {
            need("\"");
            std::string name = rest_of_string();
            need(":");
            value.names.push_back(std::move(name));
            value.items.push_back(any(depth + 1));
        } while (take(","));
        need("}");
        return value;
    }
    Json array(int depth) {
        Json value;
        value.kind = Json::Kind::array;
        if (take("]")) return value;
        do value.items.push_back(any(depth + 1));
        while (take(","));
        need("]");
        return value;
    }
    std::string rest_of_string() {
        std::string out;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return out;
            }
            out += c == '\\' ? escaped() : c;
        }
        fail("the end of a string");
    }
    // Leaves at_ on the last character. What is not ASCII is not written with an escape by our programs.
    char escaped() {
        const std::string_view plain = "\"\\/", control = "bfnrt", meaning = "\b\f\n\r\t";
        if (++at_ >= text_.size()) fail("the end of a string");
        const char c = text_[at_];
        if (plain.find(c) != std::string_view::npos) return c;
        if (const auto i = control.find(c); i != std::string_view::npos) return meaning[i];
        unsigned code = 128;
        const std::string_view digits = text_.substr(at_ + 1).substr(0, 4);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        if (c != 'u' || error != std::errc() || end != digits.data() + 4 || code > 127)
            fail("an ASCII character");
        at_ += 4;
        return static_cast<char>(code);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        else
            out += c;
    }
    return out + '"';
}

bool Json::has(std::string_view member) const { return std::ranges::find(names, member) != names.end(); }

const Json& Json::at(std::string_view member) const {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == member) return items[i];
    throw JsonError(fmt::format("there is no \"{}\"", member));
}

const std::string& Json::string() const {
    if (kind != Kind::string) throw JsonError("a string was expected");
    return text;
}

std::uint32_t Json::word() const {
    if (kind != Kind::number || number < 0 || number > std::numeric_limits<std::uint32_t>::max() ||
        std::floor(number) != number)
        throw JsonError("a number of 32 bits was expected");
    return static_cast<std::uint32_t>(number);
}

const std::vector<Json>& Json::array() const {
    if (kind != Kind::array) throw JsonError("an array was expected");
    return items;
}

Json parse_json(std::string_view text) { return Parser(text).whole(); }

}  // namespace ringside::examples

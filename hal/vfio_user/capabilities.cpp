#include "hal/vfio_user/capabilities.hpp"

#include "hal/error.hpp"

#include <limits>
#include <optional>

namespace ringside::hal::vfio_user {

namespace {

// Recursive descent over JSON (RFC 8259), keeping nothing but the few values asked for.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    Capabilities read() {
        object(0, [this](std::string_view key) {
            if (key == "capabilities")
                object(1, [this](std::string_view name) { capability(name); });
            else
                skip(1);
        });
        blanks();
        if (at_ != text_.size()) fail("text after its end");
        return result_;
    }

private:
    static constexpr unsigned max_depth = 16;

    void capability(std::string_view name) {
        if (name == "max_msg_fds")
            result_.max_msg_fds = number();
        else if (name == "max_data_xfer_size")
            result_.max_data_xfer_size = number();
        else if (name == "max_dma_maps")
            result_.max_dma_maps = number();
        else if (name == "pgsizes")
            result_.pgsizes = number();
        else if (name == "write_multiple")
            result_.write_multiple = boolean();
        else
            skip(2);
    }

    template <class OnMember> void object(unsigned depth, OnMember on_member) {
        if (depth > max_depth) fail("too many levels");
        expect('{');
        if (accept('}')) return;
        do {
            const std::string_view key = string();
            expect(':');
            on_member(key);
        } while (accept(','));
        expect('}');
    }

    void array(unsigned depth) {
        if (depth > max_depth) fail("too many levels");
        expect('[');
        if (accept(']')) return;
        do { skip(depth + 1); } while (accept(','));
        expect(']');
    }

    void skip(unsigned depth) {
        switch (peek()) {
            case '{': object(depth, [&](std::string_view) { skip(depth + 1); }); break;
            case '[': array(depth); break;
            case '"': string(); break;
            case 't': word("true"); break;
            case 'f': word("false"); break;
            case 'n': word("null"); break;
            default: any_number();
        }
    }

    // The characters between the quotes, escapes left as they are: no key that matters contains one.
    std::string_view string() {
        expect('"');
        const std::size_t start = at_;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("a control character in a string");
            if (text_[at_] == '\\') ++at_;
        }
        if (at_ >= text_.size()) fail("a string without end");
        return text_.substr(start, at_++ - start);
    }

    bool boolean() {
        if (peek() == 't') {
            word("true");
            return true;
        }
        word("false");
        return false;
    }

    std::uint64_t number() {
        blanks();
        const std::size_t start = at_;
        std::uint64_t v = 0;
        for (; digit(); ++at_) {
            const auto d = static_cast<std::uint64_t>(text_[at_] - '0');
            if (v > (std::numeric_limits<std::uint64_t>::max() - d) / 10) fail("a number too large");
            v = v * 10 + d;
        }
        if (at_ == start) fail("something else where a whole number belongs");
        return v;
    }

    void any_number() {
        if (at_ < text_.size() && text_[at_] == '-') ++at_;
        const std::size_t start = at_;
        while (digit() ||
               (at_ < text_.size() && std::string_view("+-.eE").find(text_[at_]) != std::string_view::npos))
            ++at_;
        if (at_ == start) fail("something that is no value");
    }

    void word(std::string_view w) {
        blanks();
        if (text_.substr(at_, w.size()) != w) fail("something that is no value");
        at_ += w.size();
    }

    bool digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }
    void blanks() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }
    char peek() {
        blanks();
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool accept(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail(std::string("no '") + c + "' where one belongs");
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw ProtocolError("the capabilities in the vfio-user VERSION message are malformed: " + what +
                            ", at character " + std::to_string(at_));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Capabilities result_;
};

}  // namespace

Capabilities parse_capabilities(std::string_view json) {
    if (json.empty()) return {};
    return Reader(json).read();
}

}  // namespace ringside::hal::vfio_user

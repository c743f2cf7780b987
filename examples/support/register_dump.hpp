// What all registers of a card read as, to be printed, kept in a file, and compared.
#pragma once

#include "driver/nic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::examples {

struct DumpedRegister {
    std::string array;                   // "RXDCTL"
    std::optional<std::uint32_t> index;  // nothing for a register that is alone
    std::uint32_t offset = 0, value = 0;
    std::vector<std::pair<std::string, std::uint32_t>> fields;

    std::string name() const;  // "RXDCTL[2]"
};

struct RegisterDump {
    std::string port, model, state;
    std::vector<DumpedRegister> registers;
    // Not read, as that would change something.
    struct LeftOut {
        std::string name;
        std::uint32_t offset = 0, count = 1;
        std::string why;
    };
    std::vector<LeftOut> left_out;
};

// Names that are asked for: "RXDCTL", "RXDCTL[0]", "FDIR*"; large or small letters. Without any, all are.
class NameFilter {
public:
    NameFilter() = default;
    explicit NameFilter(std::vector<std::string> patterns);
    bool accepts(const std::string& name) const;

private:
    std::vector<std::string> patterns_;
};

// `state` is in what state the card was, in words.
RegisterDump dump_registers(Nic& nic, const std::string& state);
// The part of it that the filter accepts.
RegisterDump filtered(const RegisterDump& dump, const NameFilter& filter);

// Neighbours in an array that read alike share a line, and fields that are zero are left out; not with `all`.
std::string text_of(const RegisterDump& dump, bool all);
std::string text_of(const std::vector<RingState>& rings);
std::string json_of(const RegisterDump& dump, const std::vector<RingState>& rings);
// What json_of() wrote. Throws JsonError.
RegisterDump dump_from_json(const std::string& text);

struct Difference {
    DumpedRegister before, after;
};
struct Differences {
    std::vector<Difference> changed;
    std::vector<std::string> only_before, only_after;  // names
};
Differences differences(const RegisterDump& before, const RegisterDump& after);
// `before` and `after` are what the two are called.
std::string text_of(const Differences& d, const std::string& before, const std::string& after);
std::string json_of(const Differences& d, const std::string& before, const std::string& after);

}  // namespace ringside::examples

#include "examples/support/eeprom_report.hpp"

#include "examples/support/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::examples {

namespace {

constexpr std::size_t words_a_line = 8;

char letter(unsigned byte) { return byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.'; }

std::string line_of(const EepromDump& dump, std::size_t first) {
    std::string hexadecimal, letters;
    for (std::size_t i = first; i < std::min(first + words_a_line, dump.words.size()); ++i) {
        hexadecimal += fmt::format(" {:04x}", dump.words[i]);
        letters += letter(dump.words[i] & 0xFF);
        letters += letter(dump.words[i] >> 8);
    }
    return fmt::format("{:<40}  {}", hexadecimal, letters);
}

std::string sum_sentence(const EepromDump& dump) {
    const EepromInfo& i = dump.info;
    if (dump.sum_is_right())
        return fmt::format("checksum (word {:#04x}) {:#06x}: right", i.checksum_word, i.checksum);
    return fmt::format(
        "checksum (word {:#04x}) {:#06x}: WRONG, should be {:#06x}: the EEPROM is damaged, or was written "
        "and not "
        "sealed; Intel's EEPROM tools can mend it",
        i.checksum_word, i.checksum, i.right_checksum);
}

}  // namespace

std::optional<MacAddress> EepromDump::address() const {
    if (!info.address_word || *info.address_word + 3 > words.size()) return std::nullopt;
    MacAddress mac;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::uint16_t word = words[*info.address_word + i];
        mac.bytes[2 * i] = static_cast<std::uint8_t>(word);
        mac.bytes[2 * i + 1] = static_cast<std::uint8_t>(word >> 8);
    }
    return mac;
}

EepromDump dump_eeprom(Nic& nic) {
    EepromDump dump{nic.info().address, nic.info().model, nic.eeprom(), {}};
    dump.words = nic.read_eeprom(0, dump.info.words);
    return dump;
}

std::string text_of(const EepromDump& dump) {
    std::string out = fmt::format("{} ({}), EEPROM of {} words\n", dump.port, dump.model, dump.words.size());
    std::string before;
    bool skipping = false;
    for (std::size_t first = 0; first < dump.words.size(); first += words_a_line) {
        const std::string line = line_of(dump, first);
        const bool last = first + words_a_line >= dump.words.size();
        if (line == before && !last) {
            if (!skipping) out += "*\n";
            skipping = true;
            continue;
        }
        skipping = false;
        out += fmt::format("{:04x} {}\n", first, line);
        before = line;
    }
    if (const auto address = dump.address())
        out += fmt::format("address (words {:#04x} to {:#04x}) {}\n", *dump.info.address_word,
                           *dump.info.address_word + 2, to_string(*address));
    out += sum_sentence(dump) + '\n';
    for (const EepromWord& word : dump.info.known)
        if (word.address < dump.words.size())
            out += fmt::format("{:#04x}  {:04x}  {}\n", word.address, dump.words[word.address], word.name);
    return out;
}

std::string json_of(const EepromDump& dump) {
    std::string known;
    for (const EepromWord& word : dump.info.known)
        if (word.address < dump.words.size())
            known += fmt::format("{}\n{{\"address\":{},\"name\":{},\"value\":{}}}", known.empty() ? "" : ",",
                                 word.address, json_string(word.name), dump.words[word.address]);
    const auto address = dump.address();
    return fmt::format(
        "{{\"port\":{},\"model\":{},\"words\":[{}],\n\"address\":{},\"checksum\":{{\"word\":{},\"value\":{},"
        "\"should_be\":{},\"right\":{}}},\n\"known\":[{}]}}\n",
        json_string(dump.port), json_string(dump.model), fmt::join(dump.words, ","),
        address ? json_string(to_string(*address)) : "null", dump.info.checksum_word, dump.info.checksum,
        dump.info.right_checksum, dump.sum_is_right(), known);
}

}  // namespace ringside::examples

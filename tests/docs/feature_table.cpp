// Prints docs/offloads.md's table: which card has which feature, from the drivers' own lists. One column for
// cards that agree in everything. With --yes: a line "feature driver chip" for each yes, for
// feature_tests.py.
#include "driver/cards.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

using namespace ringside;

namespace {

struct Column {
    std::string title;
    SupportedCard card;
};

// "82599", from "Intel 82599 (SFP+)".
std::string chip(const SupportedCard& card) {
    const std::string model(card.model);
    const auto begin = model.find(' ') + 1;
    return model.substr(begin, model.find_first_of(" -", begin) - begin);
}

std::vector<Column> columns() {
    std::vector<Column> all;
    for (const SupportedCard& card : supported_cards()) {
        const auto same = std::ranges::find_if(all, [&](const Column& c) {
            return c.card.driver == card.driver && c.card.features == card.features &&
                   c.card.max_rx_queues == card.max_rx_queues;
        });
        const std::string name = chip(card);
        if (same == all.end())
            all.push_back({name, card});
        else if (same->title.find(name) == std::string::npos)
            same->title += ", " + name;
    }
    return all;
}

// What depends on how the card is reached is not in the table.
bool in_table(Feature feature) { return feature != Feature::multiple_interrupts; }

int print_each_yes() {
    for (const SupportedCard& card : supported_cards())
        for (const Feature feature : all_features())
            if (in_table(feature) && card.features.has(feature))
                std::printf("%s %s %s\n", std::string(name(feature)).c_str(),
                            std::string(card.driver).c_str(), chip(card).c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string(argv[1]) == "--yes") return print_each_yes();
    const std::vector<Column> all = columns();
    const auto row = [&](const std::string& name, auto&& cell) {
        std::printf("%-72s", name.c_str());
        for (std::size_t i = 0; i < all.size(); ++i) std::printf(" %4s", cell(all[i]).c_str());
        std::printf("\n");
    };
    for (std::size_t i = 0; i < all.size(); ++i)
        std::printf("%c  %s (%s)\n", static_cast<char>('A' + i), all[i].title.c_str(),
                    std::string(all[i].card.driver).c_str());
    std::printf("\n");
    row("", [&](const Column& c) { return std::string(1, static_cast<char>('A' + (&c - all.data()))); });
    row("receive queues", [](const Column& c) { return std::to_string(c.card.max_rx_queues); });
    row("transmit queues", [](const Column& c) { return std::to_string(c.card.max_tx_queues); });
    for (const Feature feature : all_features()) {
        if (!in_table(feature)) continue;
        row(std::string(describe(feature)),
            [&](const Column& c) { return std::string(c.card.features.has(feature) ? "yes" : "-"); });
    }
}

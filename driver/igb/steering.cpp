// Which queue a frame goes to.
#include "driver/base/rss_registers.hpp"
#include "driver/igb/device.hpp"

#include <algorithm>
#include <string>

namespace ringside::igb {

namespace {

constexpr std::uint32_t rss_mode = 2;

}  // namespace

// Key and table first: frames are hashed from the moment the mode says so.
void Device::write_rss(const Rss& rss) {
    if (!rss.on()) {
        regs_.write(MRQC::MODE(0));
        return;
    }
    write_rss_tables<RETA, RSSRK>(regs_, rss);
    regs_.write(MRQC::MODE(rss_mode) | rss_types<MRQC>(rss));
}

Rss Device::read_rss() {
    const auto mode = regs_.read<MRQC>();
    if (mode[MRQC::MODE] != rss_mode) return Rss::off();
    Rss rss = read_rss_tables<RETA, RSSRK>(regs_);
    rss.types = rss_types(mode);
    return rss;
}

// The EtherType filters come before RSS.
void Device::install_rule(RuleId id, const Rule& rule) {
    if (!rule.ether_type)
        refuse(rule, std::string(info().model) + " chooses queues by EtherType only, and by RSS");
    if (!rule.queue) refuse(rule, std::string(info().model) + " can send frames to a queue, not drop them");
    if (*rule.queue > ETQF::RX_QUEUE.max)
        refuse(rule, "its filters reach the queues 0 to " + std::to_string(ETQF::RX_QUEUE.max));
    const auto same = [&](const AddedRule& r) { return r.rule.ether_type == rule.ether_type; };
    if (std::ranges::any_of(rules(), same)) refuse(rule, "there is a rule for this EtherType already");
    const auto free = std::ranges::find(ether_type_rules_, std::optional<RuleId>());
    if (free == ether_type_rules_.end())
        refuse(rule, "all " + std::to_string(ether_type_rules_.size()) + " EtherType filters are in use");
    *free = id;
    regs_.write(static_cast<std::uint32_t>(free - ether_type_rules_.begin()),
                ETQF::ETYPE(*rule.ether_type) | ETQF::RX_QUEUE(*rule.queue) | ETQF::FILTER_ENABLE(true) |
                    ETQF::QUEUE_ENABLE(true));
}

void Device::uninstall_rule(RuleId id, const Rule&) {
    const auto entry = std::ranges::find(ether_type_rules_, std::optional(id));
    regs_.write(static_cast<std::uint32_t>(entry - ether_type_rules_.begin()), ETQF::raw(0));
    entry->reset();
}

}  // namespace ringside::igb

// Which queue a frame goes to: RSS, and rules.
#include "driver/base/nic_base.hpp"

#include <algorithm>

namespace ringside {

void NicBase::need(Feature feature) const {
    if (!info_.features.has(feature))
        throw hal::Error(info_.address + ": " + info_.model + " cannot do what was asked for: " +
                         std::string(describe(feature)) + "; NicInfo::features says what it can");
}

// ----------------------------------------------------------------------------------------------------- RSS

Rss NicBase::wanted_rss() const {
    if (config_.rss) return *config_.rss;
    const std::uint32_t queues = std::min(config_.rx_queues, info_.max_rss_queues);
    return queues > 1 ? Rss::over(queues) : Rss::off();
}

void NicBase::check_rss(const Rss& rss, std::uint32_t queues) const {
    if (!rss.on()) return;
    need(Feature::rss);
    if ((rss.types & ~Rss::with_udp) != 0)
        throw hal::Error(info_.address + ": an RSS type that does not exist was asked for");
    if ((rss.types & (Rss::ipv4_udp | Rss::ipv6_udp)) != 0) need(Feature::rss_udp);
    const std::uint32_t limit = std::min(queues, info_.max_rss_queues);
    if (const std::uint32_t last = *std::ranges::max_element(rss.table); last >= limit)
        throw hal::Error(info_.address + ": RSS cannot send frames to queue " + std::to_string(last) +
                         (last >= queues ? ": the NIC runs with " + std::to_string(queues)
                                         : ": " + info_.model + " spreads over " + std::to_string(limit)));
}

void NicBase::set_rss(const Rss& rss) {
    need_running("set_rss()");
    check_rss(rss, config_.rx_queues);
    write_rss(rss);
}

Rss NicBase::rss() {
    need_running("rss()");
    return read_rss();
}

void NicBase::need_running(const char* what) const {
    if (!running_) throw hal::Error(info_.address + ": " + what + " needs a NIC that is running");
}

// --------------------------------------------------------------------------------------------------- Rules

RuleId NicBase::add_rule(const Rule& rule) {
    need_running("add_rule()");
    if (rule.queue && *rule.queue >= config_.rx_queues)
        refuse(rule, "there is no receive queue " + std::to_string(*rule.queue) + ": the NIC runs with " +
                         std::to_string(config_.rx_queues));
    if (rule.priority > 6) refuse(rule, "priorities are 0 to 6");
    const bool lonely = rule.ether_type || rule.syn;
    if (!lonely && !rule.is_about_ip() && !rule.vlan) refuse(rule, "it matches everything");
    if (rule.ether_type && (rule.syn || rule.is_about_ip() || rule.vlan))
        refuse(rule, "an EtherType stands alone: other parts are about IPv4");
    if (rule.syn && (rule.source || rule.destination || rule.source_port || rule.destination_port ||
                     rule.vlan || rule.protocol.value_or(Rule::Protocol::tcp) != Rule::Protocol::tcp))
        refuse(rule, "'syn' stands alone: it is about all TCP connections");
    if ((rule.source_port || rule.destination_port) && !rule.protocol)
        refuse(rule, "ports belong to a protocol: say tcp, udp or sctp");
    const auto same = [&](const AddedRule& r) { return r.rule == rule; };
    if (std::ranges::any_of(rules_, same)) refuse(rule, "it is there already");
    const RuleId id{next_rule_};
    install_rule(id, rule);
    ++next_rule_;
    rules_.push_back({id, rule});
    return id;
}

void NicBase::remove_rule(RuleId id) {
    const auto rule = std::ranges::find(rules_, id, &AddedRule::id);
    if (rule == rules_.end())
        throw hal::Error(info_.address + ": there is no rule " +
                         std::to_string(static_cast<std::uint32_t>(id)));
    uninstall_rule(rule->id, rule->rule);
    rules_.erase(rule);
}

void NicBase::refuse(const Rule& rule, const std::string& why) const {
    throw hal::Error(info_.address + ": the rule '" + to_string(rule) + "' is not possible: " + why);
}

void NicBase::install_rule(RuleId, const Rule& rule) {
    refuse(rule, info_.model + " has no filters that choose queues");
}

void NicBase::uninstall_rule(RuleId, const Rule&) {}

}  // namespace ringside

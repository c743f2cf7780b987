#include "sim/vfio_user/nic_factory.hpp"

#include "hal/error.hpp"
#include "sim/cable.hpp"
#include "sim/cables/help.hpp"
#include "sim/ixgbe/function.hpp"
#include "sim/ixgbe_vf/function.hpp"

#include <atomic>
#include <cstdio>
#include <utility>

namespace ringside::sim {

namespace {

// A port with nothing in it: the link stays down.
class NoCable final : public Cable {
public:
    bool connected() override { return false; }
    bool waits() const override { return false; }
    std::span<const std::byte> peek() override { return {}; }
    void pop() override {}
    void transmit(std::span<const std::byte>) override {}
    std::string report() const override { return "no cable"; }
    std::string report_json() const override { return R"({"cable":"none"})"; }
};

// NICs of one simulator have different addresses unless they are told otherwise: 02:00:00:82:59:90, :91, …
std::string with_own_mac(std::string options) {
    static std::atomic<unsigned> made{0};
    if (("," + options).find(",mac=") != std::string::npos) return options;
    char mac[24];
    std::snprintf(mac, sizeof mac, "mac=02:00:00:82:59:%02x", (0x90 + made++) & 0xFFu);
    return options.empty() ? mac : options + "," + mac;
}

}  // namespace

NicSpec parse_nic_spec(const std::string& spec) {
    constexpr std::string_view cable_key = ",cable=";
    NicSpec parsed;
    std::string nic = spec;
    if (const std::size_t at = spec.find(cable_key); at != std::string::npos) {
        nic = spec.substr(0, at);
        parsed.cable = spec.substr(at + cable_key.size());
        if (parsed.cable.empty())
            throw hal::AddressError("NIC '" + spec +
                                    "': nothing follows cable=; leave it out for an open port");
    }
    const std::size_t comma = nic.find(',');
    parsed.model = nic.substr(0, comma);
    if (comma != std::string::npos) parsed.options = nic.substr(comma + 1);
    if (parsed.model != "82599" && parsed.model != "82599vf")
        throw hal::AddressError(
            "NIC '" + spec + "': there is no model '" + parsed.model +
            "'; the models are 82599 and 82599vf (ringside-sim --help shows how a NIC is written)");
    return parsed;
}

std::unique_ptr<PciFunction> make_nic(const std::string& spec, hal::Clock& clock) {
    const NicSpec parsed = parse_nic_spec(spec);
    std::unique_ptr<Cable> cable;
    if (parsed.cable.empty())
        cable = std::make_unique<NoCable>();
    else
        cable = make_cable(parsed.cable, clock);
    try {
        const std::string options = with_own_mac(parsed.options);
        return parsed.model == "82599vf" ? make_82599vf(options, std::move(cable), clock)
                                         : make_82599(options, std::move(cable), clock);
    } catch (const hal::Error& error) {
        throw hal::AddressError(
            error.what());  // all that a NIC is made of, besides its cable, is what was typed
    }
}

std::string nic_spec_help() {
    return "A NIC is written 82599[,KEY=VALUE...][,cable=CABLE]; cable= comes last and takes the rest of the "
           "text.\n\n" +
           nic_help() +
           "\nOr 82599vf[,KEY=VALUE...][,cable=CABLE]: a virtual function, its physical function played by "
           "the simulator.\n\n" +
           vf_help() + "\n" + cable_help();
}

}  // namespace ringside::sim

#include "sim/cable.hpp"

#include "hal/error.hpp"
#include "sim/cables/cables.hpp"

namespace ringside::sim {

std::unique_ptr<Cable> make_cable(const std::string& spec, hal::Clock& clock) {
    const std::size_t colon = spec.find(':');
    const std::string name = spec.substr(0, colon);
    const std::string_view rest =
        colon == std::string::npos ? std::string_view() : std::string_view(spec).substr(colon + 1);
    if (name == "loop") return make_loop(spec, rest);
    if (name == "link") return make_link(spec, rest);
    if (name == "pcap") return make_pcap(spec, rest, clock);
    if (name == "tap") return make_tap(spec, rest);
    if (name == "unix") return make_unix(spec, rest, clock);
    if (name == "generate") return make_generate(spec, rest, clock);
    throw hal::AddressError("cable '" + spec + "': there is no cable '" + name +
                            "'; the cables are generate, link, loop, pcap, tap and unix "
                            "(ringside-sim --help shows how each is written)");
}

}  // namespace ringside::sim

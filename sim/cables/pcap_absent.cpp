// Takes the place of pcap.cpp where this program was built without libpcap.
#include "hal/error.hpp"
#include "sim/cables/cables.hpp"

namespace ringside::sim {

std::unique_ptr<Cable> make_pcap(const std::string& spec, std::string_view, hal::Clock&) {
    throw hal::Error("cable '" + spec +
                     "': this program was built without libpcap; install libpcap-dev and build it again");
}

}  // namespace ringside::sim

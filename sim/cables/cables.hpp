// What make_cable() chooses from: one function a cable, one file each. `spec` is the whole text, for reports
// and errors; `rest` is what follows the cable's name and colon. Each throws hal::Error with a sentence.
#pragma once

#include "sim/cable.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace ringside::sim {

std::unique_ptr<Cable> make_loop(const std::string& spec, std::string_view rest);
std::unique_ptr<Cable> make_link(const std::string& spec, std::string_view rest);
std::unique_ptr<Cable> make_pcap(const std::string& spec, std::string_view rest, hal::Clock& clock);
std::unique_ptr<Cable> make_tap(const std::string& spec, std::string_view rest);
std::unique_ptr<Cable> make_unix(const std::string& spec, std::string_view rest, hal::Clock& clock);
std::unique_ptr<Cable> make_generate(const std::string& spec, std::string_view rest, hal::Clock& clock);

}  // namespace ringside::sim

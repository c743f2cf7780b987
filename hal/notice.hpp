// The one place where the library says something that is not an error: what it chose for the user and what
// that costs, or what went wrong in a destructor.
#pragma once

#include <functional>
#include <string>

namespace ringside::hal {

using NoticeSink = std::function<void(const std::string& text)>;

// Says `text`, one sentence without a newline, to the sink. Any thread, never the data path. Never throws:
// what a sink throws is dropped, since notices come from destructors.
void notice(const std::string& text) noexcept;

// Replaces the sink and returns the previous one. The sink is called by one thread at a time and must not
// itself call notice() or set_notice_sink(). An empty sink means the default, which prints "ringside: TEXT"
// to stderr.
NoticeSink set_notice_sink(NoticeSink sink);

}  // namespace ringside::hal

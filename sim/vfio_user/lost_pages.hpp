// What happens when a client cuts a file short whose memory it has granted.
#pragma once

namespace ringside::sim {

// From now on, a page of a mapped file that is no longer there is replaced by an empty one of our own where
// it is touched, instead of killing the process (SIGBUS). The client sees nothing of what is written there.
// For the whole process; keeps no state. To be called by programs that serve clients they do not trust.
void survive_lost_pages();

}  // namespace ringside::sim

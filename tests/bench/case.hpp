// What one row of the bench measures.
#pragma once

#include "mem/dma_domain.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::bench {

enum class CardName { ixgbe, igb, e1000e, e1000 };
// The timed part of a round; the other parts take place all the same.
enum class Work { receive, transmit, forward };
// Whose lines the driver touches: those its own core wrote last, or another one.
enum class NicSide { near, far };
// Who does it. The reference and the floor know 82599 descriptors only.
enum class Path { reference, floor, scalar, vector };

inline constexpr std::uint32_t max_burst = 256;
inline constexpr std::uint32_t usual_stride = 2112;  // of a mem::PacketPool with the usual options

struct Case {
    CardName card = CardName::ixgbe;
    Work work = Work::forward;
    NicSide nic = NicSide::near;
    std::uint32_t burst = 32, ring = 512, size = 60, queues = 1, stride = usual_stride;
    // How many packets wait when the clock starts; all of them are forwarded, burst by burst, before it
    // stops. 0: one burst.
    std::uint32_t backlog = 0;
    std::optional<mem::PageSize> pages{};  // unset: the largest usual ones
    bool metadata = false;                 // hash, tag and checksum verdicts are read for every frame
    bool offloads = false;                 // a TCP checksum is asked for with every frame

    std::uint32_t waiting() const { return backlog != 0 ? backlog : burst; }
};

std::string_view name(CardName card);
std::string_view name(Work work);
std::string_view name(NicSide nic);
std::string_view name(Path path);
std::string name(std::optional<mem::PageSize> pages);

// Why this cannot be measured, as a sentence; or nothing.
std::optional<std::string> impossible(const Case& c);
// The same for one path, where the others can.
std::optional<std::string> impossible(const Case& c, Path path);

// The pool's room and headroom that lead to a stride, if any do: it uses odd numbers of cache lines only.
struct PoolShape {
    std::uint32_t room, headroom;
};
std::optional<PoolShape> pool_shape(std::uint32_t stride);

}  // namespace ringside::bench

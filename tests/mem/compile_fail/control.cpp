// Compiles: shows that the other files here are refused for what they are about.
#include "hal/iova.hpp"
#include "mem/dma_domain.hpp"
#include "mem/mpmc_ring.hpp"
#include "mem/packet_pool.hpp"
#include "mem/spsc_ring.hpp"

#include <utility>

using namespace ringside;

mem::DmaBuffer take(mem::DmaBuffer& buffer) { return std::move(buffer); }
bool send(mem::SpscRing<mem::Packet>& ring, const mem::Packet& packet) { return ring.push(packet); }
bool send(mem::MpmcRing<mem::Packet>& ring, const mem::Packet& packet) { return ring.push(packet); }
hal::Iova next(hal::Iova iova) { return iova + 4096; }
std::uint32_t fill(mem::PacketCache& cache) { return mem::Batch<32>(cache).size(); }

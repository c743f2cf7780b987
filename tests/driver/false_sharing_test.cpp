// Queues on different cores have nothing in common that either of them writes: shown by where their memory
// lies, and by what a queue at work leaves untouched. `./run bench --scaling` shows what that is worth.
#include "driver/e1000/queues.hpp"
#include "driver/e1000e/queues.hpp"
#include "driver/igb/queues.hpp"
#include "driver/ixgbe/queues.hpp"
#include "mem/cache_line.hpp"
#include "mem/own_lines.hpp"
#include "tests/driver/ring_fixture.hpp"

#include <array>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {

// Whatever is allocated with an alignment of its own while this is not null: objects that want lines to
// themselves. Their addresses are what these tests look at.
thread_local std::vector<std::span<std::byte>>* recorded = nullptr;

// Compilers take it that allocating looks at nothing of ours, and would leave the assignment out.
void record_to(std::vector<std::span<std::byte>>* memory) {
    recorded = memory;
    asm volatile("" : : "r"(&recorded) : "memory");
}

}  // namespace

// Not inlined: the compiler does not know that they belong together.
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto to = static_cast<std::size_t>(alignment);
    void* const memory = std::aligned_alloc(to, (size + to - 1) / to * to);
    if (memory == nullptr) throw std::bad_alloc();
    if (recorded != nullptr) recorded->emplace_back(static_cast<std::byte*>(memory), size);
    return memory;
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace ringside::test {
namespace {

using mem::interference_size;
using mem::prefetch_reach;

template <class T> constexpr bool has_lines_of_its_own() {
    return alignof(T) % interference_size == 0 && sizeof(T) % interference_size == 0;
}
static_assert(has_lines_of_its_own<ixgbe::RxQueue>() && has_lines_of_its_own<ixgbe::TxQueue>());
static_assert(has_lines_of_its_own<igb::RxQueue>() && has_lines_of_its_own<igb::TxQueue>());
static_assert(has_lines_of_its_own<e1000e::RxQueue>() && has_lines_of_its_own<e1000e::TxQueue>());
static_assert(has_lines_of_its_own<e1000::RxQueue>() && has_lines_of_its_own<e1000::TxQueue>());
static_assert(has_lines_of_its_own<mem::PacketCache>());

constexpr std::uint32_t ring = 64, burst = 32, queues = 4;

struct Part {
    std::string name;
    std::span<std::byte> bytes;
    bool in_order;  // gone through from end to end, so that the hardware fetches what lies behind it

    std::uintptr_t begin() const { return reinterpret_cast<std::uintptr_t>(bytes.data()); }
    std::uintptr_t end() const { return begin() + bytes.size(); }
};

// Everything that the thread of a queue writes while it works.
struct Queue {
    std::vector<Part> parts;
    std::unique_ptr<mem::PacketCache> cache;
    std::unique_ptr<ixgbe::RxQueue> rx;
    std::unique_ptr<ixgbe::TxQueue> tx;
    alignas(interference_size) volatile std::uint32_t rx_tail = 0, tx_tail = 0;

    // Makes `it`, and takes down what it is made of: the object first, then its arrays.
    template <class T, class... Args>
    void make(const std::string& name, std::unique_ptr<T>& it, Args&&... args) {
        std::vector<std::span<std::byte>> memory;
        record_to(&memory);
        it = std::make_unique<T>(std::forward<Args>(args)...);
        record_to(nullptr);
        ASSERT_FALSE(memory.empty()) << name;
        ASSERT_EQ(memory[0].size(), sizeof(T)) << name;
        parts.push_back({name, memory[0], false});
        for (const auto& array : std::span(memory).subspan(1))
            parts.push_back({name + "'s array", array.first(array.size() - prefetch_reach), true});
        if constexpr (requires { it->ring(); })
            parts.push_back({name + "'s ring", std::as_writable_bytes(it->ring()), true});
    }
};

// As the driver makes them: all for receiving, then all for sending.
struct Queues {
    Queues() {
        for (Queue& q : all)
            q.make("receive queue", q.rx, memory.domain, memory.pool, ring, hal::Doorbell(q.rx_tail));
        for (Queue& q : all)
            q.make("transmit queue", q.tx, memory.domain, memory.pool, ring, hal::Doorbell(q.tx_tail));
        for (Queue& q : all) {
            q.make("stock", q.cache, *memory.pool);
            q.rx->ring_doorbell(q.rx->first_tail());
        }
    }

    PacketMemory memory{{.buffers = mem::buffers_needed(2 * ring * queues, queues)}};
    std::array<Queue, queues> all;
};

// A queue at work, and its half of the device.
class Worker {
public:
    Worker(const PacketMemory& memory, Queue& q)
        : q_(q), rx_(memory, q.rx->ring(), q.rx_tail), tx_(memory, q.tx->ring(), q.tx_tail) {}
    void forward() {
        for (std::uint32_t i = 0; i < burst; ++i) ASSERT_TRUE(rx_.complete(pattern(i, 60)));
        std::array<mem::Packet, burst> packets;
        ASSERT_EQ(q_.rx->receive(*q_.cache, packets), burst);
        for (const mem::Packet& p : packets) p.data[0] = std::byte{1};
        ASSERT_EQ(q_.tx->send(*q_.cache, packets), burst);
        tx_.finish();
        tx_.sent.clear();
    }

private:
    Queue& q_;
    RxDevice rx_;
    TxDevice tx_;
};

std::vector<Bytes> contents(const Queue& q) {
    std::vector<Bytes> all;
    for (const Part& part : q.parts) all.emplace_back(part.bytes.begin(), part.bytes.end());
    return all;
}

template <class Check> void for_parts_of_different_queues(const Queues& s, Check check) {
    for (const Queue& a : s.all)
        for (const Queue& b : s.all)
            if (&a != &b)
                for (const Part& of_a : a.parts)
                    for (const Part& of_b : b.parts) check(of_a, of_b);
}

TEST(FalseSharing, AQueueIsMadeOfAllThatItsThreadWrites) {
    const Queues s;
    for (const Queue& q : s.all) {
        std::vector<std::string> names;
        for (const Part& part : q.parts) names.push_back(part.name);
        EXPECT_EQ(names,
                  (std::vector<std::string>{"receive queue", "receive queue's array", "receive queue's ring",
                                            "transmit queue", "transmit queue's array",
                                            "transmit queue's array", "transmit queue's ring", "stock"}));
    }
}

TEST(FalseSharing, NoLineOrPairOfLinesBelongsToTwoQueues) {
    const Queues s;
    for_parts_of_different_queues(s, [](const Part& a, const Part& b) {
        const auto first = [](const Part& p) { return p.begin() / interference_size; };
        const auto last = [](const Part& p) { return (p.end() - 1) / interference_size; };
        EXPECT_TRUE(last(a) < first(b) || last(b) < first(a)) << a.name << " and another queue's " << b.name;
    });
}

TEST(FalseSharing, NothingOfAnotherQueueLiesWhereTheHardwareFetchesAhead) {
    const Queues s;
    for_parts_of_different_queues(s, [](const Part& a, const Part& b) {
        if (a.in_order) {
            EXPECT_FALSE(b.begin() >= a.end() && b.begin() < a.end() + prefetch_reach)
                << "another queue's " << b.name << " is " << b.begin() - a.end() << " bytes behind a "
                << a.name;
        }
    });
}

TEST(FalseSharing, AQueueAtWorkWritesNothingOfAnotherNorOfThePool) {
    Queues s;
    Worker worker(s.memory, s.all[1]);
    // The stock takes what it needs from the pool once.
    for (int i = 0; i < 16; ++i) worker.forward();
    std::vector<std::vector<Bytes>> before;
    for (const Queue& q : s.all) before.push_back(contents(q));
    const std::span pool(reinterpret_cast<const std::byte*>(s.memory.pool.get()), sizeof(mem::PacketPool));
    const Bytes pool_before(pool.begin(), pool.end());
    for (int i = 0; i < 1001; ++i) worker.forward();
    for (std::size_t q = 0; q < queues; ++q) {
        const std::vector<Bytes> after = contents(s.all[q]);
        for (std::size_t part = 0; part < after.size(); ++part) {
            if (q != 1) {
                EXPECT_EQ(after[part], before[q][part]) << s.all[q].parts[part].name << " of queue " << q;
            }
        }
    }
    EXPECT_NE(contents(s.all[1])[0], before[1][0]) << "the queue at work has not even changed itself";
    EXPECT_EQ(Bytes(pool.begin(), pool.end()), pool_before);
}

TEST(FalseSharing, NumbersInOrderHaveNothingOfTheHeapNearThem) {
    std::vector<std::span<std::byte>> memory;
    record_to(&memory);
    const std::array<mem::OwnLines, 2> lines{mem::OwnLines(1), mem::OwnLines(100)};
    record_to(nullptr);
    ASSERT_EQ(memory.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(reinterpret_cast<std::byte*>(lines[i].data()), memory[i].data());
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory[i].data()) % interference_size, 0u);
    }
    EXPECT_EQ(memory[0].size(), interference_size + prefetch_reach);
    EXPECT_EQ(memory[1].size(), 4 * interference_size + prefetch_reach);
    EXPECT_EQ(std::vector<std::uint32_t>(lines[1].data(), lines[1].data() + 100),
              std::vector<std::uint32_t>(100, 0u));
}

}  // namespace
}  // namespace ringside::test

// Random messages, most of them nearly right, and a function that does DMA and interrupts at random
// meanwhile. Nothing may crash (under the sanitizers), leak or hang. The seed is fixed: a failure comes
// again.
#include "tests/sim/server/session_fixture.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>

namespace ringside::sim::test {
namespace {

using wire::Command;

class Fuzzer {
public:
    explicit Fuzzer(unsigned seed) : random_(seed) {
        int ends[2];
        hal::check(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe");
        files_.emplace_back(ends[0]);
        files_.emplace_back(ends[1]);
        files_.push_back(memory_file(0x10000));
        files_.push_back(memory_file(0x3001, MFD_CLOEXEC));
        files_.push_back(event());
        files_.push_back(event());
        files_.emplace_back(::open("/", O_RDONLY | O_CLOEXEC));
    }

    // Sends a message or a mess; returns false if the socket took no more.
    bool send(RawClient& client) {
        Bytes one = random_message();
        if (chance(200)) one.resize(below(one.size() + 1));
        if (!one.empty() && chance(100)) one[below(one.size())] ^= std::byte{1};
        std::vector<int> fds;
        const std::uint32_t count = chance(2) ? below(3) : chance(50) ? 20 : 0;
        for (std::uint32_t i = 0; i < count; ++i) fds.push_back(files_[below(files_.size())].get());
        return one.empty() || client.send(one, fds);
    }
    void use(FakeFunction& function) {
        Bytes buffer(1 + below(0x3000));
        const hal::Iova where{address()};
        if (chance(2)) function.dma().read(where, buffer);
        if (chance(2)) function.dma().write(where, buffer);
        const DmaAccess access = chance(2) ? DmaAccess::read : DmaAccess::write;
        if (std::byte* window = function.dma().window(where, buffer.size(), access); window != nullptr) {
            if (access == DmaAccess::read)
                std::memcpy(buffer.data(), window, buffer.size());
            else
                std::memcpy(window, buffer.data(), buffer.size());
        }
        function.interrupts().message(below(10));
        function.interrupts().line(chance(2));
    }

private:
    std::uint32_t below(std::size_t n) {
        return std::uniform_int_distribution<std::uint32_t>(0, static_cast<std::uint32_t>(n - 1))(random_);
    }
    bool chance(std::uint32_t one_in) { return below(one_in) == 0; }
    template <std::size_t N> std::uint64_t one_of(const std::array<std::uint64_t, N>& values) {
        return values[below(N)];
    }

    std::uint64_t address() {
        if (chance(20)) return one_of<4>({~0ull, ~0ull - 0xFFF, 1ull << 63, 0xfef00000});
        return below(32) * 0x800ull;
    }
    std::uint64_t size() {
        if (chance(20)) return one_of<5>({0, ~0ull, 1ull << 63, 0xffffffff01100000, 1});
        return (1 + below(16)) * 0x800ull;
    }
    std::uint32_t small() { return chance(20) ? ~0u - below(4) : below(10); }
    std::uint32_t argsz(std::size_t right) {
        return chance(20) ? small() : static_cast<std::uint32_t>(right) + (chance(4) ? 64 : 0);
    }

    Bytes random_payload(Command command) {
        switch (command) {
            case Command::version: return bytes(wire::Version{static_cast<std::uint16_t>(chance(20)), 0});
            case Command::dma_map:
                return bytes(wire::DmaMap{argsz(32), below(5), size() - 0x800, address(), size()});
            case Command::dma_unmap:
                return bytes(wire::DmaUnmap{argsz(24), chance(9) ? 2u : 0u, address(), size()});
            case Command::device_get_info: return bytes(wire::DeviceInfo{argsz(16), 0, 0, 0});
            case Command::device_get_region_info:
                return bytes(wire::RegionInfo{argsz(32), 0, small(), 0, 0, 0});
            case Command::device_get_irq_info: return bytes(wire::IrqInfo{argsz(16), 0, small(), 0});
            case Command::device_set_irqs: {
                const std::uint32_t flags = (1u << below(3)) | (8u << below(3));
                const std::uint32_t count = chance(4) ? small() : below(3);
                Bytes all = bytes(wire::SetIrqs{argsz(20), flags, below(5), below(4), count});
                if ((flags & 2) != 0) all.resize(all.size() + below(4), std::byte{1});
                return all;
            }
            case Command::region_read:
                return bytes(wire::RegionAccess{address(), small(), chance(9) ? small() : 1u << below(10)});
            case Command::region_write: {
                const std::uint32_t count = below(64);
                return bytes(wire::RegionAccess{address(), small(), chance(9) ? small() : count}) +
                       Bytes(count);
            }
            case Command::region_write_multi: {
                const std::uint32_t count = below(5);
                Bytes all = bytes(std::uint64_t{chance(9) ? size() : count});
                for (std::uint32_t i = 0; i < count; ++i)
                    append(all, wire::WriteMultiEntry{address(), small(), below(10), {}});
                return all;
            }
            default: return Bytes(below(40));
        }
    }
    Bytes random_message() {
        const auto command = static_cast<Command>(chance(50) ? below(65536) : 1 + below(18));
        Bytes payload = random_payload(command);
        if (chance(20)) payload.resize(below(80));
        const std::uint32_t flags = chance(300) ? below(65536) : chance(4) ? wire::flag_no_reply : 0;
        return message(command, payload, flags);
    }

    std::mt19937 random_;
    std::vector<hal::Fd> files_;
};

TEST(ServerFuzzTest, TwentyThousandRandomMessagesDoNoHarm) {
    Fuzzer fuzzer(20260721);
    const std::size_t before = open_fds();
    std::uint64_t messages = 0, refused = 0, conversations = 0;
    for (int sent = 0; sent < 20'000; ++conversations) {
        Conversation conversation;
        conversation.greet();
        // A header that promises a megabyte swallows what follows it: that is not waited for.
        int swallowed = 0;
        for (; sent < 20'000 && !conversation.server.finished() && swallowed < 20; ++sent) {
            const std::uint64_t so_far = conversation.server.counts().messages;
            if (!fuzzer.send(conversation.client)) break;
            conversation.pump();
            fuzzer.use(conversation.function);
            while (conversation.client.receive()) {}
            swallowed = conversation.server.counts().messages == so_far ? swallowed + 1 : 0;
        }
        conversation.client.close();
        conversation.pump();
        EXPECT_TRUE(conversation.server.finished());
        EXPECT_EQ(conversation.function.departures, 1);
        messages += conversation.server.counts().messages;
        refused += conversation.server.counts().refused_messages;
    }
    EXPECT_EQ(open_fds(), before);
    // It was neither all nonsense nor all the same conversation.
    EXPECT_GT(messages, 10'000u);
    EXPECT_GT(messages - refused, 2'000u);
    EXPECT_GT(refused, 2'000u);
    EXPECT_GT(conversations, 20u);
}

}  // namespace
}  // namespace ringside::sim::test

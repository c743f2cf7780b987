// The example of docs/model.md, driven as any client drives a NIC: through a socket.
#include "sim/example/tiny_nic.hpp"
#include "hal/clock.hpp"
#include "hal/error.hpp"
#include "hal/event.hpp"
#include "hal/shared_memory.hpp"
#include "hal/vfio_user/client.hpp"
#include "sim/vfio_user/server.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <thread>

namespace ringside::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t ADDRESS = 0x0, SEND = 0x4, RECEIVE = 0x8;
constexpr std::uint32_t command = 0x4, memory_space = 0x2, bus_master = 0x4;

// The NIC has a thread of its own, as it has a process of its own elsewhere.
class TinyNic : public testing::Test {
protected:
    TinyNic() {
        int ends[2];
        hal::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "make a pair of sockets");
        server = std::jthread([end = ends[0]](const std::stop_token& stop) { serve(stop, hal::Fd(end)); });
        nic = hal::vfio_user::open_client(hal::Fd(ends[1]), "test:tiny");
        nic->config_write(command, memory_space | bus_master, 2);
        nic->dma_space()->map({bytes().data(), bytes().size(), memory.fd(), 0, hal::Iova{0x10000}});
        const std::array fds{arrived.fd()};
        nic->set_interrupts(hal::InterruptKind::msix, fds);
        nic->bar(0).store32(ADDRESS, 0x10000);
    }
    ~TinyNic() override {
        server.request_stop();
        server.join();
    }

    static void serve(const std::stop_token& stop, hal::Fd socket) {
        const auto function = sim::make_tiny_nic(sim::make_cable("loop", hal::SystemClock::instance()));
        sim::Server server(*function, std::move(socket), sim::Server::Socket::connected,
                           [](const std::string&) {});
        while (!stop.stop_requested() && !server.finished()) {
            const bool messages = server.poll(), worked = function->poll();
            if (!messages && !worked) std::this_thread::yield();
        }
    }

    std::span<std::byte> bytes() { return memory.bytes(); }
    bool told() {
        const std::array<const hal::Event*, 1> events{&arrived};
        return hal::Event::wait(events, 10s) && arrived.take();
    }

    hal::SharedMemory memory{4096, 4096};
    hal::Event arrived;
    std::jthread server;
    std::unique_ptr<hal::Device> nic;
};

TEST_F(TinyNic, SendsAFrameFromMemoryAndReceivesItThere) {
    const auto frame = bytes().first(60);
    std::fill(frame.begin(), frame.end(), std::byte{0x5A});
    hal::Bar& registers = nic->bar(0);
    registers.store32(SEND, 60);
    EXPECT_EQ(registers.load32(SEND),
              0u);  // the answer comes after what was written before: it has been sent
    std::fill(frame.begin(), frame.end(), std::byte{0});
    registers.store32(RECEIVE, 2048);
    ASSERT_TRUE(told());
    EXPECT_EQ(registers.load32(RECEIVE), 60u);
    EXPECT_EQ(std::count(frame.begin(), frame.end(), std::byte{0x5A}), 60);
    EXPECT_EQ(bytes()[60], std::byte{0});
}

TEST_F(TinyNic, SendsNothingFromMemoryThatIsNotMapped) {
    hal::Bar& registers = nic->bar(0);
    registers.store32(ADDRESS, 0x20000);
    registers.store32(SEND, 60);
    registers.store32(ADDRESS, 0x10000);
    registers.store32(SEND, 61);
    registers.store32(RECEIVE, 2048);
    ASSERT_TRUE(told());
    EXPECT_EQ(registers.load32(RECEIVE), 61u);
}

TEST_F(TinyNic, ForgetsEverythingWhenItIsReset) {
    nic->reset();
    EXPECT_EQ(nic->config_read(command, 2), 0u);
    EXPECT_EQ(nic->bar(0).load32(ADDRESS), ~0u) << "memory space is off";
    nic->config_write(command, memory_space, 2);
    EXPECT_EQ(nic->bar(0).load32(ADDRESS), 0u);
}

}  // namespace
}  // namespace ringside::test

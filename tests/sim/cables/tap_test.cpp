// Needs root and /dev/net/tun, and works in a network namespace of its own, so that the machine's network is
// not touched.
#include "hal/fd.hpp"
#include "tests/sim/cables/support.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>

namespace ringside::sim {
namespace {

class TapTest : public testing::Test {
protected:
    void SetUp() override {
        if (!hal::Fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC)))
            GTEST_SKIP() << "cannot open /dev/net/tun: " << std::strerror(errno);
        old_namespace_ = hal::Fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
        if (::unshare(CLONE_NEWNET) != 0) {
            old_namespace_.reset();
            GTEST_SKIP() << "cannot make a network namespace: " << std::strerror(errno);
        }
    }
    void TearDown() override {
        if (old_namespace_) { EXPECT_EQ(::setns(old_namespace_.get(), CLONE_NEWNET), 0); }
    }

    // The kernel's side of the interface.
    static hal::Fd packet_socket(const char* interface) {
        hal::Fd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)));
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(ETH_P_ALL);
        address.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
        hal::check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "binding");
        return fd;
    }
    static bool readable(int fd) {
        pollfd entry{fd, POLLIN, 0};
        return ::poll(&entry, 1, 5000) == 1;
    }
    static Frame experimental(
        unsigned first) {  // EtherType 88B5: IEEE's, for experiments; no protocol answers
        Frame frame = numbered(60, first);
        frame[0] = std::byte{2};
        frame[6] = std::byte{2};
        frame[12] = std::byte{0x88};
        frame[13] = std::byte{0xB5};
        return frame;
    }
    // The kernel sends frames of its own (IPv6 neighbour discovery); only ours count.
    static bool has(const std::vector<Frame>& frames, const Frame& wanted) {
        return std::find(frames.begin(), frames.end(), wanted) != frames.end();
    }

    hal::Fd old_namespace_;
    FakeClock clock_;
};

TEST_F(TapTest, gives_the_nic_what_the_kernel_sends) {
    const auto cable = make_cable("tap:ring0", clock_);
    EXPECT_TRUE(cable->connected());
    EXPECT_TRUE(cable->waits());
    const hal::Fd kernel = packet_socket("ring0");
    take_all(*cable);  // until there is nothing: must not end it
    const Frame frame = experimental(5);
    ASSERT_EQ(::send(kernel.get(), frame.data(), frame.size(), 0), 60);
    ASSERT_TRUE(readable(cable->wake_fd()));
    cable->poll();
    EXPECT_TRUE(has(take_all(*cable), frame));
}

TEST_F(TapTest, gives_the_kernel_what_the_nic_sends) {
    const auto cable = make_cable("tap:ring0", clock_);
    const hal::Fd kernel = packet_socket("ring0");
    const Frame frame = experimental(9);
    cable->transmit(frame);
    Frame heard(2000);
    bool found = false;
    while (!found && readable(kernel.get())) {
        const auto got = ::recv(kernel.get(), heard.data(), heard.size(), 0);
        found = got == 60 && std::equal(frame.begin(), frame.end(), heard.begin());
    }
    EXPECT_TRUE(found);
    EXPECT_EQ(reported(*cable, "refused_by_kernel"), 0);
}

TEST_F(TapTest, refuses_an_interface_that_another_program_holds) {
    const auto cable = make_cable("tap:ring0", clock_);
    EXPECT_NE(objection("tap:ring0").find("another program holds it"), std::string::npos);
}

TEST_F(TapTest, refuses_an_interface_that_is_no_tap) {
    EXPECT_NE(objection("tap:lo").find("attaching to TAP interface lo"), std::string::npos);
}

}  // namespace
}  // namespace ringside::sim

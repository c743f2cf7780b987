// A client's coming and going, and what it can do to the stream of messages.
#include "tests/sim/server/session_fixture.hpp"

#include <fcntl.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>

namespace ringside::sim::test {
namespace {

using wire::Command;

Bytes map_page(std::uint64_t iova) { return bytes(wire::DmaMap{32, 3, 0, iova, 0x1000}); }
Bytes read_word(std::uint64_t offset) { return bytes(wire::RegionAccess{offset, 0, 4}); }

TEST_F(ServerTest, AMessageMayArriveByteByByte) {
    const Bytes whole = message(Command::region_read, read_word(8));
    for (const std::byte& byte : whole) {
        EXPECT_FALSE(client.receive());
        ASSERT_TRUE(client.send({&byte, 1}));
        pump();
    }
    EXPECT_EQ(client.receive()->payload.size(), 20u);
}

TEST_F(ServerTest, TheFdMayComeWithTheFirstOfManyBytes) {
    const hal::Fd memory = memory_file(0x1000);
    const Bytes whole = message(Command::dma_map, map_page(0));
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const std::vector<int> fds(i == 0 ? 1 : 0, memory.get());
        ASSERT_TRUE(client.send(std::span(whole).subspan(i, 1), fds));
        pump();
    }
    EXPECT_EQ(client.receive()->error(), 0u);
    EXPECT_NE(function.dma().window(hal::Iova{0}, 0x1000, DmaAccess::write), nullptr);
}

TEST_F(ServerTest, ManyMessagesInOnePieceAreAnsweredInOrder) {
    Bytes all;
    for (std::uint16_t id = 0; id < 100; ++id) {
        const Bytes one = message(Command::region_read, read_word(4u * id), 0, id);
        all.insert(all.end(), one.begin(), one.end());
    }
    ASSERT_TRUE(client.send(all));
    EXPECT_TRUE(server.poll());
    EXPECT_EQ(function.reads, int{Server::burst}) << "one poll() is bounded";
    pump();
    for (std::uint16_t id = 0; id < 100; ++id) {
        const auto reply = client.receive();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->header.id, id);
        EXPECT_EQ(reply->get<wire::RegionAccess>().offset, 4u * id);
    }
}

TEST_F(ServerTest, PollSaysWhetherThereWasAnything) {
    EXPECT_FALSE(server.poll());
    client.send(message(Command::device_reset));
    EXPECT_TRUE(server.poll());
    EXPECT_FALSE(server.poll());
}

TEST_F(ServerTest, ADisconnectTakesEverythingBackAndTellsTheFunction) {
    const hal::Fd memory = memory_file(0x1000), signal = event();
    const std::size_t before = open_fds();
    call(Command::dma_map, map_page(0), {memory.get()});
    call(Command::device_set_irqs, bytes(wire::SetIrqs{20, 0x24, 2, 0, 1}), {signal.get()});
    client.close();
    pump();
    EXPECT_EQ(function.departures, 1);
    EXPECT_EQ(function.dma().window(hal::Iova{0}, 1, DmaAccess::read), nullptr);
    EXPECT_FALSE(function.interrupts().msix_enabled());
    function.interrupts().message(0);
    EXPECT_EQ(signals(signal), 0u);
    EXPECT_TRUE(server.finished());
    EXPECT_EQ(server.fd(), -1);
    EXPECT_FALSE(server.poll());
    EXPECT_EQ(open_fds(), before - 2) << "both ends of the socket are closed";
    EXPECT_EQ(server.counts().dropped, 0u) << "leaving is no offence";
}

TEST_F(ServerTest, ADisconnectInTheMiddleOfAMessageLeaksNothing) {
    const hal::Fd memory = memory_file(0x1000);
    const std::size_t before = open_fds();
    const Bytes whole = message(Command::dma_map, map_page(0));
    const std::vector<int> fds{memory.get(), memory.get()};
    client.send(std::span(whole).first(20), fds);
    pump();
    EXPECT_EQ(open_fds(), before + 2);
    client.close();
    pump();
    EXPECT_EQ(open_fds(), before - 2);
    EXPECT_EQ(function.departures, 1);
}

TEST_F(ServerTest, ASizeThatCannotBeDropsTheClientWithAReason) {
    auto whole = message(Command::device_reset);
    const std::uint32_t size = 15;
    std::memcpy(whole.data() + offsetof(wire::Header, size), &size, sizeof size);
    client.send(whole);
    pump();
    EXPECT_TRUE(client.hung_up());
    EXPECT_TRUE(server.finished());
    EXPECT_EQ(function.departures, 1);
    EXPECT_EQ(server.counts().dropped, 1u);
    ASSERT_EQ(said.size(), 1u);
    EXPECT_NE(said[0].find("15 bytes"), std::string::npos) << said[0];
}

TEST_F(ServerTest, AnOversizedMessageDropsTheClientBeforeItIsRead) {
    client.send(bytes(wire::Header{1, Command::region_write, 0xFFFFFFFF, 0, 0}));
    pump();
    EXPECT_TRUE(client.hung_up());
    EXPECT_EQ(server.counts().dropped, 1u);
}

TEST_F(ServerTest, AReplyToNothingDropsTheClient) {
    client.send(message(Command::dma_read, Bytes(16), wire::flag_reply));
    pump();
    EXPECT_TRUE(client.hung_up());
    EXPECT_EQ(server.counts().dropped, 1u);
}

TEST_F(ServerTest, ACommandMarkedAsAnErrorIsRefused) {
    client.send(message(Command::device_reset, {}, wire::flag_error));
    pump();
    EXPECT_EQ(client.receive()->error(), unsigned{EINVAL});
    EXPECT_EQ(function.resets, 0);
}

TEST_F(ServerTest, MoreFdsThanAMessageMayHaveDropTheClientAndAreClosed) {
    const hal::Fd signal = event();
    const std::size_t before = open_fds();
    const std::vector<int> many(wire::max_message_fds + 1, signal.get());
    client.send(message(Command::device_set_irqs, bytes(wire::SetIrqs{20, 0x24, 2, 0, 8})), many);
    pump();
    EXPECT_TRUE(client.hung_up());
    EXPECT_EQ(open_fds(), before - 1) << "only the client's own end is left";
}

TEST_F(ServerTest, AClientThatDoesNotReadItsRepliesIsDropped) {
    const Bytes request = message(Command::region_read, bytes(wire::RegionAccess{0, 0, 0x8000}));
    for (int i = 0; i < 10'000 && !server.finished(); ++i) {
        client.send(request);
        server.poll();
    }
    EXPECT_TRUE(server.finished());
    EXPECT_EQ(server.counts().dropped, 1u);
    EXPECT_EQ(function.departures, 1);
}

TEST_F(ServerTest, AServerThatEndsHangsUpAndTellsTheFunction) {
    FakeFunction other;
    auto sockets = wire::stream_socket_pair();
    RawClient left_behind(std::move(sockets.second));
    {
        Server short_lived(other, std::move(sockets.first), Server::Socket::connected,
                           [](const std::string&) {});
    }
    EXPECT_TRUE(left_behind.hung_up());
    EXPECT_EQ(other.departures, 1);
}

// A server on a listening socket without a name in the file system.
struct ListeningServerTest : testing::Test {
    ListeningServerTest() {
        hal::Fd socket(hal::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        sockaddr_un automatic{};
        automatic.sun_family = AF_UNIX;  // and no path: the kernel finds an abstract name
        hal::check(::bind(socket.get(), reinterpret_cast<sockaddr*>(&automatic), sizeof(sa_family_t)),
                   "bind");
        length = sizeof address;
        hal::check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length),
                   "getsockname");
        hal::check(::listen(socket.get(), 8), "listen");
        server.emplace(function, std::move(socket), Server::Socket::listening, [](const std::string&) {});
    }
    RawClient connect() {
        hal::Fd socket(hal::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        hal::check(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), length), "connect");
        return RawClient(std::move(socket));
    }
    void pump() {
        while (server->poll()) {}
    }

    sockaddr_un address{};
    socklen_t length = 0;
    FakeFunction function;
    std::optional<Server> server;
};

TEST_F(ListeningServerTest, ServesOneClientAfterTheOther) {
    EXPECT_FALSE(server->poll());
    const std::size_t before = open_fds();
    for (int i = 1; i <= 200; ++i) {
        RawClient client = connect();
        ASSERT_TRUE(client.send(hello()));
        pump();
        EXPECT_TRUE(client.receive());
        EXPECT_TRUE(server->has_client());
        client.close();
        pump();
        EXPECT_FALSE(server->has_client());
        EXPECT_EQ(function.departures, i);
    }
    EXPECT_FALSE(server->finished());
    EXPECT_EQ(server->counts().clients, 200u);
    EXPECT_EQ(open_fds(), before);
}

TEST_F(ListeningServerTest, ASecondClientWaitsUntilTheFirstHasLeft) {
    RawClient first = connect(), second = connect();
    first.send(hello());
    second.send(hello());
    pump();
    EXPECT_TRUE(first.receive());
    EXPECT_FALSE(second.receive());
    EXPECT_FALSE(second.hung_up());
    first.close();
    pump();
    EXPECT_TRUE(second.receive());
}

TEST_F(ListeningServerTest, ADroppedClientDoesNotKeepTheNextOneOut) {
    RawClient bad = connect();
    bad.send(Bytes(64, std::byte{0xFF}));
    pump();
    EXPECT_TRUE(bad.hung_up());
    RawClient good = connect();
    good.send(hello());
    pump();
    EXPECT_TRUE(good.receive());
}

}  // namespace
}  // namespace ringside::sim::test

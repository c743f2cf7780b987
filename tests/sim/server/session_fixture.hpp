// A server, a fake function behind it and a raw client before it, all in one thread.
#pragma once

#include "hal/vfio_user/message.hpp"
#include "sim/vfio_user/server.hpp"
#include "tests/sim/server/fake_function.hpp"
#include "tests/sim/server/raw_client.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace ringside::sim::test {

struct Conversation {
    Conversation() : Conversation(wire::stream_socket_pair()) {}
    explicit Conversation(wire::SocketPair sockets)
        : server(function, std::move(sockets.first), Server::Socket::connected,
                 [this](const std::string& line) { said.push_back(line); }),
          client(std::move(sockets.second)) {}

    void pump() {
        while (server.poll()) {}
    }
    void greet() {
        client.send(hello());
        pump();
        ASSERT_TRUE(client.receive());
    }
    // Sends a command and returns its reply. Fails the test if there is none, or more than one.
    Reply call(wire::Command command, const Bytes& payload = {}, const std::vector<int>& fds = {}) {
        EXPECT_TRUE(client.send(message(command, payload), fds));
        pump();
        auto reply = client.receive();
        EXPECT_TRUE(reply) << "no reply to command " << static_cast<int>(command);
        EXPECT_FALSE(client.receive()) << "more than one reply";
        if (!reply) return {};
        EXPECT_EQ(reply->header.id, 7);
        EXPECT_EQ(reply->header.command, command);
        EXPECT_EQ(reply->header.flags, wire::flag_reply | (reply->error() != 0 ? wire::flag_error : 0));
        EXPECT_TRUE(reply->error() == 0 || reply->payload.empty()) << "an error reply is a bare header";
        return std::move(*reply);
    }

    FakeFunction function;
    std::vector<std::string> said;
    Server server;
    RawClient client;
};

class ServerTest : public testing::Test, protected Conversation {
protected:
    void SetUp() override { greet(); }
};

}  // namespace ringside::sim::test

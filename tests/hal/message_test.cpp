#include "hal/vfio_user/message.hpp"

#include "hal/error.hpp"
#include "hal/vfio_user/capabilities.hpp"
#include "hal/vfio_user/client.hpp"
#include "tests/hal/count_allocations.hpp"
#include "tests/hal/fake_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <thread>

namespace ringside::hal::vfio_user {
namespace {

using namespace std::chrono_literals;

struct ChannelTest : testing::Test {
    explicit ChannelTest(SocketPair pair = stream_socket_pair())
        : raw(std::move(pair.first)), channel(std::move(pair.second), 4096, 50ms) {}

    void write_raw(std::span<const std::byte> bytes) {
        ASSERT_EQ(::write(raw.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    void write_raw_with_fds(std::span<const std::byte> bytes, std::size_t count) {
        const std::vector<int> fds(count, raw.get());
        std::vector<std::byte> control(CMSG_SPACE(count * sizeof(int)));
        iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
        msghdr msg{};
        msg.msg_iov = &piece;
        msg.msg_iovlen = 1;
        msg.msg_control = control.data();
        msg.msg_controllen = control.size();
        cmsghdr* cmsg = CMSG_FIRSTHDR(&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
        std::memcpy(CMSG_DATA(cmsg), fds.data(), count * sizeof(int));
        ASSERT_EQ(::sendmsg(raw.get(), &msg, 0), static_cast<ssize_t>(bytes.size()));
    }
    static std::size_t open_fds() {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
    }

    Fd raw;
    Channel channel;
    Message message;
    const Header reset{7, Command::device_reset, sizeof(Header), 0, 0};
};

TEST_F(ChannelTest, nothing_is_there_before_something_is_sent) {
    EXPECT_EQ(channel.try_receive(message), Received::nothing);
    EXPECT_EQ(channel.receive(message, 1ms), Received::nothing);
    EXPECT_FALSE(channel.hung_up());
}

TEST_F(ChannelTest, a_header_alone_is_a_message) {
    write_raw(bytes_of(reset));
    ASSERT_EQ(channel.try_receive(message), Received::message);
    EXPECT_EQ(message.header.id, 7);
    EXPECT_TRUE(message.payload.empty());
    EXPECT_TRUE(message.is_command());
    EXPECT_TRUE(message.wants_reply());
    EXPECT_EQ(channel.try_receive(message), Received::nothing);
}

TEST_F(ChannelTest, a_message_may_arrive_byte_by_byte) {
    Header h = reset;
    h.size = sizeof h + 5;
    std::vector<std::byte> bytes(h.size, std::byte{9});
    std::memcpy(bytes.data(), &h, sizeof h);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        ASSERT_EQ(channel.try_receive(message), Received::nothing) << i;
        write_raw(std::span(bytes).subspan(i, 1));
    }
    ASSERT_EQ(channel.try_receive(message), Received::message);
    EXPECT_EQ(message.payload, std::vector<std::byte>(5, std::byte{9}));
}

TEST_F(ChannelTest, messages_that_arrive_together_are_told_apart) {
    Header h = reset;
    h.size = sizeof h + 4;
    std::vector<std::byte> bytes;
    for (std::uint32_t i = 0; i < 10; ++i) {
        h.id = static_cast<std::uint16_t>(i);
        std::ranges::copy(bytes_of(h), std::back_inserter(bytes));
        std::ranges::copy(bytes_of(i), std::back_inserter(bytes));
    }
    write_raw(bytes);
    for (std::uint32_t i = 0; i < 10; ++i) {
        ASSERT_EQ(channel.try_receive(message), Received::message);
        EXPECT_EQ(message.header.id, i);
        EXPECT_EQ(message.get<std::uint32_t>(), i);
        EXPECT_EQ(message.get<std::uint64_t>(), std::nullopt);
        EXPECT_EQ(message.get<std::uint32_t>(1), std::nullopt);
        EXPECT_EQ(message.get<std::uint32_t>(~std::size_t{0}), std::nullopt);
    }
}

TEST_F(ChannelTest, sizes_that_no_message_has_are_refused_for_good) {
    for (const std::uint32_t size : {0u, 15u, 4097u, ~0u}) {
        SocketPair pair = stream_socket_pair();
        Channel strict(std::move(pair.second), 4096);
        Header h = reset;
        h.size = size;
        ASSERT_EQ(::write(pair.first.get(), &h, sizeof h), ssize_t{sizeof h});
        ASSERT_EQ(::write(pair.first.get(), &reset, sizeof reset), ssize_t{sizeof reset});
        EXPECT_THROW(strict.try_receive(message), ProtocolError);
        EXPECT_EQ(strict.try_receive(message), Received::end);  // though a sound message seems to follow
        EXPECT_TRUE(strict.hung_up());
    }
}

TEST_F(ChannelTest, the_largest_size_is_accepted) {
    Header h = reset;
    h.size = 4096;
    std::vector<std::byte> bytes(h.size);
    std::memcpy(bytes.data(), &h, sizeof h);
    write_raw(bytes);
    EXPECT_EQ(channel.try_receive(message), Received::message);
}

TEST_F(ChannelTest, a_hang_up_between_messages_is_the_end_after_the_last_of_them) {
    write_raw(bytes_of(reset));
    raw.reset();
    EXPECT_TRUE(channel.hung_up());
    EXPECT_EQ(channel.try_receive(message), Received::message);
    EXPECT_EQ(channel.try_receive(message), Received::end);
    EXPECT_EQ(channel.receive(message, 10s), Received::end);
    EXPECT_EQ(channel.send(reset), Sent::end);
}

TEST_F(ChannelTest, a_hang_up_inside_a_message_is_the_end) {
    Header h = reset;
    h.size = sizeof h + 100;
    write_raw(bytes_of(h));
    EXPECT_EQ(channel.try_receive(message), Received::nothing);
    raw.reset();
    EXPECT_EQ(channel.try_receive(message), Received::end);
    EXPECT_EQ(message.header.id, 0);  // untouched
}

TEST_F(ChannelTest, fds_travel_with_their_message) {
    SocketPair pair = stream_socket_pair();
    Channel sender(std::move(pair.first)), receiver(std::move(pair.second));
    const std::vector<int> fds(max_message_fds, raw.get());
    const std::uint32_t payload = 5;
    ASSERT_EQ(sender.send(reset), Sent::done);
    ASSERT_EQ(sender.send(reset, {bytes_of(payload)}, fds), Sent::done);
    ASSERT_EQ(sender.send(reset, {bytes_of(payload)}), Sent::done);
    ASSERT_EQ(receiver.try_receive(message), Received::message);
    EXPECT_TRUE(message.fds.empty());
    ASSERT_EQ(receiver.try_receive(message), Received::message);
    ASSERT_EQ(message.fds.size(), max_message_fds);
    EXPECT_EQ(message.get<std::uint32_t>(), 5u);
    for (const Fd& fd : message.fds) {
        struct stat own {
        }, received{};
        ASSERT_EQ(::fstat(raw.get(), &own), 0);
        ASSERT_EQ(::fstat(fd.get(), &received), 0);
        EXPECT_EQ(own.st_ino, received.st_ino);
        EXPECT_EQ(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    }
    ASSERT_EQ(receiver.try_receive(message), Received::message);
    EXPECT_TRUE(message.fds.empty());
}

TEST_F(ChannelTest, fds_that_nobody_takes_are_closed) {
    const std::size_t before = open_fds();
    write_raw_with_fds(bytes_of(reset), 3);
    ASSERT_EQ(channel.try_receive(message), Received::message);
    EXPECT_EQ(open_fds(), before + 3);
    write_raw(bytes_of(reset));
    ASSERT_EQ(channel.try_receive(message), Received::message);
    EXPECT_EQ(open_fds(), before);
}

TEST_F(ChannelTest, more_fds_than_can_be_taken_are_refused_and_closed) {
    const std::size_t before = open_fds();
    write_raw_with_fds(bytes_of(reset), max_message_fds + 1);
    EXPECT_THROW(channel.try_receive(message), ProtocolError);
    EXPECT_EQ(open_fds(), before);
    EXPECT_EQ(channel.try_receive(message), Received::end);
}

TEST_F(ChannelTest, too_many_fds_spread_over_the_bytes_of_a_header_are_refused_and_closed) {
    const std::size_t before = open_fds();
    write_raw_with_fds(bytes_of(reset).first(1), 10);
    EXPECT_EQ(channel.try_receive(message), Received::nothing);
    write_raw_with_fds(bytes_of(reset).subspan(1, 1), 10);
    EXPECT_THROW(channel.try_receive(message), ProtocolError);
    EXPECT_EQ(open_fds(), before);
}

TEST_F(ChannelTest, fds_of_a_message_of_impossible_size_are_closed) {
    const std::size_t before = open_fds();
    Header h = reset;
    h.size = 3;
    write_raw_with_fds(bytes_of(h), 2);
    EXPECT_THROW(channel.try_receive(message), ProtocolError);
    EXPECT_EQ(open_fds(), before);
}

TEST_F(ChannelTest, fds_of_half_a_message_are_closed_with_the_channel) {
    const std::size_t before = open_fds();
    {
        SocketPair pair = stream_socket_pair();
        raw = std::move(pair.first);
        Channel short_lived(std::move(pair.second));
        write_raw_with_fds(bytes_of(reset).first(8), 2);
        EXPECT_EQ(short_lived.try_receive(message), Received::nothing);
    }
    EXPECT_EQ(open_fds(), before);
}

TEST_F(ChannelTest, fds_outside_the_header_are_dropped) {
    const std::size_t before = open_fds();
    Header h = reset;
    h.size = sizeof h + 4;
    write_raw(bytes_of(h));
    const std::uint32_t payload = 1;
    write_raw_with_fds(bytes_of(payload), 2);
    ASSERT_EQ(channel.try_receive(message), Received::message);
    EXPECT_TRUE(message.fds.empty());
    EXPECT_EQ(open_fds(), before);
}

TEST_F(ChannelTest, sending_a_bad_fd_is_an_error_and_sends_nothing) {
    const int bad = -1;
    EXPECT_THROW(channel.send(reset, {}, std::span(&bad, 1)), Error);
    const std::vector<int> many(max_message_fds + 1, raw.get());
    EXPECT_THROW(channel.send(reset, {}, many), Error);
    ASSERT_EQ(channel.send(reset), Sent::done);
    Header h;
    ASSERT_EQ(::read(raw.get(), &h, sizeof h), ssize_t{sizeof h});
    EXPECT_EQ(h.id, 7);
}

TEST_F(ChannelTest, a_peer_that_does_not_read_is_not_waited_for_for_ever) {
    const std::vector<std::byte> data(1000);
    Sent result = Sent::done;
    while (result == Sent::done) result = channel.send(reset, {std::span(data)});
    EXPECT_EQ(result, Sent::timed_out);
}

TEST_F(ChannelTest, a_message_larger_than_the_socket_arrives_whole) {
    SocketPair pair = stream_socket_pair();
    Channel sender(std::move(pair.first)), receiver(std::move(pair.second));
    std::vector<std::byte> data(max_data_transfer);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7 + i / 251);
    const DmaAccess access{1, 2};
    std::thread thread([&] {
        const int fd = raw.get();
        EXPECT_EQ(sender.send(reset, {bytes_of(access), std::span<const std::byte>(data)}, std::span(&fd, 1)),
                  Sent::done);
    });
    const Received r = receiver.receive(message, 10s);
    thread.join();
    ASSERT_EQ(r, Received::message);
    ASSERT_EQ(message.payload.size(), sizeof access + data.size());
    EXPECT_TRUE(std::equal(data.begin(), data.end(), message.payload.begin() + sizeof access));
    EXPECT_EQ(message.fds.size(), 1u);
}

TEST_F(ChannelTest, after_a_shut_down_both_ends_see_the_end) {
    write_raw(bytes_of(reset));
    channel.shut_down();
    EXPECT_EQ(channel.try_receive(message), Received::end);
    EXPECT_TRUE(channel.hung_up());
    EXPECT_EQ(channel.send(reset), Sent::end);
    char c;
    EXPECT_EQ(::read(raw.get(), &c, 1), 0);
}

TEST_F(ChannelTest, the_steady_path_allocates_nothing) {
    if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer has its own operator new";
    SocketPair pair = stream_socket_pair();
    Channel sender(std::move(pair.first)), receiver(std::move(pair.second));
    const std::uint64_t payload[4] = {};
    const int fd = raw.get();
    const auto round = [&] {
        static_cast<void>(sender.send(reset, {bytes_of(payload)}));
        EXPECT_EQ(receiver.try_receive(message), Received::message);
        static_cast<void>(sender.send(reset, {bytes_of(payload)}, std::span(&fd, 1)));
        EXPECT_EQ(receiver.receive(message, 1s), Received::message);
    };
    round();
    round();
    const std::size_t before = allocations_of_this_thread();
    for (int i = 0; i < 100; ++i) round();
    EXPECT_EQ(allocations_of_this_thread(), before);
}

TEST(PostedWrite, of_a_doorbell_allocates_nothing) {
    if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer has its own operator new";
    FakeServer server;
    auto device = open_client(server.start(), "vfio-user:test");
    const Doorbell doorbell(device->bar(0), 0x1018);
    const std::size_t before = allocations_of_this_thread();
    for (std::uint32_t i = 0; i < 100; ++i) doorbell.ring(i);
    EXPECT_EQ(allocations_of_this_thread(), before);
    EXPECT_EQ(device->bar(0).load32(0x1018), 99u);
}

TEST(Capabilities, are_the_specifications_defaults_where_the_text_is_silent) {
    for (const char* text : {"", "{}", " { \"capabilities\" : { } } ", "{\"other\":[1,{\"a\":null}]}"}) {
        const Capabilities c = parse_capabilities(text);
        EXPECT_EQ(c.max_msg_fds, 1u);
        EXPECT_EQ(c.max_data_xfer_size, 1u << 20);
        EXPECT_EQ(c.max_dma_maps, 65535u);
        EXPECT_EQ(c.pgsizes, 4096u);
        EXPECT_FALSE(c.write_multiple);
    }
}

TEST(Capabilities, of_qemu_are_understood) {
    const Capabilities c = parse_capabilities(
        R"({"capabilities":{"pgsizes":4096,"max_msg_fds":16,"max_dma_maps":65535,"max_data_xfer_size":1048576,)"
        R"("migration":{"max_bitmap_size":268435456,"pgsize":4096},"write_multiple":true}})");
    EXPECT_EQ(c.max_msg_fds, 16u);
    EXPECT_TRUE(c.write_multiple);
}

TEST(Capabilities, with_values_of_all_kinds_are_skipped_over) {
    const Capabilities c = parse_capabilities(
        R"({"x":-1.5e+3,"y":"a\"}\\","capabilities":{"z":[[],{},true,false,null,"s"],"max_msg_fds":2}})");
    EXPECT_EQ(c.max_msg_fds, 2u);
}

TEST(Capabilities, that_are_malformed_are_a_protocol_error) {
    for (const char* text : {"x",
                             "{",
                             "}",
                             "[]",
                             "1",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{\"a\":tru}",
                             "{\"a\":\"",
                             "{\"a\":\"\\",
                             "{} {}",
                             "{\"capabilities\":1}",
                             "{\"capabilities\":{\"max_msg_fds\":-1}}",
                             "{\"capabilities\":{\"max_msg_fds\":\"8\"}}",
                             "{\"capabilities\":{\"max_msg_fds\":8.5}}",
                             "{\"capabilities\":{\"max_msg_fds\":99999999999999999999}}",
                             "{\"capabilities\":{\"write_multiple\":1}}",
                             "{\"a\":[1 2]}",
                             "{\"a\" 1}",
                             "{\"\n\":1}"})
        EXPECT_THROW(parse_capabilities(text), ProtocolError) << text;
}

TEST(Capabilities, nested_too_deep_are_a_protocol_error) {
    const std::string deep = "{\"a\":" + std::string(100000, '[');
    EXPECT_THROW(parse_capabilities(deep), ProtocolError);
}

}  // namespace
}  // namespace ringside::hal::vfio_user

#include "hal/vfio_user/client.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "hal/shared_memory.hpp"
#include "tests/hal/fake_server.hpp"
#include "tests/hal/sentences.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <filesystem>
#include <numeric>

namespace ringside::hal::vfio_user {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Device> open(FakeServer& server) { return open_client(server.start(), "vfio-user:test"); }

template <class T> std::string opening_fails(FakeServer& server) {
    return sentence<T>([&] { open(server); });
}

// ---- a well-behaved server ----

TEST(Client, reads_and_writes_configuration_space_in_all_widths) {
    FakeServer server;
    server.config[0] = std::byte{0x86};
    server.config[1] = std::byte{0x80};
    server.config[2] = std::byte{0xFB};
    server.config[3] = std::byte{0x10};
    auto device = open(server);
    EXPECT_EQ(device->address(), "vfio-user:test");
    EXPECT_EQ(device->config_read(0, 4), 0x10FB8086u);
    EXPECT_EQ(device->config_read(2, 2), 0x10FBu);
    EXPECT_EQ(device->config_read(3, 1), 0x10u);
    device->config_write(4, 0x0406, 2);
    device->config_write(0x3C, 0x0B, 1);
    EXPECT_EQ(device->config_read(4, 2), 0x0406u);
    EXPECT_EQ(device->config_read(0x3C, 4), 0x0Bu);
    EXPECT_THROW(device->config_read(1, 2), Error);
    EXPECT_THROW(device->config_read(0, 3), Error);
    EXPECT_THROW(device->config_read(256, 4), Error);
}

TEST(Client, a_read_is_answered_after_all_writes_before_it) {
    FakeServer server;
    auto device = open(server);
    Bar& bar = device->bar(0);
    EXPECT_EQ(bar.size(), FakeServer::bar_size);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        bar.store32(0x100, i);
        bar.store32(0x104, i + 1);
        ASSERT_EQ(bar.load32(0x100), i);
    }
    device.reset();
    server.join();
    ASSERT_EQ(server.writes.size(), 2000u);
    EXPECT_EQ(server.writes[1], (FakeServer::Write{0, 0x104, 1, true}));  // posted: no reply was asked for
}

TEST(Client, registers_outside_a_bar_and_bars_that_are_not_there_are_errors) {
    FakeServer server;
    auto device = open(server);
    Bar& bar = device->bar(0);
    EXPECT_THROW(bar.load32(FakeServer::bar_size), Error);
    EXPECT_THROW(bar.load32(FakeServer::bar_size - 2), Error);
    EXPECT_THROW(bar.store32(0xFFFFFFFC, 0), Error);
    EXPECT_THROW(bar.load32(2), Error);
    EXPECT_THROW(device->bar(1), Error);
    EXPECT_THROW(device->bar(6), Error);
}

TEST(Client, a_mapped_doorbell_is_direct_and_others_are_messages) {
    FakeServer server;
    auto device = open(server);
    Bar& bar = device->bar(0);
    const Doorbell direct(bar, 0x6018), trapped(bar, 0x1018);
    EXPECT_TRUE(direct.is_direct());
    EXPECT_FALSE(trapped.is_direct());
    EXPECT_EQ(bar.direct(0x5FFC), nullptr);
    EXPECT_NE(bar.direct(0x6FFC), nullptr);
    EXPECT_EQ(bar.direct(0x7000), nullptr);
    direct.ring(77);
    std::uint32_t seen = 0;
    std::memcpy(&seen, server.bar_file.bytes().data() + 0x6018, sizeof seen);
    EXPECT_EQ(seen, 77u);
    trapped.ring(78);
    EXPECT_EQ(bar.load32(0x1018), 78u);
    bar.store32(0x6018, 79);  // by message, although the page is mapped
    EXPECT_EQ(bar.load32(0x6018), 79u);
    EXPECT_EQ(*bar.direct(0x6018), 77u);
}

TEST(Client, maps_memory_with_its_fd_and_takes_it_back) {
    FakeServer server;
    auto device = open(server);
    const SharedMemory memory(8192, 4096);
    auto space = device->dma_space();
    EXPECT_EQ(space->max_maps(), 100u);
    ASSERT_EQ(space->ranges().size(), 1u);
    const DmaRegion region{memory.bytes().data() + 4096, 4096, memory.fd(), 4096, Iova{0x10000}};
    space->map(region);
    EXPECT_THROW(space->map(region), Error);  // overlaps
    space->unmap(Iova{0x10000}, 4096);
    device.reset();
    server.join();
    ASSERT_EQ(server.maps.size(), 1u);
    EXPECT_EQ(server.maps[0].iova, 0x10000u);
    EXPECT_EQ(server.maps[0].size, 4096u);
    EXPECT_EQ(server.maps[0].offset, 4096u);
    EXPECT_EQ(server.maps[0].flags, dma_map_readable | dma_map_writable);
    ASSERT_EQ(server.memory.size(), 1u);
    struct stat sent {
    }, own{};
    ASSERT_EQ(::fstat(server.memory[0].get(), &sent), 0);
    ASSERT_EQ(::fstat(memory.fd(), &own), 0);
    EXPECT_EQ(sent.st_ino, own.st_ino);
    ASSERT_EQ(server.unmaps.size(), 1u);
    EXPECT_EQ(server.unmaps[0].iova, 0x10000u);
}

TEST(Client, memory_that_is_not_whole_pages_is_not_mapped) {
    FakeServer server;
    auto device = open(server);
    const SharedMemory memory(8192, 4096);
    auto space = device->dma_space();
    std::byte* const p = memory.bytes().data();
    for (const DmaRegion& bad :
         {DmaRegion{p, 4096, memory.fd(), 0, Iova{0x123}}, DmaRegion{p, 100, memory.fd(), 0, Iova{0}},
          DmaRegion{p, 0, memory.fd(), 0, Iova{0}}, DmaRegion{p, 4096, -1, 0, Iova{0}},
          DmaRegion{nullptr, 4096, memory.fd(), 0, Iova{0}},
          DmaRegion{p, 4096, memory.fd(), 0, Iova{~std::uint64_t{4095}}}})
        EXPECT_THROW(space->map(bad), Error);
}

TEST(Client, a_refused_mapping_is_an_error_and_leaves_nothing_behind) {
    FakeServer server;
    bool refuse = true;
    server.on(Command::dma_map, [&refuse](FakeServer& s, Message& m) {
        refuse ? s.refuse(m, ENOMEM) : s.answer_normally(m);
        refuse = false;
    });
    auto device = open(server);
    const SharedMemory memory(4096, 4096);
    const DmaRegion region{memory.bytes().data(), 4096, memory.fd(), 0, Iova{0}};
    const std::string text = sentence<Error>([&] { device->dma_space()->map(region); });
    EXPECT_SAYS(text, "vfio-user:test: mapping memory for DMA");
    EXPECT_SAYS(text, "Cannot allocate memory");
    device->dma_space()->map(region);
}

TEST(Client, interrupts_are_sent_in_pieces_of_as_many_fds_as_the_server_takes) {
    FakeServer server;  // takes 8
    auto device = open(server);
    EXPECT_EQ(device->interrupt_count(InterruptKind::intx), 1u);
    EXPECT_EQ(device->interrupt_count(InterruptKind::msix), 64u);
    const Fd event(::eventfd(0, EFD_CLOEXEC));
    std::vector<int> fds(20, event.get());
    fds[11] = fds[12] = -1;
    device->set_interrupts(InterruptKind::msix, fds);
    device->set_interrupts(InterruptKind::msix, {});
    const int one = event.get();
    device->set_interrupts(InterruptKind::intx, std::span(&one, 1));
    device->unmask_intx();
    EXPECT_THROW(device->set_interrupts(InterruptKind::msi, fds), Error);
    device.reset();
    server.join();

    const auto check = [&](std::size_t i, std::uint32_t flags, InterruptKind kind, std::uint32_t start,
                           std::uint32_t count, std::size_t sent) {
        ASSERT_LT(i, server.irq_calls.size());
        const auto& [request, fds_sent] = server.irq_calls[i];
        EXPECT_EQ(request.flags, flags) << i;
        EXPECT_EQ(request.index, static_cast<std::uint32_t>(kind)) << i;
        EXPECT_EQ(request.start, start) << i;
        EXPECT_EQ(request.count, count) << i;
        EXPECT_EQ(fds_sent, sent) << i;
    };
    constexpr auto on = set_irqs_data_eventfd | set_irqs_trigger, off = set_irqs_data_none | set_irqs_trigger;
    check(0, on, InterruptKind::msix, 0, 8, 8);
    check(1, on, InterruptKind::msix, 8, 3, 3);
    check(2, on, InterruptKind::msix, 11, 2, 0);
    check(3, on, InterruptKind::msix, 13, 7, 7);
    check(4, off, InterruptKind::msix, 0, 0, 0);
    check(5, on, InterruptKind::intx, 0, 1, 1);
    check(6, set_irqs_data_none | set_irqs_unmask, InterruptKind::intx, 0, 1, 0);
    EXPECT_EQ(server.irq_calls.size(), 7u);
}

TEST(Client, turning_one_kind_of_interrupt_on_turns_the_other_off) {
    FakeServer server;
    auto device = open(server);
    const Fd event(::eventfd(0, EFD_CLOEXEC));
    const int one = event.get();
    device->set_interrupts(InterruptKind::msix, std::span(&one, 1));
    device->set_interrupts(InterruptKind::intx, {});  // already off: nothing to say
    device->set_interrupts(InterruptKind::msi, std::span(&one, 1));
    device.reset();
    server.join();
    ASSERT_EQ(server.irq_calls.size(), 3u);
    EXPECT_EQ(server.irq_calls[1].request.index, static_cast<std::uint32_t>(InterruptKind::msix));
    EXPECT_EQ(server.irq_calls[1].request.count, 0u);
}

TEST(Client, an_event_fd_that_was_sent_signals_here) {
    FakeServer server;
    server.on(Command::device_reset, [](FakeServer& s, Message& m) {
        const std::uint64_t one = 1;
        ASSERT_EQ(::write(s.event_fds.at(0).get(), &one, sizeof one), ssize_t{sizeof one});
        s.reply(m);
    });
    auto device = open(server);
    const Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const int one = event.get();
    device->set_interrupts(InterruptKind::msix, std::span(&one, 1));
    device->reset();
    std::uint64_t count = 0;
    ASSERT_EQ(::read(event.get(), &count, sizeof count), ssize_t{sizeof count});
    EXPECT_EQ(count, 1u);
}

TEST(Client, a_reset_leaves_bus_mastering_off) {
    FakeServer server;
    server.config[4] = std::byte{0x06};
    auto device = open(server);
    device->reset();
    EXPECT_EQ(device->config_read(4, 2), 0x02u);
    device.reset();
    server.join();
    EXPECT_EQ(server.resets, 1u);
}

TEST(Client, a_device_that_cannot_be_reset_says_so) {
    FakeServer server;
    server.on(Command::device_get_info, [](FakeServer& s, Message& m) {
        const DeviceInfo info{sizeof info, device_info_pci, num_regions, num_irqs};
        s.reply(m, {bytes_of(info)});
    });
    auto device = open(server);
    EXPECT_SAYS(sentence<Error>([&] { device->reset(); }), "cannot be reset");
}

// ---- requests of the server for our memory ----

// Makes the server send `request` with `parts` before it answers the reset, and gives what comes back.
Message ask_client(std::uint16_t command, const DmaAccess& access, std::span<const std::byte> data,
                   std::span<const DmaRegion> regions, std::uint32_t flags = 0) {
    FakeServer server;
    Message answer;
    server.on(Command::device_reset, [&](FakeServer& s, Message& m) {
        s.send({0x1234, static_cast<Command>(command), 0, flags, 0}, {bytes_of(access), data});
        if ((flags & flag_no_reply) == 0) {
            EXPECT_EQ(s.receive(answer), Received::message);
            EXPECT_EQ(answer.header.id, 0x1234);
            EXPECT_TRUE(answer.is_reply());
        }
        s.reply(m);
    });
    auto device = open(server);
    for (const DmaRegion& r : regions) device->dma_space()->map(r);
    device->reset();
    return answer;
}

constexpr auto read_command = static_cast<std::uint16_t>(Command::dma_read);
constexpr auto write_command = static_cast<std::uint16_t>(Command::dma_write);

struct LentMemory {
    SharedMemory memory{8192, 4096};
    // Two regions that touch: IOVA 0x4000 is the second page, 0x5000 the first.
    std::array<DmaRegion, 2> regions{
        DmaRegion{memory.bytes().data() + 4096, 4096, memory.fd(), 4096, Iova{0x4000}},
        DmaRegion{memory.bytes().data(), 4096, memory.fd(), 0, Iova{0x5000}}};
};

TEST(Client, lends_memory_for_reading_across_regions) {
    LentMemory lent;
    lent.memory.bytes()[8191] = std::byte{1};
    lent.memory.bytes()[0] = std::byte{2};
    const Message answer = ask_client(read_command, {0x4FFF, 2}, {}, lent.regions);
    EXPECT_EQ(answer.header.flags, flag_reply);
    ASSERT_EQ(answer.payload.size(), sizeof(DmaAccess) + 2);
    EXPECT_EQ(answer.get<DmaAccess>()->count, 2u);
    EXPECT_EQ(answer.payload[16], std::byte{1});
    EXPECT_EQ(answer.payload[17], std::byte{2});
}

TEST(Client, lends_memory_for_writing_across_regions) {
    LentMemory lent;
    const std::array data{std::byte{7}, std::byte{8}};
    const Message answer = ask_client(write_command, {0x4FFF, 2}, data, lent.regions);
    EXPECT_EQ(answer.header.flags, flag_reply);
    EXPECT_EQ(answer.payload.size(), sizeof(DmaAccess));
    EXPECT_EQ(lent.memory.bytes()[8191], std::byte{7});
    EXPECT_EQ(lent.memory.bytes()[0], std::byte{8});
}

TEST(Client, a_write_without_reply_is_performed_silently) {
    LentMemory lent;
    const std::array data{std::byte{7}};
    ask_client(write_command, {0x5000, 1}, data, lent.regions, flag_no_reply);
    EXPECT_EQ(lent.memory.bytes()[0], std::byte{7});
}

TEST(Client, memory_that_is_not_mapped_is_not_lent_not_even_in_part) {
    LentMemory lent;
    const std::array data{std::byte{7}, std::byte{8}};
    for (const std::uint64_t address : {std::uint64_t{0x3FFF}, std::uint64_t{0x5FFF}, std::uint64_t{0x9000},
                                        std::uint64_t{0}, ~std::uint64_t{0}}) {
        const Message write = ask_client(write_command, {address, 2}, data, lent.regions);
        EXPECT_EQ(write.header.flags, flag_reply | flag_error) << address;
        EXPECT_EQ(write.header.error, static_cast<std::uint32_t>(EFAULT)) << address;
        const Message read = ask_client(read_command, {address, 2}, {}, lent.regions);
        EXPECT_EQ(read.header.error, static_cast<std::uint32_t>(EFAULT)) << address;
    }
    for (const std::byte b : lent.memory.bytes()) ASSERT_EQ(b, std::byte{0});
}

TEST(Client, requests_of_senseless_size_are_refused) {
    LentMemory lent;
    const std::array data{std::byte{7}};
    EXPECT_EQ(ask_client(write_command, {0x4000, 2}, data, lent.regions).header.error, unsigned{EINVAL});
    EXPECT_EQ(ask_client(read_command, {0x4000, ~std::uint64_t{0}}, {}, lent.regions).header.error,
              unsigned{EINVAL});
    EXPECT_EQ(ask_client(read_command, {0x4000, max_data_transfer + 1}, {}, lent.regions).header.error,
              unsigned{EINVAL});
}

TEST(Client, unknown_requests_are_refused) {
    EXPECT_EQ(ask_client(99, {0, 0}, {}, {}).header.error, unsigned{EOPNOTSUPP});
}

// ---- threads ----

TEST(Client, a_data_path_thread_rings_doorbells_while_the_control_thread_reads) {
    FakeServer server;
    auto device = open(server);
    Bar& bar = device->bar(0);
    const Doorbell doorbell(bar, 0x1018);
    constexpr std::uint32_t rings = 5000;
    std::thread data_path([&] {
        for (std::uint32_t i = 0; i < rings; ++i) doorbell.ring(i);
    });
    for (std::uint32_t i = 0; i < 500; ++i) {
        bar.store32(0x2000, i);
        ASSERT_EQ(bar.load32(0x2000), i);
    }
    data_path.join();
    EXPECT_EQ(bar.load32(0x1018), rings - 1);
    device.reset();
    server.join();
    std::uint32_t next = 0;
    for (const auto& w : server.writes)
        if (w.offset == 0x1018) { EXPECT_EQ(w.value, next++); }
    EXPECT_EQ(next, rings);
}

// ---- a server that goes away ----

TEST(Client, a_server_that_hung_up_reads_as_ones_and_ignores_writes) {
    FakeServer server;
    server.on(Command::device_reset, [](FakeServer& s, Message&) { s.hang_up(); });
    auto device = open(server);
    Bar& bar = device->bar(0);
    EXPECT_EQ(device->condition(), Condition::working);
    EXPECT_SAYS(sentence<DeviceGone>([&] { device->reset(); }),
                "resetting the device: the process that serves");
    EXPECT_EQ(device->condition(), Condition::gone);
    EXPECT_EQ(bar.load32(8), ~0u);
    bar.store32(8, 1);
    EXPECT_EQ(device->config_read(0, 2), 0xFFFFu);
    EXPECT_EQ(device->config_read(0, 4), ~0u);
    device->config_write(4, 0, 2);
    device->set_interrupts(InterruptKind::msix, {});
    device->dma_space()->unmap(Iova{0}, 4096);
    EXPECT_NE(bar.direct(0x6018), nullptr);  // the page stays as long as the device is open
    *bar.direct(0x6018) = 1;
    EXPECT_THROW(device->reset(), DeviceGone);
}

TEST(Client, a_hang_up_is_noticed_without_a_message) {
    FakeServer server;
    server.on(Command::region_write, [](FakeServer& s, Message& m) {
        s.answer_normally(m);
        s.hang_up();
    });
    auto device = open(server);
    device->bar(0).store32(0, 1);  // posted
    server.join();
    EXPECT_EQ(device->condition(), Condition::gone);
}

TEST(Client, a_read_under_way_when_the_server_hangs_up_is_ones) {
    FakeServer server;
    server.on(Command::region_read, [](FakeServer& s, Message& m) {
        const Header h{m.header.id, m.header.command, 36, flag_reply, 0};
        s.send_raw(bytes_of(h));  // and not the 20 bytes it promises
        s.hang_up();
    });
    auto device = open(server);
    EXPECT_EQ(device->bar(0).load32(0), ~0u);
    EXPECT_EQ(device->condition(), Condition::gone);
}

TEST(Client, memory_and_spaces_may_outlive_the_device) {
    FakeServer server;
    auto device = open(server);
    const SharedMemory memory(4096, 4096);
    auto space = device->dma_space();
    space->map({memory.bytes().data(), 4096, memory.fd(), 0, Iova{0}});
    device.reset();
    server.join();  // the server sees the end although the space lives
    space->unmap(Iova{0}, 4096);
    EXPECT_THROW(space->map({memory.bytes().data(), 4096, memory.fd(), 0, Iova{0}}), DeviceGone);
}

TEST(Client, what_keeps_the_server_alive_is_released_after_the_connection) {
    FakeServer server;
    bool server_saw_the_end = false;
    ClientOptions options;
    options.keep_alive = std::shared_ptr<void>(nullptr, [&](void*) {
        server.join();
        server_saw_the_end = true;
    });
    open_client(server.start(), "vfio-user:test", std::move(options));
    EXPECT_TRUE(server_saw_the_end);
}

TEST(Client, unmapping_what_was_never_mapped_is_a_notice) {
    FakeServer server;
    auto device = open(server);
    std::string said;
    const NoticeSink old = set_notice_sink([&](const std::string& text) { said = text; });
    device->dma_space()->unmap(Iova{0x1000}, 4096);
    set_notice_sink(old);
    EXPECT_SAYS(said, "never mapped");
}

// ---- a hostile server ----

TEST(HostileServer, silence_runs_into_the_time_limit) {
    FakeServer server;
    server.on(Command::region_read, [](FakeServer&, Message&) {});
    auto device = open_client(server.start(), "vfio-user:test", {.reply_timeout = 1s, .keep_alive = {}});
    const std::string text = sentence<Timeout>([&] { device->bar(0).load32(8); });
    EXPECT_SAYS(text, "reading a register: no reply to REGION_READ");
    EXPECT_SAYS(text, "within 1000 ms");
    EXPECT_EQ(device->condition(), Condition::gone);
    EXPECT_EQ(device->bar(0).load32(8), ~0u);
}

TEST(HostileServer, silence_from_the_start_says_that_servers_serve_one_client) {
    FakeServer server;
    server.on(Command::version, [](FakeServer&, Message&) {});
    EXPECT_SAYS(sentence<Timeout>([&] {
                    open_client(server.start(), "vfio-user:test", {.reply_timeout = 1s, .keep_alive = {}});
                }),
                "one client at a time");
}

TEST(HostileServer, endless_requests_do_not_extend_the_time_limit) {
    FakeServer server;
    server.on(Command::region_read, [](FakeServer& s, Message&) {
        const DmaAccess access{0, 1};
        Message answer;
        do {
            s.send({1, Command::dma_read, 0, 0, 0}, {bytes_of(access)});
        } while (s.receive(answer) == Received::message);
    });
    auto device = open_client(server.start(), "vfio-user:test", {.reply_timeout = 1s, .keep_alive = {}});
    EXPECT_THROW(device->bar(0).load32(8), Timeout);
}

TEST(HostileServer, a_server_that_does_not_read_is_given_up) {
    FakeServer server;
    std::atomic<bool> stop{false};
    server.on(Command::region_write, [&](FakeServer&, Message&) {
        while (!stop) std::this_thread::yield();
    });
    auto device = open_client(server.start(), "vfio-user:test", {.reply_timeout = 1s, .keep_alive = {}});
    Bar& bar = device->bar(0);
    for (int i = 0; i < 100000 && device->condition() != Condition::gone; ++i)
        bar.store32(0, 1);  // until the socket is full
    EXPECT_EQ(device->condition(), Condition::gone);
    stop = true;
}

struct BadReply {
    const char* name;
    Command command;
    const char* says;
    FakeServer::Answer answer;
};

class HostileReply : public testing::TestWithParam<BadReply> {};

// A server that misbehaves while the device is opened: always an error of the protocol, never more.
TEST_P(HostileReply, is_a_protocol_error) {
    FakeServer server;
    server.on(GetParam().command, GetParam().answer);
    const std::string text = opening_fails<ProtocolError>(server);
    EXPECT_SAYS(text, GetParam().says);
}

FakeServer::Answer region(std::function<void(RegionInfo&, SparseMmap&, SparseArea&)> change,
                          std::size_t fds = 1) {
    return [=](FakeServer& s, Message& m) {
        auto info = *m.get<RegionInfo>();
        if (info.index != 0) return s.answer_normally(m);
        const std::uint32_t full = sizeof info + sizeof(SparseMmap) + sizeof(SparseArea);
        info = {full, 15, 0, sizeof info, FakeServer::bar_size, 0};
        SparseMmap sparse{{capability_sparse_mmap, 1, 0}, 1, 0};
        SparseArea area{FakeServer::mapped_page, 4096};
        if (m.get<RegionInfo>()->argsz >= full) change(info, sparse, area);
        const std::vector<int> sent(fds, s.bar_file.fd());
        s.reply(m, {bytes_of(info), bytes_of(sparse), bytes_of(area)}, sent);
    };
}

FakeServer::Answer version(const std::string& json, Version v = {0, 0}) {
    return [=](FakeServer& s, Message& m) { s.reply(m, {bytes_of(v), std::as_bytes(std::span(json))}); };
}

FakeServer::Answer device_info(DeviceInfo info) {
    return [=](FakeServer& s, Message& m) { s.reply(m, {bytes_of(info)}); };
}

FakeServer::Answer raw_header(std::function<void(Header&)> change) {
    return [=](FakeServer& s, Message& m) {
        Header h{m.header.id, m.header.command, sizeof h, flag_reply, 0};
        change(h);
        s.send_raw(bytes_of(h));
    };
}

const BadReply bad_replies[] = {
    {"TooShort", Command::device_get_info, "a reply of 0 bytes",
     [](FakeServer& s, Message& m) { s.reply(m); }},
    {"SmallerThanAHeader", Command::device_get_info, "a message of 15 bytes",
     raw_header([](Header& h) { h.size = 15; })},
    {"Huge", Command::device_get_info, "a message of 4294967295 bytes",
     raw_header([](Header& h) { h.size = ~0u; })},
    {"ForAnotherMessage", Command::device_get_info, "a reply to message",
     raw_header([](Header& h) { h.id = static_cast<std::uint16_t>(h.id + 1); })},
    {"ForAnotherCommand", Command::device_get_info, "a reply to DMA_MAP",
     raw_header([](Header& h) { h.command = Command::dma_map; })},
    {"OfUnknownType", Command::device_get_info, "neither a command nor a reply",
     raw_header([](Header& h) { h.flags = 7; })},
    {"WithUninvitedFds", Command::device_get_info, "file descriptors where none belong",
     [](FakeServer& s, Message& m) {
         const int fd = s.bar_file.fd();
         const DeviceInfo info{sizeof info, device_info_pci, num_regions, num_irqs};
         s.reply(m, {bytes_of(info)}, std::span(&fd, 1));
     }},
    {"VersionOne", Command::version, "version 1.0", version("{}", {1, 0})},
    {"MinorTooHigh", Command::version, "version 0.7", version("{}", {0, 7})},
    {"JsonMalformed", Command::version, "malformed", version("{\"capabilities\":")},
    {"NoFdsTaken", Command::version, "takes no file descriptors",
     version("{\"capabilities\":{\"max_msg_fds\":0}}")},
    {"NoMapsTaken", Command::version, "takes no DMA mappings",
     version("{\"capabilities\":{\"max_dma_maps\":0}}")},
    {"NotPci", Command::device_get_info, "not a PCI function", device_info({16, 0, num_regions, num_irqs})},
    {"FewRegions", Command::device_get_info, "claims 7 regions",
     device_info({16, device_info_pci, 7, num_irqs})},
    {"ManyRegions", Command::device_get_info, "claims 4294967295 regions",
     device_info({16, device_info_pci, ~0u, num_irqs})},
    {"ManyInterrupts", Command::device_get_info, "51 kinds of interrupt",
     device_info({16, device_info_pci, num_regions, 51})},
    {"OtherRegion", Command::device_get_region_info, "the index of another",
     region([](RegionInfo& i, SparseMmap&, SparseArea&) { i.index = 4; })},
    {"HugeRegion", Command::device_get_region_info, "a size of 18446744073709551615",
     region([](RegionInfo& i, SparseMmap&, SparseArea&) { i.size = ~std::uint64_t{0}; })},
    {"ArgszGrows", Command::device_get_region_info, "does not fit",
     region([](RegionInfo& i, SparseMmap&, SparseArea&) { i.argsz += 16; })},
    {"ArgszHuge", Command::device_get_region_info, "does not fit",
     [](FakeServer& s, Message& m) {
         const RegionInfo info{~0u, 3, m.get<RegionInfo>()->index, 0, 4096, 0};
         s.reply(m, {bytes_of(info)});
     }},
    {"CapabilityLoop", Command::device_get_region_info, "runs in circles",
     region([](RegionInfo&, SparseMmap& c, SparseArea&) {
         c.header.id = 77;
         c.header.next = 32;
     })},
    {"CapabilityInsideTheInfo", Command::device_get_region_info, "runs in circles",
     region([](RegionInfo& i, SparseMmap&, SparseArea&) { i.cap_offset = 16; })},
    {"CapabilityOutside", Command::device_get_region_info, "ends after the message",
     region([](RegionInfo& i, SparseMmap&, SparseArea&) { i.cap_offset = 0xFFFFFFF0; })},
    {"ManyAreas", Command::device_get_region_info, "more mappable areas",
     region([](RegionInfo&, SparseMmap& c, SparseArea&) { c.nr_areas = 0x10000001; })},
    {"AreaOutside", Command::device_get_region_info, "outside the region",
     region([](RegionInfo&, SparseMmap&, SparseArea& a) { a.offset = FakeServer::bar_size; })},
    {"AreaWraps", Command::device_get_region_info, "outside the region",
     region([](RegionInfo&, SparseMmap&, SparseArea& a) { a.offset = ~std::uint64_t{4095}; })},
    {"AreaEmpty", Command::device_get_region_info, "outside the region",
     region([](RegionInfo&, SparseMmap&, SparseArea& a) { a.size = 0; })},
    {"AreaUnaligned", Command::device_get_region_info, "whole pages",
     region([](RegionInfo&, SparseMmap&, SparseArea& a) { a.offset += 16; })},
    {"FileOffsetWraps", Command::device_get_region_info, "impossible place",
     region([](RegionInfo& i, SparseMmap&, SparseArea&) { i.offset = ~std::uint64_t{4095}; })},
    {"FileTooShort", Command::device_get_region_info, "shorter than its areas",
     region([](RegionInfo& i, SparseMmap&, SparseArea&) { i.offset = 4096; })},
    {"FileMissing", Command::device_get_region_info, "comes with 0 file descriptors",
     region([](RegionInfo&, SparseMmap&, SparseArea&) {}, 0)},
    {"TwoFiles", Command::device_get_region_info, "comes with 2 file descriptors",
     region([](RegionInfo&, SparseMmap&, SparseArea&) {}, 2)},
    {"FileUninvited", Command::device_get_region_info, "comes with 1 file descriptors",
     region([](RegionInfo& i, SparseMmap&, SparseArea&) { i.flags = 3; })},
    {"OtherInterruptKind", Command::device_get_irq_info, "interrupts of kind 0",
     [](FakeServer& s, Message& m) {
         const IrqInfo info{sizeof info, irq_info_eventfd, 3, 1};
         s.reply(m, {bytes_of(info)});
     }},
    {"ManyVectors", Command::device_get_irq_info, "claims 65536 interrupts",
     [](FakeServer& s, Message& m) {
         const IrqInfo info{sizeof info, irq_info_eventfd, m.get<IrqInfo>()->index, 65536};
         s.reply(m, {bytes_of(info)});
     }},
};
INSTANTIATE_TEST_SUITE_P(Server, HostileReply, testing::ValuesIn(bad_replies),
                         [](const auto& param) { return param.param.name; });

TEST(HostileServer, a_file_that_is_no_memory_is_not_mapped) {
    FakeServer server;
    server.on(Command::device_get_region_info, [](FakeServer& s, Message& m) {
        RegionInfo info{sizeof info, 7, m.get<RegionInfo>()->index, 0, 4096, 0};
        const Fd event(::eventfd(0, EFD_CLOEXEC));
        const int fd = event.get();
        s.reply(m, {bytes_of(info)}, std::span(&fd, 1));
    });
    EXPECT_SAYS(opening_fails<ProtocolError>(server), "shorter than its areas");
}

TEST(HostileServer, a_refusal_while_opening_is_a_sentence_with_its_reason) {
    FakeServer server;
    server.on(Command::device_get_irq_info, [](FakeServer& s, Message& m) { s.refuse(m, EPERM); });
    const std::string text = opening_fails<Error>(server);
    EXPECT_SAYS(text, "vfio-user:test: asking about interrupts");
    EXPECT_SAYS(text, "Operation not permitted");
}

TEST(HostileServer, a_refusal_with_a_senseless_errno_is_still_a_sentence) {
    FakeServer server;
    server.on(Command::device_get_irq_info, [](FakeServer& s, Message& m) { s.refuse(m, -12345678); });
    EXPECT_SAYS(opening_fails<Error>(server), "Unknown error");
}

TEST(HostileServer, a_read_of_the_wrong_length_is_a_protocol_error) {
    for (const std::uint32_t count : {0u, 2u, 8u, ~0u}) {
        FakeServer server;
        server.on(Command::region_read, [count](FakeServer& s, Message& m) {
            const RegionAccess access{0, 0, count};
            const std::uint64_t data = 0;
            s.reply(m, {bytes_of(access), bytes_of(data)});
        });
        auto device = open(server);
        EXPECT_THROW(device->bar(0).load32(0), ProtocolError);
        EXPECT_EQ(device->condition(), Condition::gone);
    }
}

TEST(HostileServer, a_configuration_space_of_senseless_size_is_refused) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{64}, std::size_t{8192}}) {
        FakeServer server;
        server.config.resize(size);
        EXPECT_SAYS(opening_fails<ProtocolError>(server), "bytes of configuration space");
    }
}

TEST(HostileServer, hanging_up_while_the_device_is_opened_is_device_gone) {
    for (const Command command : {Command::version, Command::device_get_info, Command::device_get_region_info,
                                  Command::device_get_irq_info}) {
        FakeServer server;
        server.on(command, [](FakeServer& s, Message&) { s.hang_up(); });
        EXPECT_THROW(open(server), DeviceGone);
    }
}

// ---- the socket's name ----

TEST(Connect, to_a_path_where_nobody_listens_says_what_must_run) {
    EXPECT_SAYS(sentence<Error>([] { connect("/nonexistent/nic.sock"); }),
                "must be running and listen there");
}

TEST(Connect, with_a_path_too_long_for_a_socket_is_an_address_error) {
    EXPECT_THROW(connect(std::string(200, 'x')), AddressError);
}

TEST(Connect, opens_the_device_that_listens_there) {
    std::string directory = testing::TempDir() + "ringside-XXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    const std::string path = directory + "/nic.sock";
    const Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    std::thread server([&] {
        Channel channel(Fd(::accept(listener.get(), nullptr, nullptr)));
        Message m;
        if (channel.receive(m, 10s) == Received::message) channel.shut_down();
    });
    EXPECT_SAYS(sentence<DeviceGone>([&] { connect(path); }), "vfio-user:" + path);
    server.join();
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace ringside::hal::vfio_user

// Every command of the protocol: what it does, and each way to get it wrong.
#include "tests/sim/server/session_fixture.hpp"

#include <cerrno>
#include <cstring>

namespace ringside::sim::test {
namespace {

using wire::Command;

struct UngreetedServerTest : testing::Test, Conversation {};

TEST_F(UngreetedServerTest, VersionIsAnsweredWithJsonThatFitsQemusBuffer) {
    const Reply reply = call(Command::version, bytes(wire::Version{0, 1}) + text("{}") + bytes('\0'));
    EXPECT_EQ(reply.error(), 0u);
    EXPECT_LE(reply.header.size, 214u);
    EXPECT_EQ(reply.get<wire::Version>().major, 0);
    EXPECT_EQ(reply.get<wire::Version>().minor, 0);
    const std::string json(reinterpret_cast<const char*>(reply.payload.data()) + 4);
    EXPECT_EQ(json.size() + 1 + 4, reply.payload.size()) << "one NUL, at the end";
    EXPECT_EQ(json,
              R"({"capabilities":{"max_msg_fds":16,"max_data_xfer_size":1048576,"write_multiple":true}})");
}

TEST_F(UngreetedServerTest, VersionWithoutJsonIsAccepted) {
    EXPECT_EQ(call(Command::version, bytes(wire::Version{0, 0})).error(), 0u);
}

TEST_F(UngreetedServerTest, AnotherMajorVersionIsRefused) {
    EXPECT_EQ(call(Command::version, bytes(wire::Version{1, 0})).error(), unsigned{EINVAL});
}

TEST_F(UngreetedServerTest, AShortVersionIsRefused) {
    EXPECT_EQ(call(Command::version, Bytes(3)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::version).error(), unsigned{EINVAL});
}

TEST_F(UngreetedServerTest, JsonWithoutItsNulIsRefused) {
    EXPECT_EQ(call(Command::version, bytes(wire::Version{0, 0}) + text("{}")).error(), unsigned{EINVAL});
}

TEST_F(UngreetedServerTest, NothingElseIsAcceptedBeforeVersion) {
    EXPECT_EQ(call(Command::device_reset).error(), unsigned{EINVAL});
    EXPECT_EQ(function.resets, 0);
}

TEST_F(ServerTest, ASecondVersionIsRefused) {
    EXPECT_EQ(call(Command::version, bytes(wire::Version{0, 0})).error(), unsigned{EINVAL});
}

TEST_F(ServerTest, UnknownAndUnsupportedCommandsAreAnsweredWithAnError) {
    for (const unsigned command : {0u, 6u, 11u, 12u, 14u, 16u, 17u, 18u, 999u, 65535u})
        EXPECT_EQ(call(static_cast<Command>(command), Bytes(24)).error(), unsigned{ENOTSUP}) << command;
    EXPECT_FALSE(server.finished());
}

TEST_F(ServerTest, DeviceInfoSaysPciResettableNineRegionsFiveInterrupts) {
    const Reply reply = call(Command::device_get_info, bytes(wire::DeviceInfo{16, 0, 0, 0}));
    const auto info = reply.get<wire::DeviceInfo>();
    EXPECT_EQ(info.argsz, 16u);
    EXPECT_EQ(info.flags, 3u);
    EXPECT_EQ(info.num_regions, 9u);
    EXPECT_EQ(info.num_irqs, 5u);
}

TEST_F(ServerTest, DeviceInfoOfTheWrongSizeIsRefused) {
    EXPECT_EQ(call(Command::device_get_info, bytes(wire::DeviceInfo{15, 0, 0, 0})).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_get_info, Bytes(15)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_get_info, bytes(wire::DeviceInfo{16, 0, 0, 0}, '\0')).error(),
              unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_get_info).error(), unsigned{EINVAL});
}

Bytes region_info(std::uint32_t argsz, std::uint32_t index) {
    return bytes(wire::RegionInfo{argsz, 0, index, 0, 0, 0});
}

TEST_F(ServerTest, ARegionWithoutMappableAreasIsDescribedWithoutFdOrCapabilities) {
    const Reply reply = call(Command::device_get_region_info, region_info(32, 7));
    const auto info = reply.get<wire::RegionInfo>();
    EXPECT_EQ(reply.payload.size(), 32u);
    EXPECT_EQ(info.argsz, 32u);
    EXPECT_EQ(info.flags, wire::region_info_read | wire::region_info_write);
    EXPECT_EQ(info.index, 7u);
    EXPECT_EQ(info.size, FakeFunction::config_size);
    EXPECT_TRUE(reply.fds.empty());
}

TEST_F(ServerTest, AReadOnlyRegionSaysSoAndAnAbsentOneSaysNothing) {
    EXPECT_EQ(call(Command::device_get_region_info, region_info(32, 6)).get<wire::RegionInfo>().flags, 1u);
    for (const std::uint32_t absent : {1u, 3u, 4u, 5u, 8u}) {
        const auto info =
            call(Command::device_get_region_info, region_info(32, absent)).get<wire::RegionInfo>();
        EXPECT_EQ(info.flags, 0u) << absent;
        EXPECT_EQ(info.size, 0u) << absent;
    }
}

TEST_F(ServerTest, MappableAreasComeWithExactlyOneFdForTheRegion) {
    const Reply reply = call(Command::device_get_region_info, region_info(32 + 16 + 32, 0));
    const auto info = reply.get<wire::RegionInfo>();
    EXPECT_EQ(info.argsz, 80u);
    EXPECT_EQ(info.flags, 0xFu);
    EXPECT_EQ(info.cap_offset, 32u);
    ASSERT_EQ(reply.payload.size(), 80u);
    const auto sparse = reply.get<wire::SparseMmap>(32);
    EXPECT_EQ(sparse.header.id, wire::capability_sparse_mmap);
    EXPECT_EQ(sparse.header.version, 1);
    EXPECT_EQ(sparse.header.next, 0u);
    EXPECT_EQ(sparse.nr_areas, 2u);
    EXPECT_EQ(reply.get<wire::SparseArea>(48).offset, 0x1000u);
    EXPECT_EQ(reply.get<wire::SparseArea>(64).size, 0x2000u);
    EXPECT_EQ(reply.fds.size(), 1u);
}

TEST_F(ServerTest, ARegionInfoWithTooLittleRoomSaysHowMuchIsNeededAndNothingElse) {
    const Reply reply = call(Command::device_get_region_info, region_info(79, 0));
    const auto info = reply.get<wire::RegionInfo>();
    EXPECT_EQ(reply.payload.size(), 32u);
    EXPECT_EQ(info.argsz, 80u);
    EXPECT_EQ(info.flags & wire::region_info_caps, 0u) << "QEMU would look for capabilities at offset 0";
    EXPECT_EQ(info.size, FakeFunction::bar0_size);
    EXPECT_TRUE(reply.fds.empty());
}

TEST_F(ServerTest, ARegionInfoRequestMayCarryTheRoomForTheAnswer) {
    EXPECT_EQ(call(Command::device_get_region_info, region_info(80, 0) + Bytes(48)).fds.size(), 1u);
}

TEST_F(ServerTest, RegionInfoWithABadIndexOrSizeIsRefused) {
    EXPECT_EQ(call(Command::device_get_region_info, region_info(32, 9)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_get_region_info, region_info(32, ~0u)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_get_region_info, region_info(31, 0)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_get_region_info, Bytes(31)).error(), unsigned{EINVAL});
}

TEST_F(ServerTest, IrqInfoTellsCountsAndFlagsOfEveryIndex) {
    const std::uint32_t counts[] = {1, 1, FakeFunction::msix_vectors, 1, 1};
    const std::uint32_t flags[] = {7, 1, 3, 1, 1};
    for (std::uint32_t index = 0; index < 5; ++index) {
        const Reply reply = call(Command::device_get_irq_info, bytes(wire::IrqInfo{16, 0, index, 0}));
        const auto info = reply.get<wire::IrqInfo>();
        EXPECT_EQ(info.argsz, 16u);
        EXPECT_EQ(info.index, index);
        EXPECT_EQ(info.count, counts[index]) << index;
        EXPECT_EQ(info.flags, flags[index]) << index;
    }
}

TEST_F(ServerTest, IrqInfoWithABadIndexOrSizeIsRefused) {
    EXPECT_EQ(call(Command::device_get_irq_info, bytes(wire::IrqInfo{16, 0, 5, 0})).error(),
              unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_get_irq_info, bytes(wire::IrqInfo{0, 0, 0, 0})).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_get_irq_info, Bytes(12)).error(), unsigned{EINVAL});
}

Bytes access(std::uint64_t offset, std::uint32_t region, std::uint32_t count) {
    return bytes(wire::RegionAccess{offset, region, count});
}

TEST_F(ServerTest, RegionReadReturnsTheBytesOfAnyWidth) {
    function.memory(0)[0x123] = std::byte{0xAB};
    for (const std::uint32_t width : {1u, 2u, 3u, 4u, 8u, 64u}) {
        const Reply reply = call(Command::region_read, access(0x123, 0, width));
        ASSERT_EQ(reply.payload.size(), 16 + width);
        EXPECT_EQ(reply.get<wire::RegionAccess>().offset, 0x123u);
        EXPECT_EQ(reply.get<wire::RegionAccess>().count, width);
        EXPECT_EQ(reply.payload[16], std::byte{0xAB});
    }
    EXPECT_EQ(call(Command::region_read, access(0, 7, 256)).payload.size(), 16u + 256u)
        << "QEMU's first read";
}

TEST_F(ServerTest, RegionReadsOutsideTheRegionAreRefused) {
    const std::uint64_t size = FakeFunction::bar0_size;
    EXPECT_EQ(call(Command::region_read, access(size - 4, 0, 4)).error(), 0u);
    const int before = function.reads;
    EXPECT_EQ(call(Command::region_read, access(size - 3, 0, 4)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_read, access(size, 0, 4)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_read, access(~0ull - 1, 0, 4)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_read, access(0, 0, 0)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_read, access(0, 0, ~0u)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_read, access(0, 1, 4)).error(), unsigned{EINVAL}) << "no such BAR";
    EXPECT_EQ(call(Command::region_read, access(0, 8, 4)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_read, access(0, ~0u, 4)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_read, Bytes(15)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_read, access(0, 0, 4) + Bytes(1)).error(), unsigned{EINVAL});
    EXPECT_EQ(function.reads, before);
}

TEST_F(ServerTest, RegionWriteReachesTheFunctionAndIsAnsweredWithoutData) {
    const Reply reply = call(Command::region_write, access(0x10, 7, 4) + bytes(0x12345678u));
    EXPECT_EQ(reply.payload.size(), 16u);
    EXPECT_EQ(reply.get<wire::RegionAccess>().count, 4u);
    std::uint32_t written = 0;
    std::memcpy(&written, function.memory(7).data() + 0x10, 4);
    EXPECT_EQ(written, 0x12345678u);
}

TEST_F(ServerTest, RegionWritesThatAreNotWhatTheySayAreRefused) {
    const std::uint64_t size = FakeFunction::bar0_size;
    EXPECT_EQ(call(Command::region_write, access(0, 0, 4) + Bytes(3)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_write, access(0, 0, 4) + Bytes(5)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_write, access(0, 0, 0)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_write, access(size - 2, 0, 4) + Bytes(4)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_write, access(~0ull, 0, 4) + Bytes(4)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_write, access(0, 9, 4) + Bytes(4)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::region_write, access(0, 6, 4) + Bytes(4)).error(), unsigned{EPERM}) << "the ROM";
    EXPECT_EQ(call(Command::region_write, Bytes(15)).error(), unsigned{EINVAL});
    EXPECT_EQ(function.writes, 0);
}

TEST_F(ServerTest, APostedWriteIsDoneAndNotAnswered) {
    client.send(message(Command::region_write, access(0, 0, 4) + bytes(1u), wire::flag_no_reply));
    pump();
    EXPECT_EQ(function.writes, 1);
    EXPECT_FALSE(client.receive());
}

TEST_F(ServerTest, ACommandThatWantsNoReplyGetsNoneEvenIfItFails) {
    client.send(message(Command::region_write, access(0, 6, 4) + bytes(1u), wire::flag_no_reply));
    client.send(message(static_cast<Command>(999), {}, wire::flag_no_reply));
    client.send(message(Command::region_read, access(0, 0, 4), wire::flag_no_reply));
    pump();
    EXPECT_FALSE(client.receive());
    EXPECT_EQ(call(Command::device_reset).error(), 0u) << "the conversation goes on";
}

wire::WriteMultiEntry entry(std::uint64_t offset, std::uint32_t region, std::uint32_t count,
                            std::uint8_t value) {
    return {offset, region, count, {value, value, value, value, value, value, value, value}};
}

TEST_F(ServerTest, WriteMultiDoesAllItsWritesInOneMessage) {
    const Reply reply = call(Command::region_write_multi, bytes(std::uint64_t{3}, entry(0, 0, 4, 1),
                                                                entry(8, 0, 8, 2), entry(4, 7, 1, 3)));
    EXPECT_EQ(reply.get<std::uint64_t>(), 3u);
    EXPECT_EQ(reply.payload.size(), 8u);
    EXPECT_EQ(function.writes, 3);
    EXPECT_EQ(function.memory(0)[3], std::byte{1});
    EXPECT_EQ(function.memory(0)[4], std::byte{0x10}) << "beyond the first write";
    EXPECT_EQ(function.memory(0)[15], std::byte{2});
    EXPECT_EQ(function.memory(7)[4], std::byte{3});
}

TEST_F(ServerTest, WriteMultiWithAnythingWrongDoesNoneOfItsWrites) {
    const auto good = entry(0, 0, 4, 1);
    const auto refused = [&](const Bytes& payload) {
        return call(Command::region_write_multi, payload).error() != 0 && function.writes == 0;
    };
    EXPECT_TRUE(refused(bytes(std::uint64_t{2}, good, entry(0, 0, 9, 1)))) << "more data than an entry has";
    EXPECT_TRUE(refused(bytes(std::uint64_t{2}, good, entry(0, 0, 0, 1))));
    EXPECT_TRUE(refused(bytes(std::uint64_t{2}, good, entry(FakeFunction::bar0_size, 0, 4, 1))));
    EXPECT_TRUE(refused(bytes(std::uint64_t{2}, good, entry(0, 6, 4, 1))));
    EXPECT_TRUE(refused(bytes(std::uint64_t{2}, good)));
    EXPECT_TRUE(refused(bytes(std::uint64_t{1}, good, good)));
    EXPECT_TRUE(refused(bytes(std::uint64_t{0x0AAAAAAAAAAAAAABull}, good))) << "24 times this wraps to 8";
    EXPECT_TRUE(refused(bytes(std::uint64_t{1}, good, '\0')));
    EXPECT_TRUE(refused(bytes(std::uint64_t{0})));
    EXPECT_TRUE(refused(Bytes(7)));
}

TEST_F(ServerTest, ResetReachesTheFunction) {
    EXPECT_EQ(call(Command::device_reset).error(), 0u);
    EXPECT_EQ(function.resets, 1);
    EXPECT_EQ(call(Command::device_reset, Bytes(1)).error(), unsigned{EINVAL});
    EXPECT_EQ(function.resets, 1);
}

Bytes dma_map(std::uint64_t iova, std::uint64_t size, std::uint64_t offset = 0, std::uint32_t flags = 3,
              std::uint32_t argsz = 32) {
    return bytes(wire::DmaMap{argsz, flags, offset, iova, size});
}
Bytes dma_unmap(std::uint64_t iova, std::uint64_t size, std::uint32_t flags = 0, std::uint32_t argsz = 24) {
    return bytes(wire::DmaUnmap{argsz, flags, iova, size});
}

TEST_F(ServerTest, MappedMemoryIsReachableByTheFunctionUntilItIsUnmapped) {
    const hal::Fd memory = memory_file(0x2000);
    EXPECT_TRUE(call(Command::dma_map, dma_map(0x10000, 0x1000, 0x1000), {memory.get()}).payload.empty());
    const auto word = bytes(0xC0FFEEu);
    EXPECT_TRUE(function.dma().write(hal::Iova{0x10010}, word));
    std::uint32_t seen = 0;
    EXPECT_EQ(::pread(memory.get(), &seen, 4, 0x1010), 4);
    EXPECT_EQ(seen, 0xC0FFEEu);

    const Reply reply = call(Command::dma_unmap, dma_unmap(0x10000, 0x1000));
    EXPECT_EQ(reply.payload, dma_unmap(0x10000, 0x1000)) << "the request is echoed";
    EXPECT_FALSE(function.dma().write(hal::Iova{0x10010}, word));
    EXPECT_EQ(server.counts().refused_dma, 1u);
}

TEST_F(ServerTest, UnmapAllTakesBackEverything) {
    const hal::Fd memory = memory_file(0x1000);
    call(Command::dma_map, dma_map(0, 0x1000), {memory.get()});
    call(Command::dma_map, dma_map(0x5000, 0x1000), {memory.get()});
    EXPECT_EQ(call(Command::dma_unmap, dma_unmap(0, 0x1000, wire::dma_unmap_all)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::dma_unmap, dma_unmap(0, 0, wire::dma_unmap_all)).error(), 0u);
    EXPECT_EQ(function.dma().window(hal::Iova{0}, 1, DmaAccess::read), nullptr);
    EXPECT_EQ(function.dma().window(hal::Iova{0x5000}, 1, DmaAccess::read), nullptr);
}

TEST_F(ServerTest, BadMapsAndUnmapsAreRefused) {
    const hal::Fd memory = memory_file(0x1000);
    const auto map_error = [&](const Bytes& payload, const std::vector<int>& fds) {
        return call(Command::dma_map, payload, fds).error();
    };
    const unsigned inval = EINVAL;
    EXPECT_EQ(map_error(dma_map(0, 0x1000, 0, 0), {memory.get()}), inval) << "neither readable nor writable";
    EXPECT_EQ(map_error(dma_map(0, 0x1000, 0, 7), {memory.get()}), inval) << "an unknown flag";
    EXPECT_EQ(map_error(dma_map(0, 0x1000, 0, 3, 31), {memory.get()}), inval);
    EXPECT_EQ(map_error(dma_map(0, 0x1000) + Bytes(1), {memory.get()}), inval);
    EXPECT_EQ(map_error(Bytes(31), {memory.get()}), inval);
    EXPECT_EQ(map_error(dma_map(0, 0x1000), {memory.get(), memory.get()}), inval) << "two fds";
    EXPECT_EQ(map_error(dma_map(0, 0), {memory.get()}), inval);
    EXPECT_EQ(function.dma().window(hal::Iova{0}, 1, DmaAccess::read), nullptr);
    EXPECT_EQ(call(Command::dma_unmap, dma_unmap(0, 0)).error(), inval);
    EXPECT_EQ(call(Command::dma_unmap, dma_unmap(0, 0x1000, 1)).error(), inval)
        << "dirty pages: migration only";
    EXPECT_EQ(call(Command::dma_unmap, dma_unmap(0, 0x1000, 0, 23)).error(), inval);
    EXPECT_EQ(call(Command::dma_unmap, Bytes(23)).error(), inval);
}

Bytes set_irqs(std::uint32_t flags, std::uint32_t index, std::uint32_t start, std::uint32_t count,
               std::uint32_t argsz = 20) {
    return bytes(wire::SetIrqs{argsz, flags, index, start, count});
}

TEST_F(ServerTest, SetIrqsWiresEventfdsToTheFunction) {
    const hal::Fd a = event(), b = event();
    EXPECT_EQ(call(Command::device_set_irqs, set_irqs(0x24, 2, 3, 2), {a.get(), b.get()}).error(), 0u);
    function.interrupts().message(4);
    EXPECT_EQ(signals(a), 0u);
    EXPECT_EQ(signals(b), 1u);
}

TEST_F(ServerTest, SetIrqsMasksVectorsInTheFunction) {
    call(Command::device_set_irqs, set_irqs(0x24, 2, 0, 1));
    EXPECT_EQ(call(Command::device_set_irqs, set_irqs(0x0A, 2, 1, 3) + bytes('\1', '\0', '\1')).error(), 0u);
    EXPECT_EQ(call(Command::device_set_irqs, set_irqs(0x11, 2, 3, 1)).error(), 0u);
    const std::vector<std::pair<unsigned, bool>> expected{{1, true}, {3, true}, {3, false}};
    EXPECT_EQ(function.masks, expected);
}

TEST_F(ServerTest, SetIrqsOfTheWrongSizeIsRefused) {
    EXPECT_EQ(call(Command::device_set_irqs, set_irqs(0x21, 2, 0, 0, 19)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_set_irqs, Bytes(19)).error(), unsigned{EINVAL});
    EXPECT_EQ(call(Command::device_set_irqs, set_irqs(0x21, 2, 0, 0) + Bytes(1)).error(), unsigned{EINVAL});
}

TEST_F(ServerTest, FdsWhereNoneBelongAreRefused) {
    const hal::Fd memory = memory_file(0x1000);
    EXPECT_EQ(call(Command::device_reset, {}, {memory.get()}).error(), unsigned{EINVAL});
    EXPECT_EQ(function.resets, 0);
}

TEST_F(ServerTest, NoFdIsLeakedWhateverBecomesOfACommand) {
    const hal::Fd memory = memory_file(0x1000), signal = event();
    const std::vector<int> fds{memory.get(), signal.get(), memory.get()};
    const std::size_t before = open_fds();
    for (unsigned command = 0; command < 20; ++command) {
        call(static_cast<Command>(command), {}, fds);
        call(static_cast<Command>(command), Bytes(32), fds);
    }
    call(Command::dma_map, dma_map(0, 0x1000), fds);
    call(Command::dma_map, dma_map(0, 0x1000), {memory.get()});
    call(Command::dma_map, dma_map(0, 0x1000), {memory.get()});       // overlaps
    call(Command::dma_map, dma_map(0x1000, 0x2000), {memory.get()});  // beyond the file
    call(Command::device_set_irqs, set_irqs(0x24, 2, 0, 2), fds);
    call(Command::device_set_irqs, set_irqs(0x24, 2, 6, 3), fds);
    EXPECT_EQ(open_fds(), before) << "maps keep no fd";
    const std::vector<int> good{signal.get(), signal.get(), signal.get()};
    EXPECT_EQ(call(Command::device_set_irqs, set_irqs(0x24, 2, 0, 3), good).error(), 0u);
    EXPECT_EQ(call(Command::device_set_irqs, set_irqs(0x24, 2, 1, 3), good).error(), 0u);
    EXPECT_EQ(open_fds(), before + 4) << "vectors 0 to 3";
    EXPECT_EQ(call(Command::device_set_irqs, set_irqs(0x21, 2, 0, 0)).error(), 0u);
    EXPECT_EQ(open_fds(), before);
}

TEST_F(ServerTest, TheFirstRefusalsOfAClientAreSaidAndAllAreCounted) {
    const std::size_t before = said.size();
    for (int i = 0; i < 100; ++i) call(Command::region_read, Bytes(1));
    EXPECT_EQ(said.size() - before, Session::refusals_in_detail);
    EXPECT_EQ(server.counts().refused_messages, 100u);
}

}  // namespace
}  // namespace ringside::sim::test

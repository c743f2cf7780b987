// A vfio-user server on a thread: well-behaved by itself, and as hostile as a test wants it.
#pragma once

#include "hal/error.hpp"
#include "hal/fd.hpp"
#include "hal/shared_memory.hpp"
#include "hal/vfio_user/message.hpp"
#include "hal/vfio_user/wire.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::hal::vfio_user {

// BAR 0: 128 KiB of registers, of which the page at 0x6000 may be mapped. 256 bytes of configuration space.
class FakeServer {
public:
    // Replaces the answer to a command. Runs on the server's thread.
    using Answer = std::function<void(FakeServer&, Message&)>;

    static constexpr std::uint32_t bar_size = 0x20000;
    static constexpr std::uint32_t mapped_page = 0x6000;

    FakeServer() : FakeServer(stream_socket_pair()) {}
    // Serves on a socket that somebody else made.
    explicit FakeServer(Fd socket) : channel_(std::move(socket)) {}
    ~FakeServer() {
        client_end.reset();
        channel_.shut_down();
        if (thread_.joinable()) thread_.join();
    }

    void on(Command command, Answer answer) { answers_[command] = std::move(answer); }
    // Starts serving and gives away the other end.
    Fd start() {
        thread_ = std::thread([this] { serve(); });
        return std::move(client_end);
    }
    // Waits until the client has hung up.
    void join() { thread_.join(); }

    // For answers.
    void reply(const Message& to, std::initializer_list<std::span<const std::byte>> parts = {},
               std::span<const int> fds = {}) {
        if (to.wants_reply()) send({to.header.id, to.header.command, 0, flag_reply, 0}, parts, fds);
    }
    void refuse(const Message& to, int error) {
        if (to.wants_reply())
            send({to.header.id, to.header.command, 0, flag_reply | flag_error,
                  static_cast<std::uint32_t>(error)},
                 {});
    }
    void send(Header header, std::initializer_list<std::span<const std::byte>> parts,
              std::span<const int> fds = {}) {
        channel_.send(header, parts, fds);
    }
    void send_raw(std::span<const std::byte> bytes) {
        for (std::size_t sent = 0; sent < bytes.size();) {
            const auto n = ::write(channel_.fd(), bytes.data() + sent, bytes.size() - sent);
            if (n <= 0) return;
            sent += static_cast<std::size_t>(n);
        }
    }
    void hang_up() { channel_.shut_down(); }
    Received receive(Message& message) { return channel_.receive(message, std::chrono::seconds(10)); }
    void answer_normally(Message& message);

    // What has been seen. Read these after join(), or from answers.
    struct Write {
        std::uint32_t region;
        std::uint64_t offset;
        std::uint32_t value;
        bool posted;
        friend bool operator==(const Write&, const Write&) = default;
    };
    struct IrqCall {
        SetIrqs request;
        std::size_t fds;
    };
    std::vector<Write> writes;
    std::vector<IrqCall> irq_calls;
    std::vector<DmaMap> maps;
    std::vector<DmaUnmap> unmaps;
    std::vector<Fd> memory;     // of the maps
    std::vector<Fd> event_fds;  // as they came
    unsigned resets = 0;
    std::map<std::uint64_t, std::uint32_t> registers;
    std::vector<std::byte> config = std::vector<std::byte>(256);
    std::string capabilities = R"({"capabilities":{"max_msg_fds":8,"max_dma_maps":100}})";
    SharedMemory bar_file{mapped_page + 4096, 4096};  // backs the mapped page; the rest of it is never shown
    Fd client_end;

private:
    explicit FakeServer(SocketPair pair)
        : client_end(std::move(pair.first)), channel_(std::move(pair.second)) {}

    void serve() {
        Message message;
        try {
            while (receive(message) == Received::message) {
                const auto it = answers_.find(message.header.command);
                if (it != answers_.end())
                    it->second(*this, message);
                else
                    answer_normally(message);
            }
        } catch (const Error&) {  // the client's mistakes show in the client's tests
        }
    }
    void region_info(const Message& m);
    void read(const Message& m);
    void write(const Message& m);

    std::map<Command, Answer> answers_;
    Channel channel_;
    std::thread thread_;
};

inline void FakeServer::region_info(const Message& m) {
    auto info = *m.get<RegionInfo>();
    const std::uint32_t asked = info.argsz;
    info = {sizeof info, region_info_read | region_info_write, info.index, 0, 0, 0};
    if (info.index == region_config) info.size = config.size();
    if (info.index != region_bar0) return reply(m, {bytes_of(info)});
    info.size = bar_size;
    info.argsz = sizeof info + sizeof(SparseMmap) + sizeof(SparseArea);
    info.flags |= region_info_mmap;
    const int fd = bar_file.fd();
    if (asked < info.argsz) return reply(m, {bytes_of(info)}, std::span(&fd, 1));
    info.flags |= region_info_caps;
    info.cap_offset = sizeof info;
    const SparseMmap sparse{{capability_sparse_mmap, 1, 0}, 1, 0};
    const SparseArea area{mapped_page, 4096};
    reply(m, {bytes_of(info), bytes_of(sparse), bytes_of(area)}, std::span(&fd, 1));
}

inline void FakeServer::read(const Message& m) {
    const auto access = *m.get<RegionAccess>();
    std::uint32_t v = registers[access.offset];
    if (access.region == region_config) std::memcpy(&v, config.data() + access.offset, access.count);
    reply(m, {bytes_of(access), bytes_of(v).first(access.count)});
}

inline void FakeServer::write(const Message& m) {
    const auto access = *m.get<RegionAccess>();
    std::uint32_t v = 0;
    std::memcpy(&v, m.payload.data() + sizeof access, access.count);
    writes.push_back({access.region, access.offset, v, !m.wants_reply()});
    if (access.region == region_config)
        std::memcpy(config.data() + access.offset, &v, access.count);
    else
        registers[access.offset] = v;
    reply(m, {bytes_of(access)});
}

inline void FakeServer::answer_normally(Message& m) {
    switch (m.header.command) {
        case Command::version: {
            const Version v{0, 0};
            return reply(
                m, {bytes_of(v), std::as_bytes(std::span(capabilities.c_str(), capabilities.size() + 1))});
        }
        case Command::device_get_info: {
            const DeviceInfo info{sizeof info, device_info_pci | device_info_reset, num_regions, num_irqs};
            return reply(m, {bytes_of(info)});
        }
        case Command::device_get_region_info: return region_info(m);
        case Command::device_get_irq_info: {
            auto info = *m.get<IrqInfo>();
            const std::uint32_t counts[] = {1, 1, 64, 1, 1};
            info = {sizeof info, irq_info_eventfd, info.index, counts[info.index]};
            return reply(m, {bytes_of(info)});
        }
        case Command::device_set_irqs:
            irq_calls.push_back({*m.get<SetIrqs>(), m.fds.size()});
            for (Fd& fd : m.fds) event_fds.push_back(std::move(fd));
            return reply(m);
        case Command::region_read: return read(m);
        case Command::region_write: return write(m);
        case Command::dma_map:
            maps.push_back(*m.get<DmaMap>());
            for (Fd& fd : m.fds) memory.push_back(std::move(fd));
            return reply(m);
        case Command::dma_unmap:
            unmaps.push_back(*m.get<DmaUnmap>());
            return reply(m, {bytes_of(unmaps.back())});
        case Command::device_reset: ++resets; return reply(m);
        default: return refuse(m, EOPNOTSUPP);
    }
}

}  // namespace ringside::hal::vfio_user

#include "hal/vfio_user/connection.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

namespace ringside::hal::vfio_user {

const char* name(Command command) noexcept {
    switch (command) {
        case Command::version: return "VERSION";
        case Command::dma_map: return "DMA_MAP";
        case Command::dma_unmap: return "DMA_UNMAP";
        case Command::device_get_info: return "DEVICE_GET_INFO";
        case Command::device_get_region_info: return "DEVICE_GET_REGION_INFO";
        case Command::device_get_region_io_fds: return "DEVICE_GET_REGION_IO_FDS";
        case Command::device_get_irq_info: return "DEVICE_GET_IRQ_INFO";
        case Command::device_set_irqs: return "DEVICE_SET_IRQS";
        case Command::region_read: return "REGION_READ";
        case Command::region_write: return "REGION_WRITE";
        case Command::dma_read: return "DMA_READ";
        case Command::dma_write: return "DMA_WRITE";
        case Command::device_reset: return "DEVICE_RESET";
        case Command::region_write_multi: return "REGION_WRITE_MULTI";
    }
    return "an unknown command";
}

Connection::Connection(Fd socket, std::string who, Clock::Duration reply_timeout)
    : who_(std::move(who)),
      reply_timeout_(reply_timeout),
      channel_(std::move(socket), Channel::default_max_size, reply_timeout) {
    agree_on_version();
}

void Connection::agree_on_version() {
    // What we offer; the server's answer says what it can take of it.
    static constexpr char offer[] =
        R"({"capabilities":{"max_msg_fds":16,"max_data_xfer_size":1048576,"max_dma_maps":65535,"pgsizes":4096}})";
    const char* what = "agreeing on the protocol version";
    const Version ours{0, 0};
    const Reply reply =
        call(Command::version, what,
             {bytes_of(ours), std::as_bytes(std::span(offer))},  // the NUL travels with the text
             sizeof(Version));
    const Version theirs = *reply.message.get<Version>();
    if (theirs.major != ours.major || theirs.minor > ours.minor)
        broken(what, "the server answers with version " + std::to_string(theirs.major) + "." +
                         std::to_string(theirs.minor) + "; only 0.0 is spoken here");
    const auto& payload = reply.message.payload;
    std::string_view json(reinterpret_cast<const char*>(payload.data()) + sizeof(Version),
                          payload.size() - sizeof(Version));
    json = json.substr(0, json.find('\0'));
    try {
        server_ = parse_capabilities(json);
    } catch (const ProtocolError& error) { broken(what, error.what()); }
    if (server_.max_msg_fds == 0)
        broken(what, "a server that takes no file descriptors cannot reach our memory");
    if (server_.max_dma_maps == 0)
        broken(what, "a server that takes no DMA mappings cannot reach our memory");
    server_.max_msg_fds = std::min<std::uint64_t>(server_.max_msg_fds, max_message_fds);
    server_.max_dma_maps = std::min<std::uint64_t>(server_.max_dma_maps, 65535);
}

Connection::Reply Connection::call(Command command, const char* what, Parts parts, std::size_t min_payload,
                                   bool takes_fds, std::span<const int> fds) {
    std::unique_lock lock(call_mutex_);
    const std::uint16_t id = next_id_++;
    transmit({id, command, 0, 0, 0}, what, parts, fds);
    await_reply(id, command, what);
    check_reply(id, command, what);
    if (reply_.payload.size() < min_payload)
        broken(what, "a reply of " + std::to_string(reply_.payload.size()) + " bytes where at least " +
                         std::to_string(min_payload) + " belong");
    if (!takes_fds && !reply_.fds.empty()) broken(what, "a reply with file descriptors where none belong");
    return {std::move(lock), reply_};
}

void Connection::transmit(const Header& header, const char* what, Parts parts, std::span<const int> fds) {
    if (known_gone()) lost(what);
    const std::lock_guard lock(send_mutex_);
    switch (channel_.send(header, parts, fds)) {
        case Sent::done: return;
        case Sent::end: lost(what);
        case Sent::timed_out: broken(what, "the server has stopped reading");
    }
}

void Connection::await_reply(std::uint16_t id, Command command, const char* what) {
    using SteadyClock = std::chrono::steady_clock;
    const auto deadline = SteadyClock::now() + reply_timeout_;
    // A server that keeps asking for memory does not get more time by it.
    for (auto now = SteadyClock::now(); now < deadline; now = SteadyClock::now()) {
        Received result{};
        try {
            result = channel_.receive(reply_, deadline - now);
        } catch (const Error& error) { broken(what, error.what()); }
        if (result == Received::end) lost(what);
        if (result == Received::nothing) continue;
        if (!reply_.is_command()) return;
        answer(reply_);
    }
    close();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(reply_timeout_).count();
    throw Timeout(who_ + ": " + what + ": no reply to " + name(command) + " (message " + std::to_string(id) +
                  ") within " + std::to_string(ms) +
                  " ms; the device is given up. A vfio-user server serves one client at a time: is another "
                  "program using this one, or is it stopped?");
}

void Connection::check_reply(std::uint16_t id, Command command, const char* what) {
    const Header& h = reply_.header;
    if (!reply_.is_reply()) broken(what, "a message that is neither a command nor a reply");
    if (h.id != id)
        broken(what,
               "a reply to message " + std::to_string(h.id) + " where " + std::to_string(id) + " was asked");
    if (h.command != command)
        broken(what, std::string("a reply to ") + name(h.command) + " where " + name(command) + " was asked");
    if ((h.flags & flag_error) != 0) {
        reply_.fds.clear();
        throw Error(who_ + ": " + what + ": the device's server refuses " + name(command) + ": " +
                    (h.error != 0 ? std::strerror(static_cast<int>(h.error)) : "it does not say why"));
    }
}

void Connection::post(Command command, Parts parts) noexcept {
    if (known_gone()) return;
    try {
        const std::lock_guard lock(send_mutex_);
        if (channel_.send({next_id_++, command, 0, flag_no_reply, 0}, parts) != Sent::done) close();
    } catch (...) {
        close();  // whoever reads next is told
    }
}

bool Connection::gone() {
    if (!known_gone() && channel_.hung_up()) gone_ = true;
    return known_gone();
}

void Connection::close() noexcept {
    gone_ = true;
    channel_.shut_down();
}

void Connection::lost(const char* what) {
    close();
    throw DeviceGone(who_ + ": " + what +
                     ": the process that serves this device has ended or hung up; start it again");
}

void Connection::broken(const char* what, const std::string& how) {
    close();
    reply_.fds.clear();
    throw ProtocolError(who_ + ": " + what + ": " + how + "; the device is given up");
}

void Connection::remember(const DmaRegion& region) {
    const std::lock_guard lock(call_mutex_);
    const std::uint64_t first = value(region.iova), last = first + region.size - 1;
    const auto after = regions_.upper_bound(last);
    if (after != regions_.begin()) {
        const DmaRegion& before = std::prev(after)->second;
        if (value(before.iova) + (before.size - 1) >= first)
            throw Error(who_ + ": mapping memory for DMA: part of this range is mapped already");
    }
    regions_.emplace(first, region);
}

bool Connection::forget(Iova iova, std::size_t size) noexcept {
    const std::lock_guard lock(call_mutex_);
    const auto it = regions_.find(value(iova));
    if (it == regions_.end() || it->second.size != size) return false;
    regions_.erase(it);
    return true;
}

void Connection::answer(const Message& request) {
    switch (request.header.command) {
        case Command::dma_read: return answer_read(request);
        case Command::dma_write: return answer_write(request);
        default: return refuse(request, EOPNOTSUPP);
    }
}

void Connection::answer_read(const Message& request) {
    const auto access = request.get<DmaAccess>();
    if (!access || access->count > max_data_transfer) return refuse(request, EINVAL);
    if (!reachable(access->address, access->count)) return refuse(request, EFAULT);
    if (!request.wants_reply()) return;
    scratch_.clear();
    for_each_piece(access->address, access->count, [this](std::span<std::byte> piece) {
        scratch_.insert(scratch_.end(), piece.begin(), piece.end());
    });
    transmit({request.header.id, Command::dma_read, 0, flag_reply, 0}, "lending memory to the device",
             {bytes_of(*access), std::span<const std::byte>(scratch_)}, {});
}

void Connection::answer_write(const Message& request) {
    const auto access = request.get<DmaAccess>();
    if (!access || access->count != request.payload.size() - sizeof(DmaAccess))
        return refuse(request, EINVAL);
    if (!reachable(access->address, access->count)) return refuse(request, EFAULT);
    auto from = std::span(request.payload).subspan(sizeof(DmaAccess));
    for_each_piece(access->address, access->count, [&from](std::span<std::byte> piece) {
        std::memcpy(piece.data(), from.data(), piece.size());
        from = from.subspan(piece.size());
    });
    if (request.wants_reply())
        transmit({request.header.id, Command::dma_write, 0, flag_reply, 0}, "lending memory to the device",
                 {bytes_of(*access)}, {});
}

void Connection::refuse(const Message& request, int error) {
    if (!request.wants_reply()) return;
    transmit({request.header.id, request.header.command, 0, flag_reply | flag_error,
              static_cast<std::uint32_t>(error)},
             "refusing a request of the device", {}, {});
}

// All of it, or the access is not performed at all.
bool Connection::reachable(std::uint64_t address, std::uint64_t count) const {
    while (count > 0) {
        auto it = regions_.upper_bound(address);
        if (it == regions_.begin()) return false;
        const DmaRegion& region = std::prev(it)->second;
        const std::uint64_t inside = address - value(region.iova);
        if (inside >= region.size) return false;
        const std::uint64_t here = std::min<std::uint64_t>(count, region.size - inside);
        count -= here;
        address += here;
    }
    return true;
}

template <class Visit>
void Connection::for_each_piece(std::uint64_t address, std::uint64_t count, Visit visit) const {
    while (count > 0) {
        const DmaRegion& region = std::prev(regions_.upper_bound(address))->second;
        const std::uint64_t inside = address - value(region.iova);
        const std::uint64_t here = std::min<std::uint64_t>(count, region.size - inside);
        visit(std::span(region.address + inside, here));
        count -= here;
        address += here;
    }
}

}  // namespace ringside::hal::vfio_user

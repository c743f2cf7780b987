#include "sim/vfio_user/session.hpp"

#include "hal/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace ringside::sim {

using namespace hal::vfio_user;
namespace wire = hal::vfio_user;

namespace {

// What we offer. QEMU insists on JSON here, and on no more than 214 bytes for the whole reply.
constexpr std::string_view capabilities =
    R"({"capabilities":{"max_msg_fds":16,"max_data_xfer_size":1048576,"write_multiple":true}})";
static_assert(max_message_fds == 16 && max_data_transfer == 1048576, "what the text above says");
static_assert(sizeof(Header) + sizeof(Version) + capabilities.size() + 1 <= 214);

// The fixed part of a command whose payload is just that. Nothing if the payload has another size.
template <class T> std::optional<T> only(const Message& message) {
    return message.payload.size() == sizeof(T) ? message.get<T>() : std::nullopt;
}

// The same for a part that begins with argsz, the room that the client has for the answer.
template <class T> std::optional<T> sized(const Message& message) {
    const auto request = only<T>(message);
    return request && request->argsz >= sizeof(T) ? request : std::nullopt;
}

}  // namespace

Session::Session(Channel& channel, PciFunction& function, DmaMap& dma, EventfdInterrupts& interrupts, Say say)
    : channel_(channel), function_(function), dma_(dma), interrupts_(interrupts), say_(std::move(say)) {
    for (std::uint32_t index = 0; index < region_vga; ++index) {
        const Region region = function_.region(index);
        extents_[index] = {region.size, region.writable};
    }
}

template <class T> void Session::reply_with(const T& value) {
    const auto bytes = bytes_of(value);
    reply_.insert(reply_.end(), bytes.begin(), bytes.end());
}

bool Session::handle(Message& message) {
    if (!message.is_command()) throw hal::ProtocolError("it sent a reply, but nothing was asked");
    reply_.clear();
    reply_fd_ = -1;
    const int error = carry_out(message);
    message.fds.clear();
    if (error != 0) note_refusal(message, error);
    return !message.wants_reply() || answer(message, error);
}

int Session::carry_out(Message& message) {
    const Command command = message.header.command;
    if ((message.header.flags & flag_error) != 0) return EINVAL;
    if (!greeted_ && command != Command::version) return EINVAL;
    const bool takes_fds = command == Command::dma_map || command == Command::device_set_irqs;
    if (!takes_fds && !message.fds.empty()) return EINVAL;
    switch (command) {
        case Command::version: return version(message);
        case Command::dma_map: return dma_map(message);
        case Command::dma_unmap: return dma_unmap(message);
        case Command::device_get_info: return device_info(message);
        case Command::device_get_region_info: return region_info(message);
        case Command::device_get_irq_info: return irq_info(message);
        case Command::device_set_irqs: return set_irqs(message);
        case Command::region_read: return region_read(message);
        case Command::region_write: return region_write(message);
        case Command::region_write_multi: return region_write_multi(message);
        case Command::device_reset: return reset(message);
        case Command::device_get_region_io_fds:
        case Command::dma_read:
        case Command::dma_write: break;
    }
    return ENOTSUP;
}

// An error is answered with a bare header. Everything else goes out with one system call, as QEMU's reader
// needs.
bool Session::answer(const Message& message, int error) {
    Header header{};
    header.id = message.header.id;
    header.command = message.header.command;
    header.flags = flag_reply | (error != 0 ? flag_error : 0);
    header.error = static_cast<std::uint32_t>(error);
    const std::span<const int> fds(&reply_fd_, error == 0 && reply_fd_ >= 0 ? 1 : 0);
    if (error != 0) reply_.clear();
    switch (channel_.send(header, {reply_}, fds)) {
        case Sent::done: return true;
        case Sent::end: return false;
        case Sent::timed_out: break;
    }
    throw hal::ProtocolError("it does not read its replies");
}

void Session::note_refusal(const Message& message, int error) {
    if (++refused_ > refusals_in_detail) return;
    say_(fmt::format("refused command {} ({} bytes): {}{}", static_cast<unsigned>(message.header.command),
                     message.header.size, std::strerror(error),
                     refused_ == refusals_in_detail ? " (more are only counted)" : ""));
}

int Session::version(const Message& message) {
    const auto offered = message.get<Version>();
    if (!offered || offered->major != 0 || greeted_) return EINVAL;
    // The client's limits are of no consequence: replies carry at most one fd and what was asked for.
    const bool has_text = message.payload.size() > sizeof(Version);
    if (has_text && message.payload.back() != std::byte{0}) return EINVAL;
    greeted_ = true;
    reply_with(Version{0, 0});
    const auto text = std::as_bytes(std::span(capabilities));
    reply_.insert(reply_.end(), text.begin(), text.end());
    reply_.push_back(std::byte{0});
    return 0;
}

int Session::dma_map(Message& message) {
    const auto request = sized<wire::DmaMap>(message);
    const std::uint32_t permissions = dma_map_readable | dma_map_writable;
    if (!request || message.fds.size() > 1) return EINVAL;
    if ((request->flags & ~permissions) != 0 || (request->flags & permissions) == 0) return EINVAL;
    const DmaGrant grant{request->iova, request->size, request->offset,
                         (request->flags & dma_map_readable) != 0, (request->flags & dma_map_writable) != 0};
    return dma_.map(grant, message.fds.empty() ? hal::Fd() : std::move(message.fds.front()));
}

int Session::dma_unmap(const Message& message) {
    const auto request = sized<DmaUnmap>(message);
    if (!request || (request->flags & ~dma_unmap_all) != 0) return EINVAL;
    if ((request->flags & dma_unmap_all) == 0) {
        if (const int error = dma_.unmap(request->iova, request->size); error != 0) return error;
    } else {
        if (request->iova != 0 || request->size != 0) return EINVAL;
        dma_.unmap_all();
    }
    reply_with(*request);
    return 0;
}

int Session::device_info(const Message& message) {
    if (!sized<DeviceInfo>(message)) return EINVAL;
    reply_with(DeviceInfo{sizeof(DeviceInfo), device_info_pci | device_info_reset, num_regions, num_irqs});
    return 0;
}

int Session::region_info(const Message& message) {
    // The kernel's clients ask again with the room they were told; their payload has then grown, too.
    const auto request = message.get<RegionInfo>();
    if (!request || request->argsz < sizeof(RegionInfo) || request->index >= num_regions) return EINVAL;
    RegionInfo info{sizeof(RegionInfo), 0, request->index, 0, 0, 0};
    const Region region = request->index < region_vga ? function_.region(request->index) : Region{};
    info.size = region.size;
    if (region.size > 0) info.flags = region_info_read | (region.writable ? region_info_write : 0);
    const bool mappable = region.size > 0 && region.fd >= 0 && !region.areas.empty();
    if (mappable) {
        const auto areas = static_cast<std::uint32_t>(region.areas.size());
        info.argsz =
            static_cast<std::uint32_t>(sizeof(RegionInfo) + sizeof(SparseMmap) + areas * sizeof(SparseArea));
    }
    // A client without the room learns from argsz that there is more; it gets no fd for what it cannot see.
    if (!mappable || request->argsz < info.argsz) {
        reply_with(info);
        return 0;
    }
    info.flags |= region_info_mmap | region_info_caps;
    info.cap_offset = sizeof(RegionInfo);
    reply_with(info);
    reply_with(
        SparseMmap{{capability_sparse_mmap, 1, 0}, static_cast<std::uint32_t>(region.areas.size()), 0});
    for (const MappableArea& area : region.areas) reply_with(SparseArea{area.offset, area.size});
    reply_fd_ = region.fd;
    return 0;
}

int Session::irq_info(const Message& message) {
    const auto request = sized<IrqInfo>(message);
    if (!request || request->index >= num_irqs) return EINVAL;
    const std::uint32_t count = interrupts_.count(request->index);
    const std::uint32_t flags = count > 0 ? EventfdInterrupts::info_flags(request->index) : 0;
    reply_with(IrqInfo{sizeof(IrqInfo), flags, request->index, count});
    return 0;
}

int Session::set_irqs(Message& message) {
    // argsz may count fds as if they were data, as the kernel's ioctl does; it says nothing here.
    const auto request = message.get<SetIrqs>();
    if (!request || request->argsz < sizeof(SetIrqs)) return EINVAL;
    const auto bools = std::span<const std::byte>(message.payload).subspan(sizeof(SetIrqs));
    return interrupts_.set(*request, bools, std::move(message.fds));
}

int Session::check_access(std::uint32_t region, std::uint64_t offset, std::uint64_t count, bool write) const {
    if (region >= extents_.size() || count == 0 || count > max_data_transfer) return EINVAL;
    const Extent& extent = extents_[region];
    if (offset >= extent.size || count > extent.size - offset) return EINVAL;
    return write && !extent.writable ? EPERM : 0;
}

int Session::region_read(const Message& message) {
    const auto request = only<RegionAccess>(message);
    if (!request) return EINVAL;
    if (const int error = check_access(request->region, request->offset, request->count, false); error != 0)
        return error;
    reply_with(*request);
    reply_.resize(sizeof(RegionAccess) + request->count);
    function_.read(request->region, request->offset, std::span(reply_).subspan(sizeof(RegionAccess)));
    return 0;
}

int Session::region_write(const Message& message) {
    const auto request = message.get<RegionAccess>();
    if (!request || message.payload.size() - sizeof(RegionAccess) != request->count) return EINVAL;
    if (const int error = check_access(request->region, request->offset, request->count, true); error != 0)
        return error;
    function_.write(request->region, request->offset,
                    std::span<const std::byte>(message.payload).subspan(sizeof(RegionAccess)));
    reply_with(*request);
    return 0;
}

// Several small writes in one message. All are checked before the first is done.
int Session::region_write_multi(const Message& message) {
    const auto count = message.get<std::uint64_t>();
    if (!count || *count == 0) return EINVAL;
    const std::size_t room = message.payload.size() - sizeof *count;
    if (room % sizeof(WriteMultiEntry) != 0 || room / sizeof(WriteMultiEntry) != *count) return EINVAL;
    const auto entry = [&](std::size_t i) {
        return *message.get<WriteMultiEntry>(sizeof *count + i * sizeof(WriteMultiEntry));
    };
    for (std::size_t i = 0; i < *count; ++i) {
        const WriteMultiEntry one = entry(i);
        if (one.count > sizeof one.data) return EINVAL;
        if (const int error = check_access(one.region, one.offset, one.count, true); error != 0) return error;
    }
    for (std::size_t i = 0; i < *count; ++i) {
        const WriteMultiEntry one = entry(i);
        function_.write(one.region, one.offset, std::as_bytes(std::span(one.data).first(one.count)));
    }
    reply_with(*count);
    return 0;
}

int Session::reset(const Message& message) {
    if (!message.payload.empty()) return EINVAL;
    function_.reset();
    return 0;
}

}  // namespace ringside::sim

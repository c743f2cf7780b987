#include "hal/vfio_user/client.hpp"

#include "hal/error.hpp"
#include "hal/mapping.hpp"
#include "hal/notice.hpp"
#include "hal/vfio_user/connection.hpp"
#include "hal/vfio_user/region_info.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace ringside::hal::vfio_user {

namespace {

constexpr std::uint32_t all_ones = ~0u;
constexpr std::uint64_t page = 4096;
constexpr unsigned num_bars = 6;
constexpr std::uint32_t command_offset = 4;  // PCI Local Bus 3.0, 6.2.2
constexpr std::uint32_t command_bus_master = 1u << 2;

// Reads `width` bytes of a region; nothing if the device is gone.
std::uint32_t read_region(Connection& connection, std::uint32_t region, std::uint64_t offset,
                          unsigned width) {
    if (connection.known_gone()) return all_ones;
    const RegionAccess access{offset, region, width};
    try {
        const auto reply = connection.call(Command::region_read, "reading a register", {bytes_of(access)},
                                           sizeof access + width);
        const auto echo = *reply.message.get<RegionAccess>();
        if (echo.count != width || reply.message.payload.size() != sizeof access + width) {
            connection.close();
            throw ProtocolError(connection.who() + ": reading a register: asked for " +
                                std::to_string(width) + " bytes, got " + std::to_string(echo.count) +
                                "; the device is given up");
        }
        std::uint32_t bits = 0;
        std::memcpy(&bits, reply.message.payload.data() + sizeof access, width);
        return bits;
    } catch (const DeviceGone&) { return all_ones; }
}

class ClientBar final : public Bar {
public:
    struct MappedArea {
        std::uint64_t offset;  // in the region
        Mapping memory;
    };

    ClientBar(Connection& connection, std::uint32_t region, std::uint64_t size, std::vector<MappedArea> areas)
        : connection_(connection), region_(region), size_(size), areas_(std::move(areas)) {}

    std::uint64_t size() const override { return size_; }

    std::uint32_t load32(std::uint32_t offset) override {
        check_offset(offset);
        return read_region(connection_, region_, offset, sizeof(std::uint32_t));
    }

    void store32(std::uint32_t offset, std::uint32_t value) override {
        check_offset(offset);
        const RegionAccess access{offset, region_, sizeof value};
        connection_.post(Command::region_write, {bytes_of(access), bytes_of(value)});
    }

    volatile std::uint32_t* direct(std::uint32_t offset) override {
        check_offset(offset);
        for (const MappedArea& area : areas_) {
            const auto bytes = area.memory.bytes();
            if (offset >= area.offset && offset - area.offset < bytes.size())
                return reinterpret_cast<volatile std::uint32_t*>(bytes.data() + (offset - area.offset));
        }
        return nullptr;
    }

private:
    void check_offset(std::uint32_t offset) const {
        if (offset % 4 != 0 || offset + std::uint64_t{4} > size_)
            throw Error(connection_.who() + ": there is no register at offset " + std::to_string(offset) +
                        " of BAR " + std::to_string(region_));
    }

    Connection& connection_;
    std::uint32_t region_;
    std::uint64_t size_;
    std::vector<MappedArea> areas_;
};

class ClientDmaSpace final : public DmaSpace {
public:
    explicit ClientDmaSpace(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

    void map(const DmaRegion& region) override {
        check_region(region);
        connection_->remember(region);
        const DmaMap request{sizeof(DmaMap), dma_map_readable | dma_map_writable, region.offset,
                             value(region.iova), region.size};
        try {
            connection_->call(Command::dma_map, "mapping memory for DMA", {bytes_of(request)}, 0, false,
                              std::span(&region.fd, 1));
        } catch (...) {
            connection_->forget(region.iova, region.size);
            throw;
        }
    }

    void unmap(Iova iova, std::size_t size) noexcept override {
        if (!connection_->forget(iova, size)) {
            notice(connection_->who() + ": unmapping DMA memory that was never mapped");
            return;
        }
        if (connection_->gone()) return;  // and with it all its mappings
        const DmaUnmap request{sizeof(DmaUnmap), 0, value(iova), size};
        try {
            const auto reply = connection_->call(Command::dma_unmap, "unmapping DMA memory",
                                                 {bytes_of(request)}, sizeof(DmaUnmap));
        } catch (const DeviceGone&) {
        } catch (const std::exception& error) { notice(error.what()); }
    }

    // The protocol has no word for ranges. What every client and server copes with is what the CPU can
    // address.
    std::vector<IovaRange> ranges() const override { return {{Iova{0}, Iova{(std::uint64_t{1} << 48) - 1}}}; }
    std::size_t max_maps() const override { return connection_->server().max_dma_maps; }

private:
    void check_region(const DmaRegion& region) const {
        const bool whole_pages =
            value(region.iova) % page == 0 && region.size % page == 0 && region.offset % page == 0;
        if (region.address == nullptr || region.fd < 0 || region.size == 0 || !whole_pages ||
            region.size > (std::uint64_t{1} << 48) ||
            value(region.iova) > (std::uint64_t{1} << 48) - region.size)
            throw Error(connection_->who() +
                        ": mapping memory for DMA: the region must be whole 4096-byte pages of a "
                        "file, at an IOVA below 2^48");
    }

    std::shared_ptr<Connection> connection_;
};

class ClientDevice final : public Device {
public:
    ClientDevice(Fd socket, std::string address, ClientOptions options)
        : keep_alive_(std::move(options.keep_alive)),
          address_(std::move(address)),
          connection_(std::make_shared<Connection>(std::move(socket), address_, options.reply_timeout)),
          dma_space_(std::make_shared<ClientDmaSpace>(connection_)) {
        learn_device();
        learn_regions();
        learn_interrupts();
    }
    ~ClientDevice() override { connection_->close(); }  // though the DMA space may live on

    const std::string& address() const override { return address_; }

    std::uint32_t config_read(std::uint32_t offset, unsigned width) override {
        check_config(offset, width);
        const std::uint32_t bits = read_region(*connection_, region_config, offset, width);
        return width == 4 ? bits : bits & ((1u << (8 * width)) - 1);
    }

    void config_write(std::uint32_t offset, std::uint32_t value, unsigned width) override {
        check_config(offset, width);
        if (connection_->known_gone()) return;
        const RegionAccess access{offset, region_config, width};
        try {
            connection_->call(Command::region_write, "writing configuration space",
                              {bytes_of(access), bytes_of(value).first(width)}, sizeof access);
        } catch (const DeviceGone&) {  // a device that is gone ignores writes
        }
    }

    Bar& bar(unsigned index) override {
        if (index >= num_bars || !bars_[index])
            throw Error(address_ + ": this function has no BAR " + std::to_string(index));
        return *bars_[index];
    }

    std::shared_ptr<DmaSpace> dma_space() override { return dma_space_; }
    unsigned interrupt_count(InterruptKind kind) override {
        return interrupts_[static_cast<std::size_t>(kind)];
    }
    void set_interrupts(InterruptKind kind, std::span<const int> event_fds) override;
    void unmask_intx() override {
        set_irqs(InterruptKind::intx, set_irqs_data_none | set_irqs_unmask, 0, 1, {});
    }
    void reset() override;
    Condition condition() override { return connection_->gone() ? Condition::gone : Condition::working; }
    int numa_node() override { return -1; }

private:
    void learn_device();
    void learn_regions();
    void learn_interrupts();
    RegionDescription region_info(std::uint32_t index, Fd& file);
    std::vector<ClientBar::MappedArea> map_areas(const RegionDescription& region, std::uint32_t index,
                                                 int file);
    void check_config(std::uint32_t offset, unsigned width) const;
    void set_irqs(InterruptKind kind, std::uint32_t flags, std::size_t start, std::size_t count,
                  std::span<const int> fds);
    void turn_interrupts_off();
    [[noreturn]] void distrust(const std::string& what) const {
        connection_->close();
        throw ProtocolError(address_ + ": " + what + "; the device is given up");
    }

    std::shared_ptr<void> keep_alive_;  // released last
    std::string address_;
    std::shared_ptr<Connection> connection_;
    std::shared_ptr<ClientDmaSpace> dma_space_;
    std::uint32_t num_irqs_ = 0;
    bool can_reset_ = false;
    std::uint64_t config_size_ = 0;
    std::array<std::unique_ptr<ClientBar>, num_bars> bars_;
    std::array<unsigned, 3> interrupts_{};
    std::optional<InterruptKind> interrupts_on_;
};

void ClientDevice::learn_device() {
    const DeviceInfo request{sizeof(DeviceInfo), 0, 0, 0};
    const auto reply = connection_->call(Command::device_get_info, "asking what the device is",
                                         {bytes_of(request)}, sizeof(DeviceInfo));
    const auto info = *reply.message.get<DeviceInfo>();
    if ((info.flags & device_info_pci) == 0) distrust("the server's device is not a PCI function");
    if (info.num_regions <= region_config || info.num_regions > 100 || info.num_irqs > 50)
        distrust("the server claims " + std::to_string(info.num_regions) + " regions and " +
                 std::to_string(info.num_irqs) + " kinds of interrupt");
    num_irqs_ = info.num_irqs;
    can_reset_ = (info.flags & device_info_reset) != 0;
}

void ClientDevice::learn_regions() {
    for (std::uint32_t i = 0; i < num_bars; ++i) {
        Fd file;
        const RegionDescription region = region_info(region_bar0 + i, file);
        if (region.size == 0) continue;
        bars_[i] = std::make_unique<ClientBar>(*connection_, region_bar0 + i, region.size,
                                               map_areas(region, region_bar0 + i, file.get()));
    }
    Fd unused;
    const RegionDescription config = region_info(region_config, unused);
    if (config.size < 256 || config.size > 4096)
        distrust("the server claims " + std::to_string(config.size) + " bytes of configuration space");
    config_size_ = config.size;
}

// Asks twice if the first answer says that there is more to know.
RegionDescription ClientDevice::region_info(std::uint32_t index, Fd& file) {
    RegionInfo request{sizeof(RegionInfo), 0, index, 0, 0, 0};
    for (bool asked_again = false;; asked_again = true) {
        const auto reply = connection_->call(Command::device_get_region_info, "asking about a region",
                                             {bytes_of(request)}, sizeof(RegionInfo), true);
        const auto info = *reply.message.get<RegionInfo>();
        if (info.argsz > request.argsz) {
            if (asked_again || info.argsz > max_region_info_size)
                distrust("the description of region " + std::to_string(index) + " does not fit " +
                         std::to_string(request.argsz) + " bytes");
            request.argsz = info.argsz;
            continue;
        }
        try {
            RegionDescription region = parse_region_info(reply.message.payload, index);
            if (reply.message.fds.size() != (region.has_file ? 1u : 0u))
                distrust("region " + std::to_string(index) + " comes with " +
                         std::to_string(reply.message.fds.size()) + " file descriptors");
            if (region.has_file) file = std::move(reply.message.fds.front());
            reply.message.fds.clear();
            return region;
        } catch (const ProtocolError&) {
            connection_->close();
            reply.message.fds.clear();
            throw;
        }
    }
}

std::vector<ClientBar::MappedArea> ClientDevice::map_areas(const RegionDescription& region,
                                                           std::uint32_t index, int file) {
    std::vector<ClientBar::MappedArea> areas;
    if (!region.has_file || !region.readable || !region.writable) return areas;
    struct stat status {};
    check(::fstat(file, &status), address_ + ": looking at the memory of region " + std::to_string(index));
    for (const auto& area : region.areas) {
        // An access beyond the end of the file would be a SIGBUS.
        if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) < area.in_file + area.size)
            distrust("region " + std::to_string(index) + " comes with a file that is shorter than its areas");
        areas.push_back({area.offset, Mapping::shared(file, area.in_file, area.size,
                                                      address_ + ", region " + std::to_string(index))});
    }
    return areas;
}

void ClientDevice::learn_interrupts() {
    constexpr std::array<unsigned, 3> most{1, 32, 2048};  // INTx, MSI, MSI-X
    for (std::uint32_t i = 0; i < interrupts_.size() && i < num_irqs_; ++i) {
        const IrqInfo request{sizeof(IrqInfo), 0, i, 0};
        const auto reply = connection_->call(Command::device_get_irq_info, "asking about interrupts",
                                             {bytes_of(request)}, sizeof(IrqInfo));
        const auto info = *reply.message.get<IrqInfo>();
        if (info.index != i || info.count > most[i])
            distrust("the server claims " + std::to_string(info.count) + " interrupts of kind " +
                     std::to_string(i));
        interrupts_[i] = (info.flags & irq_info_eventfd) != 0 ? info.count : 0;
    }
}

void ClientDevice::check_config(std::uint32_t offset, unsigned width) const {
    if ((width != 1 && width != 2 && width != 4) || offset % width != 0 ||
        std::uint64_t{offset} + width > config_size_)
        throw Error(address_ + ": there are no " + std::to_string(width) + " bytes at offset " +
                    std::to_string(offset) + " of configuration space");
}

void ClientDevice::set_irqs(InterruptKind kind, std::uint32_t flags, std::size_t start, std::size_t count,
                            std::span<const int> fds) {
    const SetIrqs request{sizeof(SetIrqs), flags, static_cast<std::uint32_t>(kind),
                          static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(count)};
    connection_->call(Command::device_set_irqs, "setting up interrupts", {bytes_of(request)}, 0, false, fds);
}

void ClientDevice::turn_interrupts_off() {
    try {
        set_irqs(*interrupts_on_, set_irqs_data_none | set_irqs_trigger, 0, 0, {});
    } catch (const DeviceGone&) {  // it will not interrupt any more
    }
    interrupts_on_.reset();
}

void ClientDevice::set_interrupts(InterruptKind kind, std::span<const int> event_fds) {
    if (event_fds.size() > interrupt_count(kind))
        throw Error(address_ + ": asked for " + std::to_string(event_fds.size()) +
                    " interrupts, the function has " + std::to_string(interrupt_count(kind)) +
                    " of this kind");
    if (interrupts_on_ && (*interrupts_on_ == kind || !event_fds.empty())) turn_interrupts_off();
    // The fds of a message are either all there or all left out, and no more than the server can take at a
    // time.
    for (std::size_t i = 0; i < event_fds.size();) {
        const bool wanted = event_fds[i] >= 0;
        std::size_t n = 1;
        while (i + n < event_fds.size() && (event_fds[i + n] >= 0) == wanted &&
               (!wanted || n < connection_->server().max_msg_fds))
            ++n;
        interrupts_on_ = kind;
        set_irqs(kind, set_irqs_data_eventfd | set_irqs_trigger, i, n,
                 wanted ? event_fds.subspan(i, n) : std::span<const int>());
        i += n;
    }
}

void ClientDevice::reset() {
    if (!can_reset_)
        throw Error(address_ + ": this device cannot be reset; restart the process that serves it");
    connection_->call(Command::device_reset, "resetting the device", {}, 0);
    const std::uint32_t command = config_read(command_offset, 2);
    config_write(command_offset, command & ~command_bus_master, 2);
}

Fd connect_to(const std::string& path, const std::string& address, std::chrono::nanoseconds limit) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof name.sun_path)
        throw AddressError(address + ": a socket's path has 1 to " +
                           std::to_string(sizeof name.sun_path - 1) + " characters, this one has " +
                           std::to_string(path.size()));
    std::memcpy(name.sun_path, path.data(), path.size());
    Fd socket(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), address + ": making a socket"));
    // Also limits how long connect() waits for a listener whose queue is full.
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(limit - seconds);
    timeval wait{};
    wait.tv_sec = seconds.count();
    wait.tv_usec = rest.count();
    check(::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait),
          address + ": limiting waits");
    int result;
    do {
        result = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
    } while (result < 0 && errno == EINTR);
    if (result < 0 && errno == EAGAIN)
        throw Timeout(address +
                      ": connecting: the process that serves the device is busy with others and did not "
                      "answer in time");
    if (result < 0)
        throw Error(address + ": connecting: " + std::strerror(errno) +
                    "; the process that serves the device must be running and listen there");
    return socket;
}

}  // namespace

std::unique_ptr<Device> connect(const std::string& path, ClientOptions options) {
    const std::string address = "vfio-user:" + path;
    Fd socket = connect_to(path, address, options.reply_timeout);
    return open_client(std::move(socket), address, std::move(options));
}

std::unique_ptr<Device> open_client(Fd socket, std::string address, ClientOptions options) {
    return std::make_unique<ClientDevice>(std::move(socket), std::move(address), std::move(options));
}

}  // namespace ringside::hal::vfio_user

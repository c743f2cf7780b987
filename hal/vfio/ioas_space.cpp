#include "hal/vfio/ioas_space.hpp"

#include "hal/notice.hpp"
#include "hal/vfio/uapi.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>

namespace ringside::hal::vfio {

namespace {

// More address ranges than any IOMMU is believed to have.
constexpr std::uint32_t max_ranges = 4096;

Handle open_iommufd(Kernel& kernel, const Function& f) {
    const int fd = kernel.open_read_write("/dev/iommu");
    if (fd < 0) throw Error(explain::iommufd_node(f, -fd));
    return {kernel, fd};
}

// The 16 bytes of a UUID in the order in which it is written.
std::array<std::uint8_t, 16> uuid_bytes(const std::string& text) {
    std::string digits = text;
    std::erase(digits, '-');
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < bytes.size() && 2 * i + 2 <= digits.size(); ++i)
        std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, bytes[i], 16);
    return bytes;
}

}  // namespace

IoasSpace::IoasSpace(Kernel& kernel, const Function& f)
    : kernel_(kernel), who_(f.name), iommufd_(open_iommufd(kernel, f)) {
    IoasAlloc request{sizeof(IoasAlloc), 0, 0};
    const int result = kernel.call(iommufd_.get(), ioas_alloc, request);
    if (result < 0) throw Error(explain::unexpected(f.name, "making an address space of iommufd", -result));
    ioas_ = request.out_ioas_id;
}

bool IoasSpace::holds(const std::string& group) const {
    const auto found = groups_.find(group);
    return found != groups_.end() && !found->second.expired();
}

bool IoasSpace::empty() const {
    return std::all_of(groups_.begin(), groups_.end(), [](const auto& g) { return g.second.expired(); });
}

Joined IoasSpace::join(const Function& f) {
    const int fd = kernel_.open_read_write(f.cdev);
    if (fd < 0) throw Error(explain::cdev_node(f, -fd));
    Handle device(kernel_, fd);
    bind(device, f);  // before it, no other call does anything
    attach(device, f);
    learn(f.name);
    std::shared_ptr<void> membership = groups_[f.group].lock();
    if (membership == nullptr) groups_[f.group] = membership = std::make_shared<char>();
    return {std::move(membership), std::move(device)};
}

void IoasSpace::bind(const Handle& device, const Function& f) {
    BindIommufd request{bind_iommufd_size_without_token, 0, iommufd_.get(), 0, 0};
    const auto token = uuid_bytes(f.vf_token);
    if (!f.vf_token.empty()) {
        request.argsz = sizeof(BindIommufd);
        request.flags = bind_iommufd_token;
        request.token = reinterpret_cast<std::uintptr_t>(token.data());
    }
    const int result =
        patiently(kernel_, [&] { return kernel_.call(device.get(), device_bind_iommufd, request); });
    if (result < 0) throw Error(explain::cannot_bind(f, -result, group_members(kernel_, f.group)));
}

void IoasSpace::attach(const Handle& device, const Function& f) {
    AttachIommufdPt request{sizeof(AttachIommufdPt), 0, ioas_};
    const int result = kernel_.call(device.get(), device_attach_iommufd_pt, request);
    if (result >= 0) return;
    const std::string text = explain::cannot_attach_device(f, -result);
    // The others' page table, or what is mapped, may not suit this device; in an empty space it is something
    // else.
    if (!empty() || mapped_.count() > 0) throw CannotShare(text);
    throw Error(text);
}

// Each device that comes in may leave fewer addresses to all.
void IoasSpace::learn(const std::string& who) {
    std::vector<AddressRange> found(16);
    for (;;) {
        IoasIovaRanges request{};
        request.size = sizeof request;
        request.ioas_id = ioas_;
        request.num_iovas = static_cast<std::uint32_t>(found.size());
        request.allowed_iovas = reinterpret_cast<std::uintptr_t>(found.data());
        const int result = kernel_.call(iommufd_.get(), ioas_iova_ranges, request);
        // With EMSGSIZE comes how many there are.
        if (result == -EMSGSIZE && request.num_iovas > found.size() && request.num_iovas <= max_ranges) {
            found.resize(request.num_iovas);
            continue;
        }
        if (result < 0 || request.num_iovas > found.size())
            throw Error(explain::unexpected(who, "asking which addresses the device can use",
                                            result < 0 ? -result : EMSGSIZE));
        found.resize(request.num_iovas);
        break;
    }
    std::vector<IovaRange> ranges;
    for (const AddressRange& r : found) ranges.push_back({Iova{r.first}, Iova{r.last}});
    ranges_ = tidy(std::move(ranges));
}

void IoasSpace::map(const DmaRegion& region) {
    check_whole_pages(describe(who_, region, ranges_, mapped_, kernel_), region);
    IoasMap request{sizeof(IoasMap),
                    ioas_map_fixed_iova | ioas_map_readable | ioas_map_writeable,
                    ioas_,
                    0,
                    reinterpret_cast<std::uintptr_t>(region.address),
                    region.size,
                    value(region.iova)};
    const int result = kernel_.call(iommufd_.get(), ioas_map, request);
    if (result < 0)
        throw Error(explain::cannot_map(describe(who_, region, ranges_, mapped_, kernel_), -result));
    mapped_.add(region);
}

void IoasSpace::unmap(Iova iova, std::size_t size) noexcept {
    if (!mapped_.remove(iova, size)) {
        notice(who_ + ": unmapping DMA memory that was never mapped");
        return;
    }
    IoasUnmap request{sizeof(IoasUnmap), ioas_, value(iova), size};
    const int result = kernel_.call(iommufd_.get(), ioas_unmap, request);
    if (result < 0)
        notice(explain::unexpected(who_, "unmapping DMA memory", -result));
    else if (request.length != size)
        notice(who_ + ": unmapping " + std::to_string(size) + " bytes of DMA memory: the kernel took back " +
               std::to_string(request.length));
}

// iommufd counts locked memory, not mappings.
std::size_t IoasSpace::max_maps() const { return std::numeric_limits<std::size_t>::max(); }

}  // namespace ringside::hal::vfio

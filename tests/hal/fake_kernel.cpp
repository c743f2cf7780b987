#include "tests/hal/fake_kernel.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ringside::hal::vfio {

namespace {

constexpr std::uint64_t page = 4096;
constexpr unsigned region_shift = 40;  // as in vfio-pci: the region's index is in the high bits of the offset

std::string hex(std::uint64_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
    return text;
}

template <class T> T& at(std::uintptr_t argument) { return *reinterpret_cast<T*>(argument); }

template <class T> void append(std::vector<std::byte>& bytes, const T& value) {
    const auto* const first = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), first, first + sizeof value);
}

const char* request_name(unsigned long request) {
    static const std::map<unsigned long, const char*> names{
        {get_api_version, "VFIO_GET_API_VERSION"},
        {check_extension, "VFIO_CHECK_EXTENSION"},
        {set_iommu, "VFIO_SET_IOMMU"},
        {iommu_get_info, "VFIO_IOMMU_GET_INFO"},
        {iommu_map_dma, "VFIO_IOMMU_MAP_DMA"},
        {iommu_unmap_dma, "VFIO_IOMMU_UNMAP_DMA"},
        {group_get_status, "VFIO_GROUP_GET_STATUS"},
        {group_set_container, "VFIO_GROUP_SET_CONTAINER"},
        {group_get_device_fd, "VFIO_GROUP_GET_DEVICE_FD"},
        {device_get_info, "VFIO_DEVICE_GET_INFO"},
        {device_get_region_info, "VFIO_DEVICE_GET_REGION_INFO"},
        {device_get_irq_info, "VFIO_DEVICE_GET_IRQ_INFO"},
        {device_set_irqs, "VFIO_DEVICE_SET_IRQS"},
        {device_reset, "VFIO_DEVICE_RESET"},
        {device_bind_iommufd, "VFIO_DEVICE_BIND_IOMMUFD"},
        {device_attach_iommufd_pt, "VFIO_DEVICE_ATTACH_IOMMUFD_PT"},
        {ioas_alloc, "IOMMU_IOAS_ALLOC"},
        {ioas_iova_ranges, "IOMMU_IOAS_IOVA_RANGES"},
        {ioas_map, "IOMMU_IOAS_MAP"},
        {ioas_unmap, "IOMMU_IOAS_UNMAP"}};
    const auto found = names.find(request);
    return found == names.end() ? "unknown request" : found->second;
}

}  // namespace

// ---- a function ----

std::byte* FakeRegion::bytes() {
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    return memory.data() + (page - address % page) % page;
}

void FakeFunction::add_bar(unsigned index, std::uint64_t size, std::uint32_t flags) {
    regions[index].size = size;
    regions[index].flags = flags;
    regions[index].memory.assign(size + 2 * page, std::byte{0});
}

void FakeFunction::put16(std::uint32_t offset, std::uint16_t value) {
    std::memcpy(regions[region_config].bytes() + offset, &value, sizeof value);
}
void FakeFunction::put32(std::uint32_t offset, std::uint32_t value) {
    std::memcpy(regions[region_config].bytes() + offset, &value, sizeof value);
}
std::uint16_t FakeFunction::command() {
    std::uint16_t value = 0;
    std::memcpy(&value, regions[region_config].bytes() + 4, sizeof value);
    return value;
}

void FakeFunction::add_msix(unsigned bar, std::uint32_t offset, unsigned entries) {
    put16(6, 0x10);  // status: there is a list of capabilities
    put16(0x34, 0x40);
    put16(0x40, 0x0011);
    put16(0x42, static_cast<std::uint16_t>(entries - 1));
    put32(0x44, offset | bar);
}

FakeFunction& FakeKernel::add(const std::string& name, const std::string& group) {
    auto f = std::make_unique<FakeFunction>();
    f->name = name;
    f->group = group;
    f->cdev = "vfio" + std::to_string(functions_.size());
    f->add_bar(0, 128 << 10);
    f->add_bar(region_config, 256, region_info_read | region_info_write);
    f->put32(0, 0x10D38086);
    f->put16(4, 0x0101);
    f->irqs[irq_intx] = {1, irq_info_eventfd | irq_info_maskable | irq_info_automasked, false, {}};
    f->irqs[irq_msi] = {1, irq_info_eventfd | irq_info_noresize, false, {}};
    f->irqs[irq_msix] = {5, irq_info_eventfd | irq_info_noresize, false, {}};
    f->irqs[irq_error] = {1, irq_info_eventfd, false, {}};
    f->irqs[irq_request] = {1, irq_info_eventfd, false, {}};
    return *(functions_[name] = std::move(f));
}

// ---- bookkeeping ----

FakeKernel::~FakeKernel() {
    for (const auto& [fd, file] : files_) ADD_FAILURE() << file.name << " was left open";
    for (const View& view : views_) ADD_FAILURE() << view.name << " was left mapped";
    for (const std::string& what : disorder) ADD_FAILURE() << what;
}

// Writes the line down; false, with -errno in `error`, if this call is to fail.
bool FakeKernel::log(const std::string& line, int& error) {
    calls.push_back(line);
    if (calls.size() - 1 == nth_.first) {
        error = -nth_.second;
        return false;
    }
    for (const auto& [call, number] : failures_)
        if (line.starts_with(call)) {
            if (const auto left = left_.find(call); left != left_.end() && left->second-- == 0) {
                left->second = 0;
                continue;
            }
            error = -number;
            return false;
        }
    return true;
}

int FakeKernel::add_file(File file) {
    files_.emplace(next_fd_, std::move(file));
    return next_fd_++;
}

FakeFunction* FakeKernel::find(const std::string& name) {
    const auto found = functions_.find(name);
    return found == functions_.end() ? nullptr : found->second.get();
}

bool FakeKernel::group_open(const std::string& group) const {
    return busy.contains(group) || std::any_of(files_.begin(), files_.end(), [&](const auto& f) {
               return f.second.kind == Kind::group && f.second.group == group;
           });
}

// By iommufd.
bool FakeKernel::group_bound(const std::string& group) const {
    return std::any_of(files_.begin(), files_.end(), [&](const auto& f) {
        return f.second.kind == Kind::device && f.second.group == group && f.second.ready;
    });
}

bool FakeKernel::spoiled(const std::string& group) {
    for (const auto& [name, f] : functions_)
        if (f->group == group && !f->driver.empty() && f->driver != "vfio-pci" && f->driver != "pcieport")
            return true;
    return false;
}

// Whether a group suits those that are in the address space of `parent` already.
bool FakeKernel::fits(const std::string& group, int parent) {
    std::set<std::string> others;
    for (const auto& [fd, file] : files_)
        if (file.parent == parent && (file.kind == Kind::group || file.attached)) others.insert(file.group);
    for (const auto& [name, f] : functions_)
        if (f->group == group)
            for (const std::string& other : f->not_together_with)
                if (others.contains(other)) return false;
    return true;
}

std::vector<IovaRange> FakeKernel::ranges_of(int parent) {
    std::vector<IovaRange> ranges = address_width;
    std::set<std::string> inside;
    for (const auto& [fd, file] : files_)
        if (file.parent == parent && (file.kind == Kind::group || file.attached)) inside.insert(file.group);
    for (const auto& [name, f] : functions_) {
        if (!inside.contains(f->group)) continue;
        for (const IovaRange& hole : f->reserved) {
            std::vector<IovaRange> left;
            for (const IovaRange& r : ranges) {
                if (hole.last < r.first || r.last < hole.first) {
                    left.push_back(r);
                    continue;
                }
                if (r.first < hole.first) left.push_back({r.first, Iova{value(hole.first) - 1}});
                if (hole.last < r.last) left.push_back({hole.last + 1, r.last});
            }
            ranges = left;
        }
    }
    return ranges;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> FakeKernel::mapped() const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> all;
    for (const auto& [fd, file] : files_) all.insert(all.end(), file.maps.begin(), file.maps.end());
    return all;
}

void FakeKernel::signal(FakeFunction& f, std::uint32_t index, std::size_t vector) {
    const int fd = f.irqs[index].fds.at(vector);
    if (const auto found = files_.find(fd); found != files_.end()) found->second.signalled = true;
}

// ---- files ----

int FakeKernel::open_read_write(const std::string& path) {
    int error = 0;
    if (!log("open " + path, error)) return error;
    if (!exists(path)) return -ENOENT;
    if (forbidden.contains(path)) return -EACCES;
    return open_node(path);
}

int FakeKernel::open_node(const std::string& path) {
    if (path == "/dev/vfio/vfio")
        return add_file({.kind = Kind::container,
                         .name = "container" + (++containers_ > 1 ? " " + std::to_string(containers_) : "")});
    if (path == "/dev/iommu")
        return add_file({.kind = Kind::iommufd,
                         .name = "iommufd" + (++iommufds_ > 1 ? " " + std::to_string(iommufds_) : "")});
    for (const auto& [name, f] : functions_) {
        if (path == "/dev/vfio/devices/" + f->cdev)
            return add_file({.kind = Kind::device, .name = name, .function = f.get(), .group = f->group});
        if (path == "/dev/vfio/" + std::string(f->noiommu ? "noiommu-" : "") + f->group) {
            if (group_open(f->group) || group_bound(f->group)) return -EBUSY;
            return add_file({.kind = Kind::group, .name = "group " + f->group, .group = f->group});
        }
    }
    return -ENXIO;
}

int FakeKernel::open_read_only(const std::string& path) {
    int error = 0;
    if (!log("open " + path, error)) return error;
    return path == "/proc/self/pagemap" ? add_file({.kind = Kind::pagemap, .name = "pagemap"}) : -ENOENT;
}

void FakeKernel::close(int fd) noexcept {
    const auto found = files_.find(fd);
    if (found == files_.end()) {
        disorder.push_back("closing fd " + std::to_string(fd) + ", which is not open");
        return;
    }
    File file = std::move(found->second);
    files_.erase(found);
    if (file.kind != Kind::event) calls.push_back("close " + file.name);
    for (const auto& [other, f] : files_)
        if (f.parent == fd) disorder.push_back(file.name + " was closed before " + f.name);
    for (const View& view : views_)
        if (view.device == fd)
            disorder.push_back(file.name + " was closed before " + view.name + " was unmapped");
    if (file.kind == Kind::device && (file.function->command() & 4) != 0)
        disorder.push_back(file.name + " was closed while it could master the bus");
    if (file.kind != Kind::group || file.parent < 0) return;
    // With the last group goes the IOMMU, and with it all mappings.
    const bool last = std::none_of(files_.begin(), files_.end(), [&](const auto& f) {
        return f.second.kind == Kind::group && f.second.parent == file.parent;
    });
    if (const auto container = files_.find(file.parent); last && container != files_.end()) {
        container->second.ready = false;
        container->second.maps.clear();
    }
}

std::int64_t FakeKernel::pread(int fd, std::span<std::byte> into, std::uint64_t offset) {
    File& file = files_.at(fd);
    if (file.kind == Kind::pagemap) {
        for (std::size_t i = 0; i < into.size() / 8; ++i) {
            const auto found = physical.find((offset / 8 + i) * page);
            // The present bit is everybody's to see, the place only root's.
            unsigned char present = 0;
            ::mincore(reinterpret_cast<void*>((offset / 8 + i) * page), page, &present);
            const std::uint64_t entry =
                (std::uint64_t{present & 1u} << 63) | (found == physical.end() ? 0 : found->second / page);
            std::memcpy(into.data() + 8 * i, &entry, 8);
        }
        return static_cast<std::int64_t>(into.size());
    }
    FakeRegion& region = file.function->regions.at(offset >> region_shift);
    const std::uint64_t place = offset & ((std::uint64_t{1} << region_shift) - 1);
    if (file.function->gone) {
        std::fill(into.begin(), into.end(), std::byte{0xFF});
        return static_cast<std::int64_t>(into.size());
    }
    if (place + into.size() > region.size) return -EINVAL;
    std::memcpy(into.data(), region.bytes() + place, into.size());
    return static_cast<std::int64_t>(into.size());
}

std::int64_t FakeKernel::pwrite(int fd, std::span<const std::byte> from, std::uint64_t offset) {
    File& file = files_.at(fd);
    const std::uint64_t index = offset >> region_shift;
    const std::uint64_t place = offset & ((std::uint64_t{1} << region_shift) - 1);
    std::uint32_t value = 0;
    std::memcpy(&value, from.data(), std::min(from.size(), sizeof value));
    int error = 0;
    const std::string where = index == region_config ? "config" : "BAR" + std::to_string(index);
    if (!log("write " + where + " " + hex(place) + " = " + hex(value), error)) return error;
    FakeRegion& region = file.function->regions.at(index);
    if (place + from.size() > region.size) return -EINVAL;
    if (!file.function->gone) std::memcpy(region.bytes() + place, from.data(), from.size());
    return static_cast<std::int64_t>(from.size());
}

int FakeKernel::mmap(int fd, std::uint64_t offset, std::size_t size, std::byte*& address) {
    File& file = files_.at(fd);
    const std::uint64_t index = offset >> region_shift;
    const std::uint64_t place = offset & ((std::uint64_t{1} << region_shift) - 1);
    const std::string name = "BAR" + std::to_string(index) + " " + hex(place) + "+" + hex(size);
    int error = 0;
    if (!log("mmap " + name, error)) return error;
    FakeRegion& region = file.function->regions.at(index);
    if ((region.flags & region_info_mmap) == 0 || place % page != 0 || size % page != 0 ||
        place + size > region.size)
        return -EINVAL;
    if (!region.sparse.empty() &&
        std::none_of(region.sparse.begin(), region.sparse.end(),
                     [&](const auto& a) { return place >= a.offset && place + size <= a.offset + a.size; }))
        return -EINVAL;
    address = region.bytes() + place;
    views_.push_back({address, size, fd, name});
    return 0;
}

void FakeKernel::munmap(std::byte* address, std::size_t size) noexcept {
    const auto found = std::find_if(views_.begin(), views_.end(),
                                    [&](const View& v) { return v.address == address && v.size == size; });
    if (found == views_.end()) {
        disorder.push_back("unmapping registers that are not mapped");
        return;
    }
    calls.push_back("munmap " + found->name);
    views_.erase(found);
}

int FakeKernel::eventfd() {
    int error = 0;
    if (!log("eventfd", error)) return error;
    return add_file({.kind = Kind::event, .name = "eventfd"});
}

bool FakeKernel::take_event(int fd) { return std::exchange(files_.at(fd).signalled, false); }

// ---- sysfs ----

std::optional<std::string> FakeKernel::read_link(const std::string& path) {
    for (const auto& [name, f] : functions_) {
        const std::string device = "/sys/bus/pci/devices/" + name;
        if (path == device + "/driver" && !f->driver.empty()) return "../../../bus/pci/drivers/" + f->driver;
        if (path == device + "/iommu_group" && !f->group.empty())
            return "../../../kernel/iommu_groups/" + f->group;
    }
    return std::nullopt;
}

std::optional<std::string> FakeKernel::read_file(const std::string& path) {
    for (const auto& [name, f] : functions_) {
        if (path == "/sys/bus/pci/devices/" + name + "/numa_node") return f->numa_node;
        if (path == "/sys/kernel/iommu_groups/" + f->group + "/name" && f->noiommu) return "vfio-noiommu";
    }
    return std::nullopt;
}

std::vector<std::string> FakeKernel::list(const std::string& path) {
    std::vector<std::string> names;
    for (const auto& [name, f] : functions_) {
        if (path == "/sys/bus/pci/devices/" + name + "/vfio-dev" && f->driver == "vfio-pci" &&
            !f->cdev.empty())
            names.push_back(f->cdev);
        if (path == "/sys/kernel/iommu_groups/" + f->group + "/devices") names.push_back(name);
    }
    return names;
}

bool FakeKernel::exists(const std::string& path) {
    if (path == "/dev/vfio/vfio") return has_container;
    if (path == "/dev/iommu") return has_iommufd;
    for (const auto& [name, f] : functions_) {
        if (path == "/sys/bus/pci/devices/" + name) return true;
        if (f->driver != "vfio-pci") continue;
        if (path == "/dev/vfio/" + std::string(f->noiommu ? "noiommu-" : "") + f->group) return true;
        if (!f->cdev.empty() && path == "/dev/vfio/devices/" + f->cdev) return true;
    }
    return false;
}

// ---- ioctls ----

std::string FakeKernel::line_of(int fd, unsigned long request, std::uintptr_t argument) {
    static const std::array<const char*, num_irqs> irq_names{"INTx", "MSI", "MSI-X", "ERR", "REQ"};
    std::string line = std::string(request_name(request)) + " " + files_.at(fd).name;
    if (request == check_extension || request == set_iommu) line += " " + std::to_string(argument);
    if (request == group_get_device_fd) line += std::string(" ") + reinterpret_cast<const char*>(argument);
    if (request == group_set_container) line += " " + files_.at(at<int>(argument)).name;
    if (request == device_bind_iommufd) line += " " + files_.at(at<BindIommufd>(argument).iommufd).name;
    if (request == device_get_region_info) line += " " + std::to_string(at<RegionInfo>(argument).index);
    if (request == device_get_irq_info) line += std::string(" ") + irq_names.at(at<IrqInfo>(argument).index);
    if (request == iommu_map_dma) line += " " + hex(at<MapDma>(argument).iova);
    if (request == iommu_unmap_dma) line += " " + hex(at<UnmapDma>(argument).iova);
    if (request == ioas_map) line += " " + hex(at<IoasMap>(argument).iova);
    if (request == ioas_unmap) line += " " + hex(at<IoasUnmap>(argument).iova);
    if (request == device_set_irqs) {
        const auto& r = at<SetIrqs>(argument);
        line += std::string(" ") + irq_names.at(r.index);
        line += (r.flags & set_irqs_unmask) != 0 ? " unmask"
                : r.count == 0                   ? " off"
                                                 : " x" + std::to_string(r.count);
    }
    return line;
}

int FakeKernel::ioctl(int fd, unsigned long request, std::uintptr_t argument) {
    if (!files_.contains(fd)) return -EBADF;
    int error = 0;
    if (!log(line_of(fd, request, argument), error)) return error;
    switch (files_.at(fd).kind) {
        case Kind::container: return container_ioctl(fd, request, argument);
        case Kind::group: return group_ioctl(fd, request, argument);
        case Kind::iommufd: return iommufd_ioctl(fd, request, argument);
        case Kind::device: return device_ioctl(fd, request, argument);
        default: return -ENOTTY;
    }
}

int FakeKernel::map(File& file, int fd, std::uint64_t address, std::uint64_t iova, std::uint64_t size) {
    if (address % page != 0 || iova % page != 0 || size % page != 0 || size == 0) return -EINVAL;
    const std::vector<IovaRange> ranges = ranges_of(fd);
    if (std::none_of(ranges.begin(), ranges.end(), [&](const IovaRange& r) {
            return value(r.first) <= iova && iova + (size - 1) <= value(r.last);
        }))
        return -EINVAL;
    std::uint64_t sum = size;
    for (const auto& [first, bytes] : file.maps) {
        if (iova < first + bytes && first < iova + size) return -EEXIST;
        sum += bytes;
    }
    if (file.kind == Kind::container && file.maps.size() >= dma_entry_limit) return -ENOSPC;
    if (memlock && sum > *memlock) return -ENOMEM;
    file.maps[iova] = size;
    return 0;
}

int FakeKernel::unmap(File& file, std::uint64_t iova, std::uint64_t& size) {
    const auto found = file.maps.find(iova);
    if (found == file.maps.end() || found->second != size) {
        size = 0;
        return file.kind == Kind::iommufd ? -ENOENT : 0;  // a container only says that it was nothing
    }
    file.maps.erase(found);
    return 0;
}

int FakeKernel::container_ioctl(int fd, unsigned long request, std::uintptr_t argument) {
    File& file = files_.at(fd);
    const bool has_group = std::any_of(files_.begin(), files_.end(), [&](const auto& f) {
        return f.second.kind == Kind::group && f.second.parent == fd;
    });
    switch (request) {
        case get_api_version: return version;
        case check_extension:
            return argument == type1v2_iommu ? has_type1 : argument == noiommu_iommu && noiommu_mode;
        case set_iommu:
            if (!has_group || file.ready) return -EINVAL;
            if (argument == type1v2_iommu && !interrupt_remapping) return -EPERM;
            file.ready = true;
            file.iommu = argument;
            return 0;
        default: break;
    }
    if (!file.ready || file.iommu != type1v2_iommu) return -EINVAL;
    switch (request) {
        case iommu_get_info: return iommu_info(fd, reinterpret_cast<std::byte*>(argument));
        case iommu_map_dma: {
            const auto& r = at<MapDma>(argument);
            if (r.argsz != sizeof r || r.flags != (map_dma_read | map_dma_write)) return -EINVAL;
            return map(file, fd, r.address, r.iova, r.size);
        }
        case iommu_unmap_dma: {
            auto& r = at<UnmapDma>(argument);
            if (r.argsz != sizeof r || r.flags != 0) return -EINVAL;
            return unmap(file, r.iova, r.size);
        }
        default: return -ENOTTY;
    }
}

int FakeKernel::iommu_info(int fd, std::byte* answer) {
    IommuInfo info{};
    std::memcpy(&info, answer, sizeof info);
    const std::uint32_t room = info.argsz;
    const std::vector<IovaRange> ranges = ranges_of(fd);
    info.flags = 1;
    info.page_sizes = 0x40201000;
    info.cap_offset = 0;
    std::vector<std::byte> bytes;
    append(bytes, info);
    std::size_t link = offsetof(IommuInfo, cap_offset);
    const auto chain = [&](const auto& capability) {
        const auto here = static_cast<std::uint32_t>(bytes.size());
        std::memcpy(bytes.data() + link, &here, sizeof here);
        link = here + offsetof(CapabilityHeader, next);
        append(bytes, capability);
    };
    if (ranges_told) {
        chain(
            IovaRangeCapability{{capability_iova_range, 1, 0}, static_cast<std::uint32_t>(ranges.size()), 0});
        for (const IovaRange& r : ranges) append(bytes, AddressRange{value(r.first), value(r.last)});
    }
    if (dma_avail_told) {
        const auto used = static_cast<std::uint32_t>(files_.at(fd).maps.size());
        chain(DmaAvailCapability{{capability_dma_avail, 1, 0}, dma_entry_limit - used});
    }
    if (ranges_told || dma_avail_told) {
        std::memcpy(&info, bytes.data(), sizeof info);
        info.flags |= iommu_info_caps;
    }
    info.argsz = static_cast<std::uint32_t>(bytes.size());
    if (bytes.size() > room) {  // only the size is told
        info.cap_offset = 0;
        bytes.resize(sizeof info);
    }
    std::memcpy(bytes.data(), &info, sizeof info);
    if (lie_about_iommu) lie_about_iommu(bytes);
    std::memcpy(answer, bytes.data(), std::min<std::size_t>(bytes.size(), room));
    return 0;
}

int FakeKernel::group_ioctl(int fd, unsigned long request, std::uintptr_t argument) {
    File& file = files_.at(fd);
    switch (request) {
        case group_get_status:
            at<GroupStatus>(argument).flags = spoiled(file.group) ? 0 : group_viable;
            return 0;
        case group_set_container: {
            const int container = at<int>(argument);
            if (file.parent >= 0 || spoiled(file.group)) return -EINVAL;
            if (files_.at(container).ready && !interrupt_remapping) return -EPERM;
            if (!fits(file.group, container)) return -EINVAL;
            file.parent = container;
            return 0;
        }
        case group_get_device_fd: {
            if (file.parent < 0 || !files_.at(file.parent).ready) return -EINVAL;
            const std::string text = reinterpret_cast<const char*>(argument);
            const std::size_t space = text.find(' ');
            FakeFunction* const f = find(text.substr(0, space));
            const std::string token =
                space == std::string::npos ? "" : text.substr(space + std::strlen(" vf_token="));
            if (f == nullptr || f->group != file.group || f->driver != "vfio-pci") return -ENODEV;
            if (f->token != token) return f->token.empty() ? -EINVAL : -EACCES;
            return add_file({.kind = Kind::device,
                             .name = f->name,
                             .function = f,
                             .group = f->group,
                             .parent = fd,
                             .ready = true});
        }
        default: return -ENOTTY;
    }
}

int FakeKernel::iommufd_ioctl(int fd, unsigned long request, std::uintptr_t argument) {
    File& file = files_.at(fd);
    switch (request) {
        case ioas_alloc: at<IoasAlloc>(argument).out_ioas_id = 7; return 0;
        case ioas_iova_ranges: {
            auto& r = at<IoasIovaRanges>(argument);
            const std::vector<IovaRange> ranges = ranges_of(fd);
            const std::uint32_t room = std::exchange(r.num_iovas, static_cast<std::uint32_t>(ranges.size()));
            auto* const out = reinterpret_cast<AddressRange*>(static_cast<std::uintptr_t>(r.allowed_iovas));
            for (std::size_t i = 0; i < std::min<std::size_t>(room, ranges.size()); ++i)
                out[i] = {value(ranges[i].first), value(ranges[i].last)};
            return r.ioas_id != 7 ? -ENOENT : room < ranges.size() ? -EMSGSIZE : 0;
        }
        case ioas_map: {
            const auto& r = at<IoasMap>(argument);
            if (r.size != sizeof r || r.ioas_id != 7 || r.flags != 7) return -EINVAL;
            return map(file, fd, r.address, r.iova, r.length);
        }
        case ioas_unmap: {
            auto& r = at<IoasUnmap>(argument);
            return r.ioas_id != 7 ? -ENOENT : unmap(file, r.iova, r.length);
        }
        default: return -ENOTTY;
    }
}

int FakeKernel::bind(File& device, BindIommufd& request) {
    FakeFunction& f = *device.function;
    if (request.argsz < bind_iommufd_size_without_token || files_.at(request.iommufd).kind != Kind::iommufd)
        return -EINVAL;
    const bool with_token = (request.flags & bind_iommufd_token) != 0;
    if ((request.flags & ~bind_iommufd_token) != 0 || (with_token && !knows_bind_token)) return -EINVAL;
    for (const auto& [fd, other] : files_)
        if (other.function == &f && other.ready) return -EINVAL;
    if (group_open(f.group)) return -EBUSY;
    if (spoiled(f.group)) return -EPERM;
    for (const auto& [fd, other] : files_)  // the group has one owner
        if (other.kind == Kind::device && other.group == f.group && other.ready &&
            other.parent != request.iommufd)
            return -EPERM;
    if (!interrupt_remapping) return -EPERM;
    std::string token;
    if (with_token) {
        const auto* const bytes =
            reinterpret_cast<const std::uint8_t*>(static_cast<std::uintptr_t>(request.token));
        for (std::size_t i = 0; i < 16; ++i) {
            char digits[4];
            std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
            token += (i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "") + std::string(digits);
        }
    }
    if (f.token != token) return f.token.empty() ? -EINVAL : -EACCES;
    device.ready = true;
    device.parent = request.iommufd;
    return 0;
}

int FakeKernel::attach(File& device) {
    if (!device.ready) return -EINVAL;
    if (!fits(device.group, device.parent)) return -EINVAL;
    device.attached = true;
    for (const auto& [iova, size] : files_.at(device.parent).maps) {
        const auto ranges = ranges_of(device.parent);
        const std::uint64_t first = iova, last = iova + (size - 1);
        if (std::none_of(ranges.begin(), ranges.end(), [&](const IovaRange& r) {
                return value(r.first) <= first && last <= value(r.last);
            })) {
            device.attached = false;
            return -EADDRINUSE;
        }
    }
    return 0;
}

int FakeKernel::device_ioctl(int fd, unsigned long request, std::uintptr_t argument) {
    File& file = files_.at(fd);
    FakeFunction& f = *file.function;
    if (request == device_bind_iommufd) return bind(file, at<BindIommufd>(argument));
    if (!file.ready) return -EINVAL;
    switch (request) {
        case device_attach_iommufd_pt:
            return at<AttachIommufdPt>(argument).pt_id != 7 ? -ENOENT : attach(file);
        case device_get_info:
            at<DeviceInfo>(argument) = {sizeof(DeviceInfo), f.info_flags, f.info_regions, f.info_irqs};
            return 0;
        case device_get_region_info: return region_info(f, reinterpret_cast<std::byte*>(argument));
        case device_get_irq_info: {
            auto& r = at<IrqInfo>(argument);
            if (r.index >= num_irqs || (r.index == irq_error && f.irqs[irq_error].count == 0)) return -EINVAL;
            r.flags = f.irqs[r.index].flags;
            r.count = f.irqs[r.index].count;
            return 0;
        }
        case device_set_irqs: return set_irqs(f, reinterpret_cast<const std::byte*>(argument));
        case device_reset:
            if ((f.info_flags & device_info_reset) == 0) return -EINVAL;
            ++f.resets;
            return 0;
        default: return -ENOTTY;
    }
}

int FakeKernel::region_info(FakeFunction& f, std::byte* answer) {
    RegionInfo info{};
    std::memcpy(&info, answer, sizeof info);
    const std::uint32_t room = info.argsz;
    if (info.index >= num_regions) return -EINVAL;
    const FakeRegion& region = f.regions[info.index];
    info = {sizeof info, region.flags, info.index, 0, region.size, std::uint64_t{info.index} << region_shift};
    std::vector<std::byte> bytes;
    append(bytes, info);
    if (!region.sparse.empty()) {
        info.cap_offset = sizeof info;
        const std::size_t size = sizeof(SparseMmap) + region.sparse.size() * sizeof(SparseArea);
        append(bytes, SparseMmap{{capability_sparse_mmap, 1,
                                  region.msix_mappable ? static_cast<std::uint32_t>(sizeof info + size) : 0},
                                 static_cast<std::uint32_t>(region.sparse.size()),
                                 0});
        for (const SparseArea& area : region.sparse) append(bytes, area);
    }
    if (region.msix_mappable) {
        if (info.cap_offset == 0) info.cap_offset = sizeof info;
        append(bytes, CapabilityHeader{capability_msix_mappable, 1, 0});
    }
    if (info.cap_offset != 0) info.flags |= region_info_caps;
    info.argsz = static_cast<std::uint32_t>(bytes.size());
    if (bytes.size() > room) {
        info.cap_offset = 0;
        bytes.resize(sizeof info);
    }
    std::memcpy(bytes.data(), &info, sizeof info);
    if (f.lie) f.lie(info.index, bytes);
    std::memcpy(answer, bytes.data(), std::min<std::size_t>(bytes.size(), room));
    return 0;
}

int FakeKernel::set_irqs(FakeFunction& f, const std::byte* request) {
    SetIrqs r{};
    std::memcpy(&r, request, sizeof r);
    if (r.index >= num_irqs) return -EINVAL;
    FakeIrq& irq = f.irqs[r.index];
    const bool with_fds = (r.flags & set_irqs_data_eventfd) != 0;
    if (r.argsz != sizeof r + (with_fds ? 4 * r.count : 0)) return -EINVAL;
    if ((r.flags & set_irqs_unmask) != 0) {
        if (r.index != irq_intx || !irq.on) return -EINVAL;
        ++f.unmasked;
        return 0;
    }
    if (!with_fds) {  // off
        if (!irq.on) return -EINVAL;
        irq.on = false;
        irq.fds.clear();
        return 0;
    }
    if (r.start != 0 || r.count > irq.count) return -EINVAL;
    for (std::uint32_t i = 0; i < irq_error && r.index < irq_error; ++i)
        if (i != r.index && f.irqs[i].on) return -EINVAL;
    if (irq.on && (irq.flags & irq_info_noresize) != 0 && r.count > irq.fds.size()) return -EINVAL;
    irq.on = true;
    irq.fds.resize(r.count);
    std::memcpy(irq.fds.data(), request + sizeof r, 4 * r.count);
    return 0;
}

}  // namespace ringside::hal::vfio

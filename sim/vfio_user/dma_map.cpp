#include "sim/vfio_user/dma_map.hpp"

#include "hal/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace ringside::sim {

namespace {

constexpr std::uint64_t highest = ~std::uint64_t{0};

// True if [first, first + size) is not empty and ends at 2^64 at the latest.
bool sane(std::uint64_t first, std::uint64_t size) { return size > 0 && size - 1 <= highest - first; }

// Whether we may map the file for writing, and after sealing it, if its owner allows that, against shrinking.
bool seal_and_check_writable(int fd) {
    const int seals = ::fcntl(fd, F_GET_SEALS);
    const bool can_seal = seals >= 0 && (seals & (F_SEAL_SEAL | F_SEAL_SHRINK)) == 0;
    if (can_seal) static_cast<void>(::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    const bool sealed_for_writing = seals >= 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0;
    return (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR && !sealed_for_writing;
}

}  // namespace

int DmaMap::map(const DmaGrant& grant, hal::Fd file) {
    if (!sane(grant.iova, grant.size)) return EINVAL;
    if (overlaps(grant.iova, grant.iova + (grant.size - 1))) return EEXIST;
    if (maps_.size() >= limit_) return ENOSPC;
    Mapped mapped{grant.iova, grant.size, {}, nullptr};
    if (file) {
        if (const int error = open_file(grant, file.get(), mapped.file); error != 0) return error;
        std::byte* const begin = mapped.file->mapping.bytes().data() + grant.offset;
        mapped.bytes = {grant.readable ? begin : nullptr, grant.writable ? begin : nullptr};
    }
    maps_.emplace(grant.iova, std::move(mapped));
    return 0;
}

bool DmaMap::overlaps(std::uint64_t first, std::uint64_t last) const {
    const auto after = maps_.upper_bound(last);
    return after != maps_.begin() && std::prev(after)->second.last() >= first;
}

int DmaMap::open_file(const DmaGrant& grant, int fd, std::shared_ptr<const File>& file) {
    const bool can_write = seal_and_check_writable(fd);
    if (grant.writable && !can_write) return EACCES;
    struct stat about {};
    if (::fstat(fd, &about) != 0) return errno;
    if (!S_ISREG(about.st_mode) || about.st_size <= 0) return EINVAL;
    const auto size = static_cast<std::uint64_t>(about.st_size);
    if (!sane(grant.offset, grant.size) || grant.offset + (grant.size - 1) >= size) return EINVAL;

    const FileId id{about.st_dev, about.st_ino};
    const auto known = files_.find(id);
    const bool fits = known != files_.end() && known->second->mapping.bytes().size() >= size &&
                      (known->second->writable || !grant.writable);
    if (fits) {
        file = known->second;
        return 0;
    }
    return map_file(id, size, can_write, fd, file);
}

int DmaMap::map_file(const FileId& id, std::uint64_t size, bool writable, int fd,
                     std::shared_ptr<const File>& file) {
    if (files_.size() >= file_limit) return ENOSPC;
    try {
        hal::Mapping mapping =
            hal::Mapping::shared(fd, 0, static_cast<std::size_t>(size), "the client's memory", 0, writable);
        file = std::make_shared<const File>(File{id, std::move(mapping), writable});
    } catch (const hal::Error& error) {
        say_(error.what());
        return ENOMEM;
    }
    files_[id] = file;  // a file that has grown: grants of the smaller mapping keep that one alive
    return 0;
}

int DmaMap::unmap(std::uint64_t iova, std::uint64_t size) {
    if (!sane(iova, size)) return EINVAL;
    const std::uint64_t last = iova + (size - 1);
    recent_.fill(&nothing_);

    auto at = maps_.lower_bound(iova);
    if (at != maps_.begin() && std::prev(at)->second.last() >= iova) {
        Mapped& cut = std::prev(at)->second;  // begins before the range
        if (cut.last() > last && maps_.size() >= limit_) return ENOSPC;
        if (cut.last() > last) insert_tail(cut, last + 1);
        cut.size = iova - cut.first;
    }
    while (at != maps_.end() && at->second.first <= last) {
        const auto next = std::next(at);
        if (at->second.last() > last)
            insert_tail(at->second, last + 1);  // lands before `next`, past the range
        forget(at);
        at = next;
    }
    return 0;
}

// What remains of a grant from `first` on becomes a grant of its own.
void DmaMap::insert_tail(const Mapped& whole, std::uint64_t first) {
    Mapped tail{first, whole.last() - first + 1, {}, whole.file};
    for (std::size_t access = 0; access < tail.bytes.size(); ++access)
        tail.bytes[access] = whole.at(first, static_cast<DmaAccess>(access));
    maps_.emplace(first, std::move(tail));
}

// Removes a grant, and the file's mapping with its last grant.
void DmaMap::forget(Maps::iterator mapped) {
    const std::shared_ptr<const File> file = std::move(mapped->second.file);
    maps_.erase(mapped);
    constexpr long here_and_in_files = 2;
    if (!file || file.use_count() > here_and_in_files) return;
    const auto known = files_.find(file->id);
    if (known != files_.end() && known->second == file) files_.erase(known);
}

void DmaMap::unmap_all() {
    recent_.fill(&nothing_);
    maps_.clear();
    files_.clear();
}

void DmaMap::clear() {
    unmap_all();
    if (refused_from_client_ > refusals_in_detail)
        say_(fmt::format("{} accesses to memory were refused in all", refused_from_client_));
    refused_from_client_ = 0;
}

const DmaMap::Mapped* DmaMap::find(std::uint64_t address) const {
    const auto after = maps_.upper_bound(address);
    if (after == maps_.begin()) return nullptr;
    const Mapped& candidate = std::prev(after)->second;
    return candidate.holds(address, 1) ? &candidate : nullptr;
}

std::byte* DmaMap::find_window(std::uint64_t address, std::size_t size, DmaAccess access) {
    const Mapped* const mapped = find(address);
    if (mapped == nullptr) return nullptr;
    recent_[next_recent_] = mapped;
    next_recent_ = (next_recent_ + 1) % recent_.size();
    return mapped->holds(address, size) ? mapped->at(address, access) : nullptr;
}

// Looks at every grant that the access runs over; says what is wrong with the first that refuses it.
bool DmaMap::allowed(std::uint64_t address, std::uint64_t size, DmaAccess access) {
    if (!sane(address, size)) {
        refuse(address, size, access, address, "it runs beyond the last address");
        return false;
    }
    std::uint64_t done = 0;
    while (done < size) {
        const std::uint64_t here = address + done;
        const Mapped* const mapped = find(here);
        if (mapped == nullptr || mapped->at(here, access) == nullptr) {
            const char* why = "nothing is mapped there";
            if (mapped != nullptr)
                why = mapped->file ? "it is mapped without that permission" : "it was mapped without a file";
            refuse(address, size, access, here, why);
            return false;
        }
        done += mapped->size - (here - mapped->first);
    }
    return true;
}

bool DmaMap::read(hal::Iova from, std::span<std::byte> to) {
    if (to.empty()) return true;
    if (const std::byte* bytes = window(from, to.size(), DmaAccess::read); bytes != nullptr) {
        std::memcpy(to.data(), bytes, to.size());
        return true;
    }
    if (!allowed(value(from), to.size(), DmaAccess::read)) return false;
    for (std::uint64_t address = value(from); !to.empty();) {
        const Mapped& mapped = *find(address);
        const std::size_t piece = std::min<std::size_t>(to.size(), mapped.size - (address - mapped.first));
        std::memcpy(to.data(), mapped.at(address, DmaAccess::read), piece);
        to = to.subspan(piece);
        address += piece;
    }
    return true;
}

bool DmaMap::write(hal::Iova to, std::span<const std::byte> from) {
    if (from.empty()) return true;
    if (std::byte* bytes = window(to, from.size(), DmaAccess::write); bytes != nullptr) {
        std::memcpy(bytes, from.data(), from.size());
        return true;
    }
    if (!allowed(value(to), from.size(), DmaAccess::write)) return false;
    for (std::uint64_t address = value(to); !from.empty();) {
        const Mapped& mapped = *find(address);
        const std::size_t piece = std::min<std::size_t>(from.size(), mapped.size - (address - mapped.first));
        std::memcpy(mapped.at(address, DmaAccess::write), from.data(), piece);
        from = from.subspan(piece);
        address += piece;
    }
    return true;
}

void DmaMap::refuse(std::uint64_t address, std::uint64_t size, DmaAccess access, std::uint64_t where,
                    const char* why) {
    ++refused_;
    if (++refused_from_client_ > refusals_in_detail) return;
    const char* const verb = access == DmaAccess::read ? "read" : "write";
    say_(fmt::format("refused to {} {} bytes at IOVA {:#x}: at {:#x}, {}{}", verb, size, address, where, why,
                     refused_from_client_ == refusals_in_detail ? " (more are only counted)" : ""));
}

}  // namespace ringside::sim

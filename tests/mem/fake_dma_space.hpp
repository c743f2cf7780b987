// A device's address space that only remembers what it was told.
#pragma once

#include "hal/device.hpp"
#include "hal/error.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <vector>

namespace ringside::mem {

class FakeDmaSpace final : public hal::DmaSpace {
public:
    void map(const hal::DmaRegion& region) override {
        if (maps_until_failure == 0) throw hal::Error("this map was told to fail");
        --maps_until_failure;
        EXPECT_TRUE(mapped.emplace(region.iova, region).second) << "mapped twice";
        ++maps;
        EXPECT_LE(mapped.size(), limit);
    }
    void unmap(hal::Iova iova, std::size_t size) noexcept override {
        const auto found = mapped.find(iova);
        ASSERT_NE(found, mapped.end()) << "unmapped, but was not mapped";
        EXPECT_EQ(found->second.size, size);
        mapped.erase(found);
        ++unmaps;
    }
    std::vector<hal::IovaRange> ranges() const override { return allowed; }
    std::size_t max_maps() const override { return limit; }
    std::optional<hal::Iova> fixed_iova(const hal::DmaRegion& region) override {
        EXPECT_EQ(region.iova, hal::Iova{0});
        return fixed;
    }

    // What a device would find at `iova`, or nullptr where it would fault.
    std::byte* at(hal::Iova iova) const {
        for (const auto& [first, region] : mapped)
            if (iova >= first && iova - first < region.size) return region.address + (iova - first);
        return nullptr;
    }

    std::vector<hal::IovaRange> allowed{{hal::Iova{0}, hal::Iova{std::numeric_limits<std::uint64_t>::max()}}};
    std::optional<hal::Iova> fixed;  // as if there were no IOMMU, and the memory lay here
    std::size_t limit = 65535;
    std::size_t maps_until_failure = std::numeric_limits<std::size_t>::max();
    std::map<hal::Iova, hal::DmaRegion> mapped;
    int maps = 0, unmaps = 0;
};

}  // namespace ringside::mem

// Numbers that one thread writes all the time, where no other thread's data can be in the way.
#pragma once

#include "mem/cache_line.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace ringside::mem {

// `count` numbers, zero at first, that are gone through in order: on cache lines that hold nothing else, and
// with nothing within prefetch_reach behind them. An ordinary array shares its first and last line with
// whatever the heap has put beside it.
class OwnLines {
public:
    explicit OwnLines(std::size_t count)
        : numbers_(static_cast<std::uint32_t*>(::operator new(bytes(count), alignment))) {
        std::uninitialized_fill_n(numbers_.get(), count, 0u);
    }
    std::uint32_t* data() const noexcept { return numbers_.get(); }

private:
    static constexpr std::align_val_t alignment{interference_size};
    static constexpr std::size_t bytes(std::size_t count) {
        return (count * sizeof(std::uint32_t) + interference_size - 1) / interference_size *
                   interference_size +
               prefetch_reach;
    }
    struct Free {
        void operator()(std::uint32_t* numbers) const noexcept { ::operator delete(numbers, alignment); }
    };
    std::unique_ptr<std::uint32_t[], Free> numbers_;
};

}  // namespace ringside::mem

// What is known of a register at run time: for programs that print, compare or search registers.
#pragma once

#include "hal/register.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::hal {

struct RegisterInfo {
    const char* name;
    std::uint32_t count;  // 1, or the length of the array
    std::uint32_t (*offset)(std::uint32_t index);
    Access access;
    std::span<const FieldInfo> fields;
    // Why nobody reads it just to look at it, in words; nullptr for a register that may be read at any time.
    const char* left_out;
    // Of counters: what is counted, in words. A counter without one is the upper half of the one before it.
    const char* meaning = nullptr;
};

constexpr const char* why_left_out(Access access) {
    switch (access) {
        case Access::rc: return "reading clears it";
        case Access::w1c: return "reading may clear it";
        case Access::wo: return "it can only be written";
        default: return nullptr;
    }
}

template <class R> constexpr const char* meaning_of() {
    if constexpr (requires { R::meaning; })
        return R::meaning;
    else
        return nullptr;
}

template <class R> constexpr RegisterInfo info_of() {
    return {R::name,        R::count, &R::offset, R::access, fields_of<R>(), why_left_out(R::access),
            meaning_of<R>()};
}

// The same for a register that does something when it is read: `left_out` says what.
template <class R> constexpr RegisterInfo info_of(const char* left_out) {
    RegisterInfo info = info_of<R>();
    info.left_out = left_out;
    return info;
}

// The same for a chip that has only the first `count` of an array.
template <class R> constexpr RegisterInfo info_of_first(std::uint32_t count) {
    require(count > 0 && count <= R::count, "no such registers");
    RegisterInfo info = info_of<R>();
    info.count = count;
    return info;
}

template <class... R> constexpr std::array<RegisterInfo, sizeof...(R)> infos_of() {
    return {info_of<R>()...};
}

// Lists one after the other.
template <std::size_t... N> constexpr auto join(const std::array<RegisterInfo, N>&... lists) {
    std::array<RegisterInfo, (N + ...)> all{};
    std::size_t at = 0;
    const auto append = [&](const auto& list) {
        for (const RegisterInfo& info : list) all[at++] = info;
    };
    (append(lists), ...);
    return all;
}

}  // namespace ringside::hal

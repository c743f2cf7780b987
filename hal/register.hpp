// Registers and their fields, described once, in the datasheet's own words and order.
//
// A register is a type; its fields are constants inside it, written hi:lo as datasheets print them:
//
//   // §8.2.3.8.10 Receive Descriptor Control
//   struct RXDCTL : RegisterArray<RXDCTL, 0x01028, 0x40, 64, Access::rw> {
//       static constexpr auto name = "RXDCTL";
//       static constexpr auto ENABLE = bit<25>("ENABLE");
//       static constexpr auto fields = layout(ENABLE);
//   };
//
// `RXDCTL::ENABLE(true)` is a Value that knows its register, so it cannot be written to another one. Values
// of different fields are joined by `|`. What does not fit, overlaps or is given twice is an error: at
// compile time in a constant expression, else by assert. Reading gives a Snapshot; `snapshot[RXDCTL::ENABLE]`
// looks inside.
#pragma once

#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

namespace ringside::hal {

enum class Access {
    ro,   // read only
    rw,   // reads back what was written: the only kind that update() accepts
    wo,   // write only
    rc,   // reading clears it (statistics)
    w1c,  // writing a one clears the bit (interrupt causes)
    w1s,  // writing a one sets the bit (interrupt masks)
};

// While compiling: always an error. While running: an assert, gone in release builds.
constexpr void require(bool ok, const char* what) {
    if (std::is_constant_evaluated()) {
        if (!ok) throw what;
    } else {
        assert(ok);
        static_cast<void>(what);
    }
}

struct FieldInfo {
    const char* name;
    unsigned hi, lo;
};

// Some fields of register R, with the values they shall take.
template <class R> struct Value {
    std::uint32_t bits = 0;
    std::uint32_t mask = 0;  // which bits `bits` speaks about

    friend constexpr Value operator|(Value a, Value b) {
        require((a.mask & b.mask) == 0, "field given twice");
        return {a.bits | b.bits, a.mask | b.mask};
    }
};

// What a read of R returned. Indexing it with a field of another register does not compile.
template <class R> class Snapshot {
public:
    explicit constexpr Snapshot(std::uint32_t raw) : raw_(raw) {}
    constexpr std::uint32_t raw() const { return raw_; }
    template <class F>
    requires std::same_as<typename F::Register, R>
    constexpr auto operator[](F) const { return F::extract(raw_); }

private:
    std::uint32_t raw_;
};

// Bits hi:lo of register R, holding a T. Inclusive and high-first, as datasheets print them.
template <class R, unsigned Hi, unsigned Lo, class T> struct Field {
    static_assert(Lo <= Hi && Hi < 32, "field does not fit the register");
    static_assert(!std::same_as<T, bool> || Hi == Lo, "a bool is one bit wide");
    using Register = R;
    static constexpr std::uint32_t max = Hi - Lo == 31 ? ~0u : (1u << (Hi - Lo + 1)) - 1;
    static constexpr std::uint32_t mask = max << Lo;

    const char* name;

    constexpr Value<R> operator()(T v) const {
        const auto b = static_cast<std::uint32_t>(v);
        require(b <= max, "value does not fit the field");
        return {(b & max) << Lo, mask};
    }
    static constexpr T extract(std::uint32_t raw) { return static_cast<T>((raw >> Lo) & max); }
    constexpr operator FieldInfo() const { return {name, Hi, Lo}; }
};

// Base of every register description. Self is the register itself (CRTP), so fields know their owner.
template <class Self, std::uint32_t Offset, Access A> struct Register {
    static_assert(Offset % 4 == 0, "registers are 32 bits wide and aligned");
    static constexpr Access access = A;
    static constexpr std::uint32_t count = 1;
    static constexpr std::uint32_t offset(std::uint32_t i = 0) {
        require(i == 0, "no such register");
        return Offset;
    }
    // All bits of the register at once.
    static constexpr Value<Self> raw(std::uint32_t bits) { return {bits, ~0u}; }

protected:
    template <unsigned Hi, unsigned Lo, class T = std::uint32_t>
    static constexpr Field<Self, Hi, Lo, T> field(const char* n) {
        return {n};
    }
    template <unsigned Pos> static constexpr Field<Self, Pos, Pos, bool> bit(const char* n) { return {n}; }
    // Lists the fields for traces; refuses to compile when two of them overlap.
    template <class... F> static consteval std::array<FieldInfo, sizeof...(F)> layout(F... f) {
        std::uint32_t seen = 0;
        const auto claim = [&](std::uint32_t m) {
            require((seen & m) == 0, "fields overlap");
            seen |= m;
        };
        (claim(F::mask), ...);
        return {FieldInfo(f)...};
    }
};

// One register per queue (or filter, or vector): Count of them, Stride bytes apart.
template <class Self, std::uint32_t Offset, std::uint32_t Stride, std::uint32_t Count, Access A>
struct RegisterArray : Register<Self, Offset, A> {
    static_assert(Stride % 4 == 0 && Count > 0);
    static constexpr std::uint32_t count = Count;
    static constexpr std::uint32_t offset(std::uint32_t i) {
        require(i < Count, "no such register");
        return Offset + i * Stride;
    }
};

// The same in two banks: FirstCount registers from First on, the others from Second on.
template <class Self, std::uint32_t First, std::uint32_t Stride, std::uint32_t FirstCount,
          std::uint32_t Second, std::uint32_t Count, Access A>
struct BankedRegisterArray : Register<Self, First, A> {
    static_assert(Stride % 4 == 0 && Second % 4 == 0 && FirstCount < Count);
    static constexpr std::uint32_t count = Count;
    static constexpr std::uint32_t offset(std::uint32_t i) {
        require(i < Count, "no such register");
        return i < FirstCount ? First + i * Stride : Second + (i - FirstCount) * Stride;
    }
};

template <class R>
concept Readable = R::access != Access::wo;
template <class R>
concept Writable = R::access != Access::ro&& R::access != Access::rc;
template <class R>
concept Updatable = R::access == Access::rw;
template <class R>
concept Single = R::count == 1;

// The fields of a register, for printing. Registers without named fields have none.
template <class R> constexpr std::span<const FieldInfo> fields_of() {
    if constexpr (requires { R::fields; })
        return R::fields;
    else
        return {};
}

// "TXDCTL[2]" or "CTRL".
std::string register_name(const char* name, std::uint32_t count, std::uint32_t index);
// "PTHRESH=36 HTHRESH=8 ENABLE=1": fields that are zero are left out; those wider than a byte are in
// hexadecimal.
std::string decode(std::uint32_t raw, std::span<const FieldInfo> fields);
// The same for the fields that lie in `mask`, zero or not.
std::string decode_masked(std::uint32_t raw, std::uint32_t mask, std::span<const FieldInfo> fields);

}  // namespace ringside::hal

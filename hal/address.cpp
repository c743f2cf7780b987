#include "hal/address.hpp"

#include "hal/error.hpp"
#include "hal/sim_launcher.hpp"
#include "hal/vfio_user/client.hpp"

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

namespace ringside::hal {

namespace {

constexpr std::string_view vfio_user_prefix = "vfio-user:";
constexpr std::string_view sim_prefix = "sim:";

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
    throw AddressError(
        "\"" + text + "\" is not the address of a device: " + why +
        ". Addresses look like 0000:03:00.0 (a PCI function), vfio-user:/run/nic.sock (a device in "
        "another process) or sim:82599,cable=loop (the software NIC)");
}

// Takes hexadecimal digits, at least `least` and at most `most`, from the front of `text`.
std::optional<std::uint32_t> take_hex(std::string_view& text, std::size_t least, std::size_t most) {
    std::size_t n = 0;
    while (n < text.size() && n < most && std::string_view("0123456789abcdefABCDEF").find(text[n]) < 22) ++n;
    if (n < least) return std::nullopt;
    std::uint32_t v = 0;
    std::from_chars(text.data(), text.data() + n, v, 16);
    text.remove_prefix(n);
    return v;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<PciAddress> parse_pci(std::string_view text) {
    std::uint32_t domain = 0;
    if (text.find(':') != text.rfind(':')) {  // two colons: the domain comes first
        const auto d = take_hex(text, 4, 8);
        if (!d || !take(text, ':')) return std::nullopt;
        domain = *d;
    }
    const auto bus = take_hex(text, 1, 2);
    if (!bus || !take(text, ':')) return std::nullopt;
    const auto device = take_hex(text, 1, 2);
    if (!device || *device > 31 || !take(text, '.')) return std::nullopt;
    const auto function = take_hex(text, 1, 1);
    if (!function || *function > 7 || !text.empty()) return std::nullopt;
    return PciAddress{domain, static_cast<std::uint8_t>(*bus), static_cast<std::uint8_t>(*device),
                      static_cast<std::uint8_t>(*function)};
}

std::string pci_text(const PciAddress& a) {
    char text[24];
    std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", a.domain, unsigned{a.bus}, unsigned{a.device},
                  unsigned{a.function});
    return text;
}

// One function per form of address.
struct Opener {
    std::unique_ptr<Device> operator()(const PciAddress& a) const {
        throw Error(
            pci_text(a) +
            ": PCI functions are reached through the kernel's VFIO, which this version does not speak yet. "
            "Until then there is the software NIC, sim:82599, and any vfio-user server, vfio-user:/path");
    }
    std::unique_ptr<Device> operator()(const VfioUserAddress& a) const { return vfio_user::connect(a.path); }
    std::unique_ptr<Device> operator()(const SimAddress& a) const { return open_sim_device(a.spec); }
};

struct Writer {
    std::string operator()(const PciAddress& a) const { return pci_text(a); }
    std::string operator()(const VfioUserAddress& a) const { return std::string(vfio_user_prefix) + a.path; }
    std::string operator()(const SimAddress& a) const { return std::string(sim_prefix) + a.spec; }
};

}  // namespace

Address parse_address(const std::string& text) {
    if (text.empty()) refuse(text, "it is empty");
    if (text.find('\0') != std::string::npos) refuse(text, "it contains a zero byte");
    if (text.starts_with(vfio_user_prefix)) {
        if (text.size() == vfio_user_prefix.size()) refuse(text, "the path of the socket is missing");
        return VfioUserAddress{text.substr(vfio_user_prefix.size())};
    }
    if (text.starts_with(sim_prefix)) {
        if (text.size() == sim_prefix.size()) refuse(text, "it does not say which NIC to simulate");
        return SimAddress{text.substr(sim_prefix.size())};
    }
    if (const auto pci = parse_pci(text)) return *pci;
    refuse(text, "it has none of the forms known here");
}

std::string to_string(const Address& address) { return std::visit(Writer(), address); }

std::unique_ptr<Device> open_device(const std::string& address) {
    return std::visit(Opener(), parse_address(address));
}

}  // namespace ringside::hal

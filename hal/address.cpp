#include "hal/address.hpp"

#include "hal/error.hpp"
#include "hal/sim_launcher.hpp"
#include "hal/vfio/open.hpp"
#include "hal/vfio_user/client.hpp"

#include <array>
#include <cctype>
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

// The function alone, without options.
std::optional<PciAddress> parse_function(std::string_view text) {
    PciAddress a;
    if (text.find(':') != text.rfind(':')) {  // two colons: the domain comes first
        const auto d = take_hex(text, 4, 8);
        if (!d || !take(text, ':')) return std::nullopt;
        a.domain = *d;
    }
    const auto bus = take_hex(text, 1, 2);
    if (!bus || !take(text, ':')) return std::nullopt;
    const auto device = take_hex(text, 1, 2);
    if (!device || *device > 31 || !take(text, '.')) return std::nullopt;
    const auto function = take_hex(text, 1, 1);
    if (!function || *function > 7 || !text.empty()) return std::nullopt;
    a.bus = static_cast<std::uint8_t>(*bus);
    a.device = static_cast<std::uint8_t>(*device);
    a.function = static_cast<std::uint8_t>(*function);
    return a;
}

struct NamedWay {
    const char* name;
    VfioWay way;
};
constexpr std::array<NamedWay, 3> ways{
    {{"iommufd", VfioWay::iommufd}, {"container", VfioWay::container}, {"noiommu", VfioWay::noiommu}}};

// "0e5c2a4e-...": 8, 4, 4, 4 and 12 hexadecimal digits.
bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
    }
    return true;
}

[[noreturn]] void refuse_option(const std::string& text, const std::string& why) {
    throw AddressError(
        "\"" + text + "\" is not the address of a device: " + why +
        ". Options of a PCI function are vfio=iommufd, vfio=container, vfio=noiommu (choose one; "
        "without, what the machine has is taken) and vf-token=UUID, separated by commas, as in "
        "0000:03:00.0,vfio=container");
}

void apply_option(PciAddress& a, std::string_view option, const std::string& text) {
    const std::string quoted = '"' + std::string(option) + '"';
    if (option.starts_with("vfio=")) {
        if (a.way != VfioWay::automatic) refuse_option(text, "vfio= is there twice");
        for (const NamedWay& w : ways)
            if (option.substr(5) == w.name) a.way = w.way;
        if (a.way == VfioWay::automatic) refuse_option(text, quoted + " is no way to use VFIO");
    } else if (option.starts_with("vf-token=")) {
        if (!a.vf_token.empty()) refuse_option(text, "vf-token= is there twice");
        a.vf_token = option.substr(9);
        if (!is_uuid(a.vf_token))
            refuse_option(text, quoted + " is no UUID such as 14d63f20-8445-11ea-8900-1f9ce7d5650d");
    } else {
        refuse_option(text, quoted + " is no option of a PCI function");
    }
}

std::optional<PciAddress> parse_pci(const std::string& text) {
    std::string_view rest = text;
    std::size_t comma = rest.find(',');
    std::optional<PciAddress> a = parse_function(rest.substr(0, comma));
    while (a && comma != std::string_view::npos) {
        rest.remove_prefix(comma + 1);
        comma = rest.find(',');
        apply_option(*a, rest.substr(0, comma), text);
    }
    return a;
}

// One function per form of address.
struct Opener {
    std::span<const std::shared_ptr<DmaSpace>> join;
    std::unique_ptr<Device> operator()(const PciAddress& a) const { return vfio::open(a, join); }
    std::unique_ptr<Device> operator()(const VfioUserAddress& a) const { return vfio_user::connect(a.path); }
    std::unique_ptr<Device> operator()(const SimAddress& a) const { return open_sim_device(a.spec); }
};

struct Writer {
    std::string operator()(const PciAddress& a) const {
        std::string text = pci_name(a);
        for (const NamedWay& w : ways)
            if (a.way == w.way) text += std::string(",vfio=") + w.name;
        return a.vf_token.empty() ? text : text + ",vf-token=" + a.vf_token;
    }
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

std::string pci_name(const PciAddress& a) {
    char text[24];
    std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", a.domain, unsigned{a.bus}, unsigned{a.device},
                  unsigned{a.function});
    return text;
}

std::string to_string(const Address& address) { return std::visit(Writer(), address); }

std::unique_ptr<Device> open_device(const std::string& address,
                                    std::span<const std::shared_ptr<DmaSpace>> join) {
    return std::visit(Opener{join}, parse_address(address));
}

}  // namespace ringside::hal

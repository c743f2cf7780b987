// tap:NAME: the NIC's other end is a TAP interface of this machine.
#include "hal/error.hpp"
#include "hal/fd.hpp"
#include "sim/cables/cables.hpp"
#include "sim/cables/report.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstring>
#include <vector>

namespace ringside::sim {
namespace {

ifreq named(const std::string& interface) {
    ifreq request{};
    std::memcpy(request.ifr_name, interface.c_str(), interface.size());  // shorter than IFNAMSIZ, checked
    return request;
}

hal::Fd attach(const std::string& spec, const std::string& interface) {
    const std::string cable = "cable '" + spec + "': ";
    hal::Fd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
        throw hal::Error(cable +
                         "this machine has no /dev/net/tun; load it with 'modprobe tun', or in a container "
                         "pass the device in");
    if (!fd) throw hal::Error(cable + "opening /dev/net/tun: " + std::strerror(errno) + "; run as root");
    ifreq request = named(interface);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (::ioctl(fd.get(), TUNSETIFF, &request) == 0) return fd;
    const int error = errno;
    std::string advice;
    if (error == EPERM)
        advice = "; run as root, or let root make the interface for you: ip tuntap add " + interface +
                 " mode tap user $USER";
    else if (error == EBUSY)
        advice = "; another program holds it";
    else if (error == EINVAL)
        advice = "; an interface of this name exists and is no TAP interface: choose another name";
    throw hal::Error(cable + "attaching to TAP interface " + interface + ": " + std::strerror(error) +
                     advice);
}

// True if the interface is up afterwards. Whoever prepared it for us may not have given us the right to do
// that.
bool bring_up(const std::string& interface) {
    const hal::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request = named(interface);
    if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return false;
    if ((request.ifr_flags & IFF_UP) != 0) return true;
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

class Tap final : public ReportingCable {
public:
    Tap(const std::string& spec, const std::string& interface)
        : ReportingCable(spec),
          fd_(attach(spec, interface)),
          up_(bring_up(interface)),
          buffer_(std::size_t{64} * 1024) {}

    bool connected() override { return true; }
    bool waits() const override { return true; }  // in the kernel's queue of the interface
    bool forgets() const override { return true; }

    std::span<const std::byte> peek() override {
        if (size_ != 0) return {buffer_.data(), size_};
        if (drained_) return {};
        const ssize_t got = ::read(fd_.get(), buffer_.data(), buffer_.size());
        if (got <= 0) {
            if (got < 0 && errno != EAGAIN && errno != EINTR) error_ = errno;
            drained_ = true;  // until the next round: no system call for every empty look
            return {};
        }
        size_ = static_cast<std::size_t>(got);
        return {buffer_.data(), size_};
    }

    void pop() override {
        to_nic_.add(size_);
        size_ = 0;
    }

    void transmit(std::span<const std::byte> frame) override {
        from_nic_.add(frame.size());
        if (::write(fd_.get(), frame.data(), frame.size()) == static_cast<ssize_t>(frame.size())) return;
        error_ = errno;
        ++refused_;
    }

    void poll() override { drained_ = false; }
    int wake_fd() const override { return fd_.get(); }

private:
    void describe(Report& report) const override {
        if (!up_)
            report.text("interface", "could not be brought up (ip link set up needs the right to do so)");
        report.trouble("refused_by_kernel", refused_);
        report.problem("last_error", error_ == 0 ? "" : std::strerror(error_));
    }

    hal::Fd fd_;
    bool up_;
    std::vector<std::byte> buffer_;
    std::size_t size_ = 0;  // of the frame in buffer_; 0: none
    bool drained_ = false;
    std::uint64_t refused_ = 0;
    int error_ = 0;
};

}  // namespace

std::unique_ptr<Cable> make_tap(const std::string& spec, std::string_view rest) {
    if (rest.empty() || rest.size() >= IFNAMSIZ || rest.find_first_of("/ %") != std::string_view::npos)
        throw hal::AddressError("cable '" + spec + "': a TAP interface needs a name of 1 to " +
                                std::to_string(IFNAMSIZ - 1) + " characters; write for example tap:ring0");
    return std::make_unique<Tap>(spec, std::string(rest));
}

}  // namespace ringside::sim

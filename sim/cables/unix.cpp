// unix:PATH and unix:PATH,server: frames to and from another program, for example QEMU's
// "-netdev stream,addr.type=unix,addr.path=PATH".
#include "hal/error.hpp"
#include "hal/fd.hpp"
#include "sim/cables/cables.hpp"
#include "sim/cables/frame_stream.hpp"
#include "sim/cables/report.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cstring>
#include <optional>

namespace ringside::sim {
namespace {

constexpr hal::Clock::Duration retry_after = std::chrono::milliseconds(100);

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());  // shorter than sun_path, checked
    return address;
}

hal::Fd new_socket() {
    return hal::Fd(hal::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                              "creating a Unix socket"));
}

// Connected, or empty with the reason in errno.
hal::Fd try_connect(const std::string& path) {
    hal::Fd socket = new_socket();
    const sockaddr_un address = address_of(path);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return socket;
    const int error = errno;
    socket.reset();
    errno = error;
    return socket;
}

// The socket file that a program left behind when it was killed; never another kind of file.
bool is_abandoned(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) && !try_connect(path) &&
           errno == ECONNREFUSED;
}

hal::Fd listen_at(const std::string& spec, const std::string& path) {
    hal::Fd socket = new_socket();
    const sockaddr_un address = address_of(path);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    const std::string what = "cable '" + spec + "': listening at " + path;
    if (::bind(socket.get(), generic, sizeof address) != 0) {
        if (errno != EADDRINUSE) hal::throw_errno(what);
        if (!is_abandoned(path))
            throw hal::Error(what +
                             ": the name is in use; end the program that listens there, or choose another");
        ::unlink(path.c_str());
        hal::check(::bind(socket.get(), generic, sizeof address), what);
    }
    hal::check(::listen(socket.get(), 1), what);
    return socket;
}

class UnixCable final : public ReportingCable {
public:
    UnixCable(const std::string& spec, std::string path, bool server, hal::Clock& clock)
        : ReportingCable(spec),
          path_(std::move(path)),
          clock_(clock),
          wake_(hal::check(::epoll_create1(EPOLL_CLOEXEC), "creating the epoll of a Unix socket cable")) {
        if (server) {
            listener_ = listen_at(spec, path_);
            watch(listener_.get(), true);
        } else {
            connect();
        }
    }

    ~UnixCable() override {
        if (stream_) stream_->flush();
        if (listener_) ::unlink(path_.c_str());
    }
    UnixCable(const UnixCable&) = delete;
    UnixCable& operator=(const UnixCable&) = delete;

    bool connected() override { return stream_.has_value(); }
    bool waits() const override { return true; }  // in the socket
    bool forgets() const override { return true; }
    std::span<const std::byte> peek() override {
        return stream_ ? stream_->peek() : std::span<const std::byte>();
    }

    void pop() override {
        to_nic_.add(stream_->peek().size());
        stream_->pop();
    }

    void transmit(std::span<const std::byte> frame) override {
        from_nic_.add(frame.size());
        if (!stream_)
            ++no_partner_;
        else if (!stream_->push(frame))
            ++queue_full_;
    }

    void poll() override {
        if (stream_) {
            stream_->flush();
            stream_->new_round();
            if (stream_->state() != FrameStream::State::open) disconnect();
        } else if (listener_) {
            accept();
        } else if (clock_.now() >= next_try_) {
            connect();
        }
    }

    int wake_fd() const override { return wake_.get(); }
    bool timed() const override { return stream_ ? stream_->pending() : !listener_; }

private:
    void watch(int fd, bool on) {
        epoll_event event{};
        event.events = EPOLLIN;
        hal::check(::epoll_ctl(wake_.get(), on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &event),
                   "watching a Unix socket cable");
    }

    void begin(hal::Fd socket) {
        watch(socket.get(), true);
        stream_.emplace(std::move(socket));
        ++connections_;
    }

    void connect() {
        next_try_ = clock_.now() + retry_after;
        if (hal::Fd socket = try_connect(path_)) begin(std::move(socket));
    }

    // One partner at a time: others wait in the backlog, and are not watched, until the first has gone.
    void accept() {
        hal::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) return;
        watch(listener_.get(), false);
        begin(std::move(socket));
    }

    void disconnect() {
        switch (stream_->state()) {
            case FrameStream::State::bad_length:
                ++bad_lengths_;
                reason_ = "a frame length of " + std::to_string(stream_->bad_length()) + " bytes";
                break;
            case FrameStream::State::failed:
                ++failures_;
                reason_ = std::strerror(stream_->error());
                break;
            default: reason_ = "the partner closed it";
        }
        stream_.reset();  // closing removes it from the epoll
        if (listener_) watch(listener_.get(), true);
    }

    void describe(Report& report) const override {
        report.trouble("dropped_queue_full", queue_full_).trouble("dropped_no_partner", no_partner_);
        report.count("connections", connections_).problem("last_connection_ended_by", reason_);
        report.trouble("ended_for_bad_length", bad_lengths_).trouble("ended_for_error", failures_);
    }

    std::string path_;
    hal::Clock& clock_;
    hal::Fd wake_;  // the listener or the connection, whichever there is
    hal::Fd listener_;
    std::optional<FrameStream> stream_;
    hal::Clock::Duration next_try_{};
    std::uint64_t queue_full_ = 0, no_partner_ = 0;
    std::uint64_t connections_ = 0, bad_lengths_ = 0, failures_ = 0;
    std::string reason_;
};

}  // namespace

std::unique_ptr<Cable> make_unix(const std::string& spec, std::string_view rest, hal::Clock& clock) {
    const std::size_t comma = rest.find(',');
    const std::string path(rest.substr(0, comma));
    const bool server = comma != std::string_view::npos;
    if (server && rest.substr(comma) != ",server")
        throw hal::AddressError("cable '" + spec + "': after the path there may only be ',server', not '" +
                                std::string(rest.substr(comma)) + "'");
    if (path.empty() || path.size() >= sizeof sockaddr_un::sun_path)
        throw hal::AddressError("cable '" + spec + "': a Unix socket needs a path of 1 to " +
                                std::to_string(sizeof sockaddr_un::sun_path - 1) +
                                " bytes; write for example unix:/tmp/net.sock");
    return std::make_unique<UnixCable>(spec, path, server, clock);
}

}  // namespace ringside::sim

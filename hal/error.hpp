// Errors of the control path. Each is a sentence: what was tried on what, why it failed, what to do next.
// The data path never throws.
#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace ringside::hal {

// The base of everything this library throws on purpose. `what()` is meant for a person.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A device did not do in time what its datasheet promises.
struct Timeout : Error {
    using Error::Error;
};

// The device is no longer there: unplugged, its process ended, or all its registers read as ones.
struct DeviceGone : Error {
    using Error::Error;
};

// Somebody unbinds or unplugs the device, and the kernel waits until this process has closed it.
struct DeviceWanted : Error {
    using Error::Error;
};

// The other side of a protocol said something that the protocol does not allow.
struct ProtocolError : Error {
    using Error::Error;
};

// What somebody typed (an address, an option) cannot be understood.
struct AddressError : Error {
    using Error::Error;
};

// `what` names the attempt ("open /dev/vfio/12"); the reason comes from `error`, an errno value.
[[noreturn]] inline void throw_errno(const std::string& what, int error = errno) {
    throw Error(what + ": " + std::strerror(error));
}

// For calls that return -1 and set errno:
//   const int n = check(::ioctl(…), "VFIO_GROUP_GET_STATUS on " + path);
template <class Int> Int check(Int result, const std::string& what) {
    if (result == Int(-1)) throw_errno(what);
    return result;
}

}  // namespace ringside::hal

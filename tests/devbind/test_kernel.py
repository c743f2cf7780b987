"""The rtnetlink requests on this machine's real kernel, in a network namespace of their own. The host is not touched.

Skipped where a namespace cannot be had (neither root nor unprivileged user namespaces).
"""

import ctypes
import os
import socket
import struct
import subprocess
import sys
import unittest

from fake_machine import devbind

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
IFLA_LINKINFO, IFLA_INFO_KIND, NLM_F_EXCL = 18, 1, 0x200
NO_NAMESPACE = 77


def enter_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) and libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        sys.exit(NO_NAMESPACE)


def make_interface(system, name):
    """An interface without a card, of the first kind that this kernel knows: returns its index."""
    flags = devbind.NLM_F_ACK | devbind.NLM_F_CREATE | NLM_F_EXCL
    for kind in (b"dummy\0", b"veth\0", b"ifb\0"):
        body = struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0) + devbind.attribute(devbind.IFLA_IFNAME, name.encode() + b"\0")
        body += devbind.attribute(IFLA_LINKINFO, devbind.attribute(IFLA_INFO_KIND, kind))
        try:
            system.netlink(devbind.netlink_request(devbind.RTM_NEWLINK, flags, body))
        except OSError:
            continue
        return socket.if_nametoindex(name)
    return sys.exit(NO_NAMESPACE)


def has_ipv6(system, index):
    try:
        system.netlink(devbind.Address(index, socket.AF_INET6, "2001:db8::5", 64).new_request(index))
    except OSError:
        return False
    return True


class OneInterface(devbind.RestoreInterface):
    """sysfs may show the host's interfaces; this one is known by its index."""

    index = 0

    def current(self):
        interface = devbind.Interface(devbind.System("/nonexistent"), socket.if_indextoname(self.index))
        return type("Found", (), {"name": interface.name, "index": self.index})()


def child():
    enter_namespace()
    system = devbind.System()
    index = make_interface(system, "eth7")
    address = devbind.Address(index, socket.AF_INET, "192.0.2.5", 24, 0, "192.0.2.255", "wan0")
    address6 = devbind.Address(index, socket.AF_INET6, "2001:db8::5", 64)
    routes = [devbind.Route(index, socket.AF_INET, "203.0.113.0", 24, gateway="192.0.2.1", table=1000, priority=20),
              devbind.Route(index, socket.AF_INET, "0.0.0.0", 0, gateway="192.0.2.1", source="192.0.2.5"),
              devbind.Route(index, socket.AF_INET6, "2001:db8:1::", 48, gateway="2001:db8::1", priority=30)]
    if not has_ipv6(system, index):
        address6, routes = address, routes[:2]
    step = OneInterface(None, {"name": "wan0", "port": 0, "up": True, "mtu": 9000, "master": "",
                               "addresses": [vars(address), vars(address6)], "routes": [vars(r) for r in routes]})
    step.index = index
    step.run(system)
    step.run(system)  # a second time changes nothing
    network = devbind.Network(system)
    assert socket.if_indextoname(index) == "wan0"
    found = {str(a): a for a in network.addresses if a.index == index}
    assert found["192.0.2.5/24"].broadcast == "192.0.2.255" and found["192.0.2.5/24"].label == "wan0", found
    assert str(address6) in found, list(found)
    saved = sorted(str(r) for r in network.routes if r.index == index and r.restorable())
    assert saved == sorted(str(r) for r in routes), saved
    assert [r.source for r in network.routes if r.is_default() and r.index == index] == ["192.0.2.5"]
    assert network.index_towards("198.51.100.1") == index
    step.state["addresses"] = [dict(vars(address), address="0.0.0.0", prefix=77)]
    try:
        step.run(system)
    except OSError as error:
        assert "EINVAL" in str(error), error
    else:
        raise AssertionError("the kernel took a prefix of 77 bits")


class RealKernel(unittest.TestCase):
    def test_it_takes_the_requests_and_gives_back_what_was_asked(self):
        command = [sys.executable, "-B", os.path.abspath(__file__), "child"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == NO_NAMESPACE:
            self.skipTest("no network namespace, or no interface in it, can be made here")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    if sys.argv[1:] == ["child"]:
        child()
    else:
        unittest.main()

"""A machine for devbind to work on: a sysfs and proc tree in a temporary folder, and a small kernel behind it.

Reading goes to real files and links, as devbind does it on a real machine. Writing to the files that mean something
(bind, unbind, driver_override, drivers_probe, nr_hugepages, ...) has the kernel's effect on the tree, or fails as the
kernel fails. Interfaces, addresses and routes live here as well, and are asked for and changed by real rtnetlink
messages. Nothing of the host's is touched.
"""

import errno
import importlib.machinery
import importlib.util
import ipaddress
import os
import pathlib
import re
import socket
import struct
import sys

DEVBIND = pathlib.Path(__file__).resolve().parents[2] / "devbind"


def load_devbind():
    """The program as a module, though its name has no .py; without leaving a compiled copy beside it."""
    if "devbind" not in sys.modules:
        loader = importlib.machinery.SourceFileLoader("devbind", str(DEVBIND))
        module = importlib.util.module_from_spec(importlib.util.spec_from_loader("devbind", loader))
        sys.modules["devbind"] = module
        keep, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        loader.exec_module(module)
        sys.dont_write_bytecode = keep
    return sys.modules["devbind"]


devbind = load_devbind()


def error(number):
    return OSError(number, os.strerror(number))


class FakeMachine(devbind.System):
    """A System whose kernel is this class."""

    def __init__(self, folder):
        super().__init__(str(folder))
        self.now = 0.0
        self.user = 0
        self.memlock = -1
        self.variables = {}
        self.writes = []  # (path, text), as asked, whether they succeeded or not
        self.refusals = []  # [path, errno, times, effect that happens all the same]
        self.at_pause = []  # functions that run at the next pause: udev, other programs
        self.users, self.groups = {"alice": 1000}, {"nic": 2000}
        self.owners = {}  # device node -> (uid, gid, mode)
        self.ids = {}  # address -> drivers that match by PCI ids
        self.cards = {}  # address -> what its interface is like when a kernel driver takes it
        self.addresses, self.routes = [], []
        self.index = 1
        self.memory_for_pages = 10 ** 9
        self.vfio_result = 0  # what vfio-pci's probe returns
        self.modules = {}  # module -> driver that loading it registers
        self.signals_ignored = False
        self.refused_requests = {}  # netlink message type -> errno
        self.cdevs = True
        for path in ("/sys/bus/pci/devices", "/sys/bus/pci/drivers", "/sys/class/net", "/sys/class/iommu",
                     "/sys/kernel/iommu_groups", "/dev/vfio/devices", "/proc"):
            self.folder(path)
        self.file("/sys/bus/pci/drivers_probe")
        self.interface("lo", up=True)

    # -- building ------------------------------------------------------------------------------------------------------

    def folder(self, path):
        os.makedirs(self.real(path), exist_ok=True)

    def file(self, path, text=""):
        self.folder(os.path.dirname(path))
        pathlib.Path(self.real(path)).write_text(text)

    def symlink(self, path, target):
        self.folder(os.path.dirname(path))
        os.symlink(target, self.real(path))

    def drop(self, path):
        real = self.real(path)
        if os.path.islink(real) or os.path.isfile(real):
            os.unlink(real)
        else:
            for name in os.listdir(real):
                self.drop(f"{path}/{name}")
            os.rmdir(real)

    def add_driver(self, name, module=None):
        if self.exists(f"/sys/bus/pci/drivers/{name}"):
            return
        for file in ("bind", "unbind", "new_id"):
            self.file(f"/sys/bus/pci/drivers/{name}/{file}")
        self.symlink(f"/sys/bus/pci/drivers/{name}/module", f"../../../../module/{module or name.replace('-', '_')}")
        if name == "vfio-pci":
            self.file("/dev/vfio/vfio")

    def add_module(self, module, driver):
        self.modules[module] = driver
        with open(self.prepared(f"/lib/modules/{self.kernel_release()}/modules.dep"), "a") as file:
            file.write(f"kernel/drivers/{module.replace('-', '_')}.ko.xz: kernel/other.ko\n")

    def prepared(self, path):
        self.folder(os.path.dirname(path))
        return self.real(path)

    def add_card(self, address, driver="", group="", ids="8086:10fb", kind="020000", numa="0", native=None):
        """A PCI function. `native` is the kernel driver that its ids match, `driver` the one it is on."""
        path, (vendor, device) = f"/sys/bus/pci/devices/{address}", ids.split(":")
        self.ids[address] = native or driver
        for name, text in (("vendor", f"0x{vendor}"), ("device", f"0x{device}"), ("class", f"0x{kind}"),
                           ("numa_node", numa), ("driver_override", "(null)"),
                           ("modalias", f"pci:v0000{vendor.upper()}d0000{device.upper()}sv00008086sd00000003"
                                        f"bc{kind[:2]}sc{kind[2:4]}i00")):
            self.file(f"{path}/{name}", text + "\n")
        if group:
            self.folder(f"/sys/kernel/iommu_groups/{group}/devices")
            self.symlink(f"{path}/iommu_group", f"../../../../kernel/iommu_groups/{group}")
            self.symlink(f"/sys/kernel/iommu_groups/{group}/devices/{address}",
                         f"../../../../bus/pci/devices/{address}")
        if driver:
            self.add_driver(driver)
            self.attach(address, driver)

    def add_nic(self, address="0000:03:00.0", name="enp3s0f0", driver="ixgbe", group="12", up=False, **more):
        self.cards[address] = {"name": name, "up": up, "born": name}
        self.add_card(address, driver, group, **more)

    def interface(self, name, up=False, device="", port=0):
        path = f"/sys/class/net/{name}"
        for file, text in (("ifindex", self.index), ("flags", hex(0x1003 if up else 0x1002)), ("mtu", 1500),
                           ("dev_port", port), ("address", f"02:00:00:00:00:{self.index:02x}")):
            self.file(f"{path}/{file}", f"{text}\n")
        if device:
            self.symlink(f"/sys/bus/pci/devices/{device}/net/{name}", f"../../../../../class/net/{name}")
        self.index += 1
        return self.index - 1

    def stack(self, lower, upper, master=False, up=True):
        """Puts a bond, bridge or VLAN on an interface."""
        if not self.exists(f"/sys/class/net/{upper}"):
            self.interface(upper, up=up)
        self.symlink(f"/sys/class/net/{lower}/upper_{upper}", f"../{upper}")
        if master:
            self.symlink(f"/sys/class/net/{lower}/master", f"../{upper}")

    def index_of(self, name):
        return int(self.read(f"/sys/class/net/{name}/ifindex"))

    def add_address(self, name, text, **more):
        address, prefix = text.split("/")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.addresses.append(devbind.Address(self.index_of(name), family, address, int(prefix), **more))

    def add_route(self, name, text="0.0.0.0/0", **more):
        address, prefix = text.split("/")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.routes.append(devbind.Route(self.index_of(name), family, address, int(prefix), **more))

    def add_hugepages(self, node, size="2048kB", total=0, free=0):
        path = f"/sys/devices/system/node/node{node}/hugepages/hugepages-{size}"
        self.file(f"{path}/nr_hugepages", f"{total}\n")
        self.file(f"{path}/free_hugepages", f"{free}\n")

    def add_program(self, pid, name, *nodes):
        self.file(f"/proc/{pid}/comm", name + "\n")
        for number, node in enumerate(nodes):
            self.symlink(f"/proc/{pid}/fd/{number + 3}", node)

    def refuse(self, path, number, times=1):
        """The next `times` writes to `path` fail."""
        self.refusals.append([path, number, times])

    # -- the kernel ----------------------------------------------------------------------------------------------------

    def write(self, path, text):
        self.writes.append((path, text))
        for refusal in self.refusals:
            if refusal[0] == path and refusal[2]:
                refusal[2] -= 1
                if isinstance(refusal[1], BaseException):
                    raise refusal[1]
                raise error(refusal[1])
        if not os.path.exists(self.real(path)):
            raise error(errno.ENOENT)
        found = re.fullmatch(r"/sys/bus/pci/drivers/([^/]+)/(bind|unbind|new_id)", path)
        if found:
            getattr(self, "kernel_" + found.group(2))(found.group(1), text.strip())
        elif path.endswith("/driver_override"):
            pathlib.Path(self.real(path)).write_text((text.strip() or "(null)") + "\n")
        elif path == "/sys/bus/pci/drivers_probe":
            self.kernel_probe(text.strip())
        elif path.endswith("/nr_hugepages"):
            self.kernel_hugepages(path, int(text))
        elif path.endswith("enable_unsafe_noiommu_mode"):
            pathlib.Path(self.real(path)).write_text("Y\n" if text.strip() in ("1", "Y") else "N\n")

    def device_of(self, address):
        if not self.exists(f"/sys/bus/pci/devices/{address}"):
            raise error(errno.ENODEV)
        return devbind.Device(self, address)

    def kernel_new_id(self, _driver, _text):
        raise AssertionError("new_id must never be written: it lets a driver grab every card of that kind")

    def kernel_unbind(self, driver, address):
        if self.device_of(address).driver != driver:
            raise error(errno.ENODEV)
        self.detach(address)

    def kernel_bind(self, driver, address):
        device = self.device_of(address)
        if device.driver:
            raise error(errno.EBUSY)
        if device.override != driver and (device.override or self.ids[address] != driver):
            raise error(errno.ENODEV)
        if driver == "vfio-pci":
            if self.vfio_result:
                raise error(self.vfio_result)
            no_iommu = self.read("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode") == "Y"
            if device.is_bridge or not device.group and not no_iommu:
                raise error(errno.EINVAL)
        self.attach(address, driver)

    def kernel_probe(self, address):
        device = self.device_of(address)
        wanted = device.override or self.ids[address]
        if not device.driver and wanted and self.exists(f"/sys/bus/pci/drivers/{wanted}"):
            self.attach(address, wanted)

    def attach(self, address, driver):
        path = f"/sys/bus/pci/devices/{address}"
        self.symlink(f"{path}/driver", f"../../../../bus/pci/drivers/{driver}")
        if driver == "vfio-pci":
            self.make_nodes(address)
        elif address in self.cards and driver not in devbind.USERSPACE_DRIVERS:
            card = self.cards[address]
            self.interface(card["name"], card["up"], address)
            self.cards[address] = {"name": card.get("later", card["born"]), "up": False, "born": card["born"]}

    def make_nodes(self, address):
        device = devbind.Device(self, address)
        number = device.group
        if not number:
            self.folder("/sys/kernel/iommu_groups/0/devices")
            self.file("/sys/kernel/iommu_groups/0/name", "vfio-noiommu\n")
            self.symlink(f"{device.path}/iommu_group", "../../../../kernel/iommu_groups/0")
            self.file("/dev/vfio/noiommu-0")
        elif not self.exists(f"/dev/vfio/{number}"):
            self.file(f"/dev/vfio/{number}")
        if self.cdevs and number:
            name = "vfio" + str(len(self.names("/dev/vfio/devices")))
            self.folder(f"{device.path}/vfio-dev/{name}")
            self.file(f"/dev/vfio/devices/{name}")

    def detach(self, address):
        device = devbind.Device(self, address)
        for interface in device.interfaces:
            self.addresses = [a for a in self.addresses if a.index != interface.index]
            self.routes = [r for r in self.routes if r.index != interface.index]
            self.drop(interface.path)
            self.drop(f"{device.path}/net/{interface.name}")
        for node in device.nodes:
            if not any(mate.driver == "vfio-pci" for mate in device.mates) or "/devices/" in node:
                self.drop(node)
        if self.exists(f"{device.path}/vfio-dev"):
            self.drop(f"{device.path}/vfio-dev")
        self.drop(f"{device.path}/driver")
        if os.path.isdir(self.real("/sys/kernel/iommu_groups/0")) and device.group == "0":
            self.drop(f"{device.path}/iommu_group")

    def kernel_hugepages(self, path, wanted):
        folder = os.path.dirname(path)
        total, free = int(self.read(path)), int(self.read(f"{folder}/free_hugepages"))
        got = min(wanted, self.memory_for_pages)
        self.file(path, f"{got}\n")
        self.file(f"{folder}/free_hugepages", f"{free + got - total}\n")

    # -- rtnetlink -----------------------------------------------------------------------------------------------------

    def netlink(self, request):
        length, kind, flags, _, _ = struct.unpack_from("=IHHII", request)
        assert length == len(request) and flags & devbind.NLM_F_REQUEST
        if kind in self.refused_requests:
            raise error(self.refused_requests[kind])
        handler = {devbind.RTM_GETADDR: self.dump_addresses, devbind.RTM_GETROUTE: self.answer_route,
                   devbind.RTM_NEWLINK: self.change_link, devbind.RTM_NEWADDR: self.new_address,
                   devbind.RTM_NEWROUTE: self.new_route}[kind]
        return handler(request) or []

    def dump_addresses(self, _request):
        return [address.new_request(address.index) for address in self.addresses]

    def answer_route(self, request):
        family, bits = struct.unpack_from("=BB", request, 16)
        if struct.unpack_from("=H", request, 6)[0] & devbind.NLM_F_DUMP == devbind.NLM_F_DUMP:
            return [self.route_message(route) for route in self.routes if route.family == family]
        assert bits == (32 if family == socket.AF_INET else 128)
        return [self.route_message(route) for route in self.routes if route.is_default() and route.family == family][:1]

    @staticmethod
    def route_message(route):
        if route.hops == 1:
            return route.new_request(route.index)
        found = devbind.attributes(route.new_request(0)[28:])
        body = route.new_request(0)[16:28] + b"".join(
            devbind.attribute(kind, value) for kind, value in found.items() if kind != devbind.RTA_OIF)
        body += devbind.attribute(
            devbind.RTA_MULTIPATH, b"".join(struct.pack("=HBBI", 8, 0, 0, route.index) for _ in range(route.hops)))
        return devbind.netlink_request(devbind.RTM_NEWROUTE, 0, body)

    def name_of_index(self, index):
        for name in self.names("/sys/class/net"):
            if self.index_of(name) == index:
                return name
        raise error(errno.ENODEV)

    def change_link(self, request):
        _, _, _, index, flags, change = struct.unpack_from("=BBHiII", request, 16)
        name, found = self.name_of_index(index), devbind.attributes(request[32:])
        if change & 1:
            self.file(f"/sys/class/net/{name}/flags", hex(0x1002 | flags & 1))
        if devbind.IFLA_MTU in found:
            self.file(f"/sys/class/net/{name}/mtu", str(devbind.u32(found[devbind.IFLA_MTU])))
        if devbind.IFLA_MASTER in found:
            self.stack(name, self.name_of_index(devbind.u32(found[devbind.IFLA_MASTER])), master=True)
        if devbind.IFLA_IFNAME in found:
            self.rename(name, found[devbind.IFLA_IFNAME].rstrip(b"\0").decode())

    def rename(self, old, new):
        if self.exists(f"/sys/class/net/{new}"):
            raise error(errno.EEXIST)
        if int(self.read(f"/sys/class/net/{old}/flags"), 16) & 1:
            raise error(errno.EBUSY)
        os.rename(self.real(f"/sys/class/net/{old}"), self.real(f"/sys/class/net/{new}"))
        for address in self.names("/sys/bus/pci/devices"):
            net = f"/sys/bus/pci/devices/{address}/net"
            if self.exists(f"{net}/{old}"):
                self.drop(f"{net}/{old}")
                self.symlink(f"{net}/{new}", f"../../../../../class/net/{new}")

    def new_address(self, request):
        parsed = devbind.Address.parse(request)
        self.name_of_index(parsed.index)
        self.addresses = [a for a in self.addresses if (a.index, a.address) != (parsed.index, parsed.address)]
        self.addresses.append(parsed)
        self.connect(parsed)

    def connect(self, address):
        """The route that comes with an address."""
        network = ipaddress.ip_interface(str(address)).network
        route = devbind.Route(address.index, address.family, str(network.network_address), network.prefixlen,
                              protocol=2)
        self.routes = [r for r in self.routes if (r.index, str(r)) != (route.index, str(route))] + [route]

    def new_route(self, request):
        parsed = devbind.Route.parse(request)
        if parsed[0].gateway and not any(a.index == parsed[0].index for a in self.addresses):
            raise error(errno.ENETUNREACH)
        self.routes = [r for r in self.routes if str(r) != str(parsed[0])] + parsed

    # -- the rest of the system ----------------------------------------------------------------------------------------

    def modprobe(self, module):
        if module not in self.modules:
            raise OSError(errno.EIO, f"modprobe: FATAL: Module {module} not found")
        if self.modules[module]:
            self.add_driver(self.modules[module], module)

    def give(self, path, uid, gid, mode):
        self.owners[path] = (uid, gid, mode)

    def mode(self, path):
        return self.owners.get(path, (0, 0, 0o600))[2]

    def ignore_signals(self):
        self.signals_ignored = True

    def environment(self, name):
        return self.variables.get(name, "")

    def process(self):
        return 500

    def effective_user(self):
        return self.user

    def kernel_release(self):
        return "6.12.1-test"

    def memlock_limit(self):
        return self.memlock

    def user_number(self, name):
        return self.users[name]

    def group_number(self, name):
        return self.groups[name]

    def clock(self):
        return self.now

    def pause(self, seconds):
        self.now += seconds
        if self.at_pause:
            self.at_pause.pop(0)()

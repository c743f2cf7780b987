#!/usr/bin/env python3
"""Records demo/traffic.pcap: real traffic of real programs between two network namespaces.

Needs root, iproute2, tcpdump, ping, curl, getent and iperf3. Makes the namespaces and a veth pair between them, removes
both at the end, and does not touch the rest of the machine.
"""
import argparse
import contextlib
import ctypes
import fcntl
import functools
import http.server
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare

LEFT, RIGHT = "ringside-left", "ringside-right"
INTERFACE = "wire0"  # the same name in both namespaces
MACS = {LEFT: "02:00:00:00:00:0a", RIGHT: "02:00:00:00:00:0b"}
ADDRESSES = {LEFT: ("192.0.2.1", "2001:db8::1"), RIGHT: ("192.0.2.2", "2001:db8::2")}
HOST = "www.ringside.test"
VLAN = 7
SHORTEST, LONGEST = 60, 9014  # without the FCS: what a NIC puts on a wire that carries jumbo frames


def run(*command, namespace=None, **options):
    if namespace:
        command = ("ip", "netns", "exec", namespace) + command
    return subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


@contextlib.contextmanager
def background(*command, namespace, **options):
    process = subprocess.Popen(("ip", "netns", "exec", namespace) + command, stdout=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def this_script(helper, *arguments):
    return (sys.executable, os.path.abspath(__file__), "--helper", helper) + arguments


# --- helpers: each runs as a process of its own inside a namespace ---------------------------------------------------

def helper_offloads(interface):
    """Frames as on a wire: checksums in them, none larger than the MTU. What `ethtool -K IF tx off tso off ...` does."""
    rx_checksum, tx_checksum, tso, gso, gro = 0x15, 0x17, 0x1F, 0x24, 0x2C
    siocethtool = 0x8946
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in (tso, gso, gro, tx_checksum, rx_checksum):
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), ctypes.addressof(value)).ljust(40, b"\0")
            fcntl.ioctl(control, siocethtool, request)


def helper_dns(address, v4, v6):
    """A name server that knows one name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        while True:
            query, client = server.recvfrom(512)
            end = query.index(b"\0", 12) + 1
            asked = struct.unpack_from("!H", query, end)[0]
            labels = query[12:end]
            known = labels == b"".join(bytes([len(p)]) + p.encode() for p in HOST.split(".")) + b"\0"
            data = {1: socket.inet_aton(v4), 28: socket.inet_pton(socket.AF_INET6, v6)}.get(asked) if known else None
            flags = 0x8580 if known else 0x8583
            answer = query[:2] + struct.pack("!5H", flags, 1, 1 if data else 0, 0, 0) + query[12:end + 4]
            if data:
                answer += struct.pack("!HHHIH", 0xC00C, asked, 1, 300, len(data)) + data
            server.sendto(answer, client)


def helper_http(folder):
    class DualStack(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6

    class Quiet(http.server.SimpleHTTPRequestHandler):
        server_version, sys_version = "demo", ""

        def log_message(self, *_):
            pass

    DualStack(("::", 80), functools.partial(Quiet, directory=folder)).serve_forever()


def internet_checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tagged(source, destination, ethertype, payload):
    mac = [bytes.fromhex(m.replace(":", "")) for m in (destination, source)]
    return mac[0] + mac[1] + struct.pack("!HHH", 0x8100, 3 << 13 | VLAN, ethertype) + payload


def helper_tagged(sender, receiver):
    """Tagged ping and ARP frames from a raw socket, for kernels that have no 802.1Q interfaces."""
    from_ip, to_ip = (socket.inet_aton(ADDRESSES[n][0].replace("192.0.2.", "198.51.100.")) for n in (sender, receiver))
    from_mac = bytes.fromhex(MACS[sender].replace(":", ""))
    request = sender == LEFT
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1 if request else 2) + from_mac + from_ip
    arp += (bytes(6) if request else bytes.fromhex(MACS[receiver].replace(":", ""))) + to_ip
    frames = [tagged(MACS[sender], "ff:ff:ff:ff:ff:ff" if request else MACS[receiver], 0x0806, arp)]
    for number, size in enumerate((18, 56, 200, 700, 1472), 1):
        icmp = struct.pack("!BBHHH", 8 if request else 0, 0, 0, 0x5247, number) + bytes(i & 255 for i in range(size))
        icmp = icmp[:2] + struct.pack("!H", internet_checksum(icmp)) + icmp[4:]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(icmp), number, 0x4000, 64, 1, 0) + from_ip + to_ip
        ip = ip[:10] + struct.pack("!H", internet_checksum(ip)) + ip[12:]
        frames.append(tagged(MACS[sender], MACS[receiver], 0x0800, ip + icmp))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((INTERFACE, 0))
        for frame in frames:
            raw.send(frame.ljust(SHORTEST, b"\0"))


HELPERS = {"offloads": helper_offloads, "dns": helper_dns, "http": helper_http, "tagged": helper_tagged}


# --- the recording --------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def two_namespaces():
    made = []
    try:
        for namespace in (LEFT, RIGHT):
            run("ip", "netns", "add", namespace)
            made.append(namespace)
        run("ip", "link", "add", INTERFACE, "netns", LEFT, "address", MACS[LEFT], "type", "veth",
            "peer", "name", INTERFACE, "netns", RIGHT, "address", MACS[RIGHT])
        for namespace in made:
            run(*this_script("offloads", INTERFACE), namespace=namespace)
        # tcpdump wants its end up; no frame passes before the other end is.
        run("ip", "link", "set", INTERFACE, "up", namespace=LEFT)
        yield
    finally:
        for namespace in made:
            subprocess.run(("ip", "netns", "delete", namespace), check=False)


def bring_up():
    for namespace in (LEFT, RIGHT):
        v4, v6 = ADDRESSES[namespace]
        run("ip", "address", "add", v4 + "/24", "dev", INTERFACE, namespace=namespace)
        run("ip", "address", "add", v6 + "/64", "dev", INTERFACE, namespace=namespace)
        run("ip", "link", "set", "lo", "up", namespace=namespace)
    run("ip", "link", "set", INTERFACE, "up", namespace=RIGHT)
    for namespace in (LEFT, RIGHT):  # until duplicate address detection is over
        wait_until(lambda: not subprocess.run(
            ("ip", "netns", "exec", namespace, "ip", "-6", "address", "show", "tentative"),
            check=True, capture_output=True).stdout)


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("record: gave up waiting for a condition that should have come true; run it again")
        time.sleep(0.05)


def wait_for_port(port, namespace=RIGHT):
    """Until somebody listens on the TCP port, without a frame on the wire."""
    probe = f"import socket; socket.create_connection(('::1', {port}), 1)"
    wait_until(lambda: subprocess.run(("ip", "netns", "exec", namespace, sys.executable, "-c", probe),
                                      stderr=subprocess.DEVNULL).returncode == 0)


@contextlib.contextmanager
def capturing(path):
    with background("tcpdump", "-i", INTERFACE, "-s", "0", "-U", "--immediate-mode", "-Z", "root", "-w", path,
                    namespace=LEFT, stderr=subprocess.PIPE, text=True) as process:
        said = ""
        while "listening on" not in said:
            line = process.stderr.readline()
            if not line:
                raise SystemExit(f"record: tcpdump did not start: {said}")
            said += line
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield
        time.sleep(0.5)  # what is on its way to the file


def ping_sizes():
    v4, v6 = ADDRESSES[RIGHT]
    run("ping", "-c", "4", "-i", "0.05", v4, namespace=LEFT)
    run("ping", "-c", "3", "-i", "0.05", v6, namespace=LEFT)
    for size in (0, 18, 19, 21, 22, 23, 86, 150, 214, 470, 982, 1400, 1471, 1472):  # frames of 42 (60) to 1514 bytes
        run("ping", "-c", "1", "-s", str(size), v4, namespace=LEFT)
    for size in (0, 64, 500, 1452):
        run("ping", "-c", "1", "-s", str(size), v6, namespace=LEFT)


def names_and_downloads(folder):
    resolver = os.path.join(folder, "resolv.conf")
    with open(resolver, "w", encoding="ascii") as file:
        file.write(f"nameserver {ADDRESSES[RIGHT][0]}\n")
    site = os.path.join(folder, "site")
    os.mkdir(site)
    with open(os.path.join(site, "page.txt"), "w", encoding="ascii") as file:
        for line in range(900):
            file.write(f"{line:4}: the same line of text, numbered, so that a misplaced one shows\n")
    # `ip netns exec` gives each command a mount namespace of its own: this /etc/resolv.conf is its alone.
    resolved = ("sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolver)
    with background(*this_script("dns", ADDRESSES[RIGHT][0], *ADDRESSES[RIGHT]), namespace=RIGHT,
                    stderr=subprocess.DEVNULL), \
         background(*this_script("http", site), namespace=RIGHT, stderr=subprocess.DEVNULL):
        wait_for_port(80)
        run(*resolved, "getent", "ahostsv4", HOST, namespace=LEFT)
        run(*resolved, "getent", "ahostsv6", HOST, namespace=LEFT)
        subprocess.run(("ip", "netns", "exec", LEFT) + resolved + ("getent", "ahosts", "unknown.ringside.test"),
                       stdout=subprocess.DEVNULL, check=False)  # a name that does not exist
        for version in ("-4", "-6"):
            run(*resolved, "curl", "-sS", version, "-o", os.path.join(folder, "page" + version),
                f"http://{HOST}/page.txt", namespace=LEFT)


def throughput():
    run("ip", "neighbour", "flush", "dev", INTERFACE, namespace=LEFT)  # for another round of ARP
    with background("iperf3", "-s", namespace=RIGHT, stderr=subprocess.DEVNULL):
        wait_until(lambda: b":5201" in subprocess.run(("ip", "netns", "exec", RIGHT, "ss", "-ltn"),
                                                      capture_output=True, check=True).stdout)
        run("iperf3", "-c", ADDRESSES[RIGHT][0], "-n", "40K", "-l", "4K", namespace=LEFT)
        run("iperf3", "-c", ADDRESSES[RIGHT][0], "-u", "-b", "2M", "-n", "12K", "-l", "600", namespace=LEFT)


def allow_jumbo():
    for namespace in (LEFT, RIGHT):
        run("ip", "link", "set", INTERFACE, "mtu", "9000", namespace=namespace)


def ping_jumbo():
    for size in ("4000", "8900", "8972"):
        run("ping", "-c", "1", "-M", "do", "-s", size, ADDRESSES[RIGHT][0], namespace=LEFT)


def record(folder):
    """Two captures, in order: tcpdump holds no longer frames than the interface carried when it started."""
    raw = [os.path.join(folder, name) for name in ("standard.pcap", "jumbo.pcap")]
    with two_namespaces():
        with capturing(raw[0]):
            bring_up()
            ping_sizes()
            names_and_downloads(folder)
            throughput()
            run(*this_script("tagged", LEFT, RIGHT), namespace=LEFT)
            run(*this_script("tagged", RIGHT, LEFT), namespace=RIGHT)
        allow_jumbo()
        with capturing(raw[1]):
            ping_jumbo()
    return raw


# --- what tcpdump saw, as it would be on a wire ---------------------------------------------------------------------

def checksums_are_right(frame):
    """IPv4, ICMP, TCP and UDP checksums, where the frame has them."""
    at = 18 if frame[12:14] == b"\x81\x00" else 14
    version = frame[at] >> 4
    ethertype = frame[at - 2:at]
    if ethertype == b"\x08\x00" and version == 4:
        header = 4 * (frame[at] & 15)
        total = struct.unpack_from("!H", frame, at + 2)[0]
        protocol, payload = frame[at + 9], frame[at + header:at + total]
        pseudo = frame[at + 12:at + 20] + struct.pack("!HH", protocol, len(payload))
        if internet_checksum(frame[at:at + header]) != 0:
            return False
        if protocol == 1:
            pseudo = b""
    elif ethertype == b"\x86\xdd":
        protocol, payload = frame[at + 6], frame[at + 40:at + 40 + struct.unpack_from("!H", frame, at + 4)[0]]
        if protocol == 0:  # hop-by-hop options
            protocol, payload = payload[0], payload[8 * (payload[1] + 1):]
        pseudo = frame[at + 8:at + 40] + struct.pack("!II", len(payload), protocol)
    else:
        return True
    return protocol not in (1, 6, 17, 58) or internet_checksum(pseudo + payload) == 0


def finish(raw, out):
    """Pads short frames as a NIC does, and refuses what no NIC would send."""
    records = [(*when, frame.ljust(SHORTEST, b"\0"))
               for path in raw for *when, frame in compare.read_records(path)]
    for number, (_, _, frame) in enumerate(records, 1):
        if len(frame) > LONGEST:
            raise SystemExit(f"record: frame {number} has {len(frame)} bytes; segmentation offload is still on")
        if not checksums_are_right(frame):
            raise SystemExit(f"record: frame {number} ({compare.kind(frame)}) has a wrong checksum; "
                             "checksum offload is still on")
    with open(out, "wb") as file:
        file.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for seconds, microseconds, frame in records:
            file.write(struct.pack("<4I", seconds, microseconds, len(frame), len(frame)) + frame)
    return [frame for _, _, frame in records]


def print_contents(frames, out):
    print(f"{out}: {len(frames)} frames, {os.path.getsize(out)} bytes")
    for name, (count, low, high) in compare.count_kinds(frames).items():
        print(f"| {name} | {count} | {low if low == high else f'{low} to {high}'} |")


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "--helper":
        HELPERS[sys.argv[2]](*sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("out", nargs="?", help="default: traffic.pcap beside this script",
                        default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "traffic.pcap"))
    out = parser.parse_args().out
    if os.geteuid() != 0:
        raise SystemExit("record: making network namespaces needs root; run it with sudo")
    for program in ("ip", "ss", "tcpdump", "ping", "curl", "getent", "iperf3"):
        if shutil.which(program) is None:
            raise SystemExit(f"record: {program} is not installed")
    with tempfile.TemporaryDirectory() as folder:
        print_contents(finish(record(folder), out), out)


if __name__ == "__main__":
    main()

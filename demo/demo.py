#!/usr/bin/env python3
"""Ringside's demo: its ixgbe driver forwards real traffic between two software 82599s, and the result is checked.

Run by `./run demo`, which builds what this needs. Python 3 standard library only.
Everything happens in this process's children, in a temporary folder, and (as root) in two network namespaces that
are removed at the end, however it ends.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import compare  # noqa: E402  (beside this file)


class Failed(Exception):
    """A sentence that says which part of the demo failed and how."""


def say(text):
    bold = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold[0]}{text}{bold[1]}", flush=True)


def summary_of(output):
    """The forwarder's last JSON object."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            record = json.loads(line)
            if record.get("type") == "summary":
                return record
    raise Failed("the forwarder printed no summary")


def capture_through(bin_dir, work):
    """Part 1: a recorded capture goes in at the left card and must come out at the right one, unchanged."""
    source, result = HERE / "traffic.pcap", work / "out.pcap"
    count = len(compare.read_capture(source))
    say(f"1. {count} recorded frames through NIC A, the forwarder, NIC B")
    run = subprocess.run(
        [bin_dir / "forwarder", "--json", "--packets", str(count), "--duration", "30", "--mtu", "9000",
         f"sim:82599,strict=report,cable=pcap:{source},", f"sim:82599,strict=report,cable=pcap:,{result}"],
        stdout=subprocess.PIPE, text=True, timeout=60)
    if run.returncode != 0:
        raise Failed(f"the forwarder ended with exit code {run.returncode}; its words are above")
    summary = summary_of(run.stdout)
    sent = summary["ports"][1]["tx_packets"]
    print(f"   forwarded {sent} frames; unaccounted for: {summary['unaccounted']}", flush=True)
    if subprocess.run([sys.executable, HERE / "compare.py", source, result]).returncode != 0:
        raise Failed("what came out differs from what went in")
    print(f"   compared {count} frames byte by byte; lost: {count - sent}", flush=True)
    if sent != count:
        raise Failed(f"{count - sent} frames were lost")


def full_rate(bin_dir, seconds):
    """Part 2: 64-byte frames as fast as it goes, every one numbered and checked."""
    say(f"2. 64-byte frames at full rate for {seconds} s, numbered and checked at the other end")
    run = subprocess.run(
        [bin_dir / "forwarder", "--duration", str(seconds),
         "sim:82599,cable=generate:size=64", "sim:82599,cable=generate:source=off"], timeout=seconds + 60)
    if run.returncode != 0:
        raise Failed(f"the forwarder ended with exit code {run.returncode}; its words are above")


class Namespaces:
    """Two network namespaces, each with a TAP interface on a software NIC, and the forwarder between the NICs."""

    def __init__(self, bin_dir, work):
        self.bin_dir, self.work = bin_dir, work
        tag = os.getpid()
        self.names = [f"ringside-l-{tag}", f"ringside-r-{tag}"]
        self.processes = []

    def __enter__(self):
        for i, name in enumerate(self.names):
            self.ip("netns", "add", name)
            socket = self.work / f"nic{i}.sock"
            self.start(["ip", "netns", "exec", name, self.bin_dir / "ringside-sim", "--quiet",
                        "--socket", f"{socket}=82599,strict=report,cable=tap:ringside{i}"])
            self.wait_until(lambda s=socket: s.exists(), f"ringside-sim did not open {socket}")
            self.ip("-n", name, "link", "set", "lo", "up")
            self.ip("-n", name, "addr", "add", f"10.99.0.{i + 1}/24", "dev", f"ringside{i}")
            self.ip("-n", name, "link", "set", f"ringside{i}", "up")
        self.start([self.bin_dir / "forwarder", "--quiet", *(f"vfio-user:{self.work}/nic{i}.sock" for i in (0, 1))])
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):  # one by one: the forwarder before its NICs
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)

    @staticmethod
    def ip(*arguments):
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"`ip {' '.join(arguments)}` failed: {done.stderr.strip()}")

    def start(self, command, **options):
        process = subprocess.Popen([str(c) for c in command], **options)
        self.processes.append(process)
        return process

    @staticmethod
    def wait_until(condition, otherwise, limit=10):
        deadline = time.monotonic() + limit
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(otherwise)
            time.sleep(0.01)

    def inside(self, side, *command, **options):
        return subprocess.run(["ip", "netns", "exec", self.names[side], *map(str, command)], text=True, check=False,
                              **options)

    def ping(self):
        self.wait_until(lambda: self.inside(0, "ping", "-c", "1", "-W", "1", "10.99.0.2",
                                            stdout=subprocess.DEVNULL).returncode == 0,
                        "no ping got through in 10 seconds")
        done = self.inside(0, "ping", "-i", "0.02", "-c", "100", "-q", "10.99.0.2", stdout=subprocess.PIPE)
        lines = [line for line in done.stdout.splitlines() if "loss" in line or "rtt" in line]
        print("   " + "\n   ".join(lines), flush=True)
        if " 0% packet loss" not in done.stdout:
            raise Failed("pings were lost")

    def download(self, size=8 << 20):
        data = os.urandom(size)
        (self.work / "www").mkdir()
        (self.work / "www" / "file").write_bytes(data)
        server = self.start(["ip", "netns", "exec", self.names[1], sys.executable, "-m", "http.server", "--bind",
                             "10.99.0.2", "--directory", self.work / "www", "8000"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        result = self.work / "download"
        done = self.inside(0, "curl", "-s", "--retry", "20", "--retry-connrefused", "--retry-delay", "1",
                           "--max-time", "60", "-o", result, "http://10.99.0.2:8000/file")
        server.terminate()
        if done.returncode != 0 or not result.exists():
            raise Failed("the download failed")
        want, got = (hashlib.sha256(x).hexdigest() for x in (data, result.read_bytes()))
        print(f"   {size >> 20} MiB over HTTP, SHA-256 {got[:16]}… {'matches' if got == want else 'DIFFERS'}", flush=True)
        if got != want:
            raise Failed("the download's checksum differs")

    def iperf(self, seconds):
        self.start(["ip", "netns", "exec", self.names[1], "iperf3", "-s", "-1", "-B", "10.99.0.2"],
                   stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            done = self.inside(0, "iperf3", "-c", "10.99.0.2", "-t", seconds, "-J", stdout=subprocess.PIPE)
            report = json.loads(done.stdout or "{}")  # its exit code does not always tell
            if "error" not in report and "sum_received" in report.get("end", {}):
                break
            if time.monotonic() > deadline:
                raise Failed(f"iperf3 could not run: {report.get('error', 'it printed nothing')}")
            time.sleep(0.1)
        rate = report["end"]["sum_received"]["bits_per_second"]
        retransmits = report["end"]["sum_sent"]["retransmits"]
        print(f"   iperf3, {seconds} s: {rate / 1e9:.2f} Gb/s received, {retransmits} retransmits", flush=True)


def real_programs(bin_dir, work, seconds):
    """Part 3: programs that know nothing of all this talk across it."""
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        say("3. skipped: ping, a download and iperf3 across the forwarder need root and /dev/net/tun")
        return
    missing = [tool for tool in ("ip", "ping", "curl", "iperf3") if shutil.which(tool) is None]
    if missing:
        say(f"3. skipped: {', '.join(missing)} not installed")
        return
    say("3. two network namespaces, joined by nothing but TAP - NIC - forwarder - NIC - TAP")
    with Namespaces(bin_dir, work) as namespaces:
        namespaces.ping()
        namespaces.download()
        namespaces.iperf(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where forwarder and ringside-sim are")
    parser.add_argument("--seconds", type=int, default=5, help="how long to run at full rate (default 5)")
    parser.add_argument("--iperf-seconds", type=int, default=10, help="how long iperf3 runs, as root (default 10)")
    options = parser.parse_args()
    bin_dir = options.bin.resolve()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ringside-demo-") as folder:
        work = pathlib.Path(folder)
        try:
            capture_through(bin_dir, work)
            full_rate(bin_dir, options.seconds)
            real_programs(bin_dir, work, options.iperf_seconds)
        except Failed as error:
            print(f"\ndemo: {error}", file=sys.stderr)
            return 1
        except subprocess.TimeoutExpired as error:
            print(f"\ndemo: {error.cmd[0]} did not end in time", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\ndemo: interrupted", file=sys.stderr)
            return 130
    say(f"The demo took {time.monotonic() - begin:.0f} s and found nothing wrong.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The host's end of a network cable that is plugged into a virtual machine's NIC."""

from __future__ import annotations

import contextlib
import pathlib
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable

from . import LabError


class Wire:
    """Frames to and from one NIC, one datagram each. Toward the guest nothing is lost: while the NIC has no room, QEMU
    does not read, and send() waits. (A stream would lose frames: QEMU reads many at a time, and some of its NICs drop
    those that they have no room for when they are handed over later.) What comes from the guest is kept until somebody
    takes it."""

    def __init__(self, folder: pathlib.Path, name: str) -> None:
        self.near, self.far = folder / name, folder / f"{name}.qemu"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(str(self.near))
        self.netdev = (f"dgram,id=net-{name},local.type=unix,local.path={self.far},"
                       f"remote.type=unix,remote.path={self.near}")
        self.arrived: list[bytes] = []
        self.news = threading.Condition()
        self.on_frame: Callable[[bytes], None] | None = None
        self.sending = threading.Lock()
        self.closed = False

    def connect(self) -> None:
        """To be called when QEMU runs."""
        self.socket.connect(str(self.far))
        threading.Thread(target=self.read, daemon=True).start()

    def close(self) -> None:
        self.closed = True
        self.socket.close()

    def read(self) -> None:
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        while not self.closed:
            poll.poll(100)
            frames = []
            try:
                while len(frames) < 64:
                    frames.append(self.socket.recv(65536))
            except BlockingIOError:
                pass
            except OSError:
                return
            if frames:
                self.deliver(frames)

    def deliver(self, frames: list[bytes]) -> None:
        if handler := self.on_frame:
            for frame in frames:
                handler(frame)
            return
        with self.news:
            self.arrived += frames
            self.news.notify_all()

    def send(self, frames: Iterable[bytes], limit: float = 60) -> None:
        """Raises LabError if the guest does not take the frames within `limit` seconds."""
        deadline = time.monotonic() + limit
        with self.sending:
            for count, frame in enumerate(frames):
                while not self.sent(frame):
                    if time.monotonic() > deadline:
                        raise LabError(f"the guest took only {count} frames within {limit:.0f} s")

    def sent(self, frame: bytes) -> bool:
        try:
            self.socket.send(frame)
            return True
        except BlockingIOError:
            select.select([], [self.socket], [], 0.1)
            return False
        except OSError as error:
            raise LabError(f"the virtual machine is gone: {error.strerror}") from error

    def send_quietly(self, frames: Iterable[bytes]) -> None:
        """For threads: if the guest does not take them, whoever waits for them at the other end will notice."""
        with contextlib.suppress(LabError):
            self.send(frames)

    def send_or_lose(self, frame: bytes) -> None:
        with contextlib.suppress(LabError):
            self.send([frame], 0.2)

    def receive(self, count: int, limit: float = 30, wanted: Callable[[bytes], bool] = lambda frame: True) -> list[bytes]:
        """Takes frames that came from the guest: `count` of them, or fewer if no more come within `limit` seconds. Those
        that are not `wanted` are thrown away."""
        deadline, taken = time.monotonic() + limit, []
        with self.news:
            while True:
                while self.arrived and len(taken) < count:
                    batch, self.arrived = self.arrived[:count - len(taken)], self.arrived[count - len(taken):]
                    taken += filter(wanted, batch)
                left = deadline - time.monotonic()
                if len(taken) >= count or left <= 0:
                    return taken
                self.news.wait(left)

    def clear(self) -> None:
        with self.news:
            self.arrived = []


def join(one: Wire, other: Wire) -> None:
    """From now on the two NICs are connected with each other. Frames that one does not take are lost, as they are on a
    real cable; else what a NIC sends would wait for the other NIC."""
    one.on_frame = other.send_or_lose
    other.on_frame = one.send_or_lose


def part(one: Wire, other: Wire) -> None:
    one.on_frame = other.on_frame = None

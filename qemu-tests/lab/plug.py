"""The host's end of a software NIC's cable."""

from __future__ import annotations

import contextlib
import pathlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable

from . import LabError
from .wire import Wire


class Plug(Wire):
    """Frames to and from a NIC of ringside-sim with the cable `unix:PATH`: a stream, each frame after its length. Toward the
    NIC nothing is lost, as long as it is plugged in: while the NIC has no room, send() waits."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.arrived: list[bytes] = []
        self.news = threading.Condition()
        self.on_frame: Callable[[bytes], None] | None = None
        self.sending = threading.Lock()
        self.unsent = b""  # of what the NIC has been sent in part
        self.listener: socket.socket | None = None
        self.socket: socket.socket | None = None
        self.plug_in()

    def plug_in(self) -> None:
        """The NIC notices within a tenth of a second, and has link soon after."""
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.path))
        self.listener.listen(1)
        threading.Thread(target=self.serve, args=(self.listener,), daemon=True).start()

    def pull_out(self) -> None:
        self.path.unlink()
        listener, connection, self.listener, self.socket, self.unsent = self.listener, self.socket, None, None, b""
        for one in (listener, connection):
            if one:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def close(self) -> None:
        if self.listener:
            self.pull_out()

    def serve(self, listener: socket.socket) -> None:
        """Takes the NIC's connection, again if the simulator is started again, and what comes out of it."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with self.sending:
                    self.socket, self.unsent = connection, b""
                self.read_from(connection)

    def read_from(self, connection: socket.socket) -> None:
        pending = b""
        with contextlib.suppress(OSError):
            while data := connection.recv(1 << 18):
                pending, frames, at = pending + data, [], 0
                while len(pending) >= at + 4 and len(pending) >= (end := at + 4 + struct.unpack_from(">I", pending, at)[0]):
                    frames.append(pending[at + 4:end])
                    at = end
                pending = pending[at:]
                self.deliver(frames)

    def send(self, frames: Iterable[bytes], limit: float = 60) -> None:
        with self.sending:
            self.unsent += b"".join(struct.pack(">I", len(frame)) + frame for frame in frames)
            if not self.all_sent(limit):
                raise LabError(f"{len(self.unsent)} bytes were not taken by the guest within {limit:.0f} s")

    def send_or_lose(self, frame: bytes) -> None:
        with self.sending, contextlib.suppress(LabError):
            if self.all_sent(0):
                self.unsent = struct.pack(">I", len(frame)) + frame
                self.all_sent(0.2)

    def all_sent(self, limit: float) -> bool:
        deadline = time.monotonic() + limit
        while self.unsent:
            if (connection := self.socket) is None:
                raise LabError("the cable is not plugged in")
            try:
                self.unsent = self.unsent[connection.send(self.unsent[:1 << 16], socket.MSG_DONTWAIT):]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                select.select([], [connection], [], 0.1)
            except OSError as error:
                raise LabError(f"the simulator is gone: {error.strerror}") from error
        return True


class Plugs:
    """What a machine's monitor does for QEMU's NICs: pulls cables, and plugs them in again."""

    def __init__(self, plugs: dict[str, Plug]) -> None:
        self.plugs = plugs

    def set_link(self, name: str, up: bool) -> None:
        if up:
            self.plugs[name].plug_in()
        else:
            self.plugs[name].pull_out()

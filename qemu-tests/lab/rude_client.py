"""A vfio-user client that says what it likes. The protocol: QEMU's docs/interop/vfio-user.rst."""

from __future__ import annotations

import array
import contextlib
import os
import pathlib
import socket
import struct
import time

VERSION, DMA_MAP, DMA_UNMAP, GET_INFO, GET_REGION_INFO, GET_IRQ_INFO = 1, 2, 3, 4, 5, 7
SET_IRQS, REGION_READ, REGION_WRITE, RESET, WRITE_MULTI = 8, 9, 10, 13, 15
HEADER = struct.Struct("<HHIII")  # id, command, size of the whole message, flags, error
NO_REPLY = 16
BAR0, CONFIG = 0, 7  # regions
REGIONS = 9
HUNG_UP = -1  # instead of an error number


def message(command: int, payload: bytes = b"", flags: int = 0, size: int | None = None) -> bytes:
    return HEADER.pack(1, command, HEADER.size + len(payload) if size is None else size, flags, 0) + payload


def dma_map(iova: int, size: int, offset: int = 0, flags: int = 3) -> bytes:
    return struct.pack("<IIQQQ", 32, flags, offset, iova, size)


def access(region: int, offset: int, count: int, data: bytes = b"") -> bytes:
    return struct.pack("<QII", offset, region, count) + data


def region_info(argsz: int, region: int) -> bytes:
    return struct.pack("<IIIIQQ", argsz, 0, region, 0, 0, 0)


class RudeClient:
    """Connected and, unless told otherwise, past the greeting."""

    def __init__(self, path: pathlib.Path, greet: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.files: list[int] = []  # that came with answers
        deadline = time.monotonic() + 20
        while True:
            try:
                self.socket.connect(str(path))
                break
            except BlockingIOError:  # others wait already
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        if greet and self.ask(VERSION, struct.pack("<HH", 0, 0) + b"{}\0") != 0:
            raise OSError(f"{path} does not take a correct greeting")

    def __enter__(self) -> RudeClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        for file in self.files:
            os.close(file)

    def send(self, data: bytes, files: tuple[int, ...] = ()) -> None:
        """The server may have hung up by then."""
        if not data:
            return
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
        with contextlib.suppress(OSError):
            self.socket.sendmsg([data], control)

    def answer(self) -> tuple[int, bytes]:
        """The next reply's error number, 0 for none, and its data. HUNG_UP if there is none."""
        header = self.receive(HEADER.size)
        if len(header) < HEADER.size:
            return HUNG_UP, b""
        _, _, size, _, error = HEADER.unpack(header)
        return error, self.receive(size - HEADER.size)

    def receive(self, count: int) -> bytes:
        data = b""
        with contextlib.suppress(ConnectionError):
            while len(data) < count:
                more, control, _, _ = self.socket.recvmsg(count - len(data), socket.CMSG_SPACE(64))
                for level, kind, files in control:
                    if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                        self.files += array.array("i", files[:len(files) // 4 * 4])
                if not more:
                    break
                data += more
        return data

    def ask(self, command: int, payload: bytes = b"", files: tuple[int, ...] = (), flags: int = 0) -> int:
        self.send(message(command, payload, flags), files)
        return self.answer()[0]

    def read(self, offset: int, region: int = BAR0, count: int = 4) -> int:
        self.send(message(REGION_READ, access(region, offset, count)))
        return int.from_bytes(self.answer()[1][16:], "little")

    def write(self, offset: int, value: int, region: int = BAR0, count: int = 4) -> int:
        return self.ask(REGION_WRITE, access(region, offset, count, value.to_bytes(count, "little")))

    def post(self, offset: int, value: int) -> None:
        """A write to a register that is not answered."""
        self.send(message(REGION_WRITE, access(BAR0, offset, 4, struct.pack("<I", value & 0xFFFFFFFF)), NO_REPLY))

    def region_size(self, region: int) -> int:
        """In bytes; 0 if there is no such region."""
        self.send(message(GET_REGION_INFO, region_info(32, region)))
        error, data = self.answer()
        return 0 if error else int.from_bytes(data[16:24], "little")

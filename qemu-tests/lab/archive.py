"""A cpio archive in the "newc" format, the one that Linux unpacks as its initramfs (kernel documentation:
early-userspace/buffer-format). Written here so that no cpio program is needed."""

from __future__ import annotations

import pathlib
import stat


class Archive:
    """Files, folders and links of a small root file system, owned by root. A path added twice: the last one counts."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[int, bytes]] = {}  # path without leading slash: mode, contents

    def folder(self, path: str) -> None:
        """With the folders above it."""
        parts = path.strip("/").split("/")
        for count in range(1, len(parts) + 1):
            self.entries.setdefault("/".join(parts[:count]), (stat.S_IFDIR | 0o755, b""))

    def file(self, path: str, contents: bytes | str, executable: bool = False) -> None:
        data = contents.encode() if isinstance(contents, str) else contents
        self.add(path, stat.S_IFREG | (0o755 if executable else 0o644), data)

    def link(self, path: str, target: str) -> None:
        self.add(path, stat.S_IFLNK | 0o777, target.encode())

    def copy(self, path: str, source: pathlib.Path) -> None:
        """A file of this machine, executable if it is so here."""
        self.file(path, source.read_bytes(), bool(source.stat().st_mode & stat.S_IXUSR))

    def add(self, path: str, mode: int, data: bytes) -> None:
        path = path.strip("/")
        if "/" in path:
            self.folder(path.rsplit("/", 1)[0])
        self.entries[path] = (mode, data)

    def bytes(self) -> bytes:
        parts = []
        for number, (path, (mode, data)) in enumerate(self.entries.items(), start=1):
            parts.append(entry(number, path, mode, data))
        parts.append(entry(0, "TRAILER!!!", 0, b""))
        return b"".join(parts)


def entry(number: int, path: str, mode: int, data: bytes) -> bytes:
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    # inode, mode, uid, gid, links, time, size, device (4 numbers), length of the name, checksum (none)
    fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return padded(header + name) + padded(data)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)

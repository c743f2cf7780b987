"""QEMU's machine protocol (QMP): what a person would do to the machine's plugs while it runs."""

from __future__ import annotations

import json
import socket

from . import LabError


class Monitor:
    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        self.stream = connection.makefile("rw")
        self.read()  # the greeting
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: object) -> object:
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        while True:
            message = self.read()
            if "error" in message:
                raise LabError(f"QEMU refuses {command} {arguments}: {message['error'].get('desc')}")
            if "return" in message:
                return message["return"]

    def wait_for_event(self, name: str) -> dict:
        while True:
            message = self.read()
            if message.get("event") == name:
                return message

    def read(self) -> dict:
        try:
            line = self.stream.readline()
        except OSError as error:
            raise LabError(f"QEMU's monitor does not answer: {error}") from error
        if not line:
            raise LabError("QEMU's monitor hung up")
        return json.loads(line)

    def set_link(self, nic: str, up: bool) -> None:
        """Plugs or pulls the cable of a NIC."""
        self.execute("set_link", name=nic, up=up)

    def unplug(self, nic: str) -> None:
        """Presses the eject button of a NIC's slot. The guest then gives it back, or not."""
        self.execute("device_del", id=nic)

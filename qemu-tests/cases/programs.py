"""The project's programs in the guest, as the tests use them."""

from __future__ import annotations

import json

from lab.guest import CommandFailed, Guest
from lab.host import Host


class Forwarder:
    """A forwarder that is up and has link on both ports."""

    def __init__(self, where: Guest | Host, ports: list[str], *options: str, wait: bool = True) -> None:
        self.program = where.start("forwarder --json --threads 1 " + " ".join([*options, *ports]))
        if wait:
            self.program.wait_for('"link_up":[true,true]')

    def __enter__(self) -> Forwarder:
        return self

    def __exit__(self, failed: type | None, *_: object) -> None:
        if not self.program.running:
            return
        if failed is None:
            self.stop()
        else:  # what it has to say goes into the transcript
            self.program.stop("INT")
            self.program.out(), self.program.err()

    def stop(self) -> dict:
        """Ends it. Its report."""
        status = self.program.stop("INT")
        words = self.program.err()
        if status != 0:
            raise CommandFailed(f"the forwarder ended with exit code {status}:\n{words}\n{self.program.out()}")
        return next(found for found in reversed(self.program.objects()) if found["type"] == "summary")


class Echo:
    """guest/echo_frames.cpp, up and with link."""

    def __init__(self, guest: Guest, port: str, interrupts: str = "best") -> None:
        self.program = guest.start(f"echo_frames {port} {interrupts}")
        self.program.wait_for('"ready":true')
        self.mac = json.loads(self.program.out().splitlines()[0])["mac"]
        self.told = 0

    def tell(self, words: str) -> None:
        self.told += 1
        self.program.tell(words)
        self.program.wait_for(f'"done":{self.told}}}')

    def stop(self) -> dict:
        """Ends it. What it counted."""
        self.program.tell("quit")
        status = self.program.wait()
        if status != 0:
            raise CommandFailed(f"echo_frames ended with exit code {status}:\n{self.program.err()}")
        return self.program.objects()[-1]

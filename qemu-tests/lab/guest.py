"""What the host tells a guest to do: commands over a serial port, with answer and exit code, one after the other."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import secrets
import shlex
import socket
import time

from . import LabError


class GuestGone(LabError):
    """The virtual machine ended, or does not answer."""


class CommandFailed(AssertionError):
    """A command in the guest ended otherwise than the test wants."""


@dataclasses.dataclass(frozen=True)
class Answer:
    text: str
    status: int


class Guest:
    """The other end of guest/init. Everything that is said goes into the file `transcript` too."""

    def __init__(self, connection: socket.socket, transcript: pathlib.Path) -> None:
        self.connection, self.pending = connection, b""
        self.transcript = open(transcript, "w")
        self.began = time.monotonic()
        self.programs = 0

    def wait_until_ready(self, limit: float) -> None:
        self.read_until(b"@@ready\n", limit)

    def run(self, script: str, limit: float = 30, check: bool = True) -> Answer:
        """What a shell script prints, with its exit code. `check`: raises CommandFailed unless that is 0."""
        token = f"@@{secrets.token_hex(8)}"
        self.note(f"# {script.strip()}")
        self.connection.settimeout(limit)
        self.connection.sendall(f"{script}\n@@run {token} {limit:.0f}\n".encode())
        text = self.read_until(f"\n{token} ".encode(), limit + 10).decode(errors="replace")
        status = int(self.read_until(b"\n", 5))
        self.note(f"{text.rstrip()}\n= {status}" if text.strip() else f"= {status}")
        if check and status != 0:
            raise CommandFailed(f"{script.strip()!r} in the guest ended with exit code {status}:\n{text.strip()}")
        return Answer(text.strip(), status)

    def output(self, script: str, limit: float = 30) -> str:
        return self.run(script, limit).text

    def start(self, command: str) -> Program:
        """Starts a program that goes on while other commands are run."""
        self.programs += 1
        return Program(self, command, f"/tmp/program{self.programs}")

    def load(self, path: str) -> str:
        """A file of the guest; nothing if there is none."""
        return self.run(f"cat {path} 2>/dev/null", check=False).text

    def kernel_log(self) -> str:
        return self.output("dmesg")

    def note(self, words: str) -> None:
        self.transcript.write(f"{time.monotonic() - self.began:8.3f}  {words}\n")
        self.transcript.flush()

    def read_until(self, end: bytes, limit: float) -> bytes:
        deadline = time.monotonic() + limit
        while end not in self.pending:
            self.connection.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self.connection.recv(65536)
            except (TimeoutError, socket.timeout) as error:
                raise GuestGone(f"the guest gave no answer within {limit:.0f} s") from error
            except OSError as error:
                raise GuestGone(f"the virtual machine is gone: {error.strerror}") from error
            if not data:
                raise GuestGone("the virtual machine ended while it was asked something")
            self.pending += data
        answer, self.pending = self.pending.split(end, 1)
        return answer


class Program:
    """A program that runs in the guest."""

    def __init__(self, guest: Guest, command: str, files: str) -> None:
        self.guest, self.command, self.files = guest, command, files
        self.running = True
        inner = shlex.quote(f"echo $$ >{files}.pid; exec {command}")
        # Opened for both directions, a pipe has no end; so the program waits for what it is told.
        self.pid = int(guest.output(
            f"mkfifo {files}.in\n"
            f"{{ sh -c {inner} 0<>{files}.in >{files}.out 2>{files}.err; echo $? >{files}.status; }} >/dev/null 2>&1 &\n"
            f"until [ -s {files}.pid ]; do usleep 2000; done; cat {files}.pid"))

    def out(self) -> str:
        return self.guest.load(f"{self.files}.out")

    def err(self) -> str:
        return self.guest.load(f"{self.files}.err")

    def tell(self, line: str) -> None:
        """Writes a line to its standard input."""
        self.guest.run(f"echo {shlex.quote(line)} >{self.files}.in")

    def wait_for(self, words: str, limit: float = 20) -> None:
        """Until the program has printed something (on either stream)."""
        turns = int(limit / 0.05)
        answer = self.guest.run(f"""for turn in $(seq {turns}); do
    grep -qF -- {shlex.quote(words)} {self.files}.out {self.files}.err && exit 0
    [ -e {self.files}.status ] && exit 3
    usleep 50000
done
exit 4""", limit * 4 + 10, check=False)
        if answer.status != 0:
            why = "it ended" if answer.status == 3 else f"nothing like that for {limit:.0f} s"
            raise CommandFailed(f"{self.command} did not say {words!r}: {why}\n{self.out()}\n{self.err()}")

    def wait(self, limit: float = 20, first: str = "true") -> int:
        """Its exit code (128 + n after signal n). `first`: a command to run before."""
        turns = int(limit / 0.02)
        status = self.guest.run(f"{first}; for turn in $(seq {turns}); do [ -s {self.files}.status ] && break; usleep 20000; "
                                f"done; cat {self.files}.status", limit * 4 + 10, check=False).text
        if not status.isdigit():
            raise CommandFailed(f"{self.command} did not end within {limit:.0f} s\n{self.out()}\n{self.err()}")
        self.running = False
        return int(status)

    def stop(self, name: str = "INT", limit: float = 20) -> int:
        return self.wait(limit, first=f"kill -{name} {self.pid}")

    def objects(self) -> list[dict]:
        """The JSON objects that it has printed, one a line."""
        return [json.loads(line) for line in self.out().splitlines() if line.startswith("{") and line.endswith("}")]

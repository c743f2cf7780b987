"""The project's programs on this machine, beside the virtual ones, with the words of lab/guest.py."""

from __future__ import annotations

import json
import pathlib
import shlex
import signal
import subprocess
import time

from .guest import CommandFailed
from .machine import die_with_parent


class Host:
    """`programs` is the folder they are in. What they print is left in `logs`."""

    def __init__(self, programs: pathlib.Path, logs: pathlib.Path) -> None:
        self.programs, self.logs, self.count = programs, logs, 0

    def start(self, command: str) -> HostProgram:
        self.count += 1
        self.logs.mkdir(parents=True, exist_ok=True)
        name, *words = shlex.split(command)
        return HostProgram([str(self.programs / name), *words], self.logs / f"{name}{self.count}")


class HostProgram:
    """A program that runs on this machine. It ends with the harness, if not earlier."""

    def __init__(self, command: list[str], files: pathlib.Path) -> None:
        self.command, self.files = command, files
        with open(f"{files}.out", "w") as out, open(f"{files}.err", "w") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, text=True,
                                            preexec_fn=die_with_parent)

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def out(self) -> str:
        return pathlib.Path(f"{self.files}.out").read_text(errors="replace")

    def err(self) -> str:
        return pathlib.Path(f"{self.files}.err").read_text(errors="replace")

    def tell(self, line: str) -> None:
        """Writes a line to its standard input."""
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def wait_for(self, words: str, limit: float = 20) -> None:
        """Until the program has printed something (on either stream)."""
        deadline = time.monotonic() + limit
        while words not in self.out() and words not in self.err():
            if not self.running or time.monotonic() > deadline:
                why = f"nothing like that for {limit:.0f} s" if self.running else "it ended"
                raise CommandFailed(f"{self.command[0]} did not say {words!r}: {why}\n{self.out()}\n{self.err()}")
            time.sleep(0.01)

    def wait(self, limit: float = 20) -> int:
        """Its exit code (128 + n after signal n)."""
        try:
            status = self.process.wait(limit)
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"{self.command[0]} did not end within {limit:.0f} s\n{self.out()}\n{self.err()}") from error
        return status if status >= 0 else 128 - status

    def stop(self, name: str = "INT", limit: float = 20) -> int:
        self.process.send_signal(getattr(signal, f"SIG{name}"))
        return self.wait(limit)

    def kill(self) -> None:
        if self.running:
            self.stop("KILL")

    def objects(self) -> list[dict]:
        """The JSON objects that it has printed, one a line."""
        return [json.loads(line) for line in self.out().splitlines() if line.startswith("{") and line.endswith("}")]

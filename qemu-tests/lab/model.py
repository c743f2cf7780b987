"""The software NICs (ringside-sim) beside a virtual machine, and how QEMU plugs them into it."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Container

from . import LabError
from .machine import die_with_parent


@dataclasses.dataclass(frozen=True)
class SoftwareNic:
    name: str
    mac: str
    options: str  # its cable and whatever else is wanted, as ringside-sim takes it

    def spec(self) -> str:
        return f"82599,mac={self.mac},{self.options}"


class Model:
    """A ringside-sim that serves these NICs until stop(). Its words go to ringside-sim.log and report.json in `logs`."""

    def __init__(self, program: pathlib.Path, nics: list[SoftwareNic], logs: pathlib.Path) -> None:
        if not program.exists():
            raise LabError(f"there is no program {program}; build it first")
        self.program, self.nics, self.logs = program, nics, logs
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ringside-sim-"))  # paths of sockets must be short
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """To be called before the machine boots, and again after kill()."""
        self.logs.mkdir(parents=True, exist_ok=True)
        command = [str(self.program), "--json", "--report", str(self.logs / "report.json")]
        for nic in self.nics:
            self.socket(nic).unlink(missing_ok=True)
            command += ["--socket", f"{self.socket(nic)}={nic.spec()}"]
        with open(self.logs / "ringside-sim.log", "a") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=die_with_parent)
        deadline = time.monotonic() + 10
        while not all(self.socket(nic).exists() for nic in self.nics):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"ringside-sim does not serve:\n{self.words()}")
            time.sleep(0.01)

    def socket(self, nic: SoftwareNic) -> pathlib.Path:
        return self.folder / nic.name

    def words(self) -> str:
        path = self.logs / "ringside-sim.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> dict[str, dict]:
        """Ends it as Ctrl-C does. Its report about each NIC, by name."""
        if self.process is None:
            return {}
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(20)
        self.process = None
        if status != 0:
            raise LabError(f"ringside-sim ended with exit code {status}:\n{self.words()}")
        reports = json.loads((self.logs / "report.json").read_text())["nics"]
        return {nic.name: report for nic, report in zip(self.nics, reports)}

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def arguments(self, memory: int, processors: int = 1, nics: Container[str] | None = None) -> list[str]:
        """For QEMU: the guest's memory, in MiB, as one that can be shared, and the NICs, or those with these names, each in
        a root port of its own."""
        arguments = ["-object", f"memory-backend-memfd,id=shared,size={memory}M,share=on",
                     "-machine", "memory-backend=shared", "-smp", f"{processors}"]
        here = [nic for nic in self.nics if nics is None or nic.name in nics]
        for slot, nic in enumerate(here, start=16):
            device = {"driver": "vfio-user-pci", "id": nic.name, "bus": f"port{slot}",
                      "socket": {"type": "unix", "path": str(self.socket(nic))}}
            arguments += ["-device", f"pcie-root-port,id=port{slot},chassis={slot},addr={slot:x}",
                          "-device", json.dumps(device)]
        return arguments

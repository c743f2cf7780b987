"""Starts the programs under test, watches them and ends them: what forwarder_test.py is built on."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

LIMIT = 120  # seconds until something that should take a moment counts as hung; sanitizers and loaded machines are slow


def wait_until(condition, what, limit=LIMIT):
    """Returns the condition's value once it is true; polls, because nothing announces what other processes do."""
    deadline = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {limit} s")
        time.sleep(0.002)
    return value


def children(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def has_ended(pid):
    """True for a zombie, too: whoever inherits it may take its time to reap it."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


class Program:
    """A running program whose output is read as it comes. Ended with the `with` block at the latest."""

    def __init__(self, *command, **options):
        self.command = [str(part) for part in command]
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, errors="replace", **options)
        self.pid = self.process.pid
        self.lines, self.errors = [], []
        self.news = queue.SimpleQueue()
        self.readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))]
        for reader in self.readers:
            reader.start()

    def _read(self, stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))
            self.news.put(None)
        stream.close()
        self.news.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join(LIMIT)

    def wait_for(self, condition, what):
        """Waits until condition(lines, errors) is true; looks whenever something was printed."""
        deadline = time.monotonic() + LIMIT
        while not (value := condition(self.lines, self.errors)):
            if self.process.poll() is not None and not any(reader.is_alive() for reader in self.readers):
                if value := condition(self.lines, self.errors):
                    return value
                raise AssertionError(f"{what}: it ended with {self.process.returncode} before that\n{self.words()}")
            try:
                self.news.get(timeout=max(0.0, min(1.0, deadline - time.monotonic())))
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise AssertionError(f"{what}: not within {LIMIT} s\n{self.words()}") from None
        return value

    def send(self, number):
        self.process.send_signal(number)

    def end(self):
        """Its exit code, once it has ended by itself."""
        try:
            code = self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"did not end within {LIMIT} s\n{self.words()}") from None
        for reader in self.readers:
            reader.join(LIMIT)
        return code

    def words(self):
        return "\n".join([" ".join(self.command), *self.lines[-20:], *self.errors[-20:]])

    def text(self):
        return "\n".join(self.lines + self.errors)


class Forwarder(Program):
    """A forwarder with --json."""

    def __init__(self, bin_dir, *arguments, **options):
        # Several tests run at once: all forwarders on the last core would starve each other.
        super().__init__(bin_dir / "forwarder", "--json", "--no-pin", *arguments, **options)

    def records(self, kind):
        return [record for record in map(json.loads, list(self.lines)) if record["type"] == kind]

    def wait_for_traffic(self):
        """Until it has told of a second in which something was forwarded."""
        self.wait_for(lambda *_: any(any(record["pps"]) for record in self.records("rates")), "forwarding anything")

    def summary(self, code=0):
        ended = self.end()
        if ended != code:
            raise AssertionError(f"ended with {ended} instead of {code}\n{self.words()}")
        last = json.loads(self.lines[-1])
        if last["type"] != "summary":
            raise AssertionError(f"no summary\n{self.words()}")
        return last


class Simulator(Program):
    """ringside-sim that serves one NIC for each spec; `ports` are their addresses."""

    def __init__(self, bin_dir, folder, *specs, options=(), **more):
        sockets = [folder / f"nic{i}.sock" for i in range(len(specs))]
        self.report_file = folder / "report.json"
        arguments = [argument for path, spec in zip(sockets, specs) for argument in ("--socket", f"{path}={spec}")]
        super().__init__(bin_dir / "ringside-sim", "--json", "--report", self.report_file, *options, *arguments, **more)
        self.ports = [f"vfio-user:{path}" for path in sockets]
        self.wait_for(lambda _, errors: sum(" is served on " in line for line in errors) == len(specs), "serving its NICs")

    def report(self):
        """Ends it; what it has to say about each NIC."""
        self.send(signal.SIGTERM)
        code = self.end()
        if code != 0:
            raise AssertionError(f"ended with {code}\n{self.words()}")
        return json.loads(self.report_file.read_text())["nics"]

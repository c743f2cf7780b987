"""Debian packages, fetched and unpacked into a folder: the machine's own package sources and database stay untouched.

apt does the work, with a configuration of its own: other suites of the mirror the machine already uses, its proxy
settings, the same keys. apt checks signatures, sizes and hashes, and resumes what was interrupted.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess

from . import LabError

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def run(command: list, what: str, **options) -> str:
    """The output of a command; LabError with its last words if it fails. `what`: "unpack the kernel"."""
    try:
        result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, text=True, errors="replace", **options)
    except FileNotFoundError as error:
        raise LabError(f"cannot {what}: there is no program {error.filename} here; install it") from error
    if result.returncode != 0:
        words = "\n  ".join(result.stdout.strip().splitlines()[-8:])
        raise LabError(f"cannot {what}: {command[0]} ended with exit code {result.returncode}:\n  {words}")
    return result.stdout


class Apt:
    """apt on an empty package database, with `suites` of the machine's own mirror. Everything is in `folder`."""

    def __init__(self, folder: pathlib.Path, suites: list[str]) -> None:
        self.folder, self.suites = folder.resolve(), suites

    def update(self) -> None:
        """Fetches the lists of packages. Needed once before anything else."""
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        mirror, proxies = debian_mirror(), run(["apt-config", "dump", "Acquire"], "read apt's settings")
        (self.folder / "apt.conf").write_text(
            proxies + f"""
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "{self.folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "{self.folder}/lists";
Dir::State::status "{self.folder}/status";
Dir::State::extended_states "{self.folder}/extended_states";
Dir::Cache "{self.folder}/cache";
Dir::Log "{self.folder}";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Sandbox::User "";
""")
        (self.folder / "sources.list").write_text(
            "".join(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in self.suites))
        try:
            self.apt("get", ["update", "--error-on=any"], "fetch the lists of packages of " + " and ".join(self.suites))
        except LabError as error:
            raise LabError(f"{error}\nWhat the QEMU tests need is fetched once, and that takes a network: see whether "
                           "`apt-get update` works here. Or copy the folder (build/qemu) from where it is filled.") from error

    def apt(self, program: str, arguments: list[str], what: str, **options) -> str:
        environment = {**os.environ, "APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C.UTF-8"}
        return run([f"apt-{program}", "-q", *arguments], what, env=environment, **options)

    def version(self, package: str, suite: str) -> str:
        """The version of a package that a suite has."""
        for line in self.apt("cache", ["madison", package], f"look up {package}").splitlines():
            columns = [column.strip() for column in line.split("|")]
            if len(columns) == 3 and f" {suite}/" in f" {columns[2]}":
                return columns[1]
        raise LabError(f"{suite} of this machine's package mirror has no package {package}")

    def field(self, package: str, version: str, name: str) -> str:
        text = self.apt("cache", ["show", f"{package}={version}"], f"look up {package}")
        found = re.search(rf"^{name}: (.*)$", text, re.MULTILINE)
        return found.group(1) if found else ""

    def download(self, packages: list[str]) -> list[pathlib.Path]:
        """These packages ("name", "name=version" or "name/suite"), without what they depend on."""
        debs = self.folder / "debs"
        debs.mkdir(exist_ok=True)
        self.apt("get", ["download", *packages], "download " + " ".join(packages), cwd=debs)
        return [max(debs.glob(re.split("[=/]", package)[0] + "_*.deb"), key=lambda deb: deb.stat().st_mtime)
                for package in packages]

    def closure(self, packages: list[str], suite: str) -> list[pathlib.Path]:
        """These packages and all they depend on, as if nothing were installed."""
        arguments = ["install", "-y", "--no-install-recommends", "-t", suite, *packages]
        listing = self.apt("get", ["--print-uris", *arguments], "find what " + " ".join(packages) + " needs")
        names = re.findall(r"^'[^']+' (\S+\.deb) ", listing, re.MULTILINE)
        self.apt("get", ["--download-only", *arguments], "download " + " ".join(packages))
        return [self.folder / "cache/archives" / name for name in names]

    def discard(self) -> None:
        """Frees the room of what was downloaded and is unpacked by now."""
        shutil.rmtree(self.folder, ignore_errors=True)


def debian_mirror() -> str:
    """Where this machine gets its own release of Debian from."""
    if shutil.which("apt-get") is None:
        raise LabError("this machine has no apt, so QEMU and a kernel cannot be fetched as packages; name a suitable "
                       "QEMU with --qemu, and run on Debian for the rest")
    listing = run(["apt-get", "-o", "Dir::State::lists=/nonexistent", "--print-uris", "update"],
                  "ask apt for this machine's package sources")
    sources = re.findall(r"^'([^']+)/dists/([^/']+)/(?:In)?Release'", listing, re.MULTILINE)
    for address, suite in sources:
        if suite in debian_names():
            return address
    raise LabError("among this machine's package sources is none of its own Debian release (the QEMU tests are made "
                   "for Debian 12 and later)")


def debian_names() -> list[str]:
    """The names by which this machine's release may stand in the package sources."""
    names = ["stable", "oldstable", "testing"]
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME":
            names.append(value.strip('"'))
        if key == "ID" and value.strip('"') != "debian":
            raise LabError(f"this machine runs {value}, not Debian: packages for the QEMU tests cannot be taken from "
                           "its mirror")
    return names


def unpack(debs: list[pathlib.Path], folder: pathlib.Path, members: list[str] | None = None) -> None:
    """The files of packages, or only those that match the tar patterns `members`."""
    folder.mkdir(parents=True, exist_ok=True)
    for deb in debs:
        if members is None:
            run(["dpkg-deb", "-x", deb, folder], f"unpack {deb.name}")
            continue
        pipe = 'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" --wildcards --no-anchored "${@:2}"'
        run(["bash", "-o", "pipefail", "-c", pipe, deb, folder, *members], f"unpack {deb.name}")

"""``mim-desk doctor``: looks at this machine and says in one line which packages are missing.

It runs before anything is installed, so it uses the standard library alone and never imports Qt.
"""

import argparse
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mim_desk.resources import resource

QT_MODULES: Final = ("QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtDBus", "QtSvg")
QT_PLATFORMS: Final = ("offscreen", "xcb", "wayland")
INSTALLERS: Final[Mapping[str, tuple[str, ...]]] = {
    "apt": ("apt-get", "install", "-y", "--no-install-recommends"),
    "dnf": ("dnf", "install", "-y"),
    "pacman": ("pacman", "-S", "--needed", "--noconfirm"),
}
FONT_FOLDERS: Final = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
PROGRAM_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin")
POLICY: Final = Path("/usr/sbin/policy-rc.d")

Table = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Finding:
    """Something that is not here.

    Attributes:
        kind: ``libraries``, ``fonts`` or ``programs``.
        name: which one.
        needed: whether the desk (or a test) cannot do without it.
        packages: for each package manager, the names to choose from.
    """

    kind: str
    name: str
    needed: bool
    packages: Mapping[str, Sequence[str]]


def main(arguments: argparse.Namespace) -> int:
    """Prints the findings, or mends them with ``--install``; 1 when something needed is missing."""
    findings = _look(tests=arguments.tests)
    needed = [finding for finding in findings if finding.needed]
    if needed and arguments.install:
        _install(needed)
        findings = _look(tests=arguments.tests)
    if not arguments.quiet:
        _say(f"MIM Desk's doctor: Python {platform.python_version()} on {platform.platform()}")
    for (is_needed, kind), names in _grouped(findings).items():
        _say(f"{'missing' if is_needed else 'recommended'} {kind}: {', '.join(names)}")
    if findings:
        _say(_advice(findings))
    elif not arguments.quiet:
        _say("Everything needed is here.")
    return int(any(finding.needed for finding in findings))


def _grouped(findings: Iterable[Finding]) -> dict[tuple[bool, str], list[str]]:
    groups: dict[tuple[bool, str], list[str]] = {}
    for finding in findings:
        groups.setdefault((finding.needed, finding.kind), []).append(finding.name)
    return groups


def missing_libraries(files: Iterable[Path]) -> set[str]:
    """The shared libraries that these files ask for and the loader does not find."""
    ldd = shutil.which("ldd")
    if ldd is None:
        return set()
    found: set[str] = set()
    for file in files:
        said = subprocess.run([ldd, str(file)], capture_output=True, text=True, check=False, timeout=30).stdout
        found |= {line.split()[0] for line in said.splitlines() if line.rstrip().endswith("not found")}
    return found


def _look(*, tests: bool) -> list[Finding]:
    if not sys.platform.startswith("linux"):
        return []
    known = tomllib.loads(resource("doctor/packages.toml").read_text(encoding="utf-8"))
    files = _qt_files() + (_browser_driver() if tests else [])
    findings = _look_at_libraries(known["libraries"], files) + _look_at_fonts(known["fonts"], all_needed=tests)
    return findings + (_look_at_programs(known["programs"]) if tests else [])


def _look_at_libraries(known: Table, files: Sequence[Path]) -> list[Finding]:
    if not files:
        return [Finding("libraries", "Qt itself (./mim run installs it)", needed=True, packages={})]
    return [
        Finding("libraries", name, needed=True, packages=known.get(name, {}))
        for name in sorted(missing_libraries(files))
        if not name.startswith("libQt6")
    ]


def _qt_files() -> list[Path]:
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return []
    home = Path(spec.origin).parent
    modules = [file for name in QT_MODULES for file in home.glob(f"{name}.*.so")]
    return modules + [home / "Qt" / "plugins" / "platforms" / f"libq{name}.so" for name in QT_PLATFORMS]


def _browser_driver() -> list[Path]:
    """The program through which tests drive Chromium; it brings itself, but not all of its libraries."""
    spec = importlib.util.find_spec("playwright")
    return [Path(spec.origin).parent / "driver" / "node"] if spec is not None and spec.origin else []


def _look_at_fonts(known: Table, *, all_needed: bool) -> list[Finding]:
    names = [file.name for folder in FONT_FOLDERS for file in Path(folder).expanduser().rglob("*") if file.is_file()]
    return [
        Finding("fonts", font["name"], font["needed"] or all_needed, font)
        for font in known.values()
        if not any(Path(name).match(pattern) for name in names for pattern in font["files"])
    ]


def _look_at_programs(known: Table) -> list[Finding]:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *PROGRAM_FOLDERS, *_postgres_folders()))
    return [
        Finding("programs", name, needed=True, packages=packages)
        for name, packages in known.items()
        if shutil.which(name, path=path) is None
    ]


def _postgres_folders() -> list[str]:
    """Debian keeps the server's tools outside PATH."""
    return [str(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin")]


def _manager() -> str:
    programs = {"apt": "apt-get", "dnf": "dnf", "pacman": "pacman"}
    return next((name for name, program in programs.items() if shutil.which(program)), "")


def _packages(findings: Iterable[Finding], manager: str) -> list[str]:
    chosen: dict[str, None] = {}
    for finding in findings:
        names = list(finding.packages.get(manager, ()))
        if manager == "apt" and len(names) > 1 and finding.kind == "libraries":
            names = [next((name for name in names if _apt_has(name)), names[-1])]
        chosen.update(dict.fromkeys(names))
    return list(chosen)


def _apt_has(package: str) -> bool:
    said = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False, timeout=60)
    return "Candidate:" in said.stdout and "Candidate: (none)" not in said.stdout


def _advice(findings: Sequence[Finding]) -> str:
    manager = _manager()
    packages = _packages(findings, manager) if manager else []
    if not packages:
        return "Install what is named above with your system's package manager."
    return "Install it with:  sudo " + " ".join((*INSTALLERS[manager], *packages))


def _install(findings: Sequence[Finding]) -> None:
    manager = _manager()
    if not manager or os.geteuid() != 0:
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    if manager == "apt":
        _run(["apt-get", "update", "-q"], environment)
    command = [*INSTALLERS[manager], *_packages(findings, manager)]
    _say("installing: " + " ".join(command))
    guarded = manager == "apt" and not POLICY.exists()
    if guarded:
        # Debian starts a service as soon as it is installed; nobody asked for that here.
        POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
        POLICY.chmod(0o755)
    try:
        _run(command, environment)
    finally:
        if guarded:
            POLICY.unlink()


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryFile("w+") as log:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if done.returncode:
            log.seek(0)
            _say(f"{command[0]} failed:\n{log.read()[-4000:]}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

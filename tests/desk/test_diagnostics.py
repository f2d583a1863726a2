"""The doctor: what is missing is named by its package, in one line for this machine's package manager."""

import argparse
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mim_desk.desk import diagnostics

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at Linux's shared libraries")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH: programs put there are all this machine has."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "cat", "grep"):
        (programs / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(programs))
    return programs


def _program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def _run(**options: bool) -> int:
    return diagnostics.main(argparse.Namespace(**{"tests": False, "install": False, "quiet": False} | options))


def test_a_missing_library_is_named_by_its_package(machine: Path, capsys) -> None:
    _program(machine, "ldd", "echo '  libxcb-cursor.so.0 => not found'; echo '  libc.so.6 => /lib/libc.so.6 (0x1)'")
    _program(machine, "apt-get", "exit 0")

    code = _run(quiet=True)

    said = capsys.readouterr().out
    assert code == 1
    assert "missing libraries: libxcb-cursor.so.0\n" in said
    assert "sudo apt-get install -y --no-install-recommends libxcb-cursor0" in said


@pytest.mark.parametrize(
    ("candidate", "package"),
    [("2.80.0-6", "libglib2.0-0t64"), ("(none)", "libglib2.0-0")],
    ids=["a release with t64 names", "an older release"],
)
def test_the_package_name_is_the_one_this_release_has(machine: Path, capsys, candidate: str, package: str) -> None:
    _program(machine, "ldd", "echo '  libglib-2.0.so.0 => not found'")
    _program(machine, "apt-get", "exit 0")
    _program(machine, "apt-cache", f"case $2 in *t64) echo 'Candidate: {candidate}';; esac")

    _run(quiet=True)

    assert package in capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("manager", "line"),
    [
        ("dnf", "dnf install -y libglvnd-egl"),
        ("pacman", "pacman -S --needed --noconfirm libglvnd"),
    ],
)
def test_other_package_managers_get_their_own_line(machine: Path, capsys, manager: str, line: str) -> None:
    _program(machine, "ldd", "echo '  libEGL.so.1 => not found'")
    _program(machine, manager, "exit 0")

    _run(quiet=True)

    assert line in capsys.readouterr().out


def test_nothing_is_said_to_be_missing_where_the_loader_finds_all(machine: Path, capsys) -> None:
    _program(machine, "ldd", "echo '  libc.so.6 => /lib/libc.so.6 (0x1)'")

    code = _run()

    assert code == 0
    assert "missing" not in capsys.readouterr().out


def test_the_real_loader_finds_what_the_real_qt_needs() -> None:
    """These tests draw windows, so nothing that Qt loads can be missing here."""
    offscreen = [file for file in diagnostics._qt_files() if "xcb" not in file.name and "wayland" not in file.name]

    assert offscreen
    assert diagnostics.missing_libraries(offscreen) == set()


def test_a_library_that_does_not_exist_is_found_missing(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler to make a library that asks for another")
    (tmp_path / "a.c").write_text("int a(void) { return 1; }", encoding="utf-8")
    (tmp_path / "b.c").write_text("int a(void); int b(void) { return a(); }", encoding="utf-8")
    inner, outer = tmp_path / "libinner.so.1", tmp_path / "libouter.so"
    subprocess.run([compiler, "-shared", "-Wl,-soname,libinner.so.1", "-o", inner, tmp_path / "a.c"], check=True)
    subprocess.run([compiler, "-shared", "-o", outer, tmp_path / "b.c", inner], check=True)
    inner.unlink()

    assert diagnostics.missing_libraries([outer]) == {"libinner.so.1"}

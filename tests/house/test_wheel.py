"""The wheel carries everything: built, installed into a clean environment, started there without the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import ROOT, relative, tracked_files

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
PNG = b"\x89PNG\r\n"


def _run(*command: object, **environment: str) -> str:
    """Runs without the checkout in sight: another folder, no PYTHONPATH."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MIM_", "QT_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with our wheel; its dependencies are those this test runs with, so no download."""
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    _run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    packages = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # site reads path files only in its own folders, so the checkout's path file in there is not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home


def test_the_wheel_holds_every_resource(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    resources = {relative(path) for path in tracked_files() if relative(path).startswith("resources/")}

    missing = {name for name in resources if f"mim_desk/_{name}" not in names}
    assert missing == set()


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {relative(path) for path in tracked_files() if relative(path).startswith("mim_desk/")} - names == set()


def test_the_installed_package_is_the_wheels_own(installed: Path) -> None:
    said = _run(installed / "bin" / "python", "-c", "import mim_desk; print(mim_desk.__file__)")

    assert said.startswith(str(installed))


def test_the_installed_package_finds_its_resources(installed: Path) -> None:
    code = "from mim_desk.resources import resource; print(resource('themes/light.json').is_file())"

    assert _run(installed / "bin" / "python", "-c", code) == "True\n"


def test_the_installed_desk_starts_and_shows_its_window(installed: Path, tmp_path: Path) -> None:
    picture = tmp_path / "desk.png"

    _run(
        *(installed / "bin" / "mim-desk", "--offscreen", "--screenshot", picture),
        MIM_DESK_HOME=str(tmp_path / "home"),
    )

    assert picture.read_bytes().startswith(PNG)

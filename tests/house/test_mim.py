"""``./mim`` itself: it says what to do when it cannot go on, and passes on what it does not know."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

TOOLS = ("sh", "dirname", "cat", "id", "uname", "cksum", "mktemp", "rm", "awk", "tail", "env")


def _mim(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "mim"), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """A machine with a shell and hardly anything else, and nobody at a display."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or f"/usr/bin/{tool}")
    return {"PATH": str(folder), "HOME": str(tmp_path), "MIM_DESK_VENV": str(tmp_path / "venv")}


def test_help_names_the_two_commands_first(bare: dict[str, str]) -> None:
    said = _mim("help", **bare).stdout.splitlines()

    assert said[0].startswith("./mim run")
    assert any(line.startswith("./mim test") for line in said)


@pytest.mark.parametrize("command", ["check", "lock", "peers"])
def test_asking_what_a_command_does_does_not_do_it(command: str, bare: dict[str, str]) -> None:
    done = _mim(command, "--help", **bare)

    assert done.returncode == 0
    assert f"./mim {command}" in done.stdout


def test_without_a_display_it_says_how_to_see_the_window(bare: dict[str, str]) -> None:
    if os.uname().sysname != "Linux":
        pytest.skip("other systems always have a display")

    done = _mim("run", **bare)

    assert done.returncode == 2
    assert "there is no display here" in done.stderr
    assert "./mim run --offscreen --screenshot" in done.stderr


def test_a_wrong_argument_is_said_before_a_missing_display(bare: dict[str, str]) -> None:
    (Path(bare["PATH"]) / "python3").symlink_to(sys.executable)

    done = _mim("demo", "--seconds", "abc", **bare)

    assert done.returncode == 2
    assert "'abc' is not a number of seconds" in done.stderr
    assert "display" not in done.stderr


def test_an_environment_that_another_checkout_took_is_taken_back(bare: dict[str, str], tmp_path: Path) -> None:
    """Otherwise the one would silently run the other's code."""
    venv, log = tmp_path / "venv", tmp_path / "log"
    link = venv / "lib" / "python3.13" / "site-packages" / "mim_desk.pth"
    link.parent.mkdir(parents=True)
    (venv / "bin").mkdir()
    for name in ("python", "uv"):
        told = venv / "bin" / name
        told.write_text(f'#!/bin/sh\necho "{name} $*" >>"{log}"\n', encoding="utf-8")
        told.chmod(0o755)
    link.write_text(f"{ROOT}\n", encoding="utf-8")
    _mim("hub", **bare)
    assert f"python - {ROOT}" in log.read_text()

    log.write_text("")
    _mim("hub", **bare)
    assert f"python - {ROOT}" not in log.read_text()

    link.write_text("/another/checkout\n", encoding="utf-8")
    _mim("hub", **bare)
    assert f"python - {ROOT}" in log.read_text()


def test_python_may_keep_what_it_compiled_though_the_machine_forbids_it(bare: dict[str, str], tmp_path: Path) -> None:
    """Compiling everything again takes longer than the whole start."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "${PYTHONDONTWRITEBYTECODE-may keep}" >&2\n', encoding="utf-8")
    python.chmod(0o755)

    done = _mim("hub", PYTHONDONTWRITEBYTECODE="1", **bare)

    assert done.stderr.splitlines()[-1] == "may keep"


def test_without_python_it_says_what_to_install(bare: dict[str, str]) -> None:
    done = _mim("doctor", **bare)

    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


def test_an_older_python_is_not_taken(bare: dict[str, str]) -> None:
    old = Path(bare["PATH"]) / "python3"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)

    assert "Python 3.11 or newer is needed" in _mim("doctor", **bare).stderr


def test_a_python_without_venv_is_told_apart(bare: dict[str, str]) -> None:
    halved = Path(bare["PATH"]) / "python3"
    halved.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n', encoding="utf-8")
    halved.chmod(0o755)

    assert "its venv module is not" in _mim("doctor", **bare).stderr


def test_reference_pictures_are_never_made_in_ci() -> None:
    """Otherwise they would agree with whatever was drawn."""
    done = _mim("looks", **(dict(os.environ) | {"CI": "true"}))

    assert done.returncode != 0
    assert "never in CI" in done.stderr


def test_the_script_is_plain_posix_shell() -> None:
    checked = subprocess.run(["/bin/sh", "-n", str(ROOT / "mim")], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr
    assert "[[" not in (ROOT / "mim").read_text(encoding="utf-8")

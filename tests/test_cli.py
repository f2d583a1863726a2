"""The command line: what is asked for reaches the room that knows, and nothing else is imported."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

import mim_desk
from mim_desk import app, cli


def test_the_version_is_said(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"mim-desk {mim_desk.__version__}\n"


@pytest.mark.parametrize("command", ["demo", "hub", "doctor"])
def test_help_names_every_command(command: str, capsys) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])

    assert command in capsys.readouterr().out


def test_an_unknown_command_is_refused_with_the_list_of_known_ones(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["hubb"])

    assert ended.value.code == 2
    assert "hubb" in capsys.readouterr().err


def test_reading_the_command_line_imports_neither_qt_nor_sql() -> None:
    """The first paint must not wait for the hub's imports, nor the hub for the window's."""
    heavy = "{name.partition('.')[0] for name, found in sys.modules.items() if found} & {'PySide6', 'sqlalchemy', 'litestar', 'httpx', 'msgspec'}"

    said = subprocess.run(
        [sys.executable, "-c", f"import sys; import mim_desk.cli; print({heavy})"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "set()\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["demo", "--seconds", "abc"], "not a number of seconds above 0"),
        (["demo", "--seconds", "-3"], "not a number of seconds above 0"),
        (["demo", "--seconds", "nan"], "not a number of seconds above 0"),
        (["--screenshot"], "expected one argument"),
        (["--screenshot", "desk.pgn"], "does not end in one of .png"),
        (["--screenshot", "nowhere/desk.png"], "there is no folder"),
        (["--screenshot", "folder.png"], "is a folder"),
    ],
    ids=["no number", "no time", "not a number", "no file", "unknown suffix", "no folder", "a folder"],
)
def test_an_argument_that_cannot_work_is_refused_before_anything_starts(
    arguments: list[str], said: str, capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()

    with pytest.raises(SystemExit) as ended:
        cli.read(arguments)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("screenshot", "seconds", "stays"),
    [(None, None, None), (None, 5.0, 5.0), (Path("desk.png"), None, 60.0), (Path("desk.png"), 5.0, 5.0)],
)
def test_a_demo_is_pictured_when_its_people_have_come(
    screenshot: Path | None, seconds: float | None, stays: float | None
) -> None:
    assert app.stays_s(argparse.Namespace(screenshot=screenshot, seconds=seconds)) == stays

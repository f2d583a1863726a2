"""What simulated visitors say: read from ``resources/rehearsal``, checked when read."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mim_desk.resources import resource

FOLDER: Final = "rehearsal"


class BadScript(ValueError):
    """A script file that cannot be played; says which and why."""


@dataclass(frozen=True)
class Turn:
    """What a visitor writes in a row, and then waits for an answer.

    Attributes:
        file: a file below ``files/`` that goes with the last message.
        nudge: written once when the answer takes too long.
    """

    says: Sequence[str]
    file: str = ""
    nudge: str = ""


@dataclass(frozen=True)
class Script:
    """One visitor.

    Attributes:
        email: set for a customer whom the shop has signed in; the others stay unproven.
    """

    name: str
    locale: str
    turns: Sequence[Turn]
    email: str = ""
    page_url: str = ""
    page_title: str = ""


@dataclass(frozen=True)
class Stage:
    """The workspace of the rehearsal: what is set up before anybody comes."""

    brand: str
    inbox: str
    greeting: str
    color: str
    labels: Sequence[Mapping[str, str]]
    canned_replies: Sequence[Mapping[str, str]]


def stage() -> Stage:
    """The workspace as ``workspace.toml`` describes it."""
    return Stage(**_read(resource(FOLDER) / "workspace.toml"))


def all_scripts() -> list[Script]:
    """Every visitor's script, by file name."""
    files = sorted((resource(FOLDER) / "visitors").glob("*.toml"))
    if not files:
        raise BadScript(f"{resource(FOLDER) / 'visitors'} holds no scripts.")
    return [_script(file) for file in files]


def file_of(turn: Turn) -> Path:
    """Where the file of a turn lies."""
    return resource(FOLDER) / "files" / turn.file


def _script(file: Path) -> Script:
    raw = _read(file)
    page = raw.pop("page", {})
    try:
        turns = [Turn(**turn) for turn in raw.pop("turns")]
        script = Script(turns=turns, page_url=page.get("url", ""), page_title=page.get("title", ""), **raw)
    except (KeyError, TypeError) as problem:
        raise BadScript(f"{file.name}: {problem}") from problem
    if not turns or any(not turn.says for turn in turns):
        raise BadScript(f"{file.name}: each turn needs something to say.")
    missing = [turn.file for turn in turns if turn.file and not file_of(turn).is_file()]
    if missing:
        raise BadScript(f"{file.name}: there is no file {missing[0]}.")
    return script


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise BadScript(f"{file.name}: {problem}") from problem

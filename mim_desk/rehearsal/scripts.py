"""What simulated people say and do: read from ``resources/rehearsal``, checked when read."""

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
class Act:
    """One thing that a person does.

    Attributes:
        kind: ``text``, or one of those below, where the person's channel knows it.
        text: the words; of a ``file``, ``sticker`` or ``voice`` its caption, of a ``place`` its name, of a ``card`` who
            it shows. ``quote`` says it below the brand's newest message, ``react`` puts it there as an emoji, ``press``
            is the title of a button of the brand's, ``edit`` takes the place of what one wrote last, and ``unsend``
            takes that back. ``story`` answers a story of the brand's, ``comment`` stands publicly
            at a post of the brand's.
        file: a file below ``files/``.
        at: latitude and longitude of a ``place``.
    """

    kind: str = "text"
    text: str = ""
    file: str = ""
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Turn:
    """What a person does in a row, and then waits for an answer.

    Attributes:
        nudge: written once when the answer takes too long.
    """

    says: Sequence[Act]
    nudge: str = ""


@dataclass(frozen=True)
class Script:
    """One person.

    Attributes:
        channel: where they write.
        email: set for a person whom the shop has signed in; the others stay unproven.
        hidden: whether the person shows no phone number where the network lets them choose.
    """

    name: str
    locale: str
    turns: Sequence[Turn]
    channel: str = "web_chat"
    email: str = ""
    hidden: bool = False
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
    """Every person's script, by file name."""
    files = sorted((resource(FOLDER) / "people").glob("*.toml"))
    if not files:
        raise BadScript(f"{resource(FOLDER) / 'people'} holds no scripts.")
    return [_script(file) for file in files]


def file_of(act: Act) -> Path:
    """Where the file of an act lies."""
    return resource(FOLDER) / "files" / act.file


def _script(file: Path) -> Script:
    raw = _read(file)
    page = raw.pop("page", {})
    try:
        turns = [Turn([_act(one) for one in turn.pop("says")], **turn) for turn in raw.pop("turns")]
        script = Script(turns=turns, page_url=page.get("url", ""), page_title=page.get("title", ""), **raw)
    except (KeyError, TypeError) as problem:
        raise BadScript(f"{file.name}: {problem}") from problem
    if not turns or any(not turn.says for turn in turns):
        raise BadScript(f"{file.name}: each turn needs something to say.")
    missing = [act.file for turn in turns for act in turn.says if act.file and not file_of(act).is_file()]
    if missing:
        raise BadScript(f"{file.name}: there is no file {missing[0]}.")
    return script


def _act(raw: Any) -> Act:
    """Plain words, or a table."""
    return Act(text=raw) if isinstance(raw, str) else Act(**raw | {"at": tuple(raw["at"])} if "at" in raw else raw)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise BadScript(f"{file.name}: {problem}") from problem

"""The documented form (resources/guide/archives.md): CSV, JSON or JSON by lines, for any network there was."""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted, key_of, moment
from mim_desk.domain.refusal import Refusal

COLUMNS: Final = ("contact", "name", "at", "direction", "text", "id", "by", "file", "phone", "email")
_NEEDED: Final = ("contact", "at", "direction")
_DIRECTIONS: Final = {"in": True, "out": False}


class _File(msgspec.Struct):
    """The JSON form."""

    messages: list[msgspec.Raw]
    archive: str = ""


def read_csv(lines: Iterable[tuple[int, str | None]], wanted: Wanted) -> tuple[list[Said], list[BadRow]]:
    """The messages of a CSV file with a line of names."""
    bad: list[BadRow] = []
    sound = _sound(lines)
    first = next(sound, "")
    rows = csv.DictReader(itertools.chain([first], sound), delimiter=_delimiter(first))
    missing = [name for name in _NEEDED if name not in _names(rows)]
    if missing:
        raise Refusal("unreadable", f"The first line has to name the columns; {', '.join(missing)} is not there.")

    def numbered() -> Iterator[tuple[int, Any]]:
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as problem:
                bad.append(BadRow(rows.line_num, str(problem)))
                continue
            yield rows.line_num, row

    return _read(numbered(), wanted, bad)


def has_columns(line: str) -> bool:
    """Whether a first line names the columns that are needed."""
    names = [name.strip('\ufeff" ') for name in line.strip().split(_delimiter(line))]
    return all(name in names for name in _NEEDED)


def _names(rows: "csv.DictReader[str]") -> Sequence[str]:
    try:
        return rows.fieldnames or ()
    except csv.Error as problem:
        raise Refusal("unreadable", f"The first line cannot be read: {problem}.") from problem


def _delimiter(first: str) -> str:
    """What stands between the names: some programs write semicolons or tabs."""
    return max(",;\t", key=first.count)


def _sound(lines: Iterable[tuple[int, str | None]]) -> Iterator[str]:
    for _, line in lines:
        yield "" if line is None else line.replace("\0", "") + "\n"


def read_json(data: bytes, wanted: Wanted) -> tuple[str, list[Said], list[BadRow]]:
    """The archive's name and messages."""
    try:
        told = msgspec.json.decode(data, type=_File | list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Refusal("unreadable", f"This is no list of messages: {problem}.") from problem
    file = told if isinstance(told, _File) else _File(told)
    bad: list[BadRow] = []
    return file.archive, *_read(_decoded(enumerate(file.messages, 1), bad), wanted, bad)


def read_json_lines(lines: Iterable[tuple[int, str | None]], wanted: Wanted) -> tuple[list[Said], list[BadRow]]:
    """The messages, one on each line."""
    bad: list[BadRow] = []
    rows = ((number, line) for number, line in lines if line and line.strip())
    return _read(_decoded(rows, bad), wanted, bad)


def _decoded(rows: Iterable[tuple[int, str | msgspec.Raw]], bad: list[BadRow]) -> Iterator[tuple[int, Any]]:
    for number, row in rows:
        try:
            yield number, msgspec.json.decode(row)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as problem:
            bad.append(BadRow(number, str(problem)))


def _read(rows: Iterable[tuple[int, Any]], wanted: Wanted, bad: list[BadRow]) -> tuple[list[Said], list[BadRow]]:
    said: list[Said] = []
    seen: dict[str, int] = {}
    for number, row in rows:
        try:
            said.append(_message(row, wanted, seen))
        except (ValueError, TypeError, AttributeError, OverflowError) as problem:
            bad.append(BadRow(number, str(problem)))
    return said, bad


def _message(row: Any, wanted: Wanted, seen: dict[str, int]) -> Said:
    told = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    lacking = [name for name in _NEEDED if not told[name]]
    if lacking:
        raise ValueError(f"{', '.join(lacking)} is empty")
    incoming = _DIRECTIONS.get(told["direction"].lower())
    if incoming is None:
        raise ValueError(f"direction is {told['direction']!r}, not in or out")
    at = moment(datetime.fromisoformat(told["at"]), wanted.zone)
    base = key_of(told["contact"], at.isoformat(), told["direction"], told["by"], told["text"])
    seen[base] = seen.get(base, 0) + 1
    key = f"id:{told['id']}" if told["id"] else f"{base}:{seen[base]}"
    fields = {name: told[name] for name in ("phone", "email") if told[name]}
    chat = Chat(told["contact"], told["name"] or told["contact"], fields)
    files = (told["file"],) if told["file"] else ()
    return Said(chat, key, at, incoming, str(row.get("text") or ""), told["by"], files)

"""The documented form (resources/guide/archives.md): CSV, JSON or JSON by lines, for any network there was."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted, key_of
from mim_desk.domain.refusal import Refusal

COLUMNS: Final = ("contact", "name", "at", "direction", "text", "id", "by", "file", "phone", "email")
_NEEDED: Final = ("contact", "at", "direction")
_DIRECTIONS: Final = {"in": True, "out": False}


class _File(msgspec.Struct):
    """The JSON form."""

    messages: list[Any]
    archive: str = ""


def read_csv(lines: Iterable[tuple[int, str | None]], wanted: Wanted) -> tuple[list[Said], list[BadRow]]:
    """The messages of a CSV file with a line of names."""
    bad: list[BadRow] = []
    rows = csv.DictReader(_sound(lines, bad))
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


def _names(rows: "csv.DictReader[str]") -> Sequence[str]:
    try:
        return rows.fieldnames or ()
    except csv.Error as problem:
        raise Refusal("unreadable", f"The first line cannot be read: {problem}.") from problem


def _sound(lines: Iterable[tuple[int, str | None]], bad: list[BadRow]) -> Iterator[str]:
    for number, line in lines:
        if line is None:
            bad.append(BadRow(number, "the line is longer than 1 MB"))
        yield "" if line is None else line.replace("\0", "") + "\n"


def read_json(data: bytes, wanted: Wanted) -> tuple[str, list[Said], list[BadRow]]:
    """The archive's name and messages."""
    try:
        told = msgspec.json.decode(data, type=_File | list[Any])
    except msgspec.MsgspecError as problem:
        raise Refusal("unreadable", f"This is no list of messages: {problem}.") from problem
    file = told if isinstance(told, _File) else _File(told)
    return file.archive, *_read(enumerate(file.messages, 1), wanted, [])


def read_json_lines(lines: Iterable[tuple[int, str | None]], wanted: Wanted) -> tuple[list[Said], list[BadRow]]:
    """The messages, one on each line."""
    bad: list[BadRow] = []

    def rows() -> Iterator[tuple[int, Any]]:
        for number, line in lines:
            if line is None:
                bad.append(BadRow(number, "the line is longer than 1 MB"))
            elif line.strip():
                try:
                    yield number, msgspec.json.decode(line)
                except (msgspec.MsgspecError, UnicodeError) as problem:
                    bad.append(BadRow(number, str(problem)))

    return _read(rows(), wanted, bad)


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
    at = datetime.fromisoformat(told["at"])
    at = at if at.tzinfo else at.replace(tzinfo=wanted.zone)
    base = key_of(told["contact"], at.isoformat(), told["direction"], told["by"], told["text"])
    seen[base] = seen.get(base, 0) + 1
    key = f"id:{told['id']}" if told["id"] else f"{base}:{seen[base]}"
    fields = {name: told[name] for name in ("phone", "email") if told[name]}
    chat = Chat(told["contact"], told["name"] or told["contact"], fields)
    files = (told["file"],) if told["file"] else ()
    return Said(chat, key, at, incoming, str(row.get("text") or ""), told["by"], files)

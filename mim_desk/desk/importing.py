"""``mim-desk import``: brings archives into a running hub, message by message, and goes on where it was broken off."""

import argparse
import asyncio
import mimetypes
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mim_desk.desk.archives.opening import LARGEST_FILE
from mim_desk.desk.archives.reading import read
from mim_desk.desk.archives.shapes import Read, Said, Wanted, key_of
from mim_desk.desk.hub_client import HubClient, SignedOut, Unreachable
from mim_desk.domain.message import clean_text
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows

AT_ONCE: Final = 1000
_MOST_LETTERS: Final = 120_000
"""Of one call: in any script, and with all else that it holds, that stays below the hub's limit of 1 MB."""
LONGEST_TEXT: Final = 100_000
"""Longer ones come as a file, with their beginning as the text."""
LONGEST_NAME: Final = 60
LONGEST_ID: Final = 200
_FILES_AT_ONCE: Final = 20
"""Go up before their messages are kept: so many at most go up again after a break."""
_MOST_FILES: Final = 50
_SIDE_BY_SIDE: Final = 4
"""Chats at a time: the hub keeps what comes at one moment with one look at the disk."""
_PAUSES_S: Final = (1, 2, 4, 8, 15)
_LONGEST_PAUSE_S: Final = 60
Result = TypeVar("Result")
_BAR: Final = 30
_SHOWN_BAD: Final = 20


async def run(client: HubClient, arguments: argparse.Namespace) -> None:
    """Import every file; what one of them lacks keeps nobody else out."""
    encoding = _encoding(arguments.encoding)
    wanted = Wanted(_zone(arguments.time_zone), tuple(arguments.ours), arguments.dates or "", encoding)
    refused: list[Refusal] = []
    for path in arguments.files:
        try:
            await _import(client, Path(path), arguments.archive, wanted)
        except Refusal as refusal:
            refused.append(refusal)
            _tell(f"{Path(path).name}: {refusal.reason}")
        except OSError as problem:
            refused.append(Refusal("unreadable", str(problem)))
            _tell(f"{Path(path).name}: it cannot be read: {problem.strerror or problem}.")
    if refused:
        raise Refusal("not-all", f"{len(refused)} of {len(arguments.files)} files could not be imported.")


async def _import(client: HubClient, path: Path, name: str | None, wanted: Wanted) -> None:
    found = read(path, wanted)
    try:
        inbox = await _patiently(lambda: client.open_archive(name or found.name[:LONGEST_NAME]))
        new = await _bring(client, path, found, inbox)
    finally:
        found.close()
    for row in found.bad[:_SHOWN_BAD]:
        _tell(f"{path.name}, line {row.line}: {row.why}")
    if len(found.bad) > _SHOWN_BAD:
        _tell(f"{path.name}: and {len(found.bad) - _SHOWN_BAD} more that could not be read")
    _say(f"{path.name}: {new} new messages, {len(found.said) - new} known, {len(found.bad)} not read.")


async def _bring(client: HubClient, path: Path, found: Read, inbox: rows.Inbox) -> int:
    """Bring what was read to the hub, some chats side by side; how much of it was new."""
    new = done = 0
    chats = _chats(found.said)

    async def bring_some() -> None:
        nonlocal new, done
        for said in chats:
            for pack in _packs(said):
                kept = await _keep(client, inbox, found, pack)
                new += kept
                done += len(pack)
                _show(path.name, done, len(found.said))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_SIDE_BY_SIDE):
                group.create_task(bring_some())
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from problems
    if done and sys.stderr.isatty():
        _tell("")
    return new


def _chats(said: Sequence[Said]) -> Iterator[list[Said]]:
    """The messages of each chat in their order."""
    chats: dict[str, list[Said]] = {}
    for one in said:
        chats.setdefault(one.chat.id, []).append(one)
    yield from chats.values()


def _packs(said: Sequence[Said]) -> Iterator[list[Said]]:
    """Messages of a chat, as many as go in one call."""
    pack: list[Said] = []
    letters = files = 0
    for one in map(_fitting, said):
        size = min(len(one.text), LONGEST_TEXT) + len(one.by) + sum(map(len, (*one.files, *one.missing)))
        if pack and (len(pack) == AT_ONCE or letters + size > _MOST_LETTERS or files >= _FILES_AT_ONCE):
            yield pack
            pack, letters, files = [], 0, 0
        pack.append(one)
        letters += size
        files += len(one.files) + len(one.inline)
    if pack:
        yield pack


def _fitting(one: Said) -> Said:
    """The message as the hub takes it: its names of bounded length, its text in whole characters."""
    text = clean_text(_whole(one.text))
    if text == one.text and len(one.key) <= LONGEST_ID and not one.by and not one.missing:
        return one
    missing = [_name(name) for name in one.missing[:_MOST_FILES]]
    return replace(one, key=_id(one.key), text=text, by=_name(one.by), missing=missing)


def _id(told: str) -> str:
    return told if len(told) <= LONGEST_ID and told.isprintable() else key_of(told)


def _name(told: str) -> str:
    return " ".join(clean_text(_whole(told)).split())[:LONGEST_ID]


def _whole(text: str) -> str:
    """Without halves of characters, which no text may hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


async def _keep(client: HubClient, inbox: rows.Inbox, found: Read, pack: Sequence[Said]) -> int:
    """Keep what is not there yet of some messages of one chat; how many those were."""
    fresh = list(pack)
    if any(one.files or one.inline or len(one.text) > LONGEST_TEXT for one in pack):
        # Files go first, so that no message is there without them; those of a known one stay here.
        known = await _patiently(lambda: client.known_in_archive(inbox.id, [one.key for one in pack]))
        fresh = [one for one in pack if one.key not in known]
    if not fresh:
        return 0
    messages = [await _written(client, found, one) for one in fresh]
    chat = pack[0].chat
    fields = {name: _name(value) for name, value in chat.fields.items()}
    told = api.ArchivedChat(_id(chat.id), _name(chat.name), messages, fields)
    return (await _patiently(lambda: client.keep_in_archive(inbox.id, told))).new


async def _written(client: HubClient, found: Read, one: Said) -> api.ArchivedMessage:
    """A message with its files at the hub; one that is not in the archive, or that the hub refuses, is named."""
    ids: list[str] = []
    missing = list(one.missing)
    for name, mime_type, read_ in _files(found, one):
        data = read_()
        if not data or len(data) > LARGEST_FILE or len(ids) == _MOST_FILES:
            missing.append(name)
            continue
        try:
            ids.append((await _patiently(partial(client.upload, name, mime_type, data))).id)
        except SignedOut:
            raise
        except Refusal:
            missing.append(name)
    text = one.text if len(one.text) <= LONGEST_TEXT else f"{one.text[:LONGEST_TEXT]}…"
    at = one.at.astimezone(UTC)
    return api.ArchivedMessage(one.key, at, one.incoming, text, one.by, ids, missing[:_MOST_FILES])


def _files(found: Read, one: Said) -> Iterator[tuple[str, str, Callable[[], bytes | None]]]:
    """The files of a message: name, kind and what reads them; the whole of a text that is too long is one, too."""
    if len(one.text) > LONGEST_TEXT:
        yield "text.txt", "text/plain", one.text.encode
    for name in one.files:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        yield _name(PurePosixPath(name.replace("\\", "/")).name), kind, partial(found.file, name)
    for name, kind, read_ in one.inline:
        yield _name(name), kind, read_


async def _patiently(call: Callable[[], Awaitable[Result]]) -> Result:
    """What a call answers, made again while the hub is away for a moment: twice is as good as once."""
    for pause in _PAUSES_S:
        try:
            return await call()
        except Unreachable as problem:
            await asyncio.sleep(max(pause, min(problem.retry_after_s, _LONGEST_PAUSE_S)))
    return await call()


def _encoding(name: str | None) -> str:
    """The encoding of old texts, as Python names them."""
    try:
        b"\0\0\0\0".decode(name or "utf-8")
    except LookupError:
        raise Refusal("unknown-encoding", f"There is no encoding {name}. Write it like cp1251.", "--encoding") from None
    return name or ""


def _zone(name: str | None) -> tzinfo | None:
    """The zone of the clocks that wrote the archive; None for this machine's."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Refusal(
            "unknown-zone", f"There is no time zone {name}. Write it like Europe/Berlin.", "--time-zone"
        ) from None


def _show(name: str, done: int, total: int) -> None:
    """The progress bar, where somebody looks on."""
    if sys.stderr.isatty():
        filled = _BAR * done // max(total, 1)
        _tell(f"\r{name} [{'#' * filled}{'.' * (_BAR - filled)}] {done} of {total}", end="")


def _tell(line: str, end: str = "\n") -> None:
    """A line for people; what stands in a file may not move the cursor of whoever reads it."""
    sys.stderr.write("".join(one if one.isprintable() or one == "\r" else "?" for one in line) + end)
    sys.stderr.flush()


def _say(line: str) -> None:
    sys.stdout.write("".join(one if one.isprintable() else "?" for one in line) + "\n")

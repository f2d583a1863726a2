"""``mim-desk import``: brings archives into a running hub, message by message, and goes on where it was broken off."""

import argparse
import mimetypes
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mim_desk.desk.archives.reading import read
from mim_desk.desk.archives.shapes import Read, Said, Wanted
from mim_desk.desk.hub_client import HubClient
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows

AT_ONCE: Final = 500
_MOST_LETTERS: Final = 200_000
"""Of one call: in any script that stays below the hub's limit of 1 MB."""
_BAR: Final = 30
_SHOWN_BAD: Final = 20


async def run(client: HubClient, arguments: argparse.Namespace) -> None:
    """Import every file; what one of them lacks keeps nobody else out."""
    wanted = Wanted(_zone(arguments.time_zone), tuple(arguments.ours), arguments.dates or "")
    refused: list[Refusal] = []
    for path in arguments.files:
        try:
            await _import(client, Path(path), arguments.archive, wanted)
        except Refusal as refusal:
            refused.append(refusal)
            _tell(f"{Path(path).name}: {refusal.reason}")
    if refused:
        raise Refusal("not-all", f"{len(refused)} of {len(arguments.files)} files could not be imported.")


async def _import(client: HubClient, path: Path, name: str | None, wanted: Wanted) -> None:
    found = read(path, wanted)
    try:
        new = await _bring(client, path, found, await client.open_archive(name or found.name))
    finally:
        found.close()
    for row in found.bad[:_SHOWN_BAD]:
        _tell(f"{path.name}, line {row.line}: {row.why}")
    if len(found.bad) > _SHOWN_BAD:
        _tell(f"{path.name}: and {len(found.bad) - _SHOWN_BAD} more that could not be read")
    _say(f"{path.name}: {new} new messages, {len(found.said) - new} known, {len(found.bad)} not read.")


async def _bring(client: HubClient, path: Path, found: Read, inbox: rows.Inbox) -> int:
    """Bring what was read to the hub; how much of it was new."""
    new = done = 0
    for pack in _packs(found.said):
        new += await _keep(client, inbox, found, pack)
        done += len(pack)
        _show(path.name, done, len(found.said))
    if done and sys.stderr.isatty():
        _tell("")
    return new


def _packs(said: Sequence[Said]) -> Iterator[list[Said]]:
    """Messages of one chat each, as many as go in one call."""
    for _, run_ in groupby(said, lambda one: one.chat.id):
        pack: list[Said] = []
        letters = 0
        for one in run_:
            if pack and (len(pack) == AT_ONCE or letters + len(one.text) > _MOST_LETTERS):
                yield pack
                pack, letters = [], 0
            pack.append(one)
            letters += len(one.text)
        yield pack


async def _keep(client: HubClient, inbox: rows.Inbox, found: Read, pack: Sequence[Said]) -> int:
    """Keep what is not there yet of some messages of one chat; how many those were."""
    known = await client.known_in_archive(inbox.id, [one.key for one in pack])
    fresh = [one for one in pack if one.key not in known]
    if not fresh:
        return 0
    messages = [await _written(client, found, one) for one in fresh]
    chat = pack[0].chat
    told = api.ArchivedChat(chat.id, chat.name, messages, dict(chat.fields))
    return (await client.keep_in_archive(inbox.id, told)).new


async def _written(client: HubClient, found: Read, one: Said) -> api.ArchivedMessage:
    """A message with its files at the hub; one that is not in the archive, or that the hub refuses, is named."""
    ids: list[str] = []
    missing: list[str] = []
    for name, mime_type, data in [*_named(found, one, missing), *one.inline]:
        try:
            ids.append((await client.upload(name, mime_type, data)).id)
        except Refusal:
            missing.append(name)
    return api.ArchivedMessage(one.key, one.at.astimezone(UTC), one.incoming, one.text, one.by, ids, missing)


def _named(found: Read, one: Said, missing: list[str]) -> Iterator[tuple[str, str, bytes]]:
    for name in one.files:
        data = found.file(name)
        if data:
            yield Path(name).name, mimetypes.guess_type(name)[0] or "application/octet-stream", data
        else:
            missing.append(Path(name).name)


def _zone(name: str | None) -> tzinfo:
    """The zone of the clocks that wrote the archive."""
    if not name:
        return datetime.now().astimezone().tzinfo or UTC
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
    sys.stderr.write(line + end)
    sys.stderr.flush()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")

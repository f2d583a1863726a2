"""Telegram's JSON exports, of one chat or of an account.

https://core.telegram.org/import-export
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted
from mim_desk.domain.refusal import Refusal

NAME: Final = "Telegram"
_FILES: Final = ("photo", "file")
_NOT_THERE: Final = re.compile(r"\(File .*\)")


class _Export(msgspec.Struct):
    """What is needed of an export; single chats stand at the top."""

    messages: list[Any] = []
    name: str | None = None
    id: int = 0
    type: str = ""
    chats: dict[str, Any] = {}
    personal_information: dict[str, Any] = {}


class _Message(msgspec.Struct):
    """What is needed of a message."""

    id: int
    type: str = "message"
    date_unixtime: str = ""
    date: str = ""
    from_: str | None = msgspec.field(default=None, name="from")
    from_id: str = ""
    text: Any = ""
    photo: str = ""
    file: str = ""
    sticker_emoji: str = ""
    location_information: dict[str, float] = {}
    contact_information: dict[str, str] = {}


def read(data: bytes, wanted: Wanted) -> tuple[list[Said], list[BadRow]]:
    """The messages of an export."""
    try:
        export = msgspec.json.decode(data, type=_Export, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Refusal("unreadable", f"This is no export of Telegram: {problem}.") from problem
    chats = export.chats.get("list", []) if export.chats else [msgspec.to_builtins(export)]
    if not isinstance(chats, list):
        raise Refusal("unreadable", "This is no export of Telegram: its chats are no list.")
    own = f"user{export.personal_information.get('user_id', '')}"
    said: list[Said] = []
    bad: list[BadRow] = []
    for chat in chats:
        if isinstance(chat, dict):
            _read_chat(chat, {own, *wanted.ours}, wanted, said, bad)
    return said, bad


def _read_chat(chat: dict[str, Any], ours: set[str], wanted: Wanted, said: list[Said], bad: list[BadRow]) -> None:
    id_, name = str(chat.get("id", "")), str(chat.get("name") or "Telegram")
    whom = Chat(id_, name)
    is_personal = str(chat.get("type", "")) in ("personal_chat", "bot_chat")
    messages = chat.get("messages") or []
    if not isinstance(messages, list):
        bad.append(BadRow(0, f"the messages of {name} are no list"))
        return
    for place, raw in enumerate(messages, 1):
        try:
            one = msgspec.convert(raw, _Message, strict=False)
            at = _moment(one, wanted)
        except (msgspec.MsgspecError, ValueError, OverflowError, OSError) as problem:
            bad.append(BadRow(place, f"message {place} of {name}: {problem}"))
            continue
        if one.type != "message":
            continue
        is_ours = one.from_id in ours or one.from_ in ours or (is_personal and one.from_id != f"user{id_}")
        by = "" if is_ours or is_personal else one.from_ or ""
        said.append(Said(whom, f"{id_}:{one.id}", at, not is_ours, _text(one), by, _files(one)))


def _moment(one: _Message, wanted: Wanted) -> datetime:
    if one.date_unixtime:
        return datetime.fromtimestamp(int(one.date_unixtime), UTC)
    return datetime.fromisoformat(one.date).replace(tzinfo=wanted.zone)


def _text(one: _Message) -> str:
    """The words of a text that may be cut into pieces with marks."""
    pieces = one.text if isinstance(one.text, list) else [one.text]
    text = "".join(str(piece.get("text", "")) if isinstance(piece, dict) else str(piece) for piece in pieces)
    place, card = one.location_information, one.contact_information
    more = [
        one.sticker_emoji,
        f"{place.get('latitude')}, {place.get('longitude')}" if place else "",
        " ".join(filter(None, (card.get("first_name"), card.get("last_name"), card.get("phone_number")))),
    ]
    return "\n".join(part for part in (text, *more) if part)


def _files(one: _Message) -> Sequence[str]:
    named = (getattr(one, field) for field in _FILES)
    return tuple(name for name in named if name and not _NOT_THERE.match(name))

"""Telegram's JSON exports, of one chat or of an account.

https://core.telegram.org/import-export
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted, moment
from mim_desk.domain.refusal import Refusal

NAME: Final = "Telegram"
_FILES: Final = ("photo", "file")
_BROKEN: Final = (msgspec.MsgspecError, ValueError, OverflowError, OSError, RecursionError)
_NOT_THERE: Final = re.compile(r"\(File .*\)")


class _Chats(msgspec.Struct):
    """The chats of an account."""

    found: list[msgspec.Raw] = msgspec.field(default_factory=list, name="list")


class _Owner(msgspec.Struct, frozen=True):
    """Whose account it is."""

    user_id: int | str = ""


class _Answer(msgspec.Struct):
    """What can be chosen in a poll."""

    text: Any = ""
    voters: int = 0


class _Poll(msgspec.Struct):
    """A question to many."""

    question: Any = ""
    answers: list[_Answer] = []


class _Export(msgspec.Struct):
    """What is needed of an export; single chats stand at the top."""

    messages: msgspec.Raw = msgspec.Raw(b"[]")
    name: str | None = None
    id: int = 0
    type: str = ""
    chats: _Chats | None = None
    left_chats: _Chats | None = None
    personal_information: _Owner = _Owner()


class _Message(msgspec.Struct):
    """What is needed of a message."""

    id: int
    type: str = "message"
    date_unixtime: str = ""
    date: str = ""
    from_: str | None = msgspec.field(default=None, name="from")
    from_id: str = ""
    forwarded_from: str = ""
    text: Any = ""
    photo: str = ""
    file: str = ""
    file_name: str = ""
    media_type: str = ""
    sticker_emoji: str = ""
    game_title: str = ""
    poll: _Poll | None = None
    invoice_information: dict[str, Any] = {}
    location_information: dict[str, Any] = {}
    contact_information: dict[str, Any] = {}
    place_name: str = ""


_message = msgspec.json.Decoder(_Message, strict=False)
_messages = msgspec.json.Decoder(list[msgspec.Raw])


def read(data: bytes, wanted: Wanted) -> tuple[list[Said], list[BadRow]]:
    """The messages of an export."""
    try:
        export = msgspec.json.decode(data, type=_Export, strict=False)
    except _BROKEN as problem:
        raise Refusal("unreadable", f"This is no export of Telegram: {problem}.") from problem
    ours = {f"user{export.personal_information.user_id}", *wanted.ours}
    said: list[Said] = []
    bad: list[BadRow] = []
    lists = [one for one in (export.chats, export.left_chats) if one is not None]
    if not lists:
        _read_chat(export, ours, wanted, said, bad)
    for place, raw in enumerate((raw for one in lists for raw in one.found), 1):
        try:
            chat = msgspec.json.decode(raw, type=_Export, strict=False)
        except _BROKEN as problem:
            bad.append(BadRow(place, f"chat {place}: {problem}"))
            continue
        _read_chat(chat, ours, wanted, said, bad)
    return said, bad


def _read_chat(chat: _Export, ours: set[str], wanted: Wanted, said: list[Said], bad: list[BadRow]) -> None:
    whom = Chat(str(chat.id), chat.name or NAME)
    try:
        messages = _messages.decode(chat.messages)
    except _BROKEN as problem:
        bad.append(BadRow(1, f"the messages of {whom.name}: {problem}"))
        return
    for place, raw in enumerate(messages, 1):
        try:
            one = _decoded(raw)
            if one.type == "message":
                said.append(_said(one, whom, chat.type in ("personal_chat", "bot_chat"), ours, wanted))
        except _BROKEN as problem:
            bad.append(BadRow(place, f"message {place} of {whom.name}: {problem}"))


def _decoded(raw: msgspec.Raw) -> _Message:
    """A message; what is null in it is as if it were not there."""
    try:
        return _message.decode(raw)
    except msgspec.ValidationError:
        told = msgspec.json.decode(raw)
        known = {name: value for name, value in told.items() if value is not None} if isinstance(told, dict) else told
        return msgspec.convert(known, _Message, strict=False)


def _said(one: _Message, whom: Chat, is_personal: bool, ours: set[str], wanted: Wanted) -> Said:
    is_ours = one.from_id in ours or one.from_ in ours or (is_personal and one.from_id != f"user{whom.id}")
    by = "" if is_ours or is_personal else one.from_ or ""
    named = [(getattr(one, field), field) for field in _FILES]
    files = tuple(name for name, _ in named if name and not _NOT_THERE.match(name))
    missing = [one.file_name or one.media_type or field for name, field in named if name and _NOT_THERE.match(name)]
    text = _text(one)
    if not (text or files or missing):
        missing = [one.media_type or "?"]
    if one.forwarded_from:
        text = f"↪ {one.forwarded_from}\n{text}".rstrip("\n")  # else it reads as if they had written it themselves
    key = f"{whom.id}:{one.id}"
    return Said(whom, key, _moment(one, wanted), not is_ours, text, by, files, missing=missing)


def _moment(one: _Message, wanted: Wanted) -> datetime:
    if one.date_unixtime:
        return datetime.fromtimestamp(int(one.date_unixtime), UTC)
    return moment(datetime.fromisoformat(one.date), wanted.zone)


def _text(one: _Message) -> str:
    """The words of a message, whatever it is."""
    place, card, bill = one.location_information, one.contact_information, one.invoice_information
    more = [
        one.sticker_emoji,
        one.place_name,
        f"{place.get('latitude')}, {place.get('longitude')}" if place else "",
        *_told(card, "first_name", "last_name", "phone_number"),
        one.game_title,
        *_told(bill, "title", "description", "amount", "currency"),
    ]
    if one.poll is not None:
        more += [_words(one.poll.question)]
        more += [f"• {_words(answer.text)} ({answer.voters})" for answer in one.poll.answers]
    return "\n".join(part for part in (_words(one.text), *more) if part)


def _told(card: Mapping[str, Any], *names: str) -> list[str]:
    return [" ".join(str(card[name]) for name in names if card.get(name))]


def _words(text: Any) -> str:
    """A text that may be cut into pieces with marks."""
    pieces = text if isinstance(text, list) else [text or ""]
    return "".join(str(piece.get("text", "")) if isinstance(piece, dict) else str(piece) for piece in pieces)

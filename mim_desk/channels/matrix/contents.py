"""What a message of Matrix carries: text without its quoted lines, files, places."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from mim_desk.channels.base import IncomingFile, Place
from mim_desk.channels.matrix import pages, payloads
from mim_desk.channels.matrix.names import MXC
from mim_desk.channels.shared.json_bodies import read
from mim_desk.domain.message import MessageType

ENCRYPTED: Final = (
    "This message is encrypted, which we cannot read: ask the customer to write in a room without encryption."
)
_GEO: Final = re.compile(r"geo:(-?[0-9]{1,3}(?:\.[0-9]{1,20})?),(-?[0-9]{1,3}(?:\.[0-9]{1,20})?)(?:[,;].*)?", re.DOTALL)
_TEXTS: Final = ("m.text", "m.notice", "m.emote")
_FILES: Final = {
    "m.image": (MessageType.IMAGE, "image", "image/jpeg"),
    "m.video": (MessageType.VIDEO, "video", "video/mp4"),
    "m.audio": (MessageType.AUDIO, "audio", "audio/ogg"),
    "m.file": (MessageType.FILE, "file", "application/octet-stream"),
}
_OLD_QUOTE: Final = re.compile(r"> (\* )?<@[^>\n]{1,300}>")
_MOST_ANSWERS: Final = 20
_poll = msgspec.json.Decoder(payloads.PollContent)
_content = msgspec.json.Decoder(payloads.Content)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says."""

    type: MessageType = MessageType.TEXT
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    location: Place | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def content_in(raw: msgspec.Raw) -> payloads.Content:
    """The content of an event; fields that are not of their kind, as bridges write them, are left out."""
    try:
        return _content.decode(raw)
    except msgspec.ValidationError:
        told = _fields.decode(raw)
    known = ((one, told.get(one.encode_name)) for one in msgspec.structs.fields(payloads.Content))
    good = {one.name: value for one, field in known if field is not None for value in _good(field, one.type)}
    return payloads.Content(**good)


def _good(field: msgspec.Raw, kind: Any) -> list[Any]:
    """The value where it is of its kind, else none."""
    try:
        return [msgspec.json.decode(field, type=kind)]
    except msgspec.ValidationError:
        return []


def said_in(content: payloads.Content) -> Said:
    """What the content of an ``m.room.message`` says."""
    body = words_of(content)
    if content.msgtype in _TEXTS and body.strip():
        # a bot's notice is never answered by a bot
        return Said(text=body, details={} if content.msgtype == "m.text" else {content.msgtype[2:]: "yes"})
    if content.msgtype == "m.location":
        return _located(content, body)
    if content.msgtype in _FILES:
        return _with_file(content)
    return Said(MessageType.UNSUPPORTED, body, details={"kind": content.msgtype[:60]})


def words_of(content: payloads.Content) -> str:
    """The text of a message, or what is written beside its file, without the lines that quote."""
    body = content.body
    if content.relates_to is not None and content.relates_to.in_reply_to is not None:
        body = _unquoted(body)
    if content.format == pages.FORMAT and content.msgtype in _TEXTS:
        body = pages.whole(body, content.formatted_body)
    if content.msgtype in _FILES and (not content.filename or content.filename == body):
        return ""
    return body


def sticker_in(content: payloads.Content) -> Said:
    """A sticker with what it means."""
    if not MXC.fullmatch(content.url):
        return Said(MessageType.UNSUPPORTED, content.body, details={"kind": "m.sticker"})
    return Said(MessageType.STICKER, content.body, (_file(content, "sticker", "image/png"),))


def poll_in(raw: msgspec.Raw) -> Said:
    """A poll's question with its answers in lines: it cannot be voted in here."""
    told = read(_poll, raw) or payloads.PollContent()
    poll = told.newest or told.poll or told.oldest
    asked = poll.question.words if poll else ""
    if poll is None or not asked:
        return Said(MessageType.UNSUPPORTED, told.words, details={"kind": "poll"})
    answers = [f"{number}. {one.words}" for number, one in enumerate(poll.answers[:_MOST_ANSWERS], 1)]
    return Said(MessageType.UNSUPPORTED, "\n".join([asked, *answers]), details={"kind": "poll"})


def _unquoted(body: str) -> str:
    """Older clients repeat the quoted message in lines with ``> `` before it, the first of which names its sender."""
    if not _OLD_QUOTE.match(body):
        return body
    lines = body.split("\n")
    start = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[start:]).lstrip("\n")


def _located(content: payloads.Content, body: str) -> Said:
    found = _GEO.fullmatch(content.geo_uri)
    latitude, longitude = (float(found[1]), float(found[2])) if found else (999.0, 999.0)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return Said(MessageType.UNSUPPORTED, body, details={"kind": "m.location"})
    return Said(MessageType.LOCATION, body, location=Place(latitude, longitude))


def _with_file(content: payloads.Content) -> Said:
    kind, name, mime_type = _FILES[content.msgtype]
    if not MXC.fullmatch(content.url):
        return Said(MessageType.UNSUPPORTED, content.body, details={"kind": content.msgtype})  # encrypted, or gone
    if content.msgtype == "m.audio" and bytes(content.voice):
        kind = MessageType.VOICE
    return Said(kind, words_of(content), (_file(content, name, mime_type),))


def _file(content: payloads.Content, name: str, mime_type: str) -> IncomingFile:
    info = content.info
    return IncomingFile(
        name=content.filename or (content.body if name != "sticker" else "") or name,
        mime_type=info.mimetype or mime_type,
        size=_whole(info.size) or 0,
        external_id=content.url,
        width=_whole(info.w),
        height=_whole(info.h),
    )


def _whole(told: float | None) -> int | None:
    return int(told) if told is not None and 0 <= told < 2**53 else None

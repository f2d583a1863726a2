"""What a message of a LINE user carries: text, media, a place, a sticker, or something that cannot be shown here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from mim_desk.channels.base import IncomingFile, Place
from mim_desk.channels.line import payloads
from mim_desk.channels.shared.json_bodies import UNREADABLE, amount, read, word
from mim_desk.domain.message import MessageType


@dataclass(frozen=True, slots=True)
class Content:
    """The part of a message that differs by its type."""

    type: MessageType
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    location: Place | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


_text = msgspec.json.Decoder(payloads.Text)
_media = msgspec.json.Decoder(payloads.Media)
_file = msgspec.json.Decoder(payloads.File)
_location = msgspec.json.Decoder(payloads.Location, strict=False)
_sticker = msgspec.json.Decoder(payloads.Sticker)
_album = msgspec.json.Decoder(payloads.ImageSet)


def content_of(named: payloads.Named, raw: msgspec.Raw) -> Content:
    """The content of a message; of a type or form that we do not know it is *unsupported*, never lost."""
    reading = _READINGS.get(named.type)
    if reading is not None:
        try:
            return reading(named, raw)
        except UNREADABLE:
            pass  # said, but in a form that we do not know: as below
    return Content(MessageType.UNSUPPORTED, details={"line_type": named.type[:40]})


def _as_text(named: payloads.Named, raw: msgspec.Raw) -> Content:
    return Content(MessageType.TEXT, _text.decode(raw).text)


_MEDIA: Final = {
    "image": (MessageType.IMAGE, "image/jpeg", "jpg"),
    "video": (MessageType.VIDEO, "video/mp4", "mp4"),
    "audio": (MessageType.AUDIO, "audio/mp4", "m4a"),
}
"""LINE tells no type of the bytes; these are what its own apps make. They are looked at when they come."""


def _as_media(named: payloads.Named, raw: msgspec.Raw) -> Content:
    said = _media.decode(raw)
    kind, mime_type, ending = _MEDIA[named.type]
    is_external = said.provider.type == "external"
    if is_external and not said.provider.url.startswith("https://"):
        raise ValueError("a file elsewhere needs its address")
    url, external_id = (said.provider.url, "") if is_external else ("", named.id)
    album = read(_album, said.image_set)
    facts = {
        "duration_ms": amount(said.duration_ms),
        "album": album.id if album else "",
        "album_index": album.index if album else 0,
        "album_total": album.total if album else 0,
    }
    return Content(
        kind, files=(IncomingFile(f"{named.id}.{ending}", mime_type, url=url, external_id=external_id),), details=facts
    )


def _as_file(named: payloads.Named, raw: msgspec.Raw) -> Content:
    said = _file.decode(raw)
    name, size = word(said.name) or named.id, amount(said.size)
    one = IncomingFile(name, "application/octet-stream", size=size, external_id=named.id)
    return Content(MessageType.FILE, files=(one,))


def _as_location(named: payloads.Named, raw: msgspec.Raw) -> Content:
    said = _location.decode(raw)
    if not (-90 <= said.latitude <= 90 and -180 <= said.longitude <= 180):
        raise ValueError("no such place")
    name = ", ".join(part for part in map(word, (said.title, said.address)) if part)
    return Content(MessageType.LOCATION, location=Place(said.latitude, said.longitude, name))


def _as_sticker(named: payloads.Named, raw: msgspec.Raw) -> Content:
    """LINE documents no picture of a sticker: what it means is among the facts."""
    said = _sticker.decode(raw)
    facts = {
        "package_id": said.package_id,
        "sticker_id": said.sticker_id,
        "sticker_kind": word(said.kind),
        "keywords": ", ".join(map(word, said.keywords)) if isinstance(said.keywords, list) else "",
    }
    return Content(MessageType.STICKER, word(said.text), details=facts)


_READINGS: Final[Mapping[str, Callable[[payloads.Named, msgspec.Raw], Content]]] = {
    "text": _as_text,
    "image": _as_media,
    "video": _as_media,
    "audio": _as_media,
    "file": _as_file,
    "location": _as_location,
    "sticker": _as_sticker,
}

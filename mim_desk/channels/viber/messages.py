"""What a message of a Viber user carries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from mim_desk.channels.base import IncomingFile, Place
from mim_desk.channels.shared.json_bodies import UNREADABLE, amount, word
from mim_desk.channels.viber import payloads
from mim_desk.domain.message import MessageType


@dataclass(frozen=True, slots=True)
class Content:
    """The part of a message that differs by its type."""

    type: MessageType
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    location: Place | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


_ADDRESSES: Final = ("https://", "http://")
_text = msgspec.json.Decoder(payloads.Text)
_media = msgspec.json.Decoder(payloads.Media)
_sticker = msgspec.json.Decoder(payloads.Sticker)
_card = msgspec.json.Decoder(payloads.ContactCard)
_location = msgspec.json.Decoder(payloads.Location)


def content_of(said: payloads.Said, raw: msgspec.Raw) -> Content:
    """The content of a message; of a type or form that we do not know it is *unsupported*, never lost.

    Words may stand beside any of them: a phone number that was asked for comes with those of the button, for one.
    """
    reading, words = _READINGS.get(said.type), word(said.text)
    if reading is not None:
        try:
            content = reading(said.type, raw)
            beside = words if words.strip() not in content.text else ""
            return replace(content, text="\n".join(part for part in (beside, content.text) if part))
        except UNREADABLE:
            pass  # said, but in a form that we do not know: as below
    return Content(MessageType.UNSUPPORTED, words, details={"viber_type": said.type[:40]})


def _as_text(kind: str, raw: msgspec.Raw) -> Content:
    return Content(MessageType.TEXT, _text.decode(raw).text)


_MEDIA: Final = {
    "picture": (MessageType.IMAGE, "image/jpeg", "picture.jpg"),
    "video": (MessageType.VIDEO, "video/mp4", "video.mp4"),
    "file": (MessageType.FILE, "application/octet-stream", "file"),
}
"""Viber tells no type of the bytes; they are looked at when they come."""


def _as_media(kind: str, raw: msgspec.Raw) -> Content:
    said = _media.decode(raw)
    told, mime_type, name = _MEDIA[kind]
    file = IncomingFile(
        word(said.file_name) or name,
        mime_type,
        amount(said.size) or amount(said.file_size),
        url=_fetchable(said.media),
    )
    return Content(told, word(said.text), (file,), details={"duration_s": amount(said.duration)})


def _as_sticker(kind: str, raw: msgspec.Raw) -> Content:
    said = _sticker.decode(raw)
    media = word(said.media) if word(said.media).startswith(_ADDRESSES) else ""
    files = (IncomingFile("sticker.png", "image/png", url=media),) if media else ()
    return Content(MessageType.STICKER, files=files, details={"sticker_id": said.sticker_id})


def _as_card(kind: str, raw: msgspec.Raw) -> Content:
    said = _card.decode(raw).contact
    return Content(MessageType.CONTACT_CARD, "\n".join(str(part) for part in (said.name, said.phone_number) if part))


def _as_location(kind: str, raw: msgspec.Raw) -> Content:
    """Degrees are numbers, and as texts they are as good."""
    said = _location.decode(raw).location
    latitude, longitude = float(said.lat), float(said.lon)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("no such place")
    return Content(MessageType.LOCATION, location=Place(latitude, longitude, word(said.address)))


def _as_link(kind: str, raw: msgspec.Raw) -> Content:
    return Content(MessageType.TEXT, _media.decode(raw).media)


def _fetchable(url: str) -> str:
    if not url.startswith(_ADDRESSES):
        raise ValueError("a file needs its address")
    return url


_READINGS: Final[Mapping[str, Callable[[str, msgspec.Raw], Content]]] = {
    "text": _as_text,
    "picture": _as_media,
    "video": _as_media,
    "file": _as_media,
    "sticker": _as_sticker,
    "contact": _as_card,
    "location": _as_location,
    "url": _as_link,
}

"""Shapes of Viber's bot interface (developers.viber.com/docs/api/rest-bot-api); only what is read or sent.

Message tokens are whole numbers above 2^53: they stay ``int`` here and become text, never a float.
"""

from typing import Any

import msgspec


class Person(msgspec.Struct, frozen=True):
    """``{"id": "AbC==", "name": "Mia", "avatar": "https://...", "country": "BG", "language": "bg"}``; all but the id may be odd."""

    id: str
    name: Any = None
    avatar: Any = None
    country: Any = None
    language: Any = None


class Happened(msgspec.Struct, frozen=True):
    """A delivery: ``{"event": "message", "timestamp": 1763790001000, "message_token": 6000000000000000002, ...}``."""

    event: str
    timestamp: Any = None
    message_token: Any = None
    user_id: str | None = None
    user: Person | None = None
    sender: Person | None = None
    message: msgspec.Raw = msgspec.Raw(b"null")
    silent: Any = None
    context: Any = None
    subscribed: Any = None
    desc: Any = None


class Said(msgspec.Struct, frozen=True):
    """What every message has: ``{"type": "text", "tracking_data": "conv9"}``.

    Attributes:
        text: the words of a text; others, cards above all, may come with words too.
    """

    type: str = ""
    tracking_data: Any = None
    text: Any = None


class Text(msgspec.Struct, frozen=True):
    """``{"type": "text", "text": "hi"}``."""

    text: str


class Media(msgspec.Struct, frozen=True):
    """``{"type": "picture", "media": "https://...", "text": "see", "file_name": "p.jpg", "size": 5120}``."""

    media: str
    text: Any = None
    file_name: Any = None
    size: Any = None
    file_size: Any = None
    duration: Any = None


class Sticker(msgspec.Struct, frozen=True):
    """``{"type": "sticker", "sticker_id": 40133, "media": "https://..."}``."""

    sticker_id: int | str
    media: Any = None


class Card(msgspec.Struct, frozen=True):
    """``{"name": "Al", "phone_number": "+359000000"}``."""

    name: str | None = None
    phone_number: str | int | None = None


class ContactCard(msgspec.Struct, frozen=True):
    """``{"type": "contact", "contact": {...}}``."""

    contact: Card


class Point(msgspec.Struct, frozen=True):
    """``{"lat": 42.69, "lon": 23.32, "address": "..."}``."""

    lat: float | str
    lon: float | str
    address: Any = None


class Location(msgspec.Struct, frozen=True):
    """``{"type": "location", "location": {...}}``."""

    location: Point


class SentCard(msgspec.Struct, frozen=True):
    """``{"name": "Al", "phone_number": "+359000000"}``."""

    name: str
    phone_number: str


class SentPoint(msgspec.Struct, frozen=True):
    """``{"lat": 42.69, "lon": 23.32}``."""

    lat: float
    lon: float


class Brand(msgspec.Struct, frozen=True, omit_defaults=True):
    """``{"name": "Brand", "avatar": "https://..."}``: of every message the same, never a person's."""

    name: str
    avatar: str = ""


class Key(msgspec.Struct, frozen=True, rename="pascal"):
    """``{"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": "Yes", "Text": "Yes", ...}``; Text is HTML."""

    action_type: str
    action_body: str
    text: str
    columns: int = 6
    rows: int = 1
    text_size: str = "regular"
    silent: bool = False


class Keyboard(msgspec.Struct, frozen=True, rename="pascal"):
    """``{"Type": "keyboard", "DefaultHeight": false, "Buttons": [...]}``: below the chat, until the next message."""

    buttons: list[Key]
    type: str = "keyboard"
    default_height: bool = False


class Outgoing(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """``{"receiver": "AbC==", "min_api_version": 1, "sender": {...}, "type": "text", "text": "Hello"}``."""

    receiver: str
    min_api_version: int
    sender: Brand
    type: str
    text: str | None = None
    media: str | None = None
    size: int | None = None
    file_name: str | None = None
    contact: SentCard | None = None
    location: SentPoint | None = None
    sticker_id: int | None = None
    keyboard: Keyboard | None = None


class Greeting(msgspec.Struct, frozen=True):
    """The answer to ``conversation_started``: ``{"sender": {...}, "type": "text", "text": "Welcome"}``, to nobody named."""

    sender: Brand
    text: str
    type: str = "text"
    min_api_version: int = 1


class Webhook(msgspec.Struct, frozen=True):
    """``{"url": "https://...", "event_types": [...], "send_name": true, "send_photo": true}``."""

    url: str
    event_types: tuple[str, ...] = (
        "delivered",
        "seen",
        "failed",
        "subscribed",
        "unsubscribed",
        "conversation_started",
    )
    send_name: bool = True
    send_photo: bool = True


class Answer(msgspec.Struct, frozen=True):
    """``{"status": 0, "status_message": "ok", "message_token": 6000000000000000011}``."""

    status: int | None = None
    status_message: str | None = None
    message_token: Any = None

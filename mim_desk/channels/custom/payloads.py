"""Shapes of the custom channel's contract; the samples are the contract (README.md)."""

from datetime import datetime

import msgspec

from mim_desk.domain.enclosed import ContactCard, Place


class Person(msgspec.Struct, frozen=True):
    """``{"id": "u-17", "name": "Ana", "language": "pt", "time_zone": "Europe/Lisbon"}``."""

    id: str
    name: str = ""
    display: str = ""
    language: str = ""
    time_zone: str = ""


class File(msgspec.Struct, frozen=True):
    """``{"name": "plan.pdf", "mime_type": "application/pdf", "data": "<base64>"}``."""

    name: str
    mime_type: str
    data: bytes


class Location(msgspec.Struct, frozen=True):
    """``{"latitude": 38.7, "longitude": -9.1, "name": "Cafe"}``."""

    latitude: float
    longitude: float
    name: str = ""


class Choice(msgspec.Struct, frozen=True):
    """``{"id": "yes", "title": "Yes, please"}``."""

    id: str
    title: str


class Message(msgspec.Struct, frozen=True, tag="message"):
    """``{"type": "message", "id": "m-1", "contact": {...}, "text": "Hello", "at": "2026-01-30T16:30:00Z"}``."""

    id: str
    contact: Person
    at: datetime | None = None
    text: str = ""
    attachments: list[File] = []
    location: Location | None = None
    choice: Choice | None = None
    reply_to: str | None = None


class Receipt(msgspec.Struct, frozen=True, tag="receipt"):
    """``{"type": "receipt", "message_id": "<our UUID>", "status": "delivered", "at": "..."}``."""

    status: str
    message_id: str | None = None
    id: str | None = None
    at: datetime | None = None
    reason: str = ""
    code: str = ""


class Read(msgspec.Struct, frozen=True, tag="read"):
    """``{"type": "read", "contact": {...}, "up_to": "<our UUID>", "at": "..."}``; without up_to: all so far."""

    contact: Person
    up_to: str | None = None
    at: datetime | None = None


class Typing(msgspec.Struct, frozen=True, tag="typing"):
    """``{"type": "typing", "contact": {"id": "u-17"}, "typing": true}``."""

    contact: Person
    typing: bool = True


class Edit(msgspec.Struct, frozen=True, tag="edit"):
    """``{"type": "edit", "id": "m-1", "text": "Hello!", "at": "..."}``."""

    id: str
    text: str
    at: datetime | None = None


class Delete(msgspec.Struct, frozen=True, tag="delete"):
    """``{"type": "delete", "id": "m-1", "at": "..."}``."""

    id: str
    at: datetime | None = None


class Reaction(msgspec.Struct, frozen=True, tag="reaction"):
    """``{"type": "reaction", "contact": {...}, "id": "m-1", "emoji": "..."}``; an empty emoji takes it back."""

    contact: Person
    emoji: str
    id: str | None = None
    message_id: str | None = None
    at: datetime | None = None


Item = Message | Receipt | Read | Typing | Edit | Delete | Reaction


class Batch(msgspec.Struct, frozen=True):
    """A delivery: ``{"events": [...]}``; each item is read by itself, so a bad one harms no other."""

    events: list[msgspec.Raw]


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """``{"title": "Yes", "id": "<our key>"}``; one with ``url`` opens it, the rest is of a row in a list."""

    title: str
    id: str
    url: str = ""
    description: str = ""
    section: str = ""


class Callback(msgspec.Struct, frozen=True, omit_defaults=True):
    """What we post: ``{"type": "message", "id": "<our UUID>", "to": "u-17", "text": "...", "attachments": [...]}``.

    ``location {latitude, longitude, name, address}`` or ``contact_card {name, phones, emails}`` may stand beside the
    text.

    Other types are ``typing``, ``read``, ``reaction``, ``edit`` and ``delete``; ``of`` is your id of the message that
    they speak of.
    """

    type: str
    id: str = ""
    to: str = ""
    text: str = ""
    attachments: list[File] = []
    reply_to: str | None = None
    buttons: list[Button] = []
    of: str = ""
    emoji: str | None = None
    location: Place | None = None
    contact_card: ContactCard | None = None


class Accepted(msgspec.Struct, frozen=True):
    """Your answer: ``{"id": "<your id of it>"}``, or an empty body."""

    id: str = ""


class Rejected(msgspec.Struct, frozen=True):
    """Your refusal (4xx): ``{"code": "unknown-contact", "detail": "This person left."}``."""

    code: str = ""
    detail: str = ""

"""Reading one item of a custom delivery into a domain event; what cannot be read becomes ``Unknown``."""

from datetime import UTC, datetime
from functools import singledispatch

import msgspec

from mim_desk.channels.base import (
    Event,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Picked,
    Place,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Sender,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.custom import payloads
from mim_desk.channels.shared.moments import plausible
from mim_desk.domain.message import DeliveryStatus, MessageType

_item = msgspec.json.Decoder(payloads.Item)


def event_of(raw: msgspec.Raw, received_at: datetime) -> Event:
    """The event of one raw item."""
    try:
        return _as_event(_item.decode(raw), received_at)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, OverflowError) as problem:
        return Unknown("item", str(problem))


def _time(at: datetime | None, received_at: datetime) -> datetime:
    if at is None:
        return received_at
    if at.tzinfo is None:
        raise ValueError("a time needs its offset")
    try:
        return plausible(at.astimezone(UTC), received_at)
    except OverflowError:  # at either end of all times
        return received_at


def _sender(person: payloads.Person) -> Sender:
    if not person.id:
        raise ValueError("a contact needs an id")
    return Sender(
        person.id, person.name, person.display, verified=True, language=person.language, time_zone=person.time_zone
    )


_FAMILIES = {"image": MessageType.IMAGE, "video": MessageType.VIDEO, "audio": MessageType.AUDIO}


def _place(told: payloads.Location | None) -> Place | None:
    """Where it is; None for what is nowhere on earth."""
    if told is None or abs(told.latitude) > 90 or abs(told.longitude) > 180:
        return None
    return Place(told.latitude, told.longitude, told.name)


def _message_type(message: payloads.Message) -> MessageType:
    if _place(message.location):
        return MessageType.LOCATION
    if message.choice:
        return MessageType.CHOICE
    if message.attachments:
        return _FAMILIES.get(message.attachments[0].mime_type.split("/")[0], MessageType.FILE)
    return MessageType.UNSUPPORTED if message.location and not message.text else MessageType.TEXT


@singledispatch
def _as_event(item: payloads.Item, received_at: datetime) -> Event:
    raise ValueError(f"no event for {type(item).__name__}")


@_as_event.register
def _(item: payloads.Message, received_at: datetime) -> Event:
    if not item.id:
        raise ValueError("a message needs an id")
    return IncomingMessage(
        external_id=item.id,
        sender=_sender(item.contact),
        occurred_at=_time(item.at, received_at),
        type=_message_type(item),
        text=item.text or (item.choice.title if item.choice else ""),
        files=tuple(IncomingFile(one.name, one.mime_type, len(one.data), data=one.data) for one in item.attachments),
        location=_place(item.location),
        reply_to=item.reply_to,
        choice=Picked(item.choice.id, item.choice.title) if item.choice else None,
    )


@_as_event.register
def _(item: payloads.Receipt, received_at: datetime) -> Event:
    if not (item.id or item.message_id):
        raise ValueError("a receipt needs id or message_id")
    return Receipt(
        DeliveryStatus(item.status),
        _time(item.at, received_at),
        external_id=item.id,
        message_id=item.message_id,
        reason=item.reason,
        code=item.code,
    )


@_as_event.register
def _(item: payloads.Read, received_at: datetime) -> Event:
    return ReadUpTo(_sender(item.contact), _time(item.at, received_at), message_id=item.up_to)


@_as_event.register
def _(item: payloads.Typing, received_at: datetime) -> Event:
    return TypingSeen(_sender(item.contact), received_at, typing=item.typing)


@_as_event.register
def _(item: payloads.Edit, received_at: datetime) -> Event:
    return MessageEdited(item.id, _time(item.at, received_at), item.text)


@_as_event.register
def _(item: payloads.Delete, received_at: datetime) -> Event:
    return MessageDeleted(item.id, _time(item.at, received_at))


@_as_event.register
def _(item: payloads.Reaction, received_at: datetime) -> Event:
    return ReactionSeen(
        _sender(item.contact), _time(item.at, received_at), item.emoji, external_id=item.id, message_id=item.message_id
    )

"""An event of a room as domain events; what cannot be read becomes ``Unknown``."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from mim_desk.channels.base import (
    Account,
    Echo,
    Event,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    ReachChanged,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Sender,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.matrix import payloads
from mim_desk.channels.matrix.contents import ENCRYPTED, Said, content_in, poll_in, said_in, sticker_in, words_of
from mim_desk.channels.matrix.names import own_id
from mim_desk.channels.shared.json_bodies import UNREADABLE, read
from mim_desk.channels.shared.moments import moment
from mim_desk.domain.message import DeliveryStatus, MessageType

ROOM: Final = "room"
ENCRYPTED_ROOM: Final = "encrypted"
_TYPES_FOR: Final = timedelta(seconds=10)
_LONGEST_EMOJI: Final = 32
_BEACONS: Final = ("m.beacon_info", "org.matrix.msc3672.beacon_info")
_READ: Final = ("m.read", "m.read.private")

_item = msgspec.json.Decoder(payloads.Item)
_event = msgspec.json.Decoder(payloads.RoomEvent)
_unsigned = msgspec.json.Decoder(payloads.Unsigned)
_content = msgspec.json.Decoder(payloads.Content)
_member = msgspec.json.Decoder(payloads.MemberContent)
_live = msgspec.json.Decoder(payloads.Beacon)
_typing = msgspec.json.Decoder(payloads.Typing)
_receipts = msgspec.json.Decoder(dict[str, dict[str, dict[str, payloads.ReceiptOf]]])

Reader = Callable[[payloads.Item, payloads.RoomEvent, datetime], tuple[Event, ...]]


def events_of(account: Account, body: bytes, received_at: datetime) -> tuple[Event, ...]:
    """The events of one item of a poll."""
    item = read(_item, body)
    if item is None:
        return (Unknown("body", "no item of a poll"),)
    return events_of_item(account, item, received_at)


def events_of_item(account: Account, item: payloads.Item, received_at: datetime) -> tuple[Event, ...]:
    """The same of an item that was read."""
    if item.kind == "problem":
        return (Unknown("room", item.problem[:200]),)
    try:
        event = _event.decode(item.event)
        if item.kind == "ephemeral":
            return _passing(account, event, received_at)
        return _lasting(account, item, event, received_at)
    except UNREADABLE as problem:
        return (Unknown("event", str(problem)[:200]),)


def _lasting(
    account: Account, item: payloads.Item, event: payloads.RoomEvent, received_at: datetime
) -> tuple[Event, ...]:
    unsigned = read(_unsigned, event.unsigned) or payloads.Unsigned()
    if event.state_key is not None:
        if event.type == "m.room.member":
            return _came_or_left(account, item, event, unsigned, received_at)
        return _beacon(account, item, event, received_at) if event.type in _BEACONS else ()
    if not event.event_id or not event.sender:
        return (Unknown(event.type[:60] or "event", "no id or sender"),)
    if event.sender == own_id(account):
        return _own(item, event, unsigned, received_at)
    if bytes(unsigned.redacted_because):
        return ()
    reader = _READERS.get(event.type)
    if reader is not None:
        return reader(item, event, received_at)
    if event.type.startswith(("m.call.", "m.key.")):
        return ()
    return (Unknown(event.type[:60] or "event"),)


def _sender(item: payloads.Item, event: payloads.RoomEvent) -> Sender:
    return Sender(event.sender, name=item.name.strip(), display=event.sender, verified=True)


def _at(event: payloads.RoomEvent, received_at: datetime) -> datetime:
    return moment(event.origin_server_ts, received_at)


def _own(
    item: payloads.Item, event: payloads.RoomEvent, unsigned: payloads.Unsigned, received_at: datetime
) -> tuple[Event, ...]:
    """What our user said: a reply of ours, known by its transaction id, or what was said in another program."""
    at = _at(event, received_at)
    if event.type == "m.room.redaction":
        return _redacted(item, event, received_at)
    if event.type not in ("m.room.message", "m.sticker") or bytes(unsigned.redacted_because):
        return ()
    content = content_in(event.content)
    relates = content.relates_to
    ours = own_message_id(unsigned)
    if relates is not None and relates.rel_type == "m.replace":
        return () if ours else _edited(event, content, relates, received_at, by=None)
    if ours:
        return (Echo(event.event_id, Sender(event.sender), at, message_id=ours),)
    if not item.whom:
        # Nobody is known whom it was said to: it settles a reply of ours that has this id, and is else let go.
        return (Receipt(DeliveryStatus.SENT, at, external_id=event.event_id),)
    said = sticker_in(content) if event.type == "m.sticker" else said_in(content)
    whom = Sender(item.whom, name=item.name.strip(), display=item.whom, verified=True)
    return (Echo(event.event_id, whom, at, said.text, files=said.files),)


def own_message_id(unsigned: payloads.Unsigned) -> str:
    """Our id of the reply that our transaction id names; empty where another program made it."""
    try:
        return str(UUID(unsigned.transaction_id.partition(".")[0]))
    except ValueError:
        return ""


def _message(
    item: payloads.Item,
    event: payloads.RoomEvent,
    received_at: datetime,
    said: Said,
    relates: payloads.RelatesTo | None = None,
) -> tuple[Event, ...]:
    details = {ROOM: item.room_id, **said.details}
    if item.group:
        details["group"] = "yes"
    if relates is not None and relates.rel_type == "m.thread":
        details["thread"] = relates.event_id[:255]
    answered = relates.in_reply_to if relates is not None and not relates.is_falling_back else None
    return (
        IncomingMessage(
            external_id=event.event_id,
            sender=_sender(item, event),
            occurred_at=_at(event, received_at),
            type=said.type,
            text=said.text,
            files=said.files,
            location=said.location,
            reply_to=(answered.event_id or None) if answered else None,
            details=details,
        ),
    )


def _said(item: payloads.Item, event: payloads.RoomEvent, received_at: datetime) -> tuple[Event, ...]:
    content = content_in(event.content)
    relates = content.relates_to
    if relates is not None and relates.rel_type == "m.replace":
        return _edited(event, content, relates, received_at, by=event.sender)
    if content.msgtype == "m.key.verification.request":
        return (Unknown("m.key.verification.request"),)
    if not content.msgtype:
        return (Unknown("m.room.message", "no msgtype"),)
    return _message(item, event, received_at, said_in(content), relates)


def _edited(
    event: payloads.RoomEvent,
    content: payloads.Content,
    relates: payloads.RelatesTo,
    received_at: datetime,
    *,
    by: str | None,
) -> tuple[Event, ...]:
    if not relates.event_id:
        return (Unknown("m.replace", "no message"),)
    newer = read(_content, content.new_content) if bytes(content.new_content) else None
    text = words_of(newer) if newer is not None else content.body.removeprefix("* ")
    return (MessageEdited(relates.event_id, _at(event, received_at), text, by=by),)


def _sticker(item: payloads.Item, event: payloads.RoomEvent, received_at: datetime) -> tuple[Event, ...]:
    content = content_in(event.content)
    return _message(item, event, received_at, sticker_in(content), content.relates_to)


def _poll(item: payloads.Item, event: payloads.RoomEvent, received_at: datetime) -> tuple[Event, ...]:
    return _message(item, event, received_at, poll_in(event.content))


def _call(item: payloads.Item, event: payloads.RoomEvent, received_at: datetime) -> tuple[Event, ...]:
    return _message(item, event, received_at, Said(MessageType.UNSUPPORTED, details={"kind": "call"}))


def _beacon(
    account: Account, item: payloads.Item, event: payloads.RoomEvent, received_at: datetime
) -> tuple[Event, ...]:
    """Where somebody is from now on can be seen in their program only; that it ended is no message (MSC3672)."""
    told = read(_live, event.content)
    if told is None or not told.live or event.sender in ("", own_id(account)) or not event.event_id:
        return ()
    return _message(
        item, event, received_at, Said(MessageType.UNSUPPORTED, told.description, details={"kind": "location"})
    )


def _encrypted(item: payloads.Item, event: payloads.RoomEvent, received_at: datetime) -> tuple[Event, ...]:
    content = read(_content, event.content)
    relates = content.relates_to if content else None
    if relates is not None and relates.rel_type in ("m.replace", "m.annotation"):
        return (Unknown("m.room.encrypted", "no message of its own"),)
    told = Said(MessageType.UNSUPPORTED, ENCRYPTED, details={"kind": "encrypted", ENCRYPTED_ROOM: "yes"})
    return _message(item, event, received_at, told, relates)


def _reacted(item: payloads.Item, event: payloads.RoomEvent, received_at: datetime) -> tuple[Event, ...]:
    relates = content_in(event.content).relates_to
    if relates is None or not relates.event_id or not relates.key:
        return (Unknown("m.reaction", "no message or key"),)
    emoji = "❔" if relates.key.startswith("mxc://") else relates.key[:_LONGEST_EMOJI]
    sender, named = _sender(item, event), event.event_id
    return (ReactionSeen(sender, _at(event, received_at), emoji, external_id=relates.event_id, reaction_id=named),)


def _redacted(item: payloads.Item, event: payloads.RoomEvent, received_at: datetime) -> tuple[Event, ...]:
    content = read(_content, event.content) or payloads.Content()
    gone = event.redacts or content.redacts
    if not gone:
        return (Unknown("m.room.redaction", "no message"),)
    return (MessageDeleted(gone, _at(event, received_at)),)


def _came_or_left(
    account: Account,
    item: payloads.Item,
    event: payloads.RoomEvent,
    unsigned: payloads.Unsigned,
    received_at: datetime,
) -> tuple[Event, ...]:
    """Who joins can be written to; who leaves or puts us out does not want it any more."""
    who, membership = event.state_key or "", _member.decode(event.content).membership
    at = _at(event, received_at)
    if item.group or not who:
        return ()
    if who == own_id(account):
        put_out = membership in ("leave", "ban") and event.sender not in ("", who)
        return (ReachChanged(Sender(event.sender), at, can_reach=False, by_choice=True),) if put_out else ()
    if membership in ("leave", "ban"):
        return (ReachChanged(Sender(who), at, can_reach=False, by_choice=True),)
    was_in = unsigned.prev_content is not None and unsigned.prev_content.membership == "join"
    if membership == "join" and not was_in:
        sender = Sender(who, name=item.name.strip() if event.sender == who else "", display=who, verified=True)
        return (ReachChanged(sender, at, can_reach=True),)
    return ()


def _passing(account: Account, event: payloads.RoomEvent, received_at: datetime) -> tuple[Event, ...]:
    """Who types, and who has read how far."""
    own = own_id(account)
    if event.type == "m.typing":
        people = _typing.decode(event.content).user_ids
        return tuple(TypingSeen(Sender(one), received_at, _TYPES_FOR) for one in people[:50] if one != own)
    if event.type != "m.receipt":
        return (Unknown(event.type[:60]),)
    return tuple(
        ReadUpTo(Sender(person), moment(receipt.ts, received_at), external_id=event_id)
        for event_id, kinds in _receipts.decode(event.content).items()
        for kind, people in kinds.items()
        if kind in _READ
        for person, receipt in people.items()
        if person != own
    )


_READERS: Final[Mapping[str, Reader]] = {
    "m.room.message": _said,
    "m.sticker": _sticker,
    "m.poll.start": _poll,
    "org.matrix.msc3381.poll.start": _poll,
    "m.call.invite": _call,
    "m.room.encrypted": _encrypted,
    "m.reaction": _reacted,
    "m.room.redaction": _redacted,
}

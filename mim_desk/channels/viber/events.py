"""Reading a Viber delivery, which is one event, into domain events."""

import uuid
from datetime import datetime
from typing import Final

import msgspec

from mim_desk.channels.base import ContactActed, Event, IncomingMessage, ReachChanged, Receipt, Sender, Unknown
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened, read, word
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.viber import payloads
from mim_desk.channels.viber.messages import content_of
from mim_desk.domain.message import Activity, DeliveryStatus

_RECEIPTS: Final = {
    "delivered": DeliveryStatus.DELIVERED,
    "seen": DeliveryStatus.READ,
    "failed": DeliveryStatus.FAILED,
}
_LONGEST_TOKEN, _LONGEST_DETAIL = 20, 300
_happened = msgspec.json.Decoder(payloads.Happened)
_said = msgspec.json.Decoder(payloads.Said)


def token(value: object) -> str:
    """A message token as text; empty for what is none. A float is none: it has lost digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**_LONGEST_TOKEN:
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_TOKEN:
        return value
    return ""


def events_of(body: bytes, received_at: datetime) -> tuple[Event, ...]:
    """The events of a delivery; the test call at set-up brings none."""
    try:
        item = opened(_happened.decode, body)
        if item.event == "webhook":
            return ()
        at = moment(item.timestamp, received_at)
        return _opened(item, at) if item.event == "conversation_started" else (_event(item, at),)
    except UNREADABLE as problem:
        return (Unknown("body", str(problem)),)


def _event(item: payloads.Happened, at: datetime) -> Event:
    match item.event:
        case "message":
            return _message(item, at)
        case "delivered" | "seen" | "failed":
            return _receipt(item, at)
        case "subscribed":
            return ReachChanged(_sender(item.user), at, can_reach=True, by_choice=True)
        case "unsubscribed":
            return ReachChanged(
                _sender(item.user or payloads.Person(item.user_id or "")), at, can_reach=False, by_choice=True
            )
        case _:
            return Unknown(item.event[:40])


def _opened(item: payloads.Happened, at: datetime) -> tuple[Event, ...]:
    """Somebody opened the chat: whether they can be written to, where Viber says it, and by which link they came.

    Older deliveries do not say whether somebody is subscribed; then nothing is known of it.
    https://creators.viber.com/docs/bots-api/events/conversation-started
    """
    told = word(item.context)[:_LONGEST_DETAIL]
    sender = _sender(item.user, {"claimed.context": told} if told else {})
    reach = (ReachChanged(sender, at, can_reach=item.subscribed),) if isinstance(item.subscribed, bool) else ()
    if not told:
        return reach
    key = token(item.message_token) or f"{sender.external_id}:{at.timestamp()}"
    line_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"viber:{key}"))
    return *reach, ContactActed(sender, at, Activity.CAME_BY, line_id, {"way": "enter", "referral": told})


def _sender(person: payloads.Person | None, fields: dict[str, str] | None = None) -> Sender:
    if person is None or not person.id:
        raise ValueError("an event needs its person")
    country, avatar = word(person.country), word(person.avatar)
    return Sender(
        person.id,
        word(person.name),
        verified=True,
        language=word(person.language),
        fields={**({"country": country} if country else {}), **(fields or {})},
        picture=avatar if avatar.startswith(("https://", "http://")) else "",
    )


def _message(item: payloads.Happened, at: datetime) -> Event:
    external_id = token(item.message_token)
    if not external_id:
        raise ValueError("a message needs its token")
    said = read(_said, item.message) or payloads.Said()
    content = content_of(said, item.message)
    facts = {
        "tracking_data": word(said.tracking_data),
        "silent": "yes" if item.silent is True else "",
        **content.details,
    }
    return IncomingMessage(
        external_id=external_id,
        sender=_sender(item.sender),
        occurred_at=at,
        type=content.type,
        text=content.text,
        files=content.files,
        location=content.location,
        details={name: str(value) for name, value in facts.items() if value},
    )


def _receipt(item: payloads.Happened, at: datetime) -> Event:
    external_id = token(item.message_token)
    if not external_id:
        raise ValueError("a receipt needs its token")
    if item.event != "failed":
        return Receipt(_RECEIPTS[item.event], at, external_id)
    said = " ".join(word(item.desc).split()).rstrip(".")[:_LONGEST_DETAIL]
    reason = f"Viber could not deliver it: {said}." if said else "Viber could not deliver it."
    return Receipt(DeliveryStatus.FAILED, at, external_id, reason=reason, code="failed")

"""Reading a delivery into domain events: each item by itself, so that a broken one harms no other."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from mim_desk.channels.base import (
    Account,
    Echo,
    Event,
    IdentityChanged,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    ReactionSeen,
    Receipt,
    Sender,
    Unknown,
)
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.meta import GraphError
from mim_desk.channels.shared.meta_templates import NOTICES, change_of
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.whatsapp import payloads
from mim_desk.channels.whatsapp.bodies import Fields, body_of, facts, fields_of, read
from mim_desk.channels.whatsapp.errors import told_of
from mim_desk.channels.whatsapp.people import sender_of
from mim_desk.domain.message import DeliveryStatus

Item = TypeVar("Item")

_OBJECT: Final = "whatsapp_business_account"
_OWN_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_STATUSES: Final = {
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "played": DeliveryStatus.READ,
    "failed": DeliveryStatus.FAILED,
}
_MOVED: Final = ("user_changed_number", "user_changed_user_id", "customer_changed_number")
_IGNORED: Final = ("customer_identity_changed",)
"""The customer's keys changed, nothing of who they are."""


@dataclass(frozen=True, slots=True)
class _Round:
    """What all items of one change share."""

    received_at: datetime
    people: Sequence[payloads.Person] = ()


def events_of(account: Account, body: bytes, received_at: datetime) -> Iterator[Event]:
    """The events of a delivery in its order."""
    batch = read(payloads.Batch, body)
    if batch is None:
        yield Unknown("body", "not a delivery of WhatsApp")
    elif batch.object not in (None, _OBJECT):
        yield Unknown("object", str(batch.object)[:80])
    else:
        for raw_entry in batch.entry:
            entry = read(payloads.Entry, raw_entry)
            if entry is None:
                yield Unknown("entry", "cannot be read")
                continue
            for raw in entry.changes:
                yield from _change(account, raw, received_at)


def _change(account: Account, raw: msgspec.Raw, received_at: datetime) -> Iterator[Event]:
    change = read(payloads.Change, raw)
    value = read(payloads.Value, change.value) if change else None
    if change is None or value is None:
        yield Unknown("change", "cannot be read")
        return
    if change.field in NOTICES:
        yield change_of(change.value)
        return
    number = value.metadata.phone_number_id if value.metadata else None
    ours = account.settings.get("phone_number_id")
    if number and ours and number != ours:
        yield Unknown("other_number", number[:80])
        return
    if change.field not in ("messages", "smb_message_echoes"):
        yield Unknown(change.field[:80], "not used yet")
        return
    people = [one for raw_one in value.contacts or () if (one := read(payloads.Person, raw_one))]
    now = _Round(received_at, people)
    yield from _each("message", value.messages, _message, now)
    yield from _each("status", value.statuses, _status, now)
    yield from _each("echo", value.message_echoes, _echo, now)
    yield from _each("error", value.errors, _error, now)


def _each(
    kind: str,
    items: Sequence[msgspec.Raw] | None,
    reader: Callable[[msgspec.Raw, _Round], Event | None],
    now: _Round,
) -> Iterator[Event]:
    for raw in items or ():
        try:
            event = reader(raw, now)
        except UNREADABLE as problem:
            event = Unknown(kind, str(problem)[:200])
        if event is not None:
            yield event


def _message(raw: msgspec.Raw, now: _Round) -> Event | None:
    head = msgspec.json.decode(raw, type=payloads.Head)
    if not head.id:
        raise ValueError("a message needs an id")
    if head.group_id:
        return Unknown("group", "messages of groups are not taken")
    fields = fields_of(raw)
    sender = sender_of((head.from_user_id, head.sender), now.people, head.from_parent_user_id)
    at = moment(head.timestamp, now.received_at)
    if head.kind == "system":
        return _system(fields, sender, at)
    if head.kind == "reaction" and (reaction := read(payloads.Reaction, fields.get("reaction", b""))):
        return ReactionSeen(sender, at, reaction.emoji or "", external_id=reaction.message_id)
    return _changed(head.kind, fields, at) or _incoming(head, fields, sender, at)


def _changed(kind: str, fields: Fields, at: datetime) -> Event | None:
    """An edit or a revoke; one that cannot be read is shown as an unsupported message."""
    if kind not in ("edit", "revoke"):
        return None
    told = read(payloads.Changed, fields.get(kind, b""))
    if told is None:
        return None
    if kind == "revoke":
        return MessageDeleted(told.original_message_id, at)
    inner = read(dict[str, msgspec.Raw], told.message) or {}
    inner_kind = read(str, inner.get("type", b""))
    return MessageEdited(told.original_message_id, at, body_of(inner_kind, inner).text) if inner_kind else None


def _incoming(head: payloads.Head, fields: Fields, sender: Sender, at: datetime) -> IncomingMessage:
    body = body_of(head.kind, fields)
    context = read(payloads.Context, head.context) or payloads.Context()
    return IncomingMessage(
        external_id=head.id,
        sender=sender,
        occurred_at=at,
        type=body.type,
        text=body.text,
        files=body.files,
        location=body.location,
        reply_to=context.id or None,
        choice=body.choice,
        details={**body.details, **_origin(head, context)},
    )


def _origin(head: payloads.Head, context: payloads.Context) -> dict[str, str]:
    """Where a message comes from: forwarded, an ad, a question about a product."""
    ad = read(payloads.Referral, head.referral) or payloads.Referral()
    asked = msgspec.json.encode(context.referred_product) if context.referred_product else b""
    product = read(payloads.Product, asked) or payloads.Product()
    forwarded = "often" if context.frequently_forwarded else "once" if context.forwarded else ""
    return facts(
        forwarded=forwarded,
        referral_type=ad.source_type,
        referral_id=ad.source_id,
        referral_url=ad.source_url,
        referral_headline=ad.headline,
        referral_text=ad.body,
        referral_click=ad.ctwa_clid,
        product_id=product.product_retailer_id,
        product_catalog_id=product.catalog_id,
    )


def _system(fields: Fields, sender: Sender, at: datetime) -> Event | None:
    told = read(payloads.System, fields.get("system", b"")) or payloads.System()
    if told.type in _MOVED and (told.user_id or told.wa_id or told.new_wa_id):
        moved = sender_of((told.user_id, told.new_wa_id, told.wa_id), ())
        return IdentityChanged(replace(moved, formerly=(*moved.formerly, sender.external_id, *sender.formerly)), at)
    return None if told.type in _IGNORED else Unknown("system", (told.type or "")[:80])


def _status(raw: msgspec.Raw, now: _Round) -> Event | None:
    told = msgspec.json.decode(raw, type=payloads.Status)
    if told.status == "deleted":
        return None
    status = _STATUSES.get(told.status)
    if status is None or not told.id:
        return Unknown("status", told.status[:80])
    own = told.biz_opaque_callback_data or ""
    reason = code = ""
    if status is DeliveryStatus.FAILED:
        reason, code = told_of(one for item in told.errors or () if (one := read(GraphError, item)))
    return Receipt(
        status,
        moment(told.timestamp, now.received_at),
        external_id=told.id,
        message_id=own if _OWN_ID.fullmatch(own) else None,
        reason=reason,
        code=code,
    )


def _echo(raw: msgspec.Raw, now: _Round) -> Event | None:
    """What somebody wrote on the phone with the business's app."""
    head = msgspec.json.decode(raw, type=payloads.Head)
    if not head.id:
        raise ValueError("an echo needs an id")
    fields = fields_of(raw)
    at = moment(head.timestamp, now.received_at)
    if (changed := _changed(head.kind, fields, at)) is not None:
        return changed
    contact = sender_of((head.to_user_id, head.to), now.people)
    if head.kind == "reaction":
        return Unknown("echo", "a reaction of ours")
    body = body_of(head.kind, fields)
    place = body.location
    text = body.text or (f"{place.name} ({place.latitude}, {place.longitude})".strip() if place else "")
    return Echo(head.id, contact, at, text, files=body.files)


def _error(raw: msgspec.Raw, _: _Round) -> Event:
    told = msgspec.json.decode(raw, type=GraphError)
    return Unknown("error", f"{told.name}: {told.said}")

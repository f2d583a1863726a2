"""Reading one item of a delivery: a message of the customer, a status, what was written on the phone."""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mim_desk.channels.base import (
    AccountTold,
    ConsentChanged,
    ContactActed,
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
from mim_desk.channels.shared.meta import GraphError
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.whatsapp import payloads
from mim_desk.channels.whatsapp.bodies import Fields, body_of, facts, fields_of, read
from mim_desk.channels.whatsapp.errors import ALARM, Failure, failure_of
from mim_desk.channels.whatsapp.people import sender_of
from mim_desk.domain.consent import Purpose, Source
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import Activity, DeliveryStatus

_OWN_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
STATUSES: Final = {
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "played": DeliveryStatus.READ,
    "failed": DeliveryStatus.FAILED,
}
_OPENED: Final = "request_welcome"
"""Somebody opened the chat for the first time and has written nothing yet."""
_MOVED: Final = ("user_changed_number", "user_changed_user_id", "customer_changed_number")
_NEW_KEYS: Final = "customer_identity_changed"
"""The keys of their phone changed, as when they have another one; they are who they were."""
_ALERTED: Final = timedelta(days=1)
"""How long a refusal that is of the whole account is shown with the inbox, unless it comes again."""
_WANTED: Final = {"stop": False, "resume": True, "signup": True}
_MARKETING: Final = "marketing_messages"


@dataclass(frozen=True, slots=True)
class Round:
    """What all items of one change share; ``number`` is our own."""

    received_at: datetime
    people: Sequence[payloads.Person] = ()
    number: str = ""


def message(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """What a customer wrote or did."""
    head = head_of(raw)
    if head.group_id:
        yield Unknown("group", "messages of groups are not taken")
        return
    fields, at = fields_of(raw), moment(head.timestamp, now.received_at)
    if head.kind == "system":
        yield from _system(head, fields, now, at)
        return
    sender = sender_of((head.from_user_id, head.sender), now.people, head.from_parent_user_id)
    if head.kind == _OPENED:
        yield ContactActed(sender, at, Activity.CAME_BY, _line_id(head.id), {"way": "enter"})
    elif head.kind == "reaction" and (reaction := read(payloads.Reaction, fields.get("reaction", b""))):
        yield ReactionSeen(sender, at, reaction.emoji or "", external_id=reaction.message_id)
    else:
        yield _changed(head.kind, fields, at) or incoming_of(head, fields, sender, at)


def head_of(raw: msgspec.Raw) -> payloads.Head:
    """What every message has; ValueError where it has no id."""
    head = msgspec.json.decode(raw, type=payloads.Head)
    if not head.id:
        raise ValueError("a message needs an id")
    return head


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


def incoming_of(head: payloads.Head, fields: Fields, sender: Sender, at: datetime) -> IncomingMessage:
    """A message of the customer's."""
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
    greeting = read(payloads.Greeting, ad.welcome_message) or payloads.Greeting()
    asked = msgspec.json.encode(context.referred_product) if context.referred_product else b""
    product = read(payloads.Product, asked) or payloads.Product()
    forwarded = "often" if context.frequently_forwarded else "once" if context.forwarded else ""
    return facts(
        forwarded=forwarded,
        referral=ad.ref,
        referral_type=ad.source_type,
        referral_id=ad.source_id,
        referral_url=ad.source_url,
        referral_headline=ad.headline,
        referral_text=ad.body,
        referral_click=ad.ctwa_clid,
        referral_picture=ad.image_url or ad.thumbnail_url,
        referral_greeting=greeting.text,
        product_id=product.product_retailer_id,
        product_catalog_id=product.catalog_id,
    )


def _system(head: payloads.Head, fields: Fields, now: Round, at: datetime) -> Iterator[Event]:
    told = read(payloads.System, fields.get("system", b"")) or payloads.System()
    sender = sender_of((head.from_user_id or told.previous_user_id, head.sender), now.people)
    if told.type in _MOVED and (told.user_id or told.wa_id or told.new_wa_id):
        whom = _moved(sender, told.user_id, told.new_wa_id, told.wa_id)
        details = facts(change="id", number=whom.display)
        yield IdentityChanged(whom, at)
        yield ContactActed(whom, at, Activity.IDENTITY, _line_id(head.id), details)
    elif told.type == _NEW_KEYS:
        yield ContactActed(sender, at, Activity.IDENTITY, _line_id(head.id), {"change": "keys"})
    else:
        yield Unknown("system", (told.type or "")[:80])


def _line_id(item_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"whatsapp:{item_id}"))


def _moved(before: Sender, *ids: payloads.Id) -> Sender:
    """Somebody under the ids that they have from now on."""
    now = sender_of(ids, ())
    formerly = dict.fromkeys((*now.formerly, before.external_id, *before.formerly))
    return replace(now, formerly=tuple(one for one in formerly if one != now.external_id), is_alias=False)


def renamed(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """A user id that took another's place, as gateways pass it on in a field of its own."""
    told = msgspec.json.decode(raw, type=payloads.UserIdUpdate)
    before = sender_of((told.user_id.previous, told.wa_id), ())
    yield IdentityChanged(_moved(before, told.user_id.current, told.wa_id), moment(told.timestamp, now.received_at))


def status(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """What became of a message of ours; it may also say by which user id we know a number from now on."""
    told = msgspec.json.decode(raw, type=payloads.Status)
    if told.status == "deleted":
        return
    if told.type not in (None, "", "message"):
        yield Unknown("status", f"{told.type}: {told.status}"[:80])
        return
    status = STATUSES.get(told.status)
    if status is None or not told.id:
        yield Unknown("status", told.status[:80])
        return
    own, at = told.biz_opaque_callback_data or "", moment(told.timestamp, now.received_at)
    why = Failure("")
    if status is DeliveryStatus.FAILED:
        why = failure_of(one for item in told.errors or () if (one := read(GraphError, item)))
    yield Receipt(
        status,
        at,
        external_id=told.id,
        message_id=own if _OWN_ID.fullmatch(own) else None,
        reason=why.reason,
        code=why.code,
        window_closed=why.window_closed,
        templates_stale=why.templates_stale,
    )
    if why.is_of_account:
        yield AccountTold(ALARM, why.reason, at, FigureState.DANGER, at + _ALERTED)
    yield from _of_recipient(told, why, now, at)


def _of_recipient(told: payloads.Status, why: Failure, now: Round, at: datetime) -> Iterator[Event]:
    """What a status says of whom the message went to."""
    if why.unwanted is not None and (told.recipient_user_id or told.recipient_id):
        who = sender_of((told.recipient_user_id, told.recipient_id), now.people)
        yield ConsentChanged(who, at, granted=False, purpose=why.unwanted.purpose, source=Source.PROVIDER)
    if told.recipient_id and told.recipient_user_id:
        known = sender_of((told.recipient_user_id, told.recipient_id), now.people)
        if known.formerly:
            yield IdentityChanged(known, at)


def echo(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """What somebody wrote on the phone with the business's app."""
    head = head_of(raw)
    fields, at = fields_of(raw), moment(head.timestamp, now.received_at)
    if (changed := _changed(head.kind, fields, at)) is not None:
        yield changed
        return
    contact = sender_of((head.to_user_id, head.to), now.people)
    if head.kind == "reaction" and (reaction := read(payloads.Reaction, fields.get("reaction", b""))):
        yield ReactionSeen(contact, at, reaction.emoji or "", external_id=reaction.message_id, ours=True)
    else:
        yield echo_of(head, fields, contact, at)


def echo_of(head: payloads.Head, fields: Fields, contact: Sender, at: datetime) -> Echo:
    """A message of the brand's that left by another tool."""
    body = body_of(head.kind, fields)
    context = read(payloads.Context, head.context) or payloads.Context()
    return Echo(
        head.id,
        contact,
        at,
        body.text,
        files=body.files,
        type=body.type,
        location=body.location,
        reply_to=context.id or None,
        details=body.details,
    )


def preference(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """What the customer chose on WhatsApp about marketing messages of ours."""
    told = msgspec.json.decode(raw, type=payloads.Preference)
    granted = _WANTED.get(told.value.lower())
    if granted is None or told.category not in (None, _MARKETING):
        yield Unknown("preference", f"{told.category}: {told.value}"[:80])
        return
    sender, at = sender_of((told.user_id, told.wa_id), now.people), moment(told.timestamp, now.received_at)
    yield ConsentChanged(sender, at, granted, Purpose.MARKETING, Source.PROVIDER)


def error(raw: msgspec.Raw, _: Round) -> Iterator[Event]:
    """Trouble of the account that no message is named with."""
    told = msgspec.json.decode(raw, type=GraphError)
    yield Unknown("error", f"{told.name}: {told.said}")

"""Reading a delivery of Messenger or Instagram: each event by itself, so that a broken one harms no other."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from mim_desk.channels.base import (
    Account,
    DeliveredUpTo,
    Echo,
    Event,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Picked,
    ReactionSeen,
    ReadUpTo,
    Receipt,
    Sender,
    ThreadMoved,
    Unknown,
)
from mim_desk.channels.shared import meta_payloads as payloads
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.meta import unread_object
from mim_desk.channels.shared.meta_acts import Round, linked, optin, passed, policy_told, referral, taken, wanted
from mim_desk.channels.shared.meta_bodies import Body, body_of, facts, origin, read
from mim_desk.channels.shared.meta_templates import NOTICES, change_of
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.shared.orders import order_line
from mim_desk.domain.message import DeliveryStatus, MessageType

_OWN: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\+[0-9]{1,4})?", re.ASCII | re.IGNORECASE)
_EMOJI: Final = {
    "love": "❤️",
    "like": "👍",
    "dislike": "👎",
    "smile": "😆",
    "laugh": "😆",
    "wow": "😮",
    "sad": "😢",
    "angry": "😠",
}
_STANDBY: Final = "standby"
_OTHER_EMOJI: Final = "❔"
_THUMBS: Final = {"good response": "👍", "bad response": "👎"}


Change = Callable[[str, msgspec.Raw, str, datetime], Iterator[Event]]


@dataclass(frozen=True, slots=True)
class Platform:
    """What tells Messenger's deliveries from Instagram's.

    Attributes:
        object: what the deliveries are of.
        setting: the one that holds the account's id.
        entry_is_account: whether an entry always names the account, and not sometimes the customer.
        change: reads what is told beside messages: the field, its value, the account's id, the entry's time.
        acts_count: whether a reaction, or a link that opens the chat, lets us answer like a message.
    """

    object: str
    setting: str
    entry_is_account: bool = True
    change: Change | None = None
    acts_count: bool = False


def events_of(platform: Platform, account: Account, body: bytes, received_at: datetime) -> Iterator[Event]:
    """The events of a delivery in its order."""
    batch = read(payloads.Batch, body)
    if batch is None:
        yield Unknown("body", "not a delivery of Meta")
    elif batch.object != platform.object:
        yield unread_object(batch.object)
    else:
        ours = str(account.settings.get(platform.setting) or "")
        for raw in batch.entry:
            entry = read(payloads.Entry, raw)
            if entry is None:
                yield Unknown("entry", "cannot be read")
            elif platform.entry_is_account and entry.id is not None and str(entry.id) != ours:
                yield Unknown("other_account", str(entry.id)[:80])
            else:
                yield from _entry(_Reading(platform, account, ours, received_at), entry)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all entries of a delivery share."""

    platform: Platform
    account: Account
    ours: str
    received_at: datetime

    def round_of(self, person: str, at: datetime, raw: msgspec.Raw, *, is_ours: bool, standby: bool) -> Round:
        """What is known of one event of this person's chat."""
        return Round(
            self.account.inbox_id,
            Sender(person, verified=True),
            is_ours,
            at,
            self.received_at,
            bytes(raw),
            standby,
            self.platform.acts_count,
            str(self.account.settings.get("app_id") or ""),
        )


def _entry(now: _Reading, entry: payloads.Entry) -> Iterator[Event]:
    platform, ours, received_at = now.platform, now.ours, now.received_at
    for standby, items in ((False, entry.messaging), (True, entry.standby)):
        for raw in items or ():
            yield from _event_or_unknown(now, raw, str(entry.id or ""), standby=standby)
    changes = [read(payloads.Change, raw) for raw in entry.changes or ()]
    flat = [payloads.Change(entry.field, entry.value)] if entry.field is not None else []
    for change in (*changes, *flat):
        if change is not None and _is_event(change):
            standby = change.field == _STANDBY
            yield from _event_or_unknown(now, change.value, str(entry.id or ""), standby=standby)
        else:
            yield from _changed(platform, change, ours, moment(entry.time, received_at))


def _is_event(change: payloads.Change) -> bool:
    """Whether a change is what others tell in ``messaging``: by Instagram Login its value has the two sides."""
    is_told_so = change.field == _STANDBY or change.field.startswith("messag")
    head = read(payloads.Head, change.value) if is_told_so else None
    return head is not None and head.sender is not None and head.recipient is not None


def _event_or_unknown(now: _Reading, raw: msgspec.Raw, entry_id: str, *, standby: bool) -> Iterator[Event]:
    try:
        yield from _event(now, raw, entry_id, standby=standby)
    except UNREADABLE as problem:
        yield Unknown("event", str(problem)[:200])


def _changed(platform: Platform, change: payloads.Change | None, ours: str, at: datetime) -> Iterator[Event]:
    if change is not None and change.field in NOTICES:
        yield change_of(change.value)
    elif change is not None and platform.change is not None:
        yield from platform.change(change.field, change.value, ours, at)
    else:
        yield Unknown(change.field[:80] if change else "change", "not used yet")


def _event(now: _Reading, raw: msgspec.Raw, entry_id: str, *, standby: bool) -> Iterator[Event]:
    ours = now.ours
    head = msgspec.json.decode(raw, type=payloads.Head)
    fields = {name: told for name, told in _fields(raw).items() if bytes(told) != b"null"}
    kind = next((name for name in fields if name in _READERS), None)
    if kind is None:
        yield _unused(fields, moment(head.timestamp, now.received_at))
        return
    sides = [str(side.id) if side and side.id is not None else "" for side in (head.sender, head.recipient)]
    others = [one for one in sides if one and one != ours]
    if not ours or (ours not in sides and (len(others) != 1 or entry_id != ours)):
        yield Unknown("other_account", " ".join(sides)[:80])
        return
    if len(others) != 1:
        yield Unknown(kind, "nobody is named")
        return
    at = moment(head.timestamp, now.received_at)
    about = now.round_of(others[0], at, raw, is_ours=sides[0] == ours, standby=standby)
    try:
        yield from _READERS[kind](fields[kind], about)
    except UNREADABLE as problem:
        yield Unknown(kind, str(problem)[:200])


_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _unused(fields: Mapping[str, msgspec.Raw], at: datetime) -> Event:
    """News of the account, and kinds that are newer than this."""
    kind = next((name for name in fields if name not in ("sender", "recipient", "timestamp")), "event")
    policy = read(payloads.Policy, fields.get("policy_enforcement", b""))
    if policy is not None and policy.action:
        return policy_told(policy.action, policy.reason or "", at)
    return Unknown(kind[:80], "not used yet")


def _message(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    message = msgspec.json.decode(raw, type=payloads.Message)
    if not message.mid:
        raise ValueError("a message needs an id")
    if message.is_self:
        yield Unknown("message", "the account wrote to itself")
    elif message.is_deleted:
        yield MessageDeleted(message.mid, now.at)
    elif message.is_echo or now.is_ours:
        yield _echo(message, now)
    else:
        quoted = read(payloads.ReplyTo, message.reply_to) or payloads.ReplyTo()
        body = body_of(message)
        yield _incoming(message.mid, now, body, origin(message.referral), quoted.mid)
        if now.standby:
            yield ThreadMoved(now.contact, now.at, ours=False)


def _incoming(
    mid: str, now: Round, body: Body, more: Mapping[str, str], reply_to: str | None = None
) -> IncomingMessage:
    return IncomingMessage(
        external_id=mid,
        sender=now.contact,
        occurred_at=now.at,
        type=body.type,
        text=body.text,
        files=body.files,
        location=body.location,
        reply_to=reply_to or None,
        choice=body.choice,
        details={**body.details, **more, **({"standby": "yes"} if now.standby else {})},
        wants_answer=not now.standby,
    )


def _echo(message: payloads.Message, now: Round) -> Echo:
    """Our own reply, known by what we sent along with it, or what somebody wrote with another tool."""
    own = _OWN.fullmatch(message.metadata) if isinstance(message.metadata, str) else None
    body = body_of(message)
    quoted = read(payloads.ReplyTo, message.reply_to) or payloads.ReplyTo()
    return Echo(
        message.mid,
        now.contact,
        now.at,
        body.text,
        message_id=own[1].lower() if own else None,
        files=body.files,
        partial=bool(own and own[2]),
        type=body.type,
        location=body.location,
        reply_to=quoted.mid or None,
        details=body.details,
        opens=not now.standby,
    )


def _postback(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    told = msgspec.json.decode(raw, type=payloads.Postback)
    if now.is_ours:
        yield Unknown("postback", "of ours")
        return
    title = str(told.title or told.payload or "")
    body = Body(MessageType.CHOICE, title, choice=Picked(str(told.payload or title), title))
    yield _incoming(told.mid or _nameless(now), now, body, origin(told.referral))


def _nameless(now: Round) -> str:
    """The id of an event that Meta gives none."""
    return "event:" + hashlib.sha256(now.raw).hexdigest()[:40]


def _order(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    told = msgspec.json.decode(raw, type=payloads.Ordered)
    if now.is_ours:
        yield Unknown("order", "of ours")
        return
    products = [read(payloads.OrderedProduct, one) for one in read(list[msgspec.Raw], told.products) or ()]
    lines = [
        order_line(one.quantity, one.name or one.retailer_id, one.unit_price, one.currency) for one in products if one
    ]
    text = "\n".join(filter(None, (*lines, told.note)))
    yield _incoming(_nameless(now), now, Body(MessageType.ORDER, text), {})


def _reaction(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    told = msgspec.json.decode(raw, type=payloads.Reaction)
    emoji = told.emoji or _EMOJI.get(told.reaction or "", _OTHER_EMOJI)
    shown, counts = "" if told.action == "unreact" else emoji, now.acts_count and told.action != "unreact"
    if now.is_ours:
        yield ReactionSeen(now.contact, now.at, shown, external_id=told.mid, ours=True)
    else:
        yield ReactionSeen(now.contact, now.at, shown, external_id=told.mid, lets_answer=counts)


def _response(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """What the customer thinks of an answer of ours: a thumb below it, like a reaction."""
    told = msgspec.json.decode(raw, type=payloads.ResponseFeedback)
    emoji = _THUMBS.get(told.feedback.lower())
    if emoji is None or now.is_ours:
        yield Unknown("response_feedback", told.feedback[:80])
    else:
        yield ReactionSeen(now.contact, now.at, emoji, external_id=told.mid)


def _edit(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """An edit; of a message that was never told otherwise where it is the edit number 0 (apps in development)."""
    told = msgspec.json.decode(raw, type=payloads.Edit)
    if str(told.num_edit) != "0":
        yield MessageEdited(told.mid, now.at, told.text or "")
    elif now.is_ours:
        yield Unknown("message_edit", "of ours")
    else:
        body = Body(text=told.text) if told.text else Body(MessageType.UNSUPPORTED, details=facts(kind="message_edit"))
        yield _incoming(told.mid, now, body, {})


def _delivery(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """What of ours has arrived: those that are named, and all up to the watermark."""
    told = msgspec.json.decode(raw, type=payloads.Delivered)
    at = moment(told.watermark, now.at)
    for mid in told.mids or ():
        if isinstance(mid, str) and mid:
            yield Receipt(DeliveryStatus.DELIVERED, at, external_id=mid)
    if told.watermark is not None:
        yield DeliveredUpTo(now.contact, at)


def _read(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    told = msgspec.json.decode(raw, type=payloads.Read)
    if told.mid is None and told.watermark is None:
        raise ValueError("nothing is named")
    yield ReadUpTo(now.contact, moment(told.watermark, now.at), external_id=told.mid or None)


_READERS: Final[Mapping[str, Callable[[msgspec.Raw, Round], Iterator[Event]]]] = {
    "message": _message,
    "postback": _postback,
    "order": _order,
    "reaction": _reaction,
    "message_edit": _edit,
    "delivery": _delivery,
    "read": _read,
    "referral": referral,
    "optin": optin,
    "account_linking": linked,
    "response_feedback": _response,
    "pass_thread_control": passed,
    "take_thread_control": taken,
    "request_thread_control": wanted,
}

"""Reading a delivery into domain events: each item by itself, so that a broken one harms no other."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Event, Unknown
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.meta import unread_object
from mim_desk.channels.shared.meta_templates import NOTICES, change_of
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.whatsapp import handovers, items, notices, past, payloads
from mim_desk.channels.whatsapp.bodies import read
from mim_desk.channels.whatsapp.items import Round

_OBJECT: Final = "whatsapp_business_account"


def events_of(account: Account, body: bytes, received_at: datetime) -> Iterator[Event]:
    """The events of a delivery in its order."""
    batch = read(payloads.Batch, body)
    if batch is None:
        yield Unknown("body", "not a delivery of WhatsApp")
    elif batch.object not in (None, _OBJECT):
        yield unread_object(batch.object)
    else:
        for raw_entry in batch.entry:
            entry = read(payloads.Entry, raw_entry)
            if entry is None:
                yield Unknown("entry", "cannot be read")
                continue
            for raw in entry.changes:
                yield from _change(account, entry, raw, received_at)


def _change(account: Account, entry: payloads.Entry, raw: msgspec.Raw, received_at: datetime) -> Iterator[Event]:
    change = read(payloads.Change, raw)
    value, broken = _value_of(change.value) if change else (None, ())
    yield from (Unknown(name, "cannot be read") for name in broken)
    if change is None or value is None:
        yield Unknown("change", "cannot be read")
        return
    business, own = str(entry.id or ""), str(account.settings.get("waba_id") or "")
    number = value.number_id
    ours = account.settings.get("phone_number_id")
    if number and ours and number != ours:
        yield Unknown("other_number", number[:80])
    elif not number and business and own and business != own:
        yield Unknown("other_account", business[:80])
    elif change.field in NOTICES:
        yield change_of(change.value)
    elif change.field in notices.FIELDS:
        yield notices.notice_of(change.field, change.value, moment(entry.time, received_at))
    elif change.field == handovers.FIELD:
        yield handovers.moved(change.value, _round_of(value, received_at))
    else:
        yield from _told(change.field, value, _round_of(value, received_at))


def _value_of(raw: msgspec.Raw) -> tuple[payloads.Value | None, Sequence[str]]:
    """What a change tells, and which parts of it cannot be read: they cost no other."""
    whole = read(payloads.Value, raw)
    parts = read(dict[str, msgspec.Raw], raw) if whole is None else None
    if parts is None:
        return whole, ()
    told = {name: msgspec.json.encode({name: part}) for name, part in parts.items()}
    broken = [name for name, part in told.items() if read(payloads.Value, part) is None]
    rest = {name: part for name, part in parts.items() if name not in broken}
    return read(payloads.Value, msgspec.json.encode(rest)), [name[:80] for name in broken]


def _round_of(value: payloads.Value, received_at: datetime) -> Round:
    people = [one for raw_one in value.contacts or () if (one := read(payloads.Person, raw_one))]
    number = (value.metadata.display_phone_number if value.metadata else None) or ""
    return Round(received_at, people, "".join(filter(str.isdigit, number)))


def _told(field: str, value: payloads.Value, now: Round) -> Iterator[Event]:
    match field:
        case "messages" | "smb_message_echoes":
            before = handovers.said_before(value.conversation_context)
            yield from handovers.noted(_each("message", value.messages, items.message, now), before)
            yield from _each("status", value.statuses, items.status, now)
            yield from _each("echo", value.message_echoes, items.echo, now)
            yield from _each("error", value.errors, items.error, now)
        case "standby":
            observed = handovers.observed(value, now)
            listening = {"standby": "yes"}
            said = _each("message", observed.messages, items.message, observed.now)
            yield from handovers.noted(said, listening, wants_answer=False)
            yield from _each("echo", observed.message_echoes, handovers.echo, observed.now)
            yield from _each("status", observed.statuses, items.status, observed.now)
        case "history":
            yield from past.chats_of(value, now)
        case "user_id_update":
            yield from _each("user id", value.user_id_update, items.renamed, now)
        case "user_preferences":
            yield from _each("preference", value.user_preferences, items.preference, now)
        case _:
            yield Unknown(field[:80], "not used yet")


def _each(
    kind: str,
    items: Sequence[msgspec.Raw] | None,
    reader: Callable[[msgspec.Raw, Round], Iterator[Event]],
    now: Round,
) -> Iterator[Event]:
    for raw in items or ():
        try:
            yield from reader(raw, now)
        except UNREADABLE as problem:
            yield Unknown(kind, str(problem)[:200])

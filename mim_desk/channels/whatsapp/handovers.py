"""Chats that Meta's Business Agent answers: what is said there is told on ``standby``, who has one on ``messaging_handovers``.

Whoever writes takes the chat over, so that no reply is held back meanwhile.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/standby/
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messaging-handovers/
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Echo, Event, IncomingMessage, ThreadMoved, Unknown
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.whatsapp import payloads
from mim_desk.channels.whatsapp.bodies import Body, Fields, body_of, facts, fields_of, read
from mim_desk.channels.whatsapp.items import Round
from mim_desk.channels.whatsapp.people import sender_of
from mim_desk.domain.message import Activity

FIELD: Final = "messaging_handovers"
_AGENT: Final = "ai_agent"
_AGENTS_APP: Final = "meta_business_agent"
Text = str | None


class _Words(msgspec.Struct, frozen=True):
    """``{"text": "..."}``, elsewhere ``{"body": "..."}``."""

    text: Text = None
    body: Text = None


class _Said(msgspec.Struct, frozen=True):
    text: _Words | None = None


class _History(msgspec.Struct, frozen=True):
    items: list[_Said] = []


class _Before(msgspec.Struct, frozen=True):
    """``{"type": "summary", "summary": {"text": "Wants to return order 77."}}``, or the last messages in ``history``."""

    summary: _Words | None = None
    history: _History | None = None


class _Owners(msgspec.Struct, frozen=True):
    """``{"previous_owner_role": "ai_agent", "new_owner_role": "escalation", "metadata": "asked for a person", ...}``."""

    previous_owner_role: Text = None
    previous_owner_app_role: Text = None
    new_owner_role: Text = None
    metadata: Any = None
    conversation_context: msgspec.Raw = msgspec.Raw()


class _Customer(msgspec.Struct, frozen=True):
    """``{"phone_number": "14155550123"}``."""

    phone_number: payloads.Id = None
    wa_id: payloads.Id = None
    user_id: Text = None


class _Handover(msgspec.Struct, frozen=True):
    """``{"sender": {...}, "recipient": {...}, "type": "control_passed", "timestamp": "...", "control_passed": {...}}``."""

    type: str
    sender: _Customer
    timestamp: Any = None
    control_passed: _Owners | None = None
    control_taken: _Owners | None = None


class _Observed(msgspec.Struct, frozen=True):
    """``{"contacts": [...], "messages": [...]}``, or ``message_echoes``, or ``statuses``."""

    contacts: list[msgspec.Raw] | None = None
    messages: list[msgspec.Raw] | None = None
    message_echoes: list[msgspec.Raw] | None = None
    statuses: list[msgspec.Raw] | None = None


class _Echo(msgspec.Struct, frozen=True):
    """``{"id": "wamid.X", "timestamp": "...", "message": {"to": "1415...", "type": "text", "text": {...}}, "template": {...}}``.

    Attributes:
        message: as it was given to the Messages API.
        template: the definition of a template that it names.
    """

    id: str
    message: msgspec.Raw
    timestamp: Any = None
    template: msgspec.Raw = msgspec.Raw()


class _Sent(msgspec.Struct, frozen=True, rename={"kind": "type"}):
    kind: str = "text"
    to: payloads.Id = None
    recipient: payloads.Id = None


class _Component(msgspec.Struct, frozen=True):
    type: Text = None
    text: Text = None


class _Written(msgspec.Struct, frozen=True):
    """What a template or an interactive message says."""

    name: Text = None
    body: _Words | None = None
    components: list[_Component] = []


@dataclass(frozen=True, slots=True)
class Observed:
    """What was said in a chat that is not ours."""

    now: Round
    messages: Sequence[msgspec.Raw]
    message_echoes: Sequence[msgspec.Raw]
    statuses: Sequence[msgspec.Raw]


def observed(value: payloads.Value, now: Round) -> Observed:
    """The parts of a change ``standby``; gateways leave out the inner object."""
    told = read(_Observed, value.standby) or _Observed()
    people = [one for raw in told.contacts or () if (one := read(payloads.Person, raw))]
    return Observed(
        replace(now, people=(*now.people, *people)),
        [*(value.messages or ()), *(told.messages or ())],
        [*(value.message_echoes or ()), *(told.message_echoes or ())],
        [*(value.statuses or ()), *(told.statuses or ())],
    )


def noted(events: Iterator[Event], details: Mapping[str, str], *, wants_answer: bool = True) -> Iterator[Event]:
    """The events, with ``details`` at each message of the customer's."""
    for event in events:
        if isinstance(event, IncomingMessage):
            wants = event.wants_answer and wants_answer
            yield replace(event, details={**event.details, **details}, wants_answer=wants)
        else:
            yield event


def said_before(raw: msgspec.Raw) -> dict[str, str]:
    """What the one who had the chat before tells of it."""
    told = read(_Before, raw) or _Before()
    lines = [one.text.body or one.text.text for one in (told.history or _History()).items if one.text]
    summary = told.summary.text if told.summary else ""
    return facts(summary=summary or "\n".join(filter(None, lines)))


def moved(raw: msgspec.Raw, now: Round) -> Event:
    """Who has a chat from now on; one that another takes may be taken back by writing."""
    try:
        told = msgspec.json.decode(raw, type=_Handover)
        who = told.sender
        contact = sender_of((who.user_id, who.wa_id, who.phone_number), now.people)
    except UNREADABLE as problem:
        return Unknown(FIELD, str(problem)[:200])
    owners = told.control_passed or told.control_taken or _Owners()
    ours = _is_ours(told.type, owners)
    reason = owners.metadata if isinstance(owners.metadata, str) else ""
    note = ". ".join(filter(None, (reason, said_before(owners.conversation_context).get("summary"))))
    activity = Activity.THREAD_OURS if ours else Activity.THREAD_TAKEN
    line_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"whatsapp:{bytes(raw)!r}"))
    at = moment(told.timestamp, now.received_at)
    return ThreadMoved(contact, at, True if ours else None, activity, line_id, facts(note=note))


def _is_ours(kind: str, owners: _Owners) -> bool:
    """People have it unless the agent does; where no new owner is named, whoever it was before has it no more."""
    if owners.new_owner_role:
        return owners.new_owner_role != _AGENT
    return (
        owners.previous_owner_role == _AGENT
        or owners.previous_owner_app_role == _AGENTS_APP
        or kind == "control_passed"
    )


def echo(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """What the agent wrote."""
    told = msgspec.json.decode(raw, type=_Echo)
    fields = fields_of(told.message)
    sent = msgspec.json.decode(told.message, type=_Sent)
    contact = sender_of((sent.to, sent.recipient), now.people)
    body = _body_of(sent.kind, fields, told.template)
    yield Echo(
        told.id,
        contact,
        moment(told.timestamp, now.received_at),
        body.text,
        files=body.files,
        type=body.type,
        location=body.location,
        details={**body.details, "standby": "yes"},
        opens=False,
    )


def _body_of(kind: str, fields: Fields, definition: msgspec.Raw) -> Body:
    if kind not in ("template", "interactive"):
        return body_of(kind, fields)
    written = read(_Written, fields.get(kind, b"")) or _Written()
    defined = read(_Written, definition) or _Written()
    lines = [one.text for one in defined.components if one.text]
    told = (written.body.text if written.body else None) or "\n".join(lines) or written.name
    return Body(text=told) if told else body_of(kind, fields)

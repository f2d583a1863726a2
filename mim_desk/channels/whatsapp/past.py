"""Chats of the phone's app from before the number was connected, told in phases and chunks of threads.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/history/
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

import msgspec

from mim_desk.channels.base import AccountTold, Echo, Event, IncomingMessage, PastChat, Sender, Unknown
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.meta import GraphError
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.whatsapp import payloads
from mim_desk.channels.whatsapp.bodies import fields_of, read
from mim_desk.channels.whatsapp.items import STATUSES, Round, echo_of, head_of, incoming_of
from mim_desk.channels.whatsapp.people import sender_of

NAME: Final = "Chats from before"
_SHOWN: Final = timedelta(days=7)
Said = IncomingMessage | Echo


def chats_of(value: payloads.Value, now: Round) -> Iterator[Event]:
    """The threads of a delivery, and files that are told after their messages."""
    for raw in value.history or ():
        chunk = read(payloads.HistoryChunk, raw)
        if chunk is None:
            yield Unknown("history", "cannot be read")
            continue
        yield from (_declined(one, now) for one in chunk.errors)
        for raw_thread in chunk.threads:
            yield from _thread(raw_thread, now)
    yield from _said(value.messages or [], "", now)


def _declined(raw: msgspec.Raw, now: Round) -> Event:
    error = read(GraphError, raw)
    said = error.said if error else ""
    return AccountTold(NAME, f"WhatsApp gave none. {said}".rstrip(), now.received_at, until=now.received_at + _SHOWN)


def _thread(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    thread = read(payloads.HistoryThread, raw)
    if thread is None:
        yield Unknown("history", "a thread cannot be read")
    else:
        yield from _said(thread.messages, thread.id, now)


def _said(items: list[msgspec.Raw], person: str, now: Round) -> Iterator[Event]:
    """What can be read of a thread, and what cannot, each by itself; ``person`` is whose thread it is, if that is told."""
    chats: dict[str, tuple[Sender, list[Said]]] = {}
    for raw in items:
        try:
            contact, one = _message(raw, person, now)
        except UNREADABLE as problem:
            yield Unknown("history", str(problem)[:200])
            continue
        chats.setdefault(contact.external_id, (contact, []))[1].append(one)
    for contact, said in chats.values():
        yield PastChat(contact, tuple(said))


def _message(raw: msgspec.Raw, person: str, now: Round) -> tuple[Sender, Said]:
    head, fields = head_of(raw), fields_of(raw)
    at = moment(head.timestamp, now.received_at)
    context = read(payloads.HistoryContext, fields.get("history_context", b"")) or payloads.HistoryContext()
    if not _is_ours(head, context, person, now):
        contact = sender_of((head.from_user_id, head.sender or person), now.people)
        return contact, replace(incoming_of(head, fields, contact, at), wants_answer=False)
    contact = sender_of((head.to_user_id, head.to or person), now.people)
    reached = STATUSES.get((context.status or "").lower())
    echo = echo_of(head, fields, contact, at)
    return contact, replace(echo, details={**echo.details, **({"status": reached.value} if reached else {})})


def _is_ours(head: payloads.Head, context: payloads.HistoryContext, person: str, now: Round) -> bool:
    if head.to or head.to_user_id or context.from_me:
        return True
    return bool(head.sender) and (head.sender == now.number or (bool(person) and head.sender != person))

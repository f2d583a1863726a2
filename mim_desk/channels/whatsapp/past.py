"""Chats of the phone's app from before the number was connected, told in phases and chunks of threads.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/history/
"""

from collections.abc import Iterator, Sequence
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
from mim_desk.channels.whatsapp.people import is_user_id, sender_of

NAME: Final = "Chats from before"
_SHOWN: Final = timedelta(days=7)
Said = IncomingMessage | Echo


class _Chunk(msgspec.Struct, frozen=True):
    """``{"metadata": {"phase": 0, "chunk_order": 1, "progress": 55}, "threads": [...]}``, or ``errors`` alone."""

    threads: list[msgspec.Raw] = []
    errors: list[msgspec.Raw] = []


class _Thread(msgspec.Struct, frozen=True):
    """``{"id": "14155550123", "context": {"wa_id": "...", "user_id": "US.4091...", "username": "minap"}, "messages": [...]}``.

    Attributes:
        id: the customer's number, left out where it is hidden.
    """

    id: payloads.Id = None
    context: msgspec.Raw = msgspec.Raw()
    messages: list[msgspec.Raw] = []


class _Whose(msgspec.Struct, frozen=True):
    """Whose thread it is: ``{"wa_id": "14155550123", "user_id": "US.40917723865102", "username": "minap"}``."""

    wa_id: payloads.Id = None
    user_id: payloads.Text = None
    parent_user_id: payloads.Text = None
    username: payloads.Text = None


class _Past(msgspec.Struct, frozen=True):
    """``{"status": "READ", "from_me": true}``; who wrote it is not always told."""

    status: payloads.Text = None
    from_me: bool | None = None


def chats_of(value: payloads.Value, now: Round) -> Iterator[Event]:
    """The threads of a delivery, and files that are told after their messages."""
    for raw in value.history or ():
        chunk = read(_Chunk, raw)
        if chunk is None:
            yield Unknown("history", "cannot be read")
            continue
        yield from (_declined(one, now) for one in chunk.errors)
        for raw_thread in chunk.threads:
            yield from _thread(raw_thread, now)
    yield from _said([*(value.messages or ()), *(value.message_echoes or ())], (), now)


def _declined(raw: msgspec.Raw, now: Round) -> Event:
    error = read(GraphError, raw)
    said = error.said if error else ""
    return AccountTold(NAME, f"WhatsApp gave none. {said}".rstrip(), now.received_at, until=now.received_at + _SHOWN)


def _thread(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    thread = read(_Thread, raw)
    if thread is None:
        yield Unknown("history", "a thread cannot be read")
        return
    told = read(_Whose, thread.context) or _Whose()
    whose = tuple(str(one) for one in (told.user_id, told.wa_id, thread.id) if one)
    profile = payloads.Profile(username=told.username)
    person = payloads.Person(profile, told.wa_id or thread.id, told.user_id, told.parent_user_id)
    yield from _said(thread.messages, whose, replace(now, people=(*now.people, person)))


def _said(items: Sequence[msgspec.Raw], whose: tuple[str, ...], now: Round) -> Iterator[Event]:
    """What can be read of a thread, and what cannot, each by itself; ``whose`` it is by all ids that are told."""
    chats: dict[str, tuple[Sender, list[Said]]] = {}
    for raw in items:
        try:
            contact, one = _message(raw, whose, now)
        except UNREADABLE as problem:
            yield Unknown("history", str(problem)[:200])
            continue
        chats.setdefault(contact.external_id, (contact, []))[1].append(one)
    for contact, said in chats.values():
        yield PastChat(contact, tuple(said))


def _message(raw: msgspec.Raw, whose: tuple[str, ...], now: Round) -> tuple[Sender, Said]:
    head, fields = head_of(raw), fields_of(raw)
    at = moment(head.timestamp, now.received_at)
    context = read(_Past, fields.get("history_context", b"")) or _Past()
    if not _is_ours(head, context, whose, now):
        contact = sender_of((head.from_user_id, head.sender, *whose), now.people)
        return contact, replace(incoming_of(head, fields, contact, at), wants_answer=False)
    contact = sender_of((head.to_user_id, head.to, *whose), now.people)
    reached = STATUSES.get((context.status or "").lower())
    echo = echo_of(head, fields, contact, at)
    return contact, replace(echo, details={**echo.details, **({"status": reached.value} if reached else {})})


def _is_ours(head: payloads.Head, context: _Past, whose: tuple[str, ...], now: Round) -> bool:
    if head.to or head.to_user_id or context.from_me:
        return True
    author = str(head.sender or "")
    numbers = {one for one in whose if not is_user_id(one)}
    return bool(author) and (author == now.number or (bool(numbers) and author not in numbers))

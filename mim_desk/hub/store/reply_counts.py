"""How many more messages may answer a contact's last one, told again from the replies that are stored."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from mim_desk.domain import reply_count
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.reply_count import Answer, Opening
from mim_desk.hub.store import conversation_rows, driver, inboxes, reply_windows
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_message: Final = msgspec.json.Decoder(rows.Message)
_OF_CONTACT: Final = (
    " FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.contact_id = ? AND m.inbox_id || '' = ?"
)
_WAITS: Final = " AND s.state IN ('queued', 'sending')"
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
_COARSEST_MS: Final = 1000
"""Providers that count tell the time in whole seconds: a message may be up to so much younger than it says."""


def left(unit: Unit, contact_id: str, inbox: rows.Inbox) -> int | None:
    """How many are left; None where the channel does not count them.

    A reply that still waits counts whenever it was written: it leaves after the contact's last message.
    """
    allowed = inbox.capabilities.replies_per_message
    if allowed is None:
        return None
    told = reply_windows.said(unit.conn, contact_id, inbox.id)
    usual = next((one for one in told if one.short is None), None)
    openings = [_opening(one, allowed) for one in told] or [Opening(_EVER, allowed)]
    since_ms, number = (ms(usual.at) + _COARSEST_MS, usual.number) if usual else (0, 0)
    found = driver.rows(
        unit.conn,
        f"SELECT m.row, EXISTS (SELECT 1 FROM sends s WHERE s.message_id = m.id{_WAITS}){_OF_CONTACT}"  # noqa: S608
        f" AND m.kind = 'reply' AND (m.n > ? OR m.occurred_at >= ?"
        f" OR EXISTS (SELECT 1 FROM sends s WHERE s.message_id = m.id{_WAITS}))",
        (contact_id, inbox.id, number, since_ms),
    )
    replies = ((_message.decode(row), waits) for row, waits in found)
    # What counts as after the usual opening may carry a time shortly before it: both clocks are coarse.
    oldest = openings[-1].at
    answers = [
        (unit.now if waits else max(one.occurred_at, oldest), _answer(one.delivery))
        for one, waits in replies
        if one.delivery is not None
    ]
    return reply_count.left(openings, answers, unit.now)


def _opening(said: reply_windows.Said, usual: int) -> Opening:
    if said.short is None:
        return Opening(said.at, usual)
    return Opening(said.at, said.short.replies, said.at + said.short.length)


def _answer(told: rows.Delivery) -> Answer:
    return Answer(told.status, told.parts, told.window_closed)


def check(unit: Unit, contact_id: str, inbox: rows.Inbox, parts: int) -> None:
    """Raise a Refusal when a reply of so many of the channel's messages is more than may still be sent."""
    more = left(unit, contact_id, inbox)
    if more is None or parts <= more:
        return
    if not more:
        told = f"{inbox.name} takes no more replies to the customer's last message. Wait until they write again."
    else:
        told = f"This reply takes {parts} messages, and {inbox.name} takes {more} more until the customer writes again."
    raise Refusal("replies-used-up", told)


def shown(unit: Unit, row: rows.Conversation) -> rows.Conversation:
    """``row`` with the count of its inbox."""
    inbox = inboxes.by_id(unit.conn, row.inbox_id)
    return msgspec.structs.replace(row, replies_left=left(unit, row.contact_id, inbox) if inbox else None)


def tell_again(unit: Unit, message: rows.Message) -> None:
    """A reply was stored or failed: its conversation shows what that leaves."""
    was = conversation_rows.locked(unit, message.conversation_id)
    row = was if was.replies_left is None else shown(unit, was)
    if row != was:
        conversation_rows.save(unit, was, row)


def opened(unit: Unit, told: rows.Message) -> None:
    """A message that nobody has to answer, or a line, was stored: the window that it opens is shown."""
    short, inbox = reply_windows.short_of(told.details), inboxes.by_id(unit.conn, told.inbox_id)
    if short is None or inbox is None:
        return
    was = conversation_rows.locked(unit, told.conversation_id)
    until = max(told.occurred_at + short.length, was.reply_window_until or told.occurred_at)
    row = shown(unit, msgspec.structs.replace(was, reply_window_until=until))
    if row != was:
        conversation_rows.save(unit, was, row)

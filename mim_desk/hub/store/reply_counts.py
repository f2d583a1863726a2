"""How many more messages may answer a contact's last one, told again from the replies that are stored."""

from typing import Final

import msgspec
from sqlalchemy import Connection

from mim_desk.domain import reply_count
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.reply_count import Answer
from mim_desk.hub.store import conversation_rows, driver, inboxes
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_message: Final = msgspec.json.Decoder(rows.Message)
_OF_CONTACT: Final = (
    " FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.contact_id = ? AND m.inbox_id || '' = ?"
)
_COARSEST_MS: Final = 1000
"""Providers that count tell the time in whole seconds: a message may be up to so much younger than it says."""


def left(conn: Connection, contact_id: str, inbox: rows.Inbox) -> int | None:
    """How many are left; None where the channel does not count them.

    A reply that still waits counts whenever it was written: it leaves after the contact's last message.
    """
    allowed = inbox.capabilities.replies_per_message
    if allowed is None:
        return None
    last = driver.row(
        conn,
        f"SELECT m.occurred_at, m.n{_OF_CONTACT} AND m.kind = 'incoming' ORDER BY m.occurred_at DESC, m.n DESC LIMIT 1",
        (contact_id, inbox.id),
    )
    said_at, number = last or (0, 0)
    found = driver.rows(
        conn,
        f"SELECT m.row{_OF_CONTACT} AND m.kind = 'reply' AND (m.n > ? OR m.occurred_at >= ?"  # noqa: S608
        " OR EXISTS (SELECT 1 FROM sends s WHERE s.message_id = m.id AND s.state IN ('queued', 'sending')))",
        (contact_id, inbox.id, number, said_at + _COARSEST_MS),
    )
    replies = (_message.decode(row).delivery for (row,) in found)
    return reply_count.left(allowed, [_answer(one) for one in replies if one is not None])


def _answer(told: rows.Delivery) -> Answer:
    return Answer(told.status, told.parts, told.window_closed)


def check(conn: Connection, contact_id: str, inbox: rows.Inbox, parts: int) -> None:
    """Raise a Refusal when a reply of so many of the channel's messages is more than may still be sent."""
    more = left(conn, contact_id, inbox)
    if more is None or parts <= more:
        return
    if not more:
        told = f"{inbox.name} takes no more replies to the customer's last message. Wait until they write again."
    else:
        told = f"This reply takes {parts} messages, and {inbox.name} takes {more} more until the customer writes again."
    raise Refusal("replies-used-up", told)


def shown(conn: Connection, row: rows.Conversation) -> rows.Conversation:
    """``row`` with the count of its inbox."""
    inbox = inboxes.by_id(conn, row.inbox_id)
    return msgspec.structs.replace(row, replies_left=left(conn, row.contact_id, inbox) if inbox else None)


def tell_again(unit: Unit, message: rows.Message) -> None:
    """A reply was stored or failed: its conversation shows what that leaves."""
    was = conversation_rows.locked(unit, message.conversation_id)
    row = was if was.replies_left is None else shown(unit.conn, was)
    if row != was:
        conversation_rows.save(unit, was, row)

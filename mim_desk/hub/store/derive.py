"""What a conversation's row shows of its messages: pure functions from one row to the next."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from mim_desk.domain import reply_window
from mim_desk.domain.conversation import Status, WaitingOn
from mim_desk.domain.message import MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import reply_windows, sla
from mim_desk.protocol import rows

_SHOWN_CHARACTERS = 200
MOST_LABELS = 50
LONGEST_LABEL = 100


def last_message(message: rows.Message) -> rows.LastMessage:
    """What a list shows of a message."""
    return rows.LastMessage(
        id=message.id,
        kind=message.kind,
        type=message.type,
        text=message.text[:_SHOWN_CHARACTERS],
        author=message.author,
        occurred_at=message.occurred_at,
        delivery_status=message.delivery.status if message.delivery else None,
        deleted=message.deleted_at is not None,
    )


def newest(shown: rows.LastMessage | None, message: rows.Message) -> rows.LastMessage | None:
    """What the list shows once ``message`` is there or changed."""
    if message.kind is MessageKind.ACTIVITY:
        return shown
    if shown is None or shown.id == message.id or message.occurred_at >= shown.occurred_at:
        return last_message(message)
    return shown


def after_incoming(
    row: rows.Conversation, message: rows.Message, came: datetime, window_s: int | None, clocks: list[rows.Clock]
) -> rows.Conversation:
    """The conversation after a contact's message that came at ``came``; it ends every wait of ours."""
    is_newest = row.last_message is None or message.occurred_at >= row.last_message.occurred_at
    short = reply_windows.short_of(message.details)
    length = short.length if short else reply_windows.own_of(message.details)
    closes = window(came, window_s) if length is None else came + length
    if closes is not None and row.reply_window_until is not None and (short is not None or not is_newest):
        closes = max(closes, row.reply_window_until)
    return msgspec.structs.replace(
        row,
        inbox_id=message.inbox_id if is_newest else row.inbox_id,
        status=row.status if row.status is Status.PENDING else Status.OPEN,
        waiting_on=WaitingOn.NONE,
        unread=row.unread + 1,
        waiting_since=_first(row.waiting_since, came),
        reply_window_until=closes,
        snoozed_until=None,
        resolved_at=None,
        last_activity_at=max(row.last_activity_at or came, came),
        last_message=newest(row.last_message, message),
        clocks=clocks,
        next_due=next_due(clocks, closes),
        offers=None,
    )


def after_unasked(row: rows.Conversation, message: rows.Message) -> rows.Conversation:
    """The conversation with a contact's message that nobody has to answer; what is over stays over."""
    came = message.occurred_at
    return msgspec.structs.replace(
        row,
        unread=row.unread + (row.status is not Status.RESOLVED),
        last_activity_at=max(row.last_activity_at or came, came),
        last_message=newest(row.last_message, message),
    )


def window(last_incoming: datetime | None, window_s: int | None) -> datetime | None:
    """Until when the channel lets us answer freely."""
    return reply_window.closes_at(last_incoming, window_s)


def next_due(clocks: list[rows.Clock], window_until: datetime | None) -> datetime | None:
    """What is due first: the running clock, or the end of the reply window."""
    runs = sla.running(clocks)
    return _first(runs.due_at if runs else None, window_until)


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def labels(wanted: Iterable[str]) -> list[str]:
    """Each label once, in order; a Refusal where it is more than anybody reads."""
    folded = list(dict.fromkeys(wanted))
    if len(folded) > MOST_LABELS:
        raise Refusal("invalid", f"A conversation has up to {MOST_LABELS} labels.", "labels")
    if any(len(label) > LONGEST_LABEL for label in folded):
        raise Refusal("invalid", f"A label has up to {LONGEST_LABEL} characters.", "labels")
    return folded


def label_change(before: Iterable[str], now: Iterable[str]) -> dict[str, str]:
    """The details of a system line about labels."""
    old, new = list(before), list(now)
    return {
        "added": ", ".join(label for label in new if label not in old),
        "removed": ", ".join(label for label in old if label not in new),
    }

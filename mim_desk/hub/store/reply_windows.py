"""What lets us answer a contact: their messages, and what they did that opens a short window of its own.

An adapter notes such a short one in the details of the message or line: ``window_s`` seconds for ``replies`` messages.
Where only some chats of an account have a window, it notes its length in their messages: ``own_window_s``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import addresses, contacts, driver
from mim_desk.hub.store.times import moment
from mim_desk.protocol import rows

_MOST_SHORT: Final = 50
"""So many openings are looked at back to the contact's last message."""
_SAID: Final = "(m.kind = 'incoming' OR (m.kind = 'activity' AND m.author_type = 'contact'))"


class _Told(msgspec.Struct):
    details: dict[str, str] = {}


_told: Final = msgspec.json.Decoder(_Told)


@dataclass(frozen=True, slots=True)
class Short:
    """A window that something else than a message opened."""

    length: timedelta
    replies: int


@dataclass(frozen=True, slots=True)
class Said:
    """What lets us answer; ``short`` is None for a message with the channel's usual window."""

    at: datetime
    number: int
    short: Short | None
    own: timedelta | None = None


def own_of(details: Mapping[str, str]) -> timedelta | None:
    """The window of a chat on a channel whose other chats have none."""
    length = details.get("own_window_s", "")
    return timedelta(seconds=int(length[:7])) if length.isascii() and length.isdecimal() else None


def short_of(details: Mapping[str, str]) -> Short | None:
    """The window that a message or line opens, where it is not the usual one."""
    length, replies = details.get("window_s", ""), details.get("replies", "")
    if not (length.isdecimal() and replies.isdecimal()):
        return None
    return Short(timedelta(seconds=int(length[:7])), int(replies[:4]))


def said(conn: Connection, contact_id: str, inbox_id: str) -> list[Said]:
    """The contact's last message in an inbox, and before it in the list what they did since; newest first."""
    return _back_to_message(
        driver.rows(
            conn,
            "SELECT m.row, m.kind = 'incoming', m.occurred_at, m.n FROM messages m"  # noqa: S608
            f" JOIN conversations c ON c.id = m.conversation_id WHERE c.contact_id = ? AND m.inbox_id || '' = ? AND {_SAID} ORDER BY m.occurred_at DESC, m.n DESC LIMIT ?",
            (contact_id, inbox_id, _MOST_SHORT),
        )
    )


def closes_in(conn: Connection, conversation_id: str, asked_s: int | None) -> datetime | None:
    """When the reply window of a conversation closes, by what the contact said in it and wants answered."""
    found = driver.rows(
        conn,
        "SELECT m.row, m.fact = 'in', m.occurred_at, m.n FROM messages m WHERE m.conversation_id = ?"  # noqa: S608
        f" AND {_SAID} ORDER BY m.occurred_at DESC, m.n DESC LIMIT ?",
        (conversation_id, _MOST_SHORT),
    )
    return closes(_back_to_message(found), asked_s)


def _back_to_message(found: Iterable[tuple[bytes, bool | None, int, int]]) -> list[Said]:
    """Up to the first that opens the usual window: one that counts as a message and names no short one."""
    told: list[Said] = []
    for row, counts, at, number in found:
        details = _told.decode(row).details
        short = short_of(details)
        if short is not None or counts:
            told.append(Said(moment(at), number, short, own_of(details)))
        if short is None and counts:
            break
    return told


def closes(found: Iterable[Said], usual_s: int | None) -> datetime | None:
    """When the last of these windows closes; None for a chat without one, and before the contact ever wrote."""
    usual = None if usual_s is None else timedelta(seconds=usual_s)
    lengths = ((one.at, one.short.length if one.short and usual else one.own or usual) for one in found)
    return max((at + length for at, length in lengths if length is not None), default=None)


def can_reply(conn: Connection, now: datetime, row: rows.Conversation, inbox: rows.Inbox) -> bool:
    """Whether the channel takes a free reply to the contact of the conversation now."""
    contact_id, usual_s = row.contact_id, inbox.capabilities.reply_window_s
    if usual_s is None:
        own = closes(said(conn, contact_id, inbox.id), None) if row.reply_window_until is not None else None
        return own is None or now < own
    until = with_acts(conn, closes(said(conn, contact_id, inbox.id), usual_s), contact_id, inbox.id, usual_s)
    return until is not None and now < until


def with_acts(
    conn: Connection, until: datetime | None, contact_id: str, inbox_id: str, usual_s: int | None
) -> datetime | None:
    """``until``, or later by what the contact did that opens the usual window, or sooner by the end of their session."""
    if usual_s is None:
        return until
    contact, usual = contacts.by_id(conn, contact_id), timedelta(seconds=usual_s)
    at, over = addresses.acted_in(contact, inbox_id), addresses.over_in(contact, inbox_id)
    by_act = at + usual if at is not None else None
    latest = max((one for one in (until, by_act) if one is not None), default=None)
    return over if latest is not None and over is not None and latest - usual < over else latest

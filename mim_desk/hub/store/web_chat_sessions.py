"""Sessions of the web chat: stored from a visitor's first message or proof on, with only a hash of their token."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import driver, log_rows
from mim_desk.hub.store.log_rows import LoggedEvent
from mim_desk.hub.store.times import moment, moment_or_none, ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_COLUMNS = (
    "id, inbox_id, token_hash, identity, verified_external_id, locale, client_id, created_at, expires_at, revoked_at,"
    " facts"
)
_CLOCKS_DIFFER: Final = timedelta(seconds=1)
_LONGEST_WRITE: Final = timedelta(minutes=10)
_ENDLESS: Final = (1 << 63) - 1
_N: Final = "m.n + 0"
"""A sum, so that no planner walks all messages by their number instead of the contact's own."""
_LOGGED: Final = (
    "EXISTS (SELECT 1 FROM event_log e WHERE e.conversation_id = m.conversation_id AND e.type = 'message' AND e.fresh"
    " AND e.row_id = m.id AND e.seq <= ?)"
)
_LOGGED_BY_NUMBER: Final = (
    "m.n + 0 <= COALESCE((SELECT o.n FROM event_log e CROSS JOIN messages o ON o.id = e.row_id"
    " WHERE e.seq <= ? AND e.type = 'message' AND e.fresh ORDER BY e.seq DESC LIMIT 1), 0)"
)
"""With one writer messages are numbered in the order of the log, which has no index by conversation there."""
_message = msgspec.json.Decoder(rows.Message)
_conversation = msgspec.json.Decoder(rows.Conversation)


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """More about a session.

    Attributes:
        name, fields: what the proof of identity said.
        reopened_at: when the visitor asked to go on after a resolve, ms.
        form: what the visitor answered to the form; it proves nothing.
    """

    name: str = ""
    fields: dict[str, str] = {}
    page_url: str = ""
    page_title: str = ""
    reopened_at: int = 0
    form: dict[str, str] = {}


@dataclass(frozen=True)
class StoredSession:
    """One row; ``identity`` is the visitor's external id in the inbox."""

    id: str
    inbox_id: str
    token_hash: bytes = field(repr=False)
    identity: str
    verified_external_id: str | None
    locale: str
    client_id: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True)
class Sight:
    """Which messages a visitor may see.

    Attributes:
        since: an unproven visitor sees nothing from before the session; None for a proven customer.
        own_prefix: how the external ids of this session's own messages begin.
    """

    inbox_id: str
    identity: str
    own_prefix: str
    since: datetime | None


@dataclass(frozen=True)
class Numbered:
    """A message with its place among all messages."""

    place: int
    message: rows.Message


def by_id(conn: Connection, session_id: str) -> StoredSession | None:
    """One session."""
    text = f"SELECT {_COLUMNS} FROM web_chat_sessions WHERE id = ?"  # noqa: S608  # constant text
    found = driver.row(conn, text, (session_id,))
    return None if found is None else _session(found)


def for_change(unit: Unit, session_id: str) -> StoredSession | None:
    """The same, unchanged by others until the unit is committed."""
    lock = "" if driver.is_sqlite(unit.conn) else " FOR UPDATE"
    text = f"SELECT {_COLUMNS} FROM web_chat_sessions WHERE id = ?{lock}"  # noqa: S608  # constant text
    found = driver.row(unit.conn, text, (session_id,))
    return None if found is None else _session(found)


def add(unit: Unit, session: StoredSession) -> None:
    """Keep a session; one that is there already stays."""
    text = (
        f"INSERT INTO web_chat_sessions ({_COLUMNS}, seen_at, last_event_id)"  # noqa: S608  # constant text
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO NOTHING"
    )
    driver.execute(unit.conn, text, (*_values(session), ms(unit.now)))


def change(unit: Unit, session: StoredSession) -> None:
    """Store the session anew: token, identity, facts, times."""
    text = (
        "UPDATE web_chat_sessions SET token_hash = ?, identity = ?, verified_external_id = ?, expires_at = ?,"
        " seen_at = ?, facts = ? WHERE id = ? AND revoked_at IS NULL"
    )
    values = (session.token_hash, session.identity, session.verified_external_id, ms(session.expires_at))
    driver.execute(unit.conn, text, (*values, ms(unit.now), msgspec.json.encode(session.facts), session.id))


def revoke(unit: Unit, session_id: str) -> None:
    """End a session for good."""
    text = "UPDATE web_chat_sessions SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
    driver.execute(unit.conn, text, (ms(unit.now), session_id))


def slide(unit: Unit, session_id: str, expires_at: datetime) -> None:
    """The visitor was here: the session lives on."""
    text = "UPDATE web_chat_sessions SET expires_at = ?, seen_at = ? WHERE id = ? AND revoked_at IS NULL"
    driver.execute(unit.conn, text, (ms(expires_at), ms(unit.now), session_id))


def seen_since(conn: Connection, inbox_id: str, since: datetime) -> list[StoredSession]:
    """The inbox's sessions that were in use since then and have not ended."""
    text = f"SELECT {_COLUMNS} FROM web_chat_sessions WHERE inbox_id = ? AND seen_at >= ? AND revoked_at IS NULL"  # noqa: S608
    return [_session(found) for found in driver.rows(conn, text, (inbox_id, ms(since)))]


def replies_after(conn: Connection, conversation: str, inbox_id: str, place: int) -> list[rows.Message]:
    """What the brand answered through an inbox after a place, oldest first."""
    text = (
        "SELECT row FROM messages WHERE conversation_id = ? AND inbox_id = ? AND kind = 'reply' AND n > ?"
        " ORDER BY n LIMIT 50"
    )
    return [_message.decode(row) for (row,) in driver.rows(conn, text, (conversation, inbox_id, place))]


def last_reply_place(conn: Connection, conversation: str, inbox_id: str) -> int:
    """The place of the newest reply that left a conversation through an inbox; 0 for none."""
    text = "SELECT max(n) FROM messages WHERE conversation_id = ? AND inbox_id = ? AND kind = 'reply'"
    found = driver.row(conn, text, (conversation, inbox_id))
    return int(found[0] or 0) if found else 0


def contact_id(conn: Connection, inbox_id: str, identity: str) -> str | None:
    """Whose identity this is; None before the first message."""
    text = "SELECT contact_id FROM identities WHERE inbox_id = ? AND external_id = ?"
    found = driver.row(conn, text, (inbox_id, identity))
    return None if found is None else str(found[0])


def conversations(conn: Connection, contact: str) -> list[rows.Conversation]:
    """The contact's conversations, newest first."""
    text = "SELECT row FROM conversations WHERE contact_id = ? ORDER BY number DESC"
    return [_conversation.decode(row) for (row,) in driver.rows(conn, text, (contact,))]


def page(conn: Connection, sight: Sight, contact: str, before: int | None, limit: int) -> list[Numbered]:
    """The newest visible messages before a place, oldest first."""
    condition, values = _visible(sight, contact)
    if before is not None:
        condition, values = f"{condition} AND {_N} < ?", [*values, before]
    text = f"SELECT m.n, m.row FROM messages m {condition} ORDER BY {_N} DESC LIMIT ?"  # noqa: S608  # constant text
    found = driver.rows(conn, text, [*values, limit])
    return [Numbered(n, _message.decode(row)) for n, row in reversed(found)]


def visible(conn: Connection, sight: Sight, contact: str, message_ids: Sequence[str]) -> list[Numbered]:
    """Those of the named messages that the visitor may see, in order."""
    if not message_ids:
        return []
    condition, values = _visible(sight, contact)
    marks = ", ".join("?" * len(message_ids))
    text = f"SELECT m.n, m.row FROM messages m {condition} AND m.id IN ({marks}) ORDER BY m.n"  # noqa: S608
    return [Numbered(n, _message.decode(row)) for n, row in driver.rows(conn, text, [*values, *message_ids])]


def replies_up_to(conn: Connection, sight: Sight, contact: str, place: int, limit: int) -> list[Numbered]:
    """The newest visible replies up to a place, oldest first."""
    condition, values = _visible(sight, contact)
    text = (
        f"SELECT m.n, m.row FROM messages m {condition} AND m.kind = 'reply' AND {_N} <= ?"  # noqa: S608
        f" ORDER BY {_N} DESC LIMIT ?"
    )
    found = driver.rows(conn, text, [*values, place, limit])
    return [Numbered(n, _message.decode(row)) for n, row in reversed(found)]


def place_of(conn: Connection, message_id: str | None) -> int:
    """A message's place; 0 for none."""
    found = driver.row(conn, "SELECT n FROM messages WHERE id = ?", (message_id,)) if message_id else None
    return int(found[0]) if found else 0


def message(conn: Connection, message_id: str) -> rows.Message | None:
    """One message, whoever may see it."""
    found = driver.row(conn, "SELECT row FROM messages WHERE id = ?", (message_id,))
    return None if found is None else _message.decode(found[0])


def message_of_event(conn: Connection, sight: Sight, contact: str, seq: int) -> str | None:
    """The id of the newest visible reply that was logged up to ``seq``."""
    condition, values = _visible(sight, contact)
    logged = _LOGGED_BY_NUMBER if driver.is_sqlite(conn) else _LOGGED
    text = f"SELECT m.id FROM messages m {condition} AND m.kind = 'reply' AND {logged} ORDER BY {_N} DESC LIMIT 1"  # noqa: S608  # constant texts
    found = driver.row(conn, text, [*values, seq])
    return None if found is None else str(found[0])


def first_event(conn: Connection, told: rows.Message, after: int | None = None) -> int:
    """Seq of the event that brought a message into the log; its place when the log was trimmed since.

    Args:
        after: where the log stood before the message came; without it that is found by the message's time.
    """
    first, last = (after or 0), _ENDLESS
    if after is None and driver.is_sqlite(conn):
        # The log has no index by conversation, so only what was logged at that time is looked through.
        first = log_rows.before(conn, told.received_at - _CLOCKS_DIFFER, _ENDLESS)
        last = log_rows.before(conn, told.received_at + _LONGEST_WRITE, _ENDLESS)
    text = (
        "SELECT seq FROM event_log WHERE seq > ? AND seq <= ? AND conversation_id = ? AND type = 'message' AND fresh"
        " AND row_id = ? ORDER BY seq LIMIT 1"
    )
    found = driver.row(conn, text, (first, last, told.conversation_id, told.id))
    return int(found[0]) if found else place_of(conn, told.id)


def events(conn: Connection, contact: str, after: int, up_to: int) -> list[LoggedEvent]:
    """The logged events of a contact's messages and conversations within a span of the log."""
    text = (
        "SELECT e.seq, e.type, e.row_id, e.conversation_id, e.payload, e.fresh FROM event_log e"
        " WHERE e.seq > ? AND e.seq <= ? AND e.type IN ('message', 'conversation')"
        " AND e.conversation_id IN (SELECT c.id FROM conversations c WHERE c.contact_id = ?) ORDER BY e.seq"
    )
    return [LoggedEvent(*found) for found in driver.rows(conn, text, (after, up_to, contact))]


def contact_changed(conn: Connection, contact: str, after: int, up_to: int) -> bool:
    """Whether a contact that was there before changed within a span of the log: other messages may be its own now."""
    text = (
        "SELECT 1 FROM event_log e WHERE e.seq > ? AND e.seq <= ? AND e.type = 'contact' AND e.row_id = ?"
        " AND NOT e.fresh LIMIT 1"
    )
    return driver.row(conn, text, (after, up_to, contact)) is not None


def trimmed(conn: Connection) -> int:
    """The last seq that is no longer in the log."""
    found = driver.row(conn, "SELECT trimmed FROM log_head WHERE id = 1")
    return int(found[0]) if found else 0


def _visible(sight: Sight, contact: str) -> tuple[str, list[Any]]:
    condition = (
        "WHERE m.conversation_id IN (SELECT c.id FROM conversations c WHERE c.contact_id = ?)"
        " AND m.inbox_id || '' = ? AND m.kind IN ('incoming', 'reply')"
    )
    values: list[Any] = [contact, sight.inbox_id]
    if sight.since is None:
        return condition, values
    own = "(m.kind = 'reply' OR substr(m.external_id, 1, ?) = ?)"
    return (
        f"{condition} AND m.occurred_at >= ? AND {own}",
        [*values, ms(sight.since), len(sight.own_prefix), sight.own_prefix],
    )


def _session(found: tuple[Any, ...]) -> StoredSession:
    session_id, inbox_id, hashed, identity, verified, locale, client_id, created, expires, revoked, facts = found
    return StoredSession(
        id=session_id,
        inbox_id=inbox_id,
        token_hash=bytes(hashed),
        identity=identity,
        verified_external_id=verified,
        locale=locale,
        client_id=client_id,
        created_at=moment(created),
        expires_at=moment(expires),
        revoked_at=moment_or_none(revoked),
        facts=msgspec.json.decode(facts, type=Facts),
    )


def _values(session: StoredSession) -> tuple[Any, ...]:
    revoked = None if session.revoked_at is None else ms(session.revoked_at)
    facts = msgspec.json.encode(session.facts)
    return (
        session.id,
        session.inbox_id,
        session.token_hash,
        session.identity,
        session.verified_external_id,
        session.locale,
        session.client_id,
        ms(session.created_at),
        ms(session.expires_at),
        revoked,
        facts,
    )

"""Reads and writes of many rows at once, for the ingest of many deliveries in few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import driver, search
from mim_desk.hub.store.times import ms
from mim_desk.protocol import rows

Key = tuple[str, str]
"""Inbox id and external id, or contact id and brand id."""

_inbox = msgspec.json.Decoder(rows.Inbox)

_SQLITE_KEYS = "(SELECT value ->> 0 AS a, value ->> 1 AS b FROM json_each(?)) k"
_POSTGRES_KEYS = "unnest(CAST(? AS text[]), CAST(? AS text[])) k (a, b)"


@dataclass(frozen=True, slots=True)
class Known:
    """A message that is there: our id and the hash of its body."""

    message_id: str
    body_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation as stored; ``answered_at`` is when somebody last replied or resolved, or a bot took or left it, in ms."""

    row: rows.Conversation
    answered_at: int | None
    agent_started: bool


def for_keys(conn: Connection, sql: str, keys: Iterable[Key]) -> list[tuple[Any, ...]]:
    """Run ``sql``, in which {keys} stands for a table ``k`` of the pairs ``a, b``."""
    pairs = list(dict.fromkeys(keys))
    if not pairs:
        return []
    if driver.is_sqlite(conn):
        return driver.rows(conn, sql.format(keys=_SQLITE_KEYS), (msgspec.json.encode(pairs).decode(),))
    columns = [list(column) for column in zip(*pairs, strict=True)]
    return driver.rows(conn, sql.format(keys=_POSTGRES_KEYS), columns)


def _told(
    conn: Connection, columns: Sequence[str], source: str, keys: Iterable[Key], decoder: "msgspec.json.Decoder[Any]"
) -> list[Any]:
    """Rows of ``columns`` from ``source``, decoded.

    On SQLite they are asked for as one JSON text: each row that is fetched alone lets go of Python's lock
    and has to fight for it again. A column is ``text``, ``json`` (bytes of JSON), ``number`` or ``hash``.
    """
    split = [column.partition(" ") for column in columns]
    if driver.is_sqlite(conn):
        parts = " || ',' || ".join(_AS_JSON[kind].format(name) for kind, _, name in split)
        ((text,),) = for_keys(conn, f"SELECT group_concat('[' || {parts} || ']') FROM {source}", keys) or [(None,)]  # noqa: S608
    else:
        parts = " || ',' || ".join(_AS_JSON_IN_POSTGRES[kind].format(name) for kind, _, name in split)
        text = ",".join(row for (row,) in for_keys(conn, f"SELECT '[' || {parts} || ']' FROM {source}", keys))  # noqa: S608
    found: list[Any] = decoder.decode(f"[{text}]") if text else []
    return found


_AS_JSON = {
    "text": "json_quote({})",
    "json": "CAST({} AS TEXT)",
    "number": "ifnull({}, 'null')",
    "hash": "json_quote(hex({}))",
}
_AS_JSON_IN_POSTGRES = {
    "text": "CAST(to_json({}) AS text)",
    "json": "convert_from({}, 'UTF8')",
    "number": "coalesce(CAST({} AS text), 'null')",
    "hash": "CAST(to_json(coalesce(upper(encode({}, 'hex')), '')) AS text)",
}
_known_row = msgspec.json.Decoder(list[tuple[str, str, str, str]])
_contact_row = msgspec.json.Decoder(list[tuple[str, str, str, rows.Contact]])
_conversation_row = msgspec.json.Decoder(list[tuple[str, str, rows.Conversation, int | None, bool]])


def known_messages(conn: Connection, keys: Iterable[Key]) -> dict[Key, Known]:
    """Which of these external ids are stored."""
    columns = ("text m.inbox_id", "text m.external_id", "text m.id", "hash m.body_hash")
    source = "{keys} JOIN messages m ON m.inbox_id = k.a AND m.external_id = k.b"
    found = _told(conn, columns, source, keys, _known_row)
    return {(inbox, external): Known(one, bytes.fromhex(body) or None) for inbox, external, one, body in found}


def contacts_of(conn: Connection, keys: Iterable[Key]) -> dict[Key, rows.Contact]:
    """The contacts behind these identities."""
    return {key: contact for key, (contact, _) in with_homes(conn, keys).items()}


def with_homes(conn: Connection, keys: Iterable[Key]) -> dict[Key, tuple[rows.Contact, str]]:
    """The contacts behind these identities, and whose each was before contacts were merged (empty for its own)."""
    columns = ("text i.inbox_id", "text i.external_id", "text coalesce(i.home, '')", "json c.row")
    source = (
        "{keys} JOIN identities i ON i.inbox_id = k.a AND i.external_id = k.b JOIN contacts c ON c.id = i.contact_id"
    )
    found = _told(conn, columns, source, keys, _contact_row)
    return {(inbox, external): (row, home) for inbox, external, home, row in found}


def newest_conversations(conn: Connection, keys: Iterable[Key]) -> dict[Key, Stored]:
    """For each contact and brand the unresolved conversation, else the last one; locked until the commit."""
    columns = ("text c.contact_id", "text c.brand_id", "json c.row", "number c.answered_at", _AGENT_STARTED)
    source = (
        "{keys} JOIN conversations c ON c.id = (SELECT o.id FROM conversations o WHERE o.contact_id = k.a"
        " AND o.brand_id = k.b AND o.folded_into IS NULL ORDER BY (o.status <> 'resolved') DESC, o.number DESC LIMIT 1)"
    )
    if not driver.is_sqlite(conn):
        source += " ORDER BY c.id FOR UPDATE OF c"
    return {
        (contact, brand): Stored(row, answered_at, started)
        for contact, brand, row, answered_at, started in _told(conn, columns, source, keys, _conversation_row)
    }


_AGENT_STARTED = "number CASE WHEN c.agent_started THEN 'true' ELSE 'false' END"


def inboxes(conn: Connection, inbox_ids: Iterable[str]) -> dict[str, rows.Inbox]:
    """These inboxes, removed ones too."""
    sql = "SELECT i.id, i.row FROM {keys} JOIN inboxes i ON i.id = k.a"
    return {found: _inbox.decode(row) for found, row in for_keys(conn, sql, ((one, "") for one in inbox_ids))}


def insert_contacts(conn: Connection, contacts: Sequence[tuple[rows.Contact, bytes]]) -> None:
    """Store new contacts with their payloads."""
    driver.insert_many(
        conn,
        "contacts (id, created_at, version, row)",
        [(one.id, ms(one.created_at), one.version, payload) for one, payload in contacts],
    )


def update_contacts(conn: Connection, contacts: Sequence[tuple[rows.Contact, bytes]]) -> None:
    """Store changed contacts with their payloads."""
    driver.execute_many(
        conn,
        "UPDATE contacts SET version = ?, row = ? WHERE id = ?",
        [(one.version, payload, one.id) for one, payload in contacts],
    )


def insert_identities(conn: Connection, identities: Sequence[tuple[str, str, str]]) -> None:
    """Store new identities: (inbox id, external id, contact id)."""
    driver.insert_many(conn, "identities (inbox_id, external_id, contact_id)", identities)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to store, with what moves clocks and what decides whether a repetition is the same.

    Attributes:
        home: the contact whose it was if contacts had not been merged.
    """

    row: rows.Message
    payload: bytes
    fact: str | None = None
    fact_at: int | None = None
    body_hash: bytes | None = None
    home: str | None = None


_MESSAGES = (
    "messages (n, id, conversation_id, contact_id, inbox_id, kind, author_type, external_id, occurred_at,"
    " fact, fact_at, body_hash, row, home)"
)


def insert_messages(conn: Connection, messages: Sequence[NewMessage]) -> list[int]:
    """Store new messages; their numbers, which rise in the order of storing."""
    if not messages:
        return []
    numbers = driver.take_numbers(conn, "message", len(messages))
    values = [_message(n, new) for n, new in zip(numbers, messages, strict=True)]
    driver.insert_many(conn, _MESSAGES, values)
    search.index_now(conn, [(n, new.row.text) for n, new in zip(numbers, messages, strict=True) if new.row.text])
    return numbers


def _message(n: int, new: NewMessage) -> tuple[object, ...]:
    row = new.row
    return (
        n,
        row.id,
        row.conversation_id,
        row.contact_id,
        row.inbox_id,
        row.kind.value,
        row.author.type.value,
        row.external_id,
        ms(row.occurred_at),
        new.fact,
        new.fact_at,
        new.body_hash,
        new.payload,
        new.home,
    )

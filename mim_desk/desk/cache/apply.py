"""Writing the hub's rows into the cache: set-wise upserts, counters kept on the way, nothing committed here."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec

from mim_desk.desk.cache import schema
from mim_desk.desk.cache.places import LABEL_MARK, Facet, bucket, facets, failed, ranks
from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.overlay import Action, overlaid
from mim_desk.desk.shapes import timeline_ms
from mim_desk.domain.contact import visitor_number
from mim_desk.domain.message import MessageKind
from mim_desk.domain.search_text import index_text
from mim_desk.protocol import rows

Encoded = tuple[Any, bytes]
"""A row and the JSON it came as."""

_read_conversation = msgspec.json.Decoder(rows.Conversation).decode
_read_message = msgspec.json.Decoder(rows.Message).decode
_write = msgspec.json.Encoder().encode


@dataclass
class Batch:
    """Rows of one transaction, the last of each id only, and what left sight."""

    rows: dict[str, dict[str, Encoded]] = field(default_factory=dict)
    forgotten: dict[str, set[str]] = field(default_factory=dict)

    def put(self, type_: str, row: Any, payload: bytes) -> None:
        """A new row, or a newer one of the same id."""
        self.forgotten.get(type_, set()).discard(row.id)
        self.rows.setdefault(type_, {})[row.id] = (row, payload)

    def forget(self, type_: str, id_: str) -> None:
        """A row that must leave the cache."""
        self.rows.get(type_, {}).pop(id_, None)
        self.forgotten.setdefault(type_, set()).add(id_)


@dataclass
class Touched:
    """What a batch changed, as sets to fill a Change with."""

    conversations: set[str] = field(default_factory=set)
    messages: dict[str, set[str]] = field(default_factory=dict)
    contacts: set[str] = field(default_factory=set)
    nouns: set[str] = field(default_factory=set)


def apply(connection: Connection, batch: Batch, actions: Mapping[str, Sequence[Action]]) -> Touched:
    """Write ``batch``; ``actions`` are the unsent changes that stay laid over the hub's rows."""
    touched = Touched()
    counts: Counter[Facet] = Counter()
    for type_, found in batch.rows.items():
        if type_ == "conversation":
            put_conversations(connection, found, actions, counts, touched)
        elif type_ == "message":
            put_messages(connection, found, counts, touched)
        elif type_ == "contact":
            put_contacts(connection, found, touched)
        else:
            put_nouns(connection, type_, found)
            touched.nouns.add(type_)
    for type_, ids in batch.forgotten.items():
        forget(connection, type_, ids, counts, touched)
    keep_counts(connection, counts)
    return touched


def _conversation_columns(shown: rows.Conversation, payload: bytes, hub_row: bytes | None) -> dict[str, Any]:
    return {
        "id": shown.id,
        "contact_id": shown.contact_id,
        "inbox_id": shown.inbox_id,
        "bucket": bucket(shown),
        "status": shown.status.value,
        "assignee_id": shown.assignee_id or "",
        "labels": "".join(LABEL_MARK + label for label in shown.labels) + LABEL_MARK if shown.labels else "",
        **ranks(shown),
        "failed": int(failed(shown)),
        "version": shown.version,
        "row": payload,
        "hub_row": hub_row,
    }


def put_conversations(
    connection: Connection,
    found: Mapping[str, Encoded],
    actions: Mapping[str, Sequence[Action]],
    counts: Counter[Facet],
    touched: Touched,
) -> None:
    """Upsert conversations; an older version than the one here changes nothing."""
    old = {id_: (version, row) for id_, version, row in _by_ids(connection, "id, version, row", "conversations", found)}
    written = []
    for id_, (row, payload) in found.items():
        if id_ in old:
            version, before = old[id_]
            if version > row.version:
                continue
            counts.subtract(facets(_read_conversation(before)))
        shown, hub_row = row, None
        if id_ in actions:
            shown, hub_row = overlaid(row, actions[id_]), payload
            payload = _write(shown)
        counts.update(facets(shown))
        written.append(_conversation_columns(shown, payload, hub_row))
        touched.conversations.add(id_)
    connection.executemany(schema.PUT_CONVERSATION, written)


def put_messages(
    connection: Connection, found: Mapping[str, Encoded], counts: Counter[Facet], touched: Touched
) -> None:
    """Upsert messages with their search text."""
    old = {id_: (pk, row) for id_, pk, row in _by_ids(connection, "id, pk, row", "messages", found)}
    fresh = count((connection.execute("SELECT max(pk) FROM messages").fetchone()[0] or 0) + 1)
    added, changed, indexed, dropped = [], [], [], []
    for id_, (row, payload) in found.items():
        text = search_text(row)
        columns = _message_columns(row, payload)
        if id_ in old:
            pk, before = old[id_]
            changed.append({"pk": pk, **columns})
            if search_text(_read_message(before)) == text:
                text = ""
            else:
                dropped.append((pk,))
        else:
            pk = next(fresh)
            added.append({"pk": pk, "id": id_, **columns})
        if text:
            indexed.append((pk, index_text(text)))
        touched.messages.setdefault(row.contact_id, set()).add(id_)
    counts["messages", ""] += len(added)
    connection.executemany(schema.ADD_MESSAGE, added)
    connection.executemany(schema.CHANGE_MESSAGE, changed)
    connection.executemany("DELETE FROM message_search WHERE rowid = ?", dropped)
    connection.executemany("INSERT INTO message_search (rowid, text) VALUES (?, ?)", indexed)


def _message_columns(row: rows.Message, payload: bytes) -> dict[str, Any]:
    return {
        "conversation_id": row.conversation_id,
        "contact_id": row.contact_id,
        "inbox_id": row.inbox_id,
        "at_ms": timeline_ms(row),
        "traits": _traits(row),
        "row": payload,
    }


def _traits(row: rows.Message) -> int:
    kind = {MessageKind.INCOMING: schema.INCOMING, MessageKind.NOTE: schema.NOTE}.get(row.kind, 0)
    return kind | (schema.FILE if row.attachments else 0)


def search_text(row: rows.Message) -> str:
    """What a message is found by: its words and the names of its files."""
    if row.kind is MessageKind.ACTIVITY or row.deleted_at is not None:
        return ""
    return "\n".join([row.text, *(each.name for each in row.attachments)]).strip()


def put_contacts(connection: Connection, found: Mapping[str, Encoded], touched: Touched) -> None:
    """Upsert contacts with their search text; a new name changes the rows of their conversations."""
    old = {id_: (pk, name) for id_, pk, name in _by_ids(connection, "id, pk, name", "contacts", found)}
    fresh = count((connection.execute("SELECT max(pk) FROM contacts").fetchone()[0] or 0) + 1)
    written, indexed, renamed = [], [], []
    for id_, (row, payload) in found.items():
        pk = old[id_][0] if id_ in old else next(fresh)
        if id_ in old and old[id_][1] != row.name:
            renamed.append(id_)
        written.append({"pk": pk, "id": id_, "name": row.name, "row": payload})
        indexed.append((pk, index_text(_contact_text(row))))
    connection.executemany(schema.PUT_CONTACT, written)
    connection.executemany("INSERT OR REPLACE INTO contact_search (rowid, text) VALUES (?, ?)", indexed)
    touched.contacts.update(found)
    touched.conversations.update(id_ for (id_,) in _of_contacts(connection, "id", "conversations", renamed))


def _contact_text(row: rows.Contact) -> str:
    known = [identity.display or identity.external_id for identity in row.identities]
    name = row.name or str(visitor_number(row.id))
    return "\n".join([name, *known, *row.fields.values()])


def put_nouns(connection: Connection, type_: str, found: Mapping[str, Encoded]) -> None:
    """Upsert the small rows of one type."""
    written = [{"type": type_, "id": id_, "row": payload} for id_, (_, payload) in found.items()]
    connection.executemany(schema.PUT_NOUN, written)


def forget(connection: Connection, type_: str, ids: Iterable[str], counts: Counter[Facet], touched: Touched) -> None:
    """Delete rows; a conversation takes its messages along, a contact its conversations."""
    ids = list(ids)
    if type_ == "contact":
        inside = [id_ for (id_,) in _of_contacts(connection, "id", "conversations", ids)]
        forget(connection, "conversation", inside, counts, touched)
        gone = [(pk,) for (pk,) in _by_ids(connection, "pk", "contacts", ids)]
        connection.executemany("DELETE FROM contact_search WHERE rowid = ?", gone)
        connection.executemany("DELETE FROM contacts WHERE pk = ?", gone)
        touched.contacts.update(ids)
    elif type_ == "conversation":
        for _, row in _by_ids(connection, "id, row", "conversations", ids):
            conversation = _read_conversation(row)
            counts.subtract(facets(conversation))
            inside = [
                found
                for found in _of_contacts(connection, "id, pk, conversation_id", "messages", [conversation.contact_id])
                if found[2] == conversation.id
            ]
            _drop_messages(connection, [(id_, pk, conversation.contact_id) for id_, pk, _ in inside], counts, touched)
        connection.executemany("DELETE FROM conversations WHERE id = ?", [(id_,) for id_ in ids])
        touched.conversations.update(ids)
    elif type_ == "message":
        _drop_messages(connection, _by_ids(connection, "id, pk, contact_id", "messages", ids), counts, touched)
    else:
        connection.executemany("DELETE FROM nouns WHERE type = ? AND id = ?", [(type_, id_) for id_ in ids])
        touched.nouns.add(type_)


def _drop_messages(
    connection: Connection, found: Sequence[tuple[str, int, str]], counts: Counter[Facet], touched: Touched
) -> None:
    keys = [(pk,) for _, pk, _ in found]
    connection.executemany("DELETE FROM message_search WHERE rowid = ?", keys)
    connection.executemany("DELETE FROM messages WHERE pk = ?", keys)
    counts["messages", ""] -= len(keys)
    for id_, _, contact_id in found:
        touched.messages.setdefault(contact_id, set()).add(id_)


def relay(connection: Connection, conversation_id: str, actions: Sequence[Action]) -> bool:
    """Lay ``actions`` anew over the hub's row; False when the conversation is not here."""
    found = connection.execute("SELECT row, hub_row FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    if found is None:
        return False
    shown_before, hub_row = _read_conversation(found[0]), found[1] or found[0]
    shown = overlaid(_read_conversation(hub_row), actions)
    counts: Counter[Facet] = Counter(facets(shown))
    counts.subtract(facets(shown_before))
    columns = _conversation_columns(shown, _write(shown) if actions else hub_row, hub_row if actions else None)
    connection.execute(schema.PUT_CONVERSATION, columns)
    keep_counts(connection, counts)
    return True


def keep_counts(connection: Connection, counts: Counter[Facet]) -> None:
    """Add the differences to the counters."""
    moved = [{"facet": facet, "key": key, "n": n} for (facet, key), n in counts.items() if n]
    connection.executemany(schema.COUNT, moved)


def _by_ids(connection: Connection, columns: str, table: str, ids: Iterable[str]) -> list[Any]:
    statement = f"SELECT {columns} FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own names
    return list(connection.execute(statement, (json.dumps(list(ids)),)))


def _of_contacts(connection: Connection, columns: str, table: str, ids: Sequence[str]) -> list[Any]:
    statement = f"SELECT {columns} FROM {table} WHERE contact_id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own names
    return list(connection.execute(statement, (json.dumps(list(ids)),))) if ids else []

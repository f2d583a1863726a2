"""Searching the cache: newest messages first, narrowed by filters, contacts beside them."""

from typing import Any

import msgspec

from mim_desk.desk.cache import schema
from mim_desk.desk.cache.names import Names
from mim_desk.desk.cache.places import LABEL_MARK
from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.moments import milliseconds
from mim_desk.desk.shapes import TOTAL_CAP, ContactHit
from mim_desk.domain.search_query import SearchQuery
from mim_desk.domain.search_text import query
from mim_desk.protocol import rows

_NAMED = "LEFT JOIN contacts k ON k.id = m.contact_id"
HITS = f"""
SELECT m.row, coalesce(k.name, '') FROM
(SELECT rowid AS pk FROM message_search WHERE message_search MATCH :match ORDER BY rowid DESC LIMIT :limit) f
JOIN messages m ON m.pk = f.pk {_NAMED} ORDER BY f.pk DESC
"""  # noqa: S608  # our own words
_TOTAL = f"""
SELECT count(*) FROM (SELECT 1 FROM message_search WHERE message_search MATCH :match LIMIT {TOTAL_CAP})
"""  # noqa: S608  # a constant
_CONTACTS = (
    "SELECT k.row FROM (SELECT rowid FROM contact_search WHERE contact_search MATCH ? LIMIT ?) f "
    "JOIN contacts k ON k.pk = f.rowid"
)
_COUNTED = 20_000
"""With more messages than this, hits of filters alone are not counted: that would read every message."""
_SENDERS = 200
"""Contacts that a ``from:`` may mean at most."""
LONGEST_ADDRESS = 32
"""Ids that are longer mean nothing to people."""

_read_message = msgspec.json.Decoder(rows.Message).decode
_read_contact = msgspec.json.Decoder(rows.Contact).decode

Found = tuple[rows.Message, str]
"""A message and its contact's name."""


def messages(connection: Connection, wanted: SearchQuery, names: Names, limit: int) -> tuple[list[Found], int]:
    """The newest messages found, and how many there are, counted up to TOTAL_CAP."""
    match = query(wanted.words)
    if wanted.is_filtered:
        return _narrowed(connection, wanted, match, names, limit)
    if not match:
        return [], 0
    found = _read(connection.execute(HITS, {"match": match, "limit": limit}))
    total = len(found)
    if total == limit:
        total = int(connection.execute(_TOTAL, {"match": match}).fetchone()[0])
    return found, total


def _narrowed(
    connection: Connection, wanted: SearchQuery, match: str, names: Names, limit: int
) -> tuple[list[Found], int]:
    """Words and filters together; with filters alone every message is looked at, newest first."""
    where, values = _conditions(connection, wanted, names)
    source, place = "messages m", "m.pk"
    if match:
        source, place = "message_search s CROSS JOIN messages m ON m.pk = s.rowid", "s.rowid"
        where.insert(0, "s.message_search MATCH :match")
        values["match"] = match
    labelled = "CROSS JOIN conversations c ON c.id = m.conversation_id" if wanted.label else ""
    condition = " AND ".join(where)
    text = f"""
        SELECT m.row, coalesce(k.name, '') FROM {source} {labelled} {_NAMED}
        WHERE {condition} ORDER BY {place} DESC LIMIT :limit
        """  # noqa: S608  # our own words
    found = _read(connection.execute(text, {**values, "limit": limit}))
    if len(found) < limit:
        return found, len(found)
    if not match and connection.execute("SELECT max(pk) FROM messages").fetchone()[0] > _COUNTED:
        return found, TOTAL_CAP
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {source} {labelled} WHERE {condition} LIMIT {TOTAL_CAP})"  # noqa: S608  # the same
    return found, int(connection.execute(counted, values).fetchone()[0])


def _conditions(connection: Connection, wanted: SearchQuery, names: Names) -> tuple[list[str], dict[str, Any]]:
    traits = schema.FILE * wanted.has_file + schema.NOTE * wanted.in_note + schema.INCOMING * bool(wanted.sender)
    where = [f"m.traits & {traits} = {traits}"]
    values: dict[str, Any] = {}
    if wanted.channel:
        inboxes = [id_ for id_, inbox in names.inboxes.items() if inbox.channel.startswith(wanted.channel)]
        where.append("m.inbox_id IN (SELECT value FROM json_each(:inboxes))")
        values["inboxes"] = msgspec.json.encode(inboxes).decode()
    if wanted.sender:
        senders = [hit.contact_id for hit in contacts(connection, wanted.sender, _SENDERS)]
        where.append("m.contact_id IN (SELECT value FROM json_each(:senders))")
        values["senders"] = msgspec.json.encode(senders).decode()
    if wanted.before:
        where.append("m.at_ms < :before")
        values["before"] = milliseconds(wanted.before)
    if wanted.label:
        where.append("instr(lower(c.labels), lower(:label)) > 0")
        values["label"] = LABEL_MARK + wanted.label
    return where, values


def _read(found: Any) -> list[Found]:
    return [(_read_message(row), name) for row, name in found]


def contacts(connection: Connection, words: str, limit: int) -> list[ContactHit]:
    """Contacts whose name, numbers, addresses or fields match."""
    match = query(words)
    if not match:
        return []
    found = [_read_contact(row) for (row,) in connection.execute(_CONTACTS, (match, limit))]
    return [ContactHit(each.id, each.name, _detail(each)) for each in found]


def _detail(contact: rows.Contact) -> str:
    shown = (identity.display for identity in contact.identities if identity.display != identity.external_id)
    known = (each.external_id for each in contact.identities if len(each.external_id) <= LONGEST_ADDRESS)
    return next((each for each in (*shown, *known) if each), "")

"""Searching the cache: newest messages first, contacts beside them."""

import msgspec

from mim_desk.desk.encrypted_file import Connection
from mim_desk.desk.shapes import TOTAL_CAP, ContactHit
from mim_desk.domain.search_text import query
from mim_desk.protocol import rows

HITS = (
    "SELECT m.row, coalesce(k.name, '') FROM "
    "(SELECT rowid FROM message_search WHERE message_search MATCH ? ORDER BY rowid DESC LIMIT ?) f "
    "JOIN messages m ON m.pk = f.rowid LEFT JOIN contacts k ON k.id = m.contact_id"
)
_TOTAL = f"SELECT count(*) FROM (SELECT 1 FROM message_search WHERE message_search MATCH ? LIMIT {TOTAL_CAP})"  # noqa: S608  # a constant
_CONTACTS = (
    "SELECT k.row FROM (SELECT rowid FROM contact_search WHERE contact_search MATCH ? LIMIT ?) f "
    "JOIN contacts k ON k.pk = f.rowid"
)
_read_message = msgspec.json.Decoder(rows.Message).decode
_read_contact = msgspec.json.Decoder(rows.Contact).decode


def messages(connection: Connection, text: str, limit: int) -> list[tuple[rows.Message, str]]:
    """The newest messages found, each with its contact's name."""
    match = query(text)
    if not match:
        return []
    return [(_read_message(row), name) for row, name in connection.execute(HITS, (match, limit))]


def total(connection: Connection, text: str) -> int:
    """How many messages match, counted up to TOTAL_CAP."""
    match = query(text)
    return int(connection.execute(_TOTAL, (match,)).fetchone()[0]) if match else 0


def contacts(connection: Connection, text: str, limit: int) -> list[ContactHit]:
    """Contacts whose name, numbers, addresses or fields match."""
    match = query(text)
    if not match:
        return []
    found = [_read_contact(row) for (row,) in connection.execute(_CONTACTS, (match, limit))]
    return [ContactHit(each.id, each.name, _detail(each)) for each in found]


def _detail(contact: rows.Contact) -> str:
    return next((identity.display or identity.external_id for identity in contact.identities), "")

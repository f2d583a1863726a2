"""Pictures of contacts in the store: a file of its own beside the contact's row, which names it.

Each contact keeps its own, also while it is merged into another: the picture is that of whom the identity is at home with.
"""

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.message import AttachmentState
from mim_desk.hub.store import attachments, contact_facts, contacts, driver, merges
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def is_wanted(conn: Connection, inbox_id: str, external_id: str, source: str) -> bool:
    """Whether the contact is there and has no picture from this source."""
    home = _home(conn, inbox_id, external_id)
    return home is not None and _source(conn, home) != source


def has_picture(conn: Connection, inbox_id: str, external_id: str) -> bool:
    """Whether nobody needs to ask for one."""
    home = _home(conn, inbox_id, external_id)
    return home is None or _source(conn, home) is not None


def keep(unit: Unit, inbox_id: str, external_id: str, file: rows.Attachment, data: bytes, source: str) -> None:
    """Show this picture of a contact instead of the one before, if they still are one."""
    home, shown_id = _home(unit.conn, inbox_id, external_id), contacts.of_identity(unit.conn, inbox_id, external_id)
    if home is None or shown_id is None:
        return
    contact = contacts.locked(unit, shown_id)
    driver.execute(unit.conn, "DELETE FROM attachments WHERE owner = ?", (_owner(home),))
    row = msgspec.structs.replace(file, state=AttachmentState.OK)
    kept = attachments.add(unit, row, data, owner=_owner(home), source=source)
    if merges.own_picture(unit, home, kept):
        kept = contact_facts.shown(merges.branch(unit.conn, shown_id)).avatar or kept
    contacts.save(unit, msgspec.structs.replace(contact, avatar=kept))


def _home(conn: Connection, inbox_id: str, external_id: str) -> str | None:
    """Whose identity it is, whoever stands for them now."""
    return contacts.home_of(conn, inbox_id, external_id) or contacts.of_identity(conn, inbox_id, external_id)


def _owner(contact_id: str) -> str:
    return f"{attachments.OF_CONTACT}{contact_id}"


def _source(conn: Connection, contact_id: str) -> str | None:
    """Where the contact's own picture is from; None without one."""
    found = driver.row(conn, "SELECT source FROM attachments WHERE owner = ? LIMIT 1", (_owner(contact_id),))
    return None if found is None else str(found[0] or "")

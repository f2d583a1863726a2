"""Pictures of contacts in the store: a file of its own beside the contact's row, which names it."""

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.message import AttachmentState
from mim_desk.hub.store import attachments, contacts, driver
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def is_wanted(conn: Connection, inbox_id: str, external_id: str, source: str) -> bool:
    """Whether the contact is there and has no picture from this source."""
    contact = contacts.by_identity(conn, inbox_id, external_id)
    if contact is None:
        return False
    found = driver.row(
        conn, "SELECT source FROM attachments WHERE owner = ? LIMIT 1", (f"{attachments.OF_CONTACT}{contact.id}",)
    )
    return found is None or found[0] != source


def has_picture(conn: Connection, inbox_id: str, external_id: str) -> bool:
    """Whether nobody needs to ask for one."""
    contact = contacts.by_identity(conn, inbox_id, external_id)
    return contact is None or contact.avatar is not None


def keep(unit: Unit, inbox_id: str, external_id: str, file: rows.Attachment, data: bytes, source: str) -> None:
    """Show this picture of a contact instead of the one before, if they still are one."""
    contact_id = contacts.of_identity(unit.conn, inbox_id, external_id)
    if contact_id is None:
        return
    contact = contacts.locked(unit, contact_id)
    driver.execute(unit.conn, "DELETE FROM attachments WHERE owner = ?", (f"{attachments.OF_CONTACT}{contact_id}",))
    row = msgspec.structs.replace(file, state=AttachmentState.OK)
    kept = attachments.add(unit, row, data, owner=f"{attachments.OF_CONTACT}{contact_id}", source=source)
    contacts.save(unit, msgspec.structs.replace(contact, avatar=kept))

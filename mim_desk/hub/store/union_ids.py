"""People whom a network calls by one more id that is the same in all accounts of one owner.

The network itself says that they are one person, so contacts of one brand become one. It is a merge like any other: it
can be undone, and is not made again then. Contacts of two brands are only suggested.
"""

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import contact_merge, contacts, inboxes, match_keys
from mim_desk.hub.store.match_keys import UNION
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def is_known(conn: Connection, inbox_id: str, external_id: str) -> bool:
    """Whether it is known of somebody, or there is nobody to know it of."""
    contact = contacts.by_identity(conn, inbox_id, external_id)
    return contact is None or UNION in contact.fields


def tell(unit: Unit, inbox_id: str, external_id: str, union_id: str) -> None:
    """Note the id, and make one contact of those of the brand that have it."""
    contact = contacts.by_identity(unit.conn, inbox_id, external_id)
    inbox = inboxes.by_id(unit.conn, inbox_id)
    if contact is None or inbox is None or contact.fields.get(UNION) == union_id:
        return
    own = contacts.locked(unit, contact.id)
    contacts.save(unit, msgspec.structs.replace(own, fields={**own.fields, UNION: union_id}))
    for other_id, keys in match_keys.sharing(unit.conn, contact.id).items():
        other = contacts.by_id(unit.conn, other_id)
        if other is not None and keys.get(f"{UNION}:{union_id}") and _has_inbox_of(unit.conn, other, inbox):
            older, newer = sorted((contact.id, other.id))
            contact_merge.merge(unit, newer, older)
            return


def _has_inbox_of(conn: Connection, contact: rows.Contact, inbox: rows.Inbox) -> bool:
    """Whether they wrote to another account of the same network and brand."""
    found = (inboxes.by_id(conn, one.inbox_id) for one in contact.identities)
    return any(
        one is not None and (one.channel, one.brand.id) == (inbox.channel, inbox.brand.id) and one.id != inbox.id
        for one in found
    )

"""What the hub tells of contacts that are, were or may be one person."""

from mim_desk.hub.store import contacts, driver, match_keys, merges
from mim_desk.hub.store.connection import Connection
from mim_desk.protocol import api, rows


def told(conn: Connection, contact_id: str) -> api.ContactMerges:
    """Who went into a contact, and who may be the same person."""
    return api.ContactMerges(_merged(conn, contact_id), _suggested(conn, contact_id))


def _merged(conn: Connection, contact_id: str) -> list[api.MergedContact]:
    contact = contacts.by_id(conn, contact_id)
    if contact is None:
        return []
    homes = {
        (inbox_id, external_id): home
        for inbox_id, external_id, home in driver.rows(
            conn, "SELECT inbox_id, external_id, home FROM identities WHERE contact_id = ?", (contact_id,)
        )
    }
    return [_one(conn, contact, edge, homes) for edge in merges.all_into(conn, contact_id)]


def _one(
    conn: Connection, contact: rows.Contact, edge: merges.Edge, homes: dict[tuple[str, str], str | None]
) -> api.MergedContact:
    everyone = merges.everyone(conn, edge.source_id)
    theirs = [one for one in contact.identities if homes.get((one.inbox_id, one.external_id)) in everyone]
    name = merges.branch(conn, edge.source_id).own.name or next((one.display for one in theirs), "")
    return api.MergedContact(edge.source_id, name, edge.at, edge.by, theirs)


def _suggested(conn: Connection, contact_id: str) -> list[api.MergeSuggestion]:
    contact = contacts.by_id(conn, contact_id)
    if contact is None:
        return []
    found = []
    for other_id, keys in match_keys.sharing(conn, contact.id).items():
        other = contacts.by_id(conn, other_id)
        if other is None or other.id == contact.id:
            continue
        shared = [_shared(key, proven=proven) for key, proven in sorted(keys.items())]
        both = {one.inbox_id for one in contact.identities} & {one.inbox_id for one in other.identities}
        found.append(api.MergeSuggestion(other, shared, sorted(both)))
    return sorted(found, key=lambda one: (bool(one.same_inboxes), not any(key.proven for key in one.shared)))


def _shared(key: str, *, proven: bool) -> api.SharedKey:
    kind, _, value = key.partition(":")
    return api.SharedKey(kind, value, proven)

"""A contact's addresses: where a reply goes, whether something gets through there, and what was told of each."""

from datetime import datetime

import msgspec

from mim_desk.domain import consent
from mim_desk.protocol import rows


def external_id_in(contact: rows.Contact, inbox_id: str) -> str | None:
    """Where a reply through this inbox goes."""
    found = identity_in(contact, inbox_id)
    return found.external_id if found else None


def identity_in(contact: rows.Contact, inbox_id: str) -> rows.Identity | None:
    """The contact's address in an inbox; one that can be written to goes before one that cannot."""
    found = [one for one in contact.identities if one.inbox_id == inbox_id]
    return next((one for one in found if is_open(contact, one)), found[0] if found else None)


def with_identity(contact: rows.Contact, identity: rows.Identity) -> rows.Contact:
    """The contact with one more address."""
    return msgspec.structs.replace(contact, identities=[*contact.identities, identity])


def is_open(contact: rows.Contact, one: rows.Identity) -> bool:
    """Whether something gets through to an address: they did not leave, block us or say stop there."""
    return one.blocked_at is None and consent.stopped(contact.consents, one.inbox_id, one.external_id) is None


def acted_in(contact: rows.Contact | None, inbox_id: str) -> datetime | None:
    """When the contact last did something there by which the channel lets us answer."""
    found = (one.acted_at for one in contact.identities if one.inbox_id == inbox_id) if contact else ()
    return max((at for at in found if at is not None), default=None)


def over_in(contact: rows.Contact | None, inbox_id: str) -> datetime | None:
    """When the contact's last session there ended, on a channel that has sessions."""
    found = (one.over_at for one in contact.identities if one.inbox_id == inbox_id) if contact else ()
    return max((at for at in found if at is not None), default=None)

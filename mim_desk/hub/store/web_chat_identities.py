"""A visitor turns out to be a known customer: the anonymous thread goes over to the customer's contact, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from mim_desk.channels.events import Sender
from mim_desk.hub.store import bulk, contact_merge, contacts
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

CHANNEL = "web_chat"


@dataclass(frozen=True)
class Proven:
    """What a valid proof says; ``identity`` is the customer's external id in the inbox."""

    identity: str
    external_id: str
    name: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def sender(self) -> Sender:
        """The same as a channel tells it."""
        return Sender(self.identity, self.name, self.external_id, verified=True, fields=self.fields)


def join(unit: Unit, inbox_id: str, visitor_identity: str, proven: Proven) -> None:
    """Bring what the visitor wrote unproven to the customer; without any message there is nothing to do yet."""
    visitor = contacts.by_identity(unit.conn, inbox_id, visitor_identity)
    known = contacts.by_identity(unit.conn, inbox_id, proven.identity)
    if known is not None:
        known = contacts.identify(unit, inbox_id, CHANNEL, proven.sender)
        if visitor is not None and visitor.id != known.id:
            contact_merge.merge(unit, visitor.id, known.id)
    elif visitor is not None:
        _name(unit, inbox_id, visitor, proven)


def _name(unit: Unit, inbox_id: str, visitor: rows.Contact, proven: Proven) -> None:
    """The anonymous contact is the customer: it gets the proven identity beside the visitor's."""
    identity = rows.Identity(CHANNEL, inbox_id, proven.identity, proven.external_id, verified=True)
    bulk.insert_identities(unit.conn, [(inbox_id, proven.identity, visitor.id)])
    contacts.save(
        unit,
        msgspec.structs.replace(
            visitor,
            name=proven.name or visitor.name,
            identities=[*visitor.identities, identity],
            fields={**visitor.fields, **proven.fields},
        ),
    )

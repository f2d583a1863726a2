"""Contacts: the customer, identities and consents."""

from typing import Annotated

import msgspec
from litestar import get, patch
from litestar.params import JSONBody

from mim_desk.hub.api.access import AGENT, HubPart
from mim_desk.hub.api.pages import RowId, changed, found
from mim_desk.hub.store import contacts
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

Name = Annotated[str, msgspec.Meta(max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=60)]


class ContactPatch(msgspec.Struct, frozen=True):
    """PATCH /api/v1/contacts/{id}."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    language: Short | msgspec.UnsetType = msgspec.UNSET
    time_zone: Short | msgspec.UnsetType = msgspec.UNSET
    labels: list[Short] | msgspec.UnsetType = msgspec.UNSET


@get("/api/v1/contacts/{contact_id:str}", opt=AGENT, summary="One contact")
async def one_contact(contact_id: RowId, hub: HubPart) -> rows.Contact:
    """The contact; of a merged one the contact it went into."""
    return found(await hub.store.read(lambda conn: contacts.by_id(conn, contact_id)), "contact")


@patch("/api/v1/contacts/{contact_id:str}", opt=AGENT, summary="Change what people know of a contact")
async def change_contact(contact_id: RowId, data: JSONBody[ContactPatch], hub: HubPart) -> rows.Contact:
    """The contact with its changes."""

    def work(unit: Unit) -> rows.Contact:
        return contacts.save(unit, changed(contacts.locked(unit, contact_id), data))

    return await hub.store.writer.run(work)


HANDLERS = [one_contact, change_contact]

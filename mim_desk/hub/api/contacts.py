"""Contacts: the customer, identities and consents."""

from typing import Annotated

import msgspec
from litestar import get, patch, post
from litestar.params import JSONBody

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.pages import RowId, changed, found
from mim_desk.hub.auth import Principal
from mim_desk.hub.store import contact_merge, contacts, conversations
from mim_desk.hub.store.unit import Unit
from mim_desk.hub.visibility import sees
from mim_desk.protocol import rows

Name = Annotated[str, msgspec.Meta(max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=60)]


class ContactPatch(msgspec.Struct, frozen=True):
    """PATCH /api/v1/contacts/{id}."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    language: Short | msgspec.UnsetType = msgspec.UNSET
    time_zone: Short | msgspec.UnsetType = msgspec.UNSET
    labels: Annotated[list[Short], msgspec.Meta(max_length=50)] | msgspec.UnsetType = msgspec.UNSET


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


class Merge(msgspec.Struct, frozen=True):
    """POST /api/v1/contacts/{id}/merge."""

    contact_id: str
    """The other contact; it goes into the one of the address."""


@post("/api/v1/contacts/{contact_id:str}/merge", opt=AGENT, status_code=200, summary="Two contacts are one person")
async def merge_contacts(contact_id: RowId, data: JSONBody[Merge], hub: HubPart, caller: Caller) -> rows.Contact:
    """Identities, conversations and messages of the other contact go over; nothing is lost."""
    if data.contact_id == contact_id:
        raise Refusal("invalid", "A contact cannot be merged with itself.", "contact_id")

    def work(unit: Unit) -> rows.Contact:
        target = found(contacts.by_id(unit.conn, contact_id), "contact")
        source = found(contacts.by_id(unit.conn, data.contact_id), "contact")
        if source.id == target.id:
            return target
        for one in (target, source):
            _check_sight(unit, one, caller)
        return contact_merge.merge(unit, source.id, target.id)

    return await hub.store.writer.run(work)


def _check_sight(unit: Unit, contact: rows.Contact, caller: Principal) -> None:
    every = conversations.of_contact(unit.conn, contact.id)
    if not all(sees(caller, conversations.audience(row)) for row in every):
        raise Refusal("forbidden", "Another team owns a conversation of this contact. Ask a supervisor.")


HANDLERS = [one_contact, change_contact, merge_contacts]

"""Contacts: the customer, identities and consents."""

import msgspec
from litestar import get, patch, post
from litestar.params import JSONBody

from mim_desk.domain.refusal import Refusal
from mim_desk.hub import merging
from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.pages import RowId, changed, found
from mim_desk.hub.auth import Principal
from mim_desk.hub.store import consents, contact_merge, contact_split, contacts, conversations, match_keys, merges
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.unit import Unit
from mim_desk.hub.visibility import sees
from mim_desk.protocol import api, rows


@get("/api/v1/contacts/{contact_id:str}", opt=AGENT, summary="One contact")
async def one_contact(contact_id: RowId, hub: HubPart) -> rows.Contact:
    """The contact; of a merged one the contact it went into."""
    return found(await hub.store.read(lambda conn: contacts.by_id(conn, contact_id)), "contact")


@patch("/api/v1/contacts/{contact_id:str}", opt=AGENT, summary="Change what people know of a contact")
async def change_contact(contact_id: RowId, data: JSONBody[api.ContactPatch], hub: HubPart) -> rows.Contact:
    """The contact with its changes."""

    def work(unit: Unit) -> rows.Contact:
        was = contacts.locked(unit, found(contacts.by_id(unit.conn, contact_id), "contact").id)
        given = msgspec.structs.replace(data, fields=_fields(was, data.fields or {}))
        return contacts.save(unit, changed(was, given))

    return await hub.store.writer.run(work)


def _fields(was: rows.Contact, given: dict[str, str]) -> dict[str, str]:
    """What people change of the fields; an empty value takes one away."""
    told = {**was.fields, **{name.strip(): value.strip() for name, value in given.items() if name.strip()}}
    return {name: value for name, value in told.items() if value or name not in given}


@get("/api/v1/contacts/{contact_id:str}/consents", opt=AGENT, summary="What a contact wants to be sent")
async def contact_consents(contact_id: RowId, hub: HubPart) -> api.ContactConsents:
    """What counts, and every statement that led to it."""

    def query(conn: Connection) -> api.ContactConsents:
        contact = found(contacts.by_id(conn, contact_id), "contact")
        return api.ContactConsents(contact.consents, consents.ledger(conn, contact.id))

    return await hub.store.read(query)


@post("/api/v1/contacts/{contact_id:str}/consents", opt=AGENT, status_code=200, summary="Note what a contact wants")
async def note_consent(contact_id: RowId, data: JSONBody[api.NewConsent], hub: HubPart, caller: Caller) -> rows.Contact:
    """What the contact told an agent; what they said themselves to the channel is theirs to take back."""
    if not data.reason.strip():
        raise Refusal("invalid", "Say how you know: who told you, and when.", "reason")

    def work(unit: Unit) -> rows.Contact:
        was = contacts.locked(unit, found(contacts.by_id(unit.conn, contact_id), "contact").id)
        _check_sight(unit.conn, was.id, caller)
        return consents.note_by_agent(unit, was, data, caller.agent_id)

    return await hub.store.writer.run(work)


@get("/api/v1/contacts/{contact_id:str}/merges", opt=AGENT, summary="Who went into it, who may be the same person")
async def contact_merges(contact_id: RowId, hub: HubPart, caller: Caller) -> api.ContactMerges:
    """Merges that can be undone, and suggestions: nothing is ever merged by a shared number or address alone."""

    def query(conn: Connection) -> api.ContactMerges:
        contact = found(contacts.by_id(conn, contact_id), "contact")
        told = merging.told(conn, contact.id)
        seen = [one for one in told.suggestions if _is_in_sight(conn, one.contact.id, caller)]
        return msgspec.structs.replace(told, suggestions=seen)

    return await hub.store.read(query)


@post("/api/v1/contacts/{contact_id:str}/merge", opt=AGENT, status_code=200, summary="Two contacts are one person")
async def merge_contacts(contact_id: RowId, data: JSONBody[api.Merge], hub: HubPart, caller: Caller) -> rows.Contact:
    """Identities, conversations and messages of the other contact go over; nothing is lost, all can be undone."""
    if data.contact_id == contact_id:
        raise Refusal("invalid", "A contact cannot be merged with itself.", "contact_id")

    def work(unit: Unit) -> rows.Contact:
        target = found(contacts.by_id(unit.conn, contact_id), "contact")
        source = found(contacts.by_id(unit.conn, data.contact_id), "contact")
        if source.id == target.id:
            return target
        for one in (target, source):
            _check_sight(unit.conn, one.id, caller)
        return contact_merge.merge(unit, source.id, target.id, data.survivors, caller.agent_id)

    return await hub.store.writer.run(work)


@post("/api/v1/contacts/{contact_id:str}/unmerge", opt=AGENT, status_code=200, summary="Undo a merge")
async def unmerge_contacts(
    contact_id: RowId, data: JSONBody[api.OtherContact], hub: HubPart, caller: Caller
) -> api.Unmerged:
    """Each has again what is its own, also what came in after the merge."""

    def work(unit: Unit) -> api.Unmerged:
        target = found(contacts.by_id(unit.conn, contact_id), "contact")
        if merges.root(unit.conn, data.contact_id) != target.id:
            raise Refusal("not-merged", "This contact was not merged, or the merge is undone already.", "contact_id")
        _check_sight(unit.conn, target.id, caller)
        return api.Unmerged(*contact_split.unmerge(unit, data.contact_id))

    return await hub.store.writer.run(work)


@post("/api/v1/contacts/{contact_id:str}/not-same", opt=AGENT, status_code=204, summary="Two contacts are two people")
async def tell_apart(contact_id: RowId, data: JSONBody[api.OtherContact], hub: HubPart) -> None:
    """They are not suggested again."""

    def work(unit: Unit) -> None:
        for one in (contact_id, data.contact_id):
            found(contacts.by_id(unit.conn, one), "contact")
        match_keys.tell_apart(unit, contact_id, data.contact_id)

    await hub.store.writer.run(work)


def _is_in_sight(conn: Connection, contact_id: str, caller: Principal) -> bool:
    every = conversations.of_contact(conn, contact_id)
    return all(sees(caller, conversations.audience(row)) for row in every)


def _check_sight(conn: Connection, contact_id: str, caller: Principal) -> None:
    if not _is_in_sight(conn, contact_id, caller):
        raise Refusal("forbidden", "Another team owns a conversation of this contact. Ask a supervisor.")


HANDLERS = [
    one_contact,
    change_contact,
    contact_consents,
    note_consent,
    contact_merges,
    merge_contacts,
    unmerge_contacts,
    tell_apart,
]

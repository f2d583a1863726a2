"""What contacts want to be sent: a ledger to which is only added, and what counts of it in the contact's row.

What was said of an address goes with that address, what was said of the whole contact stays with the contact who said
it: so a merge joins both, and an un-merge gives each their own back.
"""

import msgspec
from sqlalchemy import Connection

from mim_desk.channels.base import Unwanted
from mim_desk.channels.events import ConsentChanged, ReachChanged
from mim_desk.domain import consent
from mim_desk.domain.consent import THEIR_OWN, Source
from mim_desk.domain.conversation import Status
from mim_desk.domain.message import Activity, AuthorType, clean_text
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import contacts, conversation_rows, driver, ids, inboxes, merges, message_rows
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

_decoder = msgspec.json.Decoder(rows.Consent)


def ledger(conn: Connection, contact_id: str) -> list[rows.Consent]:
    """All that was ever said, the newest first."""
    said = [*_of_addresses(conn, contact_id), *(one for each in _of_people(conn, contact_id) for one in each)]
    return sorted(said, key=lambda one: one.at, reverse=True)


def shown(conn: Connection, contact_id: str) -> list[rows.Consent]:
    """What counts now."""
    return consent.joined([_of_addresses(conn, contact_id), *_of_people(conn, contact_id)])


def _of_addresses(conn: Connection, contact_id: str) -> list[rows.Consent]:
    found = driver.rows(
        conn,
        "SELECT c.row, c.inbox_id, c.external_id FROM consents c JOIN identities i"
        " ON i.inbox_id = c.inbox_id AND i.external_id = c.external_id WHERE i.contact_id = ? ORDER BY c.id",
        (contact_id,),
    )
    return [_read(*one) for one in found]


def _of_people(conn: Connection, contact_id: str) -> list[list[rows.Consent]]:
    """What was said of the whole contact, apart for each who went into it."""
    text = "SELECT row, inbox_id, external_id FROM consents WHERE contact_id = ? AND external_id = '' ORDER BY id"
    return [
        [_read(*one) for one in driver.rows(conn, text, (who,))] for who in sorted(merges.everyone(conn, contact_id))
    ]


def _read(row: bytes, inbox_id: str, external_id: str) -> rows.Consent:
    """An address may be called otherwise since."""
    return msgspec.structs.replace(_decoder.decode(row), inbox_id=inbox_id, external_id=external_id)


def joined(conn: Connection, contact: rows.Contact) -> rows.Contact:
    """The contact with what counts for all that it is made of now."""
    return msgspec.structs.replace(contact, consents=shown(conn, contact.id))


def hear(unit: Unit, inbox_id: str, channel: str, event: ConsentChanged) -> None:
    """Note what a contact said there; of somebody unknown there is nothing to note."""
    contact = contacts.by_identity(unit.conn, inbox_id, event.sender.external_id)
    if contact is None:
        return
    told = rows.Consent(
        channel,
        event.purpose,
        event.granted,
        whole_ms(event.at),
        event.source,
        inbox_id,
        event.sender.external_id,
        evidence=event.evidence,
        blocks=event.blocks and not event.granted,
    )
    note(unit, contact, told)


def hear_reach(unit: Unit, inbox_id: str, channel: str, event: ReachChanged) -> None:
    """Who subscribes or blocks us says whether they want messages."""
    if event.by_choice:
        said = ConsentChanged(event.sender, event.at, event.can_reach, source=Source.PROVIDER)
        hear(unit, inbox_id, channel, said)


def withdrawn_at_provider(unit: Unit, message: rows.Message, said: Unwanted, evidence: str) -> None:
    """A reply was refused since the contact does not want it: the provider knows a word that we may never have seen."""
    contact = contacts.by_id(unit.conn, message.contact_id)
    there = contacts.identity_written_to(unit.conn, contact, message) if contact else None
    if contact is None or there is None:
        return
    told = rows.Consent(
        there.channel,
        said.purpose,
        granted=False,
        at=whole_ms(unit.now),
        source=Source.PROVIDER,
        inbox_id=there.inbox_id,
        external_id=there.external_id,
        evidence=evidence,
        blocks=said.blocks,
    )
    note(unit, contact, told)


def note_by_agent(unit: Unit, contact: rows.Contact, new: api.NewConsent, agent_id: str) -> rows.Contact:
    """Note what an agent was told; nobody here overrules what the contact said themselves."""
    for channel, inbox_id, external_id in _addresses(contact, new.inbox_id):
        told = rows.Consent(
            channel,
            new.purpose.strip(),
            new.granted,
            whole_ms(unit.now),
            Source.AGENT,
            inbox_id,
            external_id,
            by=agent_id,
            reason=clean_text(new.reason),
        )
        known = _standing(contact, told)
        if told.granted and known is not None and not known.granted and known.source in THEIR_OWN:
            _check_wrote_since(unit, contact, known)
        contact = note(unit, contact, told, rows.Author(AuthorType.AGENT, agent_id))
    return contact


def _addresses(contact: rows.Contact, inbox_id: str) -> list[tuple[str, str, str]]:
    """The contact's addresses in an inbox; without one, the contact as a whole."""
    if not inbox_id:
        return [("", "", "")]
    found = [(one.channel, one.inbox_id, one.external_id) for one in contact.identities if one.inbox_id == inbox_id]
    if not found:
        raise Refusal("no-identity", "The contact has no address in this inbox. Choose another one.", "inbox_id")
    return found


def _check_wrote_since(unit: Unit, contact: rows.Contact, known: rows.Consent) -> None:
    if not contacts.wrote_since(unit.conn, contact.id, known.inbox_id, known.at):
        told = "They said stop themselves. Only they can take it back: wait until they write again."
        raise Refusal("their-own-word", told, "granted")


def note(unit: Unit, contact: rows.Contact, told: rows.Consent, author: rows.Author | None = None) -> rows.Contact:
    """Add to the ledger and show what counts then; told again, or late, it changes nothing."""
    if any(_is_same(one, told) for one in ledger(unit.conn, contact.id)):
        return contact
    driver.execute(
        unit.conn,
        "INSERT INTO consents (id, contact_id, inbox_id, external_id, row) VALUES (?, ?, ?, ?, ?)",
        (ids.new_id(unit.now), contact.id, told.inbox_id, told.external_id, msgspec.json.encode(told)),
    )
    was, now = _standing(contact, told), joined(unit.conn, contact)
    if now.consents == contact.consents:
        return contact
    if author is not None or not told.granted or was is not None:
        _say(unit, contact, told, author)
    return contacts.save(unit, now)


def _is_same(known: rows.Consent, told: rows.Consent) -> bool:
    if _about(known) != _about(told):
        return False
    if told.evidence and known.evidence == told.evidence:
        return True
    return (known.at, known.granted, known.blocks) == (told.at, told.granted, told.blocks)


def _about(one: rows.Consent) -> tuple[str, str, str]:
    return one.inbox_id, one.external_id, one.purpose


def _standing(contact: rows.Contact, told: rows.Consent) -> rows.Consent | None:
    return next((one for one in contact.consents if _about(one) == _about(told)), None)


def _say(unit: Unit, contact: rows.Contact, told: rows.Consent, author: rows.Author | None) -> None:
    """A system line in the contact's newest conversation."""
    every = conversation_rows.of_contact(unit.conn, contact.id)
    newest = next((one for one in every if one.status is not Status.RESOLVED or one.last_message), None)
    if newest is None:
        return
    inbox = inboxes.by_id(unit.conn, told.inbox_id) if told.inbox_id else None
    details = {"purpose": told.purpose, "inbox": inbox.name if inbox else "", "reason": told.reason}
    said = Activity.CONSENT_GIVEN if told.granted else Activity.CONSENT_WITHDRAWN
    by = author or rows.Author(AuthorType.CONTACT, contact.id)
    message_rows.add_line(unit, newest, said, by, details)


def refuse_stopped(contact: rows.Contact, inbox: rows.Inbox, external_id: str) -> None:
    """A Refusal where the contact said stop and nothing gets through, not even an answer."""
    if consent.stopped(contact.consents, inbox.id, external_id) is not None:
        raise Refusal(
            "consent-withdrawn",
            f"This contact said stop in {inbox.name}. Nothing reaches them there until they ask for messages again."
            " Answer through another inbox.",
            "inbox_id",
        )


def refuse_unwanted(contact: rows.Contact, inbox: rows.Inbox, external_id: str, purpose: str) -> None:
    """A Refusal for what nobody asked for, where they want nothing of the kind."""
    if consent.unwanted(contact.consents, inbox.id, external_id, purpose) is not None:
        told = f"This contact wants no {purpose} messages in {inbox.name}. Send something else or nothing."
        raise Refusal("consent-withdrawn", told, "template.name")

"""Contacts and their identities: known by what a channel calls them, joined by people or by proof."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.channels.events import ReachChanged, Sender
from mim_desk.domain import consent
from mim_desk.hub.store import addresses, bulk, driver, ids, match_keys, plain_rows
from mim_desk.hub.store.bulk import Key
from mim_desk.hub.store.times import ms, whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_decoder = msgspec.json.Decoder(rows.Contact)


def by_id(conn: Connection, contact_id: str) -> rows.Contact | None:
    """One contact; of a merged one the contact it went into."""
    found = driver.row(conn, "SELECT row, merged_into FROM contacts WHERE id = ?", (contact_id,))
    if found is not None and found[1] is not None:
        return by_id(conn, found[1])
    return None if found is None else _decoder.decode(found[0])


def by_identity(conn: Connection, inbox_id: str, external_id: str) -> rows.Contact | None:
    """The contact behind an identity."""
    return bulk.contacts_of(conn, [(inbox_id, external_id)]).get((inbox_id, external_id))


def of_identity(conn: Connection, inbox_id: str, external_id: str) -> str | None:
    """The id of the contact behind an identity."""
    text = "SELECT contact_id FROM identities WHERE inbox_id = ? AND external_id = ?"
    found = driver.row(conn, text, (inbox_id, external_id))
    return None if found is None else found[0]


def identity_written_to(conn: Connection, contact: rows.Contact, message: rows.Message) -> rows.Identity | None:
    """Where a reply goes: of several addresses in an inbox to the one that wrote last in the conversation."""
    here = [one for one in contact.identities if one.inbox_id == message.inbox_id]
    if len(here) < 2:
        return here[0] if here else None
    found = driver.row(
        conn,
        "SELECT home FROM messages WHERE conversation_id = ? AND inbox_id = ? AND kind = 'incoming'"
        " ORDER BY occurred_at DESC, n DESC LIMIT 1",
        (message.conversation_id, message.inbox_id),
    )
    home = (found[0] if found else None) or contact.id
    last = [one for one in here if (home_of(conn, one.inbox_id, one.external_id) or contact.id) == home]
    return next((one for one in (*last, *here) if addresses.is_open(contact, one)), here[0])


def identify(unit: Unit, inbox_id: str, channel: str, sender: Sender) -> rows.Contact:
    """The contact behind an identity, made or brought up to date by what the channel tells of it."""
    arriving = Arriving(unit, known_as(unit.conn, [(inbox_id, sender)]))
    contact = arriving.of(inbox_id, channel, sender)
    arriving.write()
    return contact


def tell_reach(unit: Unit, inbox_id: str, channel: str, event: ReachChanged) -> None:
    """Note whether the contact can be written to there; who left and never wrote is not made a contact for it."""
    sender, at = event.sender, whole_ms(event.at)
    if not (event.can_reach or sender.fields or of_identity(unit.conn, inbox_id, sender.external_id)):
        return
    contact = identify(unit, inbox_id, channel, sender)
    if not event.can_reach and (
        wrote_since(unit.conn, contact.id, inbox_id, at) or _came_back_since(contact, inbox_id, sender, at)
    ):
        return  # told late: who wrote or came back after it can be answered
    told = _reached(contact, inbox_id, sender, at) if event.can_reach else _left(contact, inbox_id, sender, at)
    if told is not contact:
        save(unit, told)


def _came_back_since(contact: rows.Contact, inbox_id: str, sender: Sender, at: datetime) -> bool:
    """Whether the network told already that they subscribed after this moment."""
    return any(
        (one.inbox_id, one.external_id) == (inbox_id, sender.external_id)
        and one.granted
        and one.purpose == consent.Purpose.MESSAGES
        and one.source == consent.Source.PROVIDER
        and one.at > at
        for one in contact.consents
    )


def tell_tool(unit: Unit, inbox_id: str, external_id: str, at: datetime, *, ours: bool) -> None:
    """Note whether another tool of the brand has the contact's chat there; what was told late changes nothing."""
    when = min(whole_ms(at), whole_ms(unit.now))
    _change(unit, inbox_id, external_id, lambda one: _with_tool(one, when, ours=ours))


def acted(unit: Unit, inbox_id: str, external_id: str, at: datetime) -> rows.Contact | None:
    """Note that the contact did something by which the channel lets us answer; the contact, if there is one."""
    return _change(unit, inbox_id, external_id, lambda one: _acted(one, at))


def session_over(unit: Unit, inbox_id: str, external_id: str, at: datetime) -> rows.Contact | None:
    """Note that the contact's session is over; the contact, if there is one, and they did not write since."""
    contact_id = of_identity(unit.conn, inbox_id, external_id)
    if not contact_id or wrote_since(unit.conn, contact_id, inbox_id, at):
        return None
    return _change(unit, inbox_id, external_id, lambda one: _over(one, at))


def _over(one: rows.Identity, at: datetime) -> rows.Identity:
    return one if one.over_at is not None and one.over_at >= at else msgspec.structs.replace(one, over_at=at)


def _acted(one: rows.Identity, at: datetime) -> rows.Identity:
    return one if one.acted_at is not None and one.acted_at >= at else msgspec.structs.replace(one, acted_at=at)


def _with_tool(one: rows.Identity, at: datetime, *, ours: bool) -> rows.Identity:
    if one.other_tool_at is not None and one.other_tool_at > at:
        return one
    return msgspec.structs.replace(one, other_tool=not ours, other_tool_at=at)


def _change(
    unit: Unit, inbox_id: str, external_id: str, changed: Callable[[rows.Identity], rows.Identity]
) -> rows.Contact | None:
    contact = by_identity(unit.conn, inbox_id, external_id)
    if contact is None:
        return None
    told = _with(contact, inbox_id, external_id, changed)
    return contact if told is contact else save(unit, told)


def rename(unit: Unit, inbox_id: str, channel: str, sender: Sender) -> None:
    """Let a contact, known by an id of before, be reached by the one the channel uses now."""
    if known_as(unit.conn, [(inbox_id, sender)]):
        identify(unit, inbox_id, channel, sender)


def is_nameless(conn: Connection, inbox_id: str, external_id: str, stand_in: str = "") -> bool:
    """Whether somebody is known there, but by nothing else than the id, or by a word of ours that stands for a name."""
    contact = by_identity(conn, inbox_id, external_id)
    key, none = (inbox_id, external_id), (external_id, stand_in)
    return contact is not None and any(
        (one.inbox_id, one.external_id) == key and one.display in none for one in contact.identities
    )


def tell_name(unit: Unit, inbox_id: str, channel: str, sender: Sender) -> None:
    """Note what the network calls a contact, if they still are one; a name that people gave stays."""
    if of_identity(unit.conn, inbox_id, sender.external_id):
        identify(unit, inbox_id, channel, sender)


def known_as(conn: Connection, senders: Iterable[tuple[str, Sender]]) -> dict[Key, tuple[rows.Contact, str]]:
    """The contacts behind the ids of these people, each in an inbox, and whose each was before a merge."""
    return bulk.with_homes(
        conn, ((inbox_id, one) for inbox_id, who in senders for one in (who.external_id, *who.formerly))
    )


def home_of(conn: Connection, inbox_id: str, external_id: str) -> str | None:
    """Whose an identity was before contacts were merged; None for its own contact's."""
    text = "SELECT home FROM identities WHERE inbox_id = ? AND external_id = ?"
    found = driver.row(conn, text, (inbox_id, external_id))
    return found[0] if found else None


def wrote_since(conn: Connection, contact_id: str, inbox_id: str, at: datetime) -> bool:
    """Whether the contact wrote in an inbox after a moment."""
    text = (
        "SELECT 1 FROM conversations c JOIN messages m ON m.conversation_id = c.id WHERE c.contact_id = ?"
        " AND m.inbox_id || '' = ? AND m.kind = 'incoming' AND m.occurred_at > ? LIMIT 1"
    )
    return driver.row(conn, text, (contact_id, inbox_id, ms(at))) is not None


def locked(unit: Unit, contact_id: str) -> rows.Contact:
    """One contact that nobody else changes until the commit; a Refusal when it is not there."""
    lock = "" if driver.is_sqlite(unit.conn) else " FOR UPDATE"
    found = driver.row(unit.conn, f"SELECT row FROM contacts WHERE id = ?{lock}", (contact_id,))  # noqa: S608
    if found is None:
        raise plain_rows.missing("contact")
    return _decoder.decode(found[0])


def save(unit: Unit, contact: rows.Contact) -> rows.Contact:
    """Store a changed contact with the next version and log it."""
    contact = msgspec.structs.replace(contact, version=contact.version + 1)
    bulk.update_contacts(unit.conn, [(contact, unit.append("contact", contact))])
    match_keys.index(unit, contact)
    return contact


class Arriving:
    """The contacts of arriving messages: known ones by identity, new ones made once, changes stored together."""

    def __init__(self, unit: Unit, known: Mapping[Key, tuple[rows.Contact, str]]) -> None:
        self._unit = unit
        self._by_identity: dict[Key, str] = {key: contact.id for key, (contact, _) in known.items()}
        self._contacts: dict[str, rows.Contact] = {contact.id: contact for contact, _ in known.values()}
        self._homes = {key: home for key, (_, home) in known.items() if home}
        self._new: list[tuple[str, str, str]] = []
        self._new_ids: list[tuple[str, str, str]] = []
        self._changed: set[str] = set()

    def of(self, inbox_id: str, channel: str, sender: Sender, wrote_at: datetime | None = None) -> rows.Contact:
        """The contact behind an identity; who writes can be answered."""
        key = (inbox_id, sender.external_id)
        contact_id = self._by_identity.get(key) or self._renamed(key, channel, sender)
        if contact_id is None:
            return self._made(key, channel, sender)
        contact = self._contacts[contact_id]
        told = _told(contact, inbox_id, channel, sender)
        if wrote_at is not None:
            told = _reached(told, inbox_id, sender, wrote_at)
        if told is not contact and told != contact:
            self._contacts[contact_id] = told
            self._changed.add(contact_id)
        return told

    def home(self, inbox_id: str, sender: Sender) -> str | None:
        """Whose the sender's messages were if no contacts had been merged; None for the contact's own."""
        if not self._homes:
            return None
        ids = (sender.external_id, *sender.formerly)
        return next((self._homes[inbox_id, one] for one in ids if (inbox_id, one) in self._homes), None)

    def _renamed(self, key: Key, channel: str, sender: Sender) -> str | None:
        """The contact known so far by another id of the sender; this one takes its place."""
        inbox_id = key[0]
        old = next((one for one in sender.formerly if (inbox_id, one) in self._by_identity), None)
        if old is None:
            return None
        contact_id = self._by_identity[key] = self._by_identity.pop((inbox_id, old))
        contact, identity = self._contacts[contact_id], _identity(inbox_id, channel, sender)
        identities = [
            _moved(one, identity) if (one.inbox_id, one.external_id) == (inbox_id, old) else one
            for one in contact.identities
        ]
        consents = [
            msgspec.structs.replace(one, external_id=sender.external_id)
            if (one.inbox_id, one.external_id) == (inbox_id, old)
            else one
            for one in contact.consents
        ]
        self._contacts[contact_id] = msgspec.structs.replace(contact, identities=identities, consents=consents)
        self._changed.add(contact_id)
        stored_as = (inbox_id, old, contact_id)
        if stored_as in self._new:
            self._new[self._new.index(stored_as)] = (*key, contact_id)
        else:
            self._new_ids.append((sender.external_id, inbox_id, old))
        return contact_id

    def _made(self, key: Key, channel: str, sender: Sender) -> rows.Contact:
        contact = rows.Contact(
            id=ids.new_id(self._unit.now),
            name=sender.name or sender.display or sender.stand_in,
            created_at=whole_ms(self._unit.now),
            language=sender.language,
            time_zone=sender.time_zone,
            identities=[_identity(key[0], channel, sender)],
            fields=dict(sender.fields),
        )
        self._by_identity[key] = contact.id
        self._contacts[contact.id] = contact
        self._new.append((*key, contact.id))
        return contact

    def write(self) -> None:
        """Store and log what is new or changed."""
        new = [self._contacts[contact_id] for _, _, contact_id in self._new]
        bulk.insert_contacts(self._unit.conn, [(one, self._unit.append("contact", one, fresh=True)) for one in new])
        for one in new:
            if match_keys.may_have_keys(one):
                match_keys.index(self._unit, one)
        for table in ("identities", "consents"):
            rename = f"UPDATE {table} SET external_id = ? WHERE inbox_id = ? AND external_id = ?"  # noqa: S608  # constants
            driver.execute_many(self._unit.conn, rename, self._new_ids)
        bulk.insert_identities(self._unit.conn, self._new)
        for contact_id in self._changed.difference(one.id for one in new):
            save(self._unit, self._contacts[contact_id])


def _moved(was: rows.Identity, now: rows.Identity) -> rows.Identity:
    """``now`` with what was told of the chat under the id before."""
    return msgspec.structs.replace(
        now,
        other_tool=was.other_tool,
        other_tool_at=was.other_tool_at,
        acted_at=was.acted_at,
        over_at=was.over_at,
    )


def _identity(inbox_id: str, channel: str, sender: Sender) -> rows.Identity:
    return rows.Identity(channel, inbox_id, sender.external_id, _shown(sender), sender.verified)


def _shown(sender: Sender) -> str:
    return sender.display or sender.name or sender.stand_in or sender.external_id


def _told(contact: rows.Contact, inbox_id: str, channel: str, sender: Sender) -> rows.Contact:
    """``contact`` with what the channel tells now; what it does not tell stays, so does a name people gave."""
    if _says_nothing_new(contact, inbox_id, sender):
        return contact
    identity = _identity(inbox_id, channel, sender)
    identities = [
        _merged(one, identity, sender.stand_in)
        if (one.inbox_id, one.external_id) == (inbox_id, sender.external_id)
        else one
        for one in contact.identities
    ]
    given = contact.name if contact.name != sender.stand_in else ""
    return msgspec.structs.replace(
        contact,
        name=given or sender.name or contact.name,
        language=contact.language or sender.language,
        time_zone=contact.time_zone or sender.time_zone,
        identities=identities,
        fields={**contact.fields, **sender.fields} if sender.fields else contact.fields,
    )


def _reached(contact: rows.Contact, inbox_id: str, sender: Sender, at: datetime) -> rows.Contact:
    """``contact`` that can be written to there since ``at``, the same object when nothing stood against it."""

    def reached(one: rows.Identity) -> rows.Identity:
        if one.blocked_at is not None and one.blocked_at <= at:
            one = msgspec.structs.replace(one, blocked_at=None)
        return _with_tool(one, at, ours=True) if one.other_tool else one

    return _with(contact, inbox_id, sender.external_id, reached)


def _left(contact: rows.Contact, inbox_id: str, sender: Sender, at: datetime) -> rows.Contact:
    return _with(
        contact,
        inbox_id,
        sender.external_id,
        lambda one: one if one.blocked_at is not None else msgspec.structs.replace(one, blocked_at=at),
    )


def _with(
    contact: rows.Contact, inbox_id: str, external_id: str, changed: Callable[[rows.Identity], rows.Identity]
) -> rows.Contact:
    """``contact`` with this identity changed, the same object when it stays as it is."""
    for place, one in enumerate(contact.identities):
        if (one.inbox_id, one.external_id) == (inbox_id, external_id):
            told = changed(one)
            if told is one:
                return contact
            identities = [*contact.identities[:place], told, *contact.identities[place + 1 :]]
            return msgspec.structs.replace(contact, identities=identities)
    return contact


def _says_nothing_new(contact: rows.Contact, inbox_id: str, sender: Sender) -> bool:
    """Whether a look at what mostly stays the same is enough."""
    if sender.fields or sender.language or sender.time_zone or not contact.name:
        return False
    shown = _shown(sender)
    return any(
        one.external_id == sender.external_id
        and one.inbox_id == inbox_id
        and one.display == shown
        and one.verified >= sender.verified
        for one in contact.identities
    )


def _merged(known: rows.Identity, told: rows.Identity, stand_in: str) -> rows.Identity:
    shown = told.display if told.display not in (told.external_id, stand_in) else known.display
    return msgspec.structs.replace(known, display=shown, verified=known.verified or told.verified)

"""A reply that can never arrive in its inbox goes by another one that the inbox's settings name: once, and shown as such."""

from typing import Final
from uuid import UUID, uuid5

from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.buttons import in_words
from mim_desk.domain.message import Activity, DeliveryStatus, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import carrying
from mim_desk.hub.store import addresses, bulk, contacts, conversation_rows, driver, inboxes, message_rows, replies
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

SETTING: Final = "fallback_inbox"
_KEYS: Final = UUID("5b0d7f0c-9f7e-4b53-9a0e-6f2f6f1f9c11")


def send(unit: Unit, message_id: str) -> None:
    """Send a failed reply by the other inbox, unless that was done, or nobody can be reached there."""
    message = message_rows.by_id(unit.conn, message_id)
    if message is None or not _is_lost(unit.conn, message):
        return
    other = _other_inbox(unit.conn, message)
    contact = contacts.by_id(unit.conn, message.contact_id)
    if other is None or contact is None or not _address(unit, contact, message, other):
        return
    text = in_words(message.text, carrying.plain(message.buttons))
    new = api.NewMessage(str(uuid5(_KEYS, message.id)), text=text, inbox_id=other.id)
    try:
        carrying.check(unit.conn, other, new)
        added = replies.add_reply(
            unit, message.conversation_id, new, message.author, keyed=ADAPTERS[other.channel].keyed
        )
    except Refusal:
        return  # they said stop there, or it is too long for it: the reply stays failed, for the agent to see
    if added.is_new:
        conversation = conversation_rows.locked(unit, message.conversation_id)
        details = {"inbox": other.name, "message_id": new.id, "instead_of": message.id}
        message_rows.add_line(unit, conversation, Activity.SENT_ELSEWHERE, details=details)


def _is_lost(conn: Connection, message: rows.Message) -> bool:
    """Whether nothing of it arrived; a reply in several parts may have in part, and files go nowhere else."""
    if message.kind is not MessageKind.REPLY or message.attachments or not message.text or message.deleted_at:
        return False
    if message.delivery is None or message.delivery.status is not DeliveryStatus.FAILED:
        return False
    return len(message_rows.external_ids(conn, message)) < 2


def _other_inbox(conn: Connection, message: rows.Message) -> rows.Inbox | None:
    """The inbox that the settings name, by its id or its name."""
    inbox = inboxes.by_id(conn, message.inbox_id)
    named = str(inbox.settings.get(SETTING) or "").strip() if inbox else ""
    if not named:
        return None
    found = (one for one in inboxes.everything(conn) if named in (one.id, one.name) and one.id != message.inbox_id)
    return next((one for one in found if not ADAPTERS[one.channel].local), None)


def _address(unit: Unit, contact: rows.Contact, message: rows.Message, other: rows.Inbox) -> bool:
    """Whether the contact can be reached there: they were already, or their number is nobody else's there."""
    if addresses.identity_in(contact, other.id) is not None:
        return True
    there = contacts.identity_written_to(unit.conn, contact, message)
    number = contact.fields.get("phone") or (there.external_id if there else "")
    if not number.startswith("+") or contacts.of_identity(unit.conn, other.id, number):
        return False
    bulk.insert_identities(unit.conn, [(other.id, number, contact.id)])
    home = there and contacts.home_of(unit.conn, there.inbox_id, there.external_id)
    if home:
        text = "UPDATE identities SET home = ? WHERE inbox_id = ? AND external_id = ?"
        driver.execute(unit.conn, text, (home, other.id, number))
    identity = rows.Identity(other.channel, other.id, number, number)
    contacts.save(unit, addresses.with_identity(contact, identity))
    return True

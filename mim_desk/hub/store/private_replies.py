"""Answers to a public comment that its author alone gets: once for each comment, and from then on one contact."""

from collections.abc import Mapping
from typing import Final

import msgspec

from mim_desk.channels.events import Sender
from mim_desk.domain.message import DeliveryStatus, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import contact_merge, contacts, inboxes, message_rows
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

PRIVATE: Final = "private"
"""Fact of a reply that only the comment's author gets: ``yes``."""
ANSWER: Final = "private_reply"
"""Fact of a comment: our id of the private reply to it that is on its way, sent or in doubt."""
_UNSETTLED: Final = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN)


def is_private(message: rows.Message) -> bool:
    """Whether the reply goes to the author of a comment alone."""
    return message.details.get(PRIVATE) == "yes"


def facts_of(conn: Connection, inbox_id: str, new: api.NewMessage) -> dict[str, str]:
    """Who will be able to read a reply: everybody, where it stands below a public comment, or its author alone."""
    if new.private:
        return {PRIVATE: "yes"}
    quoted = quoted_by(conn, inbox_id, new)
    is_public = quoted is not None and quoted.inbox_id == inbox_id and quoted.details.get("public") == "yes"
    return {"public": "yes"} if is_public and new.kind == MessageKind.REPLY else {}


def quoted_by(conn: Connection, inbox_id: str, new: api.NewMessage) -> rows.Message | None:
    """The message that a reply quotes."""
    if new.reply_to is None:
        return None
    external_id = new.reply_to.external_id
    named = new.reply_to.message_id or (message_rows.id_of(conn, inbox_id, external_id) if external_id else None)
    return message_rows.by_id(conn, named) if named else None


def claim(unit: Unit, new: api.NewMessage) -> None:
    """Make a private reply the one to its comment; a Refusal where there is another already."""
    if not new.private or new.reply_to is None:
        return

    def claimed(comment: rows.Message) -> rows.Message:
        before = message_rows.by_id(unit.conn, comment.details.get(ANSWER, ""))
        status = before.delivery.status if before is not None and before.delivery is not None else None
        if status is not None and status is not DeliveryStatus.FAILED:
            raise Refusal("answered-privately", _already(status), PRIVATE)
        return _noted(comment, {ANSWER: new.id})

    message_rows.change(unit, new.reply_to.message_id or "", claimed)


def _already(status: DeliveryStatus) -> str:
    if status in _UNSETTLED:
        return (
            "A private reply to this comment is on its way, or may have arrived. Look there; more can follow once they"
            " answer."
        )
    return "This comment was answered privately already. More can follow once they answer."


def give_up(unit: Unit, message: rows.Message) -> None:
    """The private reply did not leave, so that another one may."""
    comment = message_rows.by_id(unit.conn, message.reply_to.message_id or "") if message.reply_to else None
    if comment is None or comment.details.get(ANSWER) != message.id:
        return

    def freed(row: rows.Message) -> rows.Message:
        told = {name: value for name, value in row.details.items() if name != ANSWER}
        return msgspec.structs.replace(row, details=told)

    message_rows.change(unit, comment.id, freed)


def link(unit: Unit, message: rows.Message, recipient: str) -> None:
    """Whom a private reply reached is the comment's author: their private conversation is the same contact's.

    The provider itself says so, which is as sure as a key can be. It is a merge like any other, so that it can be
    undone: the private identity is made a contact first where it was none.
    """
    contact = contacts.by_id(unit.conn, message.contact_id)
    inbox = inboxes.by_id(unit.conn, message.inbox_id)
    if contact is None or inbox is None or not recipient:
        return
    if contacts.of_identity(unit.conn, inbox.id, recipient) == contact.id:
        return
    other = contacts.identify(unit, inbox.id, inbox.channel, Sender(recipient, contact.name, verified=True))
    contact_merge.merge(unit, other.id, contact.id)


def _noted(message: rows.Message, facts: Mapping[str, str]) -> rows.Message:
    return msgspec.structs.replace(message, details={**message.details, **facts})

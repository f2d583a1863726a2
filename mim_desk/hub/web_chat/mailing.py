"""Answers that a visitor did not read go to the address they left, through the brand's email inbox, with a way back.

The mail is a reply like any other: queued, sent and settled by the sender, under an id made of the answer's,
so that no answer is mailed twice. Who answers the mail goes on in the same conversation.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID, uuid5

import msgspec
import structlog

from mim_desk.channels.web_chat.form import is_address
from mim_desk.domain.message import AuthorType, DeliveryStatus
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.file_metadata import neutral_name
from mim_desk.hub.store import addresses, agents, bulk, contacts, inboxes, messages
from mim_desk.hub.store import web_chat_sessions as stored
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.unit import Unit
from mim_desk.hub.store.web_chat_sessions import StoredSession
from mim_desk.hub.web_chat.pages import words
from mim_desk.hub.web_chat.parts import Chat
from mim_desk.protocol import api, rows

DEFAULT_MINUTES: Final = 10
LINK_HOLDS: Final = timedelta(days=14)
_EVERY_S: Final = 30.0
_SEEN_WITHIN: Final = timedelta(days=7)
_MAIL_IDS: Final = UUID("d2a1f6f0-6d50-5f0b-9a6e-3f9f1c5a2b77")
_UNREAD: Final = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)
_log = structlog.get_logger("mim_desk.hub.web_chat.mailing")


@dataclass(frozen=True)
class _Letter:
    """Answers for one visitor that are to be mailed, oldest first."""

    session: StoredSession
    widget: rows.Inbox
    public_name: str
    mailbox: rows.Inbox
    address: str
    conversation: rows.Conversation
    answers: list[rows.Message]
    people: list[str]

    @property
    def id(self) -> str:
        """The mail's id: another one when another answer came, never twice for the same."""
        return str(uuid5(_MAIL_IDS, self.answers[-1].id))


async def run(chat: Chat) -> None:
    """Look twice a minute; runs as long as the hub."""
    while True:
        try:
            await mail_unread(chat)
        except StoreUnavailable as problem:
            _log.warning("store_unavailable", problem=str(problem))
        await asyncio.sleep(_EVERY_S)


async def mail_unread(chat: Chat) -> int:
    """Queue a mail for each visitor whose answers waited unread for long enough; how many there were."""
    now = chat.now()
    due = await chat.store.read(partial(_due, now=now, is_here=chat.feeds.is_followed))
    for letter in due:
        text = _text(letter, _link(chat, letter, now))
        await chat.points.reach("mail_copy.before_queue")
        await chat.store.writer.run(partial(_queue, letter=letter, text=text))
        await chat.points.reach("mail_copy.after_queue")
    return len(due)


def address_of(session: StoredSession) -> str:
    """Where answers may be mailed: of a proven customer only what the proof says, else what the visitor left.

    The mail's link opens what the session may see, and that is a customer's whole history.
    """
    told = session.facts.fields if session.verified_external_id is not None else session.facts.form
    address = told.get("email", "")
    return address.lower() if is_address(address) else ""


def _due(conn: Connection, now: datetime, is_here: Callable[[str], bool]) -> list[_Letter]:
    everything = inboxes.everything(conn)
    mailboxes = {one.brand.id: one for one in reversed(everything) if one.channel == "email"}
    found: list[_Letter] = []
    for widget in everything:
        minutes = widget.settings.get("mail_after_minutes", DEFAULT_MINUTES)
        mailbox = mailboxes.get(widget.brand.id)
        if widget.channel != "web_chat" or mailbox is None or not isinstance(minutes, int) or minutes <= 0:
            continue
        name = inboxes.public_name(conn, widget.id) or ""
        before = now - timedelta(minutes=minutes)
        for session in stored.seen_since(conn, widget.id, now - _SEEN_WITHIN):
            letter = _letter(conn, session, widget, name, mailbox)
            is_due = letter is not None and letter.answers[0].occurred_at <= before
            if letter is not None and is_due and not is_here(letter.conversation.contact_id):
                found.append(letter)
    return found


def _letter(
    conn: Connection, session: StoredSession, widget: rows.Inbox, name: str, mailbox: rows.Inbox
) -> _Letter | None:
    address = address_of(session)
    contact = stored.contact_id(conn, widget.id, session.identity) if address else None
    conversations = stored.conversations(conn, contact) if contact else []
    if not conversations:
        return None
    newest = conversations[0]
    answers = [
        one
        for one in stored.replies_after(conn, newest.id, widget.id, _settled(conn, newest, mailbox.id))
        if one.delivery is not None and one.delivery.status in _UNREAD and one.deleted_at is None
    ]
    if not answers:
        return None
    return _Letter(session, widget, name, mailbox, address, newest, answers, agents.names(conn))


def _settled(conn: Connection, conversation: rows.Conversation, mailbox_id: str) -> int:
    """Up to which place everything was read or mailed."""
    mailed = stored.last_reply_place(conn, conversation.id, mailbox_id)
    return max(mailed, stored.place_of(conn, conversation.contact_read_up_to))


def _text(letter: _Letter, link: str) -> str:
    told = words(letter.session.locale or "en", letter.widget.brand.name)
    said = "\n\n".join(_said(one, letter.people) for one in letter.answers)
    head = told["mail_answered"].replace("{brand}", letter.widget.brand.name)
    return f"{head}\n\n{said}\n\n{told['mail_go_on'].replace('{link}', link)}"


def _said(answer: rows.Message, people: list[str]) -> str:
    files = (neutral_name(file.name, people) for file in answer.attachments)
    return "\n".join(part for part in (answer.text, *files) if part)


def _link(chat: Chat, letter: _Letter, now: datetime) -> str:
    """The chat's own page with a mark after the #, which no server and no log gets to see."""
    mark = chat.signer.continue_mark(letter.session.id, now + LINK_HOLDS)
    return f"{chat.address}/chat/{letter.public_name}#continue={mark}"


def _queue(unit: Unit, letter: _Letter, text: str) -> None:
    if messages.by_id(unit.conn, letter.id) is not None or not _can_be_reached(unit, letter):
        return
    new = api.NewMessage(letter.id, text=text, inbox_id=letter.mailbox.id)
    try:
        messages.add_reply(unit, letter.conversation.id, new, rows.Author(AuthorType.SYSTEM))
    except Refusal as refused:
        _log.warning("answer_not_mailed", conversation_id=letter.conversation.id, problem=refused.code)


def _can_be_reached(unit: Unit, letter: _Letter) -> bool:
    """Whether the contact has the address, which it gets unproven unless somebody else has it: nobody is merged."""
    owner = contacts.of_identity(unit.conn, letter.mailbox.id, letter.address)
    if owner is not None:
        return owner == letter.conversation.contact_id
    contact = contacts.locked(unit, letter.conversation.contact_id)
    if addresses.external_id_in(contact, letter.mailbox.id) is not None:
        return True
    identity = rows.Identity(letter.mailbox.channel, letter.mailbox.id, letter.address, letter.address)
    bulk.insert_identities(unit.conn, [(letter.mailbox.id, letter.address, contact.id)])
    contacts.save(unit, msgspec.structs.replace(contact, identities=[*contact.identities, identity]))
    return True

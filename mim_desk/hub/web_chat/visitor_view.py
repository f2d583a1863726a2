"""What a visitor may see of a message: the brand speaks, never a person of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.domain.buttons import Button, keyed
from mim_desk.domain.conversation import Status
from mim_desk.domain.enclosed import in_words
from mim_desk.domain.formatting import Formatting, Span, Style, read
from mim_desk.domain.message import AttachmentState, AuthorType, MessageKind
from mim_desk.domain.splitting import utf16_units
from mim_desk.hub.file_metadata import neutral_name
from mim_desk.hub.store.web_chat_sessions import Numbered
from mim_desk.hub.web_chat.sessions import Session
from mim_desk.hub.web_chat.widgets import Widget
from mim_desk.protocol import rows

_SHOWN_KINDS: Final = frozenset({MessageKind.INCOMING, MessageKind.REPLY})
_STATES: Final = {Status.PENDING: "bot", Status.RESOLVED: "closed", Status.SNOOZED: "open"}


class File(msgspec.Struct, frozen=True):
    """A file as the page shows it; ``url`` holds for a few minutes and only for this session."""

    id: str
    name: str
    mime_type: str
    size: int
    url: str
    width: int | None = None
    height: int | None = None


class Marked(msgspec.Struct, frozen=True):
    """A stretch of the text as JavaScript counts it, and how it reads: ``bold``, ``italic``, ``struck`` or ``code``."""

    start: int
    end: int
    style: Style


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message as the page shows it; ``place`` orders messages."""

    id: str
    place: int
    role: str
    sender: dict[str, str]
    ts: datetime
    kind: str
    text: str = ""
    marks: list[Marked] = []
    client_msg_id: str | None = None
    attachments: list[File] = []
    location: rows.Location | None = None
    choice: rows.Choice | None = None
    buttons: list[rows.Button] = []
    reply_to: str | None = None
    automated: bool = False
    edited: bool = False
    deleted: bool = False


Sign = Callable[[str], str]
"""The address of a file, signed."""


def sender_of(widget: Widget, role: str) -> dict[str, str]:
    """The one shape of a sender."""
    if role == "visitor":
        return {"role": "visitor"}
    return {"role": "brand", "name": widget.brand.name, "avatar": widget.brand.logo_url}


def shown(one: Numbered, session: Session, widget: Widget, sign: Sign, people: Sequence[str]) -> Shown | None:
    """The message for this visitor; None when it is not for customers at all."""
    message = one.message
    if message.kind not in _SHOWN_KINDS:
        return None
    role = "visitor" if message.kind is MessageKind.INCOMING else "brand"
    own = (message.external_id or "").partition(":")
    gone = message.deleted_at is not None
    hidden = people if role == "brand" else ()
    words = read("" if gone else _words(message), Formatting.TRANSLATED if role == "brand" else Formatting.PLAIN)
    return Shown(
        id=message.id,
        place=one.place,
        role=role,
        sender=sender_of(widget, role),
        ts=message.received_at,
        kind=message.type.value,
        text=words.text,
        marks=[_marked(words.text, span) for span in words.spans],
        client_msg_id=own[2] if role == "visitor" and own[0] == session.id else None,
        attachments=[] if gone else [_file(file, sign, hidden) for file in message.attachments if _is_here(file)],
        location=None if gone else message.location,
        choice=None if gone else message.choice,
        buttons=[] if gone else _buttons(message),
        reply_to=message.reply_to.message_id if message.reply_to else None,
        automated=message.author.type is AuthorType.BOT,
        edited=message.edited_at is not None,
        deleted=gone,
    )


def _marked(text: str, span: Span) -> Marked:
    return Marked(utf16_units(text[: span.start]), utf16_units(text[: span.end]), span.style)


def state_of(conversation: rows.Conversation | None) -> str:
    """Where the conversation stands, without saying with whom."""
    if conversation is None:
        return "open"
    known = _STATES.get(conversation.status)
    return known or ("human" if conversation.assignee_id else "waiting")


def _buttons(message: rows.Message) -> list[rows.Button]:
    """What the visitor may press, each under the key that says of which message it is."""
    given = [Button(one.title, one.id, one.url) for one in message.buttons]
    return [rows.Button(one.title, one.id, one.url) for one in keyed(message.id, given)]


def _words(message: rows.Message) -> str:
    """The text, with a place or a card of the brand's as lines: the page shows them as words."""
    enclosed = rows.enclosed(message.location, message.contact_card, message.sticker)
    is_ours = message.kind is MessageKind.REPLY
    return in_words(message.text, enclosed) if is_ours and enclosed is not None else message.text


def _is_here(file: rows.Attachment) -> bool:
    return file.state is AttachmentState.OK


def _file(file: rows.Attachment, sign: Sign, people: Sequence[str]) -> File:
    name = neutral_name(file.name, people) if people else file.name
    return File(file.id, name, file.mime_type, file.size, sign(file.id), file.width, file.height)


def event_bytes(kind: str, data: Any, event_id: int | None = None) -> bytes:
    """One server-sent event."""
    number = b"" if event_id is None else b"id: %d\n" % event_id
    return b"%sevent: %s\ndata: %s\n\n" % (number, kind.encode(), msgspec.json.encode(data))

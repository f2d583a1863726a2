"""How a conversation was: asked once after it was resolved, kept as a system line of it."""

from typing import Final
from uuid import UUID, uuid5

from mim_desk.domain.conversation import Status
from mim_desk.domain.message import MessageKind
from mim_desk.hub.store import web_chat_sessions as stored
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.web_chat.sessions import Session, contact_of
from mim_desk.hub.web_chat.widgets import Widget
from mim_desk.protocol import rows

_RATING_IDS: Final = UUID("7c0f9a52-6f0b-5b74-9d5e-1f64e4c0a7d1")
_ANY_PLACE: Final = 1 << 62


def rating_id(conversation_id: str) -> str:
    """The id of a conversation's rating: there is one of each."""
    return str(uuid5(_RATING_IDS, conversation_id))


def wants_rating(conn: Connection, session: Session, widget: Widget, conversation: rows.Conversation | None) -> str:
    """The conversation the visitor is asked about; empty when there is nothing to ask.

    It was resolved and somebody of the brand had answered this visitor in it; asked once.
    """
    if conversation is None or conversation.status is not Status.RESOLVED or not widget.is_on("rating"):
        return ""
    if stored.message(conn, rating_id(conversation.id)) is not None:
        return ""
    return conversation.id if _was_answered(conn, session, conversation.id) else ""


def may_rate(conn: Connection, session: Session, conversation_id: str) -> bool:
    """Whether this visitor may say how the conversation was, or add to what was said."""
    contact = contact_of(conn, session)
    if contact is None:
        return False
    found = [one for one in stored.conversations(conn, contact) if one.id == conversation_id]
    if not found or found[0].status is not Status.RESOLVED:
        return False
    before = stored.message(conn, rating_id(conversation_id))
    is_ours = before is None or (before.kind is MessageKind.ACTIVITY and before.author.id == contact)
    return is_ours and _was_answered(conn, session, conversation_id)


def _was_answered(conn: Connection, session: Session, conversation_id: str) -> bool:
    """Whether the newest reply this visitor sees belongs to the conversation."""
    contact = contact_of(conn, session)
    newest = stored.replies_up_to(conn, session.sight, contact, _ANY_PLACE, 1) if contact else []
    return any(one.message.conversation_id == conversation_id for one in newest)

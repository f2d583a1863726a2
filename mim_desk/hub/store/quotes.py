"""Which of our messages a contact quotes: providers name it by their own id, desks find it by ours."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import message_rows
from mim_desk.protocol import rows


def found(conn: Connection, message: rows.Message, coming: Iterable[rows.Message]) -> rows.Message:
    """An incoming message whose quote is told by our id too; ``coming`` are new ones that are not stored yet."""
    quote = message.reply_to
    if quote is None or quote.message_id is not None or not quote.external_id:
        return message
    named = _of_coming(quote.external_id, message, coming) or _stored(conn, quote.external_id, message)
    if named is None:
        return message
    return msgspec.structs.replace(message, reply_to=rows.ReplyTo(named, quote.external_id))


def _of_coming(external_id: str, message: rows.Message, coming: Iterable[rows.Message]) -> str | None:
    wanted = (message.inbox_id, external_id)
    return next((one.id for one in coming if (one.inbox_id, one.external_id) == wanted), None)


def _stored(conn: Connection, external_id: str, message: rows.Message) -> str | None:
    """Only what was said with the same contact: nobody learns of others by naming their messages."""
    named = message_rows.id_of(conn, message.inbox_id, external_id)
    said = message_rows.by_id(conn, named) if named else None
    return said.id if said is not None and said.contact_id == message.contact_id else None

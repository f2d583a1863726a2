"""Canned replies."""

from sqlalchemy import Connection, select

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import plain_rows
from mim_desk.hub.store.schema import canned_replies
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def everything(conn: Connection) -> list[rows.CannedReply]:
    """All canned replies by shortcut."""
    return plain_rows.everything(conn, canned_replies, rows.CannedReply, canned_replies.c.shortcut)


def by_id(conn: Connection, reply_id: str) -> rows.CannedReply | None:
    """One canned reply."""
    return plain_rows.by_id(conn, canned_replies, rows.CannedReply, reply_id)


def add(unit: Unit, reply: rows.CannedReply) -> None:
    """Make a canned reply; its shortcut must be new in its language."""
    _check_shortcut(unit.conn, reply)
    plain_rows.add(unit, canned_replies, "canned_reply", reply, shortcut=reply.shortcut, language=reply.language)


def change(unit: Unit, reply: rows.CannedReply) -> rows.CannedReply:
    """Change a canned reply."""
    _check_shortcut(unit.conn, reply)
    return plain_rows.change(
        unit, canned_replies, "canned_reply", reply, shortcut=reply.shortcut, language=reply.language
    )


def remove(unit: Unit, reply_id: str) -> None:
    """Delete a canned reply."""
    plain_rows.remove(unit, canned_replies, "canned_reply", reply_id)


def _check_shortcut(conn: Connection, reply: rows.CannedReply) -> None:
    same = (canned_replies.c.shortcut == reply.shortcut) & (canned_replies.c.language == reply.language)
    owner = conn.execute(select(canned_replies.c.id).where(same)).scalar()
    if owner not in (None, reply.id):
        raise Refusal("taken", f"The shortcut “{reply.shortcut}” is in use. Choose another one.", "shortcut")

"""What the send guard decides from: what happened in a conversation after the last event a composer had shown."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from mim_desk.domain import send_guard
from mim_desk.domain.message import Activity, MessageKind
from mim_desk.domain.send_guard import Composed, GuardFacts
from mim_desk.hub.store import driver, log_rows
from mim_desk.protocol import api, rows

_decoder = msgspec.json.Decoder(rows.Message)
_ASSIGNING = (Activity.ASSIGNED, Activity.CLAIMED, Activity.UNASSIGNED)
_MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Held:
    """Why a reply is held, and the messages its composer had not shown, oldest first; all of it up to ``seq``."""

    reasons: tuple[str, ...]
    messages: tuple[rows.Message, ...]
    seq: int


def held(
    conn: Connection, conversation_id: str, new: api.NewMessage, author: rows.Author, *, window_closed: bool
) -> Held | None:
    """What holds the reply, if anything does."""
    if new.base_seq is None or new.override:
        return None
    since = newer(conn, conversation_id, new.base_seq)
    by_others = [(seq, one) for seq, one in since if one.author != author]
    facts = GuardFacts(
        base_seq=new.base_seq,
        composed=Composed(new.composed),
        replies_by_others=tuple(seq for seq, one in by_others if one.kind is MessageKind.REPLY),
        incoming=tuple(seq for seq, one in since if one.kind is MessageKind.INCOMING),
        assignee_changed=any(one.activity in _ASSIGNING and one.author != author for _, one in since),
        resolved=any(one.activity == Activity.RESOLVED for _, one in by_others),
        window_closed=window_closed,
    )
    reasons = send_guard.reasons(facts)
    if not reasons:
        return None
    shown = [one for _, one in by_others if one.kind is not MessageKind.ACTIVITY]
    told = tuple(reason.value for reason in reasons)
    return Held(told, tuple(shown[-_MOST_SHOWN:]), log_rows.head(conn).seq)


def newer(conn: Connection, conversation_id: str, base_seq: int) -> list[tuple[int, rows.Message]]:
    """Messages and system lines that came to a conversation after ``base_seq``, each with a seq after it."""
    if base_seq < log_rows.head(conn).trimmed:
        return _all_as_newer(conn, conversation_id, base_seq)
    if driver.is_sqlite(conn):
        return _by_number(conn, conversation_id, base_seq)
    found = driver.rows(
        conn,
        "SELECT e.seq, m.row FROM event_log e JOIN messages m ON m.id = e.row_id"
        " WHERE e.conversation_id = ? AND e.type = 'message' AND e.fresh AND e.seq > ? ORDER BY e.seq",
        (conversation_id, base_seq),
    )
    return [(seq, _decoder.decode(row)) for seq, row in found]


def _by_number(conn: Connection, conversation_id: str, base_seq: int) -> list[tuple[int, rows.Message]]:
    """With one writer messages are numbered in the order of the log, so a number tells what came later."""
    found = driver.rows(
        conn,
        "SELECT row FROM messages WHERE conversation_id = ? AND n > COALESCE((SELECT m.n FROM event_log e"
        " JOIN messages m ON m.id = e.row_id WHERE e.seq <= ? AND e.type = 'message' AND e.fresh"
        " ORDER BY e.seq DESC LIMIT 1), 0) ORDER BY n",
        (conversation_id, base_seq),
    )
    return [(base_seq + place, _decoder.decode(row)) for place, (row,) in enumerate(found, 1)]


def _all_as_newer(conn: Connection, conversation_id: str, base_seq: int) -> list[tuple[int, rows.Message]]:
    """The log forgot what came when: the reply is held rather than sent past something unseen."""
    found = driver.rows(
        conn,
        "SELECT row FROM messages WHERE conversation_id = ? ORDER BY occurred_at DESC, n DESC LIMIT ?",
        (conversation_id, _MOST_SHOWN),
    )
    return [(base_seq + 1, _decoder.decode(row)) for (row,) in reversed(found)]

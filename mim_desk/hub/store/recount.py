"""What a conversation shows, told again from its messages: for facts that came late or were taken back."""

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.sla_clocks import Clocks, Facts, Policy, replay
from mim_desk.hub.store import derive, driver, reply_windows, sla
from mim_desk.hub.store.times import ms
from mim_desk.protocol import rows

_message = msgspec.json.Decoder(rows.Message)


@dataclass(frozen=True, slots=True)
class Recounted:
    """A conversation told again.

    Attributes:
        clocks: all its segments.
        answered_at: when somebody last replied or resolved, or a bot took or left it.
    """

    row: rows.Conversation
    clocks: Clocks
    answered_at: datetime | None


def recounted(
    conn: Connection, row: rows.Conversation, rule: Policy | None, window_s: int | None, *, agent_started: bool
) -> Recounted:
    """``row`` as it follows from the messages that are stored; its segments are stored anew."""
    facts = _started_by(sla.facts(conn, row.id, agent_started=agent_started))
    clocks: Clocks = sla.retold(conn, row.id, replay(facts, rule) if rule else ())
    answers = [out.accepted_at for out in facts.outs] + list(facts.resolved)
    answers += [at for span in facts.bot_spans for at in span if at is not None]
    answered_at = max(answers, default=None)
    waiting = _waiting(facts)
    driver.execute(
        conn,
        "UPDATE conversations SET answered_at = ?, agent_started = ? WHERE id = ?",
        (None if answered_at is None else ms(answered_at), facts.agent_started, row.id),
    )
    shown, has_window = sla.to_rows(clocks), window_s is not None or row.reply_window_until is not None
    closes = reply_windows.closes_in(conn, row.id, window_s) if has_window else None
    inbox_id = _last_incoming_inbox(conn, row.id) or row.inbox_id
    closes = reply_windows.with_acts(conn, closes, row.contact_id, inbox_id, window_s)
    told = msgspec.structs.replace(
        row,
        clocks=shown,
        next_due=derive.next_due(shown, closes),
        waiting_since=min(waiting, default=None),
        reply_window_until=closes,
        last_message=_last_message(conn, row.id) or row.last_message,
        inbox_id=inbox_id,
    )
    return Recounted(told, clocks, answered_at)


def _waiting(facts: Facts) -> list[datetime]:
    """When what no person answered or resolved was written; a resolve ends no wait that nobody could know of."""
    answered_at = max((out.accepted_at for out in facts.outs if out.human), default=None)
    unanswered = [at for at in facts.incoming if answered_at is None or at >= answered_at]
    return [at for at in unanswered if all(at >= end or at in facts.unseen[end] for end in facts.resolved)]


def _started_by(facts: Facts) -> Facts:
    """Who wrote first is told by the times, in whichever order the messages came."""
    first_in = min(facts.incoming, default=None)
    first_out = min((out.accepted_at for out in facts.outs), default=None)
    if first_in is None or first_out is None:
        return facts
    return replace(facts, agent_started=first_out < first_in)


def _last_message(conn: Connection, conversation_id: str) -> rows.LastMessage | None:
    found = driver.row(
        conn,
        "SELECT row FROM messages WHERE conversation_id = ? AND kind <> 'activity'"
        " ORDER BY occurred_at DESC, n DESC LIMIT 1",
        (conversation_id,),
    )
    return None if found is None else derive.last_message(_message.decode(found[0]))


def _last_incoming_inbox(conn: Connection, conversation_id: str) -> str | None:
    found = driver.row(
        conn,
        "SELECT inbox_id FROM messages WHERE conversation_id = ? AND kind = 'incoming'"
        " ORDER BY occurred_at DESC, n DESC LIMIT 1",
        (conversation_id,),
    )
    return None if found is None else found[0]


def unread_after(conn: Connection, conversation_id: str, up_to: str) -> int:
    """How many incoming messages lie after ``up_to`` in time."""
    found = driver.row(
        conn,
        "SELECT count(*) FROM messages m JOIN messages u ON u.id = ? WHERE m.conversation_id = ?"
        " AND m.kind = 'incoming' AND (m.occurred_at > u.occurred_at OR (m.occurred_at = u.occurred_at AND m.n > u.n))",
        (up_to, conversation_id),
    )
    return int(found[0]) if found else 0

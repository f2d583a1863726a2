"""What a conversation shows, told again from its messages: for facts that came late or were taken back."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.sla_clocks import Clocks, ClockState, Facts, Policy, replay
from mim_desk.hub.store import clock_facts, derive, driver, reply_windows, sla
from mim_desk.hub.store.clock_facts import Folded
from mim_desk.hub.store.times import ms
from mim_desk.protocol import rows

_message = msgspec.json.Decoder(rows.Message)


def recounted(
    conn: Connection, row: rows.Conversation, rule: Policy | None, window_s: int | None, *, agent_started: bool
) -> rows.Conversation:
    """``row`` as it follows from the messages that are stored; its segments are stored anew."""
    told, folded = clock_facts.facts(conn, row.id, agent_started=agent_started)
    facts = _started_by(told)
    clocks = _stored(conn, row.id, facts, folded, rule) if rule else ()
    _remember(conn, row.id, facts)
    shown, has_window = sla.to_rows(clocks), window_s is not None or row.reply_window_until is not None
    closes = reply_windows.closes_in(conn, row.id, window_s) if has_window else None
    inbox_id = _last_incoming_inbox(conn, row.id) or row.inbox_id
    closes = reply_windows.with_acts(conn, closes, row.contact_id, inbox_id, window_s)
    return msgspec.structs.replace(
        row,
        clocks=shown,
        next_due=derive.next_due(shown, closes),
        waiting_since=min(clock_facts.waiting(facts), default=None),
        reply_window_until=closes,
        last_message=_last_message(conn, row.id) or row.last_message,
        inbox_id=inbox_id,
    )


def _stored(conn: Connection, conversation_id: str, facts: Facts, folded: Sequence[Folded], rule: Policy) -> Clocks:
    """The conversation's segments; what was over before another one was told on in it stays that one's."""
    for one in folded:
        over = tuple(clock for clock in replay(_started_by(one.facts), rule) if clock.state is not ClockState.RUNNING)
        sla.retold(conn, one.id, over, rule)
    return sla.retold(conn, conversation_id, replay(facts, rule), rule)


def _remember(conn: Connection, conversation_id: str, facts: Facts) -> None:
    """Keep who began, and until when a message that comes late changes what is told."""
    answers = [out.accepted_at for out in facts.outs] + list(facts.resolved)
    answered_at = max((*answers, *clock_facts.bot_moves(facts)), default=None)
    driver.execute(
        conn,
        "UPDATE conversations SET answered_at = ?, agent_started = ? WHERE id = ?",
        (None if answered_at is None else ms(answered_at), facts.agent_started, conversation_id),
    )


def _started_by(facts: Facts) -> Facts:
    """Who wrote first is told by the times, in whichever order the messages came."""
    first_in = min(facts.incoming, default=None)
    first_out = min((out.accepted_at for out in facts.outs if out.human), default=None)
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

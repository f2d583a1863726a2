"""Claims: the short hold on a conversation while somebody writes; one has it, the others are told who."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import agents, driver
from mim_desk.hub.store.times import moment, ms
from mim_desk.hub.store.unit import Unit

SPAN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who holds a conversation until when."""

    conversation_id: str
    agent_id: str
    until: datetime


def claim(unit: Unit, conversation_id: str, agent_id: str, span: timedelta = SPAN) -> Claim:
    """Take or keep the hold; a Refusal that names the holder when somebody else has it."""
    until = unit.now + span
    won = driver.execute(
        unit.conn,
        "INSERT INTO claims (conversation_id, agent_id, until) VALUES (?, ?, ?) ON CONFLICT (conversation_id)"
        " DO UPDATE SET agent_id = excluded.agent_id, until = excluded.until"
        " WHERE claims.agent_id = excluded.agent_id OR claims.until <= ?",
        (conversation_id, agent_id, ms(until), ms(unit.now)),
    )
    if won == 1:
        return Claim(conversation_id, agent_id, until)
    holder = held(unit.conn, conversation_id, unit.now)
    name = _name(unit.conn, holder.agent_id) if holder else "Somebody else"
    raise Refusal("claimed", f"{name} is writing in this conversation. Wait or talk to them first.")


def release(unit: Unit, conversation_id: str, agent_id: str) -> None:
    """Let go, if this agent holds it."""
    text = "DELETE FROM claims WHERE conversation_id = ? AND agent_id = ?"
    driver.execute(unit.conn, text, (conversation_id, agent_id))


def held(conn: Connection, conversation_id: str, now: datetime) -> Claim | None:
    """Who holds a conversation now."""
    text = "SELECT agent_id, until FROM claims WHERE conversation_id = ? AND until > ?"
    found = driver.row(conn, text, (conversation_id, ms(now)))
    return None if found is None else Claim(conversation_id, found[0], moment(found[1]))


def _name(conn: Connection, agent_id: str) -> str:
    agent = agents.by_id(conn, agent_id)
    return agent.name if agent else "Somebody else"

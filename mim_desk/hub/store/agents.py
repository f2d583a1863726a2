"""Agents: who works here, and the hash of their password."""

from sqlalchemy import Connection, select, update

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import plain_rows
from mim_desk.hub.store.schema import agents
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def everything(conn: Connection) -> list[rows.Agent]:
    """All agents by login."""
    return plain_rows.everything(conn, agents, rows.Agent, agents.c.login)


def by_id(conn: Connection, agent_id: str) -> rows.Agent | None:
    """One agent."""
    return plain_rows.by_id(conn, agents, rows.Agent, agent_id)


def credentials(conn: Connection, login: str) -> tuple[str, str] | None:
    """Id and password hash of the active agent with this login."""
    found = conn.execute(
        select(agents.c.id, agents.c.password_hash).where(agents.c.login == login, agents.c.active)
    ).first()
    return None if found is None else (found[0], found[1])


def add(unit: Unit, agent: rows.Agent, password_hash: str = "") -> None:
    """Make an agent; the login must be new. An empty hash lets nobody in by password."""
    if unit.conn.execute(select(agents.c.id).where(agents.c.login == agent.login)).scalar() is not None:
        raise Refusal("taken", f"The login “{agent.login}” is in use. Choose another one.", "login")
    plain_rows.add(unit, agents, "agent", agent, login=agent.login, password_hash=password_hash, active=True)


def change(unit: Unit, agent: rows.Agent) -> rows.Agent:
    """Change name, role, presence or teams."""
    return plain_rows.change(unit, agents, "agent", agent, login=agent.login)


def set_password(unit: Unit, agent_id: str, password_hash: str) -> None:
    """Store a new password's hash."""
    changed = unit.conn.execute(update(agents).where(agents.c.id == agent_id).values(password_hash=password_hash))
    if changed.rowcount != 1:
        raise plain_rows.missing("agent")


def tell_again(unit: Unit, agent_id: str) -> None:
    """Log the agent's row: all hubs look again at what the agent's streams may have."""
    agent = by_id(unit.conn, agent_id)
    if agent is not None:
        unit.append("agent", agent)


def names(conn: Connection) -> list[str]:
    """Names and logins of everybody at work, which no customer may read; of an e-mail address also its first half."""
    everybody = everything(conn)
    halves = [one.login.partition("@")[0] for one in everybody if "@" in one.login]
    return [name for one in everybody for name in (one.name, one.login)] + halves

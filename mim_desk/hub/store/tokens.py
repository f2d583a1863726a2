"""Bearer tokens, kept as hashes only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from mim_desk.hub.store import agents as agent_rows
from mim_desk.hub.store import ids
from mim_desk.hub.store.schema import agents, tokens
from mim_desk.hub.store.times import ms, ms_or_none
from mim_desk.hub.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token it is."""

    token_id: str
    agent_id: str


def add(unit: Unit, agent_id: str, token_hash: bytes, *, label: str = "", expires_at: datetime | None = None) -> str:
    """Keep a new token's hash; its id."""
    token_id = ids.new_id(unit.now)
    unit.conn.execute(
        insert(tokens).values(
            id=token_id,
            token_hash=token_hash,
            agent_id=agent_id,
            label=label,
            created_at=ms(unit.now),
            expires_at=ms_or_none(expires_at),
        )
    )
    return token_id


def admit(unit: Unit, agent_id: str, token_hash: bytes, *, label: str) -> None:
    """Let in a token that somebody chose, also one that had ended."""
    again = update(tokens).where(tokens.c.token_hash == token_hash)
    known = unit.conn.execute(again.values(agent_id=agent_id, label=label, expires_at=None, revoked_at=None)).rowcount
    if not known:
        add(unit, agent_id, token_hash, label=label)


def bearer(conn: Connection, token_hash: bytes, now: datetime) -> Bearer | None:
    """Whose valid token has this hash."""
    alive = or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > ms(now))
    found = conn.execute(
        select(tokens.c.id, tokens.c.agent_id)
        .join(agents, agents.c.id == tokens.c.agent_id)
        .where(tokens.c.token_hash == token_hash, tokens.c.revoked_at.is_(None), alive, agents.c.active)
    ).first()
    return None if found is None else Bearer(found[0], found[1])


def revoke(unit: Unit, token_id: str) -> None:
    """End one token, and its streams at all hubs."""
    ending = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
    agent_id = unit.conn.execute(ending.values(revoked_at=ms(unit.now)).returning(tokens.c.agent_id)).scalar()
    if agent_id is not None:
        agent_rows.tell_again(unit, agent_id)


def revoke_all(unit: Unit, agent_id: str, *, label: str | None = None) -> int:
    """End all tokens of an agent (with this label, if one is given) and their streams; how many were alive."""
    ending = update(tokens).where(tokens.c.agent_id == agent_id, tokens.c.revoked_at.is_(None))
    if label is not None:
        ending = ending.where(tokens.c.label == label)
    ended = unit.conn.execute(ending.values(revoked_at=ms(unit.now))).rowcount
    if ended:
        agent_rows.tell_again(unit, agent_id)
    return ended

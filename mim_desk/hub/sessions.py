"""Signing in and out, and whose a bearer token is."""

from datetime import timedelta
from typing import Final

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.auth import Principal, bearer, new_token, password_matches, token_hash
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import agents, tokens
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

SESSION_SPAN: Final = timedelta(days=90)
SESSION_LABEL: Final = "session"
ADMIN_LABEL: Final = "first admin"


async def authenticate(hub: Hub, authorization: str) -> Principal:
    """Who calls with this Authorization header; a Refusal ``unauthorized`` when nobody we know."""
    hashed = token_hash(bearer(authorization))
    known = hub.callers.at_hand(hashed)
    return known if known is not None else await authenticate_anew(hub, authorization)


async def authenticate_anew(hub: Hub, authorization: str) -> Principal:
    """The same by the store, whatever we remember: another hub may have ended the token or changed the agent."""
    token = bearer(authorization)

    async def read(hashed: bytes) -> Principal:
        found = await hub.store.read(lambda conn: _principal(conn, hashed)) if token else None
        if found is None:
            hub.callers.forget(hashed)
            raise Refusal("unauthorized", "The token is missing, wrong or no longer valid. Sign in again.")
        return found

    return await hub.callers.anew(token_hash(token), read)


def _principal(conn: Connection, hashed: bytes) -> Principal | None:
    owner = tokens.bearer(conn, hashed, utc_now())
    agent = agents.by_id(conn, owner.agent_id) if owner else None
    if owner is None or agent is None:
        return None
    return Principal(agent.id, agent.role, owner.token_id, frozenset(agent.team_ids))


class TooManyGuesses(Refusal):
    """Too many wrong passwords; ``wait_s`` says how long."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too-many", "Too many wrong passwords. Wait a few minutes and try again.")
        self.wait_s = wait_s


async def sign_in(hub: Hub, login: str, password: str, address: str) -> tuple[str, rows.Agent]:
    """A new token and its agent; a Refusal that does not say whether the login exists."""
    limits = ((hub.guesses_by_login, login.casefold()), (hub.guesses_by_address, address))
    wait_s = max(limit.wait_s(key) for limit, key in limits)
    if wait_s > 0:
        raise TooManyGuesses(wait_s)
    agent = await hub.store.read(lambda conn: _matching(conn, login, password))
    if agent is None:
        for limit, key in limits:
            limit.failed(key)
        raise Refusal("unauthorized", "Login or password is wrong.")
    hub.guesses_by_login.succeeded(login.casefold())
    token = new_token()
    await hub.store.writer.run(lambda unit: _keep(unit, agent.id, token))
    return token, agent


def _matching(conn: Connection, login: str, password: str) -> rows.Agent | None:
    """Runs in a reader's thread: the password hash takes its time on purpose."""
    known = agents.credentials(conn, login)
    matches = password_matches(known[1] or None if known else None, password)
    return agents.by_id(conn, known[0]) if known and matches else None


def _keep(unit: Unit, agent_id: str, token: str) -> str:
    return tokens.add(unit, agent_id, token_hash(token), label=SESSION_LABEL, expires_at=unit.now + SESSION_SPAN)

"""Signing in and out, and who one is."""

from typing import Any

from litestar import Request, delete, get, post
from litestar.params import JSONBody

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.api.access import AGENT, ANYONE, Caller, HubPart
from mim_desk.hub.auth import Principal
from mim_desk.hub.sessions import sign_in
from mim_desk.hub.store import agents, tokens, workspaces
from mim_desk.hub.store.connection import Connection
from mim_desk.protocol import api, rows


@post("/api/v1/sessions", opt=ANYONE, summary="Sign in")
async def open_session(data: JSONBody[api.SignIn], request: Request[Any, Any, Any], hub: HubPart) -> api.SignedIn:
    """A bearer token for login and password; the token is said once."""
    address = request.client.host if request.client else ""
    token, agent = await sign_in(hub, data.login, data.password, address)
    workspace = await hub.store.read(_workspace)
    return api.SignedIn(token, agent, workspace)


@delete("/api/v1/sessions", opt=AGENT, summary="Sign out")
async def close_session(hub: HubPart, caller: Caller) -> None:
    """The token of this call ends."""
    await hub.store.writer.run(lambda unit: tokens.revoke(unit, caller.token_id))
    hub.callers.forget_all()


@get("/api/v1/me", opt=AGENT, summary="Who I am")
async def me(hub: HubPart, caller: Caller) -> api.Me:
    """The signed-in agent and the workspace."""
    return await hub.store.read(lambda conn: _me(conn, caller))


def _me(conn: Connection, caller: Principal) -> api.Me:
    agent = agents.by_id(conn, caller.agent_id)
    if agent is None:
        raise Refusal("unauthorized", "This agent is no longer here.")
    return api.Me(agent, _workspace(conn))


def _workspace(conn: Connection) -> rows.Workspace:
    workspace = workspaces.the_one(conn)
    if workspace is None:
        raise Refusal("not-found", "The workspace was not made yet.")
    return workspace


HANDLERS = [open_session, close_session, me]

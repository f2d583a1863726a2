"""Agents: who works here."""

from typing import Annotated

import msgspec
from litestar import get, patch, post
from litestar.params import JSONBody

from mim_desk.domain.people import Presence, Role
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.api.access import ADMIN, AGENT, Caller, HubPart
from mim_desk.hub.api.pages import RowId, changed, found
from mim_desk.hub.auth import hash_password
from mim_desk.hub.store import agents, ids, teams, tokens
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class AgentPatch(msgspec.Struct, frozen=True):
    """PATCH /api/v1/agents/{id}; a new password ends all sessions of the agent."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    team_ids: list[str] | msgspec.UnsetType = msgspec.UNSET


class PasswordChange(msgspec.Struct, frozen=True):
    """POST /api/v1/agents/{id}/password."""

    password: str


class PresenceNow(msgspec.Struct, frozen=True):
    """POST /api/v1/me/presence."""

    presence: Presence


@get("/api/v1/agents", opt=AGENT, summary="All agents")
async def list_agents(hub: HubPart) -> api.Page[rows.Agent]:
    """All agents by login."""
    return api.Page(await hub.store.read(agents.everything))


@post("/api/v1/agents", opt=ADMIN, summary="Add an agent")
async def add_agent(data: JSONBody[api.NewAgent], hub: HubPart) -> rows.Agent:
    """A new agent who signs in with login and password."""
    if not data.login.strip() or len(data.login) > 120 or not data.name.strip():
        raise Refusal("invalid", "Name and login are needed.", "login" if data.name.strip() else "name")
    if data.role not in list(Role):
        raise Refusal("invalid", "The role must be agent, supervisor or admin.", "role")
    hashed = await _hashed(hub, data.password)

    def work(unit: Unit) -> rows.Agent:
        agent = rows.Agent(ids.new_id(unit.now), data.name.strip(), data.login.strip(), Role(data.role))
        agents.add(unit, agent, hashed)
        return agent

    return await hub.store.writer.run(work)


@patch("/api/v1/agents/{agent_id:str}", opt=ADMIN, summary="Change name, role or teams")
async def change_agent(agent_id: RowId, data: JSONBody[AgentPatch], hub: HubPart) -> rows.Agent:
    """The agent with the changes."""

    def work(unit: Unit) -> rows.Agent:
        agent = found(agents.by_id(unit.conn, agent_id), "agent")
        _check_teams(unit.conn, data)
        _keep_an_admin(unit.conn, agent, data)
        return agents.change(unit, changed(agent, data))

    agent = await hub.store.writer.run(work)
    hub.callers.forget_all()
    return agent


@post("/api/v1/agents/{agent_id:str}/password", opt=AGENT, status_code=204, summary="Set a password")
async def set_password(agent_id: RowId, data: JSONBody[PasswordChange], hub: HubPart, caller: Caller) -> None:
    """Everyone their own, admins any; all sessions of the agent end."""
    if caller.agent_id != agent_id and not caller.may(Role.ADMIN):
        raise Refusal("forbidden", "Only an administrator sets another agent's password.")
    hashed = await _hashed(hub, data.password)

    def work(unit: Unit) -> None:
        agents.set_password(unit, agent_id, hashed)
        tokens.revoke_all(unit, agent_id, label="session")

    await hub.store.writer.run(work)
    hub.callers.forget_all()


@post("/api/v1/me/presence", opt=AGENT, status_code=200, summary="Say whether I take conversations")
async def set_presence(data: JSONBody[PresenceNow], hub: HubPart, caller: Caller) -> rows.Agent:
    """The signed-in agent with the new presence."""

    def work(unit: Unit) -> rows.Agent:
        agent = found(agents.by_id(unit.conn, caller.agent_id), "agent")
        if agent.presence is data.presence:
            return agent
        return agents.change(unit, msgspec.structs.replace(agent, presence=data.presence))

    return await hub.store.writer.run(work)


async def _hashed(hub: HubPart, password: str) -> str:
    """Hashed in a reader's thread, because it takes its time on purpose."""
    return await hub.store.read(lambda conn: hash_password(password))


def _check_teams(conn: Connection, data: AgentPatch) -> None:
    if data.team_ids is msgspec.UNSET:
        return
    unknown = set(data.team_ids) - {team.id for team in teams.everything(conn)}
    if unknown:
        raise Refusal("invalid", "One of these teams does not exist.", "team_ids")


def _keep_an_admin(conn: Connection, agent: rows.Agent, data: AgentPatch) -> None:
    if agent.role is not Role.ADMIN or data.role in (msgspec.UNSET, Role.ADMIN):
        return
    if not any(other.role is Role.ADMIN and other.id != agent.id for other in agents.everything(conn)):
        raise Refusal("conflict", "This is the only administrator. Name another one first.", "role")


HANDLERS = [list_agents, add_agent, change_agent, set_password, set_presence]

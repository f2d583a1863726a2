"""Teams of agents."""

from typing import Annotated

import msgspec
from litestar import get, patch, post
from litestar.params import JSONBody

from mim_desk.hub.api.access import ADMIN, AGENT, HubPart
from mim_desk.hub.api.pages import RowId, changed, found
from mim_desk.hub.store import ids, teams
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class NamedTeam(msgspec.Struct, frozen=True):
    """POST /api/v1/teams and PATCH /api/v1/teams/{id}."""

    name: Name


@get("/api/v1/teams", opt=AGENT, summary="All teams")
async def list_teams(hub: HubPart) -> api.Page[rows.Team]:
    """All teams."""
    return api.Page(await hub.store.read(teams.everything))


@post("/api/v1/teams", opt=ADMIN, summary="Make a team")
async def add_team(data: JSONBody[NamedTeam], hub: HubPart) -> rows.Team:
    """A new team."""

    def work(unit: Unit) -> rows.Team:
        team = rows.Team(ids.new_id(unit.now), data.name)
        teams.add(unit, team)
        return team

    return await hub.store.writer.run(work)


@patch("/api/v1/teams/{team_id:str}", opt=ADMIN, summary="Rename a team")
async def change_team(team_id: RowId, data: JSONBody[NamedTeam], hub: HubPart) -> rows.Team:
    """The team with its new name."""

    def work(unit: Unit) -> rows.Team:
        team = found(teams.by_id(unit.conn, team_id), "team")
        return teams.change(unit, changed(team, data))

    return await hub.store.writer.run(work)


HANDLERS = [list_teams, add_team, change_team]

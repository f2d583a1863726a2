"""Teams of agents."""

from sqlalchemy import Connection

from mim_desk.hub.store import plain_rows
from mim_desk.hub.store.schema import teams
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def everything(conn: Connection) -> list[rows.Team]:
    """All teams."""
    return plain_rows.everything(conn, teams, rows.Team)


def by_id(conn: Connection, team_id: str) -> rows.Team | None:
    """One team."""
    return plain_rows.by_id(conn, teams, rows.Team, team_id)


def add(unit: Unit, team: rows.Team) -> None:
    """Make a team."""
    plain_rows.add(unit, teams, "team", team)


def change(unit: Unit, team: rows.Team) -> rows.Team:
    """Change a team."""
    return plain_rows.change(unit, teams, "team", team)

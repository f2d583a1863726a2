"""Who may see a conversation and its events: the one rule that API, snapshot and stream share."""

from mim_desk.domain.people import Role
from mim_desk.hub.auth import Principal
from mim_desk.hub.store.log_rows import Audience


def sees(principal: Principal, audience: Audience) -> bool:
    """Supervisors see all; an agent sees what no team owns, what an own team owns, and what is assigned to them."""
    return _sees(principal, audience.team_id, audience.assignee_id)


def saw(principal: Principal, audience: Audience) -> bool:
    """Whether the row was in sight before the change that the audience tells of."""
    if not audience.moved:
        return _sees(principal, audience.team_id, audience.assignee_id)
    return _sees(principal, audience.was_team_id, audience.was_assignee_id)


def _sees(principal: Principal, team_id: str | None, assignee_id: str | None) -> bool:
    return (
        principal.may(Role.SUPERVISOR)
        or team_id is None
        or team_id in principal.team_ids
        or assignee_id == principal.agent_id
    )

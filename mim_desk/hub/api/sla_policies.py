"""SLA policies: targets of first and next response; business hours follow with the calendars."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import JSONBody

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.api.access import ADMIN, AGENT, HubPart
from mim_desk.hub.api.pages import RowId, changed, found
from mim_desk.hub.store import ids, replan, sla_policies
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=30 * 86400)]


class NewSlaPolicy(msgspec.Struct, frozen=True):
    """POST /api/v1/sla-policies; targets in seconds of open time."""

    name: Name
    first_response_s: Seconds
    next_response_s: Seconds
    order: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0


class SlaPolicyPatch(msgspec.Struct, frozen=True):
    """PATCH /api/v1/sla-policies/{id}."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    first_response_s: Seconds | msgspec.UnsetType = msgspec.UNSET
    next_response_s: Seconds | msgspec.UnsetType = msgspec.UNSET
    order: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | msgspec.UnsetType = msgspec.UNSET


@get("/api/v1/sla-policies", opt=AGENT, summary="All SLA policies")
async def list_sla_policies(hub: HubPart) -> api.Page[rows.SlaPolicy]:
    """All policies in the order they are tried."""
    return api.Page(await hub.store.read(sla_policies.everything))


@post("/api/v1/sla-policies", opt=ADMIN, summary="Make an SLA policy")
async def add_sla_policy(data: JSONBody[NewSlaPolicy], hub: HubPart) -> rows.SlaPolicy:
    """A new policy, round the clock."""

    def work(unit: Unit) -> rows.SlaPolicy:
        policy = rows.SlaPolicy(
            ids.new_id(unit.now), data.name, data.first_response_s, data.next_response_s, order=data.order
        )
        sla_policies.add(unit, policy)
        replan.replan(unit)
        return policy

    return await hub.store.writer.run(work)


@patch("/api/v1/sla-policies/{policy_id:str}", opt=ADMIN, summary="Change an SLA policy")
async def change_sla_policy(policy_id: RowId, data: JSONBody[SlaPolicyPatch], hub: HubPart) -> rows.SlaPolicy:
    """The policy with its changes; running clocks take the new targets with their elapsed time."""

    def work(unit: Unit) -> rows.SlaPolicy:
        policy = found(sla_policies.by_id(unit.conn, policy_id), "sla_policy")
        policy = sla_policies.change(unit, changed(policy, data))
        replan.replan(unit)
        return policy

    return await hub.store.writer.run(work)


@delete("/api/v1/sla-policies/{policy_id:str}", opt=ADMIN, summary="Delete an SLA policy")
async def remove_sla_policy(policy_id: RowId, hub: HubPart) -> None:
    """The last one stays: without a policy no clock would run."""

    def work(unit: Unit) -> None:
        if len(sla_policies.everything(unit.conn)) < 2:
            raise Refusal("conflict", "This is the only policy. Make another one first.")
        sla_policies.remove(unit, policy_id)
        replan.replan(unit)

    await hub.store.writer.run(work)


HANDLERS = [list_sla_policies, add_sla_policy, change_sla_policy, remove_sla_policy]

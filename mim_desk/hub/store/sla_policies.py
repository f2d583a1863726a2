"""SLA policies: the targets of the response clocks; the first in order holds."""

from sqlalchemy import Connection

from mim_desk.hub.store import plain_rows
from mim_desk.hub.store.schema import sla_policies
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def everything(conn: Connection) -> list[rows.SlaPolicy]:
    """All policies in the order they are tried."""
    return plain_rows.everything(conn, sla_policies, rows.SlaPolicy, sla_policies.c.place)


def by_id(conn: Connection, policy_id: str) -> rows.SlaPolicy | None:
    """One policy."""
    return plain_rows.by_id(conn, sla_policies, rows.SlaPolicy, policy_id)


def add(unit: Unit, policy: rows.SlaPolicy) -> None:
    """Make a policy."""
    plain_rows.add(unit, sla_policies, "sla_policy", policy, place=policy.order)


def change(unit: Unit, policy: rows.SlaPolicy) -> rows.SlaPolicy:
    """Change a policy; running clocks keep their elapsed time and are re-planned by ``replan``."""
    return plain_rows.change(unit, sla_policies, "sla_policy", policy, place=policy.order)


def remove(unit: Unit, policy_id: str) -> None:
    """Delete a policy."""
    plain_rows.remove(unit, sla_policies, "sla_policy", policy_id)

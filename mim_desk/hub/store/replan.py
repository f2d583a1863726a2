"""Running clocks under a changed policy: same start, new target; a breach that was there stays."""

import msgspec

from mim_desk.domain import sla_clocks
from mim_desk.hub.store import conversation_rows, derive, driver, sla
from mim_desk.hub.store.unit import Unit


def replan(unit: Unit) -> int:
    """Give every running clock the policy that holds now; how many conversations changed."""
    policy = sla.policy(unit.conn)
    if policy is None:
        return 0
    found = driver.rows(
        unit.conn, "SELECT DISTINCT conversation_id FROM sla_segments WHERE state = 'running' ORDER BY conversation_id"
    )
    return sum(_replanned(unit, conversation_id, policy) for (conversation_id,) in found)


def _replanned(unit: Unit, conversation_id: str, policy: sla_clocks.Policy) -> bool:
    was = conversation_rows.locked(unit, conversation_id)
    before = sla.of_rows(was.clocks)
    after = sla_clocks.replanned(before, policy, unit.now)
    if after == before:
        return False
    sla.keep(unit.conn, [(conversation_id, clock) for clock in after if clock not in before])
    clocks = sla.to_rows(after)
    due = derive.next_due(clocks, was.reply_window_until)
    conversation_rows.save(unit, was, msgspec.structs.replace(was, clocks=clocks, next_due=due))
    return True

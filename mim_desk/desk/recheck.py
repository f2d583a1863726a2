"""Whether a change made on an older row may still be made: field by field, labels merged."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from mim_desk.domain.conversation import Status
from mim_desk.domain.message import MessageKind
from mim_desk.protocol import api, rows


@dataclass(frozen=True)
class Verdict:
    """What to do with a change whose conversation moved on.

    Attributes:
        patch: what is left to do, None when the conversation already is so.
        conflict: why the agent must decide, one plain sentence; empty when nobody must.
        code: ``changed`` or ``customer_wrote`` with a conflict.
    """

    patch: api.ConversationPatch | None
    conflict: str = ""
    code: str = ""


_NAMES = {
    "status": "the status",
    "waiting_on": "whom it waits for",
    "assignee_id": "the assignee",
    "team_id": "the team",
    "priority": "the priority",
    "snoozed_until": "the time it sleeps until",
}


def recheck(
    wanted: api.ConversationPatch, base: api.ConversationPatch, current: rows.Conversation, made_at: datetime
) -> Verdict:
    """``wanted`` was made at ``made_at`` when its fields had the values of ``base``; now there is ``current``."""
    left = {}
    for name in wanted.__struct_fields__:
        want, was = getattr(wanted, name), getattr(base, name)
        if want is msgspec.UNSET or name == "reason":
            continue
        now = getattr(current, name)
        if name == "labels":
            want = _merged(was, want, now)
        elif now not in (was, want):
            return Verdict(wanted, f"Somebody changed {_NAMES.get(name, name)} meanwhile.", "changed")
        if now != want:
            left[name] = want
    if not left:
        return Verdict(None)
    if left.get("status") is Status.RESOLVED and _wrote_after(current, made_at):
        return Verdict(wanted, "The customer wrote after you resolved it.", "customer_wrote")
    if wanted.reason is not msgspec.UNSET:
        left["reason"] = wanted.reason
    return Verdict(api.ConversationPatch(**left))


def _wrote_after(current: rows.Conversation, made_at: datetime) -> bool:
    """Whether the customer did, as the one who waits or once more while they waited already."""
    waits, newest = current.waiting_since, current.last_message
    if waits is not None and waits > made_at:
        return True
    return newest is not None and newest.kind is MessageKind.INCOMING and newest.occurred_at > made_at


def is_over(wanted: api.ConversationPatch, now: datetime) -> bool:
    """Whether it was a snooze whose end has come before it could be made: the conversation is awake, as it would be."""
    until = wanted.snoozed_until
    return wanted.status is Status.SNOOZED and isinstance(until, datetime) and until <= now


def _merged(was: list[str] | msgspec.UnsetType, want: list[str], now: list[str]) -> list[str]:
    """What the agent added and removed, done to the labels as they are now."""
    before = [] if was is msgspec.UNSET else list(was)
    removed = set(before) - set(want)
    added = [label for label in want if label not in before and label not in now]
    return [label for label in now if label not in removed] + added

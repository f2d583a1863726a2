"""What to do after an attempt to send: pure rules, so that every case stands in a table of tests."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from mim_desk.channels.base import Action, InDoubt, NeverLeft, Refused, Taken, Unwanted
from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.begun import NOTHING_BEFORE, Before

MOST_ATTEMPTS: Final = 12
LONGEST_WAIT_S: Final = 300.0
FIRST_WAIT_S: Final = 1.0
KEY_OVER: Final = "key-over"


class Next(StrEnum):
    """What the sender does with the send."""

    DONE = "done"
    AGAIN = "again"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PAUSE = "pause"


@dataclass(frozen=True)
class Verdict:
    """The decision after one attempt.

    Attributes:
        reason: one sentence for the agent.
        external_ids: the provider's ids of what it took.
        wait: until the next attempt, for *again*.
        parts: how many of the channel's own messages it has taken of the reply.
        window_closed: the channel takes nothing more before the customer writes again.
        unwanted: what the contact wants no more there.
        details: what the adapter noted of what was taken.
        recipient: whom it reached, where the provider says so.
        elsewhere: it may go by another inbox.
        templates_stale: the account's templates are asked for anew.
        begun: for *again*, what was taken already: only the rest is tried.
        in_doubt: for *again*, the provider may have it under our key.
        moved_to: for *again*, the id by which the channel calls the contact now.
        alarm: news of the whole account.
    """

    next: Next
    reason: str = ""
    code: str = ""
    status: DeliveryStatus = DeliveryStatus.SENT
    external_ids: tuple[str, ...] = ()
    wait: timedelta = timedelta(0)
    parts: int = 0
    window_closed: bool = False
    unwanted: Unwanted | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    recipient: str = ""
    elsewhere: bool = False
    templates_stale: bool = False
    begun: Before = NOTHING_BEFORE
    in_doubt: bool = False
    moved_to: str = ""
    alarm: tuple[str, str] | None = None


Outcome = Taken | Refused | NeverLeft | InDoubt

_UNREACHABLE: Final = "The channel could not be reached; trying again."
_GAVE_UP: Final = "The channel did not take the message after many attempts. Send it again later."
_DOUBT: Final = "The message may have been sent. Look at the channel before you send it again."
_PART: Final = "Only a part of the message was sent. "
_REST: Final = "A part of the message was sent, the rest follows. "


def verdict(outcome: Outcome, attempt: int, *, keyed: bool, before: Before = NOTHING_BEFORE) -> Verdict:
    """What follows from the answer to one call."""
    told = _verdict(outcome, attempt, keyed=keyed, before=before)
    parts = before.parts + isinstance(outcome, Taken)
    ids = told.external_ids or before.external_ids
    if isinstance(outcome, Refused) and outcome.alarm:
        told = replace(told, alarm=outcome.alarm)
    return replace(told, parts=parts, external_ids=ids, details=told.details or before.details)


def _verdict(outcome: Outcome, attempt: int, *, keyed: bool, before: Before) -> Verdict:
    if isinstance(outcome, Taken):
        whole, to = before.and_also(outcome), outcome.recipient
        return Verdict(
            Next.DONE, status=outcome.status, external_ids=whole.external_ids, details=whole.details, recipient=to
        )
    if isinstance(outcome, InDoubt) and not keyed:
        return Verdict(Next.UNKNOWN, _DOUBT, outcome.problem)
    if isinstance(outcome, Refused) and outcome.action is not Action.RETRY:
        return _refused(outcome, before)
    if before.parts and not keyed and not before.goes_on:
        return Verdict(Next.FAILED, _PART + _reason(outcome), _code(outcome))
    part = _PART if before.parts else ""
    if isinstance(outcome, Refused) and outcome.most_attempts is not None and attempt >= outcome.most_attempts:
        return Verdict(Next.FAILED, part + outcome.reason, outcome.code)
    doubt = isinstance(outcome, InDoubt)
    if attempt >= MOST_ATTEMPTS:
        return Verdict(Next.UNKNOWN if doubt else Next.FAILED, _DOUBT if doubt else part + _GAVE_UP, _code(outcome))
    asked = outcome.retry_after_s if isinstance(outcome, Refused) else None
    begun = before if before.goes_on else NOTHING_BEFORE
    said = (_REST if begun.parts else "") + _reason(outcome)
    told = Verdict(Next.AGAIN, said, _code(outcome), wait=wait_before(attempt, asked), begun=begun, in_doubt=doubt)
    return replace(told, moved_to=outcome.moved_to) if isinstance(outcome, Refused) and outcome.moved_to else told


def cut_anew(before: Before) -> Verdict:
    """The rest of a begun reply cannot be told from what was taken, as after a change of the settings."""
    reason = _PART + "The rest would be cut another way now: send it anew."
    return Verdict(Next.FAILED, reason, "cut-anew", external_ids=before.external_ids, parts=before.parts)


def too_late(doubt_at: datetime, now: datetime, key_lasts: timedelta, before: Before) -> Verdict | None:
    """A reply that the provider may have, under a key that it knows no more, is not sent again by itself."""
    if now - doubt_at < key_lasts:
        return None
    return Verdict(Next.UNKNOWN, _DOUBT, KEY_OVER, external_ids=before.external_ids, parts=before.parts)


def is_broken(status: int, told: Outcome, *, once: bool) -> bool:
    """Whether an answer leaves open if the message was taken: a 5xx, but 503, behind which no word of the provider stands.

    Its own codes say that it did not take it; a call that may be made but ``once`` believes no such word.
    """
    if status < 500 or status == HTTPStatus.SERVICE_UNAVAILABLE:
        return False
    return once or (isinstance(told, Refused) and told.action is Action.RETRY and told.code == str(status))


def _refused(outcome: Refused, before: Before) -> Verdict:
    pauses = outcome.action is Action.SETTINGS and not before.parts
    reason = _PART + outcome.reason if before.parts else outcome.reason
    closed = outcome.action is Action.WINDOW_CLOSED
    what = Next.PAUSE if pauses else Next.FAILED
    elsewhere = outcome.elsewhere and not before.parts
    told = Verdict(what, reason, outcome.code, window_closed=closed, unwanted=outcome.unwanted, elsewhere=elsewhere)
    return replace(told, templates_stale=outcome.templates_stale)


def _reason(outcome: Outcome) -> str:
    return outcome.reason if isinstance(outcome, Refused) else _UNREACHABLE


def _code(outcome: Outcome) -> str:
    match outcome:
        case Refused():
            return outcome.code
        case NeverLeft() | InDoubt():
            return outcome.problem
        case Taken():
            return ""


def wait_before(attempt: int, asked_s: float | None) -> timedelta:
    """Full jitter: anything up to twice as long as before, or a little after what the provider asked for."""
    if asked_s is not None:
        return timedelta(seconds=asked_s + random.uniform(0.0, 1.0))  # noqa: S311  # spreads load, keeps no secret
    ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt - 1, 20))
    return timedelta(seconds=random.uniform(0.0, ceiling))  # noqa: S311  # the same

"""What to do after an attempt to send: pure rules, so that every case stands in a table of tests."""

import random
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from mim_desk.channels.base import Action, InDoubt, NeverLeft, Refused, Taken
from mim_desk.domain.message import DeliveryStatus

MOST_ATTEMPTS: Final = 12
LONGEST_WAIT_S: Final = 300.0
FIRST_WAIT_S: Final = 1.0


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
    """

    next: Next
    reason: str = ""
    code: str = ""
    status: DeliveryStatus = DeliveryStatus.SENT
    external_ids: tuple[str, ...] = ()
    wait: timedelta = timedelta(0)


Outcome = Taken | Refused | NeverLeft | InDoubt

_UNREACHABLE: Final = "The channel could not be reached; trying again."
_GAVE_UP: Final = "The channel did not take the message after many attempts. Send it again later."
_DOUBT: Final = "The message may have been sent. Look at the channel before you send it again."
_PART: Final = "Only a part of the message was sent. "


def verdict(outcome: Outcome, attempt: int, *, keyed: bool, sent_before: tuple[str, ...] = ()) -> Verdict:
    """What follows from the answer to one call.

    ``sent_before`` names parts of the same reply that the provider took already: then nothing is
    tried again by itself unless the channel knows our key.
    """
    if isinstance(outcome, Taken):
        return Verdict(Next.DONE, status=outcome.status, external_ids=(*sent_before, *outcome.external_ids))
    if isinstance(outcome, InDoubt) and not keyed:
        return Verdict(Next.UNKNOWN, _DOUBT, outcome.problem, external_ids=sent_before)
    if isinstance(outcome, Refused) and outcome.action is not Action.RETRY:
        return _refused(outcome, sent_before)
    if sent_before and not keyed:
        return Verdict(Next.FAILED, _PART + _reason(outcome), _code(outcome), external_ids=sent_before)
    if attempt >= MOST_ATTEMPTS:
        doubt = isinstance(outcome, InDoubt)
        return Verdict(Next.UNKNOWN if doubt else Next.FAILED, _DOUBT if doubt else _GAVE_UP, _code(outcome))
    asked = outcome.retry_after_s if isinstance(outcome, Refused) else None
    return Verdict(Next.AGAIN, _reason(outcome), _code(outcome), wait=wait_before(attempt, asked))


def _refused(outcome: Refused, sent_before: tuple[str, ...]) -> Verdict:
    pauses = outcome.action is Action.SETTINGS and not sent_before
    reason = _PART + outcome.reason if sent_before else outcome.reason
    return Verdict(Next.PAUSE if pauses else Next.FAILED, reason, outcome.code, external_ids=sent_before)


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

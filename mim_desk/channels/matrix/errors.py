"""What a homeserver's answers mean (contract sheet, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from mim_desk.channels.base import UNREADABLE_ANSWER, Action, InDoubt, Refused, Response, Taken
from mim_desk.channels.matrix import payloads
from mim_desk.channels.shared.http_answers import LONGEST_PAUSE_S, retry_after_s
from mim_desk.channels.shared.json_bodies import read

_told = msgspec.json.Decoder(payloads.Told)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an error asks of us, and the sentence for the agent."""

    action: Action
    reason: str


_TOKEN: Final = "The homeserver does not take the access token any more. Enter a new one in the inbox's settings."  # noqa: S105  # a sentence
_RULES: Final[Mapping[str, _Rule]] = {
    "M_LIMIT_EXCEEDED": _Rule(Action.RETRY, "The homeserver asks to wait a moment; trying again."),
    "M_UNKNOWN_TOKEN": _Rule(Action.SETTINGS, _TOKEN),
    "M_MISSING_TOKEN": _Rule(Action.SETTINGS, _TOKEN),
    "M_FORBIDDEN": _Rule(Action.BLOCKED, "We are not in this room any more. The customer has to invite us again."),
    "M_NOT_FOUND": _Rule(Action.REJECTED, "The homeserver does not find this room or message."),
    "M_UNRECOGNIZED": _Rule(Action.REJECTED, "The homeserver does not know this call; it may be too old."),
    "M_BAD_JSON": _Rule(Action.REJECTED, "The homeserver could not read the message."),
    "M_INVALID_PARAM": _Rule(Action.REJECTED, "The homeserver did not take a part of the message."),
    "M_TOO_LARGE": _Rule(Action.REJECTED, "This is too large for the homeserver. Send it in parts or smaller."),
    "M_CONSENT_NOT_GIVEN": _Rule(
        Action.SETTINGS, "The homeserver wants its terms to be accepted first. Sign in there as the brand's user."
    ),
    "M_USER_DEACTIVATED": _Rule(Action.SETTINGS, "The brand's user was deactivated at the homeserver."),
}
_BUSY: Final = _Rule(Action.RETRY, "The homeserver is not available right now; trying again.")
_BY_STATUS: Final[Mapping[int, _Rule]] = {
    401: _Rule(Action.SETTINGS, _TOKEN),
    403: _RULES["M_FORBIDDEN"],
    408: _BUSY,
    413: _RULES["M_TOO_LARGE"],
    425: _BUSY,
    429: _RULES["M_LIMIT_EXCEEDED"],
}
_NOT_TAKEN: Final = _Rule(Action.REJECTED, "The homeserver did not take the message.")


def told(response: Response) -> payloads.Told:
    """What an answer carries; empty where it cannot be read."""
    return read(_told, response.body) or payloads.Told()


def is_good(response: Response) -> bool:
    """Whether the call was done."""
    return 200 <= response.status < 300


def taken_or_refused(response: Response) -> Taken | Refused | InDoubt:
    """What the answer to a sent call means."""
    if is_good(response):
        said = read(_told, response.body)
        if said is None:
            return UNREADABLE_ANSWER
        event_id = said.event_id
        return Taken((event_id,) if event_id else ())
    return refused(response)


def refused(response: Response) -> Refused:
    """Why a call was not done: by its code, else by its status."""
    said = told(response)
    by_status = _BUSY if response.status >= 500 else _BY_STATUS.get(response.status, _NOT_TAKEN)
    # a gateway's 5xx around an old body is an outage, whatever the code in it says
    rule = by_status if response.status >= 500 else _RULES.get(said.errcode, by_status)
    pause = _pause(response, said) if rule.action is Action.RETRY else None
    return Refused(rule.action, rule.reason, said.errcode[:60] or str(response.status), pause)


def _pause(response: Response, said: payloads.Told) -> float | None:
    asked = retry_after_s(response.headers)
    if asked is None and said.retry_after_ms is not None:
        return min(max(said.retry_after_ms / 1000, 0.0), LONGEST_PAUSE_S)
    return asked

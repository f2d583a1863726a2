"""Twilio's error codes: what each asks of the sender, and the sentence for the agent.

https://www.twilio.com/docs/api/errors
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mim_desk.channels.again import Again
from mim_desk.channels.base import Action, Refused, Unwanted
from mim_desk.channels.sms_twilio.payloads import Problem

_LATER_S: Final = 300.0
_LONGEST_DETAIL: Final = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means.

    Attributes:
        wait_s: for a retry, where the answer names no time.
    """

    action: Action
    reason: str
    wait_s: float | None = None


_CREDENTIALS: Final = Rule(
    Action.SETTINGS, "Twilio does not accept the account SID and auth token. Renew them in the inbox's settings."
)
_BUSY: Final = Rule(Action.RETRY, "Twilio is busy; trying again.")
_NO_MOBILE: Final = Rule(Action.BLOCKED, "This number cannot receive SMS. Ask for another one.")
_NOT_OUR_SENDER: Final = Rule(
    Action.SETTINGS, "The sender number is not the account's or cannot send this. Check it in the inbox's settings."
)
_NO_ROUTE: Final = Rule(Action.REJECTED, "No network takes an SMS from our number to this one. Try another channel.")
_FILE: Final = Rule(
    Action.REJECTED, "Twilio could not take the file. Send a smaller one of another kind, or a link to it."
)
_QUEUE_FULL: Final = Rule(Action.RETRY, "Too many messages wait at Twilio; trying again in some minutes.", _LATER_S)

OPTED_OUT: Final = 21610
RULES: Final[Mapping[int, Rule]] = {
    20003: _CREDENTIALS,
    20404: Rule(Action.SETTINGS, "Twilio does not know this account. Check the account SID in the inbox's settings."),
    20429: _BUSY,
    21211: _NO_MOBILE,
    21614: _NO_MOBILE,
    21408: Rule(
        Action.REJECTED, "The account may not send to this country. An admin can allow it in Twilio's Geo permissions."
    ),
    21606: _NOT_OUR_SENDER,
    21659: _NOT_OUR_SENDER,
    21660: _NOT_OUR_SENDER,
    OPTED_OUT: Rule(
        Action.BLOCKED,
        "The customer has opted out of messages from this number; only a START from them opens it again.",
    ),
    21611: _QUEUE_FULL,
    21612: _NO_ROUTE,
    21635: Rule(Action.REJECTED, "This is a landline, which receives no SMS. Try another channel."),
    21617: Rule(Action.REJECTED, "The text is longer than an SMS may be. Shorten it."),
    21620: _FILE,
    12300: _FILE,
    11751: _FILE,
    30001: _QUEUE_FULL,
    30002: Rule(Action.SETTINGS, "The account is suspended at Twilio. An admin has to settle that there."),
    30003: Rule(
        Action.REJECTED, "The phone is off or out of reach. A text is sent again after three hours, twice at most."
    ),
    30004: Rule(Action.BLOCKED, "The customer or their carrier blocks our messages. Try another channel."),
    30005: Rule(Action.BLOCKED, "Nobody has this number any more. Ask for another one."),
    30006: Rule(Action.BLOCKED, "This is a landline, or its carrier takes no SMS. Try another channel."),
    30007: Rule(
        Action.REJECTED, "The carrier filtered the message for what it says. Tell an admin; do not send it unchanged."
    ),
    30008: Rule(
        Action.REJECTED, "The carrier did not deliver the message and gave no reason. A text is sent once more soon."
    ),
    30034: Rule(
        Action.SETTINGS, "The sender number is not registered for business SMS in the US. An admin has to register it."
    ),
    30036: Rule(
        Action.REJECTED, "The message could not be delivered in time. Send it again if it still says the right thing."
    ),
    # Of WhatsApp through Twilio.
    63016: Rule(Action.WINDOW_CLOSED, "The time to answer freely here is over. Only an approved template can be sent."),
}
"""By code; those from 30001 on come with a status callback, the others with the answer to a call."""
AGAIN: Final[Mapping[str, Again]] = {
    "30001": Again(timedelta(minutes=10), most=2),
    "30003": Again(timedelta(hours=3), most=2),
    "30008": Again(timedelta(minutes=15), most=1),
}
"""Of those, what may arrive at a later try (contract sheet, section 6); the waits are ours."""


def refused(status: int, problem: Problem, retry_after_s: float | None) -> Refused:
    """What an answer that is no success means: by its code, else by its status."""
    rule = RULES.get(problem.code) or _by_status(status, problem.message)
    wait_s = None
    if rule.action is Action.RETRY:
        wait_s = rule.wait_s if retry_after_s is None else retry_after_s
    unwanted = Unwanted(blocks=True) if problem.code == OPTED_OUT else None
    return Refused(rule.action, rule.reason, str(problem.code or status), wait_s, unwanted)


def _by_status(status: int, said: str | None) -> Rule:
    if status in (408, 425, 429) or status >= 500:
        return _BUSY
    if status in (401, 403):
        return _CREDENTIALS
    if status == 404:
        return RULES[20404]
    return Rule(Action.REJECTED, f"Twilio did not take the message. {_sentence(said)}".strip())


def reason_of(code: str, said: str) -> str:
    """Why a message was not delivered, in a sentence."""
    rule = RULES.get(int(code)) if code.isascii() and code.isdigit() and len(code) <= len("99999") else None
    return rule.reason if rule else f"The message was not delivered. {_sentence(said)}".strip()


def _sentence(said: str | None) -> str:
    line = " ".join((said or "").split()).rstrip(".")[:_LONGEST_DETAIL]
    return f"{line}." if line else ""

"""LINE's errors: what each asks of the sender, and the sentence for the agent."""

from dataclasses import dataclass
from typing import Final

import msgspec

from mim_desk.channels.base import Action, Refused, Response
from mim_desk.channels.line import payloads
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read

_LONGEST_DETAIL: Final = 300
_refusal = msgspec.json.Decoder(payloads.Refusal)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Attributes:
        said: what LINE's message has in it, in lower case; empty for any.
    """

    status: int
    said: str
    action: Action
    code: str
    reason: str


RULES: Final = (
    Rule(400, "invalid reply token", Action.REJECTED, "reply-token", "The time to answer this message freely is over."),
    Rule(400, "failed to send", Action.BLOCKED, "400", "LINE does not know this contact here any more."),
    Rule(401, "", Action.SETTINGS, "401", "LINE does not accept the channel access token. Enter a new one."),
    Rule(
        403, "", Action.SETTINGS, "403", "This LINE account may not send such messages. Check its plan and its rights."
    ),
    Rule(404, "", Action.BLOCKED, "404", "This contact left or blocked the LINE account."),
    Rule(410, "", Action.REJECTED, "410", "What the message refers to is no longer there."),
    Rule(413, "", Action.REJECTED, "413", "The message is too large for LINE."),
    Rule(415, "", Action.REJECTED, "415", "LINE does not carry this kind of file."),
    Rule(
        429,
        "monthly limit",
        Action.SETTINGS,
        "monthly-limit",
        "This month's messages of the LINE account are used up. Raise its plan or wait for the next month.",
    ),
    Rule(429, "", Action.RETRY, "429", "LINE takes no more messages for a moment; trying again."),
)
"""In the order in which they are tried."""


def refused(response: Response) -> Refused:
    """What an answer that is no success means."""
    told = read(_refusal, response.body) or payloads.Refusal()
    said = told.message.lower()
    wait_s = retry_after_s(response.headers)
    for rule in RULES:
        if rule.status == response.status and rule.said in said:
            return Refused(rule.action, rule.reason, rule.code, wait_s if rule.action is Action.RETRY else None)
    code = str(response.status)
    if response.status in (408, 425) or response.status >= 500:
        return Refused(Action.RETRY, "LINE is busy; trying again.", code, wait_s)
    return Refused(Action.REJECTED, _sentence(told), code)


def _sentence(told: payloads.Refusal) -> str:
    """LINE's own words, the first detail of them, as a sentence."""
    detail = told.details[0] if told.details else payloads.ErrorDetail()
    words = ": ".join(part for part in (told.message, detail.property, detail.message) if part)
    line = " ".join(words.split()).rstrip(".:")[:_LONGEST_DETAIL]
    return f"LINE did not take the message: {line}." if line else "LINE did not take the message."

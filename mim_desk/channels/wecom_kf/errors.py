"""What WeCom's error codes ask of the sender, and the sentence for the agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from mim_desk.channels.base import UNREADABLE_ANSWER, Action, InDoubt, Refused, Response, Taken
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wecom_kf import payloads

_answer = msgspec.json.Decoder(payloads.Answer)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one code means; ``wait_s`` is for a retry where the answer names no time."""

    action: Action
    reason: str
    wait_s: float | None = None


_RETRY, _REJECTED, _SETTINGS, _CLOSED = Action.RETRY, Action.REJECTED, Action.SETTINGS, Action.WINDOW_CLOSED
_NEW_TOKEN: Final = Rule(_RETRY, "WeCom asks for a new access token; trying again.")

RULES: Final[Mapping[int, Rule]] = {
    -1: Rule(_RETRY, "WeCom is busy; trying again."),
    40001: _NEW_TOKEN,
    40014: _NEW_TOKEN,
    42001: _NEW_TOKEN,
    40003: Rule(Action.BLOCKED, "WeCom does not know this customer. Nothing can be sent to them."),
    40004: Rule(_REJECTED, "WeCom does not carry files of this kind. Send another kind."),
    40007: Rule(_RETRY, "WeCom no longer has the uploaded file; uploading it again."),
    40009: Rule(_REJECTED, "WeCom found the picture too large. Send a smaller one."),
    40058: Rule(_REJECTED, "WeCom found something in the message that it does not take."),
    40096: Rule(Action.BLOCKED, "WeCom does not know this customer. Nothing can be sent to them."),
    40201: Rule(_SETTINGS, "WeCom has banned this customer service account. Ask WeCom's support."),
    45002: Rule(_REJECTED, "WeCom found the message too long. Shorten it."),
    45009: Rule(_RETRY, "The company calls WeCom too often; trying again in a minute.", 60.0),
    45033: Rule(_RETRY, "WeCom takes only a few calls at once; trying again.", 2.0),
    48002: Rule(_SETTINGS, "The app may not use customer service. Allow it in WeCom's console."),
    60020: Rule(_SETTINGS, "WeCom does not allow calls from this hub's address. Add it to the app's trusted IPs."),
    95000: Rule(_SETTINGS, "WeCom does not take the customer service account's ID. Copy open_kfid again."),
    95001: Rule(_CLOSED, "The five answers to the customer's last message are used up. Wait for their next one."),
    95002: Rule(_CLOSED, "The customer wrote more than 48 hours ago. Wait until they write again."),
    95004: Rule(_SETTINGS, "WeCom has no customer service account with this ID. Copy open_kfid again."),
    95011: Rule(_SETTINGS, "The account is served in the WeCom client. Hand it to the API in WeCom's console."),
    95012: Rule(_SETTINGS, "Customer service is not in use in WeCom. Switch it on in WeCom's console."),
    95013: Rule(_CLOSED, "WeCom has closed this conversation. Wait until the customer writes again."),
    95017: Rule(_SETTINGS, "The customer service API is switched off. Switch it on in WeCom's console."),
    95018: Rule(_REJECTED, "The customer's session is not ours in WeCom right now. See who has it there."),
}
"""WeCom's own table (https://developer.work.weixin.qq.com/document/path/90313), for those above 95000."""

FAILURES: Final[Mapping[int, str]] = {
    1: "The customer service account was removed at WeCom.",
    2: "The app is closed at WeCom.",
    4: "The customer wrote more than 48 hours ago. Wait until they write again.",
    5: "WeCom has closed this conversation. Wait until the customer writes again.",
    6: "The five answers to the customer's last message are used up. Wait for their next one.",
    8: "WeCom has not verified the company yet. Have it verified in WeCom's console.",
    10: "The customer refuses messages of this account.",
    11: "Nobody of the company has signed in to the WeCom app yet. Sign in there once.",
    12: "WeCom does not let customer service send messages of this kind.",
    13: "WeCom held the message back for safety. Write it in other words.",
}
"""Why a message that was taken failed later (https://developer.work.weixin.qq.com/document/path/94670)."""
CLOSING: Final = frozenset({4, 5, 6})
"""Of these: nothing is taken before the customer writes again."""
FAILED: Final = "WeCom could not deliver the message."


def told(response: Response) -> payloads.Answer:
    """What an answer says; an empty one when it cannot be read."""
    return read(_answer, response.body) or payloads.Answer()


def classified(response: Response) -> Taken | Refused | InDoubt:
    """Taken, or what the error asks for; errors come with status 200."""
    answer = read(_answer, response.body)
    if answer is None:
        return UNREADABLE_ANSWER if 200 <= response.status < 300 else refused(response)
    if answer.errcode:
        return refused(response, answer.errcode)
    if 200 <= response.status < 300:
        return Taken((answer.msgid,) if answer.msgid else ())
    return refused(response)


def refused(response: Response, errcode: int = 0) -> Refused:
    """Why there is nothing, by the code or else by the status."""
    rule = RULES.get(errcode) or _by_status(response.status, errcode)
    wait_s = None
    if rule.action is _RETRY:
        asked = retry_after_s(response.headers)
        wait_s = rule.wait_s if asked is None else asked
    return Refused(rule.action, rule.reason, str(errcode or response.status), wait_s)


def _by_status(status: int, errcode: int) -> Rule:
    if status in (408, 425, 429) or status >= 500:
        return Rule(_RETRY, "WeCom is busy; trying again.")
    if errcode:
        return Rule(_REJECTED, f"WeCom did not take the message (error {errcode}).")
    if status in (401, 403, 404):
        return Rule(_SETTINGS, "WeCom does not accept our calls. Check the inbox's settings.")
    return Rule(_REJECTED, "WeCom did not take the message.")

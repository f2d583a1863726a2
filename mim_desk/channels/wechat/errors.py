"""What WeChat's error codes ask of the sender, and the sentence for the agent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from mim_desk.channels.base import UNREADABLE_ANSWER, Action, InDoubt, Refused, Response, Taken
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wechat import payloads

IP_CODES: Final = frozenset({40164, 89501, 89503, 89506, 89507})
_A_MINUTE_S = 60.0
_TWO_HOURS_S: Final = 7200.0
"""Twelve tries so far apart outlast the day whose end sets the count back."""
_IP: Final = re.compile(r"(?<![\w:.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])", re.ASCII)

_answer = msgspec.json.Decoder(payloads.Answer, strict=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one code means; ``wait_s`` is for a retry where the answer names no time."""

    action: Action
    reason: str
    wait_s: float | None = None


_RETRY, _REJECTED, _BLOCKED = Action.RETRY, Action.REJECTED, Action.BLOCKED
_CLOSED, _SETTINGS = Action.WINDOW_CLOSED, Action.SETTINGS

RULES: Final[Mapping[int, Rule]] = {
    -1: Rule(_RETRY, "WeChat is busy; trying again."),
    40001: Rule(_RETRY, "WeChat asks for a new access token; trying again."),
    40014: Rule(_RETRY, "WeChat asks for a new access token; trying again."),
    42001: Rule(_RETRY, "WeChat asks for a new access token; trying again."),
    40003: Rule(_BLOCKED, "WeChat does not know this customer. They must follow the account again."),
    40004: Rule(_REJECTED, "WeChat does not carry files of this kind. Send a picture, an MP3 or AMR, or an MP4."),
    40007: Rule(_RETRY, "WeChat no longer has the uploaded file; uploading it again."),
    40009: Rule(_REJECTED, "WeChat found the picture too large. Send a smaller one."),
    40010: Rule(_REJECTED, "WeChat found the recording too large. Send a shorter one."),
    40011: Rule(_REJECTED, "WeChat found the video too large. Send a smaller one."),
    40164: Rule(_SETTINGS, "WeChat does not allow calls from this hub's address. Add {ip} to the account's IP list."),
    40200: Rule(_SETTINGS, "This kind of WeChat account may not send such messages. Check the account at WeChat."),
    43004: Rule(_BLOCKED, "This customer does not follow the account any more. Nothing can be sent to them."),
    43019: Rule(_BLOCKED, "This customer is on the account's block list. Take them off it at WeChat."),
    43101: Rule(_REJECTED, "This customer has not agreed to this notice. Ask them to subscribe to it first."),
    45002: Rule(_REJECTED, "WeChat found the message too long. Shorten it."),
    45007: Rule(_REJECTED, "WeChat takes recordings of up to 60 seconds. Send a shorter one."),
    45008: Rule(_REJECTED, "WeChat takes one article in a message. Send the others by themselves."),
    45009: Rule(_RETRY, "The account has used up its calls to WeChat for today; trying again later.", _TWO_HOURS_S),
    45011: Rule(_RETRY, "The account calls WeChat too often; trying again in a minute.", _A_MINUTE_S),
    45015: Rule(_CLOSED, "The customer wrote more than 48 hours ago. Wait until they write again."),
    45047: Rule(_CLOSED, "The answers allowed for the customer's last message are used up. Wait for their next one."),
    45080: Rule(_REJECTED, "WeChat shows that we write only just after the customer wrote."),
    45081: Rule(_REJECTED, "WeChat shows already that we write."),
    47003: Rule(_REJECTED, "WeChat did not accept a value in the template. Check its fields."),
    48001: Rule(_SETTINGS, "This WeChat account may not send customer service messages. Have the account verified."),
    48002: Rule(_BLOCKED, "This customer refuses messages of the account. Nothing can be sent to them."),
    48004: Rule(_SETTINGS, "WeChat has banned the account from sending. See the notices in its console."),
    50002: Rule(_SETTINGS, "WeChat has limited the account. See the notices in its console."),
    50005: Rule(_BLOCKED, "This customer does not follow the account any more. Nothing can be sent to them."),
    87014: Rule(_REJECTED, "WeChat refused the content of the message. Write it in other words."),
}


def told(response: Response) -> payloads.Answer:
    """What an answer says; an empty one when it cannot be read."""
    return read(_answer, response.body) or payloads.Answer()


def classified(response: Response) -> Taken | Refused | InDoubt:
    """Taken, or what the error asks for; errors come with status 200."""
    answer = read(_answer, response.body)
    if answer is None:
        return (
            UNREADABLE_ANSWER
            if 200 <= response.status < 300
            else _refused(_by_status(response.status), response, str(response.status))
        )
    if answer.errcode:
        rule = RULES.get(answer.errcode) or _by_status(response.status, answer.errcode)
        return _refused(rule, response, str(answer.errcode), answer.errmsg)
    if 200 <= response.status < 300:
        return Taken((str(answer.msgid),) if answer.msgid else ())
    return _refused(_by_status(response.status), response, str(response.status))


def _refused(rule: Rule, response: Response, code: str, said: str = "") -> Refused:
    wait_s = None
    if rule.action is Action.RETRY:
        asked = retry_after_s(response.headers)
        wait_s = rule.wait_s if asked is None else asked
    return Refused(rule.action, rule.reason.replace("{ip}", address_in(said)), code, wait_s)


def address_in(said: str) -> str:
    """The hub's address as WeChat sees it, out of ``invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist``."""
    found = _IP.search(said)
    return found[1] if found else "its public address"


def _by_status(status: int, errcode: int = 0) -> Rule:
    if status in (408, 425, 429) or status >= 500:
        return Rule(_RETRY, "WeChat is busy; trying again.")
    if errcode:
        return Rule(_REJECTED, f"WeChat did not take the message (error {errcode}).")
    if status in (401, 403, 404):
        return Rule(_SETTINGS, "WeChat does not accept our calls. Check the inbox's settings.")
    return Rule(_REJECTED, "WeChat did not take the message.")
